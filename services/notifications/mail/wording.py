"""How figures, dates and codes read in German: the filters of the templates."""

import textwrap
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.notifications.mail import labels
from shared.events.demand import StructuredQuestion, Suggested

BERLIN = ZoneInfo("Europe/Berlin")
_NARROW = "\N{NO-BREAK SPACE}"
_WIDTH = 76


def number(value: int) -> str:
    """A whole number with points.

    >>> number(1234567)
    '1.234.567'
    """
    return f"{value:,}".replace(",", ".")


def euro(cents: int) -> str:
    """Cents as euros, with a space that does not break.

    >>> euro(123456), euro(-5)
    ('1.234,56\\xa0€', '-0,05\\xa0€')
    """
    sign = "-" if cents < 0 else ""
    return f"{sign}{number(abs(cents) // 100)},{abs(cents) % 100:02d}{_NARROW}€"


def percent(value: str) -> str:
    """The wire's percent, without idle decimals.

    >>> percent("19.00"), percent("92.50")
    ('19\\xa0%', '92,5\\xa0%')
    """
    return f"{value.rstrip('0').rstrip('.').replace('.', ',')}{_NARROW}%"


def share_of(part: int, whole: int) -> str:
    """A part in percent with one decimal, half up; empty where there is no whole.

    >>> share_of(84000, 1078800)
    '7,8\\xa0%'
    """
    if whole <= 0:
        return ""
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10},{tenths % 10}{_NARROW}%"


def day(value: date | None) -> str:
    """A date; empty for none.

    >>> day(date(2026, 3, 31))
    '31.03.2026'
    """
    return f"{value:%d.%m.%Y}" if value else ""


def local_day(value: datetime) -> str:
    """The date a moment has in Germany."""
    return day(value.astimezone(BERLIN).date())


def wanted(needed_from: date | None, needed_by: date | None) -> str:
    """When something is to be delivered; empty where nobody said.

    >>> wanted(date(2026, 5, 1), date(2026, 6, 30)), wanted(None, date(2026, 6, 30))
    ('benötigt vom 01.05.2026 bis 30.06.2026', 'benötigt bis 30.06.2026')
    """
    if needed_by is None:
        return ""
    since = f"vom {day(needed_from)} " if needed_from else ""
    return f"benötigt {since}bis {day(needed_by)}"


def moment(value: datetime) -> str:
    """A moment in Germany, to the minute.

    >>> from datetime import UTC
    >>> moment(datetime(2026, 3, 31, 10, tzinfo=UTC))
    '31.03.2026, 12:00\\xa0Uhr'
    """
    return f"{value.astimezone(BERLIN):%d.%m.%Y, %H:%M}{_NARROW}Uhr"


def plural(count: int, one: str, many: str) -> str:
    """A number with its noun.

    >>> plural(1, "Bedarf", "Bedarfe"), plural(1200, "Bedarf", "Bedarfe")
    ('1 Bedarf', '1.200 Bedarfe')
    """
    return f"{number(count)} {one if count == 1 else many}"


def pieces(quantity: int, unit: str) -> str:
    """A quantity with its unit (UN/ECE Rec 20); an unknown unit stays a code."""
    return plural(quantity, *labels.UNITS.get(unit, (unit, unit)))


def months(count: int | None) -> str:
    """A term; empty for none."""
    return plural(count, "Monat", "Monate") if count else ""


def measured(amount: int, measure: str) -> str:
    """How much of a contract: pieces, or cents where its measure is value."""
    return euro(amount) if measure == "value" else pieces(amount, "C62")


def category(code: str) -> str:
    """A field of the cooperative's work."""
    return labels.CATEGORIES.get(code, code)


def change(code: str) -> str:
    """What is new about a subscription."""
    return labels.CHANGES[code]


def month(value: date) -> str:
    """A month by name.

    >>> month(date(2026, 6, 1))
    'Juni 2026'
    """
    return f"{labels.MONTHS[value.month - 1]} {value.year}"


def procedure(code: str) -> str:
    """How something is to be awarded, with where that is ruled."""
    name, source = labels.PROCEDURES[code]
    return f"{name} ({source.replace('§ ', f'§{_NARROW}')})"


def procedure_short(code: str) -> str:
    """How something is to be awarded."""
    return labels.PROCEDURES[code][0]


def role(code: str) -> str:
    """What a contact is to be written to about."""
    return labels.ROLES.get(code, code)


def service(name: str) -> str:
    """What a service is for."""
    return labels.SERVICES.get(name, name)


def shares(count: int) -> str:
    """So many shares of the cooperative's capital.

    >>> shares(1), shares(3)
    ('1 Geschäftsanteil', '3 Geschäftsanteile')
    """
    return plural(count, "Geschäftsanteil", "Geschäftsanteile")


def share_change(how: str, change: int) -> str:
    """How it came that a member has more or fewer shares."""
    if how == "transferred":
        way = "an ein anderes Mitglied" if change < 0 else "von einem anderen Mitglied"
        return f"Übertragung des Geschäftsguthabens {way} (§ 76 GenG)"
    return labels.SHARE_CHANGES.get(how, how)


def step(code: str) -> str:
    """What must happen before an applicant can be admitted."""
    return labels.STEPS.get(code, code)


def answer(value: bool | int | str) -> str:
    """An answer to a question, or its suggestion.

    >>> answer(12000), answer(True), answer("hoch")
    ('12.000', 'ja', 'hoch')
    """
    if isinstance(value, bool):
        return "ja" if value else "nein"
    return number(value) if isinstance(value, int) else value


def answer_form(question: StructuredQuestion) -> str:
    """What may be answered to a question."""
    match question.kind:
        case "whole":
            return f"eine Zahl von {number(question.least or 0)} bis {number(question.most or 0)}"
        case "choice":
            return ", ".join(map(category, question.choices))
        case "money":
            return "ein Betrag in Euro"
        case "day":
            return "ein Datum"
        case "yes_no":
            return "ja oder nein"
        case "text":
            return "ein kurzer Text"


def because(suggested: Suggested) -> str:
    """Where a suggestion comes from."""
    of = plural(suggested.similar_members, "vergleichbaren Mitglied", "vergleichbaren Mitgliedern")
    if suggested.how == "middle":
        return f"Mitte der Angaben von {of}"
    return f"gewählt von {suggested.chosen_by} von {of}"


def wrapped(text: str) -> str:
    """A text part with lines of at most 76 characters, hung under their indent, and never more
    than one empty line in a row."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip() if line != "-- " else line
        if not line and (not lines or not lines[-1]):
            continue
        indent = " " * (len(line) - len(line.lstrip(" -")))
        lines += textwrap.wrap(
            line,
            _WIDTH,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=line != "-- ",
        ) or [""]
    return "\n".join(lines).strip("\n") + "\n"


FILTERS: dict[str, Callable[..., str]] = {
    filter_.__name__: filter_
    for filter_ in (
        number,
        euro,
        percent,
        share_of,
        day,
        local_day,
        wanted,
        moment,
        plural,
        pieces,
        months,
        measured,
        category,
        change,
        month,
        procedure,
        procedure_short,
        role,
        service,
        shares,
        share_change,
        step,
        answer,
        answer_form,
        because,
    )
}
