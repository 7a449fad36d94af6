"""SQL of endpoints and their secrets: `webhooks.endpoint`, `webhooks.secret`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.core.journal.webhooks.model import Endpoint, EndpointState
from sycee.runtime.db import Tx


def lock_party(tx: Tx, party: UUID) -> None:
    """One change at a time of a party's set of endpoints, so that its number can be bounded."""
    tx.conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 9))", (str(party),))


def insert_endpoint(tx: Tx, endpoint: Endpoint) -> None:
    """Insert a new endpoint."""
    tx.conn.execute(
        """
        INSERT INTO webhooks.endpoint (id, party, url, events, state, created_at, changed_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (
            endpoint.id,
            endpoint.party,
            endpoint.url,
            list(endpoint.events),
            endpoint.state,
            endpoint.created_at,
            endpoint.changed_at,
        ),
    )


def update_endpoint(tx: Tx, endpoint: Endpoint) -> None:
    """Save an endpoint's address, patterns and state."""
    tx.conn.execute(
        """
        UPDATE webhooks.endpoint SET url = %s, events = %s, state = %s, changed_at = %s
        WHERE id = %s
        """,
        (endpoint.url, list(endpoint.events), endpoint.state, tx.now, endpoint.id),
    )


def set_gone(tx: Tx, endpoint: UUID) -> bool:
    """Note that an endpoint answered 410; false if it was no longer active."""
    row = tx.conn.execute(
        """
        UPDATE webhooks.endpoint SET state = 'gone', changed_at = %s
        WHERE id = %s AND state = 'active' RETURNING id
        """,
        (tx.now, endpoint),
    ).fetchone()
    return row is not None


def delete_endpoint(tx: Tx, endpoint: UUID) -> None:
    """The endpoint and its secrets; its deliveries end when they find it gone."""
    tx.conn.execute("DELETE FROM webhooks.secret WHERE endpoint = %s", (endpoint,))
    tx.conn.execute("DELETE FROM webhooks.endpoint WHERE id = %s", (endpoint,))


def lock_endpoint(tx: Tx, endpoint: UUID) -> Endpoint | None:
    """Lock an endpoint until the transaction ends and read it; None if there is none."""
    return _endpoint(
        tx.conn.execute(
            """
            UPDATE webhooks.endpoint SET state = state WHERE id = %s
            RETURNING id, party, url, events, state, created_at, changed_at
            """,
            (endpoint,),
        ).fetchone()
    )


def read_endpoint(tx: Tx, endpoint: UUID) -> Endpoint | None:
    """An endpoint, or None."""
    return _endpoint(
        tx.conn.execute(
            """
            SELECT id, party, url, events, state, created_at, changed_at
            FROM webhooks.endpoint WHERE id = %s
            """,
            (endpoint,),
        ).fetchone()
    )


def endpoints_of(tx: Tx, party: UUID) -> list[Endpoint]:
    """A party's endpoints, oldest first."""
    rows = tx.conn.execute(
        """
        SELECT id, party, url, events, state, created_at, changed_at
        FROM webhooks.endpoint WHERE party = %s ORDER BY id
        """,
        (party,),
    ).fetchall()
    return [found for row in rows if (found := _endpoint(row)) is not None]


def active_endpoints(tx: Tx, parties: Sequence[UUID]) -> list[Endpoint]:
    """Endpoints of any of these parties that events go to."""
    rows = tx.conn.execute(
        """
        SELECT id, party, url, events, state, created_at, changed_at
        FROM webhooks.endpoint WHERE party = ANY (%s) AND state = 'active' ORDER BY id
        """,
        (list(parties),),
    ).fetchall()
    return [found for row in rows if (found := _endpoint(row)) is not None]


def _endpoint(row: tuple[Any, ...] | None) -> Endpoint | None:
    if row is None:
        return None
    typed: tuple[Any, ...] = (*row[:3], tuple(row[3]), EndpointState(row[4]), *row[5:])
    return Endpoint(*typed)


def insert_secret(tx: Tx, endpoint: UUID, sealed: bytes) -> None:
    """Add a secret as the newest version; the caller holds the endpoint's lock or has made it."""
    tx.conn.execute(
        """
        INSERT INTO webhooks.secret (endpoint, version, sealed, created_at)
        SELECT %s, coalesce(max(version), 0) + 1, %s, %s
        FROM webhooks.secret WHERE endpoint = %s
        """,
        (endpoint, sealed, tx.now, endpoint),
    )


def expire_secrets(tx: Tx, endpoint: UUID, newest_until: datetime) -> None:
    """Let the newest secret live on until a moment, and delete those before it."""
    tx.conn.execute(
        """
        DELETE FROM webhooks.secret WHERE endpoint = %s
        AND version < (SELECT max(version) FROM webhooks.secret WHERE endpoint = %s)
        """,
        (endpoint, endpoint),
    )
    tx.conn.execute(
        "UPDATE webhooks.secret SET expires_at = %s WHERE endpoint = %s", (newest_until, endpoint)
    )


def live_secrets(tx: Tx, endpoint: UUID) -> list[bytes]:
    """Sealed secrets to sign with, newest first; at most two."""
    rows = tx.conn.execute(
        """
        SELECT sealed FROM webhooks.secret
        WHERE endpoint = %s AND (expires_at IS NULL OR expires_at > %s) ORDER BY version DESC
        """,
        (endpoint, tx.now),
    ).fetchall()
    return [bytes(row[0]) for row in rows]
