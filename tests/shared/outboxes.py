"""Messages in an outbox, and what arrives of them."""

import json
from uuid import uuid4

from aio_pika.abc import AbstractIncomingMessage, AbstractQueue
from prometheus_client import REGISTRY
from sqlalchemy import func, select

from shared.database import Database
from shared.database.tables import outbox
from tests.builders import an_event
from tests.cooperative import next_message

COUNTED = "round.counted.v1"
ALONE = "test.alone"


async def speak(database: Database, subjects: int, times: int) -> None:
    """Commit events on some subjects, each in transactions of their own."""
    for time in range(times):
        async with database.transaction() as tx:
            for subject in range(subjects):
                round_id = f"0190163d-0000-7000-8000-{subject:012d}"
                tx.emit(an_event(COUNTED, round_id=round_id, demands=time), party="coop")


async def letters(
    database: Database, *kinds: str, exchange: str = ALONE, subject: str | None = None
) -> None:
    """Commit messages to an exchange of the test's own, each on its own subject or all on one."""
    async with database.transaction() as tx:
        for kind in kinds:
            tx.post(
                exchange=exchange,
                routing_key=f"{kind}.x",
                subject=subject or kind,
                message_id=str(uuid4()),
                properties={"type": kind},
                headers={},
                body=b"{}",
            )


async def waiting(database: Database) -> int:
    """How many messages lie in the outbox."""
    async with database.transaction() as tx:
        return await tx.session.scalar(select(func.count()).select_from(outbox)) or 0


async def is_empty(database: Database) -> bool:
    """Whether everything was sent."""
    return await waiting(database) == 0


async def lag_is(seconds: float) -> bool:
    """Whether the oldest message has waited so long, as the metrics say."""
    return REGISTRY.get_sample_value("kitu_outbox_lag_seconds") == seconds


async def messages(queue: AbstractQueue, count: int) -> list[AbstractIncomingMessage]:
    """As many messages as they arrive."""
    return [await next_message(queue) for _ in range(count)]


async def everything(queue: AbstractQueue) -> list[AbstractIncomingMessage]:
    """All messages that lie in a queue."""
    found = []
    while (message := await queue.get(fail=False)) is not None:
        await message.ack()
        found.append(message)
    return found


def sequences(arrived: list[AbstractIncomingMessage]) -> dict[str, list[int]]:
    """The numbers that arrived on each subject, each at its first arrival."""
    found: dict[str, list[int]] = {}
    for whole in (json.loads(message.body) for message in arrived):
        numbers = found.setdefault(whole["subject"], [])
        if whole["sequence"] not in numbers:
            numbers.append(whole["sequence"])
    return found
