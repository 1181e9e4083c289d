"""What the clock makes due: memberships that end, successors, reminders, forgotten applicants."""

from datetime import timedelta

from services.membership import store
from services.membership.handlers.erasing import erase
from services.membership.handlers.stating import REGISTER, settle, the_member
from shared.calendar import local_date
from shared.database import Database


async def due(database: Database) -> None:
    """State what has become due by today, each once."""
    async with database.transaction() as tx:
        today = local_date(tx.now)
        if numbers := await store.due_members(tx.session, today):
            await tx.alone(REGISTER)
            for number in numbers:
                await settle(tx, await the_member(tx, number))
        days = tx.rules.at("refused_applicant_days", today).value
        for application in await store.refused_until(tx.session, today - timedelta(days=days)):
            await erase(tx, application, refusal_sent=False)
