"""Gates, limits and the decision on a batch of requests. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from sycee.core.policy.windows import Window
from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public

ANY = "*"
"""Stands for every jurisdiction, tier, product or operation."""

PRODUCTS = ("bills", "card", "credit", "envelopes", "escrow", "rides", "wallet")
"""The products that an order can name; whoever asks with another name is a defect."""

CHANNELS = ("alipay", "api", "job", "qr", "terminal")
"""The ways a request comes in: the gateway, `/v1`, a deadline's sweep, a code shown, a console."""


class Operation(StrEnum):
    """What a request does to customers' money; a gate shuts one of them."""

    CREDIT = "credit"
    DEBIT = "debit"
    TRANSFER = "transfer"
    REFUND = "refund"
    PAYOUT = "payout"
    ONBOARD = "onboard"
    DRAW = "draw"
    REPAY = "repay"


class Initiator(StrEnum):
    """Who wants the money moved: the customer whose it is, or the house (a deadline, a clerk)."""

    CUSTOMER = "customer"
    HOUSE = "house"


class InFlight(StrEnum):
    """What an order says of what was promised before it: finish it, undo it, or let it wait."""

    COMPLETE = "complete"
    REVERSE = "reverse"
    HOLD = "hold"


class Grade(StrEnum):
    """How surely the payer approved a payment, from the weakest to the strongest.

    The grades D, C, B and A of China's bar-code rules (PBOC 296/2017): `static`, a code on the wall
    that anyone may have swapped; `plain`, fewer than two factors; `double`, two factors; `signed`,
    a signature over this very payment.
    """

    STATIC = "static"
    PLAIN = "plain"
    DOUBLE = "double"
    SIGNED = "signed"


TOUCHLESS = UUID("7a1c9b52-64e0-8d3f-9b0a-3d2f6c51e8aa")
"""Under which id a party's own daily allowance is counted."""

ALLOWANCE_MINOR: dict[str, int] = {"CNY": 20_000, "EUR": 2_500, "USD": 2_500, "INR": 200_000}
"""What goes in a day without a touch unless the party has said otherwise; elsewhere nothing."""

ALLOWANCE_MAX_MINOR = 100_000

_PRECEDENCE = {window: place for place, window in enumerate(Window)}


@dataclass(unsafe_hash=True)
class ProductSuspended(Refusal):
    """This operation of the product is suspended by order.

    `gate` is the order's gate. Nothing was moved. Other operations, such as refunds, stay open
    unless they are named by a gate too; try again when the order is lifted.
    """

    code = "product-suspended"
    kind = Kind.FORBIDDEN
    product: str
    operation: str
    jurisdiction: str
    gate: str


@dataclass(unsafe_hash=True)
class LimitReached(Refusal):
    """The amount or the number of payments would pass a limit.

    `limit` names it, `pack` where it comes from, `window` over what it adds up, `left_minor` and
    `left_count` what is left of it now (null where it does not bound), and `resets_at` when it
    begins anew (null for a limit that never does). Nothing was moved.
    """

    code = "limit-reached"
    kind = Kind.LIMIT
    limit: str
    window: str
    currency: str
    left_minor: int | None
    left_count: int | None = None
    pack: str = ""
    resets_at: datetime | None = None


@dataclass(unsafe_hash=True)
class ApprovalNeeded(Refusal):
    """The payment must be approved with a passkey.

    It is more than what may still go today without a touch; `left_minor` is what may. Ask for an
    approval of this payee and amount, touch the passkey, and pay with the mandate that it gives.
    """

    code = "approval-needed"
    kind = Kind.FORBIDDEN
    currency: str
    left_minor: int


class Request(msgspec.Struct, frozen=True):
    """What an action asks before it acts.

    `party` is whose limits count (None = nobody's), `jurisdiction` and `zone` where that party is
    (`zone` an IANA name: a day is a day there), `tier` the party's class, `code` the transfer code
    (a gate may exempt some, such as interest). A gate may also look at the `channel`, at the
    `initiator`, at the `accounts` that are touched, and at `begun_at`: when what is now finished
    was promised (None = it begins now). `grade` is how surely the payer approved; with `touchless`
    nobody did, and the payment counts against the party's own daily allowance too. `parts` is into
    how many it is divided, such as the shares of an envelope.
    """

    product: str
    operation: Operation
    party: UUID | None
    jurisdiction: str
    amount_minor: int
    currency: str
    tier: str | None = None
    code: str | None = None
    zone: str = "UTC"
    grade: Grade = Grade.SIGNED
    touchless: bool = False
    channel: str = "api"
    initiator: Initiator = Initiator.CUSTOMER
    accounts: tuple[UUID, ...] = ()
    begun_at: datetime | None = None
    parts: int = 1


