"""Beside the main line: passing a seller's part on to others, and rating each other at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sycee.kit.errors import Invalid
from sycee.kit.money import check_amount
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model.payment import PAYEES_MAX
from sycee.products.escrow.model.refunds import PAID
from sycee.products.escrow.model.trade import (
    ENDED,
    Actor,
    Decision,
    Event,
    Move,
    Share,
    Side,
    State,
    Trade,
    need_no_refund,
    need_peace,
    need_side,
    need_state,
    within,
)


def split(
    trade: Trade,
    by: Actor,
    now: datetime,
    *,
    payees: Sequence[tuple[UUID, int]],
    accounts: Mapping[UUID, UUID],
) -> Decision:
    """A seller passes a part of its own share on to others.

    While the trade holds the money only the claim changes hands, and the payee is paid at release;
    after the end it is a payment from the seller's account.
    """
    need_side(trade, by, "split", Side.SELLER)
    need_state(trade, "split", *PAID)
    need_peace(trade)
    need_no_refund(trade)
    total = _check_payees(trade, payees)
    shares = list(trade.shares)
    i = next(i for i, s in enumerate(shares) if s.party == s.seller == by.party)
    own = shares[i]
    if trade.state is State.FINISHED:
        left = own.released_minor - own.fee_minor - own.reclaimed_minor - own.split_minor
    else:
        left = own.left_minor
    if total > left:
        raise refusals.AmountAboveHeld(
            trade=trade.public, amount_minor=total, left_minor=max(0, left)
        )
    moves: tuple[Move, ...] = ()
    if trade.state is State.FINISHED:
        shares[i] = replace(own, split_minor=own.split_minor + total)
        moves = tuple(
            Move(own.account, accounts[party], amount, "escrow.split") for party, amount in payees
        )
    else:
        shares[i] = replace(own, due_minor=own.due_minor - total)
        for party, amount in payees:
            _add(shares, Share(party, own.party, accounts[party], amount))
    body = {"amount_minor": total, "payees": len(payees)}
    changed = replace(trade, shares=tuple(shares))
    return Decision(changed, moves, (Event("trade.split", trade.id, body),))


def _check_payees(trade: Trade, payees: Sequence[tuple[UUID, int]]) -> int:
    if not 1 <= len(payees) <= PAYEES_MAX or len(trade.shares) + len(payees) > 2 * PAYEES_MAX:
        raise Invalid(field="payees", rule=f"must be from 1 to {PAYEES_MAX}")
    for party, amount in payees:
        check_amount(amount, "payees.amount_minor")
        if party == trade.buyer or party in trade.sellers:
            raise Invalid(field="payees.party", rule="must be neither buyer nor seller")
    return sum(amount for _, amount in payees)


def _add(shares: list[Share], new: Share) -> None:
    for i, share in enumerate(shares):
        if (share.party, share.seller) == (new.party, new.seller):
            shares[i] = replace(share, due_minor=share.due_minor + new.due_minor)
            return
    shares.append(new)


def rate(
    trade: Trade, by: Actor, now: datetime, *, stars: int, of: UUID, known: bool = False
) -> Decision:
    """One side gives the other 1 to 5 stars after a paid trade's end; `known`: it did before."""
    side = need_side(trade, by, "rate", Side.BUYER, Side.SELLER)
    if trade.paid_minor == 0:
        need_state(trade, "rate", State.FINISHED)
    need_state(trade, "rate", *ENDED)
    assert trade.ended_at is not None
    if not within(trade.ended_at, now, trade.terms.rate_seconds):
        raise refusals.DeadlinePassed(trade=trade.public, deadline="rate")
    if known:
        raise refusals.TradeAlreadyRated(trade=trade.public)
    if not 1 <= stars <= 5:
        raise Invalid(field="stars", rule="must be from 1 to 5")
    others = trade.sellers if side is Side.BUYER else (trade.buyer,)
    if of not in others:
        raise Invalid(field="of", rule="must be the other side of this trade")
    event = Event("trade.rated", trade.id, {"stars": stars, "of": of})
    return Decision(trade, (), (event,))
