"""The round in figures, as a treasurer reads them; all from what was heard."""

from collections import Counter
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.demo.invariants import Finding, current_demand, open_demand
from deploy.demo.kid import Kid
from deploy.demo.record import Record
from shared.events.membership import MemberAdmitted
from shared.events.procurement import (
    BundleApproved,
    BundleShared,
    CostStated,
    DemandUnfilled,
    RoundCompleted,
)


@dataclass(frozen=True, slots=True)
class MemberResult:
    """What a member ordered jointly, in net cents over the whole term."""

    name: str
    lines: int
    list_price: int
    alone: int
    share: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A completed round. Sums are net cents, for solutions over their whole term."""

    members: int
    demands: int
    pieces: int
    in_consultation: int
    unfilled: dict[str, int]
    """Demands that could not be ordered, or not wholly, by reason."""
    rejected: int
    orders: int
    contracts: int
    places: int
    list_price: int
    alone: int
    total: int
    bound: int
    invoiced: int
    charged: int
    mails: int
    by_member: tuple[MemberResult, ...]


def summarise(record: Record, kid: Kid, *, rejected: int, mails: int) -> Summary:
    """Count what was heard in a completed round."""
    demands = current_demand(record).values()
    (bundle,) = record.of(BundleApproved)
    (completed,) = record.of(RoundCompleted)
    names = {event.member: event.name for event in record.of(MemberAdmitted)}
    shared = record.of(BundleShared)
    reasons = {(event.demand_id, event.reason) for event in record.of(DemandUnfilled)}
    return Summary(
        members=len(names),
        demands=len(demands),
        pieces=sum(demand.quantity for demand in demands),
        in_consultation=len(open_demand(record)),
        unfilled=dict(Counter(reason for _, reason in reasons).most_common()),
        rejected=rejected,
        orders=len(kid.orders),
        contracts=len({order.contract_id for order in kid.orders}),
        places=len({order.place for order in kid.orders}),
        list_price=sum(event.list_price for event in shared),
        alone=sum(event.alone for event in shared),
        total=bundle.total,
        bound=bundle.bound,
        invoiced=completed.net,
        charged=sum(event.gross for event in record.of(CostStated)),
        mails=mails,
        by_member=tuple(
            MemberResult(
                names[event.member], len(event.lines), event.list_price, event.alone, event.share
            )
            for event in sorted(shared, key=lambda event: event.member)
        ),
    )


def euro(cents: int) -> str:
    """Whole euros for people.

    >>> euro(123456789)
    '1,234,568 €'
    """
    return f"{round(cents / 100):,} €"


def percent(part: int, whole: int) -> str:
    """A share for people.

    >>> percent(1, 8), percent(1, 0)
    ('12.5 %', '–')
    """
    return f"{100 * part / whole:.1f} %" if whole else "–"


def shown(summary: Summary, findings: list[Finding]) -> RenderableType:
    """The whole ending: members, figures, invariants."""
    return Group(_members(summary), Text(), _figures(summary), Text(), *map(_finding, findings))


def _members(summary: Summary) -> Table:
    title = "What each member saves by ordering jointly, net euros"
    table = Table(box=None, title=title, title_style="bold")
    table.add_column("member", no_wrap=True, overflow="ellipsis", max_width=22)
    for heading in ("lines", "list price", "alone", "jointly", "saved", "%"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in summary.by_member:
        saved = one.alone - one.share
        table.add_row(
            one.name,
            str(one.lines),
            *(f"{round(cents / 100):,}" for cents in (one.list_price, one.alone, one.share, saved)),
            percent(saved, one.alone).removesuffix(" %"),
        )
    return table


def _figures(summary: Summary) -> Table:
    table = Table(box=None, show_header=False, title="The round", title_style="bold")
    table.add_column()
    table.add_column(justify="right", style="bold")
    table.add_column(style="dim")
    saved = summary.alone - summary.total
    gap = summary.total - summary.bound
    unfilled = ", ".join(f"{reason} {n}" for reason, n in summary.unfilled.items())
    for name, value, remark in (
        ("members", str(summary.members), ""),
        ("demand lines", str(summary.demands), f"{summary.pieces:,} pieces"),
        ("in consultation", str(summary.in_consultation), "still open"),
        ("not served", str(sum(summary.unfilled.values())), unfilled),
        ("bad messages", str(summary.rejected), "refused, nothing else was disturbed"),
        (
            "orders",
            str(summary.orders),
            f"1 bundle, {summary.contracts} contracts, {summary.places} places of delivery",
        ),
        ("at list price", euro(summary.list_price), "net, solutions over their whole term"),
        ("each member alone", euro(summary.alone), "buying optimally from the same contracts"),
        ("jointly", euro(summary.total), f"at most {euro(gap)} above the cheapest possible"),
        ("saved", euro(saved), f"{percent(saved, summary.alone)} against buying alone"),
        ("invoiced", euro(summary.invoiced), "net, what KID accepted"),
        ("charged to members", euro(summary.charged), "with VAT, equal to the invoices"),
        ("mails", str(summary.mails), ""),
    ):
        table.add_row(name, value, remark)
    return table


def _finding(finding: Finding) -> Text:
    if not finding.against:
        return Text.assemble(("✔ ", "green"), finding.holds)
    shown_of = [f"\n    {reason}" for reason in finding.against[:5]]
    more = len(finding.against) - len(shown_of)
    rest = f"\n    and {more} more" if more else ""
    return Text.assemble(("✘ ", "red"), finding.holds, ("".join(shown_of) + rest, "red"))
