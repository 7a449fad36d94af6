"""A bill is divided to the last unit, by whatever rule, or the rule's figures are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.kit.errors import Invalid
from sycee.products.wallet.people.splits.model import Bill, Item, Rule, divide

totals = st.integers(1, 10**9)


@given(totals, st.integers(1, 50))
def test_equal_parts_sum_to_the_bill_and_differ_by_one_unit_at_most(total: int, parts: int):
    made = divide(Bill(Rule.EQUAL, total, parts))
    assert sum(made) == total
    assert max(made) - min(made) <= 1


@given(totals, st.lists(st.integers(0, 10_000), min_size=1, max_size=50).filter(any))
def test_parts_by_shares_sum_to_the_bill_and_nobody_pays_for_nothing(total: int, weights):
    made = divide(Bill(Rule.SHARES, total, len(weights), tuple(weights)))
    assert sum(made) == total
    assert all(part == 0 for part, weight in zip(made, weights, strict=True) if weight == 0)
    whole = sum(weights)
    for part, weight in zip(made, weights, strict=True):
        assert abs(part * whole - total * weight) < whole


@given(st.data())
def test_parts_by_items_sum_to_the_bill_with_its_tip(data: st.DataObject):
    parts = data.draw(st.integers(1, 8))
    places = st.lists(st.integers(0, parts - 1), min_size=1, max_size=parts, unique=True)
    item = st.builds(Item, st.integers(1, 10**6), places.map(tuple))
    items = tuple(data.draw(st.lists(item, min_size=1, max_size=12)))
    tip = data.draw(st.integers(0, 10**5))
    total = sum(each.amount_minor for each in items) + tip
    made = divide(Bill(Rule.ITEMS, total, parts, items=items, tip_minor=tip))
    assert sum(made) == total
    eaters = {place for each in items for place in each.places}
    assert all(made[place] == 0 for place in range(parts) if place not in eaters)


def test_whoever_had_more_bears_more_of_the_tip():
    items = (Item(3_000, (0,)), Item(1_000, (1,)), Item(2_000, (0, 1)))
    assert divide(Bill(Rule.ITEMS, 6_600, 2, items=items, tip_minor=600)) == [4_400, 2_200]


@pytest.mark.parametrize(
    ("field", "bill"),
    [
        ("amounts", Bill(Rule.EXACT, 100, 2, amounts=(50, 49))),
        ("amounts", Bill(Rule.EXACT, 100, 2, amounts=(100,))),
        ("shares", Bill(Rule.SHARES, 100, 2, weights=(0, 0))),
        ("shares", Bill(Rule.SHARES, 100, 2, weights=(1,))),
        ("items", Bill(Rule.ITEMS, 100, 2, items=(Item(90, (0,)),))),
        ("items", Bill(Rule.ITEMS, 100, 2, items=(Item(100, ()),))),
        ("items", Bill(Rule.ITEMS, 100, 2, items=(Item(100, (2,)),))),
        ("items", Bill(Rule.ITEMS, 100, 2, items=(Item(100, (0, 0)),))),
        ("items", Bill(Rule.ITEMS, 100, 2)),
        ("items", Bill(Rule.ITEMS, 100, 2, items=(Item(100, (0, 2)),))),
        ("items", Bill(Rule.ITEMS, 100, 2, items=(Item(100, (-1,)),))),
        ("items", Bill(Rule.ITEMS, 100, 2, tip_minor=100)),
        ("total_minor", Bill(Rule.EQUAL, 0, 2)),
    ],
)
def test_figures_that_do_not_fit_the_bill_are_refused_by_field(field: str, bill: Bill):
    with pytest.raises(Invalid) as refused:
        divide(bill)
    assert refused.value.field == field


def test_exact_amounts_are_the_parts():
    assert divide(Bill(Rule.EXACT, 100, 3, amounts=(70, 0, 30))) == [70, 0, 30]
