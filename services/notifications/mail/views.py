"""What collected mails tell: many events about demands, brought into one short list."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.notifications.domain import Background, Demand
from services.notifications.mail import rules
from services.notifications.mail.wording import day, moment, number, pieces, plural
from shared.events import Event
from shared.events.demand import (
    DemandAccepted,
    DemandConsultationOpened,
    DemandReferred,
    DemandRefusalConfirmed,
    DemandRejected,
    DemandWithdrawalConfirmed,
)

_NEW, _CHANGED, _TALK, _GONE = "Neu aufgenommen", "Geändert", "In Beratung", "Zurückgezogen"
_REFUSED, _TENDER = "Nicht genehmigt", "Für eine Vergabe gesammelt"
_ORDER = (_NEW, _CHANGED, _TALK, _TENDER, _GONE, _REFUSED)
_MESSAGES = {
    "demand.submitted.v1": "Meldung",
    "demand.changed.v1": "Änderung",
    "demand.withdrawn.v1": "Rücknahme",
    "demand.approved.v1": "Genehmigung",
    "demand.approval_refused.v1": "Versagte Genehmigung",
    "consultation.details_given.v1": "Angaben",
}


@dataclass(frozen=True, slots=True)
class News:
    """What became of one demand."""

    change: str
    demand_id: UUID
    name: str
    quantity: str
    about: str
    round_id: UUID | None = None
    without_contract: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """One message that was not accepted: which, and its broken rules by field."""

    title: str
    rows: list[tuple[str, str]]


def news(events: Sequence[Event]) -> list[News]:
    """Each demand once, as it stands after the last of these events (oldest first)."""
    newest: dict[UUID, News] = {}
    for event in events:
        if isinstance(event, DemandAccepted):
            known = newest.get(event.demand_id)
            fresh = event.revision == 1 or (known is not None and known.change == _NEW)
            about = f"{event.reference} · {event.item} · benötigt bis {day(event.needed_by)}"
            newest[event.demand_id] = News(
                _NEW if fresh else _CHANGED,
                event.demand_id,
                event.name,
                pieces(event.quantity, event.unit),
                f"{about} · zurzeit ohne Rahmenvereinbarung" if event.without_contract else about,
                event.round_id,
                event.without_contract,
            )
        elif isinstance(event, DemandConsultationOpened):
            newest[event.demand_id] = News(
                _TALK,
                event.demand_id,
                event.requirement,
                number(event.quantity),
                f"{event.reference} · die KID meldet sich bei Ihnen",
            )
        elif isinstance(event, DemandReferred):
            newest[event.demand_id] = News(
                _TENDER,
                event.demand_id,
                event.requirement,
                pieces(event.quantity, event.unit),
                f"{event.reference} · {event.explanation}",
            )
        elif isinstance(event, DemandWithdrawalConfirmed):
            newest[event.demand_id] = News(
                _GONE,
                event.demand_id,
                event.name,
                "entfällt",
                f"{event.reference} · zählt nicht mehr",
            )
        elif isinstance(event, DemandRefusalConfirmed):
            reason = f": {event.reason}" if event.reason else ""
            newest[event.demand_id] = News(
                _REFUSED,
                event.demand_id,
                event.name,
                "entfällt",
                f"{event.reference} · nicht genehmigt von {event.approver.name}{reason}",
            )
    return list(newest.values())


def groups(items: Iterable[News]) -> Iterator[tuple[str, list[News]]]:
    """The news by kind of change, with how many in the caption."""
    kept = list(items)
    for change in _ORDER:
        if group := [item for item in kept if item.change == change]:
            yield f"{change} ({len(group)})", group


def headline(items: Sequence[News]) -> str:
    """What happened, in one line."""
    if len(items) == 1:
        said = {
            _NEW: "Ihr Bedarf ist aufgenommen",
            _CHANGED: "Ihr Bedarf ist geändert",
            _TALK: "Ihr Bedarf geht in die Beratung",
            _TENDER: "Ihr Bedarf ist für eine Vergabe gesammelt",
            _GONE: "Ihr Bedarf ist zurückgezogen",
            _REFUSED: "Ihr Bedarf ist nicht genehmigt",
        }
        return said[items[0].change]
    return f"Stand Ihrer Meldungen: {plural(len(items), 'Bedarf', 'Bedarfe')}"


def cut_offs(items: Sequence[News], background: Background) -> list[tuple[str, str]]:
    """Title and cut-off of each round these demands are in."""
    rounds = {
        item.round_id: background.rounds.get(item.round_id) for item in items if item.round_id
    }
    return [
        (of.title, f"Meldeschluss {moment(of.cut_off)}") for of in rounds.values() if of is not None
    ]


def rejections(events: Sequence[Event], background: Background) -> list[Rejection]:
    """Each rejected message with its broken rules."""
    return [
        Rejection(_title(event, background), rules.rows(event.reasons))
        for event in events
        if isinstance(event, DemandRejected)
    ]


def _title(event: DemandRejected, background: Background) -> str:
    what = _MESSAGES.get(event.message_type or "", "Nachricht")
    demand = background.demands.get(event.demand_id) if event.demand_id else None
    if demand is not None:
        return f"{what} zu {demand.reference}, {demand.name}"
    return f"{what} {event.demand_id or event.message_id or 'ohne Nummer'}"


def standing(background: Background, round_id: UUID) -> list[Demand]:
    """The member's demands in a round, in order of their references."""
    found = [demand for demand in background.demands.values() if demand.round_id == round_id]
    return sorted(found, key=lambda demand: demand.reference)
