"""The JSON bodies of escrow's routes, and the commands that they become."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from sycee.kit.ids import parse
from sycee.products.escrow.actions import commands
from sycee.products.escrow.model.payment import Draft, Royalty
from sycee.products.escrow.model.terms import Terms
from sycee.products.escrow.model.trade import Delivery, Line, Milestone
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.shapes import (
    Amount,
    AmountOrNone,
    Body,
    Currency,
    Reference,
    Text,
    public_id,
)

Party = Annotated[str, public_id("par")]
Index = Annotated[int, msgspec.Meta(ge=0, le=99, description="Counts from 0.")]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=34_560_000)]
Reason = Annotated[
    str,
    msgspec.Meta(max_length=64, pattern=r"^[a-z][a-z0-9-]*\Z", description="A short code."),
]
Tracking = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Comment = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=4_000, description="Sealed with the writer's key."),
]


def _party(text: str | None, field: str) -> UUID | None:
    return None if text is None else parse("par", text, field)


class LineBody(Body, frozen=True):
    """Goods: `seller` may be left out when the caller sells them."""

    title: Text
    quantity: Count
    unit_price_minor: AmountOrNone
    seller: Party | None = None


class RoyaltyBody(Body, frozen=True):
    """A fixed part of a seller's amount for somebody else."""

    party: Party
    amount_minor: Amount
    seller: Party | None = None


class MilestoneBody(Body, frozen=True):
    """A part of the work and its price."""

    title: Text
    amount_minor: Amount


class TradeBody(Body, frozen=True):
    """A trade to be made, by its buyer or a seller. Without `buyer`, whoever pays becomes it."""

    currency: Currency
    title: Text
    lines: Annotated[tuple[LineBody, ...], msgspec.Meta(min_length=1, max_length=100)]
    buyer: Party | None = None
    freight_minor: AmountOrNone = 0
    royalties: Annotated[tuple[RoyaltyBody, ...], msgspec.Meta(max_length=50)] = ()
    milestones: Annotated[tuple[MilestoneBody, ...], msgspec.Meta(max_length=50)] = ()
    delivery: Delivery = Delivery.SHIP
    category: Text = "goods"
    out_ref: Reference | None = None
    pay_seconds: Seconds | None = None
    settle_seconds: Seconds | None = None

    def command(self, by: UUID) -> commands.Create:
        """The command of a caller."""
        lines = tuple(
            Line(
                seller=_party(line.seller, "lines.seller") or by,
                title=line.title,
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
            )
            for line in self.lines
        )
        draft = Draft(
            buyer=_party(self.buyer, "buyer"),
            currency=self.currency,
            title=self.title,
            lines=lines,
            freight_minor=self.freight_minor,
            royalties=tuple(
                Royalty(
                    party=parse("par", royalty.party, "royalties.party"),
                    amount_minor=royalty.amount_minor,
                    seller=_party(royalty.seller, "royalties.seller"),
                )
                for royalty in self.royalties
            ),
            milestones=tuple(Milestone(m.title, m.amount_minor) for m in self.milestones),
            delivery=self.delivery,
            category=self.category,
            out_ref=self.out_ref,
        )
        return commands.Create(by, draft, self.pay_seconds, self.settle_seconds)


class PriceBody(Body, frozen=True):
    """A line's new unit price."""

    line: Index
    unit_price_minor: AmountOrNone


class ChangePriceBody(Body, frozen=True):
    """New prices; what is left out stays. `milestones` are all amounts, in order."""

    prices: Annotated[tuple[PriceBody, ...], msgspec.Meta(max_length=100)] = ()
    freight_minor: AmountOrNone | None = None
    milestones: Annotated[tuple[Amount, ...], msgspec.Meta(max_length=50)] | None = None

    def command(self, by: UUID, trade: UUID) -> commands.ChangePrice:
        """The command of a caller."""
        prices = tuple((price.line, price.unit_price_minor) for price in self.prices)
        return commands.ChangePrice(trade, by, prices, self.freight_minor, self.milestones)


class PayBody(Body, frozen=True):
    """How to pay: an empty object is the caller's own purse; `code` a buyer's pay code.

    `amount_minor` is the total that the payer was shown: at any other nothing is paid.
    """

    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{18}\Z")] | None = None
    mandate: Annotated[str, public_id("mdt")] | None = None
    amount_minor: Amount | None = None

    def command(self, caller: Caller, trade: UUID) -> commands.Pay:
        """The command of a caller; a session without a mandate pays without a touch."""
        mandate = None if self.mandate is None else parse("mdt", self.mandate, "mandate")
        touchless = caller.session is not None and self.code is None and mandate is None
        shown = msgspec.UNSET if self.amount_minor is None else self.amount_minor
        return commands.Pay(trade, caller.party, self.code, mandate, touchless, shown)


class ItemBody(Body, frozen=True):
    """So many units of a line."""

    line: Index
    quantity: Count


class ShipBody(Body, frozen=True):
    """A parcel; no items means all of the caller's that is left."""

    items: Annotated[tuple[ItemBody, ...], msgspec.Meta(max_length=100)] = ()
    carrier: Tracking | None = None
    tracking_number: Tracking | None = None

    def command(self, by: UUID, trade: UUID) -> commands.Ship:
        """The command of a caller."""
        items = tuple((item.line, item.quantity) for item in self.items)
        return commands.Ship(trade, by, items, self.carrier, self.tracking_number)


