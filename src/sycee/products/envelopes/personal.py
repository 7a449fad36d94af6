"""What envelopes keep of a person: those sent and taken from, groups, and words they wrote."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from sycee.core.parties import vault
from sycee.core.parties.personal.sources import Source, paged, walk
from sycee.core.parties.vault import Purpose, SealedText
from sycee.kit.errors import Refusal
from sycee.kit.ids import public
from sycee.products.envelopes import reading
from sycee.products.envelopes.desk import FIELD
from sycee.products.envelopes.groups import reading as groups
from sycee.products.envelopes.reading import NOUN, Side
from sycee.products.envelopes.store import envelopes as store
from sycee.products.envelopes.store import words as wordrows
from sycee.products.envelopes.store.words import Words
from sycee.runtime.db import Database, Tx


def _open(tx: Tx, party: UUID) -> list[str]:
    return [public(NOUN, id_) for id_ in store.open_of(tx, party)]


def _groups(database: Database, party: UUID, most: int) -> list[Any]:
    with database.read() as tx:
        return list(groups.listing(tx, party)[:most])


def _words(database: Database, party: UUID, most: int) -> list[Any]:
    """Greetings and thanks that one wrote, opened behind a row in the journal for each chunk."""

    def ask(tx: Tx, before: UUID | None, limit: int) -> list[Words]:
        return wordrows.by(tx, party, before, limit)

    found: list[Any] = []
    for rows in walk(database, ask, lambda words: words.envelope, most):
        sealed = [SealedText(party, FIELD, row.sealed) for row in rows]
        texts = vault.open_texts(database, vault.keys(), party, sealed, Purpose.SELF)
        found += [
            {
                "envelope": public(NOUN, row.envelope),
                "text": None if isinstance(text, Refusal) else text,
            }
            for row, text in zip(rows, texts, strict=True)
        ]
    return found


source = Source(
    rows={
        "envelopes_sent": paged(partial(reading.listing, side=Side.SENT)),
        "envelopes_received": paged(partial(reading.listing, side=Side.RECEIVED)),
        "envelope_groups": _groups,
        "envelope_words": _words,
    },
    open={"envelope": _open},
)
