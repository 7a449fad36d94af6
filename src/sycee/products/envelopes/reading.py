"""What is seen of an envelope: by whoever has the link, by both sides, and by whoever checks it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public
from sycee.products.envelopes.model import shares
from sycee.products.envelopes.model.crew import NOUN as GROUP
from sycee.products.envelopes.model.envelope import (
    NOUN,
    Envelope,
    EnvelopeUnknown,
    Greeting,
    State,
    welcome,
)
from sycee.products.envelopes.model.shares import Kind
from sycee.products.envelopes.store import claims as claimrows
from sycee.products.envelopes.store import crews
from sycee.products.envelopes.store import envelopes as store
from sycee.products.envelopes.store import words as wordrows
from sycee.products.envelopes.store.words import Words
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class Side(StrEnum):
    """Which envelopes to list: sent, taken from, or those for one by name or group, unopened."""

    SENT = "sent"
    RECEIVED = "received"
    WAITING = "waiting"


class ShareView(msgspec.Struct, frozen=True):
    """Who took how much, and when. `best` is marked when the envelope has ended."""

    taker: str
    name: str
    amount_minor: int
    claimed_at: datetime
    best: bool


class EnvelopeView(msgspec.Struct, frozen=True):
    """An envelope. Who took what is shown to its sender and to those who took from it.

    `group` is the one it is for, `newcomers` that it is for whoever joins after it was sent, and
    `greeting` what stands on its cover. `challenge` goes back with the press that opens it.
    """

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
    group: str | None = None
    newcomers: bool = False
    greeting: Greeting = Greeting.WISH
    challenge: str | None = None


class CoverView(msgspec.Struct, frozen=True):
    """What a stranger with the link sees before joining: nobody's name and no amount."""

    kind: Kind
    cover: str
    greeting: Greeting
    shares: int
    needs_password: bool
    newcomers: bool
    for_some: bool
    state: State
    expires_at: datetime


class WordsView(msgspec.Struct, frozen=True):
    """A greeting or a thank-you; `text` is null when its writer was forgotten."""

    writer: str
    name: str
    text: str | None
    written_at: datetime


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
    return _view(tx, party, _linked(tx, party, token))


def cover(tx: Tx, token: str) -> CoverView:
    """What a stranger sees of a link; raises `EnvelopeUnknown`."""
    found = _linked(tx, None, token)
    return CoverView(
        kind=found.kind,
        cover=found.cover,
        greeting=Greeting(found.greeting),
        shares=found.count,
        needs_password=found.password is not None,
        newcomers=found.newcomers,
        for_some=bool(found.named) or found.crew is not None,
        state=found.state,
        expires_at=found.expires_at,
    )


def _linked(tx: Tx, party: UUID | None, token: str) -> Envelope:
    digest = sha256(token.encode()).digest()
    id_, owner = store.linked(tx, [digest]).get(digest, (None, None))
    if id_ is None or owner not in (None, party):
        raise EnvelopeUnknown
    return store.read(tx, [id_])[id_]


def one(tx: Tx, party: UUID, id_: UUID) -> EnvelopeView:
    """An envelope that one sent, took from, or may take from by name or group; or `NotFound`."""
    return _view(tx, party, mine(tx, party, id_))


def mine(tx: Tx, party: UUID, id_: UUID) -> Envelope:
    """An envelope that somebody may look at; raises `NotFound`."""
    found = store.read(tx, [id_]).get(id_)
    if found is None or not (inside(tx, found, party) or _named(tx, found, party)):
        raise NotFound(noun="envelope", id=public(NOUN, id_))
    return found


def inside(tx: Tx, envelope: Envelope, party: UUID) -> bool:
    """Whether somebody sent an envelope or took from it, and so sees who got what."""
    return envelope.sender == party or bool(claimrows.claims(tx, [(envelope.id, party)]))


def _named(tx: Tx, envelope: Envelope, party: UUID) -> bool:
    """Whether an envelope is for somebody without a link."""
    if envelope.crew is None and not envelope.named:
        return False
    member = envelope.crew is not None and bool(crews.among(tx, [(envelope.crew, party)]))
    return welcome(envelope, party, member)


def words(tx: Tx, party: UUID, id_: UUID) -> tuple[list[Words], dict[UUID, str]]:
    """What is written on an envelope, still sealed, and its writers' names.

    Whoever is inside sees all of it, others for whom it is its sender's greeting alone. Raises
    `NotFound`.
    """
    envelope = mine(tx, party, id_)
    found = wordrows.on(tx, id_, envelope.count + 1)
    if not inside(tx, envelope, party):
        found = [each for each in found if each.writer == envelope.sender]
    people = parties.read(tx, {each.writer for each in found})
    return found, {writer: person.display_name for writer, person in people.items()}


def listing(tx: Tx, party: UUID, page: Page, side: Side) -> Listing[EnvelopeView]:
    """Envelopes that a party sent or took from, newest first."""
    before = key_of(page)
    if side is Side.WAITING:
        ids = crews.waiting(tx, party, page.limit)  # those of a day or three: one page holds them
    else:
        role = "sender" if side is Side.SENT else "taker"
        ids = store.of_party(tx, party, role, before, page.fetch)
    return shown(tx, party, page, ids)


def key_of(page: Page) -> UUID | None:
    """Where a page begins: behind the envelope of its cursor; raises `Invalid`."""
    try:
        return None if page.after is None else UUID(page.after)
    except ValueError:
        raise Invalid("cursor", "must be a cursor that this server gave") from None


def of_group(tx: Tx, party: UUID, group: UUID, page: Page) -> Listing[EnvelopeView]:
    """The envelopes of a group, newest first; raises `NotFound` unless one is in it."""
    if not crews.among(tx, [(group, party)]):
        raise NotFound(noun="group", id=public(GROUP, group))
    before = key_of(page)
    return shown(tx, party, page, crews.envelopes_of(tx, group, before, page.fetch))


def shown(tx: Tx, party: UUID, page: Page, ids: list[UUID]) -> Listing[EnvelopeView]:
    """Envelopes as somebody sees them, a page of them."""
    found = store.read(tx, ids)
    part = page.of(ids, str)
    views = [_view(tx, party, found[id_]) for id_ in part.items]
    return Listing(views, part.has_more, part.next)


def proof(tx: Tx, id_: UUID) -> ProofView:
    """What checks an envelope's fairness; raises `NotFound`."""
    found = store.read(tx, [id_]).get(id_)
    if found is None:
        raise NotFound(noun="envelope", id=public(NOUN, id_))
    ended = found.ended_at is not None
    taken = [(place, minor) for _, place, minor, _ in claimrows.claimed(tx, id_)]
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
    taken = claimrows.claimed(tx, envelope.id)
    mine = next((minor for by, _, minor, _ in taken if by == party), None)
    within = party == envelope.sender or mine is not None
    ids = {envelope.sender, *((by for by, *_ in taken) if within else ())}
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
            if within
        ],
        commitment=envelope.commitment.hex(),
        created_at=envelope.created_at,
        expires_at=envelope.expires_at,
        ended_at=envelope.ended_at,
        refunded_minor=envelope.refunded_minor,
        group=None if envelope.crew is None else public(GROUP, envelope.crew),
        newcomers=envelope.newcomers,
        greeting=Greeting(envelope.greeting),
    )
