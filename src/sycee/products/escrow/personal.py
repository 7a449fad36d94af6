"""What escrow keeps of a person: trades, with what is still open, and what one wrote in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sycee.core.parties import vault
from sycee.core.parties.personal.sources import Source, paged, walk
from sycee.core.parties.vault import Purpose, SealedText
from sycee.kit.errors import Refusal
from sycee.kit.ids import public
from sycee.products.escrow import listing
from sycee.products.escrow.desk import COMMENT, EVIDENCE
from sycee.products.escrow.store import lists, written
from sycee.products.escrow.store.written import Given, Got, Piece
from sycee.runtime.db import Database, Tx


def _open(tx: Tx, party: UUID) -> list[str]:
    return [public("trd", id_) for id_ in lists.open_of(tx, party)]


def _evidence(database: Database, party: UUID, most: int) -> list[Any]:
    """What one brought to disputes: texts in full, of files what they are."""

    def ask(tx: Tx, before: tuple[UUID, UUID] | None, limit: int) -> list[Piece]:
        return written.evidence(tx, party, before, limit)

    found: list[Any] = []
    for rows in walk(database, ask, lambda piece: (piece.trade, piece.id), most):
        texts = _texts(database, party, EVIDENCE, [row.sealed for row in rows])
        found += [
            {
                "trade": public("trd", row.trade),
                "id": public("evd", row.id),
                "text": text,
                "content_type": row.content_type,
                "sha256": None if row.sha256 is None else row.sha256.hex(),
                "added_at": row.added_at,
            }
            for row, text in zip(rows, texts, strict=True)
        ]
    return found


def _ratings(database: Database, party: UUID, most: int) -> list[Any]:
    """The stars that one gave, with the comment."""

    def ask(tx: Tx, before: tuple[UUID, UUID] | None, limit: int) -> list[Given]:
        return written.ratings(tx, party, before, limit)

    found: list[Any] = []
    for rows in walk(database, ask, lambda given: (given.trade, given.rated), most):
        texts = _texts(database, party, COMMENT, [row.sealed for row in rows])
        found += [
            {
                "trade": public("trd", row.trade),
                "of": public("par", row.rated),
                "stars": row.stars,
                "text": text,
                "rated_at": row.rated_at,
            }
            for row, text in zip(rows, texts, strict=True)
        ]
    return found


def _ratings_got(database: Database, party: UUID, most: int) -> list[Any]:
    """The stars that one was given; what was written with them is read at the trade."""

    def ask(tx: Tx, before: tuple[UUID, UUID] | None, limit: int) -> list[Got]:
        return written.ratings_got(tx, party, before, limit)

    return [
        {
            "trade": public("trd", row.trade),
            "by": public("par", row.rater),
            "stars": row.stars,
            "rated_at": row.rated_at,
        }
        for rows in walk(database, ask, lambda got: (got.trade, got.rater), most)
        for row in rows
    ]


def _texts(
    database: Database, party: UUID, field: str, sealed: Sequence[bytes | None]
) -> list[str | None]:
    """One's own texts, opened behind one row in the journal; None where there is none."""
    asked = [SealedText(party, field, bytes(each)) for each in sealed if each is not None]
    if not asked:
        return [None] * len(sealed)
    opened = iter(vault.open_texts(database, vault.keys(), party, asked, Purpose.SELF))
    texts = [None if each is None else next(opened) for each in sealed]
    return [None if isinstance(text, Refusal) else text for text in texts]


source = Source(
    rows={
        "trades": paged(listing.of_party),
        "dispute_evidence": _evidence,
        "ratings_given": _ratings,
        "ratings_got": _ratings_got,
    },
    open={"trade": _open},
)
