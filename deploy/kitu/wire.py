"""The broker as an outside system sees it: log in, say something, hear the answers."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import aio_pika
from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractQueue
from aio_pika.exceptions import AMQPError, DeliveryError, PublishError

from deploy.kitu.failure import MISUSED, UNREACHABLE, Failure
from deploy.kitu.messages import Message as Sealed
from shared.events.envelope import CONTENT_TYPE
from shared.messaging.gate import party_of
from shared.messaging.topology import EVENTS, INCOMING, answers_queue

IN_FLIGHT = 100
"""Messages published before the first of them is confirmed."""
SECONDS = 20


@dataclass(frozen=True, slots=True)
class Login:
    """A broker user and where to log in with it."""

    user: str
    url: str

    @property
    def hears_everything(self) -> bool:
        """Whether the user is no party's system and may listen to all events."""
        return party_of(self.user) is None


def login(url: str | None, user: str | None) -> Login:
    """Find the address and the password.

    The address is `url`, else `KITU_AMQP_URL`. Where `user` is another than the address names,
    the password comes from the JSON file that `KITU_PASSWORDS_FILE` names.

    Raises:
        Failure: there is no address, or no password for the user.
    """
    address = url or os.environ.get("KITU_AMQP_URL")
    if not address:
        raise Failure("no broker: set KITU_AMQP_URL or give --url", MISUSED)
    parts = urlsplit(address)
    if parts.scheme not in {"amqp", "amqps"} or not parts.hostname:
        raise Failure("a broker's address looks like amqp://user:password@host:5672/", MISUSED)
    named = unquote(parts.username or "guest")
    if user is None or user == named:
        return Login(named, address)
    place = parts.netloc.rpartition("@")[2]
    who = f"{quote(user, safe='')}:{quote(_password(user), safe='')}"
    return Login(user, parts._replace(netloc=f"{who}@{place}").geturl())


def _password(user: str) -> str:
    file = os.environ.get("KITU_PASSWORDS_FILE")
    if not file:
        raise Failure(f"no password for {user}: set KITU_PASSWORDS_FILE or name both in --url", 2)
    try:
        passwords = json.loads(Path(file).read_text())
    except (OSError, ValueError) as error:
        raise Failure(f"cannot read the passwords in {file}: {error}", MISUSED) from None
    if user not in passwords:
        raise Failure(f"{file} has no password for {user}", MISUSED)
    return str(passwords[user])


@asynccontextmanager
async def channel_of(who: Login) -> AsyncIterator[AbstractChannel]:
    """An open channel, with confirms and with what nobody takes coming back as an error.

    Raises:
        Failure: the broker cannot be reached, refuses the login or breaks off.
    """
    where = urlsplit(who.url).netloc.rpartition("@")[2]
    try:
        async with asyncio.timeout(SECONDS):
            connection = await aio_pika.connect(who.url)
    except (OSError, TimeoutError, AMQPError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise Failure(
            f"cannot reach the broker at {where} as {who.user}: {reason}", UNREACHABLE
        ) from None
    try:
        yield await connection.channel(on_return_raises=True)
    except (PublishError, DeliveryError) as error:
        raise Failure(f"the broker did not take it: {type(error).__name__}") from None
    except AMQPError as error:
        raise Failure(f"the broker refused: {error}") from None
    finally:
        with contextlib.suppress(AMQPError, OSError, TimeoutError, RuntimeError):
            async with asyncio.timeout(5):
                await connection.close()


async def publish(
    channel: AbstractChannel,
    user: str,
    messages: Sequence[Sealed],
    confirmed: Callable[[], object] = lambda: None,
) -> None:
    """Send messages in order to `cooperative.incoming`; returns when all are confirmed.

    `confirmed` is called once for each.
    """
    exchange = await channel.get_exchange(INCOMING, ensure=False)

    async def send(message: Sealed) -> None:
        await exchange.publish(
            Message(
                message.body,
                content_type=CONTENT_TYPE,
                delivery_mode=DeliveryMode.PERSISTENT,
                message_id=message.id,
                type=message.type,
                app_id=user,
                user_id=user,
                correlation_id=message.correlation_id,
            ),
            routing_key=message.routing_key,
            mandatory=True,
        )
        confirmed()

    for start in range(0, len(messages), IN_FLIGHT):
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*map(send, messages[start : start + IN_FLIGHT]))


@dataclass(frozen=True, slots=True)
class Heard:
    """An event as it came: its routing key and the whole CloudEvent."""

    key: str
    event: dict[str, Any]


async def ear(channel: AbstractChannel, who: Login, pattern: str = "#") -> AbstractQueue:
    """A queue in which the user hears events.

    Who may hear everything gets a queue that ends with the connection; a party's system gets
    its own answers.
    """
    if who.hears_everything:
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(await channel.get_exchange(EVENTS, ensure=False), pattern)
        return queue
    return await channel.get_queue(answers_queue(who.user), ensure=False)


async def listen(queue: AbstractQueue, *, take: bool) -> AsyncGenerator[Heard]:
    """Events as they come. What is not taken lies in the queue again afterwards."""
    async with queue.iterator() as arrivals:
        async for arrival in arrivals:
            if take:
                await arrival.ack()
            yield Heard(arrival.routing_key or "", json.loads(arrival.body))


async def answers(
    queue: AbstractQueue, message_ids: Collection[str], seconds: float, who: Login
) -> dict[str, dict[str, Any]]:
    """The first answer to each message, by message id; what takes longer than `seconds` lacks.

    An answer names the message as its cause, or in `message_id` where it was stopped unread.
    """
    found: dict[str, dict[str, Any]] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), aclosing(listen(queue, take=False)) as events:
            async for heard in events:
                said = heard.event
                for cause in (said.get("causationid"), said.get("data", {}).get("message_id")):
                    if cause in message_ids:
                        found.setdefault(str(cause), said)
                if len(found) == len(message_ids):
                    break
    return found


def pattern(message_type: str | None, party: str | None) -> str:
    """A binding pattern for `<noun>.<fact>.v<major>.<party>` from what a person writes.

    >>> pattern("demand.*", "10007"), pattern(None, None), pattern("order.placed.v1", None)
    ('demand.*.*.10007', '*.*.*.*', 'order.placed.v1.*')
    """
    words = (message_type or "*").split(".")
    return ".".join([*words, *["*"] * (3 - len(words)), party or "*"])


def fits(key: str, wanted: str) -> bool:
    """Whether a routing key fits a pattern, word by word."""
    words, wishes = key.split("."), wanted.split(".")
    return len(words) == len(wishes) and all(
        wish in ("*", word) for word, wish in zip(words, wishes, strict=True)
    )
