"""SQL of accounts, files, statements and lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from sycee.products.wallet.bank.findings import Kept
from sycee.products.wallet.bank.model import Account, Line, LineState
from sycee.runtime.db import NIL, Tx


def insert_account(tx: Tx, account: Account) -> bool:
    """Keep an account; false if its number is known."""
    return (
        tx.conn.execute(
            """
            INSERT INTO bank.account (id, number, bic, name, currency, opened_at)
            VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (number) DO NOTHING
            """,
            (account.id, account.number, account.bic, account.name, account.currency, tx.now),
        ).rowcount
        == 1
    )


def accounts(tx: Tx) -> list[Account]:
    """All safeguarding accounts, oldest first."""
    rows = tx.conn.execute(
        "SELECT id, number, bic, name, currency FROM bank.account ORDER BY opened_at, id"
    ).fetchall()
    return [Account(*row) for row in rows]


def account(tx: Tx, id_: UUID) -> Account | None:
    """A safeguarding account; None where there is none of that id."""
    row = tx.conn.execute(
        "SELECT id, number, bic, name, currency FROM bank.account WHERE id = %s", (id_,)
    ).fetchone()
    return None if row is None else Account(*row)


def lock_accounts(tx: Tx, ids: Sequence[UUID]) -> None:
    """One import or dispatch of an account at a time; in the order of their ids."""
    tx.conn.execute(
        "SELECT id FROM bank.account WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (sorted(ids),)
    )


def file_of(tx: Tx, sha256: str) -> UUID | None:
    """The import that took these bytes."""
    row = tx.conn.execute("SELECT id FROM bank.file WHERE sha256 = %s", (sha256,)).fetchone()
    return row[0] if row else None


def insert_file(
    tx: Tx, sha256: str, id_: UUID, kind: str, lines: int, known: int, by: UUID | None
) -> bool:
    """Note a file as taken; false if its bytes were taken before."""
    return (
        tx.conn.execute(
            """
            INSERT INTO bank.file (sha256, id, kind, lines, known, imported_at, imported_by)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (sha256) DO NOTHING
            """,
            (sha256, id_, kind, lines, known, tx.now, by),
        ).rowcount
        == 1
    )


def known_entries(
    tx: Tx, account: UUID, entries: Sequence[str]
) -> dict[str, tuple[int, list[UUID]]]:
    """Of some identities those taken before: the sum of their parts, and the parts' lines."""
    rows = tx.conn.execute(
        """
        SELECT entry, sum(amount_minor)::bigint, array_agg(id ORDER BY part)
        FROM bank.line WHERE account = %s AND entry = ANY(%s) GROUP BY entry
        """,
        (account, list(entries)),
    ).fetchall()
    return {entry: (total, lines) for entry, total, lines in rows}


def insert_lines(tx: Tx, lines: Sequence[Line]) -> None:
    """Keep new lines."""
    with (
        tx.conn.cursor() as cursor,
        cursor.copy(
            """
            COPY bank.line (account, id, entry, part, incoming, amount_minor, booked_on,
                state, reason, party, subject, file, sealed, imported_at, settled_at) FROM STDIN
            """
        ) as copy,
    ):
        for line in lines:
            row = msgspec.structs.astuple(line)
            copy.write_row([str(each) if isinstance(each, StrEnum) else each for each in row])


def insert_statement(tx: Tx, row: tuple[Any, ...]) -> bool:
    """Keep a statement (account, id, file, …, imported_at); false if it is known."""
    return (
        tx.conn.execute(
            """
            INSERT INTO bank.statement (account, id, file, sequence, opening_on, closing_on,
                opening_minor, closing_minor, net_minor, lines, imported_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (account, id) DO NOTHING
            """,
            row,
        ).rowcount
        == 1
    )


def has_statement(tx: Tx, account: UUID, id_: UUID) -> bool:
    """Whether a statement was taken before."""
    return (
        tx.conn.execute(
            "SELECT FROM bank.statement WHERE account = %s AND id = %s", (account, id_)
        ).fetchone()
        is not None
    )


