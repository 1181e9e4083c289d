"""Tender needs are told at once where there is something to do, else once a day."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.database import Database
from tests.notifications.conftest import Clock
from tests.notifications.story import Made, hear, mails, text

PARTIES = ["coop", "kid"]
MORNING = datetime(2026, 3, 3, 6, tzinfo=UTC)
"""Seven in Germany, on the day after the tests' usual noon."""


async def propose(database: Database, revision: int, change: str, **other: Any) -> None:
    """Procurement proposes a need, once more."""
    await hear(database, "tender.proposed.v1", "kid", revision=revision, change=change, **other)


def revisions(made: list[Made]) -> list[tuple[str, int]]:
    """To whom which revision went, as each mail says."""
    numbers = range(1, 10)
    return sorted(
        (mail.party, next(n for n in numbers if f"{n}. Fassung" in text(mail))) for mail in made
    )


async def test_changed_demand_is_told_in_the_morning_by_the_newest_revision_alone(
    database: Database, clock: Clock
) -> None:
    await propose(database, 1, "new")
    for revision in (2, 3, 4):
        await propose(database, revision, "demand")
        clock.forward(minutes=30)
    other = "0190163d-8694-739b-aea5-966c26f8adff"
    await propose(database, 2, "demand", tender_id=other, reference="V-2026-0002")
    assert revisions(await mails(database)) == [(party, 1) for party in PARTIES]

    clock.now = MORNING
    told = revisions(await mails(database, "tender_revised"))
    assert told == [(party, revision) for party in PARTIES for revision in (2, 4)]
    (newest, *_) = [m for m in await mails(database, "tender_revised") if "4. Fassung" in text(m)]
    names = [part.get_filename() for part in newest.message.iter_attachments()]
    assert names == ["Vergabebedarf-V-2026-0001-4.pdf", "Vergabebedarf-V-2026-0001-4.json"]

    clock.forward(days=3)
    assert len(await mails(database)) == 6


async def test_what_comes_after_an_outage_in_the_morning_waits_for_no_other_morning(
    database: Database, clock: Clock
) -> None:
    await propose(database, 2, "demand")
    clock.now = MORNING
    await propose(database, 3, "demand")
    assert revisions(await mails(database)) == [(party, 3) for party in PARTIES]


@pytest.mark.parametrize(
    ("type_", "change", "kind"),
    [
        ("tender.proposed.v1", {"revision": 3, "change": "law"}, "tender_need"),
        ("tender.proposed.v1", {"revision": 3, "change": "planned"}, "tender_need"),
        ("tender.decision_recorded.v1", {}, "tender_decided"),
        ("tender.dropped.v1", {}, "tender_dropped"),
    ],
)
async def test_what_is_to_be_acted_on_is_told_at_once_and_takes_the_place_of_what_waits(
    database: Database, clock: Clock, type_: str, change: dict[str, Any], kind: str
) -> None:
    await propose(database, 2, "demand")
    await hear(database, type_, "kid", **change)
    assert sorted(mail.party for mail in await mails(database, kind)) == PARTIES
    clock.now = MORNING
    assert len(await mails(database)) == 2
