"""Sentences for a town clerk: why this contract, this price, this share, or why not (German)."""

from services.procurement.bundling.model import Contract, Line, Reason
from services.procurement.bundling.problem import Rejection


def euro(cents: int) -> str:
    """Cents as German euros: 1.234,56 €."""
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    return f"{sign}{whole:,}".replace(",", ".") + f",{part:02d} €"


def percent(value: float) -> str:
    """A percentage with one decimal, German."""
    return f"{value:.1f} %".replace(".", ",")


def threshold(contract: Contract, lo: int) -> str:
    """A tier's threshold in words."""
    return f"{lo:,} Stück".replace(",", ".") if contract.basis == "quantity" else euro(lo)


def awarded(
    contract: Contract, item: str, tier: int, pieces: int, unit_cents: int, months: int | None
) -> str:
    """Which contract and tier serve a line, and what the tier is worth."""
    each = "je Stück und Monat" if months else "je Stück"
    text = f"{pieces} Stück über {contract.id} zu {euro(unit_cents)} {each}"
    listed = contract.tiers[0].unit_cents[item]
    if tier:
        cut = 100 * (listed - unit_cents) / listed if listed else 0.0
        lo = threshold(contract, contract.tiers[tier].lo)
        text += (
            f". Gemeinsam ist die Staffel ab {lo} erreicht, "
            f"{percent(cut)} unter dem Listenpreis von {euro(listed)}"
        )
    return text + "."


def rejected(rejection: Rejection) -> str:
    """Why no contract may serve a line, and what would have made it possible."""
    line, contract = rejection.line, rejection.contract
    if contract is None:
        return f"Für {line.item} besteht keine Rahmenvereinbarung."
    match rejection.reason:
        case Reason.NOT_VALID:
            since = f" ab {contract.valid_from:%d.%m.%Y}" if contract.valid_from else ""
            until = f" bis {contract.valid_until:%d.%m.%Y}" if contract.valid_until else ""
            return f"{contract.id} gilt nur{since}{until}; der Abruf fiele nicht in diese Zeit."
        case Reason.NOT_ENTITLED:
            return f"{contract.id} nennt dieses Mitglied nicht als Abrufberechtigten."
        case Reason.TOO_LATE:
            return (
                f"{contract.id} liefert {contract.lead_days} Tage nach Abruf, "
                f"also nach dem {line.latest:%d.%m.%Y}."
            )
        case _:
            last = contract.tiers[-1] if contract.mode == "all_units" else contract.tiers[0]
            lowest = last.unit_cents[rejection.item]
            return (
                f"Der günstigste Preis bei {contract.id} ist {euro(lowest)}; "
                f"die Preisobergrenze liegt bei {euro(line.ceiling_cents or 0)}."
            )


def short(line: Line, quantity: int, reason: Reason, contract: Contract) -> str:
    """Why pieces are missing although a contract could serve the line."""
    count = f"{quantity} von {line.quantity} Stück"
    match reason:
        case Reason.EXHAUSTED:
            return (
                f"{count} nicht zugeteilt: {contract.id} ist ausgeschöpft. Das Verfügbare wurde im "
                "Verhältnis der gemeldeten Mengen geteilt."
            )
        case Reason.PACK:
            size = contract.pack.get(line.item, 1)
            more = -quantity % size
            return (
                f"{count} nicht zugeteilt: {contract.id} liefert nur Packungen zu {size} Stück; "
                f"mit {more} Stück mehr an diesem Lieferort ginge es auf."
            )
        case Reason.BELOW_MINIMUM:
            least = (
                f"{contract.minimum_pieces} Stück"
                if contract.minimum_pieces
                else euro(contract.minimum_cents)
            )
            return f"{count} nicht zugeteilt: {contract.id} verlangt mindestens {least} je Abruf."
        case Reason.PRICE_CEILING:
            return (
                f"{count} nicht zugeteilt: Die Staffel, die unter die Preisobergrenze von "
                f"{euro(line.ceiling_cents or 0)} führt, wurde bei {contract.id} nicht erreicht."
            )
        case Reason.CASCADE:
            return (
                f"{count} nicht zugeteilt: {contract.id} kommt erst zum Zug, wenn die "
                "Rahmenvereinbarung mit besserem Rang ausgeschöpft ist."
            )
        case _:
            return f"{count} nicht zugeteilt: {contract.id}."