class Gate(msgspec.Struct, frozen=True):
    """An operation of a product that an order shut in a jurisdiction (`*` = any, in each of these).

    Empty `channels`, `tiers` and `accounts` mean all; `initiator` None means whoever asks. What was
    promised before `effective_at` follows `in_flight`: it is finished until `deadline` (None = for
    as long as it takes), undone by its product, or waits.
    """

    id: UUID
    product: str
    operation: str
    jurisdiction: str
    exempt: tuple[str, ...]
    order_id: UUID | None
    effective_at: datetime
    activated_at: datetime | None
    lift_at: datetime | None
    channels: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    initiator: Initiator | None = None
    accounts: tuple[UUID, ...] = ()
    in_flight: InFlight = InFlight.HOLD
    deadline: datetime | None = None

    def stops(self, request: Request, now: datetime) -> bool:
        """Whether this gate, which stands at `now`, stops a request."""
        return (
            self.product in (ANY, request.product)
            and self.operation in (ANY, request.operation)
            and self.jurisdiction in (ANY, request.jurisdiction)
            and request.code not in self.exempt
            and (not self.channels or request.channel in self.channels)
            and (not self.tiers or request.tier in self.tiers)
            and self.initiator in (None, request.initiator)
            and (not self.accounts or not set(self.accounts).isdisjoint(request.accounts))
            and not self._spares(request, now)
        )

    def undoes(self, request: Request) -> bool:
        """Whether the request's product is to undo what was promised before the order."""
        return (
            self.in_flight is InFlight.REVERSE
            and request.begun_at is not None
            and request.begun_at < self.effective_at
        )

    def _spares(self, request: Request, now: datetime) -> bool:
        """Whether the request finishes what was promised before the order, and may."""
        return (
            self.in_flight is InFlight.COMPLETE
            and request.begun_at is not None
            and request.begun_at < self.effective_at
            and (self.deadline is None or now < self.deadline)
        )


class Limit(msgspec.Struct, frozen=True):
    """A bound of an amount, a number of requests or both, per party and window.

    `operation` may name several, with a space between: they share the one bound; so may `code`, by
    which a rule bounds payments for some reasons alone. Use is counted under `counter`, which a
    rule takes over from the one that it supersedes (None = under its own id).
    """

    id: UUID
    pack: str
    name: str
    jurisdiction: str
    tier: str
    product: str
    operation: str
    currency: str
    window: Window
    amount_minor: int | None
    count: int | None
    from_at: datetime
    until_at: datetime | None
    grade: str = ANY
    code: str = ANY
    counter: UUID | None = None

    @property
    def counted_under(self) -> UUID:
        """The id that rows of use carry."""
        return self.counter or self.id

    def counted(self, at: datetime) -> bool:
        """Whether use at a moment counts under it: it stood then, or took over from one."""
        return self.counter is not None or self.from_at <= at

    def continues(self, before: Limit) -> bool:
        """Whether the rule supersedes another and bounds the same thing, so that use goes on."""
        names = ("pack", "name", "window", "currency", "jurisdiction", "tier", "product")
        kinds = ("operation", "grade", "code")
        return before.from_at < self.from_at and all(
            getattr(self, name) == getattr(before, name) for name in (*names, *kinds)
        )

    def applies(self, request: Request) -> bool:
        """Whether the limit bounds this request; its dates were checked when it was read."""
        return (
            request.party is not None
            and self.currency == request.currency
            and self.product in (ANY, request.product)
            and (self.operation == ANY or request.operation in self.operation.split())
            and (self.code == ANY or request.code in self.code.split())
            and self.grade in (ANY, request.grade)
            and self.jurisdiction in (ANY, request.jurisdiction)
            and self.tier in (ANY, request.tier)
        )


UsageKey = tuple[int, int, date]
"""Party and limit, as the whole numbers of their UUIDs since a batch looks these up often; and the
first day of the window."""


@dataclass(slots=True)
class Usage:
    """What is used up of a limit in a window."""

    amount_minor: int = 0
    count: int = 0


def allowance(amount_minor: int, currency: str) -> Limit:
    """A party's own daily allowance, as the limit that it is."""
    return Limit(
        id=TOUCHLESS,
        pack="own",
        name="touchless",
        jurisdiction=ANY,
        tier=ANY,
        product=ANY,
        operation=ANY,
        currency=currency,
        window=Window.DAY,
        amount_minor=amount_minor,
        count=None,
        from_at=datetime.min,
        until_at=None,
    )


def shut_by(request: Request, gates: Iterable[Gate], now: datetime) -> ProductSuspended | None:
    """The refusal by the first gate that stops the request, or None."""
    for gate in gates:
        if gate.stops(request, now):
            return ProductSuspended(
                product=request.product,
                operation=request.operation,
                jurisdiction=request.jurisdiction,
                gate=public("gat", gate.id),
            )
    return None


def by_precedence(limits: Iterable[Limit]) -> list[Limit]:
    """Single before day before month before year before lifetime, then by id."""
    bounds = (limit for limit in limits if limit.window is not Window.BALANCE)
    return sorted(bounds, key=lambda limit: (_PRECEDENCE[limit.window], limit.id))


def single(request: Request, limits: Iterable[Limit]) -> LimitReached | None:
    """The refusal by a limit on one request alone, whatever was used before, or None."""
    for limit in limits:
        if limit.window is Window.SINGLE:
            amount, count = left(limit, Usage())
            if (amount is not None and request.amount_minor > amount) or count == 0:
                return reached(limit, Usage(), None)
        elif limit.window is Window.PART:
            amount, count = left(limit, Usage())
            if amount is not None and request.amount_minor > amount * request.parts:
                return reached(limit, Usage(), None)
            if count is not None and request.parts > count:
                return reached(limit, Usage(), None)
    return None


def reached(limit: Limit, used: Usage, ends_at: datetime | None) -> LimitReached:
    """The refusal that names a limit, what is left of it, and when its window ends."""
    amount, count = left(limit, used)
    return LimitReached(
        limit=limit.name,
        window=limit.window,
        currency=limit.currency,
        left_minor=amount,
        left_count=count,
        pack=limit.pack,
        resets_at=ends_at,
    )


def left(limit: Limit, used: Usage) -> tuple[int | None, int | None]:
    """Amount and number left of a limit, never below zero; None where it does not bound."""
    amount = None if limit.amount_minor is None else max(limit.amount_minor - used.amount_minor, 0)
    count = None if limit.count is None else max(limit.count - used.count, 0)
    return amount, count
