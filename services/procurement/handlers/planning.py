"""A closed round's demand becomes a plan, computed while no transaction is open."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from uuid_utils.compat import uuid7

from services.procurement import bundling, store
from services.procurement.domain import rounds
from services.procurement.domain.contracts import Contract
from services.procurement.domain.rounds import Round
from services.procurement.handlers import recording
from services.procurement.handlers.translating import lines, offer
from services.procurement.store import Bundle
from shared.calendar import local_date
from shared.database import Database, Transaction
from shared.events.envelope import COOPERATIVE
from shared.events.procurement import BundleProposed, BundleState

log = logging.getLogger(__name__)
State = TypeVar("State", bound=BundleState)

TAKEN = timedelta(seconds=30)
"""How long after the death of its replica a round is taken up by another."""


@dataclass(frozen=True, slots=True)
class Work:
    """A round taken up, with all that its plan depends on."""

    round: Round
    basis: str
    day: date
    lines: list[bundling.Line]
    most: dict[str, int]
    contracts: list[bundling.Contract]


async def plan_rounds(database: Database, approve_ppm: int, limits: bundling.Limits) -> None:
    """Plan every round whose demand is all here and that nobody else is busy with."""
    while work := await _take(database):
        plan = await compute(database, work, limits)
        async with database.transaction() as tx:
            await _propose(tx, work, plan, approve_ppm)


async def _take(database: Database) -> Work | None:
    """Take up a round that nobody else is busy with, if there is one."""
    async with database.transaction() as tx:
        for found in await store.counted_rounds(tx.session, tx.now):
            tally = await store.tally(tx.session, found.id)
            is_here = found.counted is not None and rounds.is_here(found.counted, tally.count)
            if is_here and not tally.unknown_members:
                return await take_up(tx, found)
    return None


async def take_up(tx: Transaction, found: Round) -> Work:
    """Mark a round as being planned; all that its plan depends on."""
    await store.take(tx.session, found.id, tx.now + TAKEN)
    demands = await store.demands(tx.session, found.id)
    contracts = await store.contracts(tx.session)
    joined = await store.joining_days(tx.session)
    successors = await store.successors(tx.session)
    return Work(
        round=found,
        basis=await basis(tx, found, contracts),
        day=local_date(tx.now),
        lines=lines(demands),
        most={str(d.id): d.maximum_quantity for d in demands if d.maximum_quantity},
        contracts=[offer(each, joined, successors) for each in contracts],
    )


async def compute(database: Database, work: Work, limits: bundling.Limits) -> bundling.Plan:
    """The plan; as long as it takes, other replicas are kept from beginning with it too."""
    with bundling.Highs() as solver:  # closed at once if the service has to stop meanwhile
        planning = asyncio.create_task(
            asyncio.to_thread(
                bundling.plan_filled,
                work.lines,
                work.most,
                work.contracts,
                on=work.day,
                limits=limits,
                solver=solver,
            )
        )
        while not (await asyncio.wait({planning}, timeout=TAKEN.total_seconds() / 3))[0]:
            async with database.transaction() as tx:
                await store.take(tx.session, work.round.id, tx.now + TAKEN)
        return await planning


async def _propose(tx: Transaction, work: Work, plan: bundling.Plan, approve_ppm: int) -> None:
    """Keep the plan if what it was computed on still holds; else the round is planned anew."""
    found = await store.round_with(tx.session, work.round.id)
    if found is None or found.state != "closed":
        return
    if await basis(tx, found, await store.contracts(tx.session)) != work.basis:
        log.info("%s is planned anew: its contracts or demand changed", found.reference)
        await store.save_round(tx.session, found)
        return
    bundle = Bundle(
        id=uuid7(),
        round_id=found.id,
        basis=work.basis,
        gap_ppm=_gap_ppm(plan),
        plan=plan,
        figures=_figures(plan),
    )
    await store.save_bundle(tx.session, bundle, tx.now)
    await store.save_round(tx.session, rounds.propose(found))
    tx.emit(state(BundleProposed, found, bundle), party=COOPERATIVE)
    tx.decide(recording.proposed(found, bundle))
    for line_id, pieces in bundling.added(plan, {line.id: line.quantity for line in work.lines}):
        tx.decide(recording.filled(found, bundle, line_id, pieces))
    tx.decide(recording.compared(found, bundle, approve_ppm))
    if bundle.gap_ppm > approve_ppm:
        gap = f"{bundle.gap_ppm} ppm above the bound, {approve_ppm} allowed"
        log.warning("%s stays proposed: its plan may be %s", found.reference, gap)


async def basis(tx: Transaction, round: Round, contracts: Sequence[Contract]) -> str:  # noqa: A002
    """A digest of all that a round's plan depends on: its demand, the contracts, their calls, and
    who stands in whose place."""
    tally = await store.tally(tx.session, round.id)
    successors = sorted((await store.successors(tx.session)).items())
    calls = [(str(c.id), c.version, c.called_pieces, c.called_cents) for c in contracts]
    return hashlib.sha256(json.dumps([asdict(tally), calls, successors]).encode()).hexdigest()


def _gap_ppm(plan: bundling.Plan) -> int:
    """How far a plan may be from the best: by its cost, or by the pieces it serves."""
    proof, served = plan.certificate, sum(award.quantity for award in plan.awards)
    return max(
        gap_ppm(proof.total_cents, proof.bound_cents), gap_ppm(proof.most_pieces or served, served)
    )


def gap_ppm(total: int, bound: int) -> int:
    """How far a total may lie above the cheapest, in millionths of the bound, rounded up.

    >>> gap_ppm(1_000_000, 1_000_000), gap_ppm(1_000_001, 1_000_000), gap_ppm(1, 0)
    (0, 1, 1000000)
    """
    return -(-(total - bound) * 1_000_000 // max(bound, 1))


def state(
    kind: type[State],
    round: Round,  # noqa: A002
    bundle: Bundle,
    **more: Any,
) -> State:
    """A bundle's figures as a message."""
    return kind(
        bundle_id=bundle.id,
        round_id=round.id,
        reference=round.reference,
        fingerprint=bundle.plan.fingerprint[:16],
        **bundle.figures,
        **more,
    )


def _figures(plan: bundling.Plan) -> dict[str, int]:
    """The plan in numbers: what the messages and the treasurer's summary state."""
    awarded, unfilled = plan.awards, plan.unfilled
    return {
        "members": len({award.member for award in awarded} | {line.member for line in unfilled}),
        "demands": len({award.line_id for award in awarded} | {line.line_id for line in unfilled}),
        "orders": len(plan.orders),
        "unfilled": len({line.line_id for line in unfilled}),
        "total": plan.total_cents,
        "bound": plan.certificate.bound_cents,
        "alone": sum(member.alone_cents for member in plan.members),
    }
