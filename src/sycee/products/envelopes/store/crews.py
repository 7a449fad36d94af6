"""SQL of groups and their members: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sycee.products.envelopes.model.crew import Crew
from sycee.runtime import arrays
from sycee.runtime.db import MAX, Tx


def insert(tx: Tx, crew: Crew, digest: bytes) -> None:
    """Write a new group, and the digest of its invitation."""
    tx.conn.execute(
        """
        INSERT INTO envelopes.crew (id, owner, emblem, digest, members, created_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (crew.id, crew.owner, crew.emblem, digest, crew.members, crew.created_at),
    )


def lock(tx: Tx, id_: UUID) -> Crew | None:
    """A group, locked until the transaction ends."""
    row = tx.conn.execute(
        """
        SELECT id, owner, emblem, members, created_at FROM envelopes.crew WHERE id = %s FOR UPDATE
        """,
        (id_,),
    ).fetchone()
    return None if row is None else Crew(*row)


def invited(tx: Tx, digest: bytes) -> UUID | None:
    """The group of an invitation."""
    row = tx.conn.execute("SELECT id FROM envelopes.crew WHERE digest = %s", (digest,)).fetchone()
    return None if row is None else row[0]


def save(tx: Tx, crew: Crew) -> None:
    """Write who keeps a group and how many are in it; its row is locked."""
    tx.conn.execute(
        "UPDATE envelopes.crew SET owner = %s, members = %s WHERE id = %s",
        (crew.owner, crew.members, crew.id),
    )


def invite(tx: Tx, id_: UUID, digest: bytes) -> None:
    """Put another invitation in the place of a group's last one."""
    tx.conn.execute("UPDATE envelopes.crew SET digest = %s WHERE id = %s", (digest, id_))


def read(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Crew]:
    """Groups as they stand; unknown ids are left out."""
    rows = tx.conn.execute(
        "SELECT id, owner, emblem, members, created_at FROM envelopes.crew WHERE id = ANY (%s)",
        (list(ids),),
    ).fetchall()
    return {row[0]: Crew(*row) for row in rows}


def of_party(tx: Tx, party: UUID, limit: int) -> list[UUID]:
    """The groups that a person is in, the newest first."""
    rows = tx.conn.execute(
        "SELECT crew FROM envelopes.member WHERE party = %s ORDER BY crew DESC LIMIT %s",
        (party, limit),
    ).fetchall()
    return [row[0] for row in rows]


def members(tx: Tx, crew: UUID, limit: int) -> list[UUID]:
    """Who is in a group, the earliest first."""
    rows = tx.conn.execute(
        "SELECT party FROM envelopes.member WHERE crew = %s ORDER BY joined_at, party LIMIT %s",
        (crew, limit),
    ).fetchall()
    return [row[0] for row in rows]


def among(tx: Tx, asked: Sequence[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Those pairs of group and party where the party is in the group."""
    rows = tx.conn.execute(
        """
        SELECT m.crew, m.party FROM unnest(%s, %s) AS k (crew, party)
        JOIN envelopes.member AS m ON m.crew = k.crew AND m.party = k.party
        """,
        (
            arrays.uuids([crew.bytes for crew, _ in asked]),
            arrays.uuids([party.bytes for _, party in asked]),
        ),
    ).fetchall()
    return {(row[0], row[1]) for row in rows}


def join(tx: Tx, crew: UUID, party: UUID) -> None:
    """Let a person into a group."""
    tx.conn.execute(
        "INSERT INTO envelopes.member (crew, party, joined_at) VALUES (%s, %s, %s)",
        (crew, party, tx.now),
    )


def leave(tx: Tx, crew: UUID, party: UUID) -> bool:
    """Take a person out of a group; False when they were not in it."""
    gone = tx.conn.execute(
        "DELETE FROM envelopes.member WHERE crew = %s AND party = %s", (crew, party)
    )
    return gone.rowcount == 1


def envelopes_of(tx: Tx, crew: UUID, before: UUID | None, limit: int) -> list[UUID]:
    """The envelopes of a group, newest first."""
    rows = tx.conn.execute(
        """
        SELECT id FROM envelopes.envelope
        WHERE crew = %s AND id < %s ORDER BY id DESC LIMIT %s
        """,
        (crew, before or MAX, limit),
    ).fetchall()
    return [row[0] for row in rows]


def waiting(tx: Tx, party: UUID, limit: int) -> list[UUID]:
    """Open envelopes for a person by name or group that they have not opened, newest first."""
    rows = tx.conn.execute(
        """
        SELECT e.id FROM envelopes.envelope AS e
        WHERE e.state = 'open' AND e.expires_at > %(now)s
          AND (e.id IN (SELECT envelope FROM envelopes.role
                        WHERE party = %(party)s AND side = 'named')
               OR e.crew IN (SELECT crew FROM envelopes.member WHERE party = %(party)s))
          AND NOT EXISTS (SELECT FROM envelopes.claim AS c
                          WHERE c.envelope = e.id AND c.party = %(party)s)
        ORDER BY e.id DESC LIMIT %(limit)s
        """,
        {"party": party, "now": tx.now, "limit": limit},
    ).fetchall()
    return [row[0] for row in rows]
