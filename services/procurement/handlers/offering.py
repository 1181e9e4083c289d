"""KID's catalogue and contracts: what it offers becomes what members may ask for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from services.procurement import store
from services.procurement.domain import contracts
from services.procurement.domain.contracts import Contract
from services.procurement.domain.terms import Item, Lot, Terms, Tier, check
from services.procurement.handlers import recording
from services.procurement.handlers.inbox import handles
from services.procurement.handlers.translating import hundredths, offer
from shared.calendar import local_date
from shared.database import InTransaction, Transaction
from shared.events.envelope import COOPERATIVE, KID
from shared.events.kid import (
    CatalogueItemOffered,
    ContractChanged,
    ContractOffered,
    ContractTerms,
)
from shared.events.procurement import (
    CapacityState,
    CataloguePublished,
    ContractCapacityLow,
    ContractExhausted,
    ContractRegistered,
    Offer,
    OfferTier,
)
from shared.refusal import refuse


@handles(CatalogueItemOffered)
async def publish_item(event: CatalogueItemOffered, tx: InTransaction) -> None:
    """Keep KID's item as it is now and tell the members."""
    known = (await store.items(tx.session, [event.item], lock=True)).get(event.item)
    item = Item(
        number=event.item,
        name=event.name,
        category=event.category,
        unit=event.unit,
        billing=event.billing,
        cpv=event.cpv,
        description=event.description,
        orderable=known.orderable if known else False,
    )
    if known and known.billing != item.billing and await store.pricing(tx.session, item.number):
        rule = f"must stay {known.billing}, by which contracts price it"
        raise refuse("billing", item.billing, rule)
    await store.save_item(tx.session, item)
    _publish(tx, item, await _in_force(tx), await store.successors(tx.session))


@handles(ContractOffered)
async def register_contract(event: ContractOffered, tx: InTransaction) -> None:
    """Enter a new framework contract."""
    if await store.contract(tx.session, event.contract_id):
        rule = "is registered already; state contract.changed"
        raise refuse("contract_id", event.contract_id, rule)
    today = local_date(tx.now)
    terms = await _checked(event, event.awarded_on or today, tx)
    if terms.valid_until < today:
        raise refuse("valid_until", terms.valid_until, "must not lie in the past")
    await _register(Contract(id=event.contract_id, version=1, terms=terms), tx)


@handles(ContractChanged)
async def change_contract(event: ContractChanged, tx: InTransaction) -> None:
    """Enter a contract's new terms as a new version."""
    contract = await store.contract(tx.session, event.contract_id)
    if contract is None:
        raise refuse("contract_id", event.contract_id, "must be a registered contract")
    terms = await _checked(event, event.awarded_on or contract.terms.awarded_on, tx)
    changed = contracts.change(contract, terms, event.reason)
    await _register(changed, tx, contract.terms.items, event.reason)


async def keep_in_step(
    tx: Transaction,
    contract: Contract,
    *others: str,
    terms_are_new: bool = False,
    reason: str | None = None,
) -> None:
    """Keep a contract's new state, give the warnings it asks for, and publish the items (its
    own and `others`) that can be ordered from now on, or no longer, or at other prices.

    `reason` is why its terms are new, if they are.
    """
    today = local_date(tx.now)
    levels = tx.rules.at("warning_percents", today)
    warned, warnings = contracts.warned(contract, levels.value)
    in_force = contracts.is_in_force(warned, today)
    await store.save_contract(tx.session, replace(warned, in_force=in_force), tx.now, reason)
    for warning in warnings:
        _warn(tx, warned, warning)
        tx.decide(recording.warned(warned, warning, levels))
    other_prices = in_force != contract.in_force or (in_force and terms_are_new)
    afresh = contract.terms.items if other_prices else ()
    await _publish_changes(tx, {*contract.terms.items, *others}, {*afresh, *others})


async def _register(
    contract: Contract,
    tx: Transaction,
    former_items: Collection[str] = (),
    reason: str | None = None,
) -> None:
    tx.emit(
        ContractRegistered(
            contract_id=contract.id,
            reference=contract.terms.reference,
            title=contract.terms.title,
            version=contract.version,
        ),
        party=KID,
    )
    tx.decide(recording.registered(contract, tx.rules, reason))
    await keep_in_step(tx, contract, *former_items, terms_are_new=True, reason=reason)


async def _checked(event: ContractTerms, awarded_on: date | None, tx: Transaction) -> Terms:
    """The terms an event states, if they hold together, and their reference and lot are free."""
    terms = replace(_terms(event), awarded_on=awarded_on)
    if awarded_on and awarded_on > local_date(tx.now):
        raise refuse("awarded_on", awarded_on, "must not lie in the future")
    numbers = {item for tier in terms.tiers for item, _ in tier.prices}
    catalogue = await store.items(tx.session, numbers)
    check(terms, catalogue, tx.rules)
    offer(Contract(event.contract_id, 1, terms), {}, {})
    owner = await store.contract_with_reference(tx.session, terms.reference)
    if owner not in (None, event.contract_id):
        raise refuse("reference", terms.reference, f"is that of contract {owner}")
    for other in await store.lots(tx.session, terms.agreement):
        is_same = terms.lot and other.terms.lot and terms.lot.number == other.terms.lot.number
        in_cascade = terms.cascade is not None and terms.cascade == other.terms.cascade
        if other.id != event.contract_id and is_same and not in_cascade:
            rule = f"is that of {other.terms.reference}; several suppliers need one cascade"
            raise refuse("lot", terms.lot and terms.lot.number, rule)
    return terms


