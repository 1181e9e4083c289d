"""Open data: contracts, call-offs and rounds as an OCDS 1.1 release package.

A framework contract is a contracting process of its own; it is called from without reopening
competition, so each call-off is an award and a contract of the same process. A round, in which
the need is found and joined, is a process in planning, to which its call-offs refer. Source:
https://standard.open-contracting.org/1.1/en/ with the extensions techniques and partyDetails_scale.
Money is net EUR, exact to the cent; law's days are days in Germany.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from services.procurement.report.ledger import Contract, Ledger, Order, Round
from shared.calendar import BERLIN, local_date

VERSION = "1.1"
EXTENSIONS = tuple(
    f"https://raw.githubusercontent.com/open-contracting-extensions/{name}/master/extension.json"
    for name in ("ocds_techniques_extension", "ocds_partyDetails_scale_extension")
)
COOPERATIVE = {"id": "kitu", "name": "Kommunale IT-Union eG"}
KID = {"id": "kid", "name": "KID Magdeburg GmbH"}

Data = dict[str, Any]


def package(ledger: Ledger, *, prefix: str, uri: str, now: datetime) -> Data:
    """A release package of everything in the ledger.

    Args:
        prefix: of every ocid, as the Open Contracting Partnership assigned it.
        uri: where the package will be published.
    """
    releases = [
        *(_planning(each, ledger, prefix) for each in ledger.rounds),
        *(_agreement(each, ledger, prefix) for each in ledger.contracts),
        *(_call_off(each, ledger, prefix) for each in ledger.orders if each.state != "refused"),
    ]
    return {
        "uri": uri,
        "version": VERSION,
        "extensions": list(EXTENSIONS),
        "publishedDate": _moment(now),
        "publisher": {"name": COOPERATIVE["name"]},
        "releases": releases,
    }


def _planning(round: Round, ledger: Ledger, prefix: str) -> Data:  # noqa: A002
    """A round: whose need is joined, until when."""
    members = sorted({share.member for share in round.shares})
    wanted: dict[str, int] = {}
    for order in ledger.orders:
        if order.round_id == round.id:
            for line in order.lines:
                wanted[line.item] = wanted.get(line.item, 0) + line.quantity
    closed = round.closed_at is not None
    return {
        **_head(f"{prefix}-{round.reference}", "planning", round.closed_at or round.opened_at),
        "tag": ["planning"],
        "parties": _parties(ledger, members, ()),
        "planning": {
            "rationale": f"Bedarf gemeinsam beschaffen: {round.title}",
            "milestones": [
                {
                    "id": "cut-off",
                    "title": "Meldeschluss",
                    "type": "preProcurement",
                    "dueDate": _moment(round.cut_off),
                    "status": "met" if closed else "scheduled",
                    **({"dateMet": _moment(round.closed_at)} if round.closed_at else {}),
                }
            ],
        },
        "tender": {
            "id": round.reference,
            "title": round.title,
            "status": "complete" if round.state == "completed" else "planned",
            "procuringEntity": KID,
            "items": [
                _item(number, item, pieces, ledger)
                for number, (item, pieces) in enumerate(sorted(wanted.items()), 1)
            ],
        },
    }


def _agreement(contract: Contract, ledger: Ledger, prefix: str) -> Data:
    """A framework contract, with whoever may call from it."""
    terms = contract.terms
    buyers = [member for member in terms.named_buyers if member in ledger.members]
    items = [
        _item(number, item, None, ledger)
        for number, item in enumerate(terms.items, 1)
        if item in ledger.items
    ]
    agreed = terms.awarded_on or local_date(contract.registered_at)
    framework: Data = {"method": "withoutReopeningCompetition", "maximumParticipants": 1}
    value = {}
    if terms.maximum_value is not None:
        value = {"value": _money(terms.maximum_value)}
        framework |= value
    if terms.term_reason:
        framework["periodRationale"] = terms.term_reason
    supplier = _supplier(contract)
    begins, ends = terms.valid_from, terms.valid_until
    period = {"startDate": _day(begins), "endDate": _day(ends, time(23, 59, 59))}
    return {
        **_head(f"{prefix}-{terms.reference}", f"v{contract.version}", contract.registered_at),
        "tag": ["award", "contract"] if contract.version == 1 else ["contractAmendment"],
        "parties": _parties(ledger, buyers, (contract,)),
        "tender": {
            "id": terms.reference,
            "title": terms.title,
            "status": "complete",
            "mainProcurementCategory": _category(terms.items, ledger),
            "procuringEntity": KID,
            "contractPeriod": period,
            "items": items,
            "techniques": {"hasFrameworkAgreement": True, "frameworkAgreement": framework},
        },
        "awards": [
            {
                "id": terms.reference,
                "title": terms.title,
                "status": "active",
                "date": _day(agreed),
                "suppliers": [supplier],
                "items": items,
                "contractPeriod": period,
                **value,
            }
        ],
        "contracts": [
            {
                "id": terms.reference,
                "awardID": terms.reference,
                "title": terms.title,
                "status": "active",
                "period": period,
                "dateSigned": _day(agreed),
                "items": items,
                **value,
            }
        ],
    }


def _call_off(order: Order, ledger: Ledger, prefix: str) -> Data:
    """An order: what was called, for whom, at what price, and what came."""
    contract = ledger.contract_of(order)
    found = next((each for each in ledger.rounds if each.id == order.round_id), None)
    members = sorted({line.member for line in order.lines})
    items = [
        _item(line.line, line.item, line.quantity, ledger) | {"description": line.name}
        for line in order.lines
    ]
    done = all(line.delivered >= (line.accepted or 0) for line in order.lines)
    invoiced = order.state == "invoiced"
    related = [
        {
            "id": "1",
            "relationship": ["planning"],
            "title": found.title,
            "scheme": "ocid",
            "identifier": f"{prefix}-{found.reference}",
        }
        for found in ([found] if found else [])
    ]
    title = f"Abruf {order.reference} aus {order.contract_reference}"
    return {
        **_head(f"{prefix}-{order.contract_reference}", order.reference, order.placed_at),
        "tag": ["award", "contract"],
        "parties": _parties(ledger, members, (contract,)),
        "awards": [
            {
                "id": order.reference,
                "title": title,
                "status": "active",
                "date": _moment(order.placed_at),
                "value": _money(order.net),
                "suppliers": [_supplier(contract)],
                "items": items,
            }
        ],
        "contracts": [
            {
                "id": order.reference,
                "awardID": order.reference,
                "title": title,
                "status": "terminated" if done and invoiced else "active",
                "value": _money(order.net),
                "dateSigned": _day(order.placed_on),
                "items": items,
                "implementation": {
                    "milestones": [
                        {
                            "id": str(number),
                            "title": "Lieferung",
                            "type": "delivery",
                            "status": "met",
                            "dateMet": _day(delivery.delivered_on),
                        }
                        for number, delivery in enumerate(order.deliveries, 1)
                    ]
                },
            }
        ],
        **({"relatedProcesses": related} if related else {}),
    }


def _head(ocid: str, release: str, at: datetime) -> Data:
    return {
        "ocid": ocid,
        "id": f"{ocid}-{release}",
        "date": _moment(at),
        "initiationType": "tender",
        "language": "de",
        "buyer": COOPERATIVE,
    }


def _parties(ledger: Ledger, members: Iterable[str], contracts: Iterable[Contract]) -> list[Data]:
    """Who takes part, each once, with what as."""
    return [
        {**COOPERATIVE, "roles": ["buyer"]},
        {**KID, "roles": ["procuringEntity"]},
        *_buyers(ledger, members),
        *(_supplier(each) | {"roles": ["supplier"], **_known(each)} for each in contracts),
    ]


def _buyers(ledger: Ledger, members: Iterable[str]) -> Iterator[Data]:
    for number in members:
        name = ledger.members.get(number, number)
        yield {
            "id": f"member-{number}",
            "name": name,
            "identifier": {"id": number, "legalName": name},
            "roles": ["buyer", "payer"],
        }


def _supplier(contract: Contract) -> Data:
    terms = contract.terms
    known = terms.supplier_register or terms.supplier
    return {"id": "supplier-" + "-".join(known.lower().split()), "name": terms.supplier}


def _known(contract: Contract) -> Data:
    """What is known of a supplier beside its name."""
    terms = contract.terms
    known: Data = {}
    if terms.supplier_register:
        register = {"scheme": "DE-CR", "id": terms.supplier_register}
        known["identifier"] = register | {"legalName": terms.supplier}
    if terms.supplier_city:
        known["address"] = {"locality": terms.supplier_city, "countryName": "Deutschland"}
    if terms.supplier_is_sme is not None:
        known["details"] = {"scale": "sme" if terms.supplier_is_sme else "large"}
    return known


def _item(number: int, item: str, quantity: int | None, ledger: Ledger) -> Data:
    known = ledger.items[item]
    return {
        "id": str(number),
        "description": known.name,
        "classification": {"scheme": "CPV", "id": known.cpv},
        "unit": {"scheme": "UNCEFACT", "id": known.unit},
        **({"quantity": quantity} if quantity is not None else {}),
    }


def _category(items: Iterable[str], ledger: Ledger) -> str:
    """Hardware is goods, all else services; CPV's divisions tell (from 50 on: services)."""
    cpv = next((ledger.items[item].cpv for item in items if item in ledger.items), "3")
    return "goods" if cpv < "5" and not cpv.startswith("48") else "services"


def _money(cents: int) -> Data:
    """Cents as a number of euros; the shortest one that reads back as these cents.

    >>> _money(12340), _money(5)
    ({'amount': 123.4, 'currency': 'EUR'}, {'amount': 0.05, 'currency': 'EUR'})
    """
    return {"amount": cents / 100, "currency": "EUR"}


def _moment(at: datetime) -> str:
    return at.astimezone(BERLIN).isoformat(timespec="seconds")


def _day(day: date, at: time = time()) -> str:
    return datetime.combine(day, at, BERLIN).isoformat(timespec="seconds")
