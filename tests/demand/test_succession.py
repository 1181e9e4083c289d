"""A successor takes over what its predecessor asked for (§ 77a GenG)."""

from shared.database import Database
from tests.builders import Said, an_event, an_id, decided, deliver, only, rules
from tests.demand.world import (
    ROUND,
    admit,
    close_round,
    found,
    offer,
    open_round,
    state,
    submit,
    submit_in_words,
)


async def merge(database: Database, successor: str | None = "10007") -> list[Said]:
    """Barleben is merged into another member, from now on."""
    event = an_event(
        "member.succeeded.v1", member="10002", successor=successor, succeeded_on="2026-02-03"
    )
    return await deliver(database, event, sequence=9)


async def test_open_demand_becomes_the_successors_and_nobody_elses(database: Database) -> None:
    await found(database)
    await admit(database, "10007")
    await open_round(database)
    await submit(database, 4)
    await submit_in_words(database, 5)
    await submit(database, 6)
    withdrawn = an_event("demand.withdrawn.v1", demand_id=str(an_id(6)))
    await deliver(database, withdrawn)
    spoken = await merge(database)
    accepted = only(spoken, "demand.accepted.v1")
    assert (accepted.party, accepted.data["member"]) == ("10007", "10007")
    assert (accepted.data["demand_id"], accepted.data["revision"]) == (str(an_id(4)), 2)
    opened = [each for each in spoken if each.type == "demand.consultation_opened.v1"]
    assert {each.party for each in opened} == {"10007", "kid"}
    assert await merge(database) == []
    (counted,) = await close_round(database)
    assert counted.data["demands"] == 1


async def test_the_successor_may_change_it_and_the_predecessor_no_longer(
    database: Database,
) -> None:
    await found(database)
    await admit(database, "10007")
    await submit(database, 4)
    await merge(database)
    change = an_event("demand.changed.v1", demand_id=str(an_id(4)), quantity=3)
    assert "demand_id" in rules(await deliver(database, change))
    assert "member" in rules(await submit(database, 7))
    own = an_event("demand.changed.v1", demand_id=str(an_id(4)), member="10007", quantity=3)
    changed = only(await deliver(database, own), "demand.accepted.v1")
    assert (changed.data["quantity"], changed.data["revision"]) == (3, 3)


async def test_without_a_successor_open_demand_stays_but_nothing_new_is_taken(
    database: Database,
) -> None:
    await found(database)
    await submit(database, 4)
    assert await merge(database, None) == []
    assert "member" in rules(await submit(database, 5))


async def test_what_awaits_an_approval_awaits_the_successors(database: Database) -> None:
    await found(database)
    await admit(database, "10007")
    await deliver(database, an_event("approval.limit_set.v1", above="10000.00"))
    await open_round(database)
    first = {"role": "it", "name": "M. Schulz"}
    asked = only(await submit(database, 4, stated_by=first), "demand.approval_requested.v1")
    assert asked.party == "10002"
    (anew,) = await merge(database)
    assert (anew.type, anew.party) == ("demand.approval_requested.v1", "10007")
    assert (anew.data["member"], anew.data["above"]) == ("10007", "10000.00")
    approver = {"role": "finance", "name": "Kämmerei"}
    gone = rules(await state(database, "demand.approved.v1", approver=approver))
    assert gone == {"demand_id": "must be a demand of this member"}
    same = await state(database, "demand.approved.v1", member="10007", approver=first)
    assert "another person" in rules(same)["approver.name"]
    accepted = only(
        await state(database, "demand.approved.v1", member="10007", approver=approver),
        "demand.accepted.v1",
    )
    assert (accepted.data["member"], accepted.data["round_id"]) == ("10007", str(ROUND))
    (counted,) = await close_round(database)
    assert counted.data["demands"] == 1


async def test_what_passes_to_a_successor_or_joins_a_round_is_on_record(
    database: Database,
) -> None:
    await found(database)
    await admit(database, "10007")
    await submit(database, 4)
    await open_round(database)
    await merge(database)
    joined, passed_on = (await decided(database, "demand"))[1:]
    assert (joined["outcome"], joined["result"]["round"]) == ("joined", str(ROUND))
    assert (passed_on["outcome"], passed_on["result"]["member"]) == ("passed_on", "10007")
    assert passed_on["rules"][0]["source"].startswith("§ 77a GenG")


async def test_a_contract_of_the_successor_or_of_the_predecessor_prices_what_passed_on(
    database: Database,
) -> None:
    await found(database)
    await admit(database, "10007")
    tier = [{"threshold": 1, "unit_price": "899.00"}]
    for item, buyer in (("OURS", "10002"), ("THEIRS", "10007"), ("OTHERS", "10003")):
        terms = {"contract_reference": f"RV-{item}", "basis": "quantity", "mode": "all_units"}
        await offer(database, item, offers=[{**terms, "tiers": tier, "buyers": [buyer]}])
    for number, item in ((4, "OURS"), (5, "THEIRS"), (6, "OTHERS")):
        await submit(database, number, item=item)
    marks = {s.data["item"]: s.data["without_contract"] for s in await merge(database)}
    assert marks == {"OURS": False, "THEIRS": False, "OTHERS": True}
