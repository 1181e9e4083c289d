"""What if: a round planned from files, without any service."""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import typer
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from deploy.kitu import files
from deploy.kitu.failure import MISUSED, Failure
from deploy.kitu.publishing import out
from services.procurement import bundling
from services.procurement.bundling.words import euro, percent
from services.procurement.report import render
from shared.calendar import local_date
from shared.events.envelope import Event
from shared.events.kid import ContractOffered
from shared.events.member import DemandSubmitted

Model = TypeVar("Model", bound=Event)

PLAN = TypeAdapter(bundling.Plan)


def plan(
    demand: Annotated[Path, typer.Argument(help="Demand: CSV or JSON of demand.submitted.")],
    contracts: Annotated[Path, typer.Argument(help="Contracts: CSV or JSON of contract.offered.")],
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of the call-off; else today."),
    ] = None,
    names: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="CSV with a column member or item and a column name, for the report.",
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the round's report here.")] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Recompute cost and bound of a plan kept from --json, without any solver.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole plan as JSON.")] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="Emergency brake for each search.")
    ] = 300,
) -> None:
    """Plan a round from files: what it would cost, who would pay what, what is missing.

    The files are those of `kitu publish`; bare data may leave out the ids. Nothing is sent.
    """
    day = on.date() if on else local_date(datetime.now(UTC))
    stated = [(line, d.maximum_quantity)
              for number, d in enumerate(_load(demand, DemandSubmitted, day), 1)
              if (line := _line(number, d))]  # fmt: skip
    lines = [line for line, _ in stated]
    most = {line.id: maximum for line, maximum in stated if maximum}
    offers = [_contract(c) for c in _load(contracts, ContractOffered, day)]
    if check:
        _check(check, lines, most, offers, day)
        return
    try:
        with bundling.Highs() as solver:
            limits = bundling.Limits(seconds=seconds)
            found = bundling.plan_filled(lines, most, offers, on=day, limits=limits, solver=solver)
    except (bundling.BadRound, bundling.SolverFailed) as error:
        raise Failure(str(error)) from None
    known = _names(names or [])
    if html:
        page = render(found, title=f"Probelauf vom {day:%d.%m.%Y}", names=known)
        try:
            html.write_text(page, "utf-8")
        except OSError as error:
            raise Failure(f"cannot write {html}: {error.strerror}", MISUSED) from None
    if as_json:
        out.print_json(json.dumps(as_data(found)))
    else:
        _tables(found, known)
        for line_id, pieces in bundling.added(found, {line.id: line.quantity for line in lines}):
            out.print(f"{line_id}: {pieces} pieces more than stated reach a tier that costs less")
    if html and not as_json:
        out.print(f"report: {html}")


def as_data(found: bundling.Plan) -> dict[str, Any]:
    """A plan as plain data, each award with its explanation."""
    data = cast(dict[str, Any], PLAN.dump_python(found, mode="json"))
    for award, entry in zip(found.awards, data["awards"], strict=True):
        entry["explanation"] = award.explanation
    return data


def _check(
    file: Path,
    lines: Sequence[bundling.Line],
    most: Mapping[str, int],
    offers: Sequence[bundling.Contract],
    day: date,
) -> None:
    """Hold a kept plan against the round's rules, and what it states against what can be shown.

    Raises:
        Failure: the file is no plan, or says what cannot be shown.
    """
    try:
        kept = PLAN.validate_json(file.read_bytes())
    except ValidationError as error:
        raise Failure(f"{file}: is not a plan: {error.errors()[0]['msg']}", MISUSED) from None
    try:
        filled = bundling.as_filled(lines, most, kept.awards)
        found = bundling.recheck(kept, filled, offers, day)
    except (bundling.BadRound, bundling.NotProved) as error:
        raise Failure(f"{file}: {error}") from None
    stated, total, bound = kept.certificate, found.total_cents, found.bound_cents
    if total != stated.total_cents:
        raise Failure(f"{file}: costs {euro(total)}, not {euro(stated.total_cents)}")
    if bound < stated.exact_bound_cents:
        wrong = f"{euro(bound)} is proved, not {euro(stated.exact_bound_cents)}"
        raise Failure(f"{file}: as a bound {wrong}")
    if stated.delta < found.delta - 1e-12 and not stated.subgroups_checked:
        raise Failure(f"{file}: a group may save {found.delta:.3%}, not {stated.delta:.3%}")
    above = 1e6 * (total - bound) / max(bound, 1)
    out.print(
        f"total {euro(total)} is right and within every rule; what was awarded costs at least "
        f"{euro(bound)}, checked in integers: at most {above:.1f} ppm above the least. No group "
        f"saves more than {found.delta:.3%} by leaving"
    )
    if stated.delta < found.delta - 1e-12:
        out.print(f"(stated: {stated.delta:.3%}, which rests on the solver's search of groups)")


