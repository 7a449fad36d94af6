"""What is seen of an envelope: by whoever has the link, by both sides, and by whoever checks it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.products.envelopes import store
from sycee.products.envelopes.model import shares
from sycee.products.envelopes.model.envelope import NOUN, Envelope, EnvelopeUnknown, State
from sycee.products.envelopes.model.shares import Kind
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class Side(StrEnum):
    """Which envelopes to list."""

    SENT = "sent"
    RECEIVED = "received"


class ShareView(msgspec.Struct, frozen=True):
    """Who took how much, and when. `best` is marked when the envelope has ended."""

    taker: str
    name: str
    amount_minor: int
    claimed_at: datetime
    best: bool


class EnvelopeView(msgspec.Struct, frozen=True):
    """An envelope. Who took what is shown to its sender and to those who took from it."""

    id: str
    sender: str
    sender_name: str
    kind: Kind
    cover: str
    currency: str
    amount_minor: int
    shares: int
    taken: int
    needs_password: bool
    state: State
    mine_minor: int | None
    claims: list[ShareView]
    commitment: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    refunded_minor: int


class ProofView(msgspec.Struct, frozen=True):
    """What anyone needs to check that the shares were fixed before the first was taken.

    `seed` is shown when the envelope has ended; until then the commitment alone. `claims` are the
    places and amounts that were taken, without names.
    """

    envelope: str
    envelope_hex: str
    kind: Kind
    amount_minor: int
    currency: str
    shares: int
    commitment: str
    seed: str | None
    claims: list[tuple[int, int]]


def by_link(tx: Tx, party: UUID, token: str) -> EnvelopeView:
    """The envelope of a link; raises `EnvelopeUnknown`."""
    digest = sha256(token.encode()).digest()
    found = store.linked(tx, [digest]).get(digest)
    if found is None:
        raise EnvelopeUnknown
    return _view(tx, party, store.read(tx, [found])[found])


def one(tx: Tx, party: UUID, id_: UUID) -> EnvelopeView:
    """An envelope that one sent or took from; raises `NotFound`."""
    found = store.read(tx, [id_]).get(id_)
    if found is None or (found.sender != party and not store.claims(tx, [(id_, party)])):
        raise NotFound(NOUN, public(NOUN, id_))
    return _view(tx, party, found)


def listing(tx: Tx, party: UUID, page: Page, side: Side) -> Listing[EnvelopeView]:
    """Envelopes that a party sent or took from, newest first."""
    before = None if page.after is None else UUID(page.after)
    role = "sender" if side is Side.SENT else "taker"
    ids = store.of_party(tx, party, role, before, page.fetch)
    found = store.read(tx, ids)
    shown = page.of(ids, str)
    views = [_view(tx, party, found[id_]) for id_ in shown.items]
    return Listing(views, shown.has_more, shown.next)


def proof(tx: Tx, id_: UUID) -> ProofView:
    """What checks an envelope's fairness; raises `NotFound`."""
    found = store.read(tx, [id_]).get(id_)
    if found is None:
        raise NotFound(NOUN, public(NOUN, id_))
    ended = found.ended_at is not None
    taken = [(place, minor) for _, place, minor, _ in store.claimed(tx, id_)]
    return ProofView(
        envelope=public(NOUN, id_),
        envelope_hex=id_.hex,
        kind=found.kind,
        amount_minor=found.amount_minor,
        currency=found.currency,
        shares=found.count,
        commitment=found.commitment.hex(),
        seed=found.seed.hex() if ended else None,
        claims=sorted(taken),
    )


def verdict(told: ProofView) -> str:
    """`fair`, or what is wrong: `open` while there is no seed, `commitment`, `sum`, `claims`."""
    if told.seed is None:
        return "open"
    seed, envelope = bytes.fromhex(told.seed), UUID(hex=told.envelope_hex)
    made = shares.commitment(
        seed, envelope, told.kind, told.amount_minor, told.currency, told.shares
    )
    if made.hex() != told.commitment:
        return "commitment"
    fixed = shares.split(seed, told.kind, told.amount_minor, told.shares)
    if sum(fixed) != told.amount_minor or min(fixed) < 1:
        return "sum"
    places = [place for place, _ in told.claims]
    if len(set(places)) != len(places) or not all(0 <= place < told.shares for place in places):
        return "claims"
    if any(fixed[place] != minor for place, minor in told.claims):
        return "claims"
    return "fair"


def _view(tx: Tx, party: UUID, envelope: Envelope) -> EnvelopeView:
    taken = store.claimed(tx, envelope.id)
    mine = next((minor for by, _, minor, _ in taken if by == party), None)
    inside = party == envelope.sender or mine is not None
    ids = {envelope.sender, *((by for by, *_ in taken) if inside else ())}
    names = {id_: found.display_name for id_, found in parties.read(tx, ids).items()}
    best = max((minor for _, _, minor, _ in taken), default=0)
    ended = envelope.ended_at is not None
    return EnvelopeView(
        id=public(NOUN, envelope.id),
        sender=public("par", envelope.sender),
        sender_name=names.get(envelope.sender, ""),
        kind=envelope.kind,
        cover=envelope.cover,
        currency=envelope.currency,
        amount_minor=envelope.amount_minor,
        shares=envelope.count,
        taken=len(taken),
        needs_password=envelope.password is not None,
        state=envelope.state,
        mine_minor=mine,
        claims=[
            ShareView(
                public("par", by),
                names.get(by, ""),
                minor,
                at,
                ended and minor == best and envelope.kind is Kind.LUCKY,
            )
            for by, _, minor, at in taken
            if inside
        ],
        commitment=envelope.commitment.hex(),
        created_at=envelope.created_at,
        expires_at=envelope.expires_at,
        ended_at=envelope.ended_at,
        refunded_minor=envelope.refunded_minor,
    )