class ReleaseBody(Body, frozen=True):
    """An amount (of one seller or of all in proportion) or a line; neither means all."""

    amount_minor: Amount | None = None
    line: Index | None = None
    seller: Party | None = None

    def command(self, by: UUID, trade: UUID) -> commands.Release:
        """The command of a caller."""
        seller = _party(self.seller, "seller")
        return commands.Release(trade, by, self.amount_minor, self.line, seller)


class ReviewBody(Body, frozen=True):
    """Which milestone."""

    milestone: Index

    def command(self, by: UUID, trade: UUID) -> commands.Review:
        """The command of a caller."""
        return commands.Review(trade, by, self.milestone)


class RefundBody(Body, frozen=True):
    """Money back; `returns` says that goods come back first."""

    amount_minor: Amount
    returns: bool = False
    reason: Reason = "other"
    seller: Party | None = None

    def command(self, by: UUID, trade: UUID) -> commands.OpenRefund:
        """The command of a caller."""
        seller = _party(self.seller, "seller")
        return commands.OpenRefund(trade, by, self.amount_minor, self.returns, self.reason, seller)


class ModifyRefundBody(Body, frozen=True):
    """What the buyer asks for instead."""

    amount_minor: Amount
    returns: bool = False
    reason: Reason = "other"

    def command(self, by: UUID, trade: UUID) -> commands.ModifyRefund:
        """The command of a caller."""
        return commands.ModifyRefund(trade, by, self.amount_minor, self.returns, self.reason)


class AgreeRefundBody(Body, frozen=True):
    """What is agreed to: the refund's `amount_minor` and `returns`, as they were read."""

    amount_minor: Amount
    returns: bool

    def command(self, by: UUID, trade: UUID) -> commands.AgreeRefund:
        """The command of a caller."""
        return commands.AgreeRefund(trade, by, self.amount_minor, self.returns)


class SendBackBody(Body, frozen=True):
    """The parcel in which the goods come back."""

    carrier: Tracking
    tracking_number: Tracking

    def command(self, by: UUID, trade: UUID) -> commands.SendBack:
        """The command of a caller."""
        return commands.SendBack(trade, by, self.carrier, self.tracking_number)


class RefundNowBody(Body, frozen=True):
    """Money back at once; once for each `request_ref` of the trade."""

    amount_minor: Amount
    request_ref: Reference

    def command(self, by: UUID, trade: UUID) -> commands.RefundNow:
        """The command of a caller."""
        return commands.RefundNow(trade, by, self.amount_minor, self.request_ref)


class PayeeBody(Body, frozen=True):
    """A payee and an amount."""

    party: Party
    amount_minor: Amount


class SplitBody(Body, frozen=True):
    """Parts of the caller's share for others; once for each `request_ref` of the trade."""

    payees: Annotated[tuple[PayeeBody, ...], msgspec.Meta(min_length=1, max_length=50)]
    request_ref: Reference

    def command(self, by: UUID, trade: UUID) -> commands.Split:
        """The command of a caller."""
        payees = tuple((parse("par", p.party, "payees.party"), p.amount_minor) for p in self.payees)
        return commands.Split(trade, by, payees, self.request_ref)


class DisputeBody(Body, frozen=True):
    """Why, in a short code; the story is told as evidence."""

    reason: Reason = "other"

    def command(self, by: UUID, trade: UUID) -> commands.OpenDispute:
        """The command of a caller."""
        return commands.OpenDispute(trade, by, self.reason)


class ShareBody(Body, frozen=True):
    """What a payee gets by a ruling; 0 is allowed."""

    party: Party
    amount_minor: AmountOrNone


class RulingBody(Body, frozen=True):
    """Amounts that sum to exactly what the trade holds."""

    to_buyer_minor: AmountOrNone
    to_payees: Annotated[tuple[ShareBody, ...], msgspec.Meta(max_length=100)] = ()
    fee_minor: AmountOrNone = 0

    def command(self, by: UUID, trade: UUID) -> commands.Rule:
        """The command of a caller."""
        payees = tuple(
            (parse("par", p.party, "to_payees.party"), p.amount_minor) for p in self.to_payees
        )
        return commands.Rule(trade, by, self.to_buyer_minor, payees, self.fee_minor)


class EvidenceBody(Body, frozen=True):
    """A text of up to 4,000 characters, or a file (base64) of an allowed type."""

    text: Comment | None = None
    content_type: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    content: bytes | None = None


class RatingBody(Body, frozen=True):
    """1 to 5 stars for the other side, and a comment."""

    of: Party
    stars: Annotated[int, msgspec.Meta(ge=1, le=5)]
    comment: Comment | None = None


class CategoryBody(Body, frozen=True):
    """Terms (seconds) and the platform's fee (hundredths of a percent) of a category."""

    category: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,31}\Z")]
    terms: Terms
    fee_bps: Annotated[int, msgspec.Meta(ge=0, le=10_000)]

    def command(self) -> commands.Configure:
        """The command of the operator."""
        return commands.Configure(self.category, self.terms, self.fee_bps)
