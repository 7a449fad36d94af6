"""Reading the journal in commit order, so that nothing which commits late is ever skipped.

A transaction that started early may commit after one that started late, so the largest (xid,
ordinal) seen is no safe place to continue from. Reads therefore stop at `pg_snapshot_xmin`, below
which every transaction has ended. The price: a reader waits for the oldest open write of the whole
PostgreSQL cluster (writes here end within half a second). Ask the primary, never a replica.

A logical restore starts the xids of a new cluster anew: before it opens, its counter must be moved
past the largest xid in `journal.entry` (`pg_resetwal --next-transaction-id`, `--epoch`).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.core.journal import store
from sycee.core.journal.model import START, Cursor, Row
from sycee.runtime.db import Tx

MOST_ROWS = 1_000
"""The most rows one call returns."""

LOOKED_MOST = 5_000
"""The most rows of a party that one search looks at."""


def since(
    tx: Tx,
    cursor: Cursor | None = None,
    limit: int = 100,
    *,
    verbs: Sequence[str] | None = None,
    party: UUID | None = None,
) -> list[Row]:
    """Rows after `cursor` (None = from the beginning), oldest first, at most `limit`.

    `verbs` keeps verbs that equal a pattern or, for `trade.*`, start with `trade.`; `party` keeps
    rows that concern that party. Continue from the last row's `.cursor`. A transaction's own rows
    are not among them before it has committed.
    """
    likes = None if verbs is None else [_like(pattern) for pattern in verbs]
    limit = min(limit, MOST_ROWS)
    if party is None:
        return store.since(tx, cursor or START, limit, likes)
    return store.since_of(tx, party, cursor or START, limit, likes)


def search(
    tx: Tx, party: UUID, cursor: Cursor | None, limit: int, verbs: Sequence[str]
) -> tuple[list[Row], Cursor | None]:
    """As `since` for a party, among its next `LOOKED_MOST` rows; and where to look on, if at all.

    However long a life, and however rare what is looked for, a call reads no more than that.
    """
    after = cursor or START
    end = store.nth_of(tx, party, after, LOOKED_MOST)
    likes = [_like(pattern) for pattern in verbs]
    return store.since_of(tx, party, after, limit, likes, end or store.LAST), end


def about(tx: Tx, subject: UUID, cursor: Cursor | None = None, limit: int = 100) -> list[Row]:
    """The history of one subject, oldest first, this transaction's own rows included."""
    return store.about(tx, subject, cursor or START, min(limit, MOST_ROWS))


def latest(
    tx: Tx, subject: UUID, verbs: Sequence[str], before: Cursor | None, limit: int
) -> list[Row]:
    """One subject's rows with these verbs, newest first, as far as this transaction sees.

    For rows that a lock of their subject puts in one order: nothing can commit late among them.
    """
    return store.latest(tx, subject, verbs, before, min(limit, MOST_ROWS + 1))


def latest_of(tx: Tx, party: UUID, before: Cursor | None, limit: int) -> list[Row]:
    """Rows that concern a party, newest first; continue from the last row's `.cursor`."""
    return store.latest_of(tx, party, before, min(limit, MOST_ROWS))


def one(tx: Tx, cursor: Cursor) -> Row | None:
    """The row at a place, or None."""
    found = store.at_cursor(tx, cursor)
    return found[0] if found else None


def leaves(tx: Tx, cursor: Cursor, limit: int) -> list[tuple[Cursor, bytes]]:
    """Places and leaves of settled rows after `cursor`, in commit order: what sealing needs."""
    return [(Cursor(*row[:2]), row[2]) for row in store.leaves_since(tx, cursor, limit)]


def between(tx: Tx, first: Cursor, last: Cursor) -> list[Row]:
    """Rows from `first` to `last`, both included; the caller knows that they are few."""
    return store.between(tx, first, last)


def counts_between(tx: Tx, spans: Sequence[tuple[Cursor, Cursor]]) -> list[int]:
    """How many rows stand in each span, from its first on and before its last: few in each."""
    return store.counts_between(tx, spans)


def unlisted(tx: Tx, limit: int) -> list[tuple[Cursor, bool]]:
    """For the doctor: rows listed for somebody they do not concern, or (true) the other way."""
    return store.unlisted(tx, limit)


def end(tx: Tx) -> Cursor:
    """The place where `since` stops now: starting there skips what is already settled."""
    return Cursor(store.horizon(tx), -1)


def matches(verb: str, patterns: Sequence[str]) -> bool:
    """Whether a verb is one of the patterns: equal, under `trade.*`, or `*` for everything."""
    return any(
        pattern in ("*", verb) or (pattern.endswith(".*") and verb.startswith(pattern[:-1]))
        for pattern in patterns
    )


def _like(pattern: str) -> str:
    literal = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return literal[:-1] + "%" if literal == "*" or literal.endswith(".*") else literal
