"""The law's days: local dates in Europe/Berlin."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def local_date(moment: datetime) -> date:
    """The day in Germany at a moment.

    >>> from datetime import UTC
    >>> local_date(datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    datetime.date(2026, 7, 1)
    """
    return moment.astimezone(BERLIN).date()
