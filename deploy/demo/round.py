"""A buying round as the outside systems live it, step by step."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from prometheus_client.parser import text_string_to_metric_families
from uuid_utils.compat import uuid7

from deploy.demo import bad, kid
from deploy.demo.bad import Bad
from deploy.demo.consultation import consulted
from deploy.demo.record import Record
from deploy.demo.script import Script, from_files
from deploy.demo.systems import Systems, content, drafts, today
from deploy.kitu.messages import Message
from shared.events import Event
from shared.events.board import MembershipApplied, MembershipDecided, RoundCloseRequested
from shared.events.common import MessageRejected, Person
from shared.events.demand import (
    ApprovalLimitConfirmed,
    DemandAccepted,
    DemandApprovalRequested,
    DemandConsultationOpened,
    DemandRejected,
    DemandWithdrawalConfirmed,
)
from shared.events.kid import (
    CatalogueItemOffered,
    Category,
    ContractOffered,
    RoundAnnounced,
)
from shared.events.member import (
    ApprovalLimitSet,
    DemandApproved,
)
from shared.events.membership import ApplicationReceived, ApplicationRefused, MemberAdmitted
from shared.events.procurement import (
    BundleApproved,
    BundleShared,
    CataloguePublished,
    ContractRegistered,
    DeliveryRecorded,
    OrderConfirmed,
    OrderPlaced,
    OrderRefused,
    RoundClosed,
    RoundCompleted,
    RoundOpened,
)

MANAGEMENT = Person(role="management", name="Büro der Oberbürgermeisterin")
Tell = Callable[[str], object]
NUMBERS = [str(number) for number in range(10001, 10023)]


@dataclass
class Round:
    """The round as it is being played."""

    systems: Systems
    record: Record
    kid: kid.Kid
    demand: str
    """Where the demand service answers."""
    tell: Tell
    script: Script = field(default_factory=from_files)
    id: UUID = field(default_factory=uuid7)
    good: list[Message] = field(default_factory=list)
    refusable: list[Bad] = field(default_factory=list)
    kept_out: list[str] = field(default_factory=list)

    async def play(self) -> None:
        """All of it, in order."""
        await self.offer()
        await self.join()
        await self.open()
        await self.submit()
        await self.approve()
        await self.misuse()
        await self.consult()
        await self.change()
        await self.close()
        await self.fulfil()

    async def join(self) -> None:
        """The board states applications and decisions; 22 members are admitted."""
        applied = drafts("members.csv", MembershipApplied)
        await self.systems.say("board", applied)
        await self.systems.say("board", drafts("admissions.csv", MembershipDecided))
        await self.record.until(
            lambda: (
                len(self.record.of(ApplicationReceived)) == len(applied)
                and len(self.record.of(MemberAdmitted)) == len(NUMBERS)
                and self.record.of(ApplicationRefused)
            ),
            "members admitted",
        )
        refused = len(self.record.of(ApplicationRefused))
        self.tell(f"{len(NUMBERS)} members joined, {refused} application was refused")

    async def offer(self) -> None:
        """KID offers its catalogue and its framework contracts."""
        items = drafts("catalogue.csv", CatalogueItemOffered)
        await self.systems.say("kid", items)
        await self.record.until(
            lambda: len(self.record.of(CataloguePublished)) >= len(items), "the catalogue"
        )
        contracts = drafts("contracts.json", ContractOffered)
        await self.systems.say("kid", contracts)
        await self.record.until(
            lambda: (
                len(self.record.of(ContractRegistered)) == len(contracts)
                and {event.item for event in self.record.of(CataloguePublished) if event.orderable}
                == {content(item)["item"] for item in items}
            ),
            "contracts registered and every item orderable",
        )
        self.tell(f"KID offers {len(items)} items from {len(contracts)} framework contracts")

    async def open(self) -> None:
        """KID announces the round."""
        cut_off = datetime.now(UTC).replace(microsecond=0) + timedelta(days=14)
        announced = RoundAnnounced(
            round_id=self.id,
            title=f"Sammelbeschaffung {today().year}",
            categories=list(Category),
            cut_off=cut_off,
        )
        await self.systems.state("kid", announced)
        opened = await self.record.until(lambda: self.record.of(RoundOpened), "the round opened")
        await self._known_to_demand(MemberAdmitted, CataloguePublished, RoundOpened)
        self.tell(f"round {opened[0].reference} is open for {len(Category)} fields of work")

    async def submit(self) -> None:
        """Every member's system states what the member needs."""
        limit = ApprovalLimitSet(member="10001", above=self.script.limit, set_by=MANAGEMENT)
        self.good += await self.systems.state("member-10001", limit)
        await self.record.until(
            lambda: self.record.of(ApprovalLimitConfirmed), "the value from which two decide"
        )
        lines = self.script.demand
        self.good += await self.systems.say_as_members(lines)
        wanted = {content(line)["demand_id"] for line in lines}

        def answered() -> bool:
            accepted = {str(event.demand_id) for event in self.record.of(DemandAccepted)}
            talking = {str(event.demand_id) for event in self.record.of(DemandConsultationOpened)}
            waiting = {str(event.demand_id) for event in self.record.of(DemandApprovalRequested)}
            return wanted <= accepted | talking | waiting

        await self.record.until(answered, "an answer to every demand")
        self.tell(f"{len(lines)} demand lines of {len(NUMBERS)} members arrived")

    async def approve(self) -> None:
        """What is worth more than a member trusts to one person, a second one approves."""
        waiting = self.record.of(DemandApprovalRequested)
        for asked in waiting:
            yes = DemandApproved(
                member=asked.member,
                demand_id=asked.demand_id,
                approver=Person(role="finance", name="Kämmerei"),
            )
            self.good += await self.systems.state(f"member-{asked.member}", yes)
        approved = {asked.demand_id for asked in waiting}
        await self.record.until(
            lambda: approved <= {event.demand_id for event in self.record.of(DemandAccepted)},
            "approved demand",
        )
        self.tell(
            f"{len(approved)} demand above its member's own limit was approved by a second person"
        )

    async def misuse(self) -> None:
        """Bad messages of every kind arrive beside the good ones."""
        barleben = next(m for m in self.good if m.routing_key.endswith(".10002"))
        by_hand = bad.hand_made(barleben)
        if self.systems.login("kid").user != "kid":  # one user for all, who may say everything
            by_hand = [one for one in by_hand if one.fault != bad.BROKER]
        self.kept_out = await bad.say_hand_made(self.systems, by_hand)
        self.refusable = [*by_hand, *await bad.say_bad_lines(self.systems, set(NUMBERS))]
        told = [one for one in self.refusable if one.fault not in {bad.DEAD_LETTER, bad.BROKER}]
        await self.record.until(
            lambda: (
                len(self.record.of(DemandRejected)) + len(self.record.of(MessageRejected))
                >= len(told)
            ),
            "a rejection of every bad message",
        )
        self.tell(f"{len(self.refusable)} bad messages were refused, each sender told why")

    async def consult(self) -> None:
        """Three needs are in words; KID proposes, one is accepted, one declined, one waits."""
        asked, answers = await consulted(self.systems, self.record)
        self.good += answers
        self.tell(f"KID consulted {asked} members on needs in words")

    async def change(self) -> None:
        """Some members change or withdraw what they stated."""
        changes, withdrawals = self.script.changes, self.script.withdrawals
        self.good += await self.systems.say_as_members([*changes, *withdrawals])
        await self.record.until(
            lambda: (
                sum(event.revision == 2 for event in self.record.of(DemandAccepted)) >= len(changes)
                and len(self.record.of(DemandWithdrawalConfirmed)) == len(withdrawals)
            ),
            "changes and withdrawals",
        )
        self.tell(f"{len(changes)} demands were changed, {len(withdrawals)} withdrawn")

    async def close(self) -> None:
        """All have stated their demand, so KID closes; procurement bundles and orders."""
        closing = RoundCloseRequested(round_id=self.id, reason="Alle Mitglieder haben gemeldet")
        await self.systems.state("kid", closing)
        await self.record.until(lambda: self.record.of(RoundClosed), "the round closed")
        self.tell("the round is closed; bundling")
        (bundle,) = await self.record.until(
            lambda: self.record.of(BundleApproved), "an approved bundle", 120
        )
        await self.record.until(
            lambda: (
                len(self.record.of(OrderPlaced)) == len(self.kid.orders) == bundle.orders
                and len(self.record.of(BundleShared)) == bundle.members
            ),
            "the bundle's orders",
        )
        self.tell(f"{bundle.orders} orders were placed for {bundle.members} members")

    async def fulfil(self) -> None:
        """KID answers, delivers and invoices every order."""
        await self.kid.answer()
        concerned = sum(len({line.member for line in order.lines}) for order in self.kid.orders)
        await self.record.until(
            lambda: (
                len(self.record.of(OrderConfirmed)) + len(self.record.of(OrderRefused)) == concerned
            ),
            "KID's answers",
        )
        self.tell(f"KID answered {len(self.kid.orders)} orders: one refused, one in part")
        deliveries = await self.kid.deliver()
        await self.kid.invoice()
        await self.record.until(lambda: self.record.of(RoundCompleted), "the completed round")
        recorded = {event.delivery_id for event in self.record.of(DeliveryRecorded)}
        self.tell(f"{len(recorded)} of {deliveries} deliveries recorded, all invoices checked")

    async def _known_to_demand(self, *kinds: type[Event]) -> None:
        """Wait until the demand service has taken in all that was stated of these kinds.

        Services hear of each other's facts a moment later than we do; in a real round days
        lie between them.
        """
        wanted = {kind.type: len(self.record.of(kind)) for kind in kinds}
        async with httpx.AsyncClient() as client, asyncio.timeout(30):
            while True:
                families = text_string_to_metric_families(
                    (await client.get(f"{self.demand}/metrics")).text
                )
                taken = {
                    sample.labels["type"]: sample.value
                    for family in families
                    for sample in family.samples
                    if sample.name == "kitu_messages_total" and sample.labels["outcome"] == "new"
                }
                if all(taken.get(name, 0) >= count for name, count in wanted.items()):
                    return
                await asyncio.sleep(0.1)
