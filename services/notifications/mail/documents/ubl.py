"""An order for KID's system: UBL 2.1 Order as Peppol BIS Ordering 3 reads it.

Rules: OpenPEPPOL poacc-upgrade-3, transaction T01. A call-off (type 226, UNTDID 1001) from a
framework contract, to one place of delivery; each line names the member it is for.
"""

from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from services.notifications.domain import Office
from services.notifications.mail.wording import BERLIN, months
from shared.events.fields import euros
from shared.events.procurement import OrderLine, OrderPlaced

_ORDER = "urn:oasis:names:specification:ubl:schema:xsd:Order-2"
_PREFIXES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:order:3"
_PROFILE = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
_CALL_OFF = "226"

for _prefix, _uri in {"": _ORDER, **_PREFIXES}.items():
    register_namespace(_prefix, _uri)


def ubl_order(order: OrderPlaced, office: Office) -> bytes:
    """The order as XML; the same order makes the same bytes.

    It is valid until the last of its lines is needed.
    """
    root = Element(f"{{{_ORDER}}}Order")
    _add(root, "cbc:CustomizationID", _CUSTOMIZATION)
    _add(root, "cbc:ProfileID", _PROFILE)
    _add(root, "cbc:ID", order.reference)
    _add(root, "cbc:IssueDate", order.placed_at.astimezone(BERLIN).date().isoformat())
    _add(root, "cbc:OrderTypeCode", _CALL_OFF)
    _add(root, "cbc:DocumentCurrencyCode", "EUR")
    _add(root, "cbc:CustomerReference", order.round_reference)
    if wanted := [line.needed_by for line in order.lines if line.needed_by]:
        _add(_add(root, "cac:ValidityPeriod"), "cbc:EndDate", max(wanted).isoformat())
    _add(_add(root, "cac:Contract"), "cbc:ID", order.contract_reference)
    _party(root, "cac:BuyerCustomerParty", office.name, office.endpoint, office.board)
    _party(root, "cac:SellerSupplierParty", office.kid_name, office.kid_endpoint, office.kid)
    _delivery(root, order)
    _totals(root, order)
    for line in order.lines:
        _line(root, line, order.vat_rate)
    indent(root)
    xml: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return xml


def _party(root: Element, role: str, name: str, endpoint: str, mail: str) -> None:
    party = _add(_add(root, role), "cac:Party")
    scheme, _, address = endpoint.partition(":")
    _add(party, "cbc:EndpointID", address, schemeID=scheme)
    _add(_add(party, "cac:PartyName"), "cbc:Name", name)
    _country(_add(party, "cac:PostalAddress"))
    _add(_add(party, "cac:PartyLegalEntity"), "cbc:RegistrationName", name)
    _add(_add(party, "cac:Contact"), "cbc:ElectronicMail", mail)


def _delivery(root: Element, order: OrderPlaced) -> None:
    delivery = _add(root, "cac:Delivery")
    address = _add(_add(delivery, "cac:DeliveryLocation"), "cac:Address")
    _add(address, "cbc:StreetName", order.place.street)
    _add(address, "cbc:AdditionalStreetName", order.place.name)
    _add(address, "cbc:CityName", order.place.city)
    _add(address, "cbc:PostalZone", order.place.postal_code)
    _country(address)


def _totals(root: Element, order: OrderPlaced) -> None:
    if order.fees:
        charge = _add(root, "cac:AllowanceCharge")
        _add(charge, "cbc:ChargeIndicator", "true")
        _add(charge, "cbc:AllowanceChargeReason", "Gebühren des Abrufs")
        _amount(charge, "cbc:Amount", order.fees)
        _tax_category(charge, "cac:TaxCategory", order.vat_rate)
    _amount(_add(root, "cac:TaxTotal"), "cbc:TaxAmount", order.vat)
    total = _add(root, "cac:AnticipatedMonetaryTotal")
    _amount(total, "cbc:LineExtensionAmount", sum(line.amount for line in order.lines))
    _amount(total, "cbc:TaxExclusiveAmount", order.net)
    _amount(total, "cbc:TaxInclusiveAmount", order.net + order.vat)
    if order.fees:
        _amount(total, "cbc:ChargeTotalAmount", order.fees)
    _amount(total, "cbc:PayableAmount", order.net + order.vat)


def _line(root: Element, line: OrderLine, vat_rate: str) -> None:
    """One line; what is paid monthly is ordered in months (quantity times term).

    Where tiers make the amount no multiple of the unit price, the price is stated for the
    whole quantity, so that price and amount agree to the cent (rule PEPPOL-T01-R024).
    """
    quantity = line.quantity * (line.term_months or 1)
    unit = "MON" if line.term_months else line.unit
    whole = line.unit_price * quantity != line.amount
    order_line = _add(root, "cac:OrderLine")
    term = f"{line.quantity} × {months(line.term_months)}" if line.term_months else ""
    _add(order_line, "cbc:Note", ", ".join(filter(None, [line.demand_reference, term])))
    item = _add(order_line, "cac:LineItem")
    _add(item, "cbc:ID", str(line.line))
    _add(item, "cbc:Quantity", str(quantity), unitCode=unit)
    _amount(item, "cbc:LineExtensionAmount", line.amount)
    _add(item, "cbc:PartialDeliveryIndicator", "true")
    if line.needed_by:
        period = _add(_add(item, "cac:Delivery"), "cac:RequestedDeliveryPeriod")
        if line.needed_from:
            _add(period, "cbc:StartDate", line.needed_from.isoformat())
        _add(period, "cbc:EndDate", line.needed_by.isoformat())
    originator = _add(item, "cac:OriginatorParty")
    _add(_add(originator, "cac:PartyIdentification"), "cbc:ID", line.member)
    _add(_add(originator, "cac:PartyName"), "cbc:Name", line.member_name)
    price = _add(item, "cac:Price")
    _amount(price, "cbc:PriceAmount", line.amount if whole else line.unit_price)
    _add(price, "cbc:BaseQuantity", str(quantity if whole else 1), unitCode=unit)
    article = _add(item, "cac:Item")
    _add(article, "cbc:Name", line.name)
    _add(_add(article, "cac:SellersItemIdentification"), "cbc:ID", line.item)
    _tax_category(article, "cac:ClassifiedTaxCategory", vat_rate)


def _tax_category(parent: Element, name: str, vat_rate: str) -> None:
    """VAT category (UNCL 5305): standard rate, or zero rate."""
    category = _add(parent, name)
    _add(category, "cbc:ID", "S" if float(vat_rate) else "Z")
    _add(category, "cbc:Percent", vat_rate)
    _add(_add(category, "cac:TaxScheme"), "cbc:ID", "VAT")


def _country(address: Element) -> None:
    _add(_add(address, "cac:Country"), "cbc:IdentificationCode", "DE")


def _amount(parent: Element, name: str, cents: int) -> None:
    _add(parent, name, euros(cents), currencyID="EUR")


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    prefix, _, local = name.partition(":")
    child = SubElement(parent, f"{{{_PREFIXES[prefix]}}}{local}", attributes)
    child.text = text
    return child
