"""What people write to each other: sealed before any write, opened behind a journal row.

A memo hangs on the id of a transfer, request or split. Commands carry its fingerprint in its
place; the sealed bytes travel beside them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec

from sycee.core.parties import vault
from sycee.core.parties.vault import Purpose, SealedText
from sycee.kit.errors import Invalid, Refusal
from sycee.kit.ids import parse, public
from sycee.products.wallet.model import NOUN as TRANSFER
from sycee.products.wallet.people import memorows
from sycee.products.wallet.people.memorows import Memo
from sycee.runtime.db import Database, Tx

FIELD = "wallet.memo"
MOST_AT_ONCE = 100
OPENED_AT_ONCE = 500
_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}")

MemoText = Annotated[
    str, msgspec.Meta(min_length=1, max_length=280, description="A short text, kept sealed.")
]
Subject = Annotated[str, msgspec.Meta(pattern=rf"^{_ID.pattern}\Z")]


class Note(NamedTuple):
    """A memo on its way: its bytes, and the fingerprint that a command carries; None without."""

    sealed: bytes | None
    fingerprint: str | None


class MemoView(msgspec.Struct, frozen=True):
    """A memo that was opened; `text` is null for one whose writer was forgotten."""

    of: str
    text: str | None
    mine: bool


def check(text: str, field: str = "memo") -> str:
    """`text` in NFC; `Invalid` for controls, line breaks and what else cannot be seen."""
    if any(unicodedata.category(char) in {"Cc", "Cs", "Co", "Zl", "Zp"} for char in text):
        raise Invalid(field=field, rule="has a character that cannot be seen")
    shown = unicodedata.normalize("NFC", text).strip()
    if not shown:
        raise Invalid(field=field, rule="must not be blank")
    return shown


def seal(writer: UUID, text: str | None, field: str = FIELD) -> Note:
    """A text sealed with its writer's key. Refuses `Invalid`, `VaultAbsent`, `SubjectForgotten`."""
    if text is None:
        return Note(None, None)
    shown = check(text)
    keys = vault.keys().sealer([writer])
    return Note(
        vault.seal_text(keys, writer, field, shown),
        vault.fingerprint(keys, writer, field, shown),
    )


def keep(tx: Tx, subject: UUID, writer: UUID, reader: UUID | None, sealed: bytes | None) -> None:
    """Hang a memo on what it belongs to."""
    if sealed is not None:
        memorows.insert(tx, Memo(subject, writer, reader, sealed))


def show(database: Database, caller: UUID, of: Sequence[str]) -> list[MemoView]:
    """The memos on some ids, those that the caller wrote or got; the rest is left out.

    Leaves one row in the journal, if there is anything to open.
    """
    ids: dict[UUID, str] = {}
    for each in of:
        ids[parse(each[:3], each, "of")] = each
    with database.read() as tx:
        found = memorows.read(tx, list(ids), caller)
    texts = open_all(database, caller, found)
    return [
        MemoView(ids[memo.subject], text, memo.writer == caller)
        for memo, text in zip(found, texts, strict=True)
    ]


def texts(database: Database, caller: UUID, transfers: Sequence[UUID]) -> dict[str, str]:
    """The memos on any number of transfers that the caller wrote or got, by the transfer's id.

    Leaves a row in the journal for each `OPENED_AT_ONCE` of them.
    """
    with database.read() as tx:
        found = memorows.read(tx, transfers, caller)
    said: dict[str, str] = {}
    for start in range(0, len(found), OPENED_AT_ONCE):
        some = found[start : start + OPENED_AT_ONCE]
        for memo, text in zip(some, open_all(database, caller, some), strict=True):
            if text is not None:
                said[public(TRANSFER, memo.subject)] = text
    return said


def open_all(
    database: Database,
    actor: UUID | None,
    memos: Sequence[Memo],
    field: str = FIELD,
    case: str | None = None,
) -> list[str | None]:
    """The texts of memos, in order; None for one that no longer opens.

    `case` is the public id of what they hang on, where it is one thing.
    """
    if not memos:
        return []
    sealed = [SealedText(memo.writer, field, bytes(memo.sealed)) for memo in memos]
    opened = vault.open_texts(database, vault.keys(), actor, sealed, Purpose.PAYMENT, case)
    return [None if isinstance(text, Refusal) else text for text in opened]
