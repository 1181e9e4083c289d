"""Shares: further ones, and their transfer."""

from services.membership import store
from services.membership.domain import joining, shares
from services.membership.domain.joining import Transfer
from services.membership.domain.members import Member, check_day, present
from services.membership.handlers.inbox import handles
from services.membership.handlers.stating import keep, stated, the_member
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.board import (
    MembershipSharesChanged,
    MembershipSharesSubscribed,
    MembershipSharesTransferred,
)
from shared.events.envelope import COOPERATIVE
from shared.events.membership import ApplicationProgressed, SharesChange
from shared.refusal import refuse


@handles(MembershipSharesSubscribed)
async def subscribe(event: MembershipSharesSubscribed, tx: InTransaction) -> None:
    """Enter further shares."""
    member = await the_member(tx, event.member)
    how = stated(tx, event.document)
    member = shares.subscribed(member, event.shares, event.effective_on, how, tx.rules)
    change = SharesChange(change=event.shares, how="subscribed", effective_on=event.effective_on)
    await keep(tx, member, shares_change=change)


@handles(MembershipSharesChanged)
async def change_shares(event: MembershipSharesChanged, tx: InTransaction) -> None:
    """Enter the new whole number of shares."""
    member = await the_member(tx, event.member)
    how = stated(tx, event.document)
    member = shares.stated_anew(member, event.shares, event.effective_on, how, tx.rules)
    change = SharesChange(
        change=member.entries[-1].shares, how="stated", effective_on=event.effective_on
    )
    await keep(tx, member, shares_change=change)


@handles(MembershipSharesTransferred)
async def transfer(event: MembershipSharesTransferred, tx: InTransaction) -> None:
    """Transfer shares to a member, or keep that they go to an applicant when it joins."""
    if (event.to is None) == (event.application_id is None):
        raise refuse("to", event.to or "", "state either a member or an application_id")
    giver = await the_member(tx, event.member)
    if event.to is None:
        await _promise(tx, event, giver)
        return
    taker = await the_member(tx, event.to, "to")
    how, day = stated(tx, event.document), event.effective_on
    giver, taker = shares.transferred(giver, taker, event.shares, day, how, tx.rules)
    number = taker.entries[-1].shares
    for member, change, other in ((taker, number, giver.number), (giver, -number, taker.number)):
        told = SharesChange(change=change, how="transferred", effective_on=day, other=other)
        await keep(tx, member, shares_change=told)


async def _promise(tx: Transaction, event: MembershipSharesTransferred, giver: Member) -> None:
    """Keep with an application that its shares come from a member when it is admitted."""
    id_, day = event.application_id, event.effective_on
    application = await store.application(tx.session, id_) if id_ else None
    if application is None:
        raise refuse("application_id", id_, "must be an undecided application")
    has = present(giver, day).shares
    check_day("effective_on", day, giver, stated(tx))
    number = event.shares or has
    if number > has:
        raise refuse("shares", number, f"member {giver.number} has {has} on {day}")
    promised = Transfer(giver.number, number, day, event.document)
    application = joining.with_transfer(application, promised)
    await store.save_application(tx.session, application)
    tx.emit(
        ApplicationProgressed(
            application_id=application.id,
            shares_from=giver.number,
            taken_on=day,
            lacks=joining.lacks(application, tx.rules, local_date(tx.now)),
        ),
        party=COOPERATIVE,
    )
