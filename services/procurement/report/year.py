"""The yearly report, for the cooperative or one member: a page (HTML), and a document (PDF)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import typst
from matplotlib.figure import Figure

from services.procurement.bundling.words import count, day, euro, percent
from services.procurement.report.drawing import (
    BLUE,
    GREY,
    INK,
    MOST_BARS,
    SAND,
    TEAL,
    canvas,
    outlined,
    page,
    part,
    section,
    svg,
    table,
    tiles,
)
from services.procurement.report.figures import (
    LATE,
    ON_TIME,
    OPEN,
    PARTLY,
    Sums,
    Year,
    ranked,
    year,
)
from services.procurement.report.ledger import Ledger
from shared.calendar import BERLIN

CATEGORIES = {
    "operations": "Betriebsführung",
    "personnel": "Personal",
    "finance": "Finanzen",
    "registration": "Meldeportal",
    "documents": "Dokumente",
    "real_estate": "Liegenschaften",
    "council": "Ratsarbeit",
    "hardware": "Hardware",
    "hotline_115": "Behördennummer 115",
    "de_mail": "De-Mail",
    "cloud": "Cloud",
}
MONTHS = ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")
DELIVERIES = {
    ON_TIME: ("pünktlich", TEAL),
    PARTLY: ("teilweise geliefert", BLUE),
    OPEN: ("noch offen", GREY),
    LATE: ("verspätet", SAND),
}
SCALES = {"sme": "kleine und mittlere", "large": "große", "unknown": "ohne Angabe"}
_FOLDER = Path(__file__).parent

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the report: a chart and the same figures as a table."""

    title: str
    lead: str
    chart: Figure | None
    head: Sequence[str]
    rows: Rows
    foot: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A report, ready to be written as a page or a document."""

    title: str
    lead: str
    figures: Sequence[tuple[str, str]]
    parts: Sequence[Part]
    made_on: date

    def html(self) -> str:
        """One page that needs nothing else."""
        return page(
            self.title,
            self.lead,
            [
                tiles(self.figures),
                *(
                    section(
                        each.title,
                        each.lead,
                        svg(each.chart, each.title) if each.chart else "",
                        table(each.head, each.rows, each.foot) if each.rows else "",
                    )
                    for each in self.parts
                ),
            ],
        )

    def pdf(self) -> bytes:
        """A document, tagged for screen readers (PDF/UA-1) and to be kept (PDF/A-2a)."""
        data = {
            "title": self.title,
            "lead": self.lead,
            "date": [self.made_on.year, self.made_on.month, self.made_on.day],
            "figures": [list(each) for each in self.figures],
            "parts": [
                {
                    "title": each.title,
                    "lead": each.lead,
                    "chart": outlined(each.chart) if each.chart else "",
                    "head": list(each.head),
                    "rows": [list(row) for row in (*each.rows, *([each.foot] * bool(each.foot)))],
                    "foot": bool(each.foot),
                }
                for each in self.parts
            ],
        }
        made = typst.compile(
            _FOLDER / "year.typ",
            root=_FOLDER,
            format="pdf",
            font_paths=typst.Fonts(include_system_fonts=False),
            sys_inputs={"data": json.dumps(data)},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(datetime.combine(self.made_on, time(), BERLIN).timestamp()),
        )
        if not isinstance(made, bytes):
            raise TypeError("a PDF is one file")
        return made


def yearly(ledger: Ledger, today: date, member: str | None = None) -> Report:
    """The report of a year, for everybody or for one member."""
    found = year(ledger, today, member)
    whose = ledger.members.get(member, member) if member else "Kommunale IT-Union eG"
    sums = found.sums
    figures = [
        ("Bestellt, netto", euro(sums.net)),
        ("gespart gegenüber allein", _saving(sums)),
        ("unter Listenpreis", percent(part(sums.list_price - sums.net, sums.list_price))),
        ("Bestellungen", count(found.orders)),
        ("Stück", count(sums.pieces)),
        ("Teilnahme an Runden", f"{found.rounds_joined} von {found.rounds}"),
    ]
    if member is None:
        ordering = f"{found.members_ordering} von {found.members}"
        figures.append(("Mitglieder mit Bestellungen", ordering))
    return Report(
        title=f"Jahresbericht {ledger.year}",
        lead=f"{whose}. Alle Beträge netto. Stand {day(today)}.",
        figures=figures,
        parts=[
            _prices(sums),
            *([_members(found.by_member, ledger.members)] if member is None else []),
            _categories(found.by_category),
            _months(found.by_month),
            _deliveries(found.deliveries),
            _suppliers(found),
        ],
        made_on=today,
    )


def _saving(sums: Sums) -> str:
    return f"{euro(sums.saving)} ({percent(part(sums.saving, sums.alone))})"


def _prices(sums: Sums) -> Part:
    values = [("gemeinsam", sums.net), ("allein", sums.alone), ("Listenpreis", sums.list_price)]
    return Part(
        "Was es gekostet hat",
        "Gemeinsam bestellt, gegenüber dem Einkauf allein unter denselben Rahmenvereinbarungen "
        "und gegenüber dem Listenpreis der ersten Staffel.",
        _bars(values, [TEAL, GREY, GREY]),
        ("", "Betrag", "Unterschied"),
        [(name, euro(cents), euro(cents - sums.net)) for name, cents in values],
    )


def _members(by_member: dict[str, Sums], names: Mapping[str, str]) -> Part:
    rows = list(ranked(by_member))
    return Part(
        "Ersparnis je Mitglied",
        "Der Ausgleich zwischen den Mitgliedern ist enthalten.",
        _bars([(names.get(m, m), sums.saving) for m, sums in rows[:MOST_BARS]], [TEAL]),
        ("Mitglied", "bestellt", "allein", "Ersparnis"),
        [(names.get(m, m), euro(s.net), euro(s.alone), _saving(s)) for m, s in rows],
    )


def _categories(by_category: dict[str, Sums]) -> Part:
    rows = [(CATEGORIES.get(name, name), sums) for name, sums in ranked(by_category)]
    return Part(
        "Was bestellt wurde",
        "Nach Arbeitsfeldern.",
        _bars([(name, sums.net) for name, sums in rows], [BLUE]),
        ("Arbeitsfeld", "bestellt", "Stück", "Ersparnis"),
        [(name, euro(s.net), count(s.pieces), _saving(s)) for name, s in rows],
    )


def _months(by_month: dict[int, int]) -> Part:
    figure, axes = canvas(7)
    axes.invert_yaxis()
    axes.grid(axis="x", visible=False)
    axes.grid(axis="y", color="#e6ebf0")
    axes.bar(MONTHS, [by_month[month] / 100 for month in range(1, 13)], color=BLUE, width=0.7)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f} €".replace(",", "."))
    rows = [(MONTHS[month - 1], euro(cents)) for month, cents in by_month.items() if cents]
    return Part("Wann bestellt wurde", "", figure if rows else None, ("Monat", "bestellt"), rows)


def _deliveries(deliveries: dict[str, int]) -> Part:
    whole = sum(deliveries.values())
    figure, axes = canvas(2)
    left = 0.0
    for kind, (name, colour) in DELIVERIES.items():
        width = part(deliveries.get(kind, 0), whole)
        if width:
            axes.barh([""], [width], left=left, color=colour, height=0.6, label=name)
            if width > 6:
                ink = "white" if colour in (TEAL, BLUE) else INK
                text = percent(width)
                axes.text(left + width / 2, 0, text, ha="center", va="center", color=ink)
            left += width
    axes.set_xlim(0, 100)
    axes.set_xticks([])
    if whole:
        axes.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.02))
    return Part(
        "Wie zuverlässig geliefert wurde",
        "Angenommene Positionen, gemessen am zugesagten Liefertag.",
        figure if whole else None,
        ("Stand", "Positionen", "Anteil"),
        [
            (name, count(deliveries.get(kind, 0)), percent(part(deliveries.get(kind, 0), whole)))
            for kind, (name, _) in DELIVERIES.items()
        ],
    )


def _suppliers(found: Year) -> Part:
    whole = sum(found.volume_by_scale.values())
    rows = [
        (
            name,
            count(found.suppliers.get(scale, 0)),
            euro(found.volume_by_scale.get(scale, 0)),
            percent(part(found.volume_by_scale.get(scale, 0), whole)),
        )
        for scale, name in SCALES.items()
    ]
    shown = [(name, found.volume_by_scale.get(scale, 0)) for scale, name in SCALES.items()]
    return Part(
        "Von wem geliefert wird",
        "Kleine und mittlere Unternehmen im Sinne der Empfehlung 2003/361/EG, nach Angabe der KID.",
        _bars(shown, [TEAL, GREY, GREY]),
        ("Unternehmen", "Anzahl", "Bestellt", "Anteil"),
        rows,
    )


def _bars(values: Sequence[tuple[str, int]], colours: Sequence[str]) -> Figure | None:
    """Horizontal bars of cents, each with its figure."""
    if not any(cents for _, cents in values):
        return None
    figure, axes = canvas(len(values))
    rows = range(len(values))
    axes.barh(rows, [cents / 100 for _, cents in values], color=list(colours), height=0.68)
    axes.set_yticks(rows, [name for name, _ in values])
    for row, (_, cents) in enumerate(values):
        axes.text(max(cents, 0) / 100, row, f"\u00a0{euro(cents)}", va="center", color=INK,
                  fontsize=9)  # fmt: skip
    axes.margins(x=0.22)
    if min(cents for _, cents in values) >= 0:
        axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f} €".replace(",", "."))
    return figure
