"""Under which heading a movement is seen, and which movements a search wants."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from sycee.core.ledger.chart import REASONS
from sycee.kit.errors import Invalid
from sycee.products.wallet.people.categories.model import Category, by_rule
from sycee.products.wallet.statements import finding
from sycee.products.wallet.statements.finding import Direction, Wanted
from sycee.products.wallet.statements.sorting import MovementView

ROW = MovementView(
    id="tfr_1",
    posted_at=datetime(2026, 11, 26, tzinfo=UTC),
    code="wallet.transfer",
    category=Category.PEOPLE,
    subject=None,
    party="par_1",
    name="Jürgen Ｌｉ",
    handle="jurgen.li",
    nickname=None,
    memo=None,
    amount_minor=-123_456,
    currency="CNY",
    balance_after_minor=0,
)


def test_each_reason_that_money_moves_for_has_a_heading_and_few_have_none_of_their_own():
    nameless = {code for code in REASONS if by_rule(code, True) is Category.OTHER}
    assert nameless == {"exchange.sell", "exchange.buy", "correction", "test"}


@pytest.mark.parametrize(
    ("code", "person_paid", "heading"),
    [
        ("escrow.refund", False, "orders"),
        ("wallet.pay", False, "shops"),
        ("wallet.transfer", True, "people"),
        ("wallet.refund", True, "people"),
        ("wallet.refund", False, "shops"),
        ("wallet.tip", True, "people"),
        ("wallet.tip", False, "shops"),
        ("gift.open", False, "gifts"),
        ("envelope.claim", False, "gifts"),
        ("bank.withdraw", False, "bank"),
        ("a.code-of-tomorrow", True, "other"),
    ],
)
def test_what_money_moved_for_says_its_heading(code: str, person_paid: bool, heading: str):
    assert by_rule(code, person_paid) == heading


@pytest.mark.parametrize(
    "text",
    ["jürgen", "JÜRGEN", "li", "Ｌi", "jurgen.l", "@jurgen.li", "1234.56", "1234,5", "1234"],
)
def test_a_name_a_handle_or_an_amount_is_found_however_it_is_typed(text: str):
    assert finding.named(finding.plain(text), ROW)


@pytest.mark.parametrize("text", ["@jurgen", "234.56", "¥1234", "%", "ju_gen", "house"])
def test_what_is_not_there_is_not_found(text: str):
    assert not finding.named(finding.plain(text), ROW)
    house = msgspec.structs.replace(ROW, party=None, name=None, handle=None)
    assert not finding.named(finding.plain(text), house)


@pytest.mark.parametrize(
    ("wanted", "is_wanted"),
    [
        ({}, True),
        ({"least_minor": 123_456, "most_minor": 123_456}, True),
        ({"least_minor": 123_457}, False),
        ({"most_minor": 123_455}, False),
        ({"direction": Direction.OUT}, True),
        ({"direction": Direction.IN}, False),
        ({"categories": (Category.BANK, Category.PEOPLE)}, True),
        ({"categories": (Category.BANK,)}, False),
    ],
)
def test_a_movement_is_within_all_bounds_or_not_wanted(wanted: dict[str, Any], is_wanted: bool):
    assert finding.bounded(Wanted(**wanted), ROW) is is_wanted


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(from_on=date(2026, 2, 2), to_on=date(2026, 2, 1)),
        Wanted(least_minor=2, most_minor=1),
    ],
)
def test_bounds_that_leave_nothing_are_refused(wanted: Wanted):
    with pytest.raises(Invalid):
        wanted.check()
