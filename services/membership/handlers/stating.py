"""How a member is found, kept and stated, with everything that has become due for it."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar

from services.membership import store
from services.membership.domain import shares
from services.membership.domain.members import Member, Milestone, What, due
from services.membership.domain.people import Contact
from services.membership.domain.register import Stated
from shared.calendar import local_date
from shared.database import Transaction
from shared.decisions import Decision
from shared.events import common
from shared.events.envelope import COOPERATIVE
from shared.events.membership import (
    MemberChanged,
    MemberLeft,
    MemberState,
    MemberSucceeded,
    MemberTermEnding,
    RepaymentDue,
    SharesChange,
)
from shared.refusal import refuse

State = TypeVar("State", bound=MemberState)
REGISTER = "register"
"""Who writes to the register is alone at it, since some of what is stated concerns two members."""


async def the_member(tx: Transaction, number: str, field: str = "member") -> Member:
    """A member by its number; `field` is what a refusal names.

    Raises:
        Refused: there is none.
    """
    await tx.alone(REGISTER)
    member = await store.member(tx.session, number)
    if member is None:
        raise refuse(field, number, "must be a member of the cooperative")
    return member


def stated(tx: Transaction, document: str | None = None) -> Stated:
    """How the handled message comes to the register."""
    return Stated(tx.now, tx.header.id if tx.header else None, document)


async def keep(
    tx: Transaction, member: Member, said: type[MemberState] = MemberChanged, **more: Any
) -> None:
    """Keep a member's new state, state it, and then what it makes due at once."""
    tx.emit(state(tx, said, member, **more), party=member.number)
    await settle(tx, member)


async def settle(tx: Transaction, member: Member) -> None:
    """Keep a member and state everything that has become due for it."""
    today = local_date(tx.now)
    member, reached = due(member, today, tx.rules)
    await store.save_member(tx.session, member, today, tx.rules)
    for each in reached:
        _tell(tx, member, each)


def state(tx: Transaction, said: type[State], member: Member, **more: Any) -> State:
    """A member as it is today, as an event."""
    now = member.on(local_date(tx.now))
    return said.model_validate(
        {
            "member": now.number,
            **asdict(now.person),
            "contacts": [as_stated(contact) for contact in member.contacts],
            "shares": now.shares,
            "joined_on": now.joined_on,
            "leaves_on": now.leaves_on,
            "ended_by": now.ended_by,
            "successor": now.successor,
            "succeeded_on": now.succeeded_on,
            **more,
        }
    )


def as_stated(contact: Contact) -> common.Contact:
    """A contact as it was stated; whether mail reaches it is notifications' to know first."""
    return common.Contact.model_validate(
        {name: getattr(contact, name) for name in common.Contact.model_fields}
    )


def _tell(tx: Transaction, member: Member, reached: Milestone) -> None:
    entry, number = reached.entry, member.number
    match reached.what:
        case What.TERM_ENDING:
            tx.emit(state(tx, MemberTermEnding, member), party=number)
        case What.SUCCEEDED:
            for party in filter(None, (number, entry.other)):
                tx.emit(state(tx, MemberSucceeded, member), party=party)
        case What.RETURNED:
            change = SharesChange(
                change=entry.shares, how="returned", effective_on=entry.effective_on
            )
            tx.emit(state(tx, MemberChanged, member, shares_change=change), party=number)
            _repay(tx, member, reached, -entry.shares)
        case What.LEFT:
            tx.emit(state(tx, MemberLeft, member), party=number)
            _repay(tx, member, reached, member.on(entry.effective_on).shares)


def _repay(tx: Transaction, member: Member, reached: Milestone, ended: int) -> None:
    last = reached.day - timedelta(days=1)
    repayment = shares.repayment(member, reached.entry.how, ended, last, tx.rules)
    if repayment is None:
        return
    tx.decide(
        Decision(
            "repayment",
            member.number,
            "due",
            rules=(
                tx.rules.at("share_value_cents", last),
                tx.rules.at("repayment_months", last),
            ),
            inputs={"shares": repayment.shares, "ended_on": repayment.ended_on},
            result={
                "cents": repayment.cents,
                "payee": repayment.payee,
                "due_on": repayment.due_on,
            },
            concerns=member.number,
        )
    )
    for party in (repayment.payee, COOPERATIVE):
        tx.emit(
            RepaymentDue(
                member=member.number,
                name=member.on(last).person.name,
                payee=repayment.payee,
                shares=repayment.shares,
                share_value=repayment.share_cents,
                amount=repayment.cents,
                ended_on=repayment.ended_on,
                due_on=repayment.due_on,
            ),
            party=party,
        )
