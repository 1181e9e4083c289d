"""Who reads and writes what: each message has one handler, and the broker itself keeps everyone
to what is theirs."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import aio_pika
import httpx
import pytest
from aio_pika import ExchangeType, Message
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import AMQPChannelError, ChannelNotFoundEntity, ChannelPreconditionFailed
from aiormq.exceptions import ChannelAccessRefused, ChannelLockedResource

from deploy.contracts.roles import ANSWERS, SYSTEMS, parties
from deploy.kitu.broker import readers
from deploy.kitu.wire import fits
from deploy.local.broker import PrivateBroker
from shared.events import ANY_SERVICE, CATALOGUE, Incoming, publisher
from shared.events.membership import MemberState
from shared.messaging.topology import (
    DEAD_LETTERS,
    EVENTS,
    INCOMING,
    JOURNAL,
    SERVICES,
    UNROUTED,
    declare,
    definitions,
    journal_patterns,
)
from tests.builders import an_envelope
from tests.cooperative import Cooperative, System, log_in

FROM_OUTSIDE = {name for name, model in CATALOGUE.items() if issubclass(model, Incoming)}
MINE = "demand.submitted.v1.10002"
OTHERS = "demand.submitted.v1.10007"
Act = Callable[[AbstractChannel], Awaitable[Any]]


def test_every_message_from_outside_is_handled_by_exactly_one_service() -> None:
    handled = Counter(cls.type for types in readers().values() for cls in types)
    assert {name: handled[name] for name in FROM_OUTSIDE} == dict.fromkeys(FROM_OUTSIDE, 1)


def test_everything_of_a_noun_from_outside_goes_to_one_service_so_that_one_answers() -> None:
    nouns: dict[str, set[str]] = {}
    for service, types in readers().items():
        for cls in types:
            if issubclass(cls, Incoming):
                nouns.setdefault(cls.type.partition(".")[0], set()).add(service)
    assert {noun: len(services) for noun, services in nouns.items()} == dict.fromkeys(nouns, 1)


def test_no_service_reads_its_own_facts() -> None:
    for service, types in readers().items():
        assert not [cls for cls in types if publisher(cls) == service]


@pytest.fixture(params=["member-10002"])
async def someone(
    request: pytest.FixtureRequest, cooperative: Cooperative
) -> AsyncIterator[System]:
    """A system that has logged in; a member's unless told."""
    who = await log_in(cooperative, request.param)
    yield who
    await who.connection.close()


async def refused(someone: System, act: Act) -> bool:
    """Whether the broker refuses what somebody does on a channel of its own."""
    channel = await someone.connection.channel(on_return_raises=True)
    try:
        await act(channel)
    except (ChannelAccessRefused, ChannelPreconditionFailed):
        return True
    except ChannelLockedResource:
        return False  # an inbox may be read, but only by its one consumer
    await channel.close()
    return False


def publishing(key: str, exchange: str = INCOMING, **properties: Any) -> Act:
    """To publish something."""

    async def act(channel: AbstractChannel) -> None:
        where = await channel.get_exchange(exchange, ensure=False)
        await where.publish(Message(b"{}", **properties), key, timeout=20)

    return act


def reading(queue: str) -> Act:
    """To read from a queue."""

    async def act(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).get(fail=False, timeout=20)

    return act


async def test_a_member_may_speak_for_itself_and_read_its_answers(someone: System) -> None:
    assert not await refused(someone, publishing(MINE, user_id="member-10002"))
    assert not await refused(someone, reading("member-10002.answers"))


@pytest.mark.parametrize(
    "key",
    [
        OTHERS,
        f"{MINE}\n",
        f" {MINE}",
        f"{MINE}.x",
        "demand.submitted.v1.1000",
        "demand.submitted.v1.kid",
        "demand.submitted.v1.coop",
        "demand.submitted.v1.*",
        "demand.submitted.v1.#",
        "demand.eaten.v1.10002",
        "demand.accepted.v1.10002",
        "order.answered.v1.10002",
        "membership.decided.v1.coop",
        "contract.offered.v1.kid",
        "",
    ],
)
async def test_a_member_may_speak_for_nobody_else_and_of_nothing_else(
    key: str, someone: System
) -> None:
    assert await refused(someone, publishing(key, user_id="member-10002"))


@pytest.mark.parametrize("user", ["member-10007", "kid", "demand", "operator", "guest"])
async def test_a_member_may_not_log_in_as_one_and_speak_as_another(
    user: str, someone: System
) -> None:
    assert await refused(someone, publishing(MINE, user_id=user))


