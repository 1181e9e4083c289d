"""A round's report for members and treasurers: one self-contained page with charts (German)."""

import io
from collections.abc import Mapping, Sequence
from html import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from services.procurement.bundling import Plan, TierResult
from services.procurement.bundling.words import euro, percent

BLUE, TEAL, SAND, GREY, INK = "#1d4f7c", "#2a8f83", "#e3b45c", "#d9dee4", "#1c2733"
MOST_BARS = 30
STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;background:#f4f6f8;color:#1c2733;font:16px/1.5 "Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif}
main{max-width:68rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{margin:0 0 .25rem;font-size:1.8rem}h2{margin:0 0 .5rem;font-size:1.2rem}
p{margin:.25rem 0 .75rem;max-width:48rem}
section{background:#fff;border:1px solid #dde3e9;border-radius:8px;padding:1.25rem;margin:1rem 0}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:.75rem;margin:1rem 0}
dl div{background:#fff;border:1px solid #dde3e9;border-radius:8px;padding:.75rem 1rem}
dt{color:#52606d;font-size:.85rem}dd{margin:0;font-size:1.15rem;font-weight:600;white-space:nowrap}
svg{display:block;max-width:100%;height:auto}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{padding:.35rem .6rem;border-bottom:1px solid #e6ebf0;text-align:left;vertical-align:top}
th{color:#52606d;font-weight:600}table .n{text-align:right;white-space:nowrap}
tfoot td{font-weight:600;border-top:2px solid #1c2733}
@media print{body{background:#fff}section,dl div{break-inside:avoid}}
"""


def render(plan: Plan, *, title: str, names: Mapping[str, str]) -> str:
    """The report as HTML that needs nothing else; `names` of members and items by their id."""
    name = {**names}.get
    parts = [
        _figures(plan),
        _section(
            "Ersparnis je Mitglied",
            "Gegenüber dem Einkauf allein, unter denselben Rahmenvereinbarungen.",
            _savings(plan, names),
            _table(
                ("Mitglied", "zahlt", "allein", "Listenpreis", "Ersparnis", "davon Ausgleich"),
                [
                    (
                        name(m.member, m.member),
                        euro(m.share_cents),
                        euro(m.alone_cents),
                        euro(m.list_cents),
                        f"{euro(m.saving_cents)} ({percent(_part(m.saving_cents, m.alone_cents))})",
                        euro(m.balance_cents),
                    )
                    for m in plan.members
                ],
                (
                    "Summe",
                    euro(plan.total_cents),
                    euro(sum(m.alone_cents for m in plan.members)),
                    euro(sum(m.list_cents for m in plan.members)),
                    euro(sum(m.saving_cents for m in plan.members)),
                    euro(sum(m.balance_cents for m in plan.members)),
                ),
            )
            + "<p>Der Ausgleich verschiebt Geld unter den Mitgliedern, in Summe null: Gleiches "
            "kostet Gleiches, und niemand zahlt mehr als allein.</p>",
        ),
        _section(
            "Staffeln: erreicht und noch nötig",
            "Wie weit der gemeinsame Bedarf auf dem Weg zur nächsten Staffel ist.",
            _tier_chart(plan.tiers, names),
            _table(
                ("Vereinbarung", "zählt", "erreicht", "nächste Staffel", "fehlt", "brächte"),
                [_tier_row(t, names) for t in plan.tiers],
            ),
        ),
        _section(
            "Abrufe je Rahmenvereinbarung",
            "Waren und Gebühren, netto.",
            _use_chart(plan),
        ),
    ]
    if plan.unfilled:
        parts.append(
            _section(
                "Nicht erfüllter Bedarf",
                f"{len(plan.unfilled)} Positionen, jede mit ihrem Grund.",
                "",
                _table(
                    ("Mitglied", "Artikel", "Stück", "Grund"),
                    [
                        (
                            name(u.member, u.member),
                            name(u.item, u.item),
                            str(u.quantity),
                            u.explanation,
                        )
                        for u in plan.unfilled
                    ],
                ),
            )
        )
    parts.append(_section("Nachweis", "", "", _proof(plan)))
    return (
        '<!doctype html><html lang="de"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><p>Bericht der Bündelungsrunde. Alle Beträge netto.</p>"
        f"{''.join(parts)}</main></body></html>"
    )


def _part(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _figures(plan: Plan) -> str:
    alone = sum(m.alone_cents for m in plan.members)
    listed = sum(m.list_cents for m in plan.members)
    saving, total = alone - plan.total_cents, plan.total_cents
    figures = [
        ("Mitglieder", str(len(plan.members))),
        ("Bestellungen", str(len(plan.orders))),
        ("Stück", f"{sum(a.quantity for a in plan.awards):,}".replace(",", ".")),
        ("Gesamtkosten", euro(total)),
        ("gespart gegenüber allein", f"{euro(saving)} ({percent(_part(saving, alone))})"),
        ("unter Listenpreis", percent(_part(listed - total, listed))),
    ]
    cells = "".join(f"<div><dt>{escape(t)}</dt><dd>{escape(d)}</dd></div>" for t, d in figures)
    return f"<dl>{cells}</dl>"


def _proof(plan: Plan) -> str:
    c = plan.certificate
    cheapest = (
        "Es gibt keinen günstigeren Plan, der ebenso viele Stück beschafft; das ist bewiesen."
        if c.proven
        else f"Kein Plan, der ebenso viele Stück beschafft, kostet weniger als "
        f"{euro(c.bound_cents)}; dieser liegt höchstens {1e6 * c.gap:.1f} Millionstel darüber."
    )
    stable = (
        f"Keine Gruppe von Mitgliedern könnte durch Ausscheren mehr als {100 * c.delta:.3f} % "
        "ihrer Kosten sparen."
    )
    alone = "Niemand zahlt mehr als allein." if c.rational else ""
    text = " ".join(filter(None, [cheapest, stable, alone])).replace(".000 %", ",000 %")
    return (
        f"<p>{escape(text)}</p><p>Prüfsumme des Plans: "
        f"<code>{escape(plan.fingerprint[:16])}</code> · {escape(c.solver)}</p>"
    )


def _section(title: str, lead: str, chart: str, table: str = "") -> str:
    lead = f"<p>{escape(lead)}</p>" if lead else ""
    return f"<section><h2>{escape(title)}</h2>{lead}{chart}{table}</section>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()) -> str:
    def cells(tag: str, row: Sequence[str], like: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="n">{escape(text)}</{tag}>'
            if _is_figure(model)
            else f"<{tag}>{escape(text)}</{tag}>"
            for text, model in zip(row, like, strict=True)
        )

    pattern = rows[0] if rows else head
    body = "".join(f"<tr>{cells('td', row, pattern)}</tr>" for row in rows)
    end = f"<tfoot><tr>{cells('td', foot, pattern)}</tr></tfoot>" if foot else ""
    return (
        f'<div class="scroll"><table><thead><tr>{cells("th", head, pattern)}</tr></thead>'
        f"<tbody>{body}</tbody>{end}</table></div>"
    )


def _is_figure(text: str) -> bool:
    return text[:1].lstrip("-").isdigit() or text[:2].lstrip("-").isdigit()


def _tier_name(tier: TierResult, names: Mapping[str, str]) -> str:
    return (
        tier.contract
        if tier.item is None
        else f"{tier.contract} · {names.get(tier.item, tier.item)}"
    )


def _amount(tier: TierResult, value: int) -> str:
    return f"{value:,} Stück".replace(",", ".") if tier.basis == "quantity" else euro(value)


def _tier_row(tier: TierResult, names: Mapping[str, str]) -> tuple[str, ...]:
    counts = "alles zusammen" if tier.item is None else names.get(tier.item, tier.item)
    reached = f"{_amount(tier, tier.reached)} (Staffel {tier.tier + 1} von {len(tier.thresholds)})"
    if tier.next_threshold is None or tier.missing is None:
        return tier.contract, counts, reached, "–", "–", "höchste Staffel erreicht"
    worth = f"{euro(tier.saving_cents)} ({percent(tier.saving_percent)})"
    following, missing = _amount(tier, tier.next_threshold), _amount(tier, tier.missing)
    return tier.contract, counts, reached, following, missing, worth


def _canvas(bars: int) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(10, 0.9 + 0.34 * max(bars, 1)), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0, labelcolor=INK)
    axes.grid(axis="x", color="#e6ebf0")
    axes.set_axisbelow(True)
    axes.invert_yaxis()
    return figure, axes


def _svg(figure: Figure, description: str) -> str:
    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": description}):
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    text = out.getvalue()
    svg = text[text.index("<svg") :].replace("'DejaVu Sans'", "'Segoe UI', 'DejaVu Sans'")
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(description)}"', 1)


def _savings(plan: Plan, names: Mapping[str, str]) -> str:
    best = sorted(plan.members, key=lambda m: (-m.saving_cents, m.member))[:MOST_BARS]
    figure, axes = _canvas(len(best))
    axes.barh(
        [names.get(m.member, m.member) for m in best],
        [m.saving_cents / 100 for m in best],
        color=TEAL,
        height=0.68,
    )
    for row, m in enumerate(best):
        text = f"\u00a0{euro(m.saving_cents)} · {percent(_part(m.saving_cents, m.alone_cents))}"
        axes.text(m.saving_cents / 100, row, text, va="center", color=INK, fontsize=9)
    axes.margins(x=0.22)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]) if _any_loss(plan) else 0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f} €".replace(",", "."))
    return _svg(figure, "Ersparnis je Mitglied")


def _any_loss(plan: Plan) -> bool:
    return any(m.saving_cents < 0 for m in plan.members)


def _tier_chart(tiers: Sequence[TierResult], names: Mapping[str, str]) -> str:
    """Progress from the reached threshold to the next; the most worthwhile first."""
    open_ones = [t for t in tiers if t.next_threshold]
    open_ones.sort(key=lambda t: (-t.saving_cents, t.contract, t.item or ""))
    if not open_ones:
        return ""
    shown = open_ones[:MOST_BARS]
    figure, axes = _canvas(len(shown))
    labels = [_tier_name(t, names) for t in shown]
    done = [100 * t.reached / t.next_threshold for t in shown if t.next_threshold]
    axes.barh(labels, [100.0] * len(shown), color=GREY, height=0.6)
    axes.barh(labels, done, color=BLUE, height=0.6)
    for row, t in enumerate(shown):
        for lo in t.thresholds[1 : t.tier + 1]:
            at = 100 * lo / (t.next_threshold or 1)
            axes.plot([at, at], [row - 0.3, row + 0.3], color=SAND, linewidth=2)
        text = f"\u00a0noch {_amount(t, t.missing or 0)} → {percent(t.saving_percent)} günstiger"
        axes.text(100, row, text, va="center", color=INK, fontsize=9)
    axes.set_xlim(0, 165)
    axes.set_xticks([0, 25, 50, 75, 100], ["0 %", "25 %", "50 %", "75 %", "nächste Staffel"])
    return _svg(figure, "Fortschritt zur nächsten Staffel")


def _use_chart(plan: Plan) -> str:
    goods: dict[str, int] = {}
    fees: dict[str, int] = {}
    for order in plan.orders:
        goods[order.contract] = goods.get(order.contract, 0) + order.total_cents - order.fee_cents
        fees[order.contract] = fees.get(order.contract, 0) + order.fee_cents
    if not goods:
        return ""
    largest = sorted(goods, key=lambda c: (-goods[c] - fees[c], c))[:MOST_BARS]
    figure, axes = _canvas(len(largest))
    values = [goods[c] / 100 for c in largest]
    axes.barh(largest, values, color=BLUE, height=0.68, label="Waren")
    axes.barh(
        largest,
        [fees[c] / 100 for c in largest],
        left=values,
        color=SAND,
        height=0.68,
        label="Gebühren",
    )
    for row, c in enumerate(largest):
        text = f"\u00a0{euro(goods[c] + fees[c])}"
        axes.text((goods[c] + fees[c]) / 100, row, text, va="center", color=INK, fontsize=9)
    axes.margins(x=0.18)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f} €".replace(",", "."))
    axes.legend(frameon=False, loc="lower right")
    return _svg(figure, "Abrufe je Rahmenvereinbarung")
