"""Why an order is not taken, in order of precedence."""

from __future__ import annotations

from dataclasses import dataclass

from sycee.kit.errors import Kind, Refusal


@dataclass(unsafe_hash=True)
class OrderKeyUnknown(Refusal):
    """This signing key is not one of yours.

    An order and its approval are signed with a key that your party has registered and not revoked.
    """

    code = "order-key-unknown"
    kind = Kind.FORBIDDEN


@dataclass(unsafe_hash=True)
class OrderKeyTaken(Refusal):
    """This signing key is registered already.

    A key belongs to one person for good, also after it was revoked. Make a new one.
    """

    code = "order-key-taken"
    kind = Kind.CONFLICT


@dataclass(unsafe_hash=True)
class OrderSignatureWrong(Refusal):
    """The signature does not fit the order.

    What is signed is the canonical text that the preview shows, byte by byte, behind the line
    `sycee order v1` (for an approval `sycee approval v1`).
    """

    code = "order-signature-wrong"
    kind = Kind.FORBIDDEN


@dataclass(unsafe_hash=True)
class OrderContradicts(Refusal):
    """The order contradicts itself.

    `field` names the part that cannot stand beside the effect, and `rule` says why. Nothing of it
    was taken.
    """

    code = "order-contradicts"
    kind = Kind.INVALID
    field: str
    rule: str


@dataclass(unsafe_hash=True)
class OrderInPast(Refusal):
    """The order would take effect in the past.

    What has happened cannot be forbidden. Leave `effective_at` out: it then bites at once.
    """

    code = "order-in-past"
    kind = Kind.INVALID
    field: str
    effective_at: str


@dataclass(unsafe_hash=True)
class OrderNamesUnknown(Refusal):
    """The order names something that this house does not have.

    `name` in `field` is unknown; `known` lists what there is. An order with a slip of the pen would
    stop nothing, so none of it was taken.
    """

    code = "order-names-unknown"
    kind = Kind.INVALID
    field: str
    name: str
    known: str


@dataclass(unsafe_hash=True)
class OrderExists(Refusal):
    """There is an order with this id, and it says something else.

    Orders are never edited. Give the new one an id of its own, and let it supersede the other.
    """

    code = "order-exists"
    kind = Kind.CONFLICT
    order: str


@dataclass(unsafe_hash=True)
class OrderNotStanding(Refusal):
    """The order is not in the state for that.

    `state` says where it is: only an order that is in force or dated can be superseded, and only a
    proposed one approved or declined.
    """

    code = "order-not-standing"
    kind = Kind.CONFLICT
    order: str
    state: str


@dataclass(unsafe_hash=True)
class OrderNeedsAnother(Refusal):
    """It takes two people to loosen.

    The one who proposed an order cannot approve it, neither with another signing key nor from the
    same device. An API key is the eyes of the device that it was made on, as nobody touches
    anything for it; all keys of a party that the house made are one pair.
    """

    code = "order-needs-another"
    kind = Kind.FORBIDDEN
    order: str


@dataclass(unsafe_hash=True)
class OrderNotYours(Refusal):
    """An authority's order is not lifted without the authority.

    `order` was issued by another party: one of the two people who loosen it must belong to that
    party.
    """

    code = "order-not-yours"
    kind = Kind.FORBIDDEN
    order: str
