"""The decision record's clock: places in the chain, and once a day its end told outside."""

from datetime import timedelta

from shared.calendar import local_date
from shared.database import deciding
from shared.database.transactions import Database
from shared.events.common import RecordAnchored
from shared.events.envelope import COOPERATIVE


async def seal(database: Database) -> None:
    """Seal what was decided since the last time, and anchor the chain once a day.

    Any replica may do it at any time. What a handler commits thus never waits for another's
    place in the chain.
    """
    while await _seal_some(database):
        pass
    async with database.transaction() as tx:
        if found := await deciding.anchor(tx.session, tx.now):
            tx.emit(
                RecordAnchored(
                    service=tx.service,
                    day=local_date(tx.now) - timedelta(days=1),
                    position=found.position,
                    hash=found.hash,
                ),
                party=COOPERATIVE,
            )


async def _seal_some(database: Database) -> bool:
    async with database.transaction() as tx:
        if not await deciding.has_unsealed(tx.session):
            return False
        await tx.alone("sealing")
        return await deciding.seal(tx.session, tx.now) == deciding.BATCH
