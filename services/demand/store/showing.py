"""A demand's state and history, for people."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.demand.store.demands import demand_of
from services.demand.store.tables import DemandRow
from shared.calendar import BERLIN


async def show_demand(session: AsyncSession, key: str) -> dict[str, Any] | None:
    """A demand's state for people, by id or reference, with its history in sentences."""
    row = await session.scalar(select(DemandRow).where(_named(key)))
    if row is None:
        return None
    found = demand_of(row)
    told = {k: v for k, v in asdict(found).items() if k not in {"wish", "talk"}}
    return {**told, **asdict(found.wish), "history": [_sentence(entry) for entry in found.talk]}


def _sentence(entry: Mapping[str, Any]) -> str:
    """One thing that was said or done, as a line: when, who, what.

    >>> _sentence({"kind": "answer", "answer": "25", "at": "2026-02-03T12:00:00+00:00"})
    '03.02.2026 13:00  the member answered: 25'
    """
    at = datetime.fromisoformat(entry["at"]).astimezone(BERLIN)
    return f"{at:%d.%m.%Y %H:%M}  {_said(entry)}"


def _said(entry: Mapping[str, Any]) -> str:
    match entry["kind"]:
        case "submitted" | "changed" as done:
            by = f" by {_person(entry['by'])}" if "by" in entry else ""
            return f"the member {done} it{by}"
        case "details_asked":
            asked = ", ".join(_suggested(field, entry) for field in entry["fields"])
            return f"asked until {entry['answer_by']} for {asked}"
        case "details":
            told = ", ".join(f"{field} {value}" for field, value in entry["told"].items())
            return f"the member told: {told}"
        case "question":
            return f"KID asked until {entry['answer_by']}: {entry['question']}"
        case "answer":
            return f"the member answered: {entry['answer']}"
        case "proposal":
            items = [entry, *entry.get("further", [])]
            what = ", ".join(f"{each['quantity']} {each['item']}" for each in items)
            note = f" ({entry['note']})" if entry.get("note") else ""
            return f"KID proposed until {entry['answer_by']}: {what}{note}"
        case "referral":
            return f"KID found no contract, so it is gathered for a tender: {entry['explanation']}"
        case "acceptance":
            return "the member accepted a proposal"
        case "decline":
            return f"the member declined a proposal: {entry['reason'] or 'without a reason'}"
        case "counter":
            return f"the member would take a proposal otherwise: {entry['wish']}"
        case "proposal_lapsed":
            return f"a proposal lapsed, unanswered until {entry['answer_by']}"
        case "reminder":
            return f"the member was reminded of a {entry['asked'].replace('_', ' ')}"
        case "similar":
            return f"the member was told of similar demand: {', '.join(entry['like'])}"
        case "approval_due":
            return f"the member was reminded of the approval for round {entry['round']}"
        case "round_missed":
            return f"missed round {entry['round']}, as nobody had approved it"
        case "priced":
            return f"a contract prices it now: {entry['expected']} net; a second person is asked"
        case "approval":
            return f"approved by {_person(entry['approver'])}"
        case "refusal":
            reason = f": {entry['reason']}" if entry["reason"] else ""
            return f"refused by {_person(entry['approver'])}{reason}"
        case "withdrawn":
            return "the member withdrew it"
        case "lapsed":
            return f"lapsed, as its day of need came; it was {entry['was'].replace('_', ' ')}"
        case other:
            return str(other)


def _suggested(field: str, entry: Mapping[str, Any]) -> str:
    suggested = entry["suggested"].get(field)
    return field if suggested is None else f"{field} (suggested: {suggested})"


def _person(person: Mapping[str, str]) -> str:
    return f"{person['name']} ({person['role']})"


def _named(key: str) -> ColumnElement[bool]:
    try:
        return or_(DemandRow.id == UUID(key), DemandRow.reference == key)
    except ValueError:
        return DemandRow.reference == key
