"""Paying, many trades at once: the hot verb of escrow, made for a lane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.ledger.model import Item
from sycee.core.ledger.post import post
from sycee.core.ledger.refusals import (
    AccountClosed,
    AccountFrozen,
    CeilingReached,
    FloorReached,
    GroupFailed,
)
from sycee.core.parties import parties
from sycee.core.parties.model import Purse
from sycee.core.paycodes.actions import Shown, present
from sycee.core.policy import ceilings
from sycee.core.policy.check import Rules, ask, check, take_back
from sycee.core.policy.model import Grade, Limit, Operation, Request
from sycee.core.tender import mandates
from sycee.core.tender import model as tender
from sycee.kit.errors import Invalid, NotFound, Refusal
from sycee.kit.ids import public
from sycee.products.escrow.actions.commands import Pay, TradeResult
from sycee.products.escrow.actions.steps import (
    PRODUCT,
    entries,
    holders,
    question,
    result,
    transfers,
    usage,
)
from sycee.products.escrow.model import payment
from sycee.products.escrow.model.refusals import BuyerLacksFunds, PurseFull, PurseShut
from sycee.products.escrow.model.trade import Actor, Decision, Trade
from sycee.products.escrow.store import trades
from sycee.runtime.db import Tx


class _Bill:
    """A command on its way. What has no value at first is set by the step that finds it out."""

    trade: Trade
    payer: UUID
    account: UUID
    request: Request
    decision: Decision

    def __init__(self, command: Pay) -> None:
        self.command = command
        self.drawn_on: UUID | None = None
        """The account that a mandate names; without one it is the payer's purse."""
        self.counted = False
        self.mandate: tender.Mandate | None = None
        self.refusal: Refusal | None = None

    @property
    def settles(self) -> bool:
        """Whether the payment also pays the payees, as the trade waits for nothing more."""
        return len(self.decision.moves) > 1

    def decide(self, trade: Trade, now: datetime) -> None:
        self.trade = trade
        try:
            self.decision = payment.pay(
                trade,
                Actor(self.command.by),
                now,
                payer=self.payer,
                payer_account=self.account,
                shown_minor=self.command.shown_minor,
            )
        except Refusal as refusal:
            self.refusal = refusal


def pay(tx: Tx, commands: Sequence[Pay], *, tender_key: bytes = b"") -> list[TradeResult | Refusal]:
    """Pay trades from payers' own purses or by mandates; one refused costs no other.

    `tender_key` is what pay codes were issued with. Several commands on one trade are decided in
    their order. Refusals: `NotFound`; the mandate's; the payer's standing; `TradeSideDiffers`,
    `BuyerDiffers`, `TradeNotPayable`, `DeadlinePassed`, `TradeTotalDiffers`; the gate's and
    limits'; `BuyerLacksFunds`, `PurseFull`, `PurseShut`.
    """
    bills = [_Bill(command) for command in commands]
    rounds: dict[int, list[_Bill]] = {}
    before: Counter[UUID] = Counter()
    for bill in bills:
        rounds.setdefault(before[bill.command.trade], []).append(bill)
        before[bill.command.trade] += 1
    for each in rounds.values():
        _round(tx, each, tender_key)
    return [bill.refusal or result(bill.decision) for bill in bills]


def _round(tx: Tx, bills: list[_Bill], key: bytes) -> None:
    """Pay bills of different trades."""
    _peek(tx, bills)
    _find_payers(tx, _standing(bills), key)
    _find_purses(tx, _standing(bills))
    for bill in _standing(bills):
        bill.decide(bill.trade, tx.now)  # unlocked: what is refused now need not wait for a lock
    rules = _ask(tx, _standing(bills))
    _lock(tx, _standing(bills))
    _consume(tx, _standing(bills), key)
    _hold_to_ceilings(tx, _standing(bills), rules)
    _post(tx, _standing(bills))
    _undo(tx, [bill for bill in bills if bill.refusal is not None])
    _save(tx, _standing(bills))


def _standing(bills: Sequence[_Bill]) -> list[_Bill]:
    return [bill for bill in bills if bill.refusal is None]


def _peek(tx: Tx, bills: Sequence[_Bill]) -> None:
    found = {trade.id: trade for trade in trades.read(tx, [b.command.trade for b in bills])}
    for bill in bills:
        trade = found.get(bill.command.trade)
        if trade is None:
            bill.refusal = NotFound(noun="trade", id=public("trd", bill.command.trade))
        else:
            bill.trade = trade


