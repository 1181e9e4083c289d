"""The loop that hands mails over, apart from every message's transaction.

A few connections are kept open. Each mail is claimed for a while, so that no two replicas send
it at once, and what was reached is stored before DATA, so that a crash leaves no doubt about
who may have got it.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from prometheus_client import Counter

from services.notifications import store
from services.notifications.domain import (
    LONGEST_DELAY,
    WHILE_DOWN,
    Mail,
    Outcome,
    State,
    after,
    handing,
)
from services.notifications.handlers.telling import failed, plain, sent
from services.notifications.mail.transport import Line, Server
from shared.database import Database, Transaction
from shared.database.dialects import is_passing

log = logging.getLogger(__name__)
TRIES = Counter("kitu_mail_tries_total", "Tries of mails by what came of them", ["kind", "state"])

IDLE_SECONDS = 0.25
HANG_UP_SECONDS = 20.0
FINISH_SECONDS = 10.0
DOWN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Post:
    """How mails leave: by which server, on how many connections, to whom at all.

    `return_path` is where bounces go; `{id}` in it stands for the mail's id. `redirect` gets
    every mail instead of its recipients; with `dry_run` nobody gets any; where `allowed` names
    domains or addresses, only those get theirs. `per_second` limits the rate.
    """

    server: Server
    return_path: str
    connections: int = 4
    per_second: float | None = None
    redirect: str | None = None
    dry_run: bool = False
    allowed: frozenset[str] = frozenset()

    @property
    def lease(self) -> timedelta:
        """How long a claim holds: longer than a try takes that goes wrong at every step."""
        return timedelta(seconds=self.server.timeout * 4 + 30)

    def withheld(self, address: str) -> str | None:
        """Why an address gets nothing; None where it does."""
        if self.dry_run:
            return "dry run"
        names = {address.casefold(), address.casefold().rpartition("@")[2]}
        return "not on the allow list" if self.allowed and not names & self.allowed else None


class Claim(NamedTuple):
    """A mail to send until the claim ends, with its bytes."""

    mail: Mail
    content: bytes
    until: datetime


class ClaimLost(Exception):
    """Another sender took the mail over, because this one took too long."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to keep of a mail: its state as it is, or with the outcomes of a try."""

    claim: Claim
    outcomes: Mapping[str, Outcome] | None = None
    longest: timedelta = LONGEST_DELAY


