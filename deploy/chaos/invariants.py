"""What must hold after a round under faults, over everything that was said and kept."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable

import asyncpg

from deploy.chaos.cluster import DATABASE, Cluster
from deploy.chaos.faults import Faults
from deploy.chaos.outside import dead_letters
from deploy.chaos.projections import differences
from deploy.chaos.round import RoundUnderFaults
from deploy.demo import mails
from deploy.demo.invariants import Doubled, Finding, Lost, Said, findings
from deploy.demo.record import Record
from deploy.local.mailbox import Mail
from shared.database import Database, deciding
from shared.decisions.proof import prove
from shared.events.membership import ApplicationRefused
from shared.events.notifications import ContactBounced, NotificationErased
from shared.messaging.topology import SERVICES

ADDRESSABLE = "party IN ('coop', 'kid') OR party IN (SELECT number FROM notifications.members)"
"""Who can be written to; what is for others waits until membership states them."""
QUIET = " + ".join(
    f"(SELECT count(*) FROM {unfinished})"  # noqa: S608 - fixed names
    for unfinished in (
        *(f"{service}.{table}" for service in SERVICES for table in ("outbox", "parked")),
        f"notifications.occasions WHERE mail_id IS NULL AND ({ADDRESSABLE})",
        "notifications.closings",
        "notifications.mails WHERE next_try_at IS NOT NULL",
        "membership.applications WHERE refused_on IS NOT NULL",
        "membership.erasures WHERE mails IS NULL",
    )
)
"""How much is still to be sent, told or tried again."""


async def all_findings(cluster: Cluster, played: RoundUnderFaults, faults: Faults) -> list[Finding]:
    """Every invariant with what speaks against it."""
    record = played.record
    said = Said(good=played.good, bad=played.refusable, let_in=[], dead_letters=[])
    arrived = cluster.mailbox.mails()
    once = list({mail.message_id: mail for mail in reversed(arrived)}.values())
    connection = await asyncpg.connect(cluster.postgres.url(DATABASE).replace("+asyncpg", ""))
    try:
        projections = [problem async for problem in differences(connection)]
        remembered = [problem async for problem in _remembered(connection, record)]
    finally:
        await connection.close()
    return [
        *findings(record, played.kid, said),
        Finding("a mail that came twice came byte for byte", tuple(_copies(arrived))),
        *mails.findings(record, once, played.besides),
        Finding("what came back is stated once", tuple(_bounced(record, played))),
        Finding("who was refused is deleted everywhere, once", tuple(remembered)),
        Finding("projections equal their sources", tuple(projections)),
        Finding("every decision record is an unbroken chain", await _broken_chains(cluster)),
        Finding("dead letters are exactly the poison", tuple(await _buried(cluster, faults))),
    ]


def _copies(arrived: list[Mail]) -> Iterable[str]:
    """Mails that share a Message-ID but not their bytes; equal ones a mail server drops."""
    first: dict[str, Mail] = {}
    for mail in arrived:
        if first.setdefault(mail.message_id, mail).raw != mail.raw:
            yield Doubled(f"{mail.message_id} came with other bytes")


def _bounced(record: Record, played: RoundUnderFaults) -> Iterable[str]:
    stated, wanted = len(record.of(ContactBounced)), len(played.besides)
    if stated != wanted:
        kind = Lost if stated < wanted else Doubled
        yield kind(f"{wanted} contacts bounced, {stated} were stated")


async def _remembered(connection: asyncpg.Connection, record: Record) -> AsyncIterator[str]:
    """What is still known of refused applicants, in any table, as text or as bytes."""
    erased = Counter(event.application_id for event in record.of(NotificationErased))
    tables = await connection.fetch(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema = ANY($1)",
        SERVICES,
    )
    for event in record.of(ApplicationRefused):
        if erased[event.application_id] != 1:
            kind = Doubled if erased[event.application_id] else Lost
            yield kind(f"{event.application_id}: deleted {erased[event.application_id]} times")
        words = [contact.email for contact in event.contacts]
        patterns = [f"%{form}%" for word in words for form in (word, word.encode().hex())]
        for schema, table in tables:
            found = await connection.fetchval(
                f'SELECT count(*) FROM "{schema}"."{table}" AS it WHERE it::text LIKE ANY($1)',  # noqa: S608 - our own tables
                patterns,
            )
            if found:
                yield f"{schema}.{table} still knows {event.application_id}"


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
        *(Lost(f"not buried: {marker}") for marker in sorted(faults.poison - markers)),
        *(f"buried: {marker}" for marker in sorted(markers - faults.poison - faults.perhaps)),
    ]
