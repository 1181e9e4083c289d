"""KID finds no contract for a requirement: it is told to all, so that it can be tendered."""

from typing import Any

import pytest

from services.demand import store
from shared.database import Database
from tests.builders import Said, an_event, an_id, deliver, only, rules
from tests.demand.world import admit, found, offer, open_round, state, submit, submit_in_words

REFERRED, PROPOSAL = "consultation.referred.v1", str(an_id(60))


@pytest.fixture(autouse=True)
async def _world(database: Database) -> None:
    await found(database)


async def refer(database: Database, **other: Any) -> list[Said]:
    """KID says that no contract can serve the requirement."""
    return await state(database, REFERRED, **other)


def told(spoken: list[Said]) -> list[Said]:
    """What says that a requirement is for a tender."""
    return [each for each in spoken if each.type == "demand.referred.v1"]


async def test_member_and_kid_hear_the_requirement_whole_with_the_estimate(
    database: Database,
) -> None:
    await submit_in_words(database, category="documents", quantity=25)
    both = told(await refer(database))
    assert [each.party for each in both] == ["10002", "kid"]
    data = both[0].data
    assert (data["category"], data["quantity"], data["unit_price"]) == ("documents", 25, "18.50")
    assert (data["cpv"], data["term_months"]) == ("48311000", 48)
    async with database.transaction() as tx:
        shown = await store.show_demand(tx.session, "B-2026-00001")
    assert shown is not None
    assert "gathered for a tender: Keine Rahmenvereinbarung" in shown["history"][-1]


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"category": None}, "category"),
        ({"category": "documents", "billing": "once"}, "term_months"),
        ({"category": "documents", "cpv": "4831"}, "cpv"),
    ],
)
async def test_what_could_not_be_tendered_so_is_refused_to_kid(
    database: Database, stated: dict[str, Any], field: str
) -> None:
    await submit_in_words(database)
    if field == "cpv":
        with pytest.raises(ValueError, match="cpv"):
            an_event(REFERRED, **stated)
        return
    spoken = await refer(database, **stated)
    assert list(rules(spoken)) == [field]
    assert only(spoken, "message.rejected.v1").party == "kid"


async def test_only_a_requirement_can_be_referred(database: Database) -> None:
    await submit(database)
    assert rules(await refer(database)) == {"demand_id": "B-2026-00001 is open"}


async def test_a_requirement_stated_anew_is_kids_to_look_at_again(database: Database) -> None:
    await submit_in_words(database, category="documents")
    await refer(database)
    changed = an_event(
        "demand.changed.v1",
        demand_id=str(an_id(4)),
        item=None,
        requirement="Digitales Bauarchiv",
        category="documents",
    )
    spoken = await deliver(database, changed)
    assert told(spoken) == []
    assert only([e for e in spoken if e.party == "kid"], "demand.consultation_opened.v1")


async def test_the_successor_hears_that_its_requirement_is_for_a_tender(
    database: Database,
) -> None:
    await admit(database, "10007")
    await submit_in_words(database, category="documents")
    await refer(database)
    merged = an_event(
        "member.succeeded.v1", member="10002", successor="10007", succeeded_on="2026-02-03"
    )
    both = told(await deliver(database, merged, sequence=9))
    assert [(each.party, each.data["member"]) for each in both] == [
        ("10007", "10007"),
        ("kid", "10007"),
    ]


async def test_once_there_is_a_contract_kid_proposes_and_the_requirement_counts(
    database: Database,
) -> None:
    await open_round(database, an_id(2), "documents")
    await submit_in_words(database, category="documents")
    await refer(database)
    await offer(database, "DMS", 9, category="documents", billing="monthly")
    await state(database, "proposal.made.v1", proposal_id=PROPOSAL, item="DMS", term_months=36)
    accepted = only(
        await state(database, "proposal.accepted.v1", proposal_id=PROPOSAL), "demand.accepted.v1"
    )
    assert accepted.data["round_id"] == str(an_id(2))
