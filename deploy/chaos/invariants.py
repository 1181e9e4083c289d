"""What must hold after a round under faults, over everything that was said and kept."""

import json
from collections.abc import AsyncIterator, Iterable

import asyncpg

from deploy.chaos.cluster import DATABASE, Cluster
from deploy.chaos.faults import Faults
from deploy.chaos.outside import dead_letters
from deploy.demo import mails
from deploy.demo.invariants import Finding, Said, findings
from deploy.demo.kid import Kid
from deploy.demo.record import Record
from deploy.kitu.messages import Message
from deploy.local.mailbox import Mail
from shared.database import Database, deciding
from shared.decisions.proof import prove
from shared.messaging.topology import SERVICES

PROJECTIONS = (
    (
        "members",
        "SELECT number, leaves_on::text FROM membership.members",
        "SELECT number, leaves_on::text FROM demand.members",
    ),
    (
        "catalogue items",
        "SELECT number, name FROM procurement.items",
        "SELECT item, name FROM demand.items",
    ),
    (
        "demand that counts",
        "SELECT id::text, quantity FROM demand.demands WHERE status <> 'withdrawn'",
        "SELECT id::text, quantity FROM procurement.demands WHERE content IS NOT NULL",
    ),
)
"""What one service states and another keeps: source and projection must be equal."""

QUIET = " + ".join(
    f"(SELECT count(*) FROM {unfinished})"  # noqa: S608 - fixed names
    for unfinished in (
        *(f"{service}.{table}" for service in SERVICES for table in ("outbox", "parked")),
        "notifications.occasions WHERE mail_id IS NULL",
        "notifications.mails WHERE next_try_at IS NOT NULL",
    )
)
"""How much is still to be sent, told or tried again."""


async def all_findings(
    cluster: Cluster, record: Record, kid: Kid, good: list[Message], faults: Faults
) -> list[Finding]:
    """Every invariant with what speaks against it."""
    lost = [message.where for message in good if not _answered(message, record)]
    connection = await asyncpg.connect(cluster.postgres.url(DATABASE).replace("+asyncpg", ""))
    try:
        projections = [problem async for problem in _projections(connection)]
    finally:
        await connection.close()
    arrived = cluster.mailbox.mails()
    once = list({mail.message_id: mail for mail in reversed(arrived)}.values())
    return [
        Finding("nothing that was said was lost", tuple(lost)),
        *findings(record, kid, Said(good=good, bad=[], let_in=[], dead_letters=[])),
        Finding("a mail that came twice came byte for byte", tuple(_copies(arrived))),
        *mails.findings(record, once),
        Finding("projections equal their sources", tuple(projections)),
        Finding("every decision record is an unbroken chain", await _broken_chains(cluster)),
        Finding("dead letters are exactly the poison", tuple(await _buried(cluster, faults))),
    ]


def _answered(message: Message, record: Record) -> bool:
    return any(noted.cause == message.id for noted in record.all)


def _copies(arrived: list[Mail]) -> Iterable[str]:
    """Mails that share a Message-ID but not their bytes; equal ones a mail server drops."""
    first: dict[str, Mail] = {}
    for mail in arrived:
        if first.setdefault(mail.message_id, mail).raw != mail.raw:
            yield f"{mail.message_id} came with other bytes"


async def _projections(connection: asyncpg.Connection) -> AsyncIterator[str]:
    for name, source, projection in PROJECTIONS:
        stated = {tuple(row) for row in await connection.fetch(source)}
        kept = {tuple(row) for row in await connection.fetch(projection)}
        if stated != kept:
            yield f"{name}: {len(stated - kept)} missing, {len(kept - stated)} too many"


async def _broken_chains(cluster: Cluster) -> tuple[str, ...]:
    found = []
    for service in SERVICES:
        database = Database(cluster.postgres.url(DATABASE), service)
        try:
            async with database.transaction() as tx:
                proof = prove([entry async for entry in deciding.entries(tx.session)])
        finally:
            await database.close()
        found += [f"{service}, position {fault.position}: {fault.what}" for fault in proof.faults]
    return tuple(found)


async def _buried(cluster: Cluster, faults: Faults) -> Iterable[str]:
    markers = set()
    for body in await dead_letters(cluster):
        try:
            markers.add(str(json.loads(body).get("marker", body[:80])))
        except ValueError:
            markers.add(repr(body[:80]))
    return [
        *(f"not buried: {marker}" for marker in sorted(faults.poison - markers)),
        *(f"buried: {marker}" for marker in sorted(markers - faults.poison)),
    ]
