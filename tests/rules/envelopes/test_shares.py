"""Shares: exact, never empty, fair to every place, and the same for whoever computes them."""

from __future__ import annotations

import hashlib
import math
import os
import secrets
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.products.envelopes.model import shares
from sycee.products.envelopes.model.shares import Kind, split, unshuffled

ENVELOPES = 1_000_000
COUNT, AMOUNT = 5, 1_000
CHI_SQUARE_4 = 33.377
"""Beyond this a chi-square with four degrees of freedom falls once in a million."""

kinds = st.sampled_from(Kind)


@given(st.binary(min_size=32, max_size=32), kinds, st.integers(1, 60), st.integers(0, 10**6))
def test_every_share_is_at_least_one_unit_and_the_sum_is_exact(seed, kind, count, more):
    fixed = split(seed, kind, count + more, count)
    assert len(fixed) == count
    assert sum(fixed) == count + more
    assert min(fixed) >= 1


@given(st.binary(min_size=32, max_size=32), st.integers(1, 60), st.integers(0, 10**6))
def test_equal_shares_differ_by_one_unit_at_most(seed, count, more):
    fixed = split(seed, Kind.EQUAL, count + more, count)
    assert max(fixed) - min(fixed) <= 1


def test_one_yuan_in_eighteen_equal_shares_leaves_nobody_with_less_than_nothing():
    fixed = split(bytes(32), Kind.EQUAL, 100, 18)
    assert sorted(fixed) == [5] * 8 + [6] * 10


def test_as_many_shares_as_units_gives_one_to_each():
    assert split(bytes(32), Kind.LUCKY, 9, 9) == [1] * 9


def test_the_shares_of_a_seed_are_those_that_are_published():
    """Computed by hand of the description: anyone's verifier must come to the same."""
    seed = bytes(range(32))
    told = [plain(seed, kind, 10_000, 10) for kind in Kind]
    assert [split(seed, kind, 10_000, 10) for kind in Kind] == told
    made = shares.commitment(seed, UUID(int=7), Kind.LUCKY, 10_000, "CNY", 10)
    parameters = b'{"amount_minor":10000,"currency":"CNY","kind":"lucky","shares":10}'
    assert made == hashlib.sha256(seed + UUID(int=7).bytes + parameters).digest()


def plain(seed: bytes, kind: Kind, amount: int, count: int) -> list[int]:
    """The description again, written the slow way."""
    words: list[int] = []
    for i in range(100):
        block = hashlib.sha256(seed + b"sycee envelope" + i.to_bytes(8, "big")).digest()
        words += [int.from_bytes(block[n : n + 8], "big") for n in (0, 8, 16, 24)]

    def below(n: int) -> int:
        while (word := words.pop(0)) >= 2**64 - 2**64 % n:
            pass
        return word % n

    made = []
    left = amount
    if kind is Kind.EQUAL:
        made = [amount // count + (n < amount % count) for n in range(count)]
    else:
        for k in range(count, 1, -1):
            most = min(2 * left // k - 1, left - (k - 1))
            made.append(1 + below(most) if most > 1 else 1)
            left -= made[-1]
        made.append(left)
    for last in range(count - 1, 0, -1):
        other = below(last + 1)
        made[last], made[other] = made[other], made[last]
    return made


def chi_square(counts: list[int]) -> float:
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


def luckiest(fixed: list[int]) -> int:
    """The place of the largest share; of several, any with the same chance."""
    most = max(fixed)
    if fixed.count(most) == 1:
        return fixed.index(most)
    return secrets.choice([place for place, share in enumerate(fixed) if share == most])


def deviation(amount: int, count: int) -> float:
    """The standard deviation of a shuffled share in theory: every way to draw, with its chance.

    After the shuffle each place is any of the draws with the same chance, so its variance is the
    mean of the draws' squares less the square of the mean.
    """
    chances, squares = {amount: 1.0}, 0.0
    for k in range(count, 1, -1):
        after: dict[int, float] = {}
        for left, chance in chances.items():
            most = max(1, min(2 * left // k - 1, left - (k - 1)))
            for share in range(1, most + 1):
                after[left - share] = after.get(left - share, 0.0) + chance / most
                squares += chance / most * share * share
        chances = after
    squares += sum(chance * left * left for left, chance in chances.items())
    return math.sqrt(squares / count - (amount / count) ** 2)


def test_the_theory_is_that_of_a_split_one_can_count():
    """Four units for two: the first draw is 1, 2 or 3, so a share is each of them once in three."""
    assert math.isclose(deviation(4, 2), math.sqrt((1 + 4 + 9) / 3 - 4))


def test_every_place_has_the_same_chance_of_the_best_luck_and_the_old_way_had_not():
    """A million envelopes, a fresh seed each run: fails by chance once in a million runs."""
    base = secrets.token_bytes(16)
    best, sums, squares = [0] * COUNT, [0] * COUNT, [0] * COUNT
    for n in range(ENVELOPES):
        fixed = split(base + n.to_bytes(16, "big"), Kind.LUCKY, AMOUNT, COUNT)
        best[luckiest(fixed)] += 1
        for place, share in enumerate(fixed):
            sums[place] += share
            squares[place] += share * share
    assert chi_square(best) < CHI_SQUARE_4, best
    deviations = [
        math.sqrt(squares[p] / ENVELOPES - (sums[p] / ENVELOPES) ** 2) for p in range(COUNT)
    ]
    theory = deviation(AMOUNT, COUNT)
    assert all(abs(each - theory) < 0.01 * theory for each in deviations), (theory, deviations)
    error = theory / math.sqrt(ENVELOPES)  # of a mean; one of five passes six of it in 1e-8 of runs
    assert all(abs(total / ENVELOPES - AMOUNT / COUNT) < 6 * error for total in sums)


def test_the_same_test_rejects_the_double_mean_split_without_the_shuffle():
    base = os.urandom(16)
    best = [0] * COUNT
    for n in range(50_000):
        stream = shares._Stream(base + n.to_bytes(16, "big"))
        fixed = unshuffled(stream.below, Kind.LUCKY, AMOUNT, COUNT)
        best[luckiest(fixed)] += 1
    assert chi_square(best) > CHI_SQUARE_4, best


@pytest.mark.parametrize("n", [3, 7, 10, 1_000])
def test_numbers_below_n_are_equally_likely(n: int):
    stream = shares._Stream(secrets.token_bytes(32))
    counts = [0] * n
    for _ in range(200 * n):
        counts[stream.below(n)] += 1
    assert chi_square(counts) < n + 8 * math.sqrt(2 * n) + 30
