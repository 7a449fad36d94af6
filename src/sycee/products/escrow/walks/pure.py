"""Walks on the pure model, with a dictionary as the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from sycee.kit.errors import Refusal
from sycee.products.escrow.model import (
    afterwards,
    disputes,
    milestones,
    payment,
    refunds,
    shipment,
)
from sycee.products.escrow.model import shares as parts
from sycee.products.escrow.model.refusals import SellerLacksFunds
from sycee.products.escrow.model.terms import Terms
from sycee.products.escrow.model.trade import (
    ENDED,
    TIMER,
    Actor,
    Decision,
    Move,
    Refund,
    State,
    Trade,
)
from sycee.products.escrow.walks.chance import Cast, Step, draft, step

START = datetime(2026, 1, 1, tzinfo=UTC)
STEPS_MAX = 24
FEES = UUID(int=1)
TERMS = Terms()
CAST = Cast(
    buyers=(UUID(int=11), UUID(int=12)),
    sellers=(UUID(int=21), UUID(int=22), UUID(int=23)),
    payees=(UUID(int=31), UUID(int=32)),
    mediator=UUID(int=41),
    stranger=UUID(int=51),
)
ACCOUNTS = {
    party: UUID(int=party.int + 100) for party in (*CAST.buyers, *CAST.sellers, *CAST.payees)
}
PURSE = 10**12

Verb = Callable[..., Decision]
VERBS: dict[str, Verb] = {
    "change_price": lambda t, by, now, **f: payment.change_price(t, by, now, prices={}, **f),
    "cancel": payment.cancel,
    "lapse": payment.lapse,
    "ship": shipment.ship,
    "confirm": shipment.confirm,
    "auto_confirm": shipment.auto_confirm,
    "extend": shipment.extend,
    "release": shipment.release,
    "give_up": shipment.give_up,
    "submit": milestones.submit,
    "approve": milestones.approve,
    "reject": milestones.reject,
    "open_refund": refunds.open_refund,
    "modify": refunds.modify,
    "withdraw": refunds.cancel,
    "agree": refunds.agree,
    "refuse": refunds.refuse,
    "send_back": refunds.send_back,
    "receive": refunds.receive,
    "expire": refunds.expire,
    "refund_now": refunds.refund_now,
    "open_dispute": disputes.open_dispute,
    "add_evidence": disputes.add_evidence,
    "rule": disputes.rule,
    "split": afterwards.split,
    "rate": afterwards.rate,
}
_FRESH = {
    "ship": "shipment",
    "open_refund": "refund",
    "refund_now": "refund",
    "open_dispute": "dispute",
    "add_evidence": "piece",
}


class Walk:
    """One trade, its money and its history. `take` runs a step; `steps` counts what happened."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.now = START
        self.money: dict[UUID, int] = {ACCOUNTS[party]: PURSE for party in CAST.buyers}
        self.refunds: dict[str, Refund] = {}
        self.rated: set[tuple[UUID | None, UUID]] = set()
        plan = draft(chance, CAST)
        self.trade = payment.create(
            self._id(),
            plan,
            Actor(plan.buyer or plan.lines[0].seller),
            self.now,
            accounts=ACCOUNTS,
            fee_account=FEES,
            fee_bps=chance.choice((0, 30, 60, 9_999, 10_000)),
            terms=TERMS,
        ).trade

    def run(self, tally: Counter[str]) -> None:
        """Steps until the trade has been over for a while; raises AssertionError if money leaks."""
        over = 0
        for _ in range(STEPS_MAX):
            next_ = step(self.chance, CAST, self.trade, self.now)
            try:
                decision = self.decide(next_)
                self.book(decision.moves)
            except Refusal as refusal:
                tally[refusal.code] += 1
                if isinstance(refusal, SellerLacksFunds) and next_.verb == "expire":
                    self.trade = refunds.postpone(self.trade, TIMER, next_.now).trade
                over += self.trade.state in ENDED
            else:
                before, self.trade, self.now = self.trade, decision.trade, next_.now
                tally[next_.verb] += 1
                self.note(next_, decision)
                check(before, self.trade, decision)
                if before.paid_minor:
                    _check_own(before, self.trade, next_.by)
                assert self.money.get(self.trade.id, 0) == self.trade.held_minor
                over += self.trade.state in ENDED and self.trade.refund is None
            if over > 1:
                break
        tally[self.trade.state] += 1

    def decide(self, next_: Step) -> Decision:
        """The model's decision on a step; raises its refusal."""
        verb, by, now, facts = next_
        if verb == "pay":
            payer = by.party or CAST.buyers[0]
            account = ACCOUNTS.get(payer, FEES)
            return payment.pay(self.trade, by, now, payer=payer, payer_account=account)
        more: dict[str, Any] = {}
        if (name := _FRESH.get(verb)) is not None:
            more[name] = self._id()
        if verb == "refund_now":
            more["known"] = self.refunds.get(facts["request_ref"])
        elif verb == "split":
            more["accounts"] = ACCOUNTS
        elif verb == "rate":
            more["known"] = (by.party, facts["of"]) in self.rated
        return VERBS[verb](self.trade, by, now, **facts, **more)

    def book(self, moves: tuple[Move, ...]) -> None:
        """Post a group to the dictionary: all of it, or `SellerLacksFunds`."""
        money = self.money
        for move in moves:
            if move.debit != self.trade.id and money.get(move.debit, 0) < move.amount_minor:
                raise SellerLacksFunds(self.trade.public, move.amount_minor)
        for debit, credit, amount, _ in moves:
            assert amount > 0
            money[debit] = money.get(debit, 0) - amount
            money[credit] = money.get(credit, 0) + amount
            assert money[debit] >= 0, "an account is overdrawn"

    def note(self, next_: Step, decision: Decision) -> None:
        """Remember what the database would: requests by reference, ratings, money spent."""
        if next_.verb == "refund_now" and decision.refund is not None:
            self.refunds[next_.facts["request_ref"]] = decision.refund
        elif next_.verb == "rate":
            self.rated.add((next_.by.party, next_.facts["of"]))
        elif self.trade.state is State.FINISHED and self.chance.random() < 0.2:
            # The sellers spend what they got, so that a later reclaim may find nothing.
            for seller in self.trade.sellers:
                self.money[ACCOUNTS[seller]] = 0

    def _id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128))


