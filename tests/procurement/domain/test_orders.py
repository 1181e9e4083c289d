"""KID's answer, deliveries and invoice: what is possible, and what a member pays."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.procurement.domain import orders
from services.procurement.domain.costs import costs, final_balances
from services.procurement.domain.money import apportion, vat_of
from shared.refusal import Refused
from tests.procurement.builders import TODAY, an_order, an_order_line


def answered(order: orders.Order, how: str = "accepted", *pieces: int) -> orders.Order:
    """The order after an answer that names its lines in their order."""
    return orders.answer(
        order,
        how=how,  # type: ignore[arg-type]  # one of its words
        accepted=list(enumerate(pieces, 1)),
        deliver_on=None,
        reason=None if how == "accepted" else "abgekündigt",
    )


def invoiced(order: orders.Order, **other: Any) -> orders.Order:
    """The order after the invoice it expects."""
    values: dict[str, Any] = {
        "number": "RE-1",
        "net": order.net_accepted,
        "vat": vat_of(order.net_accepted, order.vat_rate),
        "invoiced_on": TODAY,
        "today": TODAY,
    }
    return orders.invoice(order, **values | other)


TWO = (an_order_line(1), an_order_line(2, member="10003", quantity=3))


def test_an_accepted_order_charges_each_line_its_share() -> None:
    order = answered(an_order(*TWO))
    assert [line.charged for line in order.lines] == [line.share for line in TWO]
    assert order.net_accepted == order.net


def test_a_refused_order_costs_nothing_not_even_its_fees() -> None:
    order = answered(an_order(*TWO, fees=900), "refused")
    assert (order.net_accepted, order.is_settled) == (0, True)
    assert [line.charged for line in order.lines] == [0, 0]


def test_a_partly_accepted_order_keeps_its_unit_price_and_bears_its_fees_whole() -> None:
    order = answered(an_order(an_order_line(share=10 * 82_900 + 900), fees=900), "partly", 4)
    assert order.net_accepted == 4 * 82_900 + 900
    assert order.lines[0].charged == order.net_accepted


def test_pieces_that_are_not_accepted_save_nothing() -> None:
    order = answered(an_order(an_order_line(alone=12 * 90_000)), "partly", 5)
    assert costs(order.lines).saving == 5 * (90_000 - 82_900)


@pytest.mark.parametrize(
    ("how", "pieces", "field"),
    [
        ("partly", [(1, 1)], "lines"),
        ("partly", [(1, 1), (1, 1), (2, 0)], "lines.1.line"),
        ("partly", [(1, 1), (2, 4)], "lines.1.accepted"),
        ("partly", [(1, 1), (2, 1), (3, 1)], "lines.2.line"),
        ("partly", [(1, 0), (2, 0)], "answer"),
        ("partly", [(1, 12), (2, 3)], "answer"),
        ("accepted", [(1, 12)], "lines"),
        ("refused", [(1, 0)], "lines"),
    ],
)
def test_an_answer_that_breaks_a_rule_is_refused_by_field(
    how: Any, pieces: list[tuple[int, int]], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        orders.answer(an_order(*TWO), how=how, accepted=pieces, deliver_on=None, reason="weil")
    assert [reason.field for reason in refusal.value.reasons] == [field]


def test_an_order_is_answered_once() -> None:
    with pytest.raises(Refused, match="await its answer"):
        answered(answered(an_order()))


def test_a_refusal_needs_a_reason() -> None:
    with pytest.raises(Refused, match="reason"):
        orders.answer(an_order(), how="refused", accepted=[], deliver_on=None, reason=None)


def test_a_delivery_cannot_be_promised_for_the_past() -> None:
    with pytest.raises(Refused, match="deliver_on"):
        orders.answer(
            an_order(),
            how="accepted",
            accepted=[],
            deliver_on=TODAY - timedelta(days=1),
            reason=None,
        )


def delivered(order: orders.Order, *pieces: tuple[int, int], days: int = 0) -> orders.Order:
    """The order after pieces arrived, today unless told."""
    return orders.deliver(
        order, pieces=pieces, delivered_on=TODAY + timedelta(days=days), today=TODAY
    )


def test_pieces_arrive_bit_by_bit_until_all_accepted_are_there() -> None:
    order = delivered(delivered(answered(an_order()), (1, 8)), (1, 4))
    assert (order.lines[0].delivered, order.lines[0].outstanding) == (12, 0)
    with pytest.raises(Refused, match="must not be above the 0"):
        delivered(order, (1, 1))


@pytest.mark.parametrize(
    ("pieces", "field"),
    [
        ([(9, 1)], "lines.0.line"),
        ([(1, 1), (1, 1)], "lines.1.line"),
        ([(1, 13)], "lines.0.quantity"),
    ],
)
def test_a_delivery_that_breaks_a_rule_is_refused_by_field(
    pieces: list[tuple[int, int]], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        delivered(answered(an_order()), *pieces)
    assert [reason.field for reason in refusal.value.reasons] == [field]


@pytest.mark.parametrize("days", [-1, 1])
def test_a_delivery_before_the_order_or_in_the_future_is_refused(days: int) -> None:
    with pytest.raises(Refused, match="delivered_on"):
        delivered(answered(an_order()), (1, 1), days=days)


@pytest.mark.parametrize("order", [an_order(), answered(an_order(), "refused")])
def test_only_an_accepted_order_is_delivered_and_invoiced(order: orders.Order) -> None:
    with pytest.raises(Refused, match="order_id"):
        delivered(order, (1, 1))
    with pytest.raises(Refused, match="order_id"):
        invoiced(order)


def test_an_invoice_is_refused_with_the_sums_expected() -> None:
    with pytest.raises(Refused, match=r"must be 9948\.00.*must be 1890\.12: 19\.00 %"):
        invoiced(answered(an_order()), net=1, vat=1)


def test_an_order_is_invoiced_once() -> None:
    with pytest.raises(Refused, match="not invoiced"):
        invoiced(invoiced(answered(an_order())))


def test_goods_may_arrive_after_their_invoice() -> None:
    order = delivered(invoiced(answered(an_order())), (1, 12))
    assert (order.state, order.lines[0].outstanding) == ("invoiced", 0)


@st.composite
def answers(draw: st.DrawFn) -> orders.Order:
    """An order of several members with fees and any shares that sum to it, answered anyhow."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(1, 40),
                st.integers(0, 300_000),
                st.sampled_from([None, 12, 48]),
                st.integers(0, 10**6),
                st.sampled_from(["10001", "10002", "10003"]),
            ),
            min_size=1,
            max_size=8,
        )
    )
    fees = draw(st.integers(0, 9_999))
    net = sum(quantity * cents * (months or 1) for quantity, cents, months, _, _ in drawn) + fees
    shares = apportion(net, {at: weight for at, (*_, weight, _) in enumerate(drawn, 1)})
    order = an_order(
        *(
            an_order_line(
                at,
                quantity=quantity,
                unit_cents=cents,
                months=months,
                member=member,
                share=shares[at],
            )
            for at, (quantity, cents, months, _, member) in enumerate(drawn, 1)
        ),
        fees=fees,
        vat_rate=draw(st.sampled_from([0, 700, 1900])),
    )
    pieces = [draw(st.integers(0, line.quantity)) for line in order.lines]
    if not any(pieces):
        return answered(order, "refused")
    if all(line.quantity == count for line, count in zip(order.lines, pieces, strict=True)):
        return answered(order)
    return answered(order, "partly", *pieces)


