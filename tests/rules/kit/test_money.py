"""Money: whole minor units, decimals read exactly, divisions that conserve the sum."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.kit import money
from sycee.kit.errors import Invalid

amounts = st.integers(0, money.MAX_MINOR)
currencies = st.sampled_from(sorted(money.EXPONENT))


def test_the_web_writes_every_currency_with_as_many_decimals() -> None:
    text = (Path(__file__).parents[3] / "web" / "shared" / "money.ts").read_text()
    rows = re.findall(r"^  (\d): '([A-Z ]+)',$", text, re.M)
    said = {currency: int(digits) for digits, row in rows for currency in row.split()}
    assert said == {name: digits for name, digits in money.EXPONENT.items() if digits != 2}


@given(amounts, currencies)
def test_a_decimal_survives_the_way_there_and_back(amount: int, currency: str) -> None:
    assert money.parse_major(money.format_major(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.34", "CNY", 1234),
        ("0.01", "CNY", 1),
        ("7", "JPY", 7),
        ("1.5", "CNY", 150),
        ("1.234", "KWD", 1234),
        ("0", "CNY", 0),
        ("2.50", "XCG", 250),  # the Caribbean guilder, listed for 31 March 2025
        ("90071992547409.92", "CNY", 2**53),
    ],
)
def test_a_decimal_is_read_in_the_currencys_minor_units(
    text: str, currency: str, minor: int
) -> None:
    assert money.parse_major(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    [
        *("", "-1", "+1", "1.", ".5", "1e3", "01", " 1", "1 ", "1,0", "0x1", "NaN", "1.234", "١"),
        *("90071992547409.93", "1" * 17),
    ],
)
def test_anything_but_a_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        money.parse_major(text, "CNY", field="total_amount")
    assert refusal.value.field == "total_amount"


@pytest.mark.parametrize("amount", [0, -1, 2**53 + 1, True, 1.5, "5"])
def test_an_amount_outside_its_range_is_refused(amount: object) -> None:
    with pytest.raises(Invalid):
        money.check_amount(amount)  # pyright: ignore[reportArgumentType]


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(Invalid):
        money.check_currency("XXX")


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=50).filter(any))
def test_a_weighted_split_conserves_the_sum_and_strays_by_less_than_one_unit(
    total: int, weights: list[int]
) -> None:
    parts = money.split_by_weights(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(amounts, st.integers(1, 1000))
def test_an_even_split_differs_by_at_most_one_unit(total: int, n: int) -> None:
    parts = money.split_evenly(total, n)
    assert sum(parts) == total
    assert max(parts) - min(parts) <= 1
    assert parts == sorted(parts, reverse=True)


@pytest.mark.parametrize("weights", [[], [0, 0], [-1, 2]])
def test_a_split_by_nothing_is_an_error(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        money.split_by_weights(10, weights)


@given(amounts, st.integers(0, 10_000))
def test_a_share_is_rounded_half_up_and_never_exceeds_the_whole(amount: int, bps: int) -> None:
    share = money.share_bps(amount, bps)
    assert 0 <= share <= amount
    assert abs(2 * (share * 10_000 - amount * bps)) <= 10_000


@pytest.mark.parametrize(
    ("amount", "bps", "share"),
    [(1, 5_000, 1), (1, 4_999, 0), (3, 5_000, 2), (1_999, 25, 5), (7, 10_000, 7), (7, 0, 0)],
)
def test_half_a_unit_of_a_share_goes_up(amount: int, bps: int, share: int) -> None:
    assert money.share_bps(amount, bps) == share


@pytest.mark.parametrize("bps", [-1, 10_001])
def test_a_share_of_less_than_nothing_or_more_than_all_is_an_error(bps: int) -> None:
    with pytest.raises(ValueError, match="bps"):
        money.share_bps(100, bps)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(-1_234, "CNY", "-12.34"), (-5, "CNY", "-0.05"), (-5, "JPY", "-5"), (5, "KWD", "0.005")],
)
def test_what_is_owed_is_written_with_its_sign(amount: int, currency: str, text: str) -> None:
    assert money.format_major(amount, currency) == text


def test_the_odd_unit_goes_to_the_largest_remainder_and_of_two_to_the_first() -> None:
    assert money.split_by_weights(10, [1, 1, 1]) == [4, 3, 3]
    assert money.split_by_weights(10, [1, 2, 4]) == [1, 3, 6]
    assert money.split_by_weights(0, [1, 0]) == [0, 0]
    with pytest.raises(ValueError, match="total"):
        money.split_by_weights(-1, [1, 1])
