"""What a trade refuses; in the order of precedence that the package's docstring gives."""

from __future__ import annotations

from dataclasses import dataclass

from sycee.kit.errors import Kind, Refusal


class TradeRefusal(Refusal):
    """A rule of escrow said no."""


@dataclass(unsafe_hash=True)
class TradeSideDiffers(TradeRefusal):
    """Another side of the trade may do this.

    A step belongs to the buyer, to a seller, to the mediator or to a deadline; `needs` names whom.
    """

    code = "trade-side-differs"
    kind = Kind.FORBIDDEN
    trade: str
    verb: str
    needs: str


@dataclass(unsafe_hash=True)
class TradeDeliveryDiffers(TradeRefusal):
    """This kind of trade has no such step.

    Goods are shipped and confirmed, milestones submitted and approved, and a trade without
    delivery is only settled.
    """

    code = "trade-delivery-differs"
    kind = Kind.CONFLICT
    trade: str
    verb: str
    delivery: str


@dataclass(unsafe_hash=True)
class TradeStateDiffers(TradeRefusal):
    """The trade is not in a state that allows this.

    `state` is the one it is in, `needs` the ones that would allow the step.
    """

    code = "trade-state-differs"
    kind = Kind.CONFLICT
    trade: str
    verb: str
    state: str
    needs: str


@dataclass(unsafe_hash=True)
class TradeNotPayable(TradeRefusal):
    """The trade is not waiting for a payment.

    It was paid before, or closed: read it before paying again.
    """

    code = "trade-not-payable"
    kind = Kind.CONFLICT
    trade: str
    state: str


@dataclass(unsafe_hash=True)
class TradeTotalDiffers(TradeRefusal):
    """The trade costs something else than the payer was shown.

    A seller changed the price meanwhile; `total_minor` is what it costs now. Nothing was moved.
    """

    code = "trade-total-differs"
    kind = Kind.CONFLICT
    trade: str
    total_minor: int


@dataclass(unsafe_hash=True)
class BuyerDiffers(TradeRefusal):
    """The trade names another buyer than the payer."""

    code = "buyer-differs"
    kind = Kind.FORBIDDEN
    trade: str


@dataclass(unsafe_hash=True)
class BuyerLacksFunds(TradeRefusal):
    """The payer's account has less than the trade costs.

    Nothing was moved. Top up and pay again under a new Idempotency-Key.
    """

    code = "buyer-lacks-funds"
    kind = Kind.CONFLICT
    trade: str
    amount_minor: int


@dataclass(unsafe_hash=True)
class DisputeOpen(TradeRefusal):
    """A dispute is open; the mediator's ruling comes first."""

    code = "dispute-open"
    kind = Kind.CONFLICT
    trade: str
    dispute: str


@dataclass(unsafe_hash=True)
class DisputeMissing(TradeRefusal):
    """No dispute is open on the trade."""

    code = "dispute-missing"
    kind = Kind.CONFLICT
    trade: str


@dataclass(unsafe_hash=True)
class RefundOpen(TradeRefusal):
    """A refund is open on the trade; agree to it, refuse it or cancel it first."""

    code = "refund-open"
    kind = Kind.CONFLICT
    trade: str
    refund: str


@dataclass(unsafe_hash=True)
class RefundMissing(TradeRefusal):
    """No refund is open on the trade."""

    code = "refund-missing"
    kind = Kind.CONFLICT
    trade: str


@dataclass(unsafe_hash=True)
class RefundStateDiffers(TradeRefusal):
    """The refund is not in a state that allows this."""

    code = "refund-state-differs"
    kind = Kind.CONFLICT
    trade: str
    refund: str
    verb: str
    state: str
    needs: str


@dataclass(unsafe_hash=True)
class RefundRequestDiffers(TradeRefusal):
    """The buyer asks for something else by now; nothing was agreed to.

    `amount_minor` is what is asked for, `returns` whether the goods come back first.
    """

    code = "refund-request-differs"
    kind = Kind.CONFLICT
    trade: str
    refund: str
    amount_minor: int
    returns: bool


@dataclass(unsafe_hash=True)
class DeadlinePassed(TradeRefusal):
    """The time for this step is over; `deadline` names the term."""

    code = "deadline-passed"
    kind = Kind.CONFLICT
    trade: str
    deadline: str


@dataclass(unsafe_hash=True)
class DeadlineNotReached(TradeRefusal):
    """The deadline is not reached, or stands still; only sweeps and jobs meet this."""

    code = "deadline-not-reached"
    kind = Kind.CONFLICT
    trade: str
    deadline: str


