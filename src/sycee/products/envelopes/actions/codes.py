"""Face-to-face codes: shown on the sender's phone, turned into a link of one's own by who is there.

A code is shown once and kept as a keyed digest, so these verbs give answers that are not stored.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import public, token
from sycee.products.envelopes.model import code as rules
from sycee.products.envelopes.model.code import CodeGuessesOver, CodeUnknown
from sycee.products.envelopes.model.envelope import NOUN, EnvelopeExpired, State
from sycee.products.envelopes.store import codes as store
from sycee.products.envelopes.store import envelopes
from sycee.runtime.db import Tx

DRAWS = 20


class Shown(msgspec.Struct, frozen=True):
    """A code to show, and until when it opens the envelope."""

    code: str
    expires_at: datetime


class OwnLink(msgspec.Struct, frozen=True):
    """A link to an envelope that opens for you alone."""

    envelope: str
    token: str


def show(tx: Tx, key: bytes, sender: UUID, envelope: UUID) -> Shown:
    """Make a code for one's own envelope; the last one opens nothing then.

    Raises `NotFound`, `EnvelopeExpired` for one that has ended.
    """
    found = envelopes.lock(tx, [envelope]).get(envelope)
    if found is None or found.sender != sender:
        raise NotFound(noun="envelope", id=public(NOUN, envelope))
    if found.state is not State.OPEN or tx.now >= found.expires_at:
        raise EnvelopeExpired(envelope=public(NOUN, envelope))
    expires_at = min(tx.now + rules.LIFE, found.expires_at)
    for _ in range(DRAWS):
        drawn = rules.drawn(store.in_use(tx, rules.CROWDED))
        if store.replace(tx, rules.digest(key, drawn), envelope, expires_at):
            return Shown(drawn, expires_at)
    raise AssertionError("of a thousand codes in a million one is free")


def resolve(tx: Tx, key: bytes, by: UUID, code: str) -> OwnLink | Refusal:
    """A link of one's own for a code.

    Gives `CodeUnknown` as a value, so that the wrong guess is counted and kept. Raises
    `CodeGuessesOver`.
    """
    tries, since = store.guesses(tx, by, tx.now - rules.GUESS_WINDOW)
    if tries >= rules.GUESSES:
        raise CodeGuessesOver(resets_at=since + rules.GUESS_WINDOW)
    found = store.find(tx, rules.digest(key, code))
    if found is None:
        store.add_guess(tx, by)
        return CodeUnknown()
    made = token()
    envelopes.link(tx, sha256(made.encode()).digest(), found, by)
    return OwnLink(public(NOUN, found), made)
