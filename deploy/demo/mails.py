"""Whether every party got exactly the mails it should: the events against the mailbox.

What is to be told to whom stands here once more, on its own, so that the notifications service
is not asked to vouch for itself.
"""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from deploy.demo.invariants import Doubled, Finding, Lost
from deploy.demo.record import Noted, Record, Stuck
from deploy.local.mailbox import Mail, PrivateMailbox
from shared.events import Event
from shared.events.common import Contact
from shared.events.demand import (
    ApprovalLimitConfirmed,
    DemandAccepted,
    DemandApprovalRequested,
    DemandConsultationOpened,
    DemandDetailsAsked,
    DemandProposalMade,
    DemandReferred,
    DemandRejected,
    DemandSimilarFound,
    DemandWithdrawalConfirmed,
    RoundCounted,
)
from shared.events.membership import (
    ApplicationErased,
    ApplicationReceived,
    ApplicationRefused,
    MemberAdmitted,
)
from shared.events.notifications import NotificationFailed, NotificationSent
from shared.events.procurement import (
    BundleShared,
    ContractCapacityLow,
    ContractExhausted,
    CostStated,
    DeliveryRecorded,
    OrderConfirmed,
    OrderPlaced,
    OrderRefused,
    RoundCompleted,
    RoundOpened,
    SubscriptionChanged,
    TenderProposed,
)