def check(before: Trade, trade: Trade, decision: Decision) -> None:
    """The invariants of a step, or AssertionError."""
    held = trade.held_minor
    assert held >= 0
    released = fees = refunded = reclaimed = left = due = 0
    for s in trade.shares:
        assert s.due_minor >= 0 <= s.released_minor
        assert s.refunded_minor >= 0 <= s.left_minor
        assert s.released_minor >= s.fee_minor
        released += s.released_minor
        fees += s.fee_minor
        refunded += s.refunded_minor
        reclaimed += s.reclaimed_minor
        left += s.left_minor
        due += s.due_minor
    assert due == trade.total_minor
    assert fees == trade.fee_minor
    assert released == trade.released_minor + fees
    assert refunded + reclaimed == trade.refunded_minor <= trade.total_minor
    assert reclaimed == trade.reclaimed_minor
    assert held == (left if trade.paid_minor else 0)
    assert trade.paid_minor in (0, trade.total_minor)
    for line in trade.lines:
        assert 0 <= line.shipped <= line.quantity
        assert 0 <= line.dropped <= line.quantity - line.shipped
    _check_clocks(trade, held)
    if any(event.verb == "trade.not-shipped" for event in decision.events):
        _check_given_up(before, trade)
    else:
        for was, line in zip(before.lines, trade.lines, strict=True):
            assert line.dropped == was.dropped or not parts.refundable_of(trade, line.seller)
    if decision.dispute is not None and decision.dispute.ruled_at is not None:
        payees = {share.party for share in trade.shares}
        assert decision.dispute.ruled_by not in {*trade.parties, *payees}
    into = sum(m.amount_minor for m in decision.moves if m.credit == trade.id)
    out = sum(m.amount_minor for m in decision.moves if m.debit == trade.id)
    assert held - before.held_minor == into - out


def _check_clocks(trade: Trade, held: int) -> None:
    state = trade.state
    running = (trade.ship_by is not None) + (trade.confirm_by is not None)
    paused = trade.paused_left_seconds is not None
    if state in ENDED:
        assert held == 0
        assert trade.ended_at is not None
        assert trade.dispute is None
        assert (running, paused, trade.pay_by) == (0, False, None)
        assert (state is State.CLOSED) == (trade.refunded_minor == trade.paid_minor)
    elif state is State.WAIT_BUYER_PAY:
        assert trade.paid_minor == 0
        assert trade.pay_by is not None
    else:
        assert held > 0
        stopped = trade.refund is not None or trade.dispute is not None
        assert (running, paused) == ((0, True) if stopped else (1, False))
        assert trade.ship_by is None or state is State.WAIT_SELLER_SHIP
        assert trade.confirm_by is None or state is State.WAIT_BUYER_CONFIRM


def _check_own(before: Trade, trade: Trade, by: Actor) -> None:
    """What a seller does to a paid trade leaves every other seller's part alone."""
    if by.party in before.sellers:
        for was in before.shares:
            assert was.seller == by.party or was in trade.shares


def _check_given_up(before: Trade, trade: Trade) -> None:
    """Silence gives back no more than was not shipped, of whoever shipped at all."""
    for seller in trade.sellers:
        lines = [line for line in before.lines if line.seller == seller]
        back = parts.refunded_of(trade, seller)
        if back > parts.refunded_of(before, seller) and any(line.shipped for line in lines):
            assert back <= sum(line.left * line.unit_price_minor for line in lines)


def run(walks: int, seed: int) -> Counter[str]:
    """So many walks from one seed; what happened how often. A failure names the walk's own seed."""
    tally: Counter[str] = Counter()
    for i in range(walks):
        own = f"{seed}:{i}"
        try:
            Walk(Random(own)).run(tally)
        except Exception as error:
            error.add_note(f"walk {own}")
            raise
    return tally
