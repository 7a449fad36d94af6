"""A dispute: what stands still, how much evidence there may be, and what a ruling says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.rules.escrow import situations as at
from tests.rules.escrow.situations import AS_BUYER, AS_SELLER, NOW, SELLER, THING

from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.products.escrow.model import disputes, shares, trade
from sycee.products.escrow.model.refunds import REASON_MAX
from sycee.products.escrow.model.refusals import (
    DeadlinePassed,
    EvidenceFull,
    RulingAboveShare,
    RulingUnbalanced,
)
from sycee.products.escrow.model.trade import Actor, RefundState, State

TICK = timedelta(microseconds=1)
AS_MEDIATOR = Actor(at.MEDIATOR, mediator=True)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def test_a_dispute_stops_every_clock_and_says_what_is_held() -> None:
    asked = disputes.open_dispute(
        at.asked(), AS_SELLER, NOW, dispute=THING, reason="r" * REASON_MAX
    )
    assert asked.trade.refund is not None
    assert (asked.trade.refund.respond_by, asked.refund) == (None, asked.trade.refund)
    assert asked.trade.paused_left_seconds == 10 * 86_400
    assert asked.dispute == asked.trade.dispute
    assert asked.dispute is not None
    assert (asked.dispute.opened_by, asked.dispute.opened_at) == (SELLER, NOW)
    (event,) = asked.events
    assert event == ("dispute.opened", THING, {"held_minor": 10_000})
    plain = disputes.open_dispute(at.shipped(), AS_BUYER, NOW + days(4), dispute=THING)
    assert (plain.refund, plain.trade.paused_left_seconds) == (None, 6 * 86_400)
    with pytest.raises(Invalid) as refused:
        disputes.open_dispute(at.shipped(), AS_BUYER, NOW, dispute=THING, reason="")
    assert refused.value.field == "reason"


def test_evidence_is_counted_for_each_side_until_its_last_moment() -> None:
    quarrel = at.disputed()
    until = NOW + days(7)
    assert quarrel.dispute is not None
    assert quarrel.dispute.evidence_by == until
    for who, name in ((AS_BUYER, "buyer_pieces"), (AS_SELLER, "seller_pieces")):
        told = disputes.add_evidence(quarrel, who, until, piece=THING)
        assert told.dispute is not None
        pieces = (told.dispute.buyer_pieces, told.dispute.seller_pieces)
        assert pieces == ((1, 0) if name == "buyer_pieces" else (0, 1))
        (event,) = told.events
        assert event.verb == "dispute.evidence-added"
        assert event.body == {"evidence": THING, "side": name.partition("_")[0]}
        with pytest.raises(DeadlinePassed) as late:
            disputes.add_evidence(quarrel, who, until + TICK, piece=THING)
        assert late.value == DeadlinePassed(quarrel.public, "evidence_by")
        full = replace(quarrel, dispute=replace(quarrel.dispute, **{name: 10}))
        with pytest.raises(EvidenceFull) as refused:
            disputes.add_evidence(full, who, NOW, piece=THING)
        assert refused.value == EvidenceFull(full.public, 10)
        other = AS_SELLER if who is AS_BUYER else AS_BUYER
        assert disputes.add_evidence(full, other, NOW, piece=THING).dispute is not None


def test_a_ruling_names_whom_it_cannot_pay_as_they_are_named_everywhere() -> None:
    quarrel = at.disputed()
    with pytest.raises(Invalid) as refused:
        shares.rule(quarrel, 4_000, [(at.STRANGER, 6_000)], 0)
    assert refused.value.field == "to_payees"
    assert public("par", at.STRANGER) in refused.value.rule


@pytest.mark.parametrize(
    ("to_buyer", "to_seller", "fee", "state", "verbs"),
    [
        (4_000, 5_500, 500, State.FINISHED, ["dispute.ruled", "trade.finished"]),
        (10_000, 0, 0, State.CLOSED, ["dispute.ruled", "trade.closed"]),
        (0, 10_000, 0, State.FINISHED, ["dispute.ruled", "trade.finished"]),
        (0, 0, 10_000, State.FINISHED, ["dispute.ruled", "trade.finished"]),
    ],
)
def test_a_ruling_empties_the_pot_and_says_how(
    to_buyer: int, to_seller: int, fee: int, state: State, verbs: list[str]
) -> None:
    ruled = disputes.rule(
        *(at.disputed(), AS_MEDIATOR, NOW),
        to_buyer_minor=to_buyer,
        to_payees=[(SELLER, to_seller)],
        fee_minor=fee,
    )
    codes = {"escrow.release": to_seller, "escrow.fee": fee, "escrow.refund": to_buyer}
    moved = {move.code: move.amount_minor for move in ruled.moves}
    assert moved == {code: amount for code, amount in codes.items() if amount}
    after = ruled.trade
    assert (after.state, after.held_minor, after.dispute, after.refund) == (state, 0, None, None)
    assert (after.released_minor, after.fee_minor, after.refunded_minor) == (
        *(to_seller, fee),
        to_buyer,
    )
    assert [event.verb for event in ruled.events] == verbs
    assert ruled.events[0].subject == THING
    assert ruled.events[0].body == {
        "to_buyer_minor": to_buyer,
        "to_payees_minor": to_seller,
        "fee_minor": fee,
    }
    assert ruled.dispute is not None
    assert (ruled.dispute.ruled_at, ruled.dispute.ruled_by) == (NOW, at.MEDIATOR)


@pytest.mark.parametrize(
    ("to_buyer", "amount", "state"),
    [(4_000, 4_000, RefundState.SUCCESS), (0, 600, RefundState.CLOSED)],
)
def test_a_ruling_ends_the_refund_that_was_open(
    to_buyer: int, amount: int, state: RefundState
) -> None:
    ruled = disputes.rule(
        *(at.disputed_refund(), AS_MEDIATOR, NOW),
        to_buyer_minor=to_buyer,
        to_payees=[(SELLER, 10_000 - to_buyer)],
    )
    assert ruled.refund is not None
    assert (ruled.refund.state, ruled.refund.amount_minor) == (state, amount)
    assert ruled.refund.ended_at == NOW


def rule(to_buyer: int, to_payees: list[tuple[Any, int]], fee: int = 0) -> trade.Decision:
    return disputes.rule(
        *(at.disputed(), AS_MEDIATOR, NOW),
        to_buyer_minor=to_buyer,
        to_payees=to_payees,
        fee_minor=fee,
    )


def test_a_ruling_gives_what_is_held_and_no_more() -> None:
    name = at.disputed().public
    for parts in ((4_000, 5_999, 0), (4_000, 6_000, 1), (0, 0, 0)):
        with pytest.raises(RulingUnbalanced) as refused:
            rule(parts[0], [(SELLER, parts[1])], parts[2])
        assert refused.value == RulingUnbalanced(name, 10_000, sum(parts))
    for parts in ((-1, 10_001, 0), (0, -1, 10_001), (10_001, 0, -1), (2**53 + 1, 0, 0)):
        with pytest.raises(Invalid) as wrong:
            rule(parts[0], [(SELLER, parts[1])], parts[2])
        assert wrong.value.field == "amount_minor"
    with pytest.raises(RulingAboveShare) as above:
        shares.rule(at.disputed(), -1, [(SELLER, 10_001)], 0)
    assert above.value == RulingAboveShare(name, 10_001, 10_000)
