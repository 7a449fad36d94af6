"""Checking rows that the log opened to a person, with nothing but the page and the log's key. Pure.

The page is the answer of `/v1/log/entries`. Each row is checked four ways: its text is the row
that is shown, its leaf is the text's under its salt, the leaf is in the tree, and the tree is the
one that the log signed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from sycee.kit.clock import micros
from sycee.kit.ids import public
from sycee.oversight.transparency.model import merkle, notes
from sycee.oversight.transparency.model.notes import Checkpoint, Verifier


class Reader(msgspec.Struct, frozen=True):
    """Who looked, as a list of readings shows it."""

    role: str
    id: str | None


class Opened(msgspec.Struct, frozen=True):
    """A row as the page shows it; of a list of readings with what it says in words."""

    id: str
    verb: str
    purpose: str
    subject: str
    data: dict[str, Any]
    canonical: str
    salt: str | None = None
    index: int | None = None
    proof: list[str] = []
    disclosed: Opened | None = None
    at: datetime | UnsetType = UNSET
    actor: str | UnsetType | None = UNSET
    who: Reader | UnsetType = UNSET
    fields: list[str] | UnsetType = UNSET
    case: str | UnsetType | None = UNSET
    sequence: int | UnsetType = UNSET


class Opening(msgspec.Struct, frozen=True):
    """A page: the log's key, a checkpoint, and rows with their proofs.

    `standing` is the signed end of a list of readings, None of a list whose end nobody signed; only
    a page of such a list has it.
    """

    key: str
    checkpoint: str
    items: list[Opened]
    standing: str | UnsetType | None = UNSET


class Result(msgspec.Struct, frozen=True):
    """One row's verdict: `proved`, `unsealed`, `erased`, or what is wrong with it."""

    id: str
    verb: str
    verdict: str

    @property
    def bad(self) -> bool:
        """Whether the row is not what the log holds."""
        return self.verdict not in ("proved", "unsealed", "erased")


def read(text: bytes) -> Opening:
    """A page; raises ValueError for what is not one."""
    return msgspec.json.decode(text, type=Opening)


def signed(page: Opening, key: Verifier) -> Checkpoint:
    """The page's checkpoint; raises ValueError unless the log's key has signed it."""
    note = notes.read(page.checkpoint)
    if note.checkpoint.origin != key.name or notes.signed_by(note, key) is None:
        raise ValueError("the checkpoint is not signed by this key")
    return note.checkpoint


def check(page: Opening, checkpoint: Checkpoint) -> list[Result]:
    """The verdict on every row of a page whose checkpoint is `checkpoint`.

    A row that discloses an earlier one must name that one's leaf; the earlier row is checked too.
    """
    results: list[Result] = []
    for row in page.items:
        results.append(Result(row.id, row.verb, _verdict(row, checkpoint)))
        told = row.disclosed
        if told is not None:
            made = leaf(told)
            same = made is None or made.hex() == row.data.get("leaf")
            verdict = _verdict(told, checkpoint) if same else "not the row that was disclosed"
            results.append(Result(told.id, told.verb, verdict))
    return results


def leaf(row: Opened) -> bytes | None:
    """The leaf that a row's text and salt make; None once its salt was erased."""
    if row.salt is None:
        return None
    commitment = hmac.digest(b64decode(row.salt, validate=True), row.canonical.encode(), "sha256")
    return hashlib.sha256(b"\x00" + commitment).digest()


def _as_written(row: Opened, told: dict[str, Any]) -> bool:
    """Whether all that is shown of a row is what its text says."""
    body = told["body"]
    actor = None if told["actor"] is None else public("par", UUID(told["actor"]))
    pairs: list[tuple[object, object]] = [
        (row.id, public("evt", UUID(told["id"]))),
        (row.verb, told["verb"]),
        (row.purpose, told["purpose"]),
        (row.subject, told["subject"]),
        (row.data, body),
        (row.actor, actor),
        (row.at if isinstance(row.at, UnsetType) else micros(row.at), told["at"]),
        (row.fields, body.get("fields")),
        (row.case, body.get("case")),
        (row.sequence, body.get("sequence")),
    ]
    if isinstance(row.who, Reader):
        yours = told["actor"] == told["subject"]
        nobody = row.who.role in ("house", "visitor")
        pairs += [(row.who.id, actor), (row.who.role == "you", yours), (nobody, actor is None)]
    return all(shown in (UNSET, written) for shown, written in pairs)


def _verdict(row: Opened, checkpoint: Checkpoint) -> str:
    try:
        if not _as_written(row, json.loads(row.canonical)):
            return "shown otherwise than it is written"
        made = leaf(row)
        if made is None:
            return "erased"
        if row.index is None:
            return "unsealed"
        proof = [b64decode(each, validate=True) for each in row.proof]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "malformed"
    if not merkle.includes(row.index, checkpoint.size, made, proof, checkpoint.root):
        return "not in the log"
    return "proved"