def _load(file: Path, model: type[Model], today: date) -> list[Model]:
    """All messages of one kind in a file, checked.

    Raises:
        Failure: the first entry that is not valid, with its place and field.
    """
    found = []
    for draft in files.read(file, model.type, today):
        if draft.type != model.type:
            raise Failure(f"{draft.where}: is {draft.type}, not {model.type}", MISUSED)
        content = draft.content["data"] if draft.whole else draft.content
        filled = {model.subject_field: "0190163d-8694-739b-aea5-966c26f8ad00", **content}
        try:
            found.append(model.model_validate_json(json.dumps(filled)))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise Failure(f"{draft.where}: {field}: {first['msg']}") from None
    return found


def _line(number: int, d: DemandSubmitted) -> bundling.Line | None:
    """A demand as bundling sees it; requirements in words wait for their consultation."""
    if d.item is None:
        return None
    return bundling.Line(
        id=f"{number:07} {d.reference or d.demand_id}",
        member=d.member,
        item=d.item,
        quantity=d.quantity,
        place=str(d.place),
        earliest=d.needed_from,
        latest=d.needed_by,
        ceiling_cents=d.price_ceiling,
        equivalents=tuple(d.equivalents),
        minimum=d.minimum_quantity,
        months=d.term_months,
    )


def _contract(c: ContractOffered) -> bundling.Contract:
    tiers = tuple(
        bundling.Tier(
            (t.from_quantity if c.basis == "quantity" else t.from_value) or 0,
            {p.item: p.unit_price for p in t.prices},
        )
        for t in c.tiers
    )
    return bundling.Contract(
        id=c.reference,
        tiers=tiers,
        basis=c.basis,
        mode=c.mode,
        scope=c.scope,
        call_off_fee_cents=c.call_off_fee,
        place_fee_cents=c.delivery_fee,
        pack={p.item: p.pieces for p in c.packs},
        minimum_pieces=c.minimum_quantity or 0,
        minimum_cents=c.minimum_value or 0,
        remaining_pieces=c.maximum_quantity,
        remaining_cents=c.maximum_value,
        lead_days=c.lead_days,
        valid_from=c.valid_from,
        valid_until=c.valid_until,
        entitled=frozenset(c.named_buyers) or None,
        rank=c.rank,
        cascade=c.cascade,
    )


def _names(sources: Sequence[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for source in sources:
        with source.open(encoding="utf-8-sig", newline="") as text:
            for row in csv.DictReader(text):
                key = next((row[k] for k in row if k.lstrip("#") in ("member", "item")), None)
                if key and row.get("name"):
                    found[key] = row["name"]
    return found


def _tables(found: bundling.Plan, names: dict[str, str]) -> None:
    c = found.certificate
    orders = Table("contract", "place", "pieces", "fees", "total", title="Orders")
    for order in found.orders:
        pieces = sum(line.quantity for line in order.lines)
        fees, total = euro(order.fee_cents), euro(order.total_cents)
        orders.add_row(order.contract, order.place, str(pieces), fees, total)
    members = Table("member", "pays", "alone", "list", "saves", "of it balance", title="Members")
    for m in found.members:
        figures = (m.share_cents, m.alone_cents, m.list_cents, m.saving_cents, m.balance_cents)
        members.add_row(names.get(m.member, m.member), *map(euro, figures))
    tiers = Table("contract", "item", "reached", "next", "missing", "worth", title="Next tiers")
    for t in found.tiers:
        if t.missing is not None:
            worth = f"{euro(t.saving_cents)} ({percent(t.saving_percent)})"
            item = names.get(t.item, t.item) if t.item else "all"
            way = (str(t.reached), str(t.next_threshold), str(t.missing))
            tiers.add_row(t.contract, item, *way, worth)
    for minimum in found.minimums:
        shown = str if minimum.basis == "quantity" else euro
        goal = map(shown, (minimum.reached, minimum.minimum, minimum.missing))
        worth = f"{euro(minimum.saving_cents)}, {minimum.unserved} pieces more"
        tiers.add_row(minimum.contract, "minimum", *goal, worth)
    unfilled = Table("line", "item", "pieces", "reason", title="Not served")
    for u in found.unfilled:
        unfilled.add_row(u.line_id, names.get(u.item, u.item), str(u.quantity), u.explanation)
    for table in (orders, members, tiers, unfilled):
        if table.row_count:
            out.print(table)
    alone = sum(m.alone_cents for m in found.members)
    proof = "proved the cheapest" if c.proven else f"at most {1e6 * c.gap:.1f} ppm above the least"
    out.print(
        f"total {euro(c.total_cents)}, {proof}; alone {euro(alone)}; "
        f"no group could save more than {100 * c.delta:.3f} % by leaving"
    )
