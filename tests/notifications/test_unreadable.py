"""What cannot be read keeps nothing else from being told."""

from typing import Any
from uuid import uuid4

import pytest

from services.notifications import store
from services.notifications.domain import Occasion
from shared.database import Database
from shared.events.notifications import NotificationFailed
from tests.notifications.conftest import Clock
from tests.notifications.story import admit, hear, mails, said


@pytest.mark.parametrize(
    ("kind", "party", "data"),
    [
        ("round_report", "coop", {}),
        ("round_report", "coop", {"round_id": "no id"}),
        ("demands_received", "10002", {"demand_id": "no id"}),
        ("digest_it", "10002", {"for": ["it@m10002.example"]}),
        ("application_refused", "coop", {"contacts": [{"role": "it"}]}),
        ("application_refused", "coop", {"contacts": None}),
    ],
)
async def test_an_occasion_that_cannot_be_read_fails_alone_and_is_stated(
    database: Database, clock: Clock, kind: str, party: str, data: dict[str, Any]
) -> None:
    await admit(database)
    await mails(database)
    async with database.transaction() as tx:
        type_ = "application.refused.v1"
        await store.tell(tx.session, Occasion(uuid4(), kind, party, type_, data, tx.now))
    await hear(database, "order.placed.v1")
    await said(database)
    clock.forward(days=1)
    assert [mail.kind for mail in await mails(database)][1:] in (
        [kind, "order_to_kid"],
        ["order_to_kid", kind],
    )
    ((_, failed),) = await said(database)
    assert isinstance(failed, NotificationFailed)
    assert (failed.kind, failed.about) == (kind, party)
    assert failed.reason.startswith("cannot be written: ")
    assert await said(database) == []
