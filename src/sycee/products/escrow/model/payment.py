"""Before the money waits: make a trade, change its price, cancel it, pay for it, let it lapse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from sycee.kit.errors import Forbidden, Invalid
from sycee.kit.money import MAX_MINOR, check_amount, check_currency
from sycee.products.escrow.model import refusals
from sycee.products.escrow.model import shares as parts
from sycee.products.escrow.model.terms import Terms, seconds
from sycee.products.escrow.model.trade import (
    Actor,
    Decision,
    Delivery,
    Event,
    Line,
    Milestone,
    Move,
    Share,
    Side,
    State,
    Trade,
    after,
    due,
    ended_events,
    need_side,
    need_state,
    side_of,
    start_clock,
)

LINES_MAX = 100
PAYEES_MAX = 50
MILESTONES_MAX = 50
TITLE_MAX = 256
REF_MAX = 64
QUANTITY_MAX = 1_000_000


class Royalty(msgspec.Struct, frozen=True):
    """A fixed part of a seller's amount that goes to somebody else at release."""

    party: UUID
    amount_minor: int
    seller: UUID | None = None


class Draft(msgspec.Struct, frozen=True):
    """A trade as asked for. `lines` come with their seller; the first line's seller leads.

    `delivery` none means an immediate trade: paid, it waits only for its settlement. Amounts in
    minor units of `currency`; the total (lines and freight) is from 1 to 2^53.
    """

    buyer: UUID | None
    currency: str
    title: str
    lines: tuple[Line, ...]
    freight_minor: int = 0
    royalties: tuple[Royalty, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    delivery: Delivery = Delivery.SHIP
    category: str = "goods"
    channel: str = "api"
    out_ref: str | None = None


def create(
    id: UUID,
    draft: Draft,
    by: Actor,
    now: datetime,
    *,
    accounts: Mapping[UUID, UUID],
    fee_account: UUID,
    fee_bps: int,
    terms: Terms,
) -> Decision:
    """A new trade, made by its buyer or one of its sellers. `accounts` are the payees' accounts.

    Raises `Invalid` and `Forbidden`.
    """
    check_draft(draft)
    sellers = tuple(dict.fromkeys(line.seller for line in draft.lines))
    if by.party not in (draft.buyer, *sellers) or by.party is None:
        raise Forbidden(needs="to be the trade's buyer or a seller")
    total = _total(draft.lines, draft.freight_minor)
    _check_milestones(draft.delivery, draft.milestones, total)
    shares = _shares(
        draft.lines,
        draft.freight_minor,
        [(r.party, parts_seller(sellers, r.seller), r.amount_minor) for r in draft.royalties],
        accounts,
    )
    trade = Trade(
        id=id,
        buyer=draft.buyer,
        buyer_account=None,
        fee_account=fee_account,
        currency=draft.currency,
        fee_bps=fee_bps,
        delivery=draft.delivery,
        state=State.WAIT_BUYER_PAY,
        category=draft.category,
        channel=draft.channel,
        out_ref=draft.out_ref,
        title=draft.title,
        lines=draft.lines,
        freight_minor=draft.freight_minor,
        shares=shares,
        milestones=draft.milestones,
        terms=terms,
        total_minor=total,
        created_at=now,
        pay_by=now + seconds(terms.pay_seconds),
    )
    body = {"total_minor": total, "currency": draft.currency}
    return Decision(trade, (), (Event("trade.created", id, body),))


def check_draft(draft: Draft) -> None:
    """Raise `Invalid` for the first field of a draft that breaks its rule."""
    check_currency(draft.currency)
    check_text(draft.title, "title", TITLE_MAX)
    check_text(draft.channel, "channel", 32)
    if draft.out_ref is not None:
        check_text(draft.out_ref, "out_ref", REF_MAX)
    if not 1 <= len(draft.lines) <= LINES_MAX:
        raise Invalid(field="lines", rule=f"must be from 1 to {LINES_MAX}")
    for line in draft.lines:
        check_text(line.title, "lines.title", TITLE_MAX)
        if not 1 <= line.quantity <= QUANTITY_MAX:
            raise Invalid(field="lines.quantity", rule=f"must be from 1 to {QUANTITY_MAX}")
        if line.shipped or line.dropped or line.released:
            raise Invalid(field="lines", rule="must be new")
        if line.seller == draft.buyer:
            raise Invalid(field="buyer", rule="must not sell in the same trade")
    if len(draft.royalties) > PAYEES_MAX:
        raise Invalid(field="royalties", rule=f"must be at most {PAYEES_MAX}")
    sellers = {line.seller for line in draft.lines}
    for royalty in draft.royalties:
        check_amount(royalty.amount_minor, "royalties.amount_minor")
        if royalty.party in sellers or royalty.party == draft.buyer:
            raise Invalid(field="royalties.party", rule="must be neither buyer nor seller")


def check_text(text: str, field: str, longest: int) -> None:
    """Raise `Invalid` unless a text has 1 to `longest` characters and no NUL."""
    if not 1 <= len(text) <= longest or "\0" in text:
        raise Invalid(field=field, rule=f"must have from 1 to {longest} characters")


def parts_seller(sellers: Sequence[UUID], seller: UUID | None) -> UUID:
    """The seller a royalty is taken from; the leading one unless another is named."""
    if seller is None:
        return sellers[0]
    if seller not in sellers:
        raise Invalid(field="royalties.seller", rule="must be a seller of this trade")
    return seller


def _total(lines: Sequence[Line], freight_minor: int) -> int:
    if not 0 <= freight_minor <= MAX_MINOR:
        raise Invalid(field="freight_minor", rule="must be a whole number from 0 to 2^53")
    for line in lines:
        if not 0 <= line.unit_price_minor <= MAX_MINOR:
            raise Invalid(field="lines.unit_price_minor", rule="must be from 0 to 2^53")
    return check_amount(sum(_price(line) for line in lines) + freight_minor, "total_minor")


def _price(line: Line) -> int:
    return line.quantity * line.unit_price_minor


def _check_milestones(
    delivery: Delivery, milestones: Sequence[Milestone], total_minor: int
) -> None:
    if delivery is not Delivery.MILESTONES:
        if milestones:
            raise Invalid(field="milestones", rule="belong to a trade delivered by milestones")
        return
    if not 1 <= len(milestones) <= MILESTONES_MAX:
        raise Invalid(field="milestones", rule=f"must be from 1 to {MILESTONES_MAX}")
    for milestone in milestones:
        check_text(milestone.title, "milestones.title", TITLE_MAX)
        check_amount(milestone.amount_minor, "milestones.amount_minor")
        if milestone.state != "open":
            raise Invalid(field="milestones.state", rule="must be open")
    if sum(m.amount_minor for m in milestones) != total_minor:
        raise Invalid(field="milestones", rule="must sum to the trade's total")


def _shares(
    lines: Sequence[Line],
    freight_minor: int,
    royalties: Sequence[tuple[UUID, UUID, int]],
    accounts: Mapping[UUID, UUID],
) -> tuple[Share, ...]:
    """Sellers get the price of their lines (the first one the freight), less their royalties."""
    dues: dict[tuple[UUID, UUID], int] = {(lines[0].seller, lines[0].seller): freight_minor}
    for line in lines:
        key = (line.seller, line.seller)
        dues[key] = dues.get(key, 0) + _price(line)
    for party, seller, amount in royalties:
        dues[seller, seller] -= amount
        dues[party, seller] = dues.get((party, seller), 0) + amount
    if min(dues.values()) < 0:
        raise Invalid(field="royalties", rule="must not exceed the seller's amount")
    return tuple(
        Share(party, seller, accounts[party], amount) for (party, seller), amount in dues.items()
    )


def change_price(
    trade: Trade,
    by: Actor,
    now: datetime,
    *,
    prices: Mapping[int, int],
    freight_minor: int | None = None,
    milestones: Sequence[int] | None = None,
) -> Decision:
    """A seller changes unit prices of own lines before the payment; the first one the freight too.

    `prices` maps a line's index to its new unit price; `milestones` are the new amounts, in order,
    and must be given when the total of a trade with milestones changes.
    """
    need_side(trade, by, "change-price", Side.SELLER)
    need_state(trade, "change-price", State.WAIT_BUYER_PAY)
    lines = list(trade.lines)
    for i, price in prices.items():
        if not 0 <= i < len(lines) or lines[i].seller != by.party:
            raise Invalid(field="prices", rule="must name lines of your own")
        lines[i] = replace(lines[i], unit_price_minor=price)
    if freight_minor is not None and by.party != trade.sellers[0]:
        raise Invalid(field="freight_minor", rule="belongs to the leading seller")
    freight = trade.freight_minor if freight_minor is None else freight_minor
    total = _total(lines, freight)
    steps = trade.milestones
    if milestones is not None:
        if len(milestones) != len(steps):
            raise Invalid(field="milestones", rule="must be one amount for each milestone")
        steps = tuple(replace(m, amount_minor=a) for m, a in zip(steps, milestones, strict=True))
    _check_milestones(trade.delivery, steps, total)
    royalties = [(s.party, s.seller, s.due_minor) for s in trade.shares if s.party != s.seller]
    accounts = {s.party: s.account for s in trade.shares}
    changed = replace(
        trade,
        lines=tuple(lines),
        freight_minor=freight,
        milestones=steps,
        shares=_shares(lines, freight, royalties, accounts),
        total_minor=total,
    )
    body = {"total_minor": total, "before_minor": trade.total_minor}
    return Decision(changed, (), (Event("trade.price-changed", trade.id, body),))


def cancel(trade: Trade, by: Actor, now: datetime) -> Decision:
    """The buyer or a seller gives the trade up before it is paid."""
    need_side(trade, by, "cancel", Side.BUYER, Side.SELLER)
    need_state(trade, "cancel", State.WAIT_BUYER_PAY)
    return _close(trade, now)


def lapse(trade: Trade, by: Actor, now: datetime) -> Decision:
    """Nobody paid by `pay_by`."""
    need_side(trade, by, "lapse", Side.TIMER)
    need_state(trade, "lapse", State.WAIT_BUYER_PAY)
    due(trade, "pay_by", trade.pay_by, now)
    return _close(trade, now)


def _close(trade: Trade, now: datetime) -> Decision:
    closed = replace(trade, state=State.CLOSED, pay_by=None, ended_at=now)
    return Decision(closed, (), ended_events(trade, closed))


def pay(
    trade: Trade,
    by: Actor,
    now: datetime,
    *,
    payer: UUID,
    payer_account: UUID,
    shown_minor: int | msgspec.UnsetType = msgspec.UNSET,
) -> Decision:
    """Money goes from the payer's account into the pot.

    The buyer calls it, or a seller who holds the buyer's pay code. Who pays a trade without a named
    buyer becomes its buyer. A trade without delivery and with `settle_seconds` 0 ends at once.
    `shown_minor` is the total that the payer was shown, if they say so.
    """
    _check_payer(trade, by, payer)
    if trade.state is not State.WAIT_BUYER_PAY:
        raise refusals.TradeNotPayable(trade=trade.public, state=trade.state.value)
    if trade.pay_by is not None and now >= trade.pay_by:
        raise refusals.DeadlinePassed(trade=trade.public, deadline="pay_by")
    if shown_minor is not msgspec.UNSET and shown_minor != trade.total_minor:
        raise refusals.TradeTotalDiffers(trade=trade.public, total_minor=trade.total_minor)
    moves = (Move(payer_account, trade.id, trade.total_minor, "escrow.hold"),)
    paid = replace(
        trade,
        buyer=payer,
        buyer_account=payer_account,
        paid_minor=trade.total_minor,
        paid_at=now,
        pay_by=None,
    )
    body = {"total_minor": trade.total_minor, "currency": trade.currency}
    events = (Event("trade.paid", trade.id, body),)
    if trade.delivery is not Delivery.NONE:
        paid = replace(paid, state=State.WAIT_SELLER_SHIP)
        return Decision(start_clock(paid, now, trade.terms.ship_seconds), moves, events)
    paid = replace(paid, state=State.WAIT_BUYER_CONFIRM)
    if trade.terms.settle_seconds:
        return Decision(start_clock(paid, now, trade.terms.settle_seconds), moves, events)
    settled, more = parts.release(paid, paid.held_minor, None)
    settled = after(settled, now)
    return Decision(settled, moves + more, events + ended_events(paid, settled))


def _check_payer(trade: Trade, by: Actor, payer: UUID) -> None:
    if trade.buyer is not None or by.party != payer:
        side = side_of(trade, by)
        if side is not Side.BUYER and (side is not Side.SELLER or by.party == payer):
            raise refusals.TradeSideDiffers(trade=trade.public, verb="pay", needs="buyer")
    if any(share.party == payer for share in trade.shares):
        raise refusals.TradeSideDiffers(trade=trade.public, verb="pay", needs="buyer")
    if trade.buyer is not None and payer != trade.buyer:
        raise refusals.BuyerDiffers(trade=trade.public)
