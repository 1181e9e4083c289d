"""What becomes due with a demand by the clock alone: reminders, and ends nobody spoke.

All of it follows from the demand's state and the day, so that it is done once, and after an
outage too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from services.demand.domain.consultation import answer_by, noted, unanswered
from services.demand.domain.questions import missing
from services.demand.domain.world import ALIVE, Demand, Entry, Round, Status
from shared.rules import Rules


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a demand; `entry` is what its talk keeps of it."""

    kind: Literal["reminder", "proposal_lapsed", "approval_due", "round_missed", "lapsed"]
    entry: Entry


def due(
    demand: Demand, present: Round | None, rules: Rules, now: datetime, today: date
) -> tuple[Demand, list[Step]]:
    """The demand after everything that the day has made due, and what that was.

    `present` is the round that it is in, or would join.
    """
    if demand.status not in ALIVE or (demand.status is Status.OPEN and present is not None):
        return demand, []
    if today >= demand.wish.needed_by:
        return _done(
            replace(demand, status=Status.LAPSED), [Step("lapsed", {"was": demand.status})], now
        )
    ahead = timedelta(days=rules.at("remind_days", today).value)
    if demand.status is Status.CONSULTATION:
        return _done(demand, list(_in_consultation(demand, rules, today, ahead)), now)
    if demand.status is Status.AWAITING and present is not None:
        return _awaiting(demand, present, now, ahead)
    return demand, []


def _in_consultation(demand: Demand, rules: Rules, today: date, ahead: timedelta) -> Iterator[Step]:
    lacks = bool(missing(demand.wish, rules, today))
    details = [e for e in demand.talk if e["kind"] == "details_asked"][-1:] if lacks else []
    for entry in [*unanswered(demand, "question", "proposal"), *details]:
        until = answer_by(entry)
        if entry["kind"] == "proposal" and today > until:
            yield Step("proposal_lapsed", {"to": entry["id"], "answer_by": entry["answer_by"]})
        elif _asked_on(entry) < until - ahead <= today <= until and not _reminded(demand, entry):
            yield Step("reminder", {"about": entry["id"], "asked": entry["kind"]})


def _awaiting(
    demand: Demand, present: Round, now: datetime, ahead: timedelta
) -> tuple[Demand, list[Step]]:
    about = {"about": str(present.id), "round": present.reference}
    if present.closed or now >= present.cut_off:
        missed = replace(demand, wish=replace(demand.wish, round_id=None))
        return _done(missed, [Step("round_missed", about)], now)
    if now >= present.cut_off - ahead and not _reminded(demand, {"id": about["about"]}):
        return _done(demand, [Step("approval_due", about)], now)
    return demand, []


def _done(demand: Demand, steps: list[Step], now: datetime) -> tuple[Demand, list[Step]]:
    entries = [{"kind": step.kind, **step.entry, "at": now.isoformat()} for step in steps]
    return noted(demand, *entries), steps


def _asked_on(entry: Entry) -> date:
    return datetime.fromisoformat(entry["at"]).date()


def _reminded(demand: Demand, entry: Entry) -> bool:
    return any(
        each["kind"] in {"reminder", "approval_due"} and each["about"] == entry["id"]
        for each in demand.talk
    )