@pytest.mark.parametrize("exchange", [EVENTS, DEAD_LETTERS, UNROUTED, "amq.topic", ""])
@pytest.mark.parametrize("key", [MINE, "demand.accepted.v1.10002", "demand.inbox"])
async def test_a_member_may_publish_nowhere_else(key: str, exchange: str, someone: System) -> None:
    assert await refused(someone, publishing(key, exchange, user_id="member-10002"))


@pytest.mark.parametrize(
    "queue",
    ["member-10007.answers", "kid.answers", "board.answers", "demand.inbox", DEAD_LETTERS, JOURNAL],
)
async def test_a_member_may_read_nothing_else(queue: str, someone: System) -> None:
    assert await refused(someone, reading(queue))


@pytest.mark.parametrize(
    "act",
    [
        lambda channel: channel.declare_queue("member-10002.answers", durable=False),
        lambda channel: channel.declare_queue("member-10002.more"),
        lambda channel: channel.declare_queue(exclusive=True),
        lambda channel: channel.declare_exchange("more", ExchangeType.TOPIC),
        lambda channel: channel.queue_delete("member-10002.answers"),
        lambda channel: channel.queue_delete("demand.inbox"),
        lambda channel: channel.exchange_delete(INCOMING),
    ],
)
async def test_a_member_may_declare_and_delete_nothing(act: Act, someone: System) -> None:
    assert await refused(someone, act)


@pytest.mark.parametrize("queue", ["member-10002.answers", "member-10007.answers", "demand.inbox"])
async def test_a_member_may_bind_and_purge_no_queue_of_others_or_to_more(
    queue: str, someone: System
) -> None:
    async def bind(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).bind(EVENTS, "#")

    async def purge(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).purge()

    assert await refused(someone, bind)
    assert await refused(someone, purge) == (queue != "member-10002.answers")


@pytest.mark.parametrize("someone", SERVICES, indirect=True)
async def test_a_service_states_its_own_facts_and_no_others(someone: System) -> None:
    own = {someone.user, ANY_SERVICE}
    for name, model in CATALOGUE.items():
        if name in FROM_OUTSIDE:
            continue
        act = publishing(f"{name}.10002", EVENTS, user_id=someone.user)
        assert await refused(someone, act) == (publisher(model) not in own), name


@pytest.mark.parametrize("someone", SERVICES, indirect=True)
async def test_a_service_speaks_for_no_system_and_reads_no_others_queue(someone: System) -> None:
    assert await refused(someone, publishing(MINE, user_id=someone.user))
    for queue in ("member-10002.answers", JOURNAL, DEAD_LETTERS, *(f"{s}.inbox" for s in SERVICES)):
        assert await refused(someone, reading(queue)) == (queue != f"{someone.user}.inbox")


@pytest.mark.parametrize("someone", SERVICES, indirect=True)
@pytest.mark.parametrize(
    "act",
    [
        lambda channel: channel.queue_delete(DEAD_LETTERS),
        lambda channel: channel.queue_delete(JOURNAL),
        lambda channel: channel.exchange_delete(EVENTS),
    ],
)
async def test_a_service_cannot_take_away_what_all_share(act: Act, someone: System) -> None:
    assert await refused(someone, act)


@pytest.mark.parametrize("someone", SERVICES, indirect=True)
@pytest.mark.parametrize(
    ("queue", "exchange"),
    [(DEAD_LETTERS, DEAD_LETTERS), (DEAD_LETTERS, UNROUTED), (JOURNAL, EVENTS)],
)
async def test_a_service_cannot_empty_or_cut_off_what_all_share(
    queue: str, exchange: str, someone: System
) -> None:
    async def unbind(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).unbind(exchange, "#")

    async def purge(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).purge()

    assert await refused(someone, unbind)
    assert await refused(someone, purge)


@pytest.mark.parametrize("someone", ["kid", "board"], indirect=True)
async def test_kid_and_board_state_what_is_theirs(someone: System) -> None:
    party = {"kid": "kid", "board": "coop"}[someone.user]
    for name in FROM_OUTSIDE:
        model = CATALOGUE[name]
        assert issubclass(model, Incoming)
        act = publishing(f"{name}.{party}", user_id=someone.user)
        assert await refused(someone, act) == (party not in model.senders), name


async def test_a_system_hears_what_concerns_it_and_what_concerns_all_and_nothing_else(
    cooperative: Cooperative, someone: System
) -> None:
    speakers = {name: await log_in(cooperative, name) for name in ("demand", "procurement")}
    answers = await someone.answers()
    await answers.purge()
    for user, name, party in (
        ("demand", "demand.accepted.v1", "10007"),
        ("demand", "demand.consultation_opened.v1", "kid"),
        ("procurement", "order.placed.v1", "kid"),
        ("demand", "demand.accepted.v1", "10002"),
        ("procurement", "round.opened.v1", "coop"),
        ("procurement", "catalogue.published.v1", "coop"),
        ("procurement", "contract.registered.v1", "coop"),
        ("procurement", "round.closed.v1", "coop"),
    ):
        await speakers[user].state(f"{name}.{party}", an_envelope(name, party))
    heard = [json.loads((await answers.get(timeout=20)).body)["type"] for _ in range(4)]
    assert heard == [
        "demand.accepted.v1",
        "round.opened.v1",
        "catalogue.published.v1",
        "round.closed.v1",
    ]
    assert await answers.get(fail=False) is None
    for speaker in speakers.values():
        await speaker.connection.close()


