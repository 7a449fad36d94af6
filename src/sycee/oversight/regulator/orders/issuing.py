"""The verbs of orders: propose, approve, decline, and the signing keys behind them.

Every verb locks the head first, so orders are taken one after the other; one that is issued then
takes every gate's lock exclusively in one statement, waits for the postings in flight, writes its
gates and commits. Killed anywhere before the commit, it was never issued.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.core.policy import gates, limits
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import parse, public, uuid7
from sycee.oversight.regulator.orders import store
from sycee.oversight.regulator.orders.beginning import draw
from sycee.oversight.regulator.orders.document import (
    NOUN,
    Document,
    Effect,
    canonical,
    check,
    parsed,
    signed_text,
)
from sycee.oversight.regulator.orders.meaning import limits as limits_of
from sycee.oversight.regulator.orders.meaning import pack
from sycee.oversight.regulator.orders.meaning import stops as stops_of
from sycee.oversight.regulator.orders.refusals import (
    OrderExists,
    OrderKeyTaken,
    OrderKeyUnknown,
    OrderNeedsAnother,
    OrderNotStanding,
    OrderNotYours,
    OrderSignatureWrong,
)
from sycee.oversight.regulator.orders.states import State, state_of
from sycee.oversight.regulator.orders.store import Key, Order
from sycee.runtime.db import Tx

KEY = "sgk"


class Register(msgspec.Struct, frozen=True):
    """A person's public key, 32 bytes in base64."""

    by: UUID
    credential: UUID
    public: str


class Revoke(msgspec.Struct, frozen=True):
    """A signing key is given up."""

    by: UUID
    key: UUID


class Propose(msgspec.Struct, frozen=True):
    """A signed order; `signature` is Ed25519 in base64."""

    by: UUID
    credential: UUID
    key: UUID
    signature: str
    order: Document


class Decide(msgspec.Struct, frozen=True):
    """A second person's word on a proposed order."""

    by: UUID
    credential: UUID
    order: UUID
    key: UUID
    signature: str


class Registered(msgspec.Struct, frozen=True):
    """A signing key."""

    id: str
    public: str
    registered_at: datetime


class Taken(msgspec.Struct, frozen=True):
    """What became of an order; `already_sent` counts what cannot be called back any more."""

    id: str
    state: State
    sha256: str
    effective_at: datetime | None
    already_sent: int = 0


def register(tx: Tx, command: Register) -> Registered:
    """Register a signing key. Refuses `Invalid`, `OrderKeyTaken`."""
    raw = _decoded("public", command.public, 32)
    key = Key(uuid7(), command.by, raw, command.credential, tx.now, None)
    if not store.insert_key(tx, key):
        raise OrderKeyTaken
    _journal(tx, "order-key.registered", key.id, command.by, id=public(KEY, key.id))
    return Registered(public(KEY, key.id), command.public, tx.now)


def revoke(tx: Tx, command: Revoke) -> Registered:
    """Revoke one of one's own party's keys; what it signed stays signed. Refuses `NotFound`."""
    if not store.revoke_key(tx, command.by, command.key):
        raise NotFound(noun="signing-key", id=public(KEY, command.key))
    (key,) = store.keys(tx, [command.key])
    _journal(tx, "order-key.revoked", key.id, command.by, id=public(KEY, key.id))
    return Registered(public(KEY, key.id), base64.b64encode(key.public).decode(), key.registered_at)


def propose(tx: Tx, command: Propose) -> Taken:
    """Take a signed order: one that only tightens is issued at once, any other waits.

    Order of refusals: of the document; `OrderKeyUnknown`, `OrderSignatureWrong`; `OrderExists`;
    `NotFound` and `OrderNotStanding` of what it supersedes. The same order again is the same order.
    """
    document = command.order
    check(document, tx.now)
    text = canonical(document)
    _, signature = _verify(tx, command, signed_text(text))
    store.lock_head(tx)
    known = store.orders(tx, [document.uuid])
    if known:
        if known[0].document != text:
            raise OrderExists(order=document.id)
        return _taken(known[0], tx.now)
    _superseded(tx, document)
    order = Order(
        document.uuid,
        text,
        command.by,
        command.key,
        command.credential,
        signature,
        tx.now,
    )
    store.insert_order(tx, order)
    _advance(tx, "proposed", order)
    _note(tx, "order.proposed", order, document, command.by)
    if document.loosens:
        return _taken(order, tx.now)
    return _issue(tx, order, document, by=command.by, key=None, signature=None)


