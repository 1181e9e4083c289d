"""Who an applicant or a member is, and whom to write to."""

from dataclasses import dataclass
from datetime import date

from shared.refusal import refuse
from shared.rules import Rules

MUNICIPALITY = "municipality"
_SAXONY_ANHALT = "15"
_CITIES, _DISTRICTS = range(1, 80), range(81, 100)
"""In Saxony-Anhalt cities that are districts of their own count from 001, districts from 081."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to, by role: it, finance, management or data_protection.

    `mails` is what it wants of them: all, daily or needed; all where it never said. `returned_on`
    is the first day on which mail to this address came back, `returned_because` the status and
    what the mail server said; another address begins anew.
    """

    role: str
    name: str
    email: str
    mails: str | None = None
    returned_on: date | None = None
    returned_because: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address."""

    street: str
    postal_code: str
    city: str


@dataclass(frozen=True, slots=True)
class LegalPerson:
    """What the register holds of a member itself (§ 30 GenG): name, kind, keys, address."""

    name: str
    kind: str
    ags: str | None
    leitweg_id: str | None
    address: Address


def check_person(person: LegalPerson, rules: Rules, day: date) -> None:
    """Check that a legal person states the keys that its kind has.

    Raises:
        Refused: only a municipality has an AGS, and it must state it; the AGS is not one.
    """
    if person.ags is None:
        if person.kind == MUNICIPALITY:
            raise refuse("ags", "", "a municipality must state its AGS")
        return
    if person.kind != MUNICIPALITY:
        raise refuse("ags", person.ags, f"a {person.kind} has no AGS; leave it out")
    _check_ags(person.ags, rules.at("admitted_laender", day).value)


def _check_ags(ags: str, laender: tuple[str, ...]) -> None:
    """Land (2 digits), Regierungsbezirk (1), Kreis (2), Gemeinde (3); Destatis."""
    if ags[:2] not in laender:
        raise refuse("ags", ags, f"must begin with a Land that may join: {', '.join(laender)}")
    if ags[:2] != _SAXONY_ANHALT:
        return
    district, municipality = int(ags[2:5]), int(ags[5:])
    if district in _CITIES and municipality == 0:
        return
    if district in _DISTRICTS and municipality != 0:
        return
    rule = (
        "must be a municipality of Saxony-Anhalt: 15001000 to 15003000 for a city of its own, "
        "else a district from 15081 on with the municipality's three digits"
    )
    raise refuse("ags", ags, rule)
