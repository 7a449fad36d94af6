"""SQL of `parties.api_key`: one function a query. Columns come in the order of `ApiKey`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sycee.core.parties.model import ApiKey, Kind, Status
from sycee.runtime.db import NIL, Tx


class Found(NamedTuple):
    """A key with what is stored of its secret, and the kind, roles and status of its party."""

    digest: bytes
    key: ApiKey
    kind: Kind
    roles: tuple[str, ...]
    status: Status


def _key(row: Sequence[Any]) -> ApiKey:
    columns: tuple[Any, ...] = (*row[:4], tuple(row[4]), tuple(row[5]), *row[6:12])
    return ApiKey(*columns)


def insert(tx: Tx, key: ApiKey, digest: bytes) -> None:
    """A prefix that is taken (one in 2^47) is a UniqueViolation: the caller tries again."""
    tx.conn.execute(
        """
        INSERT INTO parties.api_key
            (id, party, name, prefix, digest, scopes, networks, created_at, expires_at, seat)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            key.id,
            key.party,
            key.name,
            key.prefix,
            digest,
            list(key.scopes),
            list(key.networks),
            tx.now,
            key.expires_at,
            key.seat,
        ),
    )


def by_prefixes(tx: Tx, prefixes: Sequence[str]) -> dict[str, Found]:
    """The keys that exist, by prefix."""
    rows = tx.conn.execute(
        """
        SELECT k.id, k.party, k.name, k.prefix, k.scopes, k.networks, k.created_at, k.expires_at,
            k.revoked_at, k.replaced_by, k.last_used_at, k.seat, k.digest, p.kind, p.roles,
            p.status
        FROM parties.api_key AS k JOIN parties.party AS p ON p.id = k.party
        WHERE k.prefix = ANY (%s)
        """,
        (list(prefixes),),
    ).fetchall()
    return {
        row[3]: Found(bytes(row[12]), _key(row), Kind(row[13]), tuple(row[14]), Status(row[15]))
        for row in rows
    }


def lock(tx: Tx, key: UUID) -> ApiKey | None:
    """A key under an exclusive row lock."""
    row = tx.conn.execute(
        """
        SELECT id, party, name, prefix, scopes, networks, created_at, expires_at, revoked_at,
            replaced_by, last_used_at, seat
        FROM parties.api_key WHERE id = %s FOR UPDATE
        """,
        (key,),
    ).fetchone()
    return _key(row) if row else None


def page(tx: Tx, party: UUID, after: UUID | None, limit: int) -> list[ApiKey]:
    """A party's keys in order of making, from behind `after`."""
    rows = tx.conn.execute(
        """
        SELECT id, party, name, prefix, scopes, networks, created_at, expires_at, revoked_at,
            replaced_by, last_used_at, seat
        FROM parties.api_key
        WHERE party = %(party)s AND id > %(after)s
        ORDER BY id LIMIT %(limit)s
        """,
        {"party": party, "after": after or NIL, "limit": limit},
    ).fetchall()
    return [_key(row) for row in rows]


def count_live(tx: Tx, party: UUID) -> int:
    """Keys of a party that can still be used."""
    row = tx.conn.execute(
        """
        SELECT count(*) FROM parties.api_key
        WHERE party = %s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %s)
        """,
        (party, tx.now),
    ).fetchone()
    assert row is not None
    return int(row[0])


def replace(tx: Tx, key: UUID, by: UUID, expires_at: datetime) -> None:
    """Note a key's successor and its new end."""
    tx.conn.execute(
        "UPDATE parties.api_key SET replaced_by = %s, expires_at = %s WHERE id = %s",
        (by, expires_at, key),
    )


def revoke(tx: Tx, key: UUID) -> None:
    """End a key now."""
    tx.conn.execute("UPDATE parties.api_key SET revoked_at = %s WHERE id = %s", (tx.now, key))


def use(tx: Tx, keys: Sequence[UUID], minute: datetime) -> None:
    """Note uses, in the given (sorted) order; of several that race for one minute, one writes."""
    tx.conn.execute(
        """
        UPDATE parties.api_key AS k SET last_used_at = %s
        FROM unnest(%s::uuid[]) AS u (id)
        WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < %s)
        """,
        (minute, list(keys), minute),
    )