def approve(tx: Tx, command: Decide) -> Taken:
    """Issue a proposed order by the word of another person.

    Refuses `NotFound`, `OrderNotStanding`, `OrderKeyUnknown`, `OrderSignatureWrong`,
    `OrderNeedsAnother`, `OrderNotYours`.
    """
    store.lock_head(tx)
    order = _proposed(tx, command.order)
    second, signature = _verify(tx, command, signed_text(order.document, "approval"))
    (first,) = store.keys(tx, [order.key])
    if order.credential == command.credential or first.credential == second.credential:
        raise OrderNeedsAnother(order=public(NOUN, order.id))
    document = parsed(order.document)
    replaced = _superseded(tx, document)
    for old in (*replaced, *_hanging(tx, replaced)):
        if old.proposer not in (order.proposer, command.by):
            raise OrderNotYours(order=public(NOUN, old.id))
    return _issue(tx, order, document, by=command.by, key=command.key, signature=signature)


def decline(tx: Tx, command: Decide) -> Taken:
    """End a proposal without issuing it; whoever proposed it may do so too."""
    store.lock_head(tx)
    order = _proposed(tx, command.order)
    _, signature = _verify(tx, command, signed_text(order.document, "decline"))
    store.insert_step(
        tx, order.id, "declined", by_party=command.by, key=command.key, signature=signature
    )
    _advance(tx, "declined", order)
    document = parsed(order.document)
    _note(tx, "order.declined", order, document, command.by)
    return _taken(store.orders(tx, [order.id])[0], tx.now)


def _proposed(tx: Tx, id_: UUID) -> Order:
    found = store.orders(tx, [id_])
    if not found:
        raise NotFound(noun="order", id=public(NOUN, id_))
    state = state_of(found[0], tx.now)
    if state is not State.PROPOSED:
        raise OrderNotStanding(order=public(NOUN, id_), state=state)
    return found[0]


def _superseded(tx: Tx, document: Document) -> list[Order]:
    """The orders that it takes the place of; raises unless each is in force or dated."""
    wanted = [parse(NOUN, name, "order.supersedes") for name in document.supersedes]
    found = {order.id: order for order in store.orders(tx, wanted)} if wanted else {}
    for id_ in wanted:
        if id_ not in found:
            raise NotFound(noun="order", id=public(NOUN, id_))
        state = state_of(found[id_], tx.now)
        if state not in (State.DATED, State.IN_FORCE):
            raise OrderNotStanding(order=public(NOUN, id_), state=state)
    return list(found.values())


def _issue(
    tx: Tx,
    order: Order,
    document: Document,
    *,
    by: UUID,
    key: UUID | None,
    signature: bytes | None,
) -> Taken:
    """Under every gate's lock: end what it supersedes, shut its own gates, list what was sent.

    One that is dated lists that when it begins.
    """
    gates.lock_all(tx)
    begins = max(document.effective_at or tx.now, tx.now)
    cut, sent = (None, 0) if begins > tx.now else draw(tx, order.id, document)
    _end_superseded(tx, order.id, document, begins)
    gates.shut(tx, stops_of(document, begins))
    if document.effect is Effect.LIMIT:
        limits.load(tx, limits_of(document, begins))
    store.insert_step(
        tx,
        order.id,
        "issued",
        by_party=by,
        key=key,
        signature=signature,
        cut=cut,
        effective_at=begins,
    )
    _advance(tx, "issued", order)
    _note(tx, "order.issued", order, document, by, already_sent=sent)
    return _taken(store.orders(tx, [order.id])[0], tx.now, sent)


