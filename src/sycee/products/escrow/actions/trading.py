"""A trade from its making to its end, but for money back and quarrels."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from msgspec.structs import replace

from sycee.core.journal.append import append
from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.model import NewAccount
from sycee.core.parties import parties
from sycee.core.policy.model import Operation
from sycee.kit.errors import Invalid, Refusal
from sycee.kit.ids import public
from sycee.products.escrow.actions.commands import (
    CategoryResult,
    ChangePrice,
    Configure,
    Create,
    Rate,
    Release,
    Review,
    Ship,
    Split,
    Touch,
    TradeResult,
)
from sycee.products.escrow.actions.steps import admit, ask, entries, purses, result, step, take
from sycee.products.escrow.model import afterwards, milestones, payment, shipment
from sycee.products.escrow.model.payment import REF_MAX, check_text
from sycee.products.escrow.model.refusals import OutRefTaken, RequestRefReused
from sycee.products.escrow.model.terms import CATEGORIES, FEE_BPS, check
from sycee.products.escrow.model.trade import Actor, Decision, Trade
from sycee.products.escrow.store import records, trades
from sycee.products.escrow.store.records import Category, Shipment
from sycee.runtime.db import Tx


def create(tx: Tx, command: Create) -> TradeResult:
    """Make a trade with its pot.

    Refuses `Invalid`, `Forbidden`, `NotFound`, `ProductSuspended`, `OutRefTaken` and what keeps a
    party from starting anything new.
    """
    draft, by = command.draft, Actor(command.by)
    payment.check_draft(draft)
    sellers = list(dict.fromkeys(line.seller for line in draft.lines))
    members = [command.by, *sellers]
    asked = [(Operation.TRANSFER, members)]
    admit(tx, asked, draft.currency, by=by, channel=draft.channel)
    _check_buyer(tx, draft.buyer)
    category = _category(tx, draft.category)
    terms = category.terms
    if command.pay_seconds is not None:
        terms = replace(terms, pay_seconds=command.pay_seconds)
    if command.settle_seconds is not None:
        terms = replace(terms, settle_seconds=command.settle_seconds)
    payees = [*sellers, *(royalty.party for royalty in draft.royalties)]
    named = payees if command.by in sellers else payees[len(sellers) :]
    _keep_a_mediator(tx, set(named) - {command.by})
    id = tx.new_id()
    decision = payment.create(
        id,
        draft,
        by,
        tx.now,
        accounts=purses(tx, payees, draft.currency),
        fee_account=ledger.house("fees", draft.currency),
        fee_bps=category.fee_bps,
        terms=check(terms),
    )
    if draft.out_ref is not None:
        holder = trades.claim_out_ref(tx, sellers[0], draft.out_ref, id)
        if holder != id:
            raise OutRefTaken(out_ref=draft.out_ref, trade=public("trd", holder))
    _open_pot(tx, decision.trade)
    trades.insert(tx, decision.trade)
    append(tx, entries(by, decision))
    return result(decision)


def _check_buyer(tx: Tx, buyer: UUID | None) -> None:
    if buyer is None:
        return
    party = parties.get(tx, buyer)
    if party.refusal is not None:
        raise party.refusal


def _category(tx: Tx, name: str) -> Category:
    found = records.category(tx, name)
    if found is not None:
        return found
    terms = CATEGORIES.get(name)
    if terms is None:
        raise Invalid(field="category", rule=f"must be one of {', '.join(CATEGORIES)}")
    return Category(terms, FEE_BPS)


def _open_pot(tx: Tx, trade: Trade) -> None:
    wanted = [
        NewAccount(trade.id, None, "escrow", trade.currency, 0),
        NewAccount(trade.fee_account, None, "fees", trade.currency),
    ]
    for outcome in ledger.open(tx, wanted):
        if isinstance(outcome, Refusal):
            raise outcome


def configure(tx: Tx, command: Configure) -> CategoryResult:
    """Set a category's terms and fee, for trades made from now on. The operator's."""
    check_text(command.category, "category", 32)
    if not 0 <= command.fee_bps <= 10_000:
        raise Invalid(field="fee_bps", rule="must be from 0 to 10,000")
    records.save_category(tx, command.category, check(command.terms), command.fee_bps, tx.now)
    return CategoryResult(command.category, command.fee_bps)


def change_price(tx: Tx, command: ChangePrice) -> TradeResult:
    """Change prices before the payment."""
    by = Actor(command.by)

    def decide(trade: Trade) -> Decision:
        return payment.change_price(
            trade,
            by,
            tx.now,
            prices=dict(command.prices),
            freight_minor=command.freight_minor,
            milestones=command.milestones,
        )

    return result(step(tx, command.trade, by, decide))


def cancel(tx: Tx, command: Touch) -> TradeResult:
    """Close a trade before it is paid."""
    return take(tx, command.trade, Actor(command.by), payment.cancel)


def ship(tx: Tx, command: Ship) -> TradeResult:
    """Say that goods are on their way."""
    by, id = Actor(command.by), tx.new_id()
    for name in ("carrier", "tracking_number"):
        text = getattr(command, name)
        if text is not None:
            check_text(text, name, REF_MAX)
    decision = step(
        tx,
        command.trade,
        by,
        lambda t: shipment.ship(t, by, tx.now, shipment=id, items=command.items),
    )
    parcel = Shipment(
        id=id,
        seller=command.by,
        items=command.items,
        carrier=command.carrier,
        tracking_number=command.tracking_number,
        shipped_at=tx.now,
    )
    records.insert_shipment(tx, command.trade, parcel)
    return result(decision, shipment=id)


def confirm(tx: Tx, command: Touch) -> TradeResult:
    """Accept the goods: the sellers are paid and the trade ends."""
    return take(tx, command.trade, Actor(command.by), shipment.confirm, Operation.CREDIT)


def extend(tx: Tx, command: Touch) -> TradeResult:
    """Take more time to confirm, once."""
    return take(tx, command.trade, Actor(command.by), shipment.extend)


def release(tx: Tx, command: Release) -> TradeResult:
    """Pay a part early; in a trade without delivery also the seller's settlement."""
    by = Actor(command.by)

    def decide(trade: Trade) -> Decision:
        return shipment.release(
            trade,
            by,
            tx.now,
            amount_minor=command.amount_minor,
            line=command.line,
            seller=command.seller,
        )

    return result(step(tx, command.trade, by, decide, operation=Operation.CREDIT))


