"""An authority, an operator, and people of each who sign."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.kit.ids import parse, public, uuid7
from sycee.oversight.regulator.orders import desk, issuing
from sycee.oversight.regulator.orders.document import Document, canonical, signed_text
from sycee.oversight.regulator.orders.issuing import KEY, Decide, Propose, Register, Taken
from sycee.runtime.db import Database


@dataclass
class Person:
    """Someone with a signing key and a device, who belongs to a party."""

    database: Database
    party: UUID
    credential: UUID
    private: Ed25519PrivateKey
    key: UUID

    def signed(self, text: bytes) -> str:
        return base64.b64encode(self.private.sign(text)).decode()

    def proposal(self, document: Document) -> Propose:
        signature = self.signed(signed_text(canonical(document)))
        return Propose(self.party, self.credential, self.key, signature, document)

    def propose(self, document: Document) -> Taken:
        return desk.propose(self.database, self.proposal(document)).unwrap()

    def word(self, document: Document, purpose: str = "approval") -> Decide:
        signature = self.signed(signed_text(canonical(document), purpose))
        return Decide(self.party, self.credential, document.uuid, self.key, signature)

    def approve(self, document: Document) -> Taken:
        return desk.approve(self.database, self.word(document)).unwrap()


def party(database: Database, kind: Kind, name: str) -> UUID:
    with database.transaction() as tx:
        return parties.create(tx, NewParty(kind, name)).id


def person(database: Database, of: UUID, credential: UUID | None = None) -> Person:
    """A new person of a party, with a key of their own."""
    private, where = Ed25519PrivateKey.generate(), credential or uuid7()
    raw = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    with database.transaction() as tx:
        made = issuing.register(tx, Register(of, where, raw))
    return Person(database, of, where, private, parse(KEY, made.id))


def order(effect: str = "deny", **said: Any) -> Document:
    """An order of the authority."""
    plain = {
        "id": public("ord", uuid7()),
        "authority": "The authority",
        "legal_basis": "Act 1, section 2",
        "effect": effect,
        **said,
    }
    return msgspec.convert(plain, Document)


STOP = {"products": ["wallet"], "operations": ["transfer"]}
