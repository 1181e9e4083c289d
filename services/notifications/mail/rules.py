"""Broken rules in German, as far as they are known; an unknown rule is quoted as it came."""

import re
from collections.abc import Sequence

from shared.events.common import Broken

_FIELDS = {
    "item": "Artikel",
    "requirement": "Anforderung",
    "quantity": "Menge",
    "unit": "Einheit",
    "place": "Lieferort",
    "name": "Bezeichnung",
    "street": "Straße",
    "postal_code": "Postleitzahl",
    "city": "Ort",
    "needed_from": "Benötigt ab",
    "needed_by": "Benötigt bis",
    "round_id": "Runde",
    "term_months": "Laufzeit in Monaten",
    "price_ceiling": "Höchstpreis",
    "equivalents": "Gleichwertige Artikel",
    "minimum_quantity": "Mindestmenge",
    "cost_centre": "Kostenstelle",
    "reference": "Ihr Zeichen",
    "member": "Mitglied",
    "demand_id": "Bedarf",
    "question_id": "Frage",
    "proposal_id": "Vorschlag",
    "answer": "Antwort",
    "reason": "Grund",
    "id": "Nachrichtennummer",
    "type": "Nachrichtentyp",
    "data": "Nachricht",
    "party": "Absender",
}
_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")

_DEMAND = r"B-\S+"
_STATUS = {
    "withdrawn": "zurückgezogen",
    "ordered": "bestellt",
    "partly_ordered": "teilweise bestellt",
    "unfilled": "unbedient geblieben",
    "open": "offen",
    "consultation": "in Beratung",
}
_RULES = [
    (r"(?:must be )?at least (\S+)", "muss mindestens {0} sein"),
    (r"(?:must be )?at most (\d\S*)", "darf höchstens {0} sein"),
    (r"Input should be greater than or equal to (\S+)", "muss mindestens {0} sein"),
    (r"Input should be less than or equal to (\S+)", "darf höchstens {0} sein"),
    (r"must be after (\S+) and at most (\S+)", "muss nach dem {0} und bis zum {1} liegen"),
    (r"must be at most needed_by, (\S+)", "darf nicht nach „Benötigt bis“ ({0}) liegen"),
    (r"Field required", "fehlt und muss angegeben werden"),
    (r"is not a field of this message", "gehört nicht in diese Nachricht"),
    (r"Input should be a valid integer.*", "muss eine ganze Zahl sein"),
    (r"Input should be a valid date.*", "muss ein Datum sein, etwa 2026-03-31"),
    (r"Input should be a valid string.*", "muss ein Text sein"),
    (r"Input should be a valid UUID.*", "muss eine UUID sein"),
    (r"String should match pattern.*", "ist nicht in der verlangten Form"),
    (r"String should have at least (\d+) character.*", "muss mindestens {0} Zeichen haben"),
    (r"String should have at most (\d+) character.*", "darf höchstens {0} Zeichen haben"),
    (r"must be euros as a string.*", "muss ein Betrag als Text sein, etwa 1234.56"),
    (r"must be a string such as.*", "muss ein Betrag als Text sein, etwa 1234.56"),
    (r"must not be negative", "darf nicht negativ sein"),
    (r"must not hold .*", "enthält Zeichen, die nicht erlaubt sind"),
    (r"must not begin or end with a space", "darf nicht mit Leerzeichen beginnen oder enden"),
    (r"must be JSON.*", "ist kein gültiges JSON"),
    (r"must be a member of the cooperative today", "ist heute kein Mitglied der Genossenschaft"),
    (r"must be the party that speaks, (\S+)", "muss das meldende Mitglied sein ({0})"),
    (
        r"state either an item or a requirement in words",
        "entweder ein Artikel oder eine Anforderung in Worten ist nötig, nicht beides",
    ),
    (r"must be an item of the catalogue", "steht nicht im Katalog"),
    (r"must be (\S+), the unit of (\S+)", "muss {0} sein, die Einheit von {1}"),
    (
        r"must be stated for what is paid monthly",
        "fehlt; was monatlich bezahlt wird, braucht eine Laufzeit",
    ),
    (r"must be left out: (\S+) is bought once", "muss entfallen, weil {0} einmalig gekauft wird"),
    (
        r"must be another item of the catalogue, named once",
        "muss ein anderer Artikel des Katalogs sein und nur einmal genannt",
    ),
    (
        r"must have the unit and billing of (\S+)",
        "muss Einheit und Abrechnung von {0} haben",
    ),
    (r"must be a round that was opened", "ist keine eröffnete Runde"),
    (r"round (\S+) took demand until (\S+) (\S+)Z", "Runde {0} nahm Bedarf bis {1}, {2} UTC an"),
    (r"round (\S+) does not collect \S+", "Runde {0} sammelt diesen Bereich nicht"),
    (r"must be a demand of this member", "ist kein Bedarf dieses Mitglieds"),
    (
        rf"({_DEMAND}) counts in round (\S+), which took changes until (\S+) (\S+)Z",
        "{0} zählt in Runde {1}, die Änderungen bis {2}, {3} UTC annahm",
    ),
    (
        rf"was submitted before as ({_DEMAND}); .*",
        "ist schon als {0} gemeldet; melden Sie eine Änderung",
    ),
    (
        rf"must be another person than the one who stated ({_DEMAND})",
        "muss eine andere Person sein als die, die {0} gemeldet hat",
    ),
    (
        rf"whoever stated ({_DEMAND}) is forgotten; .*",
        "wer {0} gemeldet hat, ist gelöscht; melden Sie den Bedarf als Änderung noch einmal",
    ),
    (r"was answered before", "ist schon beantwortet"),
    (rf"must be a question of ({_DEMAND})", "ist keine Frage zu {0}"),
    (rf"must be a proposal of ({_DEMAND})", "ist kein Vorschlag zu {0}"),
    (
        r"its id was used before with other content",
        "wurde schon für eine andere Nachricht verwendet",
    ),
]


def in_german(rule: str) -> str:
    """The rule in German where it is a known one, else as it came.

    >>> in_german("must be at least 1"), in_german("the moon must be full")
    ('muss mindestens 1 sein', '„the moon must be full“')
    """
    plain = rule.removeprefix("Value error, ").strip()
    for pattern, german in _RULES:
        if found := re.fullmatch(pattern, plain):
            return german.format(*found.groups())
    if found := re.fullmatch(rf"({_DEMAND}) is (\w+)(?: already)?", plain):
        return f"{found[1]} ist schon {_STATUS.get(found[2], found[2])}"
    return f"„{plain}“"


def field_name(path: str) -> str:
    """The German name of a field by its dotted path; the path itself where unknown.

    >>> field_name("place.postal_code"), field_name("data.quantity"), field_name("x.y")
    ('Lieferort, Postleitzahl', 'Menge', 'x.y')
    """
    steps = [step for step in path.split(".") if step != "data" and not step.isdigit()] or [path]
    if all(step in _FIELDS for step in steps):
        return ", ".join(_FIELDS[step] for step in steps)
    return path


def rows(reasons: Sequence[Broken]) -> list[tuple[str, str]]:
    """Field and explanation of each broken rule, for a table."""
    return [(field_name(reason.field), _explained(reason)) for reason in reasons]


def _explained(reason: Broken) -> str:
    rule = in_german(_DAY.sub(_german_day, reason.rule))
    if not reason.value:
        return rule
    return f"{_DAY.sub(_german_day, reason.value)}: {rule}"


def _german_day(found: re.Match[str]) -> str:
    return ".".join(reversed(found.groups()))
