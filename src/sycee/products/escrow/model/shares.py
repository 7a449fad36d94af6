"""Shares: who gets how much of a release or a refund; every unit goes somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.kit.money import check_amount, share_bps, split_by_weights
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model.trade import Move, Share, Trade


def seller_of(trade: Trade, seller: UUID | None) -> UUID:
    """`seller` when it sells in this trade, or its only seller; else `Invalid`."""
    sellers = trade.sellers
    if seller is None:
        if len(sellers) == 1:
            return sellers[0]
        raise Invalid(field="seller", rule="must be given, as the trade has several sellers")
    if seller not in sellers:
        raise Invalid(field="seller", rule="must be a seller of this trade")
    return seller


def left_of(trade: Trade, seller: UUID | None) -> int:
    """What the pot holds for a seller and its royalty payees (None: for everybody)."""
    return sum(s.left_minor for s in trade.shares if seller is None or s.seller == seller)


def refunded_of(trade: Trade, seller: UUID) -> int:
    """What the buyer got back of a seller's part, from the pot or from the seller."""
    return sum(s.refunded_minor + s.reclaimed_minor for s in trade.shares if s.seller == seller)


def refundable_of(trade: Trade, seller: UUID) -> int:
    """What the buyer may still get back of a seller's part, from the pot or from the seller."""
    due = sum(s.due_minor for s in trade.shares if s.seller == seller)
    return due - refunded_of(trade, seller)


def parts_of(trade: Trade, amount_minor: int, seller: UUID | None) -> list[int]:
    """An amount over all shares in proportion to what is left of each; no part exceeds it.

    ⌈A·l/L⌉ ≤ l as long as A ≤ L, so largest remainders never overdraw a share.
    """
    weights = [s.left_minor if seller is None or s.seller == seller else 0 for s in trade.shares]
    if sum(1 for weight in weights if weight) == 1:
        return [amount_minor if weight else 0 for weight in weights]
    return split_by_weights(amount_minor, weights)


def release(trade: Trade, amount_minor: int, seller: UUID | None) -> tuple[Trade, tuple[Move, ...]]:
    """Pay an amount out of the pot: to payees, less the platform's fee.

    The fee is reckoned on each share's running total, so that many small releases cost what one
    large release costs. Raises `AmountAboveHeld`.
    """
    left = left_of(trade, seller)
    if check_amount(amount_minor) > left:
        raise refusals.AmountAboveHeld(
            trade=trade.public, amount_minor=amount_minor, left_minor=left
        )
    shares, moves, fees = list(trade.shares), [], 0
    for i, part in enumerate(parts_of(trade, amount_minor, seller)):
        if not part:
            continue
        share = shares[i]
        gross = share.released_minor + part
        fee = share_bps(gross, trade.fee_bps) - share.fee_minor
        fees += fee
        if part > fee:
            code = "escrow.release" if share.party == share.seller else "escrow.split"
            moves.append(Move(trade.id, share.account, part - fee, code))
        shares[i] = replace(share, released_minor=gross, fee_minor=share.fee_minor + fee)
    if fees:
        moves.append(Move(trade.id, trade.fee_account, fees, "escrow.fee"))
    trade = replace(
        trade,
        shares=tuple(shares),
        released_minor=trade.released_minor + amount_minor - fees,
        fee_minor=trade.fee_minor + fees,
    )
    return trade, tuple(moves)


def refund(trade: Trade, amount_minor: int, seller: UUID) -> tuple[Trade, tuple[Move, ...]]:
    """Pay an amount back to the buyer: from the pot first, the rest from the seller's account.

    Raises `AmountAboveRefundable`. The platform keeps its fee and royalty payees keep theirs: the
    seller bears both.
    """
    refundable = refundable_of(trade, seller)
    if check_amount(amount_minor) > refundable:
        raise refusals.AmountAboveRefundable(
            trade=trade.public, amount_minor=amount_minor, left_minor=refundable
        )
    assert trade.buyer_account is not None, "a trade that holds money knows who paid"
    from_pot = min(amount_minor, left_of(trade, seller))
    reclaimed = amount_minor - from_pot
    shares, moves = list(trade.shares), []
    for i, part in enumerate(parts_of(trade, from_pot, seller) if from_pot else ()):
        if part:
            shares[i] = replace(shares[i], refunded_minor=shares[i].refunded_minor + part)
    if reclaimed:
        i = next(i for i, s in enumerate(shares) if s.party == s.seller == seller)
        shares[i] = replace(shares[i], reclaimed_minor=shares[i].reclaimed_minor + reclaimed)
        moves.append(Move(shares[i].account, trade.id, reclaimed, "escrow.reclaim"))
    moves.append(Move(trade.id, trade.buyer_account, amount_minor, "escrow.refund"))
    trade = replace(
        trade,
        shares=tuple(shares),
        refunded_minor=trade.refunded_minor + amount_minor,
        reclaimed_minor=trade.reclaimed_minor + reclaimed,
    )
    return trade, tuple(moves)


def rule(
    trade: Trade, to_buyer: int, to_payees: Sequence[tuple[UUID, int]], fee_minor: int
) -> tuple[Trade, tuple[Move, ...]]:
    """Empty the pot as a mediator ruled. Raises `RulingUnbalanced` and `RulingAboveShare`."""
    ruled = to_buyer + sum(amount for _, amount in to_payees) + fee_minor
    if ruled != trade.held_minor:
        raise refusals.RulingUnbalanced(
            trade=trade.public, held_minor=trade.held_minor, ruled_minor=ruled
        )
    buyer_account = trade.buyer_account
    assert buyer_account is not None, "a trade that holds money knows who paid"
    shares, moves = list(trade.shares), []
    for party, amount in to_payees:
        _rule_payee(trade, shares, moves, party, amount)
    trade = replace(trade, shares=tuple(shares))
    fees = parts_of(trade, fee_minor, None) if fee_minor else [0] * len(shares)
    for i, share in enumerate(shares):
        paid = share.released_minor + fees[i]
        shares[i] = replace(
            share,
            released_minor=paid,
            fee_minor=share.fee_minor + fees[i],
            refunded_minor=share.due_minor - paid,
        )
    if fee_minor:
        moves.append(Move(trade.id, trade.fee_account, fee_minor, "escrow.fee"))
    if to_buyer:
        moves.append(Move(trade.id, buyer_account, to_buyer, "escrow.refund"))
    trade = replace(
        trade,
        shares=tuple(shares),
        released_minor=trade.released_minor + ruled - to_buyer - fee_minor,
        fee_minor=trade.fee_minor + fee_minor,
        refunded_minor=trade.refunded_minor + to_buyer,
    )
    return trade, tuple(moves)


def _rule_payee(
    trade: Trade, shares: list[Share], moves: list[Move], party: UUID, amount_minor: int
) -> None:
    """Pay one payee from its shares, in order; it may hold a royalty of several sellers."""
    mine = [i for i, share in enumerate(shares) if share.party == party]
    if not mine:
        raise Invalid(field="to_payees", rule=f"{public('par', party)} is no payee of this trade")
    left = sum(shares[i].left_minor for i in mine)
    if amount_minor > left:
        raise refusals.RulingAboveShare(
            trade=trade.public, amount_minor=amount_minor, left_minor=left
        )
    for i in mine:
        part = min(amount_minor, shares[i].left_minor)
        if part:
            code = "escrow.release" if party == shares[i].seller else "escrow.split"
            moves.append(Move(trade.id, shares[i].account, part, code))
            shares[i] = replace(shares[i], released_minor=shares[i].released_minor + part)
            amount_minor -= part
