"""A relay between a database and a broker, and who listens to what it sends."""

from collections.abc import AsyncIterator

import pytest
from aio_pika.abc import AbstractQueue

from shared.database import Database
from shared.messaging.relay import Relay
from shared.messaging.topology import EVENTS
from tests.cooperative import Cooperative, System, log_in


@pytest.fixture
async def operator(cooperative: Cooperative) -> AsyncIterator[System]:
    """Someone who may see everything."""
    who = await log_in(cooperative, "operator")
    yield who
    await who.connection.close()


@pytest.fixture
async def heard(operator: System) -> AsyncIterator[AbstractQueue]:
    """Everything that services say from now on."""
    queue = await operator.channel.declare_queue(exclusive=True)
    await queue.bind(EVENTS, "#")
    yield queue
    await queue.delete(if_unused=False, if_empty=False)


@pytest.fixture
async def relay(database: Database, cooperative: Cooperative) -> AsyncIterator[Relay]:
    """The demand service's relay."""
    own = Relay(database, cooperative.url("demand"), "demand")
    yield own
    await own.close()