@pytest.mark.parametrize("user", ["board", "kid"])
def test_the_boards_and_kids_systems_hear_what_became_of_their_messages(user: str) -> None:
    whole = definitions(readers(), {user: user})
    heard = {b["routing_key"] for b in whole["bindings"] if b["destination"] == f"{user}.answers"}
    unheard = {
        model.type
        for model, answers in ANSWERS.items()
        if SYSTEMS[user] in model.senders
        and not any(
            fits(f"{answer.type}.{'10002' if party == 'member' else party}", pattern)
            for answer in answers
            for party in parties(answer)
            for pattern in heard
        )
    }
    # what a member pays and saved is between it and the cooperative
    assert unheard == ({"invoice.received.v1"} if user == "kid" else set())


@pytest.fixture
def empty(broker: PrivateBroker) -> Iterator[str]:
    """A virtual host in which nothing was declared yet."""
    with httpx.Client(base_url=broker.management_url, auth=("guest", "guest")) as api:
        api.put("/api/vhosts/declared").raise_for_status()
        all_rights = {"configure": ".*", "write": ".*", "read": ".*"}
        api.put("/api/permissions/declared/guest", json=all_rights).raise_for_status()
        yield "declared"
        api.delete("/api/vhosts/declared").raise_for_status()


async def test_on_a_broker_without_definitions_a_service_declares_nothing_and_says_what_lacks(
    broker: PrivateBroker, empty: str
) -> None:
    connection = await aio_pika.connect(broker.amqp_url(vhost=empty))
    for service, types in readers().items():
        with pytest.raises(ChannelNotFoundEntity, match=DEAD_LETTERS):
            await declare(await connection.channel(), service, types)
    await connection.close()
    assert made(broker, empty) == {"exchanges": [], "queues": [], "bindings": []}


async def test_what_services_declare_is_what_the_definitions_say(
    broker: PrivateBroker, cooperative: Cooperative
) -> None:
    defined = made(broker, cooperative.vhost)
    for service, types in readers().items():
        connection = await aio_pika.connect(cooperative.url(service))
        await (await connection.channel()).queue_delete(f"{service}.inbox")
        await declare(await connection.channel(), service, types)
        await declare(await connection.channel(), service, types)
        await connection.close()
    assert made(broker, cooperative.vhost) == defined


def made(broker: PrivateBroker, vhost: str) -> dict[str, list[str]]:
    """What there is in a virtual host but the answers' queues, which are outside systems'."""
    with httpx.Client(base_url=broker.management_url, auth=("guest", "guest")) as api:
        whole = api.get(f"/api/definitions/{vhost}").raise_for_status().json()
    return {
        kind: sorted(json.dumps(one) for one in whole[kind] if ".answers" not in str(one))
        for kind in ("exchanges", "queues", "bindings")
    }


async def test_the_operator_may_look_at_everything(cooperative: Cooperative) -> None:
    operator = await log_in(cooperative, "operator")
    for queue in ("demand.inbox", DEAD_LETTERS, "kid.answers"):
        assert not await refused(operator, reading(queue))
    with pytest.raises(AMQPChannelError):
        await (await operator.channel.get_queue("nothing", ensure=False)).get(timeout=20)
    await operator.connection.close()


def test_the_journal_keeps_every_event_but_those_whose_data_must_be_deleted_soon() -> None:
    patterns = [
        re.compile(pattern.replace(".", r"\.").replace("#", ".+").replace("*", "[^.]+"))
        for pattern in journal_patterns()
    ]
    events = [cls for cls in CATALOGUE.values() if not issubclass(cls, Incoming)]
    kept = {
        cls.type
        for cls in events
        if any(pattern.fullmatch(f"{cls.type}.coop") for pattern in patterns)
    }
    left_out = {cls.type for cls in events} - kept
    members = {cls.type for cls in events if issubclass(cls, MemberState)}
    erasable = {"application.received.v1", "application.refused.v1"}
    erasable |= {"contact.bounced.v1", "contact.erased.v1", "contact.unsubscribed.v1"}
    erasable |= {"demand.approval_requested.v1", "demand.refusal_confirmed.v1"}
    erasable |= {"approval.limit_confirmed.v1"}
    assert left_out == members | erasable
