"""SQL of `parties.party`, `handle`, `seat` and `account`: one function a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, LiteralString
from uuid import UUID

from sycee.core.parties.model import PURSE, Account, Kind, NewParty, Party, Purse, Status
from sycee.runtime import arrays
from sycee.runtime.db import MAX, NIL, Tx


def _party(row: Sequence[Any]) -> Party:
    (id_, kind, name, handle, jurisdiction, zone, tier, status, roles, created, changed) = row
    return Party(
        id_,
        Kind(kind),
        name,
        handle,
        jurisdiction,
        zone,
        tier,
        Status(status),
        tuple(roles),
        created,
        changed,
    )


def insert(tx: Tx, id_: UUID, new: NewParty) -> Party:
    """Insert an active party and return it as stored."""
    row = tx.conn.execute(
        """
        INSERT INTO parties.party
            (id, kind, display_name, handle, jurisdiction, zone, tier, status,
             created_at, changed_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, 'active', %s, %s)
        RETURNING id, kind, display_name, handle, jurisdiction, zone, tier, status, roles,
            created_at, changed_at
        """,
        (
            id_,
            new.kind,
            new.display_name,
            new.handle,
            new.jurisdiction,
            new.zone,
            new.tier,
            tx.now,
            tx.now,
        ),
    ).fetchone()
    assert row is not None
    return _party(row)


def take_seat(tx: Tx, seat: str, party: UUID) -> bool:
    """Whether the seat was free and is now the party's."""
    row = tx.conn.execute(
        """
        INSERT INTO parties.seat (seat, party) VALUES (%s, %s)
        ON CONFLICT (seat) DO NOTHING
        RETURNING party
        """,
        (seat, party),
    ).fetchone()
    return row is not None


def seated(tx: Tx, seat: str) -> UUID | None:
    """Who holds the seat."""
    row = tx.conn.execute("SELECT party FROM parties.seat WHERE seat = %s", (seat,)).fetchone()
    return row[0] if row else None


def by_ids(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, Party]:
    """The parties that exist among `ids`."""
    rows = tx.conn.execute(
        """
        SELECT id, kind, display_name, handle, jurisdiction, zone, tier, status, roles,
            created_at, changed_at
        FROM parties.party WHERE id = ANY(%s)
        """,
        (list(ids),),
    ).fetchall()
    return {row[0]: _party(row) for row in rows}


def by_handle(tx: Tx, handle: str) -> UUID | None:
    """The party of a handle given in lower case."""
    row = tx.conn.execute(
        "SELECT party FROM parties.handle WHERE handle = %s", (handle,)
    ).fetchone()
    return row[0] if row else None


def lock(tx: Tx, id_: UUID) -> Party | None:
    """The party under an exclusive row lock."""
    row = tx.conn.execute(
        """
        SELECT id, kind, display_name, handle, jurisdiction, zone, tier, status, roles,
            created_at, changed_at
        FROM parties.party WHERE id = %s FOR UPDATE
        """,
        (id_,),
    ).fetchone()
    return _party(row) if row else None


def share(tx: Tx, id_: UUID) -> Party | None:
    """The party under a shared row lock: it cannot change its status until this commits."""
    row = tx.conn.execute(
        """
        SELECT id, kind, display_name, handle, jurisdiction, zone, tier, status, roles,
            created_at, changed_at
        FROM parties.party WHERE id = %s FOR SHARE
        """,
        (id_,),
    ).fetchone()
    return _party(row) if row else None


def keep(tx: Tx, ids: Iterable[UUID]) -> list[UUID]:
    """Those of the parties that are closed; the others cannot close until this commits.

    The weakest lock that `lock` waits for, since many promise something to one party at once.
    """
    rows = tx.conn.execute(
        """
        SELECT id, status FROM parties.party WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE
        """,
        (list(ids),),
    ).fetchall()
    return [id_ for id_, status in rows if status == Status.CLOSED]


def page(
    tx: Tx, after: UUID | None, limit: int, kind: Kind | None, status: Status | None, named: bool
) -> list[Party]:
    """Parties in order of id (of making), from behind `after`.

    Of a kind or a status each of both is a range of the index with its order, read as far as a page
    goes: the few of a rare one are not looked for among all.
    """
    names: dict[str, object] = {
        "after": after or NIL,
        "last": MAX,
        "named": named,
        "limit": limit,
    }
    if kind is None and status is None:
        query: LiteralString = """
            SELECT id, kind, display_name, handle, jurisdiction, zone, tier, status, roles,
                created_at, changed_at
            FROM parties.party
            WHERE id > %(after)s AND (NOT %(named)s OR handle IS NOT NULL)
            ORDER BY id LIMIT %(limit)s
        """
    else:
        names["kinds"] = list(Kind) if kind is None else [kind]
        names["statuses"] = list(Status) if status is None else [status]
        query = """
            SELECT p.id, p.kind, p.display_name, p.handle, p.jurisdiction, p.zone, p.tier, p.status,
                p.roles, p.created_at, p.changed_at
            FROM unnest(%(kinds)s::text[]) AS k (kind)
            CROSS JOIN unnest(%(statuses)s::text[]) AS s (status)
            CROSS JOIN LATERAL (
                SELECT * FROM parties.party AS o
                WHERE (o.kind, o.status, o.id) > (k.kind, s.status, %(after)s)
                  AND (o.kind, o.status, o.id) < (k.kind, s.status, %(last)s)
                  AND (NOT %(named)s OR o.handle IS NOT NULL)
                ORDER BY o.kind, o.status, o.id LIMIT %(limit)s
            ) AS p
            ORDER BY p.id LIMIT %(limit)s
        """
    return [_party(row) for row in tx.conn.execute(query, names).fetchall()]


