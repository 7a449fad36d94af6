"""Refusals come in one order, and the page that tells it is the code's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sycee.core.ledger import refusals
from sycee.core.ledger.refusals import PRECEDENCE, LedgerRefusal

PAGE = Path(__file__).parents[3] / "docs" / "internals" / "ledger.md"


def test_every_refusal_of_posting_has_a_place_in_the_order() -> None:
    defined = {
        thing
        for thing in vars(refusals).values()
        if isinstance(thing, type) and issubclass(thing, LedgerRefusal)
    }
    assert defined - {LedgerRefusal} == set(PRECEDENCE)
    assert len(set(PRECEDENCE)) == len(PRECEDENCE)


def test_the_page_tells_the_order_of_the_code() -> None:
    rows = re.findall(r"^\| (\d+) \| `([a-z0-9-]+)` \|", PAGE.read_text(), re.M)
    expected = [(str(n), refusal.code) for n, refusal in enumerate(PRECEDENCE, 1)]
    assert rows == expected


@pytest.mark.parametrize("refusal", PRECEDENCE)
def test_every_refusal_opens_with_a_sentence(refusal: type[LedgerRefusal]) -> None:
    title = (refusal.__doc__ or "").splitlines()[0]
    assert title.endswith(".")
    assert title[0].isupper()
