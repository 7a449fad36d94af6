"""SQL of what a party wrote in its trades, newest first; one function a query."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sycee.runtime.db import MAX, Tx


class Piece(NamedTuple):
    """A piece of evidence; `sealed` is given of a text alone, the rest of a file."""

    trade: UUID
    id: UUID
    content_type: str | None
    sha256: bytes | None
    added_at: datetime
    sealed: bytes | None


class Given(NamedTuple):
    """A rating that a party gave; `sealed` is the comment with it."""

    trade: UUID
    rated: UUID
    stars: int
    rated_at: datetime
    sealed: bytes | None


class Got(NamedTuple):
    """A rating that a party was given."""

    trade: UUID
    rater: UUID
    stars: int
    rated_at: datetime


def evidence(tx: Tx, party: UUID, before: tuple[UUID, UUID] | None, limit: int) -> list[Piece]:
    """The evidence that a party brought, by the trade's id."""
    trade, id_ = before or (MAX, MAX)
    rows = tx.conn.execute(
        """
        SELECT e.trade, e.id, e.content_type, e.sha256, e.added_at,
               CASE WHEN e.content_type IS NULL THEN e.sealed END
        FROM escrow.role AS r JOIN escrow.evidence AS e ON e.trade = r.trade AND e.party = r.party
        WHERE r.party = %(party)s
          AND (e.trade, e.id) < (%(trade)s, %(id)s)
        ORDER BY e.trade DESC, e.id DESC LIMIT %(limit)s
        """,
        {"party": party, "trade": trade, "id": id_, "limit": limit},
    ).fetchall()
    return [Piece(*row) for row in rows]


def ratings(tx: Tx, party: UUID, before: tuple[UUID, UUID] | None, limit: int) -> list[Given]:
    """The ratings that a party gave, by the trade's id."""
    trade, rated = before or (MAX, MAX)
    rows = tx.conn.execute(
        """
        SELECT g.trade, g.rated, g.stars, g.rated_at, g.sealed
        FROM escrow.role AS r JOIN escrow.rating AS g ON g.trade = r.trade AND g.rater = r.party
        WHERE r.party = %(party)s
          AND (g.trade, g.rated) < (%(trade)s, %(rated)s)
        ORDER BY g.trade DESC, g.rated DESC LIMIT %(limit)s
        """,
        {"party": party, "trade": trade, "rated": rated, "limit": limit},
    ).fetchall()
    return [Given(*row) for row in rows]


def ratings_got(tx: Tx, party: UUID, before: tuple[UUID, UUID] | None, limit: int) -> list[Got]:
    """The ratings that a party was given, by the trade's id."""
    trade, rater = before or (MAX, MAX)
    rows = tx.conn.execute(
        """
        SELECT g.trade, g.rater, g.stars, g.rated_at
        FROM escrow.role AS r JOIN escrow.rating AS g ON g.trade = r.trade AND g.rated = r.party
        WHERE r.party = %(party)s
          AND (g.trade, g.rater) < (%(trade)s, %(rater)s)
        ORDER BY g.trade DESC, g.rater DESC LIMIT %(limit)s
        """,
        {"party": party, "trade": trade, "rater": rater, "limit": limit},
    ).fetchall()
    return [Got(*row) for row in rows]
