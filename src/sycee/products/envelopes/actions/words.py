"""What people write on an envelope: its sender a greeting, whoever took from it a thank-you."""

from __future__ import annotations

import unicodedata
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public
from sycee.products.envelopes.model.envelope import NOUN
from sycee.products.envelopes.store import claims, envelopes
from sycee.products.envelopes.store import words as store
from sycee.products.envelopes.store.words import Words
from sycee.runtime.db import Tx

LONGEST = 140
_UNSEEN = {"Cc", "Cs", "Co", "Zl", "Zp"}


class Say(msgspec.Struct, frozen=True):
    """Write on an envelope; the sealed text travels beside its fingerprint."""

    by: UUID
    envelope: UUID
    fingerprint: str


class Said(msgspec.Struct, frozen=True):
    """The envelope that was written on."""

    envelope: str


def check(text: str) -> str:
    """`text` in NFC; `Invalid` for one that is blank or has what cannot be seen."""
    if any(unicodedata.category(char) in _UNSEEN for char in text):
        raise Invalid("text", "has a character that cannot be seen")
    shown = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(shown) <= LONGEST:
        raise Invalid("text", f"must have 1 to {LONGEST} characters")
    return shown


def say(tx: Tx, command: Say, *, sealed: bytes) -> Said:
    """Keep a greeting or thank-you, in the place of what one wrote before.

    Raises `NotFound` for an envelope that one neither sent nor took from.
    """
    found = envelopes.read(tx, [command.envelope]).get(command.envelope)
    name = public(NOUN, command.envelope)
    if found is None:
        raise NotFound(noun="envelope", id=name)
    if found.sender != command.by and not claims.claims(tx, [(found.id, command.by)]):
        raise NotFound(noun="envelope", id=name)
    store.write(tx, Words(found.id, command.by, sealed, tx.now))
    concerned = tuple(dict.fromkeys((command.by, found.sender)))
    verb = "envelope.greeted" if found.sender == command.by else "envelope.thanked"
    body: dict[str, int | str] = {"envelope": name, "by": public("par", command.by)}
    append(tx, [Entry(command.by, verb, found.id, concerned, "gift", body)])
    return Said(name)