@given(answers())
def test_members_together_pay_what_kid_invoices_to_the_cent(order: orders.Order) -> None:
    assert sum(line.charged or 0 for line in order.lines) == order.net_accepted
    if order.state == "refused":
        return
    settled = invoiced(order)
    paid = [costs(lines) for lines in settled.lines_by_member().values()]
    assert sum(cost.net for cost in paid) == order.net_accepted
    assert sum(cost.vat for cost in paid) == vat_of(order.net_accepted, order.vat_rate)


@given(answers(), st.data())
def test_what_arrives_never_exceeds_what_was_accepted(
    order: orders.Order, data: st.DataObject
) -> None:
    if order.state == "refused":
        return
    for _ in range(4):
        pieces = data.draw(
            st.dictionaries(
                st.sampled_from([line.line for line in order.lines]), st.integers(1, 40), max_size=3
            )
        )
        too_many = any(
            count > line.outstanding for line in order.lines for count in [pieces.get(line.line, 0)]
        )
        try:
            order = delivered(order, *pieces.items())
        except Refused:
            assert too_many
        else:
            assert not too_many
    assert all(0 <= line.outstanding <= (line.accepted or 0) for line in order.lines)


@given(
    st.integers(0, 10**9),
    st.dictionaries(st.integers(1, 99), st.integers(0, 10**6), min_size=1).filter(
        lambda weights: any(weights.values())
    ),
)
def test_shares_sum_to_the_whole_and_differ_from_proportion_by_less_than_a_cent(
    total: int, weights: dict[int, int]
) -> None:
    shares = apportion(total, weights)
    whole = sum(weights.values())
    assert sum(shares.values()) == total
    assert all(abs(shares[key] * whole - total * weights[key]) < whole for key in weights)


@pytest.mark.parametrize(("total", "weights"), [(1, {}), (-1, {1: 1}), (1, {1: -1})])
def test_what_cannot_be_shared_is_an_error(total: int, weights: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot share"):
        apportion(total, weights)


def test_a_surplus_of_incremental_tiers_shrinks_with_the_pieces_accepted() -> None:
    line = an_order_line(amount=12 * 82_900 + 600, share=12 * 82_900 + 600)
    order = answered(an_order(line), "partly", 6)
    assert order.net_accepted == 6 * 82_900 + 300


@st.composite
def balances(draw: st.DrawFn) -> dict[str, int]:
    """Balances between some members that sum to zero."""
    drawn = draw(st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=9))
    return {f"{10001 + at}": cents for at, cents in enumerate([*drawn, -sum(drawn)])}


@given(balances(), st.data())
def test_balances_shrink_with_what_was_accepted_and_still_sum_to_zero(
    agreed: dict[str, int], data: st.DataObject
) -> None:
    kept = {member: data.draw(st.fractions(0, 1, max_denominator=50)) for member in agreed}
    final = final_balances(agreed, kept)
    assert sum(final.values()) == 0
    for member, cents in final.items():
        assert cents * agreed[member] >= 0
        assert abs(cents) < abs(agreed[member]) * kept[member] + 1


@given(balances())
def test_balances_stay_as_agreed_where_all_was_accepted(agreed: dict[str, int]) -> None:
    assert final_balances(agreed, dict.fromkeys(agreed, Fraction(1))) == agreed