@dataclass(unsafe_hash=True)
class TradeAlreadyExtended(TradeRefusal):
    """The buyer has extended the time to confirm before; once is all."""

    code = "trade-already-extended"
    kind = Kind.CONFLICT
    trade: str


@dataclass(unsafe_hash=True)
class TradeAlreadyRated(TradeRefusal):
    """This side has rated the other before."""

    code = "trade-already-rated"
    kind = Kind.CONFLICT
    trade: str


@dataclass(unsafe_hash=True)
class AmountAboveHeld(TradeRefusal):
    """More than the trade still holds for this seller; `left_minor` is what it holds."""

    code = "amount-above-held"
    kind = Kind.CONFLICT
    trade: str
    amount_minor: int
    left_minor: int


@dataclass(unsafe_hash=True)
class AmountAboveRefundable(TradeRefusal):
    """More than can still be refunded on this seller's part; `left_minor` is what can."""

    code = "amount-above-refundable"
    kind = Kind.CONFLICT
    trade: str
    amount_minor: int
    left_minor: int


@dataclass(unsafe_hash=True)
class PurseFull(TradeRefusal):
    """The money cannot be paid out: a wallet would hold more than it may.

    Whose it is and how full is that party's own affair. The money stays in the trade's pot, or with
    the buyer of a trade that is settled at once. Once there is room in the wallet, or its owner's
    tier has risen, the same step works; a deadline tries again by itself.
    """

    code = "trade-purse-full"
    kind = Kind.CONFLICT
    trade: str


@dataclass(unsafe_hash=True)
class PurseShut(TradeRefusal):
    """The money cannot be moved: a wallet of the trade is frozen or closed.

    Whose it is is that party's own affair. The money stays where it is; the same step works once
    the wallet is no longer frozen, and a deadline tries again by itself. A closed one stays closed,
    but nobody is closed while a trade still owes them money: only what is given or split after the
    end can meet it.
    """

    code = "trade-purse-shut"
    kind = Kind.CONFLICT
    trade: str


@dataclass(unsafe_hash=True)
class SellerLacksFunds(TradeRefusal):
    """The money was released before, and the seller's account no longer has it."""

    code = "seller-lacks-funds"
    kind = Kind.CONFLICT
    trade: str
    amount_minor: int


@dataclass(unsafe_hash=True)
class LineNotLeft(TradeRefusal):
    """The line has less left than this step takes; `left` is its quantity left."""

    code = "line-not-left"
    kind = Kind.CONFLICT
    trade: str
    line: int
    left: int


@dataclass(unsafe_hash=True)
class MilestoneOutOfTurn(TradeRefusal):
    """Milestones go one after another; `turn` is the one whose turn it is."""

    code = "milestone-out-of-turn"
    kind = Kind.CONFLICT
    trade: str
    milestone: int
    turn: int


@dataclass(unsafe_hash=True)
class RulingUnbalanced(TradeRefusal):
    """The ruling's amounts do not sum to exactly what the trade holds."""

    code = "ruling-unbalanced"
    kind = Kind.CONFLICT
    trade: str
    held_minor: int
    ruled_minor: int


@dataclass(unsafe_hash=True)
class RulingAboveShare(TradeRefusal):
    """The ruling gives a payee more than what is left of that payee's part."""

    code = "ruling-above-share"
    kind = Kind.CONFLICT
    trade: str
    amount_minor: int
    left_minor: int


@dataclass(unsafe_hash=True)
class MediatorIsParty(TradeRefusal):
    """Nobody rules on a trade of their own.

    Some of its money is yours, perhaps because a seller has named you. Another mediator rules on
    it, or the operator, whom no seller can name.
    """

    code = "mediator-is-party"
    kind = Kind.FORBIDDEN
    trade: str


@dataclass(unsafe_hash=True)
class EvidenceFull(TradeRefusal):
    """This side has put in as many pieces of evidence as a dispute takes."""

    code = "evidence-full"
    kind = Kind.LIMIT
    trade: str
    limit: int


@dataclass(unsafe_hash=True)
class OutRefTaken(TradeRefusal):
    """The seller has another trade under this reference; `trade` is that trade."""

    code = "out-ref-taken"
    kind = Kind.CONFLICT
    out_ref: str
    trade: str


@dataclass(unsafe_hash=True)
class RequestRefReused(TradeRefusal):
    """The request reference was used on this trade with another amount."""

    code = "request-ref-reused"
    kind = Kind.CONFLICT
    trade: str
    request_ref: str
