"""One round on real parts: start them, let the systems play, check, keep the report."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx

from deploy.demo import bad, borrowed, invariants, kid, mails, yearbook
from deploy.demo.invariants import Finding
from deploy.demo.record import listening
from deploy.demo.round import NUMBERS, Round, Tell
from deploy.demo.summary import Summary, summarise
from deploy.demo.systems import Systems
from deploy.kitu import wire
from deploy.local.mailbox import write_gallery
from deploy.suite import Suite


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a played round left behind."""

    summary: Summary
    findings: Sequence[Finding]
    report: Path
    gallery: Path | None
    """None where the mails went to a mail server of others."""
    year: Path
    decisions: int

    @property
    def well(self) -> bool:
        """Whether every invariant holds."""
        return not any(finding.against for finding in self.findings)


async def play(directory: Path, tell: Tell = lambda _: None) -> Outcome:
    """Play one round on parts of its own, from clean state to the last mail.

    Args:
        directory: empty or missing; keeps all state, the report and the mails.
        tell: is told each step when it is done.

    Raises:
        CannotStart: a part does not come up.
        Failure: the broker that `KITU_AMQP_URL` names is away, or in use already.
        Stuck: something that had to happen did not.
    """
    suite = Suite(directory, NUMBERS, given=_surroundings(os.environ))
    async with AsyncExitStack() as stack:
        if suite.is_on_a_given_broker:
            await stack.enter_async_context(borrowed.unused(suite.login("operator")))
        stack.push_async_callback(asyncio.to_thread, suite.kill)
        await asyncio.to_thread(suite.start, lambda what: tell(f"starting {what}"))
        return await _play(suite, tell)


def _surroundings(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of the demo's parts: of what is set for real use only the broker, so that
    the demo's members and mails never get among real ones."""
    kept = {k: v for k, v in given.items() if not k.startswith("KITU_") or k == "KITU_AMQP_URL"}
    return {**kept, "KITU_NOTIFICATIONS_MAIL_COLLECT_SECONDS": "2"}


async def _play(suite: Suite, tell: Tell) -> Outcome:
    systems = Systems(suite.login)
    async with AsyncExitStack() as stack:
        record = await stack.enter_async_context(listening(suite.login("operator")))
        provider = await stack.enter_async_context(kid.at_work(systems))
        played = Round(systems, record, provider, suite.http("demand"), tell)
        await played.play()
        async with asyncio.TaskGroup() as last:
            report = last.create_task(_report(suite, played.id))
            year = last.create_task(
                asyncio.to_thread(yearbook.written, suite.http("procurement"), suite.directory)
            )
            sent = await mails.all_sent(record, suite.mailbox)
        tell(f"{sent} mails were delivered")
        async with wire.channel_of(suite.login("operator")) as channel:
            buried = await bad.dead_letters(channel)
    said = invariants.Said(
        good=played.good,
        bad=played.refusable,
        let_in=[
            one.title
            for one in played.refusable
            if one.fault == bad.BROKER and one.title not in played.kept_out
        ],
        dead_letters=buried,
    )
    findings = [
        *invariants.findings(record, provider, said),
        *mails.findings(record, suite.mailbox.mails() if suite.mailbox else None),
    ]
    (decisions, whole), gallery = await asyncio.gather(
        asyncio.to_thread(yearbook.proved, suite.http), asyncio.to_thread(_gallery, suite)
    )
    summary = summarise(record, provider, rejected=len(played.refusable), mails=sent)
    return Outcome(summary, [*findings, whole], report.result(), gallery, year.result(), decisions)


async def _report(suite: Suite, round_id: UUID) -> Path:
    """Keep the round's report, as procurement shows it."""
    async with httpx.AsyncClient() as client:
        page = await client.get(
            f"{suite.http('procurement')}/report", params={"round": str(round_id)}, timeout=30
        )
    report = suite.directory / "report.html"
    report.write_bytes(page.raise_for_status().content)
    return report


def _gallery(suite: Suite) -> Path | None:
    """Keep every mail as a page, and say where their index lies."""
    if suite.mailbox is None:
        return None
    pages = suite.directory / "mail-pages"
    write_gallery(suite.mailbox.directory, pages)
    return pages / "index.html"