SILENCE_SECONDS = 30
KID = frozenset({"auftraege@kid-magdeburg.example"})
BOARD = frozenset({"vorstand@kitu.example"})
TO_THE_MEMBER: dict[type[Event], tuple[str, str]] = {
    MemberAdmitted: ("member_admitted", "management"),
    DemandProposalMade: ("proposal_made", "it"),
    DemandDetailsAsked: ("details_asked", "it"),
    DemandApprovalRequested: ("approval_requested", "management"),
    ApprovalLimitConfirmed: ("approval_limit", "management"),
    BundleShared: ("bundle_result", "finance"),
    OrderConfirmed: ("order_confirmed", "it"),
    OrderRefused: ("order_refused", "it"),
    DeliveryRecorded: ("delivery", "it"),
    CostStated: ("cost_statement", "finance"),
}
"""Kind and role of the mail that an event means to the member it is about."""
COLLECTED: dict[type[Event], str] = {
    DemandAccepted: "demands_received",
    DemandConsultationOpened: "demands_received",
    DemandReferred: "demands_received",
    DemandWithdrawalConfirmed: "demands_received",
    DemandRejected: "demands_rejected",
    DemandSimilarFound: "similar_found",
    SubscriptionChanged: "solution_news",
}
"""What is told to a member's IT, several together in one mail."""


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that an event is to lead to."""

    kind: str
    cause: str
    to: frozenset[str]


async def all_sent(record: Record, mailbox: PrivateMailbox | None) -> int:
    """Wait until every mail is handed over that is due by now, or none comes any more.

    Returns how many were handed over; `findings` names those that are missing.
    """
    wanted = list(due(record))
    causes = {(mail.kind, mail.cause) for mail in wanted}

    def handed_over() -> bool:
        sent = {(event.kind, str(event.caused_by)) for event in record.of(NotificationSent)}
        if not causes <= sent:
            return False  # not worth a look at the mails yet
        return not any(_missing(record, wanted, mailbox.mails() if mailbox else None))

    with contextlib.suppress(Stuck):
        await record.until(handed_over, "mails", SILENCE_SECONDS)
    return len(record.of(NotificationSent))


def findings(
    record: Record, arrived: Sequence[Mail] | None, besides: Sequence[Due] = ()
) -> list[Finding]:
    """What must hold of the mails; `arrived` is None where a server of others took them.

    `besides` are mails that are due for other reasons than an event.
    """
    wanted = [*due(record), *besides]
    found = [
        Finding("every mail that is due was handed over", tuple(_missing(record, wanted, arrived))),
        Finding("no mail failed", tuple(e.reason for e in record.of(NotificationFailed))),
    ]
    if arrived is not None:
        against = tuple(_in_the_mailbox(record, wanted, arrived))
        found.append(Finding("every party got exactly its mails, each once", against))
    return found


def due(record: Record) -> Iterator[Due]:
    """The mails of a kind of their own that the events so far lead to."""
    contacts = _contacts(record)
    withheld = _withheld(record)
    for noted in record.all:
        match event := noted.event:
            case ApplicationReceived() if noted.id not in withheld:
                yield Due("application_received", noted.id, BOARD)
            case ApplicationRefused():
                yield Due("application_refused", noted.id, _of(event.contacts, "management"))
            case RoundOpened():
                for member in contacts:
                    yield Due("round_opened", noted.id, _of(contacts[member], "it"))
            case RoundCounted():
                for member in {e.member for e in _counting(record) if e.round_id}:
                    yield Due("round_closed", noted.id, _of(contacts[member], "it"))
            case RoundCompleted():
                yield Due("round_report", noted.id, BOARD)
            case OrderPlaced():
                yield Due("order_to_kid", noted.id, KID)
            case TenderProposed() if event.change != "demand":  # else in the morning
                for party in (KID, BOARD):
                    yield Due("tender_need", noted.id, party)
            case ContractCapacityLow() | ContractExhausted():
                full = isinstance(event, ContractExhausted)
                for party in (KID, BOARD):
                    yield Due("capacity_exhausted" if full else "capacity_low", noted.id, party)
            case _ if type(event) in TO_THE_MEMBER:
                kind, role = TO_THE_MEMBER[type(event)]
                yield Due(kind, noted.id, _of(contacts[noted.party], role))


def _withheld(record: Record) -> set[str]:
    """Applications that the board was not told of before the applicant's data had to go: it is
    told no more (§ 15 (2) GenG), unless the mail was on its way."""
    erased = {event.application_id for event in record.of(ApplicationErased)}
    sent = {str(event.caused_by) for event in record.of(NotificationSent)}
    return {
        noted.id
        for noted in record.noted(ApplicationReceived)
        if isinstance(noted.event, ApplicationReceived)
        and noted.event.application_id in erased
        and noted.id not in sent
    }


def _missing(
    record: Record, wanted: Sequence[Due], arrived: Sequence[Mail] | None
) -> Iterable[Lost]:
    """What is not handed over yet, in words."""
    sent = Counter((event.kind, str(event.caused_by)) for event in record.of(NotificationSent))
    unsent = Counter((mail.kind, mail.cause) for mail in wanted) - sent
    for kind, cause in unsent.elements():
        yield Lost(f"{kind} caused by {cause}")
    if arrived is None or unsent:
        return
    told: dict[tuple[str, str], str] = defaultdict(str)
    for mail in arrived:
        for address in mail.delivered_to:
            told[_kind(mail), address] += mail.text
    for kind, address, word in _words(record):
        if word not in told[kind, address]:
            yield Lost(f"{kind} to {address} that tells of {word}")


def _words(record: Record) -> Iterator[tuple[str, str, str]]:
    """(kind, address, word): what a collected mail must tell, by a word of each event."""
    contacts = _contacts(record)
    for noted, kind in _collected(record):
        reference = getattr(noted.event, "reference", "")
        for address in _of(contacts[noted.party], "it"):
            yield kind, address, reference


def _in_the_mailbox(record: Record, wanted: Sequence[Due], mails: Sequence[Mail]) -> Iterable[str]:
    contacts = _contacts(record)
    sent = {str(event.notification_id): event for event in record.of(NotificationSent)}
    collected = {(kind, _of(contacts[n.party], "it")) for n, kind in _collected(record)}
    on_its_way = len(_withheld(record))
    got: Counter[Due] = Counter()
    for mail in mails:
        kind, to = _kind(mail), frozenset(mail.delivered_to)
        event = sent.pop(mail.message_id.strip("<>").partition("@")[0], None)
        if event is None and kind == "application_received" and on_its_way:
            on_its_way -= 1
        elif event is None:
            told = f"{mail.subject} to {', '.join(to)}"
            yield Doubled(f"{told} came twice, or was never said to be sent")
        elif kind not in COLLECTED.values():
            got[Due(kind, str(event.caused_by), to)] += 1
        elif (kind, to) not in collected:
            yield f"{kind} to {', '.join(to)}, who has no such news"
    yield from (Lost(f"said to be sent, but never arrived: {e.kind}") for e in sent.values())
    due_once = Counter(wanted)
    for late in (due_once - got).elements():
        yield Lost(f"missing: {late.kind} to {', '.join(late.to)}")
    for late in (got - due_once).elements():
        yield Doubled(f"too much: {late.kind} to {', '.join(late.to)}")


def _collected(record: Record) -> Iterator[tuple[Noted, str]]:
    """Events for members that are told together, with the kind of mail."""
    members = _contacts(record)
    for event_type, kind in COLLECTED.items():
        for noted in record.noted(event_type):
            if noted.party in members:
                yield noted, kind


def _counting(record: Record) -> Iterable[DemandAccepted]:
    """Demands that are in the round when its books close."""
    withdrawn = {event.demand_id for event in record.of(DemandWithdrawalConfirmed)}
    return (e for e in record.of(DemandAccepted) if e.demand_id not in withdrawn)


def _contacts(record: Record) -> dict[str, list[Contact]]:
    return {event.member: event.contacts for event in record.of(MemberAdmitted)}


def _of(contacts: Sequence[Contact], role: str) -> frozenset[str]:
    """The addresses of a role; where there is none, of the first contact."""
    chosen = [contact for contact in contacts if contact.role == role] or contacts[:1]
    return frozenset(contact.email for contact in chosen)


def _kind(mail: Mail) -> str:
    return dict(mail.headers).get("X-KITU-Kind", "")
