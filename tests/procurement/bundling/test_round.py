"""A round on paper: what it costs, who pays, who goes without and why."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from services.procurement.bundling import (
    BadRound,
    Line,
    Plan,
    Reason,
    Tier,
    apportion,
    near_minimums,
    plan_round,
)
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


def test_a_contract_below_its_minimum_says_what_is_missing_and_what_it_would_bring() -> None:
    lines = [a_line(1, "10001", 18), a_line(2, "10002", 6, item="PC")]
    tiers = (Tier(1, {"NB": 90, "PC": 50}),)
    found = plan(lines, a_contract(1), a_contract(2, tiers=tiers, minimum_pieces=28))

    [minimum] = found.minimums
    assert (minimum.contract, minimum.basis) == ("RV-2", "quantity")
    assert (minimum.reached, minimum.minimum, minimum.missing) == (24, 28, 4)
    assert (minimum.unserved, minimum.saving_cents, minimum.served_cents) == (6, 180, 1800)
    assert near_minimums(found.minimums) == [minimum]
    assert not near_minimums([replace(minimum, missing=6)])


def test_of_equally_cheap_plans_the_one_with_fewest_call_offs_is_taken() -> None:
    both = Tier(1, {"NB": 100, "PC": 50})
    single = [
        a_contract(1, tiers=(Tier(1, {"NB": 100}),)),
        a_contract(2, tiers=(Tier(1, {"PC": 50}),)),
    ]
    lines = [a_line(1), a_line(2, item="PC"), a_line(3, "10002", item="PC")]
    found = plan(lines, *single, a_contract(3, tiers=(both,)))

    assert {award.contract for award in found.awards} == {"RV-3"}


@pytest.mark.parametrize("first", ["NB", "PC"])
def test_of_equally_cheap_equivalents_the_one_named_first_is_taken(first: str) -> None:
    other = {"NB": "PC", "PC": "NB"}[first]
    line = a_line(item=first, equivalents=(other,))
    found = plan([line], a_contract(tiers=(Tier(1, {"NB": 100, "PC": 100}),)))

    assert [(award.item, award.quantity) for award in found.awards] == [(first, 10)]


def test_a_line_that_is_wanted_after_its_last_day_is_refused() -> None:
    line = a_line(earliest=TODAY + timedelta(2), latest=TODAY + timedelta(1))
    with pytest.raises(BadRound, match="L001: earliest 2026-04-02 is after latest 2026-04-01"):
        plan([line], a_contract())


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


def test_a_round_with_fees_and_incremental_tiers_can_be_recomputed_from_its_texts() -> None:
    lines = [a_line(1, "10001", 12), a_line(2, "10002", 18, place="Hof"), a_line(3, "10002", 5)]
    fees = {"call_off_fee_cents": 9_999, "place_fee_cents": 700}
    offer = a_contract(1, [(1, 10_000), (21, 9_000)], mode="incremental", **fees)
    found = plan(lines, offer, a_contract(2, [(1, 9_999)]))
    assert {award.contract for award in found.awards} == {"RV-1"}

    told = [WITH_FEES.search(award.explanation) for award in found.awards]
    assert all(told), found.awards[0].explanation
    figures = [[cents(figure) for figure in t.groups() if figure] for t in told if t]
    everything = sum(pieces for pieces, *_ in figures)
    by_place: dict[str, int] = {}
    for award, (pieces, unit, first, from_, last, extra, share, goods, own, fee, *rest) in zip(
        found.awards, figures, strict=True
    ):
        called, place_fee, of_order = rest[0], rest[-2], rest[-1]
        assert goods == pieces * unit == pieces * last
        assert extra == (from_ - 1) * (first - last)
        assert abs(own - extra * pieces / everything) < 1
        assert abs(fee - (called + place_fee) * (goods + own) / of_order) < 1
        assert share == goods + own + fee == award.share_cents
        by_place[award.place] = called
    assert sum(by_place.values()) == 9_999
    assert sum(f[6] for f in figures) == found.total_cents
    assert found.total_cents == 20 * 10_000 + 15 * 9_000 + 9_999 + 3 * 700

    shared = [SHARED.search(member.explanation) for member in found.members]
    assert all(shared), found.members[0].explanation
    told_cents = [list(map(cents, text.groups())) for text in shared if text]
    for member, read in zip(found.members, told_cents, strict=True):
        total, worth, whole, alone, share, invoiced, balance = read
        assert (total, share, alone) == (found.total_cents, member.share_cents, member.alone_cents)
        assert abs(share - min(alone, total * worth / whole)) <= 1
        assert share == invoiced + balance
        assert invoiced == sum(f[6] for a, f in zip(found.awards, figures, strict=True)
                               if a.member == member.member)  # fmt: skip


WITH_FEES = re.compile(
    r"^(\d+) Stück über RV-1 zu (\S+) € .*\(zuerst (\S+) €, ab (\d+) Stück (\S+) €\): zusammen "
    r"(\S+) € Aufschlag, geteilt nach Warenwert\..* Anteil an der Rechnung (\S+) € \(Ware (\S+) €, "
    r"Aufschlag (\S+) €, Gebühren (\S+) € nach Warenwert, von (\S+) € für den Abruf "
    r"\(insgesamt (\S+) €\) und (\S+) € für den Lieferort auf (\S+) € dieser Bestellung\);"
)
SHARED = re.compile(
    r"^Alle Rechnungen zusammen sind (\S+) €\. .* Runde (\S+) € von (\S+) € wert; .*"
    r"\(hier (\S+) €\)\. .*Das ergibt (\S+) €: (\S+) € aus den Bestellungen, (\S+) € Ausgleich"
)


def cents(euros: str) -> int:
    """A figure of a text, in cents."""
    return int(euros.replace(".", "").replace(",", ""))