def insert_shown(tx: Tx, account: UUID, statement: UUID, lines: Sequence[UUID]) -> None:
    """Note which lines a statement shows, and which of them another one has shown before."""
    tx.conn.execute(
        """
        INSERT INTO bank.shown (account, statement, line, again)
        SELECT %(account)s, %(statement)s, n.line, EXISTS (
            SELECT FROM bank.shown AS s WHERE s.account = %(account)s AND s.line = n.line
        ) FROM unnest(%(lines)s::uuid[]) AS n (line) ON CONFLICT DO NOTHING
        """,
        {"account": account, "statement": statement, "lines": list(lines)},
    )


def statements(tx: Tx, account: UUID) -> list[Kept]:
    """An account's statements by closing, each with the net that earlier ones show too."""
    rows = tx.conn.execute(
        """
        WITH ordered AS (
            SELECT *, row_number() OVER (ORDER BY closing_on, sequence, opening_on, imported_at, id)
                AS place
            FROM bank.statement WHERE account = %(account)s
        ), twice AS MATERIALIZED (
            SELECT DISTINCT line FROM bank.shown
            WHERE account = %(account)s AND again IS NOT false
        ), placed AS (
            SELECT s.statement, s.line, o.place, min(o.place) OVER (PARTITION BY s.line) AS first
            FROM twice AS t
            JOIN bank.shown AS s ON s.account = %(account)s AND s.line = t.line
            JOIN ordered AS o ON o.id = s.statement
        ), shared AS (
            SELECT p.statement, sum(CASE WHEN l.incoming THEN l.amount_minor ELSE -l.amount_minor
                END)::bigint AS net
            FROM placed AS p JOIN bank.line AS l ON l.account = %(account)s AND l.id = p.line
            WHERE p.first < p.place GROUP BY p.statement
        )
        SELECT o.account, o.id, o.sequence, o.opening_on, o.closing_on, o.opening_minor,
            o.closing_minor, o.net_minor, coalesce(s.net, 0)
        FROM ordered AS o LEFT JOIN shared AS s ON s.statement = o.id ORDER BY o.place
        """,
        {"account": account},
    ).fetchall()
    return [Kept(*row) for row in rows]


def line(tx: Tx, id_: UUID, *, lock: bool = False) -> Line | None:
    """One line, by its id alone; ids are unique across accounts, being digests."""
    if lock:
        row = tx.conn.execute(
            """
            SELECT account, id, entry, part, incoming, amount_minor, booked_on, state, reason,
                party, subject, file, sealed, imported_at, settled_at
            FROM bank.line WHERE account = ANY(SELECT id FROM bank.account) AND id = %s FOR UPDATE
            """,
            (id_,),
        ).fetchone()
    else:
        row = tx.conn.execute(
            """
            SELECT account, id, entry, part, incoming, amount_minor, booked_on, state, reason,
                party, subject, file, sealed, imported_at, settled_at
            FROM bank.line WHERE account = ANY(SELECT id FROM bank.account) AND id = %s
            """,
            (id_,),
        ).fetchone()
    return _line(row) if row else None


def _line(row: tuple[Any, ...]) -> Line:
    return msgspec.structs.replace(Line(*row), state=LineState(row[7]))


def unmatched(tx: Tx, after: UUID | None, limit: int) -> list[Line]:
    """The queue in the order of ids."""
    rows = tx.conn.execute(
        """
        SELECT account, id, entry, part, incoming, amount_minor, booked_on, state, reason,
            party, subject, file, sealed, imported_at, settled_at
        FROM bank.line
        WHERE state = 'unmatched' AND id > %(after)s
        ORDER BY id LIMIT %(limit)s
        """,
        {"after": after or NIL, "limit": limit},
    ).fetchall()
    return [_line(row) for row in rows]