def _end_superseded(tx: Tx, by: UUID, document: Document, begins: datetime) -> None:
    """End what an order takes the place of; the word before on an end to come counts no more.

    What was to end with an order that now never begins ends with the amendment in its place, or,
    where it was lifted, not at all.
    """
    lifts = document.effect is Effect.ALLOW
    ends: dict[UUID, tuple[Order, datetime | None]] = {}
    never: list[Order] = []
    for old in _superseded(tx, document):
        assert old.effective_at is not None
        dated = old.effective_at > tx.now
        at = tx.now if dated and not lifts else begins
        ends[old.id] = (old, at)
        if dated and at <= old.effective_at:
            never.append(old)
    for old in _hanging(tx, never):
        ends.setdefault(old.id, (old, None if lifts else begins))
    for old, at in ends.values():
        _end(tx, old, at, by=by)


def _hanging(tx: Tx, orders: Sequence[Order]) -> list[Order]:
    """What is yet to end at the beginning of one of these orders, which are dated."""
    waiting = store.ending_by(tx, [old.id for old in orders if _dated(old, tx.now)])
    return store.orders(tx, waiting) if waiting else []


def _dated(order: Order, now: datetime) -> bool:
    return state_of(order, now) is State.DATED


def _end(tx: Tx, old: Order, at: datetime | None, *, by: UUID) -> None:
    """End an order's gates and limits at a moment, or let them stand; the order says by which."""
    document = parsed(old.document)
    mine = [gate.id for gate in gates.standing(tx) if gate.order_id == old.id]
    gates.relift(tx, mine, at)
    if document.effect is Effect.LIMIT:
        limits.end(tx, pack(document), at)
    store.save_end(tx, old.id, at, by)
    kind = "kept" if at is None else "ended"
    _advance(tx, kind, old)
    _note(tx, f"order.{kind}", old, document, None)


def note_reopened(tx: Tx, orders: int) -> None:
    """Note that a restored house is open again, with so many orders taken over."""
    _journal(tx, "order.reopened", uuid7(), None, orders=orders)


def _verify(tx: Tx, command: Propose | Decide, text: bytes) -> tuple[Key, bytes]:
    """The key that signed a text, which is one of the caller's, and the signature."""
    key = next(iter(store.keys(tx, [command.key])), None)
    if key is None or key.party != command.by or key.revoked_at is not None:
        raise OrderKeyUnknown
    raw = _decoded("signature", command.signature, 64)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(raw, text)
    except InvalidSignature:
        raise OrderSignatureWrong from None
    return key, raw


def _decoded(field: str, text: str, size: int) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != size:
        raise Invalid(field=field, rule=f"must be {size} bytes in base64")
    return raw


def _advance(tx: Tx, kind: str, order: Order) -> None:
    """Chain a step to all before it: a restored database that lacks some has another head."""
    steps, before = store.head(tx)
    text = hashlib.sha256(before + kind.encode() + order.id.bytes + order.document)
    store.save_head(tx, steps + 1, text.digest())


def _taken(order: Order, now: datetime, sent: int = 0) -> Taken:
    return Taken(
        public(NOUN, order.id),
        state_of(order, now),
        hashlib.sha256(order.document).hexdigest(),
        order.effective_at,
        sent,
    )


def _note(
    tx: Tx, verb: str, order: Order, document: Document, by: UUID | None, **more: int
) -> None:
    _journal(
        tx,
        verb,
        order.id,
        by,
        also=[order.proposer],
        id=public(NOUN, order.id),
        effect=str(document.effect),
        sha256=hashlib.sha256(order.document).hexdigest(),
        supersedes=list(document.supersedes),
        **more,
    )


def _journal(
    tx: Tx,
    verb: str,
    subject: UUID,
    by: UUID | None,
    also: Sequence[UUID] = (),
    **body: object,
) -> None:
    operator = parties.operator(tx)
    concerned = [party for party in (by, *also, operator) if party is not None]
    append(tx, [Entry(by, verb, subject, tuple(dict.fromkeys(concerned)), "oversight", body)])
