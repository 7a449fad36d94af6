"""Each field of what people ask for has its rule, and whatever breaks it is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.rules.escrow import situations as at

from sycee.kit.errors import Invalid
from sycee.kit.money import MAX_MINOR
from sycee.products.escrow.model import afterwards, disputes, payment
from sycee.products.escrow.model.refusals import AmountAboveHeld
from sycee.products.escrow.model.trade import Delivery, Line, Milestone, Trade

Royalty = payment.Royalty


def line(**more: Any) -> Line:
    made = {"seller": at.SELLER, "title": "tea", "quantity": 1, "unit_price_minor": 5_000}
    return Line(**(made | more))


def parts(count: int, **more: Any) -> tuple[Royalty, ...]:
    return tuple(
        Royalty(**({"party": each, "amount_minor": 1} | more)) for each in at.OTHERS[:count]
    )


def stages(*amounts: int, **more: Any) -> dict[str, Any]:
    made = tuple(
        Milestone(**({"title": "part", "amount_minor": amount} | more)) for amount in amounts
    )
    return {"delivery": Delivery.MILESTONES, "lines": (line(),), "freight_minor": 0} | {
        "milestones": made
    }


def wrong(ask: Callable[[], object]) -> str:
    """The field that is refused."""
    with pytest.raises(Invalid) as refused:
        ask()
    return refused.value.field


@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("title", {"title": ""}),
        ("title", {"title": "a\0b"}),
        ("title", {"title": "t" * (payment.TITLE_MAX + 1)}),
        ("channel", {"channel": ""}),
        ("channel", {"channel": "c" * 33}),
        ("out_ref", {"out_ref": ""}),
        ("out_ref", {"out_ref": "r" * (payment.REF_MAX + 1)}),
        ("currency", {"currency": "XXQ"}),
        ("lines", {"lines": ()}),
        ("lines", {"lines": (line(unit_price_minor=1),) * (payment.LINES_MAX + 1)}),
        ("lines", {"lines": (line(shipped=1),)}),
        ("lines", {"lines": (line(dropped=1),)}),
        ("lines", {"lines": (line(released=1),)}),
        ("lines.title", {"lines": (line(title=""),)}),
        ("lines.quantity", {"lines": (line(quantity=0),)}),
        ("lines.quantity", {"lines": (line(quantity=payment.QUANTITY_MAX + 1),)}),
        ("lines.unit_price_minor", {"lines": (line(), line(unit_price_minor=-1))}),
        ("lines.unit_price_minor", {"lines": (line(unit_price_minor=MAX_MINOR + 1),)}),
        ("buyer", {"lines": (line(), line(seller=at.BUYER))}),
        ("freight_minor", {"freight_minor": -1}),
        ("freight_minor", {"freight_minor": MAX_MINOR + 1}),
        ("total_minor", {"lines": (line(unit_price_minor=0),), "freight_minor": 0}),
        ("total_minor", {"lines": (line(),), "freight_minor": MAX_MINOR - 4_999}),
        ("royalties", {"royalties": parts(payment.PAYEES_MAX + 1)}),
        ("royalties.amount_minor", {"royalties": parts(1, amount_minor=0)}),
        ("royalties.party", {"royalties": parts(1, party=at.BUYER)}),
        ("royalties.party", {"royalties": parts(1, party=at.SELLER)}),
        ("royalties.seller", {"royalties": parts(1, seller=at.MILL)}),
        ("milestones", {"milestones": (Milestone("part", 10_000),)}),
        ("milestones", stages()),
        ("milestones", stages(2_500, 2_499)),
        ("milestones", stages(*[1] * (payment.MILESTONES_MAX + 1))),
        ("milestones", stages(*[1] * payment.MILESTONES_MAX, 5_000 - payment.MILESTONES_MAX)),
        ("royalties", {"royalties": parts(1, amount_minor=10_001)}),
        ("milestones.title", stages(5_000, title="")),
        ("milestones.amount_minor", stages(5_000, 0)),
        ("milestones.state", stages(5_000, state="released")),
    ],
)
def test_a_draft_with_a_field_that_breaks_its_rule_is_refused(
    field: str, draft: dict[str, Any]
) -> None:
    assert wrong(lambda: at.unpaid(**draft)) == field


@pytest.mark.parametrize(
    "draft",
    [
        {"title": "t" * payment.TITLE_MAX, "channel": "c" * 32, "out_ref": "r" * payment.REF_MAX},
        {"lines": (line(unit_price_minor=1),) * payment.LINES_MAX},
        {"lines": (line(quantity=payment.QUANTITY_MAX, unit_price_minor=1),)},
        {"lines": (line(unit_price_minor=0),), "freight_minor": 1},
        {"lines": (line(),), "freight_minor": MAX_MINOR - 5_000},
        {"royalties": parts(payment.PAYEES_MAX)},
        {"royalties": parts(1, amount_minor=10_000)},
        {"lines": (line(unit_price_minor=0),), "freight_minor": MAX_MINOR},
        {"lines": (line(unit_price_minor=MAX_MINOR),), "freight_minor": 0},
        stages(*[1] * (payment.MILESTONES_MAX - 1), 5_001 - payment.MILESTONES_MAX),
    ],
)
def test_a_draft_at_its_bounds_is_taken(draft: dict[str, Any]) -> None:
    trade = at.unpaid(fee_bps=0, **draft)
    assert trade.total_minor == sum(share.due_minor for share in trade.shares)


def test_a_part_for_another_comes_from_the_seller_who_is_named() -> None:
    two = (line(), line(seller=at.MILL, unit_price_minor=700))
    first = at.unpaid(lines=two, royalties=parts(1, amount_minor=300))
    named = at.unpaid(lines=two, royalties=parts(1, amount_minor=300, seller=at.MILL))
    due = [{s.party: s.due_minor for s in trade.shares} for trade in (first, named)]
    assert [(each[at.SELLER], each[at.MILL]) for each in due] == [(5_200, 700), (5_500, 400)]
    assert {share.seller for share in named.shares if share.party == at.OTHERS[0]} == {at.MILL}


def split(trade: Trade, *payees: tuple[UUID, int]) -> Trade:
    return afterwards.split(trade, at.AS_SELLER, at.NOW, payees=payees, accounts=at.ACCOUNTS).trade


@pytest.mark.parametrize("made", [at.paid, at.finished])
@pytest.mark.parametrize(
    ("field", "payees"),
    [
        ("payees", []),
        ("payees", [(each, 1) for each in at.OTHERS[:51]]),
        ("payees.amount_minor", [(at.OTHERS[0], 0)]),
        ("payees.amount_minor", [(at.OTHERS[0], 5), (at.OTHERS[1], -5)]),
        ("payees.party", [(at.BUYER, 1)]),
        ("payees.party", [(at.OTHERS[0], 1), (at.SELLER, 1)]),
    ],
)
def test_a_split_with_a_field_that_breaks_its_rule_is_refused(
    made: Callable[[], Trade], field: str, payees: list[tuple[UUID, int]]
) -> None:
    assert wrong(lambda: split(made(), *payees)) == field


def test_a_trade_has_at_most_a_hundred_shares() -> None:
    half = split(at.paid(), *((each, 1) for each in at.OTHERS[:50]))
    full = split(half, *((each, 1) for each in at.OTHERS[50:99]))
    assert len(full.shares) == 100
    assert wrong(lambda: split(full, (at.OTHERS[99], 1))) == "payees"


def test_who_is_given_a_part_twice_has_one_share() -> None:
    twice = split(split(at.paid(), (at.OTHERS[0], 30)), (at.OTHERS[0], 12), (at.OTHERS[1], 8))
    due = {share.party: share.due_minor for share in twice.shares}
    assert due == {at.SELLER: 9_950, at.OTHERS[0]: 42, at.OTHERS[1]: 8}


def test_after_the_end_a_seller_passes_on_no_more_than_it_got_and_has_left() -> None:
    """10,000 less the fee of 100; of that 900 goes back to the buyer and 2,000 to others."""
    own = at.finished().shares[0]
    given = replace(own, reclaimed_minor=900, split_minor=2_000)
    trade = replace(at.finished(), shares=(given,))
    assert (own.released_minor, own.fee_minor) == (10_000, 100)
    with pytest.raises(AmountAboveHeld) as refused:
        split(trade, (at.OTHERS[0], 7_001))
    assert refused.value.left_minor == 7_000
    assert split(trade, (at.OTHERS[0], 7_000)).shares[0].split_minor == 9_000


@pytest.mark.parametrize(("stars", "of"), [(0, at.SELLER), (6, at.SELLER), (5, at.ROYAL)])
def test_stars_are_from_one_to_five_and_for_the_other_side(stars: int, of: UUID) -> None:
    field = "of" if of == at.ROYAL else "stars"
    assert (
        wrong(lambda: afterwards.rate(at.finished(), at.AS_BUYER, at.NOW, stars=stars, of=of))
        == field
    )
    for least_and_most in (1, 5):
        afterwards.rate(at.finished(), at.AS_BUYER, at.NOW, stars=least_and_most, of=at.SELLER)


@pytest.mark.parametrize(
    ("field", "piece"),
    [
        ("evidence", (None, None, None)),
        ("evidence", ("seen", "text/plain", b"seen")),
        ("text", ("", None, None)),
        ("text", ("t" * (disputes.TEXT_MAX + 1), None, None)),
        ("content_type", (None, "text/html", b"<p>")),
        ("content_type", (None, None, b"seen")),
        ("content", (None, "text/plain", b"")),
        ("content", (None, "text/plain", b"x" * (disputes.FILE_MAX_BYTES + 1))),
    ],
)
def test_evidence_is_a_text_or_a_file_within_its_bounds(
    field: str, piece: tuple[str | None, str | None, bytes | None]
) -> None:
    assert wrong(lambda: disputes.check_evidence(*piece)) == field


def test_evidence_at_its_bounds_is_taken() -> None:
    assert disputes.FILE_MAX_BYTES == 5_242_880
    disputes.check_evidence("t" * 4_000, None, None)
    disputes.check_evidence(None, "image/png", b"x" * disputes.FILE_MAX_BYTES)
    disputes.check_evidence(None, "image/png", b"x")
