"""What can be asked of escrow, and what it answers: ids, amounts and states, never texts of people.

`by` is the party that asks. Ids are UUIDs in commands and public strings in results.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from sycee.products.escrow.model.payment import Draft
from sycee.products.escrow.model.terms import Terms


class Command(msgspec.Struct, frozen=True):
    """The shape of everything below."""


class Create(Command, frozen=True):
    """Make a trade. `pay_seconds` and `settle_seconds` stand before the category's terms."""

    by: UUID
    draft: Draft
    pay_seconds: int | None = None
    settle_seconds: int | None = None


class ChangePrice(Command, frozen=True):
    """New unit prices by line (own lines), freight (leading seller), milestones in order."""

    trade: UUID
    by: UUID
    prices: tuple[tuple[int, int], ...] = ()
    freight_minor: int | None = None
    milestones: tuple[int, ...] | None = None


class Pay(Command, frozen=True):
    """Pay from `by`'s own purse, or by a mandate: its code (a pay code) or its id.

    `touchless` is a session without a mandate: it counts against the payer's daily allowance.
    `shown_minor` is the total that the payer was shown; the trade is paid at no other. Unset, it
    is no part of the key's digest, as before there was one. `typed` is set where the code came from
    a page that anybody may open, and not from the seller.
    """

    trade: UUID
    by: UUID
    code: str | None = None
    mandate: UUID | None = None
    touchless: bool = False
    shown_minor: int | msgspec.UnsetType = msgspec.UNSET
    typed: bool | msgspec.UnsetType = msgspec.UNSET


class Touch(Command, frozen=True):
    """Cancel, confirm, extend, or a word on a refund: nothing but who and which trade."""

    trade: UUID
    by: UUID


class Ship(Command, frozen=True):
    """A parcel: `items` are (line's index, quantity), none = all of one's own that is left."""

    trade: UUID
    by: UUID
    items: tuple[tuple[int, int], ...] = ()
    carrier: str | None = None
    tracking_number: str | None = None


class Release(Command, frozen=True):
    """Pay a part early: an amount (of one seller, or of all in proportion), or a line.

    Neither means all that is left.
    """

    trade: UUID
    by: UUID
    amount_minor: int | None = None
    line: int | None = None
    seller: UUID | None = None


class Review(Command, frozen=True):
    """Submit, approve or reject a milestone, by its index."""

    trade: UUID
    by: UUID
    milestone: int


class OpenRefund(Command, frozen=True):
    """Ask for money back; `seller` may be left out when there is one."""

    trade: UUID
    by: UUID
    amount_minor: int
    returns: bool = False
    reason: str = "other"
    seller: UUID | None = None


class ModifyRefund(Command, frozen=True):
    """Ask for something else."""

    trade: UUID
    by: UUID
    amount_minor: int
    returns: bool = False
    reason: str = "other"


class AgreeRefund(Command, frozen=True):
    """Agree to what the buyer asked for, as the seller was shown it."""

    trade: UUID
    by: UUID
    amount_minor: int
    returns: bool


class SendBack(Command, frozen=True):
    """The goods are on their way back."""

    trade: UUID
    by: UUID
    carrier: str
    tracking_number: str


class RefundNow(Command, frozen=True):
    """A seller gives money back at once; the same `request_ref` and amount moves nothing again."""

    trade: UUID
    by: UUID
    amount_minor: int
    request_ref: str


class Split(Command, frozen=True):
    """A seller passes parts of its share on to `payees`, (party, amount) each; once by its ref."""

    trade: UUID
    by: UUID
    payees: tuple[tuple[UUID, int], ...]
    request_ref: str


class OpenDispute(Command, frozen=True):
    """Call the mediator."""

    trade: UUID
    by: UUID
    reason: str = "other"


class AddEvidence(Command, frozen=True):
    """A text by its fingerprint (`vault.fingerprint`), or a file by type, SHA-256 (hex) and size.

    The content itself travels beside the command, so that the command's stored digest says nothing
    of it.
    """

    trade: UUID
    by: UUID
    text_fingerprint: str | None = None
    content_type: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None


class Rule(Command, frozen=True):
    """The mediator's ruling: amounts that sum to exactly what is held."""

    trade: UUID
    by: UUID
    to_buyer_minor: int
    to_payees: tuple[tuple[UUID, int], ...]
    fee_minor: int = 0


class Rate(Command, frozen=True):
    """1 to 5 stars for the other side; a comment travels beside it, as evidence does."""

    trade: UUID
    by: UUID
    stars: int
    of: UUID
    comment_fingerprint: str | None = None


class Due(Command, frozen=True):
    """A deadline of this trade has come."""

    trade: UUID


class Configure(Command, frozen=True):
    """What a category of goods is traded under from now on."""

    category: str
    terms: Terms
    fee_bps: int


class TradeResult(msgspec.Struct, frozen=True):
    """A trade after a step.

    `moved_minor` is what the step took from or put into accounts other than the pot; `refund`,
    `dispute` and `shipment` are those the step dealt with; `existed` says that the step had been
    taken before and moved nothing now.
    """

    id: str
    state: str
    currency: str
    total_minor: int
    paid_minor: int
    held_minor: int
    released_minor: int
    fee_minor: int
    refunded_minor: int
    moved_minor: int = 0
    refund: str | None = None
    refund_state: str | None = None
    dispute: str | None = None
    shipment: str | None = None
    evidence: str | None = None
    existed: bool = False


class CategoryResult(msgspec.Struct, frozen=True):
    """A category after it was configured."""

    category: str
    fee_bps: int
