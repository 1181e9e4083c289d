"""What solutions cost is stated month by month, once each, also long after an outage."""

from datetime import date
from uuid import UUID

from services.procurement import store
from services.procurement.bundling.monthly import Month, share_month
from services.procurement.domain import contracts
from services.procurement.domain.contracts import Contract
from services.procurement.domain.money import apportion, vat_of
from services.procurement.domain.subscriptions import (
    Subscription,
    month_of,
    passed_on,
    plus_months,
)
from services.procurement.handlers import recording
from services.procurement.handlers.offering import keep_in_step
from services.procurement.handlers.translating import offer
from shared.calendar import local_date
from shared.database import Database, Transaction
from shared.events.procurement import MonthLine, SubscriptionCostStated


async def state_months(database: Database) -> None:
    """State the costs of every month that is over and whose costs were not stated yet."""
    while True:
        async with database.transaction() as tx:
            over = plus_months(month_of(local_date(tx.now)), -1)
            waiting = await store.unstated(tx.session, over)
            for contract_id, month in waiting:
                await _state(tx, contract_id, month)
        if not waiting:
            return


async def _state(tx: Transaction, contract_id: UUID, month: date) -> None:
    """State a contract's month, unless another replica just did, under the contract's lock."""
    contract = await store.contract(tx.session, contract_id)
    if contract is None or await store.next_month(tx.session, contract_id) > month:
        return
    known = await store.subscriptions_of_contract(tx.session, contract_id)
    heirs = await store.successors(tx.session)
    charged = [passed_on(each, heirs) for each in known if each.users_in(month)]
    if not charged:
        await store.add_stated_month(tx.session, contract_id, month, 0)
        return
    used: dict[str, dict[tuple[str, int], int]] = {}
    for each in charged:
        own = used.setdefault(each.member, {})
        key = each.item, each.months
        own[key] = own.get(key, 0) + each.users_in(month)
    terms = await store.terms_at(tx.session, contract_id, plus_months(month, 1))
    shared = share_month(offer(Contract(contract_id, 1, terms), {}, {}), used)
    if sum(shared.share_cents.values()) != shared.total_cents:
        raise ArithmeticError(f"{terms.reference}: the shares of {month} do not add up")
    await store.add_stated_month(tx.session, contract_id, month, shared.total_cents)
    tx.decide(recording.month_shared(contract, month, shared))
    run_on = 0
    for member in sorted(used):
        own_lines = [each for each in charged if each.member == member]
        _tell(tx, contract, month, shared, own_lines, sum(e.users_in(month) for e in charged))
        parts = _parts(month, shared, own_lines)
        run_on += sum(parts[at] for at, each in enumerate(own_lines) if each.runs_on_in(month))
    if run_on:
        await keep_in_step(tx, contracts.run_on(contract, run_on))


def _parts(month: date, shared: Month, own: list[Subscription]) -> dict[int, int]:
    """A member's share of a month by its subscriptions, in order."""
    weights = {
        at: each.users_in(month) * shared.unit_cents[each.item] for at, each in enumerate(own)
    }
    return apportion(shared.share_cents[own[0].member], weights)


def _tell(
    tx: Transaction,
    contract: Contract,
    month: date,
    shared: Month,
    own: list[Subscription],
    pool_users: int,
) -> None:
    member = own[0].member
    net, alone = shared.share_cents[member], shared.alone_cents[member]
    parts = _parts(month, shared, own)
    agreed = sum(each.agreed_in(month) for each in own)
    vat = vat_of(net, contract.terms.vat_rate)
    tx.emit(
        SubscriptionCostStated(
            contract_id=contract.id,
            reference=contract.terms.reference,
            title=contract.terms.title,
            member=member,
            month=month,
            lines=[
                MonthLine(
                    subscription_id=each.id,
                    subscription_reference=each.reference,
                    item=each.item,
                    name=each.name,
                    users=each.users_in(month),
                    unit_price=shared.unit_cents[each.item],
                    net=parts[at],
                    agreed=each.agreed_in(month),
                )
                for at, each in enumerate(own)
            ],
            net=net,
            vat=vat,
            gross=net + vat,
            alone=alone,
            saving=alone - net,
            difference=net - agreed,
            pool_users=pool_users,
            pool_net=shared.total_cents,
        ),
        party=member,
    )
