"""The documents that go with mails: PDF for people, UBL and CSV for programs."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from json import dumps, loads
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from services.notifications.domain import Office, Telling
from services.notifications.mail.documents import documents
from services.notifications.mail.documents.ubl import ubl_order
from services.notifications.mail.message import Attachment
from services.notifications.mail.samples import BACKGROUND, samples
from shared.events import CATALOGUE
from shared.events.procurement import OrderPlaced

NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
HOSTILE = ["#panic()", "*fett* _x_ $x$ @ref <label>", "]#sys.inputs[", "a\\b", "<x>&amp;", "=1+1"]
LINE = CATALOGUE["order.placed.v1"].example["lines"][0]


def telling(kind: str) -> Telling:
    return next(t for t in samples() if t.kind.name == kind)


def attachments(kind: str, **changes: Any) -> list[Attachment]:
    told = telling(kind)
    first = told.occasions[0]
    changed = replace(first, data={**first.data, **changes})
    return documents(Telling((changed,)), BACKGROUND, Office())


def order(**changes: Any) -> OrderPlaced:
    data = {**CATALOGUE["order.placed.v1"].example, **changes}
    return OrderPlaced.model_validate_json(dumps(data))


def ubl(**changes: Any) -> ET.Element:
    return ET.fromstring(ubl_order(order(**changes), Office()))  # noqa: S314 - our own


def text(root: ET.Element, path: str) -> str:
    return root.findtext(path, default="", namespaces=NAMES)


def decimal(root: ET.Element, path: str) -> Decimal:
    return Decimal(text(root, path))


def test_kid_gets_its_order_for_people_for_its_system_and_for_spreadsheets() -> None:
    assert [(a.name, a.media_type) for a in attachments("order_to_kid")] == [
        ("Bestellung-A-2026-0001.pdf", "application/pdf"),
        ("Bestellung-A-2026-0001.xml", "application/xml"),
        ("Bestellung-A-2026-0001.csv", "text/csv"),
    ]


def test_a_member_gets_its_cost_statement_to_keep() -> None:
    assert [a.name for a in attachments("cost_statement")] == [
        "Kostenmitteilung-R-2026-0001-10002.pdf"
    ]


def test_a_tender_need_goes_as_a_document_and_as_data() -> None:
    pdf, data = attachments("tender_need")
    assert (pdf.name, pdf.media_type) == ("Vergabebedarf-V-2026-0001-1.pdf", "application/pdf")
    assert (data.name, data.media_type) == ("Vergabebedarf-V-2026-0001-1.json", "application/json")
    assert loads(data.content)["rules"][0]["source"].startswith("§ 106 (2) Nr. 1 GWB")


def test_other_mails_go_without_documents() -> None:
    assert attachments("delivery") == []


@pytest.mark.parametrize("kind", ["order_to_kid", "cost_statement", "tender_need"])
def test_a_pdf_is_tagged_in_german_and_always_the_same(kind: str) -> None:
    page = attachments(kind)[0].content
    assert page == attachments(kind)[0].content
    assert page.startswith(b"%PDF-1.7")
    assert re.search(rb"/Lang\s*\(de-DE\)", page)
    assert b"/MarkInfo" in page
    assert b"/StructTreeRoot" in page
    assert b"<pdfuaid:part>1</pdfuaid:part>" in page
    assert b"<pdfaid:part>2</pdfaid:part>" in page


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_in_a_pdf_and_never_markup(name: str) -> None:
    line = {**LINE, "name": name, "member_name": name}
    assert attachments("order_to_kid", lines=[line])[0].content.startswith(b"%PDF")


def test_an_order_of_many_pages_is_made() -> None:
    lines = [{**LINE, "line": number} for number in range(1, 201)]
    page = attachments("order_to_kid", lines=lines)[0].content
    assert page.count(b"/Type/Page") + page.count(b"/Type /Page") > 4


def test_the_ubl_order_is_a_call_off_with_its_contract() -> None:
    root = ubl()
    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order"
    assert text(root, "cbc:CustomizationID") == "urn:fdc:peppol.eu:poacc:trns:order:3"
    assert text(root, "cbc:ProfileID") == "urn:fdc:peppol.eu:poacc:bis:ordering:3"
    assert text(root, "cbc:OrderTypeCode") == "226"
    assert text(root, "cac:Contract/cbc:ID") == "RV-2026-NB"
    assert text(root, "cbc:IssueDate") == "2026-03-31"
    originator = "cac:OrderLine/cac:LineItem/cac:OriginatorParty"
    assert text(root, f"{originator}/cac:PartyIdentification/cbc:ID") == "10002"
    assert text(root, f"{originator}/cac:PartyName/cbc:Name") == "Gemeinde Barleben"


def test_the_elements_stand_in_the_order_of_the_schema() -> None:
    order_of_schema = [
        "CustomizationID",
        "ProfileID",
        "ID",
        "IssueDate",
        "OrderTypeCode",
        "DocumentCurrencyCode",
        "CustomerReference",
        "Contract",
        "BuyerCustomerParty",
        "SellerSupplierParty",
        "Delivery",
        "AllowanceCharge",
        "TaxTotal",
        "AnticipatedMonetaryTotal",
        "OrderLine",
    ]
    assert [e.tag.partition("}")[2] for e in ubl(fees="15.00")] == order_of_schema


def fulfils_the_rules_of_peppol(root: ET.Element) -> None:
    """The rules of transaction T01 that concern what we state, by their numbers."""
    assert not [e.tag for e in root.iter() if not (e.text or "").strip() and not len(e)]
    lines = root.findall("cac:OrderLine/cac:LineItem", NAMES)
    total = "cac:AnticipatedMonetaryTotal/cbc:"
    amounts = [decimal(line, "cbc:LineExtensionAmount") for line in lines]
    charges = [
        decimal(charge, "cbc:Amount") for charge in root.iterfind("cac:AllowanceCharge", NAMES)
    ]
    for charge in root.iterfind("cac:AllowanceCharge", NAMES):
        assert text(charge, "cbc:AllowanceChargeReason"), "R023"
    for element in root.iter():
        assert element.get("currencyID") in {None, "EUR"}, "R003"
    net, gross = (
        decimal(root, f"{total}TaxExclusiveAmount"),
        decimal(root, f"{total}TaxInclusiveAmount"),
    )
    assert decimal(root, f"{total}LineExtensionAmount") == sum(amounts), "R008"
    assert Decimal(text(root, f"{total}ChargeTotalAmount") or 0) == sum(charges), "R010"
    assert net == sum(amounts) + sum(charges), "R011"
    assert decimal(root, f"{total}PayableAmount") == gross, "R016"
    assert gross == net + decimal(root, "cac:TaxTotal/cbc:TaxAmount"), "R017"
    numbers = [text(line, "cbc:ID") for line in lines]
    assert len(set(numbers)) == len(numbers), "R001"
    for line, amount in zip(lines, amounts, strict=True):
        quantity = decimal(line, "cbc:Quantity")
        price = decimal(line, "cac:Price/cbc:PriceAmount")
        base = decimal(line, "cac:Price/cbc:BaseQuantity")
        assert quantity >= 0, "R004"
        assert base > 0, "R025"
        assert abs(amount - quantity * price / base) <= Decimal("0.02"), "R024"
    for category in ("cac:TaxCategory", "cac:ClassifiedTaxCategory"):
        for one in root.iterfind(f".//{category}", NAMES):
            rate = decimal(one, "cbc:Percent")
            assert (text(one, "cbc:ID") == "S") is (rate > 0), "R029, R030"
    for name in ("BuyerCustomerParty", "SellerSupplierParty"):
        party = root.find(f"cac:{name}/cac:Party", NAMES)
        assert party is not None
        endpoint = party.find("cbc:EndpointID", NAMES)
        assert endpoint is not None
        assert endpoint.get("schemeID") == "9930"
        assert text(party, "cac:PartyLegalEntity/cbc:RegistrationName")
        assert text(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode") == "DE"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"fees": "15.00", "net": "9963.00", "vat": "1892.97"},
        {"vat_rate": "0.00", "vat": "0.00"},
        {  # paid monthly
            "lines": [
                {**LINE, "unit": "MON", "term_months": 36, "quantity": 25, "unit_price": "11.40"}
                | {"amount": "10260.00"}
            ],
            "net": "10260.00",
            "vat": "1949.40",
        },
        {  # tiers by which the amount is no multiple of the price
            "lines": [{**LINE, "quantity": 7, "unit_price": "14.29", "amount": "100.00"}],
            "net": "100.00",
            "vat": "19.00",
        },
    ],
)
def test_the_ubl_order_keeps_the_rules_of_peppol(changes: dict[str, Any]) -> None:
    fulfils_the_rules_of_peppol(ubl(**changes))


def test_what_is_paid_monthly_is_ordered_in_months() -> None:
    line = {**LINE, "term_months": 36, "quantity": 25, "unit_price": "11.40", "amount": "10260.00"}
    item = ubl(lines=[line]).find("cac:OrderLine", NAMES)
    assert item is not None
    quantity = item.find("cac:LineItem/cbc:Quantity", NAMES)
    assert quantity is not None
    assert (quantity.text, quantity.get("unitCode")) == ("900", "MON")
    assert text(item, "cbc:Note") == "B-2026-00017, 25 × 36 Monate"


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_in_xml(name: str) -> None:
    root = ubl(lines=[{**LINE, "name": name}])
    assert text(root, "cac:OrderLine/cac:LineItem/cac:Item/cbc:Name") == name


def test_the_day_of_an_order_is_the_day_in_germany() -> None:
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    assert text(ubl(placed_at=late), "cbc:IssueDate") == "2026-07-01"
