"""The document that is signed: what an order says, in a form that has one spelling only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.policy.model import ANY, CHANNELS, PRODUCTS, InFlight, Operation, Window
from sycee.kit.errors import Invalid
from sycee.kit.ids import parse
from sycee.kit.money import MAX_MINOR, check_currency
from sycee.oversight.regulator.orders.refusals import (
    OrderContradicts,
    OrderInPast,
    OrderNamesUnknown,
)

NOUN = "ord"
LATE = timedelta(minutes=5)
"""How far back `effective_at` may lie: the time between signing and handing in."""

Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)+$", max_length=80)]
Word = Annotated[str, msgspec.Meta(pattern=r"^(\*|[A-Za-z][A-Za-z0-9-]*)$", max_length=40)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Aware = Annotated[datetime, msgspec.Meta(tz=True)]
Few = Annotated[tuple[Word, ...], msgspec.Meta(max_length=50)]


class Effect(StrEnum):
    """What an order does, from the mildest to the strictest."""

    ALLOW = "allow"
    LIMIT = "limit"
    CUSTOMER_INITIATED_ONLY = "customer-initiated-only"
    WITHDRAW_ONLY = "withdraw-only"
    DENY = "deny"
    FREEZE = "freeze"


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of everything below."""


class Scope(Part, frozen=True):
    """Whom and what it is about; an empty list means all. Accounts by public id."""

    products: Few = ()
    channels: Few = ()
    operations: Few = ()
    jurisdictions: Few = ()
    customer_classes: Few = ()
    accounts: Annotated[tuple[str, ...], msgspec.Meta(max_length=500)] = ()


class Bound(Part, frozen=True):
    """The limit of the effect `limit`, for each customer over a window."""

    currency: str
    window: Window
    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=MAX_MINOR)] | None = None
    count: Annotated[int, msgspec.Meta(ge=0, le=MAX_MINOR)] | None = None


class Pending(Part, frozen=True):
    """What becomes of what was promised before: finished until `deadline`, undone, or waiting."""

    policy: InFlight = InFlight.HOLD
    deadline: Aware | None = None


class Document(Part, frozen=True):
    """An order as it is signed. `effective_at` None means at once; `supersedes` names orders."""

    id: str
    authority: Annotated[str, msgspec.Meta(min_length=2, max_length=120)]
    legal_basis: Annotated[str, msgspec.Meta(min_length=2, max_length=400)]
    effect: Effect
    scope: Scope = Scope()
    document_sha256: Sha256 | None = None
    supersedes: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()
    limit: Bound | None = None
    exemptions: Annotated[tuple[Code, ...], msgspec.Meta(max_length=100)] = ()
    effective_at: Aware | None = None
    in_flight: Pending = Pending()
    review_at: Aware | None = None
    notice: dict[Language, Text] = {}

    @property
    def uuid(self) -> UUID:
        return parse(NOUN, self.id, "order.id")

    @property
    def loosens(self) -> bool:
        """Whether two people are needed: it lifts, or takes the place of another."""
        return self.effect is Effect.ALLOW or bool(self.supersedes)


def canonical(document: Document) -> bytes:
    """The one spelling: members in their order here, all of them, no spaces, UTF-8, RFC 3339 times.

    The languages of a notice are sorted. A member that is added stands at the end.
    """
    return msgspec.json.encode(document, order="deterministic")


def parsed(text: bytes) -> Document:
    """What `canonical` wrote."""
    return msgspec.json.decode(text, type=Document)


def signed_text(document: bytes, purpose: str = "order") -> bytes:
    """What is signed with Ed25519: a line that says for what, and the canonical text."""
    return f"sycee {purpose} v1\n".encode() + document


def check(document: Document, now: datetime) -> None:
    """Raise why a document cannot be an order, whatever else is in force."""
    assert document.uuid
    _known("order.scope.products", document.scope.products, PRODUCTS)
    _known("order.scope.channels", document.scope.channels, CHANNELS)
    _known("order.scope.operations", document.scope.operations, tuple(map(str, Operation)))
    for account in document.scope.accounts:
        parse("acc", account, "order.scope.accounts")
    for order in document.supersedes:
        if parse(NOUN, order, "order.supersedes") == document.uuid:
            raise OrderContradicts(field="supersedes", rule="an order cannot supersede itself")
    _check_effect(document)
    _check_times(document, now)


def _known(field: str, names: Iterable[str], known: tuple[str, ...]) -> None:
    for name in names:
        if name not in known and name != ANY:
            raise OrderNamesUnknown(field=field, name=name, known=", ".join(known))


def _check_effect(document: Document) -> None:
    effect, scope = document.effect, document.scope
    if (document.limit is not None) != (effect is Effect.LIMIT):
        raise OrderContradicts(field="limit", rule="goes with the effect limit, and only with it")
    if document.limit is not None:
        check_currency(document.limit.currency, "order.limit.currency")
        if document.limit.amount_minor is None and document.limit.count is None:
            raise OrderContradicts(field="limit", rule="must bound an amount or a count")
        if scope.channels or scope.accounts or document.exemptions:
            raise OrderContradicts(
                field="scope", rule="a limit counts all of a customer's channels and codes"
            )
    if effect is Effect.ALLOW:
        if not document.supersedes:
            raise OrderContradicts(field="supersedes", rule="a lift names the orders it ends")
        if scope != Scope() or document.exemptions or document.in_flight != Pending():
            raise OrderContradicts(
                field="scope", rule="a lift ends whole orders; to narrow one, supersede it"
            )
    if effect in (Effect.FREEZE, Effect.WITHDRAW_ONLY) and scope.operations:
        raise OrderContradicts(field="scope.operations", rule=f"{effect} says itself which")


def _check_times(document: Document, now: datetime) -> None:
    begins = document.effective_at or now
    if begins < now - LATE:
        raise OrderInPast(field="order.effective_at", effective_at=begins.isoformat())
    deadline = document.in_flight.deadline
    if deadline is not None:
        if document.in_flight.policy is not InFlight.COMPLETE:
            raise OrderContradicts(field="in_flight.deadline", rule="goes with complete only")
        if deadline <= begins:
            raise Invalid(field="order.in_flight.deadline", rule="must be later than the effect")
    if document.review_at is not None and document.review_at <= begins:
        raise Invalid(field="order.review_at", rule="must be later than the effect")