def set_status(tx: Tx, id_: UUID, status: Status) -> None:
    """Change a party's status."""
    tx.conn.execute(
        "UPDATE parties.party SET status = %s, changed_at = %s WHERE id = %s",
        (status, tx.now, id_),
    )


def set_names(tx: Tx, id_: UUID, display_name: str, handle: str | None) -> None:
    """Change a party's public names."""
    tx.conn.execute(
        """
        UPDATE parties.party SET display_name = %s, handle = %s, changed_at = %s WHERE id = %s
        """,
        (display_name, handle, tx.now, id_),
    )


def set_tier(tx: Tx, id_: UUID, tier: str) -> None:
    """Change a party's tier."""
    tx.conn.execute(
        "UPDATE parties.party SET tier = %s, changed_at = %s WHERE id = %s", (tier, tx.now, id_)
    )


def set_roles(tx: Tx, id_: UUID, roles: Sequence[str]) -> None:
    """Change a party's roles."""
    tx.conn.execute(
        "UPDATE parties.party SET roles = %s, changed_at = %s WHERE id = %s",
        (list(roles), tx.now, id_),
    )


def insert_accounts(tx: Tx, accounts: Sequence[Account]) -> None:
    """Note accounts; one that another transaction noted first is the same row, so it is left."""
    tx.conn.execute(
        """
        INSERT INTO parties.account (party, code, currency, account, opened_at)
        SELECT party, code, currency, account, %s
        FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[])
            AS a (party, code, currency, account)
        ON CONFLICT (party, code, currency) DO NOTHING
        """,
        (
            tx.now,
            [a.party for a in accounts],
            [a.code for a in accounts],
            [a.currency for a in accounts],
            [a.account for a in accounts],
        ),
    )


def opened(tx: Tx, accounts: Sequence[Account]) -> set[tuple[UUID, str, str]]:
    """Which of these (party, code, currency) are noted already."""
    rows = tx.conn.execute(
        """
        SELECT a.party, a.code, a.currency
        FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS w (party, code, currency)
        JOIN parties.account AS a
            ON a.party = w.party AND a.code = w.code AND a.currency = w.currency
        """,
        (
            [a.party for a in accounts],
            [a.code for a in accounts],
            [a.currency for a in accounts],
        ),
    ).fetchall()
    return set(rows)


def accounts_of(tx: Tx, party: UUID) -> list[Account]:
    """All accounts of a party, by code and currency."""
    rows = tx.conn.execute(
        """
        SELECT party, code, currency, account, opened_at FROM parties.account
        WHERE party = %s ORDER BY code, currency
        """,
        (party,),
    ).fetchall()
    return [Account(*row) for row in rows]


def all_accounts(tx: Tx) -> Iterator[tuple[UUID, str, str, UUID]]:
    """Party, code, currency and id of every account: for the doctor."""
    with tx.conn.cursor(name="all_accounts") as cursor:
        cursor.itersize = 10_000
        cursor.execute("SELECT party, code, currency, account FROM parties.account")
        yield from cursor


_KINDS = arrays.texts([str(kind).encode() for kind in PURSE])
_CODES = arrays.texts([code.encode() for code in PURSE.values()])


def purses(tx: Tx, parties: Iterable[UUID], currency: str) -> list[tuple[Purse, bool]]:
    """For each party that exists: its purse, and whether the account is open. One query."""
    rows = tx.conn.execute(
        """
        SELECT p.id, p.kind, p.status, p.jurisdiction, p.zone, p.tier, k.code, a.account
        FROM parties.party AS p
        LEFT JOIN unnest(%s, %s) AS k (kind, code) ON k.kind = p.kind
        LEFT JOIN parties.account AS a
            ON a.party = p.id AND a.code = k.code AND a.currency = %s
        WHERE p.id = ANY(%s)
        """,
        (_KINDS, _CODES, currency, arrays.uuids([id_.bytes for id_ in parties])),
        binary=True,
    ).fetchall()
    return [
        (
            Purse(id_, Kind(kind), Status(status), place, zone, tier, code or "", account or id_),
            account is not None,
        )
        for id_, kind, status, place, zone, tier, code, account in rows
    ]
