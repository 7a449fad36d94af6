"""The sandbox bank's own books, in a SQLite file: accounts, entries, orders and what it did."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

from sycee.doors.bank.messages import Entry

_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    number TEXT PRIMARY KEY, currency TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
    balance_minor INTEGER NOT NULL, stated_minor INTEGER NOT NULL, sequence INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL, ref TEXT NOT NULL UNIQUE,
    incoming INTEGER NOT NULL, minor INTEGER NOT NULL CHECK (minor > 0), on_day TEXT NOT NULL,
    end_to_end TEXT, reference TEXT,
    said TEXT, name TEXT, iban TEXT, reason TEXT, stated INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS orders (
    end_to_end TEXT PRIMARY KEY, batch TEXT NOT NULL, number TEXT NOT NULL, minor INTEGER NOT NULL,
    name TEXT, iban TEXT, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS batch (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS wish (what TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Books:
    """One connection on the books. Every method is one transaction."""

    def __init__(self, path: Path | str) -> None:
        if isinstance(path, Path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        self._db = sqlite3.connect(path, timeout=10.0)
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def open(self, number: str, currency: str, name: str, version: str = "08") -> None:
        """Open an account; again changes nothing."""
        with self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO account VALUES (?, ?, ?, ?, 0, 0, 0)",
                (number, currency, name, version),
            )

    def accounts(self) -> list[tuple[str, str, str, str]]:
        """Number, currency, name and camt version of each account."""
        return self._db.execute(
            "SELECT number, currency, name, version FROM account ORDER BY number"
        ).fetchall()

    def balance(self, number: str) -> int:
        row = self._db.execute(
            "SELECT balance_minor FROM account WHERE number = ?", (number,)
        ).fetchone()
        return row[0]

    def book(self, number: str, incoming: bool, minor: int, on: date, **said: str | None) -> Entry:
        """Book an entry: `end_to_end`, `reference`, `text`, `name`, `iban`, `reason`."""
        with self._db:
            (count,) = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM entry").fetchone()
            ref = f"SBX{on:%Y%m%d}{count:09d}"
            names = ("end_to_end", "reference", "text", "name", "iban", "reason")
            values = [said.get(name) for name in names]
            self._db.execute(
                "INSERT INTO entry (id, number, ref, incoming, minor, on_day, end_to_end,"
                " reference, said, name, iban, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (count, number, ref, incoming, minor, on.isoformat(), *values),
            )
            self._db.execute(
                "UPDATE account SET balance_minor = balance_minor + ? WHERE number = ?",
                (minor if incoming else -minor, number),
            )
        return Entry(ref, incoming, minor, on, *values)

    def unstated(self, number: str) -> list[Entry]:
        """Entries that no statement has shown."""
        rows = self._db.execute(
            "SELECT ref, incoming, minor, on_day, end_to_end, reference, said, name, iban, reason"
            " FROM entry WHERE number = ? AND NOT stated ORDER BY id",
            (number,),
        ).fetchall()
        return [Entry(r[0], bool(r[1]), r[2], date.fromisoformat(r[3]), *r[4:]) for r in rows]

    def state(self, number: str) -> tuple[int, int, int]:
        """Close a statement: its opening, its closing and its number."""
        with self._db:
            opening, closing, sequence = self._db.execute(
                "SELECT stated_minor, balance_minor, sequence + 1 FROM account WHERE number = ?",
                (number,),
            ).fetchone()
            self._db.execute(
                "UPDATE account SET stated_minor = balance_minor, sequence = ? WHERE number = ?",
                (sequence, number),
            )
            self._db.execute("UPDATE entry SET stated = 1 WHERE number = ?", (number,))
        return opening, closing, sequence

    def new_batch(self, batch: str) -> bool:
        """Whether a batch of this id has not come before."""
        with self._db:
            done = self._db.execute("INSERT OR IGNORE INTO batch VALUES (?)", (batch,))
        return done.rowcount == 1

    def order(self, row: tuple[str, str, str, int, str | None, str | None, str]) -> bool:
        """Keep an order (end-to-end id, batch, account, minor, name, IBAN, state), once."""
        with self._db:
            done = self._db.execute(
                "INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)", row
            )
        return done.rowcount == 1

    def orders(self, state: str) -> list[tuple[str, str, int, str | None, str | None]]:
        """End-to-end id, account, amount, name and IBAN of the orders in a state."""
        return self._db.execute(
            "SELECT end_to_end, number, minor, name, iban FROM orders WHERE state = ?"
            " ORDER BY end_to_end",
            (state,),
        ).fetchall()

    def turn(self, end_to_end: str, state: str) -> None:
        with self._db:
            self._db.execute(
                "UPDATE orders SET state = ? WHERE end_to_end = ?", (state, end_to_end)
            )

    def wish(self, what: str, value: str | None) -> None:
        """Ask for something the next orders shall meet; None takes it back."""
        with self._db:
            self._db.execute("DELETE FROM wish WHERE what = ?", (what,))
            if value is not None:
                self._db.execute("INSERT INTO wish VALUES (?, ?)", (what, value))

    def wished(self, what: str) -> str | None:
        row = self._db.execute("SELECT value FROM wish WHERE what = ?", (what,)).fetchone()
        return None if row is None else row[0]
