"""Every situation × every verb × every caller: the legal ones work, all others say exactly why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import public
from sycee.products.escrow.model import payment, refusals
from sycee.products.escrow.model.payment import Royalty
from sycee.products.escrow.model.trade import (
    ENDED,
    HELD,
    TIMER,
    Actor,
    Delivery,
    RefundState,
    State,
    Trade,
)
from sycee.products.escrow.walks.pure import VERBS, check

from .situations import (
    ACCOUNTS,
    AS_SELLER,
    BUYER,
    MEDIATOR,
    MILL,
    NOW,
    ROYAL,
    SELLER,
    SITUATIONS,
    STRANGER,
    THING,
    paid,
)

ACTORS = {
    "buyer": Actor(BUYER),
    "seller": Actor(SELLER),
    "mediator": Actor(MEDIATOR, mediator=True),
    "timer": TIMER,
    "stranger": Actor(STRANGER),
}
PAID = (*HELD, State.FINISHED)
ANY = tuple(State)
UNPAID = (State.WAIT_BUYER_PAY,)
SHIP, CONFIRM = (State.WAIT_SELLER_SHIP,), (State.WAIT_BUYER_CONFIRM,)
EVERY = tuple(Delivery)
AGREE, REFUSED = RefundState.WAIT_SELLER_AGREE, RefundState.REFUSED
RETURN, RECEIVE = RefundState.WAIT_BUYER_RETURN, RefundState.WAIT_SELLER_RECEIVE
OPEN = (AGREE, REFUSED, RETURN, RECEIVE)


class Rule(NamedTuple):
    """Who may, in which kind of trade, in which states; with which dispute and refund beside it.

    `dispute` None: it does not matter; `refund` None: it does not matter, () none may be open.
    """

    who: tuple[str, ...]
    states: tuple[State, ...]
    dispute: bool | None = False
    refund: tuple[RefundState, ...] | None = None
    deliveries: tuple[Delivery, ...] = EVERY
    facts: dict[str, Any] = {}  # noqa: RUF012  never changed


TABLE: dict[str, Rule] = {
    "change_price": Rule(("seller",), UNPAID, None, facts={"freight_minor": 600}),
    "cancel": Rule(("buyer", "seller"), UNPAID, None),
    "lapse": Rule(("timer",), UNPAID, None),
    "pay": Rule(("buyer", "seller"), UNPAID, None),
    "ship": Rule(("seller",), SHIP, False, (REFUSED,), (Delivery.SHIP,), facts={"shipment": THING}),
    "confirm": Rule(("buyer",), CONFIRM, False, (), (Delivery.SHIP, Delivery.NONE)),
    "auto_confirm": Rule(("timer",), CONFIRM, False, ()),
    "extend": Rule(("buyer",), CONFIRM, False, None, (Delivery.SHIP, Delivery.MILESTONES)),
    "release": Rule(
        *(("buyer",), HELD, False, (), (Delivery.SHIP, Delivery.NONE)), facts={"amount_minor": 10}
    ),
    "give_up": Rule(("timer",), SHIP, False, ()),
    "submit": Rule(("seller",), SHIP, False, (), (Delivery.MILESTONES,), facts={"milestone": 0}),
    "approve": Rule(("buyer",), CONFIRM, False, (), (Delivery.MILESTONES,), facts={"milestone": 0}),
    "reject": Rule(("buyer",), CONFIRM, False, (), (Delivery.MILESTONES,), facts={"milestone": 0}),
    "open_refund": Rule(("buyer",), PAID, False, (), facts={"refund": THING, "amount_minor": 10}),
    "modify": Rule(("buyer",), ANY, False, (AGREE, REFUSED), facts={"amount_minor": 10}),
    "withdraw": Rule(("buyer",), ANY, False, OPEN),
    "agree": Rule(("seller",), ANY, False, (AGREE, REFUSED)),
    "refuse": Rule(("seller",), ANY, False, (AGREE, RECEIVE)),
    "send_back": Rule(
        ("buyer",), ANY, False, (RETURN,), facts={"carrier": "a", "tracking_number": "b"}
    ),
    "receive": Rule(("seller",), ANY, False, (RECEIVE,)),
    "expire": Rule(("timer",), ANY, False, OPEN),
    "refund_now": Rule(
        *(("seller",), PAID, False, ()),
        facts={"refund": THING, "amount_minor": 10, "request_ref": "r"},
    ),
    "open_dispute": Rule(("buyer", "seller"), HELD, False, None, facts={"dispute": THING}),
    "add_evidence": Rule(("buyer", "seller"), ANY, True, None, facts={"piece": THING}),
    "rule": Rule(
        *(("mediator",), HELD, True, None),
        facts={"to_buyer_minor": 4_000, "to_payees": [(SELLER, 5_500)], "fee_minor": 500},
    ),
    "split": Rule(
        *(("seller",), PAID, False, ()), facts={"payees": [(ROYAL, 10)], "accounts": ACCOUNTS}
    ),
    "rate": Rule(("buyer", "seller"), ENDED, None, facts={"stars": 5}),
}
WORDS = {
    "modify": "modify-refund",
    "withdraw": "cancel-refund",
    "agree": "agree-refund",
    "refuse": "refuse-refund",
    "send_back": "return-goods",
    "receive": "receive-goods",
    "expire": "expire-refund",
}
"""What a step of a refund is called in refusals."""

NEEDS_REFUND = tuple(WORDS)


def expected(trade: Trade, verb: str, who: str) -> type[Refusal] | None:
    """What the table says, in the documented order of precedence."""
    rule = TABLE[verb]
    if who == "stranger":
        return NotFound
    sides = (
        ("buyer", "seller") if (verb, trade.delivery) == ("release", Delivery.NONE) else rule.who
    )
    if who not in sides:
        return refusals.TradeSideDiffers
    if trade.delivery not in rule.deliveries:
        return refusals.TradeDeliveryDiffers
    if trade.state not in rule.states or (verb == "rate" and not trade.paid_minor):
        return refusals.TradeNotPayable if verb == "pay" else refusals.TradeStateDiffers
    if rule.dispute is False and trade.dispute is not None:
        return refusals.DisputeOpen
    if rule.dispute is True and trade.dispute is None:
        return refusals.DisputeMissing
    if verb in NEEDS_REFUND:
        if trade.refund is None:
            return refusals.RefundMissing
        if trade.refund.state not in (rule.refund or ()):
            return refusals.RefundStateDiffers
    elif rule.refund is not None and trade.refund and trade.refund.state not in rule.refund:
        return refusals.RefundOpen
    return None


def act(trade: Trade, verb: str, who: str) -> Trade:
    actor, facts = ACTORS[who], dict(TABLE[verb].facts)
    now = NOW + timedelta(days=390) if who == "timer" else NOW
    if verb == "pay":
        payer = BUYER if who in ("seller", "timer") else actor.party
        assert payer is not None
        decision = payment.pay(trade, actor, now, payer=payer, payer_account=ACCOUNTS[BUYER])
    else:
        if verb == "agree":
            returns = trade.refund is not None and trade.refund.returns
            facts = {"amount_minor": 600, "returns": returns}
        if verb == "rate":
            facts["of"] = SELLER if who == "buyer" else BUYER
        decision = VERBS[verb](trade, actor, now, **facts)
    check(trade, decision.trade, decision)
    return decision.trade


def facts_of(trade: Trade, verb: str, refusal: Refusal) -> dict[str, Any]:
    """What a refusal tells of the trade and the step; `needs` is whatever it says."""
    state: Any = trade.state
    if isinstance(refusal, refusals.RefundStateDiffers) and trade.refund is not None:
        state = trade.refund.state
    return {
        "noun": "trade",
        "id": trade.public,
        "trade": trade.public,
        "verb": WORDS.get(verb, verb.replace("_", "-")),
        "state": state.value,
        "delivery": trade.delivery.value,
        "dispute": public("dsp", THING),
        "refund": public("rfd", THING),
        "needs": refusal.facts().get("needs"),
    }


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("verb", TABLE)
def test_a_step_works_where_the_table_allows_it_and_is_refused_by_name_elsewhere(
    situation: str, verb: str
) -> None:
    for who in ACTORS:
        trade = SITUATIONS[situation]()
        reason = expected(trade, verb, who)
        if reason is None:
            act(trade, verb, who)
        else:
            with pytest.raises(Refusal) as refused:
                act(trade, verb, who)
            assert type(refused.value) is reason, f"{who}: {refused.value}"
            assert refused.value.facts().items() <= facts_of(trade, verb, refused.value).items()


def test_the_table_has_every_verb_and_every_verb_is_legal_somewhere() -> None:
    assert set(TABLE) == {*VERBS, "pay"}
    for verb in TABLE:
        legal = [
            (situation, who)
            for situation, make in SITUATIONS.items()
            for who in ACTORS
            if expected(make(), verb, who) is None
        ]
        assert legal, f"{verb} is legal nowhere"


def test_a_deadline_does_nothing_before_its_time() -> None:
    for verb, situation, deadline in (
        ("lapse", "unpaid", "pay_by"),
        ("give_up", "paid", "ship_by"),
        ("auto_confirm", "shipped", "confirm_by"),
        ("auto_confirm", "submitted", "confirm_by"),
        ("expire", "asked", "respond_by"),
    ):
        trade = SITUATIONS[situation]()
        refund = None if trade.refund is None else trade.refund.respond_by
        at = refund or getattr(trade, deadline)
        with pytest.raises(refusals.DeadlineNotReached) as refused:
            VERBS[verb](trade, TIMER, at - timedelta(microseconds=1))
        assert refused.value == refusals.DeadlineNotReached(trade.public, deadline)
        VERBS[verb](trade, TIMER, at)


@pytest.mark.parametrize("shown", [0, 9_999, 10_001, None, 10_000])
def test_a_trade_is_paid_at_no_other_price_than_was_shown(shown: int | None) -> None:
    trade, now = SITUATIONS["unpaid"](), NOW
    given: dict[str, Any] = {"payer": BUYER, "payer_account": ACCOUNTS[BUYER]}
    given |= {} if shown is None else {"shown_minor": shown}
    if shown in (None, trade.total_minor):
        assert payment.pay(trade, ACTORS["buyer"], now, **given).trade.paid_minor == 10_000
    else:
        with pytest.raises(refusals.TradeTotalDiffers) as refused:
            payment.pay(trade, ACTORS["buyer"], now, **given)
        assert refused.value.total_minor == 10_000


def test_nobody_rules_on_a_trade_of_their_own() -> None:
    held = paid(royalties=(Royalty(ROYAL, 2_000),))
    held = VERBS["split"](held, AS_SELLER, NOW, payees=[(MILL, 10)], accounts=ACCOUNTS).trade
    quarrel = VERBS["open_dispute"](held, AS_SELLER, NOW, dispute=THING).trade
    for party in (BUYER, SELLER, ROYAL, MILL):
        with pytest.raises(refusals.MediatorIsParty):
            VERBS["rule"](quarrel, Actor(party, True), NOW, **TABLE["rule"].facts)
    VERBS["rule"](quarrel, Actor(STRANGER, True), NOW, **TABLE["rule"].facts)
