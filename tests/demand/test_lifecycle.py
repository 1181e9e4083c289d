"""No sequence of messages leads a demand to two places, or leaves it stuck."""

import asyncio
import shutil
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import services
from services.demand import store
from services.demand.domain import ALIVE, Status
from services.demand.handlers import due
from shared.database import Database, migrate
from tests.builders import Clock, Said, an_event, an_id, deliver, rules_of, said
from tests.demand.world import found, state, submit, submit_in_words

T = TypeVar("T")
NUMBERS = st.sampled_from([100, 101, 102])
FIRST = {"role": "it", "name": "M. Schulz"}
ENDS = {
    "demand.withdrawal_confirmed.v1",
    "demand.approval_requested.v1",
    "demand.refusal_confirmed.v1",
    "demand.lapsed.v1",
}


class Lifecycle(RuleBasedStateMachine):
    """Members, KID and the clock act at random; procurement's view of it is kept beside.

    `counting` is what procurement would order: each demand by its last acceptance, until an event
    says that it does not count.
    """

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(mkdtemp(prefix="kitu-lifecycle-"))
        self.loop = asyncio.new_event_loop()
        self.clock = Clock()
        url = f"sqlite+aiosqlite:///{self.directory / 'own.db'}"
        self.database = Database(url, "demand", self.clock, rules_of("demand"))
        self.counting: dict[str, dict[str, Any]] = {}
        self.rounds = 0
        self.is_open = False
        self.proposals = 0

    def run(self, work: Awaitable[T]) -> T:
        """Do something asynchronous."""
        return self.loop.run_until_complete(work)

    def hear(self, work: Awaitable[list[Said]]) -> None:
        """Let procurement hear what the demand service says to something."""
        for each in self.run(work):
            if each.type == "demand.accepted.v1":
                self.counting[each.data["demand_id"]] = each.data
            elif each.type in ENDS:
                self.counting.pop(each.data["demand_id"], None)

    @initialize()
    def begin(self) -> None:
        migrations = Path(services.__file__).parent / "demand" / "migrations"
        self.run(migrate(self.database.engine, migrations))
        self.run(found(self.database))
        limit = an_event("approval.limit_set.v1", above="10000.00")
        self.run(deliver(self.database, limit))

    @rule(number=NUMBERS, quantity=st.sampled_from([5, 20]), words=st.booleans())
    def submit(self, number: int, quantity: int, words: bool) -> None:
        say = submit_in_words if words else submit
        self.hear(say(self.database, number, quantity=quantity, stated_by=FIRST))

    @rule(number=NUMBERS, quantity=st.sampled_from([5, 20]))
    def change(self, number: int, quantity: int) -> None:
        told = {"quantity": quantity, "stated_by": FIRST}
        self.hear(state(self.database, "demand.changed.v1", number, **told))

    @rule(
        number=NUMBERS,
        type_=st.sampled_from(
            ["demand.withdrawn.v1", "demand.approved.v1", "demand.approval_refused.v1"]
        ),
    )
    def decide(self, number: int, type_: str) -> None:
        self.hear(state(self.database, type_, number))

    @rule(number=NUMBERS, quantity=st.sampled_from([5, 500]))
    def propose(self, number: int, quantity: int) -> None:
        self.proposals += 1
        until = str((self.clock.now + timedelta(days=5)).date())
        values = {"item": "DMS", "quantity": quantity, "term_months": 36, "answer_by": until}
        proposal = str(an_id(1000 + self.proposals))
        self.hear(state(self.database, "proposal.made.v1", number, proposal_id=proposal, **values))

    @rule(
        number=NUMBERS,
        back=st.integers(0, 2),
        type_=st.sampled_from(
            ["proposal.accepted.v1", "proposal.declined.v1", "proposal.countered.v1"]
        ),
    )
    def answer(self, number: int, back: int, type_: str) -> None:
        proposal = str(an_id(1000 + max(self.proposals - back, 1)))
        self.hear(state(self.database, type_, number, proposal_id=proposal))

    @precondition(lambda self: not self.is_open)
    @rule()
    def open(self) -> None:
        self.rounds += 1
        self.is_open = True
        cut_off = f"{self.clock.now + timedelta(days=14):%Y-%m-%dT%H:%M:%SZ}"
        event = an_event(
            "round.opened.v1",
            round_id=str(an_id(self.rounds)),
            reference=f"R-2026-{self.rounds:04d}",
            categories=["hardware", "documents"],
            cut_off=cut_off,
        )
        self.hear(deliver(self.database, event, sequence=1))

    @precondition(lambda self: self.is_open)
    @rule()
    def close(self) -> None:
        """What demand counts is exactly what procurement would order: nothing is in two places."""
        self.is_open = False
        round_id = str(an_id(self.rounds))
        closed = an_event("round.closed.v1", round_id=round_id)
        (counted,) = self.run(deliver(self.database, closed, sequence=2))
        inside = [d for d in self.counting.values() if d.get("round_id") == round_id]
        assert counted.data["demands"] == len(inside)
        assert counted.data["pieces"] == sum(demand["quantity"] for demand in inside)
        for demand in inside:
            unfilled = state_of(self.database, "demand.unfilled.v1", demand["demand_id"])
            self.hear(unfilled)
            self.counting.pop(demand["demand_id"])

    @rule(days=st.sampled_from([1, 4, 30]))
    def wait(self, days: int) -> None:
        self.clock.now += timedelta(days=days)
        self.hear(self._due())

    async def _due(self) -> list[Said]:
        await due(self.database)
        return await said(self.database)

    def teardown(self) -> None:
        """In the end every demand is done: ordered or not, or ended by an event."""
        try:
            if self.is_open:
                self.close()
            self.wait(400)
            assert self.counting == {}
            assert not self.run(self._alive())
        finally:
            self.run(self.database.close())
            self.loop.close()
            shutil.rmtree(self.directory)

    async def _alive(self) -> list[Status]:
        async with self.database.transaction() as tx:
            demands = [await store.demand(tx.session, an_id(n)) for n in (100, 101, 102)]
        return [demand.status for demand in demands if demand and demand.status in ALIVE]


async def state_of(database: Database, type_: str, demand_id: str) -> list[Said]:
    """Procurement states what became of a demand."""
    return await deliver(database, an_event(type_, demand_id=demand_id), sequence=1)


TestLifecycle = Lifecycle.TestCase
TestLifecycle.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
