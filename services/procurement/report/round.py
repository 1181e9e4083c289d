"""A round's report for members and treasurers: one self-contained page with charts (German)."""

from collections.abc import Mapping, Sequence
from html import escape

from services.procurement.bundling import Plan, TierResult
from services.procurement.bundling.words import euro, percent
from services.procurement.report.drawing import (
    BLUE,
    GREY,
    INK,
    MOST_BARS,
    SAND,
    TEAL,
    canvas,
    page,
    part,
    section,
    svg,
    table,
    tiles,
)


def render(plan: Plan, *, title: str, names: Mapping[str, str]) -> str:
    """The report as HTML that needs nothing else; `names` of members and items by their id."""
    name = {**names}.get
    parts = [
        _figures(plan),
        section(
            "Ersparnis je Mitglied",
            "Gegenüber dem Einkauf allein, unter denselben Rahmenvereinbarungen.",
            _savings(plan, names),
            table(
                ("Mitglied", "zahlt", "allein", "Listenpreis", "Ersparnis", "davon Ausgleich"),
                [
                    (
                        name(m.member, m.member),
                        euro(m.share_cents),
                        euro(m.alone_cents),
                        euro(m.list_cents),
                        f"{euro(m.saving_cents)} ({percent(part(m.saving_cents, m.alone_cents))})",
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
            "kostet Gleiches, und niemand zahlt mehr als allein.</p>"
            "<details><summary>Wie jeder Anteil zustande kam</summary>"
            + "".join(
                f"<p><strong>{escape(name(m.member, m.member))}:</strong> "
                f"{escape(m.explanation)}</p>"
                for m in plan.members
                if m.explanation
            )
            + "</details>",
        ),
        section(
            "Staffeln: erreicht und noch nötig",
            "Wie weit der gemeinsame Bedarf auf dem Weg zur nächsten Staffel ist.",
            _tier_chart(plan.tiers, names),
            table(
                ("Vereinbarung", "zählt", "erreicht", "nächste Staffel", "fehlt", "brächte"),
                [_tier_row(t, names) for t in plan.tiers],
            ),
        ),
        section(
            "Abrufe je Rahmenvereinbarung",
            "Waren und Gebühren, netto.",
            _use_chart(plan),
        ),
    ]
    if plan.unfilled:
        parts.append(
            section(
                "Nicht erfüllter Bedarf",
                f"{len(plan.unfilled)} Positionen, jede mit ihrem Grund.",
                "",
                table(
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
    parts.append(section("Nachweis", "", "", _proof(plan)))
    return page(title, "Bericht der Bündelungsrunde. Alle Beträge netto.", parts)


def _figures(plan: Plan) -> str:
    alone = sum(m.alone_cents for m in plan.members)
    listed = sum(m.list_cents for m in plan.members)
    saving, total = alone - plan.total_cents, plan.total_cents
    figures = [
        ("Mitglieder", str(len(plan.members))),
        ("Bestellungen", str(len(plan.orders))),
        ("Stück", f"{sum(a.quantity for a in plan.awards):,}".replace(",", ".")),
        ("Gesamtkosten", euro(total)),
        ("gespart gegenüber allein", f"{euro(saving)} ({percent(part(saving, alone))})"),
        ("unter Listenpreis", percent(part(listed - total, listed))),
    ]
    return tiles(figures)


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


def _savings(plan: Plan, names: Mapping[str, str]) -> str:
    best = sorted(plan.members, key=lambda m: (-m.saving_cents, m.member))[:MOST_BARS]
    figure, axes = canvas(len(best))
    axes.barh(
        [names.get(m.member, m.member) for m in best],
        [m.saving_cents / 100 for m in best],
        color=TEAL,
        height=0.68,
    )
    for row, m in enumerate(best):
        text = f"\u00a0{euro(m.saving_cents)} · {percent(part(m.saving_cents, m.alone_cents))}"
        axes.text(m.saving_cents / 100, row, text, va="center", color=INK, fontsize=9)
    axes.margins(x=0.22)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]) if _any_loss(plan) else 0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f} €".replace(",", "."))
    return svg(figure, "Ersparnis je Mitglied")


def _any_loss(plan: Plan) -> bool:
    return any(m.saving_cents < 0 for m in plan.members)


def _tier_chart(tiers: Sequence[TierResult], names: Mapping[str, str]) -> str:
    """Progress from the reached threshold to the next; the most worthwhile first."""
    open_ones = [t for t in tiers if t.next_threshold]
    open_ones.sort(key=lambda t: (-t.saving_cents, t.contract, t.item or ""))
    if not open_ones:
        return ""
    shown = open_ones[:MOST_BARS]
    figure, axes = canvas(len(shown))
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
    return svg(figure, "Fortschritt zur nächsten Staffel")


def _use_chart(plan: Plan) -> str:
    goods: dict[str, int] = {}
    fees: dict[str, int] = {}
    for order in plan.orders:
        goods[order.contract] = goods.get(order.contract, 0) + order.total_cents - order.fee_cents
        fees[order.contract] = fees.get(order.contract, 0) + order.fee_cents
    if not goods:
        return ""
    largest = sorted(goods, key=lambda c: (-goods[c] - fees[c], c))[:MOST_BARS]
    figure, axes = canvas(len(largest))
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
    return svg(figure, "Abrufe je Rahmenvereinbarung")