class Ledger:
    """Keeps the steps of all lines; those that wait at the same time share one commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._waiting: list[tuple[Step, asyncio.Future[bool]]] = []

    async def keep(self, step: Step) -> None:
        """Return when the step is stored, however long the database is away.

        Raises:
            ClaimLost: it is not, because another sender's word counts now.
        """
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((step, kept))
        async with self._turn:
            while not kept.done():
                await self._store_all()
        if not kept.result():
            raise ClaimLost

    async def _store_all(self) -> None:
        together = self._waiting[:]
        try:
            async with self._database.transaction() as tx:
                stored = [await _store(tx, step) for step, _ in together]
        except Exception as error:
            if not is_passing(error):
                raise
            log.warning("mails' states wait for the database: %s", type(error).__name__)
            await asyncio.sleep(1)
        else:
            del self._waiting[: len(together)]
            for (_, kept), was_stored in zip(together, stored, strict=True):
                kept.set_result(was_stored)


async def _store(tx: Transaction, step: Step) -> bool:
    mail, _, until = step.claim
    if step.outcomes is None:
        return await store.save_try(tx.session, mail, until, tx.now)
    now = after(mail, step.outcomes, tx.now, step.longest)
    if not await store.save_try(tx.session, now, until, tx.now):
        return False
    if now.state is State.HANDED_OVER:
        sent(tx, now)
    elif now.finished and now.state is not State.WITHHELD:
        failed(tx, now, _reason(now))
    if now.finished and now.erase_when_done:
        await store.erase_content(tx.session, now)
    TRIES.labels(now.kind, now.state).inc()
    log.info("mail %s, %s: %s", now.id, now.kind, now.state)
    return True


async def deliver(database: Database, post: Post) -> None:
    """Hand mails over until cancelled; then finish those in hand and give the others back."""
    waiting: asyncio.Queue[Claim] = asyncio.Queue(post.connections)
    not_begun: dict[UUID, Claim] = {}
    ledger = Ledger(database)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(post.connections):
                group.create_task(_send_on_one_line(ledger, post, waiting, not_begun))
            while True:
                claiming = asyncio.create_task(_claim(database, post))
                try:
                    await asyncio.shield(claiming)
                finally:  # what is claimed while this ends is known too, and given back
                    claims = await claiming
                    not_begun |= {claim.mail.id: claim for claim in claims}
                for claim in claims:
                    await waiting.put(claim)
                    if post.per_second:
                        await asyncio.sleep(1 / post.per_second)
                if not claims:
                    await asyncio.sleep(IDLE_SECONDS)
    finally:
        async with database.transaction() as tx:
            for mail, _, until in not_begun.values():
                await store.save_try(tx.session, replace(mail, next_try_at=tx.now), until, tx.now)


async def _claim(database: Database, post: Post) -> list[Claim]:
    try:
        async with database.transaction() as tx:
            until = tx.now + post.lease
            found = await store.claim(tx.session, tx.now, post.lease, post.connections)
    except Exception as error:
        if not is_passing(error):
            raise
        log.warning("mails wait for the database: %s", type(error).__name__)
        return []
    return [Claim(mail, content, until) for mail, content in found]


async def _send_on_one_line(
    ledger: Ledger,
    post: Post,
    waiting: asyncio.Queue[Claim],
    not_begun: dict[UUID, Claim],
) -> None:
    line = Line(post.server)
    try:
        while True:
            try:
                claim = await asyncio.wait_for(waiting.get(), HANG_UP_SECONDS)
            except TimeoutError:
                await line.close()
                continue
            del not_begun[claim.mail.id]
            trying = asyncio.create_task(_try(ledger, post, line, claim))
            try:
                await asyncio.shield(trying)
            except asyncio.CancelledError:
                await asyncio.wait({trying}, timeout=FINISH_SECONDS)
                raise
            if line.down:
                await asyncio.sleep(DOWN_SECONDS)
    finally:
        await line.close()


async def _try(ledger: Ledger, post: Post, line: Line, claim: Claim) -> None:
    """One try; whatever goes wrong with it, the mail is tried again when its claim ends."""
    try:
        await send(ledger, post, line, claim)
    except ClaimLost:
        log.warning("mail %s took too long; another sender has it", claim.mail.id)
    except Exception:
        log.exception("mail %s is tried again when its claim ends", claim.mail.id)


async def send(ledger: Ledger, post: Post, line: Line, claim: Claim) -> None:
    """Hand one claimed mail over and keep what came of it.

    Raises:
        ClaimLost: before DATA, or after it, where another sender's word now counts.
    """
    mail, content, until = claim
    withheld = {a: why for a in mail.open_addresses if (why := post.withheld(a))}
    outcomes = {a: Outcome(State.WITHHELD, why) for a, why in withheld.items()}
    targets = {a: post.redirect or a for a in mail.open_addresses if a not in withheld}

    def by_address(by_target: Mapping[str, Outcome]) -> dict[str, Outcome]:
        return {a: by_target[t] for a, t in targets.items() if t in by_target}

    async def before_data(refused: Mapping[str, Outcome]) -> None:
        served = handing(mail, {**outcomes, **by_address(refused)})
        await ledger.keep(Step(claim._replace(mail=replace(served, next_try_at=until))))

    if targets:
        reply = await line.hand_over(
            post.return_path.format(id=mail.id.hex),
            list(dict.fromkeys(targets.values())),
            content,
            before_data,
        )
        outcomes |= by_address(reply)
    longest = WHILE_DOWN if targets and line.down else LONGEST_DELAY
    await ledger.keep(Step(claim, outcomes, longest))


def _reason(mail: Mail) -> str:
    """Why a mail failed, on one plain line and without anybody's address."""
    unserved = [r for r in mail.recipients if r.state is mail.state]
    said = unserved[0].reply if unserved else mail.state
    return f"{len(unserved)} of {len(mail.recipients)} recipients: {plain(said)}"