def _find_payers(tx: Tx, bills: Sequence[_Bill], key: bytes) -> None:
    """The payer is the caller, or who issued the mandate (read here, spent under the lock)."""
    _present(tx, bills, key)
    drawn: list[tuple[_Bill, UUID]] = []
    for bill in _standing(bills):
        code, id_ = bill.command.code, bill.command.mandate
        if code is not None and id_ is not None:
            bill.refusal = Invalid(field="mandate", rule="must not be given beside a code")
        elif code is not None and not tender.is_code(code):
            bill.refusal = tender.MandateUnknown()
        elif code is not None:
            drawn.append((bill, tender.id_of(code, key)))
        elif id_ is not None:
            drawn.append((bill, id_))
        else:
            bill.payer = bill.command.by
    found = mandates.read(tx, list({id_ for _, id_ in drawn})) if drawn else {}
    for bill, id_ in drawn:
        mandate = found.get(id_)
        if mandate is None:
            bill.refusal = tender.MandateUnknown()
        else:
            bill.payer, bill.drawn_on = mandate.payer, mandate.account


def _present(tx: Tx, bills: Sequence[_Bill], key: bytes) -> None:
    """Codes that payers' devices computed become mandates, or are refused."""
    shown = [bill for bill in bills if bill.command.code is not None]
    codes = [
        Shown(bill.command.code or "", bill.command.by, bill.command.typed is True)
        for bill in shown
    ]
    for bill, refusal in zip(shown, present(tx, codes, key=key), strict=True):
        bill.refusal = refusal


def _find_purses(tx: Tx, bills: Sequence[_Bill]) -> None:
    by_currency: dict[str, list[_Bill]] = {}
    for bill in bills:
        by_currency.setdefault(bill.trade.currency, []).append(bill)
    for currency, group in sorted(by_currency.items()):
        purses = parties.purse(tx, {bill.payer for bill in group}, currency)
        for bill in group:
            purse = purses[bill.payer]
            if isinstance(purse, Refusal):
                bill.refusal = purse
                continue
            bill.refusal = purse.refusal
            bill.account = bill.drawn_on or purse.account
            bill.request = _request(bill, purse)


def _request(bill: _Bill, purse: Purse) -> Request:
    return msgspec.structs.replace(
        usage(purse, bill.trade.total_minor, bill.trade.currency),
        grade=_grade(bill.command),
        touchless=bill.command.touchless,
        channel=_channel(bill.command, bill.trade),
        accounts=(bill.account,),
    )


def _grade(command: Pay) -> Grade:
    """A code that a phone computed shows the phone alone; the server issues one after a touch."""
    if command.code is not None:
        return Grade.PLAIN if tender.is_computed(command.code) else Grade.DOUBLE
    return Grade.PLAIN if command.touchless else Grade.SIGNED


def _channel(command: Pay, trade: Trade) -> str:
    """A pay code was shown and scanned, whichever door it came through then."""
    return "qr" if command.code is not None else trade.channel


def _ask(tx: Tx, bills: Sequence[_Bill]) -> list[Limit]:
    """Ask whether payments may be made; where the payees get them at once, first whether they may.

    No more is asked of the database than for payments that wait, unless a gate stands. Returns the
    rules on what wallets may hold, which came with the answer.
    """
    if not bills:
        return []
    settled = [bill for bill in bills if bill.settles]
    asked = {Operation.TRANSFER, Operation.CREDIT} if settled else {Operation.TRANSFER}
    currencies = {bill.trade.currency for bill in bills}
    rules = ask(tx, [(PRODUCT, operation) for operation in asked], currencies).answer()
    _ask_to_settle(tx, settled, rules)
    bills = _standing(bills)
    answers = check(tx, [bill.request for bill in bills], rules)
    for bill, refusal in zip(bills, answers, strict=True):
        bill.refusal, bill.counted = refusal, refusal is None
    return rules.ceilings


def _ask_to_settle(tx: Tx, bills: Sequence[_Bill], rules: Rules) -> None:
    """Refuse bills whose payees may not be paid now, before anything is counted."""
    if not bills or not rules.gates:
        return
    members = [
        (bill, member) for bill in bills for member in sorted(bill.decision.trade.interested)
    ]
    found = parties.read(tx, {member for _, member in members})
    asked = [
        question(found[member], Operation.CREDIT, bill.trade.currency, bill.request.channel)
        for bill, member in members
    ]
    for (bill, _), refusal in zip(members, check(tx, asked, rules), strict=True):
        bill.refusal = bill.refusal or refusal


