"""Routes of orders: for the authority and the operator, and the notices for everyone."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec

from sycee.kit import ids
from sycee.kit.errors import Invalid, NotFound
from sycee.oversight.regulator.orders import desk, issuing, packet, reading
from sycee.oversight.regulator.orders.document import Document
from sycee.oversight.regulator.orders.issuing import (
    KEY,
    Decide,
    Propose,
    Register,
    Registered,
    Revoke,
    Taken,
)
from sycee.oversight.regulator.orders.packet import Packet, PacketFile
from sycee.oversight.regulator.orders.reading import KeyView, Notice, OrderView, Preview
from sycee.oversight.regulator.orders.refusals import (
    OrderContradicts,
    OrderExists,
    OrderInPast,
    OrderKeyTaken,
    OrderKeyUnknown,
    OrderNamesUnknown,
    OrderNeedsAnother,
    OrderNotStanding,
    OrderNotYours,
    OrderSignatureWrong,
)
from sycee.oversight.regulator.orders.states import State
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import Body

Base64 = Annotated[str, msgspec.Meta(min_length=40, max_length=100)]
KeyId = Annotated[str, msgspec.Meta(min_length=4, max_length=40)]
Tag = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", max_length=35)]
_DOCUMENT = (Invalid, OrderContradicts, OrderInPast, OrderNamesUnknown)
_SIGNED = (OrderKeyUnknown, OrderSignatureWrong)


class KeyBody(Body, frozen=True):
    """An Ed25519 public key, 32 bytes in base64."""

    public: Base64


class OrderBody(Body, frozen=True):
    """An order, the key it was signed with and the signature over what the preview gives."""

    order: Document
    key: KeyId
    signature: Base64


class PreviewBody(Body, frozen=True):
    """An order that is not signed yet."""

    order: Document


class WordBody(Body, frozen=True):
    """A second person's key and signature."""

    key: KeyId
    signature: Base64


@write(
    "/v1/order-keys",
    "order.register",
    issuing.register,
    scope="oversight:write",
    gives=Registered,
    refuses=(Invalid, OrderKeyTaken),
    status=201,
)
def register(body: KeyBody, *, caller: Caller) -> Register:
    """Register a person's key for signing orders and approvals."""
    return Register(caller.party, caller.eyes, body.public)


@read("/v1/order-keys", scope="oversight:read", gives=list[KeyView])
def keys(tx: Tx, *, caller: Caller) -> list[KeyView]:
    """List your party's signing keys."""
    return reading.keys(tx, caller.party)


@write(
    "/v1/order-keys/{key_id:sgk}",
    "order.revoke",
    issuing.revoke,
    scope="oversight:write",
    gives=Registered,
    refuses=(Invalid, NotFound),
    method="DELETE",
)
def revoke(*, caller: Caller, key_id: UUID) -> Revoke:
    """Revoke a signing key of your party's; what it has signed stays signed."""
    return Revoke(caller.party, key_id)


@read(
    "/v1/order-previews",
    method="POST",
    scope="oversight:read",
    gives=Preview,
    refuses=_DOCUMENT,
)
def preview(tx: Tx, body: PreviewBody, *, caller: Caller) -> Preview:
    """Show what an order would stop right now, and the text to sign."""
    return reading.preview(tx, body.order)


@direct(
    "/v1/orders",
    scope="oversight:write",
    gives=Taken,
    refuses=(*_DOCUMENT, *_SIGNED, OrderExists, NotFound, OrderNotStanding),
    status=201,
)
def propose(database: Database, body: OrderBody, *, caller: Caller, key: str | None) -> Any:
    """Hand in a signed order.

    One that only tightens is issued at once: when this is answered, nothing more is posted that it
    forbids. One that lifts or supersedes waits for a second person.
    """
    command = Propose(
        caller.party,
        caller.eyes,
        ids.parse(KEY, body.key, "key"),
        body.signature,
        body.order,
    )
    return desk.propose(database, command, key).unwrap()


@direct(
    "/v1/orders/{order:ord}/approve",
    scope="oversight:write",
    gives=Taken,
    refuses=(Invalid, NotFound, OrderNotStanding, *_SIGNED, OrderNeedsAnother, OrderNotYours),
)
def approve(
    database: Database, body: WordBody, *, caller: Caller, order: UUID, key: str | None
) -> Any:
    """Approve a proposed order as the second person; it is issued at once."""
    return desk.approve(database, _word(body, caller, order), key).unwrap()


@write(
    "/v1/orders/{order:ord}/decline",
    "order.decline",
    issuing.decline,
    scope="oversight:write",
    gives=Taken,
    refuses=(Invalid, NotFound, OrderNotStanding, *_SIGNED),
)
def decline(body: WordBody, *, caller: Caller, order: UUID) -> Decide:
    """End a proposed order without issuing it."""
    return _word(body, caller, order)


def _word(body: WordBody, caller: Caller, order: UUID) -> Decide:
    return Decide(
        caller.party,
        caller.eyes,
        order,
        ids.parse(KEY, body.key, "key"),
        body.signature,
    )


@read("/v1/orders", scope="oversight:read", gives=Listing[OrderView], refuses=(Invalid,))
def orders(tx: Tx, *, page: Page, state: State | None = None) -> Listing[OrderView]:
    """List orders, newest first; `state=proposed` is the queue of those that wait for a second."""
    return reading.orders(tx, page, state)


@read(
    "/v1/orders/{order:ord}",
    scope="oversight:read",
    gives=OrderView,
    refuses=(Invalid, NotFound),
)
def order(tx: Tx, *, order: UUID) -> OrderView:
    """Read an order, with what was already sent to the bank when it was issued."""
    return reading.order(tx, order)


@read(
    "/v1/orders/{order:ord}/packet",
    scope="oversight:read",
    gives=Packet,
    refuses=(Invalid, NotFound),
)
def show_packet(tx: Tx, *, order: UUID) -> Packet:
    """Give the packet for the authority: the order, its signatures and the proof of its effect."""
    return packet.make(tx, order)


@read(
    "/v1/order-packets/{order:ord}",
    scope="oversight:read",
    gives=PacketFile,
    refuses=(Invalid, NotFound),
    slow=True,
)
def print_packet(tx: Tx, *, order: UUID) -> PacketFile:
    """Take the packet for the authority away as PDF."""
    return packet.on_paper(packet.make(tx, order))


@read("/v1/notices", scope=None, gives=list[Notice], refuses=(Invalid,))
def notices(tx: Tx, *, language: Tag = "en") -> list[Notice]:
    """List what customers must be told: a notice for each order in force. Anyone may."""
    return reading.notices(tx, language)


routes = [
    register, keys, revoke, preview, propose, approve, decline, orders, order, show_packet,
    print_packet, notices,
]  # fmt: skip
