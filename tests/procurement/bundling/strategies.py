"""Small random rounds with every kind of contract rule."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal

from hypothesis import strategies as st

from services.procurement.bundling import Contract, Line, Tier
from tests.procurement.bundling.rounds import TODAY

ITEMS = ("A", "B")
BASES: list[Literal["quantity", "turnover"]] = ["quantity", "turnover"]
MODES: list[Literal["all_units", "incremental"]] = ["all_units", "all_units", "incremental"]
SCOPES: list[Literal["contract", "item"]] = ["contract", "item"]


@st.composite
def contracts(draw: st.DrawFn, number: int, *, always_open: bool = False) -> Contract:
    """A contract over one or two items with some of the rules there are.

    An open one serves every line in full.
    """
    items = ITEMS if always_open else draw(st.sampled_from([("A",), ("B",), ITEMS]))
    basis = draw(st.sampled_from(BASES))
    mode = draw(st.sampled_from(MODES))
    scope = draw(st.sampled_from(SCOPES))
    prices = {i: draw(st.integers(5, 20)) * 10 for i in items}
    tiers = [Tier(1 if basis == "quantity" else 0, dict(prices))]
    lo, whole = 1, 100
    for _ in range(draw(st.integers(0, 2))):
        lo += draw(st.integers(1, 4)) * (1 if basis == "quantity" else 150)
        if mode == "incremental" and basis == "quantity":
            step = draw(st.integers(1, 20))
            prices = {i: p - step for i, p in prices.items()}
        else:
            whole -= draw(st.sampled_from([10, 20, 30]))
            prices = {i: tiers[0].unit_cents[i] * whole // 100 for i in items}
        tiers.append(Tier(lo, prices))
    limits = [] if always_open else ["cap", "value", "lot", "least", "pack"]
    rules = draw(st.lists(st.sampled_from(["fee", "place", *limits]), max_size=2, unique=True))
    today = [TODAY - timedelta(1), TODAY, TODAY + timedelta(1)]
    return Contract(
        f"C{number}",
        tuple(tiers),
        basis=basis,
        mode=mode,
        scope=scope,
        call_off_fee_cents=draw(st.integers(1, 60)) if "fee" in rules else 0,
        place_fee_cents=draw(st.integers(1, 60)) if "place" in rules else 0,
        remaining_pieces=draw(st.integers(0, 6)) if "cap" in rules else None,
        remaining_cents=draw(st.integers(0, 800)) if "value" in rules else None,
        remaining_by_item={items[0]: draw(st.integers(0, 4))} if "lot" in rules else {},
        minimum_pieces=draw(st.integers(0, 5)) if "least" in rules else 0,
        minimum_cents=draw(st.integers(0, 500)) if "least" in rules else 0,
        pack={items[0]: draw(st.integers(2, 3))} if "pack" in rules else {},
        lead_days=draw(st.sampled_from([0, 0, 10])),
        valid_from=None if always_open else draw(st.sampled_from([None, None, None, *today])),
        valid_until=None if always_open else draw(st.sampled_from([None, None, None, *today])),
        entitled=None if always_open else draw(st.sampled_from([None, None, frozenset({"m1"})])),
    )


@st.composite
def line(draw: st.DrawFn, number: int) -> Line:
    """A line of one of two members with some of the wishes there are."""
    item = draw(st.sampled_from(ITEMS))
    member = draw(st.sampled_from(["m1", "m2"]))
    quantity = draw(st.integers(1, 4))
    return Line(
        f"L{number}",
        member,
        item,
        quantity,
        place=draw(st.sampled_from([f"place {member}", "depot"])),
        latest=draw(st.sampled_from([None, None, *(TODAY + timedelta(n) for n in (5, 10))])),
        ceiling_cents=draw(st.sampled_from([None, None, 90, 140])),
        equivalents=draw(st.sampled_from([(), (), ("B" if item == "A" else "A",)])),
        minimum=draw(st.sampled_from([None, None, 1, quantity])),
        months=draw(st.sampled_from([None, None, None, 1, 3])),
    )


@st.composite
def rounds(draw: st.DrawFn) -> tuple[list[Line], list[Contract]]:
    """Up to three lines and contracts; sometimes the contracts are a cascade."""
    lines = [draw(line(n)) for n in range(draw(st.integers(1, 3)))]
    offers = [draw(contracts(n)) for n in range(draw(st.integers(1, 4 - min(2, len(lines)))))]
    if len(offers) > 1 and draw(st.sampled_from([False, False, True])):
        ranks = draw(st.permutations(range(1, len(offers) + 1)))
        offers = [replace(c, cascade="K", rank=r) for c, r in zip(offers, ranks, strict=True)]
    return lines, offers