def _lock(tx: Tx, bills: Sequence[_Bill]) -> None:
    """Decide again under the lock; a price that changed since is asked about anew."""
    if not bills:
        return
    locked = trades.lock_unpaid(tx, [bill.command.trade for bill in bills])
    found = {trade.id: trade for trade in locked}
    changed: list[_Bill] = []
    for bill in bills:
        before, now = bill.trade, found[bill.command.trade]
        bill.decide(now, tx.now)
        if before.total_minor != now.total_minor and bill.refusal is None:
            changed.append(bill)
    if changed:
        _ask_again(tx, changed)


def _ask_again(tx: Tx, bills: Sequence[_Bill]) -> None:
    take_back(tx, [bill.request for bill in bills])
    for bill in bills:
        total = bill.trade.total_minor
        bill.request = msgspec.structs.replace(bill.request, amount_minor=total)
        bill.counted = False
    _ask(tx, bills)


def _consume(tx: Tx, bills: Sequence[_Bill], key: bytes) -> None:
    drawn: list[_Bill] = []
    uses: list[tender.Use] = []
    for bill in bills:
        command, trade = bill.command, bill.trade
        given = command.code if command.code is not None else command.mandate
        if given is None:
            continue
        payee = command.by if command.by in trade.sellers else trade.sellers[0]
        drawn.append(bill)
        uses.append(
            tender.Use(given, payee, trade.total_minor, trade.currency, trade.id, command.by)
        )
    for bill, outcome in zip(drawn, mandates.consume_all(tx, uses, key=key), strict=True):
        if isinstance(outcome, Refusal):
            bill.refusal = outcome
        else:
            bill.mandate = outcome


def _hold_to_ceilings(tx: Tx, bills: Sequence[_Bill], rules: Sequence[Limit]) -> None:
    """Bring the bounds to wallets that are paid at once; a pot has none."""
    by_currency: dict[str, set[UUID]] = {}
    touched: set[UUID] = set()
    for bill in bills:
        touched.update(side for move in bill.decision.moves for side in move[:2])
        if bill.settles:
            paid = by_currency.setdefault(bill.trade.currency, set())
            paid.update(move.credit for move in bill.decision.moves)
    for currency, paid in sorted(by_currency.items()):
        ceilings.hold(
            tx, currency, lambda c=currency, ids=paid: holders(tx, ids, c), rules, beside=touched
        )


def _post(tx: Tx, bills: Sequence[_Bill]) -> None:
    """One batch for all bills; a bill of several moves is a group of its own."""
    items: list[Item] = []
    owners: list[_Bill] = []
    for number, bill in enumerate(bills):
        group = number if bill.settles else None
        for item in transfers(tx, bill.decision, group):
            items.append(item)
            owners.append(bill)
    for bill, outcome in zip(owners, post(tx, items), strict=True):
        if isinstance(outcome, Refusal) and not isinstance(outcome, GroupFailed):
            bill.refusal = _translated(bill, outcome)


def _translated(bill: _Bill, refusal: Refusal) -> Refusal:
    trade = bill.trade
    if isinstance(refusal, FloorReached):
        return BuyerLacksFunds(trade=trade.public, amount_minor=trade.total_minor)
    if isinstance(refusal, CeilingReached):
        return PurseFull(trade=trade.public)
    if isinstance(refusal, (AccountClosed, AccountFrozen)):
        return PurseShut(trade=trade.public)
    return refusal


def _undo(tx: Tx, bills: Sequence[_Bill]) -> None:
    """Give back what refused bills had counted against limits or spent of mandates."""
    take_back(tx, [bill.request for bill in bills if bill.counted])
    mandates.restore(tx, [bill.mandate for bill in bills if bill.mandate is not None])


def _save(tx: Tx, bills: Sequence[_Bill]) -> None:
    if not bills:
        return
    held = [bill.decision.trade for bill in bills if not bill.settles]
    settled = [bill.decision.trade for bill in bills if bill.settles]
    if held:
        trades.save_paid(tx, held, tx.now)
    if settled:
        trades.save(tx, settled)
    claimed = [(bill.payer, bill.trade.id, "buyer") for bill in bills if bill.trade.buyer is None]
    if claimed:
        trades.insert_roles(tx, claimed)
    made = [(Actor(bill.command.by), bill.decision) for bill in bills]
    append(tx, [entry for by, decision in made for entry in entries(by, decision)])