async def _publish_changes(
    tx: Transaction, numbers: Collection[str], afresh: Collection[str]
) -> None:
    """Publish those of the items that changed, and those of `afresh` anyway.

    The items' lock comes first: of two contracts that change at once one sees both.
    """
    items = await store.items(tx.session, numbers, lock=True)
    in_force, successors = await _in_force(tx), await store.successors(tx.session)
    priced = {item for contract in in_force for item in contract.terms.items}
    for item in items.values():
        now = replace(item, orderable=item.number in priced)
        if now != item:
            await store.save_item(tx.session, now)
            await store.look_again(tx.session, tx.now)
        if now != item or item.number in afresh:
            _publish(tx, now, in_force, successors)


async def publish_buyers(tx: Transaction, member: str) -> None:
    """Tell anew who may ask for what, now that another stands in a member's place."""
    successors = await store.successors(tx.session)
    concerned = {
        item
        for contract in await _in_force(tx)
        if contract.terms.named_buyers
        and member in (contracts.buyers(contract.terms, {}, successors) or ())
        for item in contract.terms.items
    }
    await _publish_changes(tx, concerned, concerned)


async def _in_force(tx: Transaction) -> list[Contract]:
    return [each for each in await store.contracts(tx.session) if each.in_force]


def _publish(
    tx: Transaction, item: Item, in_force: Sequence[Contract], successors: Mapping[str, str]
) -> None:
    tx.emit(
        CataloguePublished.model_validate(
            {
                "item": item.number,
                "name": item.name,
                "category": item.category,
                "unit": item.unit,
                "billing": item.billing,
                "orderable": item.orderable,
                "offers": [
                    _offer(contract, item.number, successors)
                    for contract in contracts.first_of_cascades(in_force, item.number)
                ],
            }
        ),
        party=COOPERATIVE,
    )


def _offer(contract: Contract, item: str, successors: Mapping[str, str]) -> Offer:
    terms = contract.terms
    named = contracts.buyers(terms, {}, successors) if terms.named_buyers else None
    by_quantity = terms.basis == "quantity"
    return Offer(
        contract_reference=terms.reference,
        basis=terms.basis,
        mode=terms.mode,
        tiers=[
            OfferTier(
                threshold=(tier.from_quantity if by_quantity else tier.from_value) or 0,
                unit_price=dict(tier.prices)[item],
            )
            for tier in terms.tiers
        ],
        buyers=sorted(named or ()),
    )


def _warn(tx: Transaction, contract: Contract, warning: contracts.Warning) -> None:
    is_full = (warning.limit, warning.level) == ("maximum", contracts.FULL)
    kind: type[CapacityState] = ContractExhausted if is_full else ContractCapacityLow
    full = warning.capacity
    tx.emit(
        kind(
            contract_id=contract.id,
            reference=contract.terms.reference,
            title=contract.terms.title,
            measure=full.measure,
            called=full.called,
            maximum=full.maximum,
            percent=full.percent,
            limit=warning.limit,
            level=warning.level,
        ),
        party=KID,
    )


def _terms(event: ContractTerms) -> Terms:
    return Terms(
        reference=event.reference,
        title=event.title,
        supplier=event.supplier,
        supplier_register=event.supplier_register,
        supplier_city=event.supplier_city,
        supplier_is_sme=event.supplier_is_sme,
        valid_from=event.valid_from,
        valid_until=event.valid_until,
        basis=event.basis,
        scope=event.scope,
        mode=event.mode,
        tiers=tuple(
            Tier(
                from_quantity=tier.from_quantity,
                from_value=tier.from_value,
                prices=tuple((price.item, price.unit_price) for price in tier.prices),
            )
            for tier in event.tiers
        ),
        lead_days=event.lead_days,
        vat_rate=hundredths(event.vat_rate),
        named_buyers=tuple(event.named_buyers),
        packs=tuple((pack.item, pack.pieces) for pack in event.packs),
        call_off_fee=event.call_off_fee,
        delivery_fee=event.delivery_fee,
        minimum_quantity=event.minimum_quantity,
        minimum_value=event.minimum_value,
        estimated_quantity=event.estimated_quantity,
        estimated_value=event.estimated_value,
        maximum_quantity=event.maximum_quantity,
        maximum_value=event.maximum_value,
        cascade=event.cascade,
        rank=event.rank,
        law=event.law,
        term_reason=event.term_reason,
        agreement=event.agreement,
        notice_months=event.notice_months,
        lot=Lot(event.lot.number, event.lot.title) if event.lot else None,
    )
