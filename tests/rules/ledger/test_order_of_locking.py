"""Accounts are locked in order of their ids, however many statements it takes."""

from __future__ import annotations

import random
from itertools import chain

import pytest

from sycee.core.ledger.store import posting

BOUNDS = (posting.CHUNKED, posting.FIRST + posting.CHUNK, 2 * (posting.FIRST + posting.CHUNK))


@pytest.mark.parametrize("count", [1_000, *(n + d for n in BOUNDS for d in (0, 1)), 20_000])
@pytest.mark.parametrize("width", [15, 128])
def test_statements_follow_each_other_in_order_and_name_each_account_once(
    count: int, width: int
) -> None:
    dice = random.Random(count)
    names: set[int] = set()
    while len(names) < count:
        names.add(dice.getrandbits(width))
    statements = list(posting.in_order(names))
    assert list(chain.from_iterable(statements)) == sorted(names)
    assert len(statements[0]) <= posting.FIRST
    assert all(0 < len(each) <= posting.CHUNK for each in statements)


def test_accounts_that_were_opened_together_do_not_all_come_first() -> None:
    names = {*range(10_000), *(2**127 + n for n in range(10_000))}
    statements = list(posting.in_order(names))
    assert list(chain.from_iterable(statements)) == sorted(names)
    assert len(statements) < 2 * 20_000 / posting.CHUNK
