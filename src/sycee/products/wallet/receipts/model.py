"""A receipt, its digest, and the comparison of one that was shown with what the books say. Pure.

**Digest, version 2.** SHA-256, in hexadecimal, of the facts as a JSON object by RFC 8785: members
sorted by name, no spaces, UTF-8, whole numbers only. All facts come from rows that never change, so
the digest of a movement is the same for good. Version 1, which is only checked, has the members in
the order of `Facts`.
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from sycee.runtime.http.shapes import Body

VERSION = 2
_ENCODE = {
    1: msgspec.json.Encoder(order="deterministic").encode,
    VERSION: msgspec.json.Encoder(order="sorted").encode,
}


class Facts(Body, frozen=True):
    """What moved. `posted_at` is the ledger's time in UTC, to the microsecond, ending in Z.

    `payer` and `payee` own the two accounts (null: the house, or a pot). `leaf` is the leaf of the
    payment's row in the journal, as the public log has it; null where the payment is part of
    something larger and has no row of its own.
    """

    version: int
    transfer: str
    kind: str
    code: str
    currency: str
    amount_minor: int
    payer: str | None
    payee: str | None
    debit: str
    credit: str
    subject: str | None
    reverses: str | None
    posted_at: str
    leaf: str | None


class Receipt(Body, frozen=True):
    """The facts of a movement, and their digest. There is no name in it: names change."""

    facts: Facts
    digest: str


class Verdict(msgspec.Struct, frozen=True):
    """Whether a receipt is genuine; if not, which of its fields are not what the books say."""

    genuine: bool
    differs: list[str]


def digest(facts: Facts) -> str:
    """The digest of some facts, by their version."""
    return hashlib.sha256(_ENCODE[facts.version](facts)).hexdigest()


def receipt(facts: Facts) -> Receipt:
    """The receipt of some facts."""
    return Receipt(facts, digest(facts))


def judge(shown: Receipt, books: Facts | None, *, tell: bool) -> Verdict:
    """Compare a receipt with the facts of the books (None: no such movement).

    The digest is what proves that the real receipt was once in the bearer's hands: it can only be
    guessed by who knows every fact. So a wrong field is named only to who shows the right digest,
    or where `tell` (the operator asks); to anyone else a wrong receipt is wrong, and nothing more.
    """
    if books is None:
        return Verdict(False, ["transfer"])
    known = False
    for version in _ENCODE:
        printed = msgspec.structs.replace(books, version=version)
        if hmac.compare_digest(shown.digest.encode(), digest(printed).encode()):
            known, books = True, printed
    wrong = [
        name
        for name in Facts.__struct_fields__
        if getattr(shown.facts, name) != getattr(books, name)
    ]
    if known:
        return Verdict(not wrong, wrong)
    return Verdict(False, [*wrong, "digest"] if tell else ["digest"])