def submit(tx: Tx, command: Review) -> TradeResult:
    """Say that a milestone is done."""
    verb = partial(milestones.submit, milestone=command.milestone)
    return take(tx, command.trade, Actor(command.by), verb)


def approve(tx: Tx, command: Review) -> TradeResult:
    """Accept a milestone: its amount is paid."""
    verb = partial(milestones.approve, milestone=command.milestone)
    return take(tx, command.trade, Actor(command.by), verb, Operation.CREDIT)


def reject(tx: Tx, command: Review) -> TradeResult:
    """Send a milestone back to the seller."""
    verb = partial(milestones.reject, milestone=command.milestone)
    return take(tx, command.trade, Actor(command.by), verb)


def _keep_a_mediator(tx: Tx, named: set[UUID]) -> None:
    """Who gets some of a trade's money cannot rule on it: nobody makes the operator one of them."""
    if named and parties.operator(tx) in named:
        raise Invalid(
            field="party", rule="must not be the operator, who rules where nobody else may"
        )


def split(tx: Tx, command: Split) -> TradeResult:
    """Pass parts of a seller's share on.

    The same reference and payees moves nothing again, and is answered under any order.
    """
    by = Actor(command.by)
    check_text(command.request_ref, "request_ref", REF_MAX)
    payees = [party for party, _ in command.payees]
    done = records.split_by_ref(tx, command.trade, command.request_ref)
    ask(tx, command.trade, () if done else (Operation.CREDIT,), by, beside=payees)
    found = trades.read(tx, [command.trade])
    selling = command.by in found[0].sellers
    if selling and not done:
        _keep_a_mediator(tx, set(payees) - {command.by})
    accounts = purses(tx, payees, found[0].currency) if selling else {}
    known: list[bool] = []

    def decide(trade: Trade) -> Decision:
        before = records.split_by_ref(tx, trade.id, command.request_ref)
        if before is not None and command.by in trade.sellers:
            if before != (command.by, command.payees):
                raise RequestRefReused(trade=trade.public, request_ref=command.request_ref)
            known.append(True)
            return Decision(trade)
        return afterwards.split(trade, by, tx.now, payees=command.payees, accounts=accounts)

    decision = step(tx, command.trade, by, decide)
    if not known:
        ref = command.request_ref
        records.insert_split(tx, command.trade, ref, command.by, command.payees, tx.now)
        trades.insert_roles(tx, trades.roles(decision.trade))
    return result(decision, existed=bool(known))


def rate(tx: Tx, command: Rate, *, sealed: bytes | None = None) -> TradeResult:
    """Give the other side its stars; `sealed` is the comment, sealed with the rater's key."""
    by = Actor(command.by)

    def decide(trade: Trade) -> Decision:
        before = {(r.rater, r.rated) for r in records.ratings(tx, trade.id)}
        return afterwards.rate(
            trade,
            by,
            tx.now,
            stars=command.stars,
            of=command.of,
            known=(command.by, command.of) in before,
        )

    decision = step(tx, command.trade, by, decide)
    records.insert_rating(tx, command.trade, command.by, command.of, command.stars, sealed, tx.now)
    return result(decision)
