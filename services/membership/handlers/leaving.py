"""Notice, exclusion, fixed term, and a successor in a member's place."""

from datetime import timedelta

from services.membership.domain import leaving
from services.membership.handlers.inbox import handles
from services.membership.handlers.stating import keep, stated, the_member
from shared.database import InTransaction
from shared.decisions import Basis, Decision
from shared.events.board import (
    MembershipExcluded,
    MembershipNoticeGiven,
    MembershipSucceeded,
    MembershipTermChanged,
)
from shared.events.envelope import COOPERATIVE
from shared.events.membership import MemberExcluded, MemberNoticeConfirmed
from shared.refusal import refuse


@handles(MembershipNoticeGiven)
async def confirm_notice(event: MembershipNoticeGiven, tx: InTransaction) -> None:
    """Set the day on which the membership ends, or with which some of its shares do."""
    member, how = await the_member(tx, event.member), stated(tx, event.document)
    by_board = tx.header is not None and tx.header.party == COOPERATIVE
    if event.hardship and (event.shares is not None or not by_board):
        why = "is the board's word on a notice of the whole membership (§ 65 (3) GenG)"
        raise refuse("hardship", "true", why)
    if event.shares is None:
        period = leaving.notice_rule(member, event.given_on, tx.rules, hardship=event.hardship)
        member = leaving.under_notice(
            member, event.given_on, how, tx.rules, hardship=event.hardship
        )
        tx.decide(
            Decision(
                "notice",
                member.number,
                "confirmed",
                rules=(period,),
                inputs={"given_on": event.given_on, "hardship": event.hardship},
                result={"leaves_on": member.entries[-1].effective_on},
                concerns=member.number,
            )
        )
        await keep(tx, member, MemberNoticeConfirmed)
        return
    member = leaving.shares_under_notice(member, event.shares, event.given_on, how, tx.rules)
    until = member.entries[-1].effective_on - timedelta(days=1)
    await keep(tx, member, MemberNoticeConfirmed, shares_given_up=event.shares, shares_until=until)


@handles(MembershipExcluded)
async def exclude(event: MembershipExcluded, tx: InTransaction) -> None:
    """Let a membership end against the member's will."""
    member, how = await the_member(tx, event.member), stated(tx, event.document)
    member = leaving.excluded(member, event.decided_on, event.told_on, event.grounds, how)
    tx.decide(
        Decision(
            "exclusion",
            member.number,
            "excluded",
            rules=(Basis("exclusion with the business year", "§ 68 GenG"),),
            inputs={"decided_on": event.decided_on, "told_on": event.told_on},
            result={"last_day": member.entries[-1].effective_on, "grounds": event.grounds},
            by="board",
            concerns=member.number,
        )
    )
    await keep(tx, member, MemberExcluded, grounds=event.grounds)


@handles(MembershipTermChanged)
async def change_term(event: MembershipTermChanged, tx: InTransaction) -> None:
    """Let a fixed term end on another day, or not at all."""
    member, how = await the_member(tx, event.member), stated(tx, event.document)
    await keep(tx, leaving.term_changed(member, event.ends_on, event.agreed_on, how))


@handles(MembershipSucceeded)
async def succeed(event: MembershipSucceeded, tx: InTransaction) -> None:
    """Let a successor stand in a member's place, from its day on."""
    member, how = await the_member(tx, event.member), stated(tx, event.document)
    successor = await the_member(tx, event.successor, "successor") if event.successor else None
    member = leaving.succeeded(member, successor, event.effective_on, how)
    tx.decide(
        Decision(
            "succession",
            member.number,
            "entered",
            rules=(Basis("membership ends with the business year", "§ 77a GenG"),),
            inputs={"successor": event.successor, "effective_on": event.effective_on},
            result={"last_day": member.entries[-1].effective_on},
            by="board",
            concerns=member.number,
        )
    )
    await keep(tx, member)
