"""The packet for the authority: the order, who signed it, and that nothing was posted after it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from sycee.core.ledger import liabilities, promised
from sycee.core.policy.model import ANY
from sycee.kit.ids import public
from sycee.kit.money import format_major
from sycee.oversight.regulator.orders import reading, store
from sycee.oversight.regulator.orders.document import NOUN
from sycee.oversight.regulator.orders.reading import OrderView
from sycee.runtime import leaflet
from sycee.runtime.db import Tx
from sycee.runtime.http.shapes import File
from sycee.runtime.leaflet import Line

IN_FLIGHT_MAX = 1_000


class Signer(msgspec.Struct, frozen=True):
    """A public key that signed, in base64, and whose it is."""

    party: str
    public: str


class Owed(msgspec.Struct, frozen=True):
    """What the house owes its customers in a currency, at the time of the packet."""

    currency: str
    amount_minor: int


class InFlightView(msgspec.Struct, frozen=True):
    """Money that was promised before and is not settled yet, and what the order does to it.

    `what` is the pot it waits in (`escrow`, `envelope`, `gift`), or the code that it is reserved
    for.
    """

    subject: UUID
    what: str
    currency: str
    amount_minor: int
    since: datetime


class Packet(msgspec.Struct, frozen=True):
    """Everything about one order; `document` in base64 is the text that was signed.

    `in_flight` are the oldest pots and the oldest reservations of the products that the order is
    about which were made before its effect and stand when the packet is made: at most 1,000 of
    each. What becomes of them is in the order.
    """

    made_at: datetime
    order: OrderView
    document: str
    signers: list[Signer]
    snapshot: str | None
    owed: list[Owed]
    superseded: list[str]
    in_flight: list[InFlightView]


class PacketFile(File, frozen=True):
    """The packet on paper."""

    MEDIA: ClassVar[tuple[str, ...]] = ("application/pdf",)


def make(tx: Tx, id_: UUID) -> Packet:
    """Gather an order's packet. Raises `NotFound`."""
    view = reading.order(tx, id_)
    (row,) = store.orders(tx, [id_])
    return Packet(
        made_at=tx.now,
        order=view,
        document=base64.b64encode(row.document).decode(),
        signers=[
            Signer(public("par", key.party), base64.b64encode(key.public).decode())
            for key in store.keys(tx, store.signers(tx, id_))
        ],
        snapshot=row.cut,
        owed=[Owed(currency, amount) for currency, amount in liabilities.totals(tx)],
        superseded=[public(NOUN, one) for one in store.superseded(tx, id_)],
        in_flight=_in_flight(tx, view),
    )


def _in_flight(tx: Tx, view: OrderView) -> list[InFlightView]:
    products = view.order.scope.products
    begins = view.effective_at or tx.now

    def concerned(what: str) -> bool:
        return not products or ANY in products or reading.home(what) in products

    return [
        InFlightView(one.subject, one.what, one.currency, one.amount_minor, one.since)
        for one in promised.standing(tx, IN_FLIGHT_MAX, concerned)
        if one.since <= begins
    ]


def on_paper(packet: Packet) -> PacketFile:
    """The packet as PDF, with the same facts as the JSON."""
    name = f"packet-{packet.order.id}-{packet.made_at:%Y-%m-%d}.pdf"
    title = f"Order {packet.order.id}"
    return PacketFile(leaflet.write(title, _lines(packet)), "application/pdf", name)


def _lines(packet: Packet) -> Iterator[Line]:
    view, order = packet.order, packet.order.order
    yield f"{order.authority}: {order.effect}", True
    plain = msgspec.to_builtins(order)
    for name in ("id", "legal_basis", "document_sha256", "scope", "limit", "exemptions",
                 "in_flight", "review_at", "supersedes"):  # fmt: skip
        if plain[name] not in (None, [], {}):
            yield from _wrapped(f"{name}: {leaflet.told(plain[name])}")
    for language, text in order.notice.items():
        yield from _wrapped(f"notice ({language}): {text}")
    yield "What became of it", True
    yield from _wrapped(f"state: {view.state}")
    for name in ("proposed_at", "issued_at", "effective_at", "ends_at", "ended_by"):
        if getattr(view, name) is not None:
            yield from _wrapped(f"{name}: {getattr(view, name)}")
    for text in (f"SHA-256 of what was signed: {view.sha256}", f"signature: {view.signature}"):
        yield from _wrapped(text)
    for signer in packet.signers:
        yield from _wrapped(f"signed by {signer.party} with {signer.public}")
    yield from _wrapped(f"snapshot under the order's lock: {packet.snapshot or 'not in force yet'}")
    yield f"Already sent to the bank ({len(view.already_sent)})", True
    for sent in view.already_sent:
        yield from _wrapped(f"{_money(sent)} {sent.product} {sent.operation} {sent.subject}")
    yield f"In flight ({len(packet.in_flight)})", True
    for one in packet.in_flight:
        yield from _wrapped(f"{_money(one)} {one.what} since {one.since:%Y-%m-%d} {one.subject}")
    yield "Owed to customers", True
    for owed in packet.owed:
        yield from _wrapped(_money(owed))
    yield f"Made at {packet.made_at:%Y-%m-%d %H:%M:%S %Z}. The JSON holds the same.", False


def _money(one: reading.SentView | InFlightView | Owed) -> str:
    return f"{one.currency} {format_major(one.amount_minor, one.currency)}"


def _wrapped(text: str) -> Iterator[Line]:
    for line in leaflet.wrapped(text):
        yield line, False
