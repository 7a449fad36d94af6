"""Walks on PostgreSQL: one transaction a step, and the pot compared with the trade after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Sweep, Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.kit.clock import ManualClock
from sycee.kit.errors import Refusal
from sycee.kit.ids import parse
from sycee.products.escrow import actions, reading
from sycee.products.escrow.actions import Due, Review, Touch
from sycee.products.escrow.actions.steps import purses
from sycee.products.escrow.model.refusals import SellerLacksFunds
from sycee.products.escrow.model.trade import ENDED, Decision, State, Trade
from sycee.products.escrow.walks.chance import Cast, Step, draft, step
from sycee.products.escrow.walks.pure import check
from sycee.runtime.db import Database, Tx

STEPS_MAX = 8
WEALTH = 10**12
START = datetime(2026, 1, 1, tzinfo=UTC)

Verb = Callable[[Tx, Any], Any]
_TOUCH: dict[str, Verb] = {
    "cancel": actions.cancel,
    "confirm": actions.confirm,
    "extend": actions.extend,
    "withdraw": actions.cancel_refund,
    "refuse": actions.refuse_refund,
    "receive": actions.receive_goods,
}
_DUE: dict[str, Verb] = {
    "lapse": actions.lapse,
    "give_up": actions.give_up,
    "auto_confirm": actions.auto_confirm,
    "expire": actions.expire_refund,
}
_REVIEW: dict[str, Verb] = {
    "submit": actions.submit,
    "approve": actions.approve,
    "reject": actions.reject,
}
_OTHER: dict[str, tuple[Verb, Callable[..., Any]]] = {
    "change_price": (actions.change_price, actions.ChangePrice),
    "ship": (actions.ship, actions.Ship),
    "release": (actions.release, actions.Release),
    "open_refund": (actions.open_refund, actions.OpenRefund),
    "modify": (actions.modify_refund, actions.ModifyRefund),
    "agree": (actions.agree_refund, actions.AgreeRefund),
    "send_back": (actions.send_back, actions.SendBack),
    "refund_now": (actions.refund_now, actions.RefundNow),
    "split": (actions.split, actions.Split),
    "open_dispute": (actions.open_dispute, actions.OpenDispute),
    "rate": (actions.rate, actions.Rate),
}


class Walker:
    """A cast of its own on one database; `run` takes walks with it, one after another.

    Its clock never goes back, so the walks of one walker follow each other through the years.
    """

    def __init__(self, url: str, chance: Random) -> None:
        self.clock = ManualClock(START)
        self.database = Database(url, clock=self.clock, size=1)
        self.chance = chance
        with self.database.transaction(timeout_ms=10_000) as tx:
            self.cast = Cast(
                buyers=[_party(tx, Kind.PERSON) for _ in range(2)],
                sellers=[_party(tx, Kind.MERCHANT) for _ in range(3)],
                payees=[_party(tx, Kind.PERSON) for _ in range(2)],
                mediator=_party(tx, Kind.PERSON),
                stranger=_party(tx, Kind.PERSON),
            )
            bank = accounts.open_house(tx, "bank", "CNY")
            self.purses = purses(
                tx, [*self.cast.buyers, *self.cast.sellers, *self.cast.payees], "CNY"
            )
            for buyer in self.cast.buyers:
                purse = self.purses[buyer]
                post_all(tx, [Transfer(tx.new_id(), bank, purse, WEALTH, "deposit.demo")])

    def close(self) -> None:
        """Give the connection back."""
        self.database.close()

    def run(self, tally: Counter[str]) -> None:
        """One walk; raises AssertionError if money leaks."""
        trade = self._create()
        over = 0
        for _ in range(STEPS_MAX):
            next_ = step(self.chance, self.cast, trade, self.clock.now())
            self.clock.advance(max(next_.now - self.clock.now(), next_.now - next_.now))
            try:
                after = self._take(trade, next_)
                tally[next_.verb] += 1
            except Refusal as refusal:
                tally[refusal.code] += 1
                after = trade
                if isinstance(refusal, SellerLacksFunds) and next_.verb == "expire":
                    after = self._postpone(trade)
                elif self.chance.random() < 0.2:
                    assert self._see(trade) == trade, f"refused {next_.verb} changed the trade"
            trade = after
            over += trade.state in ENDED and trade.refund is None
            if over > 1:
                break
        tally[trade.state] += 1

    def _create(self) -> Trade:
        plan = draft(self.chance, self.cast)
        by = plan.buyer or plan.lines[0].seller
        with self.database.transaction(timeout_ms=10_000) as tx:
            made = actions.create(tx, actions.Create(by, plan))
            return self._examine(tx, parse("trd", made.id))

    def _take(self, trade: Trade, next_: Step) -> Trade:
        verb, command = _command(trade, next_, self.cast)
        with self.database.transaction(timeout_ms=10_000) as tx:
            if next_.verb == "pay":
                outcome = actions.pay(tx, [command])[0]
                if isinstance(outcome, Refusal):
                    raise outcome
            elif next_.verb == "add_evidence":
                actions.add_evidence(tx, command, sealed=b"sealed")
            else:
                verb(tx, command)
            after = self._examine(tx, trade.id)
            if after.state is State.FINISHED and self.chance.random() < 0.2:
                self._spend(tx, after)
        return after

    def _see(self, trade: Trade) -> Trade:
        with self.database.read() as tx:
            return self._examine(tx, trade.id)

    def _postpone(self, trade: Trade) -> Trade:
        with self.database.transaction(timeout_ms=10_000) as tx:
            actions.postpone_refund(tx, Due(trade.id))
            return self._examine(tx, trade.id)

    def _examine(self, tx: Tx, id: UUID) -> Trade:
        """The trade as stored, when its invariants hold and its pot holds what it says."""
        trade = reading.get(tx, id)
        assert trade is not None
        check(trade, trade, Decision(trade))
        assert accounts.read(tx, [id])[id].balance == trade.held_minor
        return trade

    def _spend(self, tx: Tx, trade: Trade) -> None:
        """The sellers spend what they have, so that a later reclaim may find nothing."""
        buyer = self.purses[self.cast.buyers[0]]
        sweeps = [
            Sweep(tx.new_id(), self.purses[seller], buyer, None, "test") for seller in trade.sellers
        ]
        post_all(tx, sweeps)


def _party(tx: Tx, kind: Kind) -> UUID:
    return parties.create(tx, NewParty(kind, "Walker")).id


def _command(trade: Trade, next_: Step, cast: Cast) -> tuple[Verb, Any]:
    """The action and command of a step; a deadline's caller has no party."""
    name, facts, id = next_.verb, dict(next_.facts), trade.id
    by = next_.by.party or cast.stranger
    if name in _DUE:
        return _DUE[name], Due(id)
    if name in _TOUCH:
        return _TOUCH[name], Touch(id, by)
    if name in _REVIEW:
        return _REVIEW[name], Review(id, by, facts["milestone"])
    if name == "pay":
        return actions.create, actions.Pay(id, by)
    if name == "rule":
        facts["to_payees"] = tuple(facts["to_payees"])
        return actions.rule, actions.Rule(id, by, **facts)
    if name == "add_evidence":
        return actions.create, actions.AddEvidence(id, by, text_fingerprint="0")
    if name == "split":
        payees = tuple(facts["payees"])
        facts = {"payees": payees, "request_ref": f"s{payees[0][1] % 3}"}
    verb, make = _OTHER[name]
    return verb, make(id, by, **facts)


def run(url: str, walks: int, seed: int) -> Counter[str]:
    """So many walks by one walker on a migrated database; a failure names seed and walk."""
    tally: Counter[str] = Counter()
    chance = Random(seed)
    walker = Walker(url, chance)
    try:
        for i in range(walks):
            try:
                walker.run(tally)
            except Exception as error:
                error.add_note(f"stored walk {i} of seed {seed}")
                raise
    finally:
        walker.close()
    return tally
