"""Figures as German text."""

from datetime import date


def euro(cents: int) -> str:
    """Cents as euros.

    >>> euro(-123456)
    '-1.234,56 €'
    """
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{count(whole)},{part:02d} €"


def count(number: int) -> str:
    """A whole number with points between thousands.

    >>> count(1234567)
    '1.234.567'
    """
    return f"{number:,}".replace(",", ".")


def percent(value: float) -> str:
    """A percentage with one decimal.

    >>> percent(4.06)
    '4,1 %'
    """
    return f"{value:.1f} %".replace(".", ",")


def day(when: date) -> str:
    """A date as people write it.

    >>> day(date(2026, 3, 1))
    '01.03.2026'
    """
    return f"{when:%d.%m.%Y}"