def settle(
    tx: Tx, account: UUID, id_: UUID, state: LineState, *, party: UUID | None, subject: UUID | None
) -> None:
    """Take a line out of the queue; what it said of people is wiped once it is done."""
    tx.conn.execute(
        """
        UPDATE bank.line SET state = %(state)s, party = coalesce(%(party)s, party),
            subject = coalesce(%(subject)s, subject), settled_at = %(now)s,
            sealed = CASE WHEN %(state)s = 'returning' THEN sealed END
        WHERE account = %(account)s AND id = %(id)s
        """,
        {
            "account": account,
            "id": id_,
            "state": str(state),
            "party": party,
            "subject": subject,
            "now": tx.now,
        },
    )


def requeue(tx: Tx, account: UUID, id_: UUID, why: str) -> None:
    """Put a line back into the queue: its return was refused by the bank."""
    tx.conn.execute(
        """
        UPDATE bank.line SET state = 'unmatched', reason = %s, settled_at = NULL, subject = NULL
        WHERE account = %s AND id = %s
        """,
        (why, account, id_),
    )


def booked_net(tx: Tx, account: UUID) -> int:
    """Net of all lines that the bank wrote."""
    return _sum(
        tx,
        """
        SELECT sum(CASE WHEN incoming THEN amount_minor ELSE -amount_minor END)::bigint
        FROM bank.line WHERE account = %s AND entry NOT LIKE 'reject|%%'
        """,
        account,
    )


def queued_net(tx: Tx, account: UUID) -> int:
    """Net of the lines in the queue."""
    return _sum(
        tx,
        """
        SELECT sum(CASE WHEN incoming THEN amount_minor ELSE -amount_minor END)::bigint
        FROM bank.line WHERE account = %s AND state = 'unmatched'
        """,
        account,
    )


def unshown_net(tx: Tx, account: UUID) -> int:
    """Net of the lines that the bank wrote and no statement shows."""
    return _sum(
        tx,
        """
        SELECT sum(CASE WHEN l.incoming THEN l.amount_minor ELSE -l.amount_minor END)::bigint
        FROM bank.line AS l WHERE l.account = %s AND l.entry NOT LIKE 'reject|%%' AND NOT EXISTS (
            SELECT FROM bank.shown AS s WHERE s.account = l.account AND s.line = l.id
        )
        """,
        account,
    )


def _sum(tx: Tx, query: LiteralString, account: UUID) -> int:
    row = tx.conn.execute(query, (account,)).fetchone()
    assert row is not None
    return row[0] or 0


def moved(tx: Tx) -> Iterator[tuple[UUID, int, str, str]]:
    """Every line in order of id: id, minor units, and the codes by which it came and was settled.

    A paper of the queue came by no line of its own. Without a code of its own an end has the first.
    """
    with tx.conn.cursor(name="moved_lines") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT id, amount_minor, came, coalesce(CASE state WHEN 'assigned' THEN 'bank.assign'
                WHEN 'own' THEN 'bank.own' END, came)
            FROM (SELECT id, amount_minor, state, CASE WHEN entry LIKE 'reject|%'
                    THEN CASE state WHEN 'assigned' THEN 'bank.assign' ELSE 'bank.own' END
                    WHEN NOT incoming THEN 'bank.out' WHEN state = 'bank-return'
                    THEN 'bank.return' ELSE 'bank.in' END AS came
                FROM bank.line WHERE entry NOT LIKE 'reject|%' OR state IN ('assigned', 'own')
            ) AS line ORDER BY id
            """
        )
        yield from cursor


def net_lines(tx: Tx, currency: str) -> Iterator[tuple[UUID, int]]:
    """Every line that a bank wrote in a currency: id and minor units, positive for money in."""
    with tx.conn.cursor(name="lines") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            """
            SELECT l.id, CASE WHEN l.incoming THEN l.amount_minor ELSE -l.amount_minor END
            FROM bank.line AS l JOIN bank.account AS a ON a.id = l.account
            WHERE a.currency = %s AND l.entry NOT LIKE 'reject|%%'
            """,
            (currency,),
        )
        yield from cursor
