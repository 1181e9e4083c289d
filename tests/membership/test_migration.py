"""Members from before there were entries keep what was known of them."""

from datetime import date
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

import services.membership
from services.membership import store
from shared.database import Database, migrate
from tests.builders import an_id

MIGRATIONS = Path(services.membership.__file__).parent / "migrations"
CONTACTS = '[{"role": "it", "name": "IT-Stelle", "email": "it@barleben.example"}]'
ADDRESS = '{"street": "Alter Markt 6", "postal_code": "39104", "city": "Magdeburg"}'


async def test_former_members_and_applications_come_over_with_all_that_was_known(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}", "membership")

    def begin(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        person = {"contacts": CONTACTS, "address": ADDRESS}
        rows: list[dict[str, Any]] = [
            {"number": "10001", "name": "Magdeburg", "ags": "15003000", "left": False, "on": None},
            {"number": "10002", "name": "Barleben", "ags": None, "left": True, "on": "2015-12-31"},
        ]
        for row in rows:
            connection.execute(
                text(
                    "INSERT INTO members VALUES (:number, :name, 'municipality', :ags, :address, "
                    ":contacts, 3, '2010-01-01', :on, :left)"
                ),
                person | row,
            )
        connection.execute(
            text(
                "INSERT INTO applications VALUES (:id, 'Zeitz', 'municipality', '15084590', "
                ":address, :contacts, 1, '2026-01-05')"
            ),
            person | {"id": an_id(1).hex},
        )

    async with database.engine.begin() as connection:
        await connection.run_sync(begin)
    await migrate(database.engine, MIGRATIONS)
    async with database.transaction() as tx:
        stays = await store.member(tx.session, "10001")
        left = await store.member(tx.session, "10002")
        applied = await store.application(tx.session, an_id(1))
        due = await store.due_members(tx.session, date(2199, 1, 1))
    await database.close()
    assert stays is not None
    assert left is not None
    assert applied is not None
    now = stays.on(date(2026, 1, 1))
    assert (now.person.name, now.person.ags, now.shares) == ("Magdeburg", "15003000", 3)
    assert (now.joined_on, now.leaves_on) == (date(2010, 1, 1), None)
    assert stays.contacts[0].email == "it@barleben.example"
    assert left.on(date(2026, 1, 1)).leaves_on == date(2015, 12, 31)
    assert applied.declared_on == date(2026, 1, 5)
    assert due == []
