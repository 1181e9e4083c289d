"""A broker of others (`KITU_AMQP_URL`): used only where nothing of ours is on it, and left so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_pika.exceptions import ChannelNotFoundEntity

from deploy.kitu import wire
from deploy.kitu.failure import Failure
from shared.messaging.topology import (
    DEAD_LETTERS,
    EVENTS,
    INCOMING,
    JOURNAL,
    SERVICES,
    UNROUTED,
    inbox_queue,
)

QUEUES = (*map(inbox_queue, SERVICES), DEAD_LETTERS, JOURNAL)
EXCHANGES = (INCOMING, EVENTS, DEAD_LETTERS, UNROUTED)


@asynccontextmanager
async def unused(who: wire.Login) -> AsyncIterator[None]:
    """Make sure that no suite works in this virtual host, and remove ours from it at the end.

    Raises:
        Failure: queues of a suite are there already; they are left alone.
    """
    for name in QUEUES:
        if await _exists(who, name):
            raise Failure(
                f"the broker that KITU_AMQP_URL names has a queue {name} already; the demo needs "
                "a virtual host of its own, or leave KITU_AMQP_URL unset"
            )
    try:
        yield
    finally:
        async with wire.channel_of(who) as channel:
            for name in QUEUES:
                await channel.queue_delete(name)
            for name in EXCHANGES:
                await channel.exchange_delete(name)


async def _exists(who: wire.Login, queue: str) -> bool:
    async with wire.channel_of(who) as channel:
        try:
            await channel.declare_queue(queue, passive=True)
        except ChannelNotFoundEntity:
            return False
        return True
