"""What the clock makes due; all of it follows from stored state and may be done at any time."""

from services.procurement import bundling, store
from services.procurement.domain import rounds
from services.procurement.handlers.charging import state_months
from services.procurement.handlers.collecting import keep_closed
from services.procurement.handlers.gathering import gather_waiting
from services.procurement.handlers.inviting import invite
from services.procurement.handlers.offering import keep_in_step
from services.procurement.handlers.piloting import lapse_pilots
from services.procurement.handlers.placing import approve_rounds
from services.procurement.handlers.planning import plan_rounds
from shared.calendar import local_date
from shared.database import Database

ONE_PERCENT = 10_000
USUAL = bundling.Limits()


async def due(
    database: Database,
    *,
    approve_ppm: int = ONE_PERCENT,
    limits: bundling.Limits = USUAL,
) -> None:
    """Close rounds at their cut-off, keep the catalogue in step with the contracts' terms, end
    pilots without members, state what solutions cost in a month that is over, gather what waits
    without a contract, invite to rounds that close soon, and bundle and order what is complete.

    Args:
        approve_ppm: how far a plan may lie above the proved bound, in millionths, to be ordered
            without a person's decision.
        limits: how much work a plan may cost.
    """
    async with database.transaction() as tx:
        for past in await store.rounds_past_cut_off(tx.session, tx.now):
            await keep_closed(tx, rounds.close(past, tx.now, "cut_off"))
    async with database.transaction() as tx:
        for contract in await store.contracts_out_of_step(tx.session, local_date(tx.now)):
            await keep_in_step(tx, contract)
    await gather_waiting(database)
    await invite(database, limits)
    async with database.transaction() as tx:
        await lapse_pilots(tx)
    await state_months(database)
    await plan_rounds(database, approve_ppm, limits)
    await approve_rounds(database, approve_ppm)
