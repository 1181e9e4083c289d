"""A round on paper: what it costs, who pays, who goes without and why."""

import re
from datetime import timedelta

import pytest

from services.procurement.bundling import BadRound, Line, Plan, Reason, Tier, apportion, plan_round
from tests.procurement.bundling.rounds import TODAY, a_contract, a_line


def plan(lines: list[Line], *contracts: object) -> Plan:
    return plan_round(lines, contracts, on=TODAY)  # type: ignore[arg-type]


def test_members_reach_together_the_tier_that_none_reaches_alone() -> None:
    lines = [a_line(n, member=f"1000{n}", quantity=10) for n in (1, 2, 3)]
    found = plan(lines, a_contract(steps=[(1, 100), (30, 90)]))

    assert found.total_cents == 30 * 90
    assert [m.share_cents for m in found.members] == [900, 900, 900]
    assert [m.alone_cents for m in found.members] == [1000, 1000, 1000]
    assert found.certificate.proven
    assert found.certificate.rational


def test_demand_moves_to_the_dearer_list_price_when_its_tier_pays() -> None:
    lines = [a_line(n, member=f"1000{n}", quantity=10) for n in (1, 2)]
    found = plan(lines, a_contract(1), a_contract(2, steps=[(1, 110), (20, 80)]))

    assert {o.contract for o in found.orders} == {"RV-2"}
    assert found.total_cents == 1600


def test_a_call_off_fee_is_shared_over_the_places() -> None:
    lines = [a_line(n, member=f"1000{n}", quantity=n) for n in (1, 2)]
    found = plan(lines, a_contract(call_off_fee_cents=100, place_fee_cents=7))

    assert [(o.fee_cents, o.total_cents) for o in found.orders] == [(40, 140), (74, 274)]


def test_a_turnover_tier_counts_months_at_list_price() -> None:
    line = a_line(quantity=5, months=12)
    steps = [(0, 100), (6000, 90)]
    assert plan([line], a_contract(steps=steps, basis="turnover")).total_cents == 5 * 12 * 90


def test_an_incremental_tier_lowers_only_what_lies_beyond_it() -> None:
    found = plan([a_line(quantity=12)], a_contract(steps=[(1, 100), (11, 80)], mode="incremental"))

    assert found.total_cents == 10 * 100 + 2 * 80
    (line,) = found.orders[0].lines
    assert (line.unit_cents, line.surplus_cents, line.amount_cents) == (80, 200, 1160)


def test_scarce_pieces_are_split_in_proportion_not_first_come() -> None:
    lines = [a_line(1, "10001", 30), a_line(2, "10002", 10)]
    found = plan(lines, a_contract(remaining_pieces=20))

    assert [(a.member, a.quantity) for a in found.awards] == [("10001", 15), ("10002", 5)]
    assert {u.reason for u in found.unfilled} == {Reason.EXHAUSTED}


def test_the_second_rank_waits_until_the_first_is_exhausted() -> None:
    first = a_contract(1, [(1, 100)], cascade="NB", rank=1, remaining_pieces=6)
    second = a_contract(2, [(1, 50)], cascade="NB", rank=2)
    found = plan([a_line(quantity=10)], first, second)

    assert [(a.contract, a.quantity) for a in found.awards] == [("RV-1", 6), ("RV-2", 4)]


@pytest.mark.parametrize(
    ("line", "contract", "reason"),
    [
        ({"item": "ZZ"}, {}, Reason.NO_OFFER),
        ({}, {"valid_until": TODAY - timedelta(1)}, Reason.NOT_VALID),
        ({}, {"entitled": frozenset({"10002"})}, Reason.NOT_ENTITLED),
        ({"latest": TODAY}, {"lead_days": 1}, Reason.TOO_LATE),
        ({"ceiling_cents": 99}, {}, Reason.PRICE_CEILING),
        ({}, {"remaining_pieces": 0}, Reason.EXHAUSTED),
        ({}, {"minimum_pieces": 11}, Reason.BELOW_MINIMUM),
        ({}, {"pack": {"NB": 20}}, Reason.PACK),
    ],
)
def test_what_cannot_be_served_names_its_reason(
    line: dict[str, object], contract: dict[str, object], reason: Reason
) -> None:
    found = plan([a_line(**line)], a_contract(**contract))  # type: ignore[arg-type]

    assert [(u.quantity, u.reason) for u in found.unfilled] == [(10, reason)]
    assert found.unfilled[0].explanation
    assert not found.awards


def test_equal_input_in_any_order_gives_an_equal_plan() -> None:
    lines = [a_line(n, member=f"1000{n % 3}", quantity=n) for n in range(1, 9)]
    contracts = [a_contract(n, [(1, 100 + n), (20, 95 - n)]) for n in (1, 2)]
    there, back = plan(lines, *contracts), plan(lines[::-1], *contracts[::-1])

    assert there == back
    assert there.fingerprint == back.fingerprint


def test_an_empty_round_is_an_empty_plan() -> None:
    assert plan([]).total_cents == 0


@pytest.mark.parametrize(
    "contract",
    [
        a_contract(steps=[(5, 100)]),
        a_contract(steps=[(1, 100), (1, 90)]),
        a_contract(steps=[(1, 100), (10, 101)]),
        a_contract(tiers=(Tier(1, {"NB": 1}), Tier(2, {"PC": 1}))),
        a_contract(rank=1),
        a_contract(remaining_cents=-1),
    ],
)
def test_a_contradictory_contract_is_refused(contract: object) -> None:
    with pytest.raises(BadRound, match="RV-1"):
        plan([a_line()], contract)


def test_shares_are_split_to_the_cent_with_ties_to_the_smaller_key() -> None:
    assert apportion(100, {"b": 1, "a": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}
    assert apportion(-1, {"a": 1, "b": 1}) == {"a": -1, "b": 0}


def test_a_round_can_be_recomputed_by_hand_from_its_texts() -> None:
    lines = [a_line(1, "10001", 12), a_line(2, "10002", 18), a_line(3, "10003", 5)]
    found = plan(lines, a_contract(1, [(1, 10_000), (30, 9_000)]), a_contract(2, [(1, 9_900)]))

    total = 0
    for award in found.awards:
        told = FIGURES.fullmatch(award.explanation)
        assert told, award.explanation
        pieces, unit, together, from_, percent, listed, other, part, alone = told.groups()
        assert int(together) == sum(line.quantity for line in lines) >= int(from_)
        assert cents(part) == int(pieces) * cents(unit)
        assert float(percent.replace(",", ".")) == 100 * (cents(listed) - cents(unit)) / cents(
            listed
        )
        assert cents(alone) == int(pieces) * min(cents(listed), cents(other))
        total += cents(part)
    assert total == found.total_cents


FIGURES = re.compile(
    r"(\d+) Stück über RV-1 zu (\S+) € je Stück\. Gemeinsam \((\d+) Stück\) ist die Staffel ab "
    r"(\d+) Stück erreicht: (\S+) % unter dem Listenpreis von (\S+) €\. RV-2 käme auf (\S+) €\. "
    r"Anteil an der Rechnung (\S+) €; allein wären es (\S+) €\."
)


def cents(euros: str) -> int:
    """A figure of a text, in cents."""
    return int(euros.replace(".", "").replace(",", ""))
