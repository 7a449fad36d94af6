"""Migrations: plain SQL files, each applied once, in order, in a transaction of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import psycopg

_LOCK = 0x5359434545
"""The advisory lock ("SYCEE") that one migrator holds for the length of each transaction."""


class MigrationError(Exception):
    """The database and the files do not fit; the message names the file and what to do."""


class MigrationChanged(MigrationError):
    """A file that was applied before has other content now."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name, its text and the SHA-256 of it in hex."""

    name: str
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one file stands; `applied_at` is None while it waits."""

    name: str
    applied_at: datetime | None


def available(folder: str | Traversable = "migrations") -> list[Migration]:
    """The files of a folder of the package (or of any folder), in order of their names."""
    place = files("sycee").joinpath(folder) if isinstance(folder, str) else folder
    found: list[Migration] = []
    for entry in sorted(place.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".sql"):
            text = entry.read_text(encoding="utf-8")
            found.append(Migration(entry.name, text, hashlib.sha256(text.encode()).hexdigest()))
    return found


def migrate(url: str, folder: str | Traversable = "migrations") -> list[str]:
    """Apply what is missing; the names applied now.

    Each file and its row commit together, so a killed run goes on where it stopped, and of two at
    once each file is applied by one. Raises `MigrationChanged` if an applied file has changed,
    `MigrationError` if the database knows a file that is not here or if a file fails.
    """
    files_here = available(folder)
    applied: list[str] = []
    while (name := _apply_next(url, files_here)) is not None:
        applied.append(name)
    return applied


def status(url: str, folder: str | Traversable = "migrations") -> list[Standing]:
    """Each file and when it was applied; changes nothing. Raises like `migrate`."""
    files_here = available(folder)
    with psycopg.connect(url, autocommit=True) as conn:
        exists = conn.execute("SELECT to_regclass('runtime.migrations') IS NOT NULL").fetchone()
        done = _done(conn) if exists and exists[0] else {}
    _compare(files_here, done)
    return [Standing(each.name, done.get(each.name, ("", None))[1]) for each in files_here]


def _apply_next(url: str, files_here: list[Migration]) -> str | None:
    """Apply the first file that is missing. A connection a file: its `SET`s end with it."""
    with psycopg.connect(url) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        _make_table(conn)
        done = _done(conn)
        _compare(files_here, done)
        missing = next((each for each in files_here if each.name not in done), None)
        if missing is None:
            return None
        try:
            conn.execute(missing.text.encode())
        except psycopg.Error as error:
            raise MigrationError(f"{missing.name} failed: {error}") from error
        conn.execute(
            "INSERT INTO runtime.migrations (name, sha256) VALUES (%s, %s)",
            (missing.name, missing.sha256),
        )
    return missing.name


def _make_table(conn: psycopg.Connection[Any]) -> None:
    found = conn.execute("SELECT to_regclass('runtime.migrations') IS NOT NULL").fetchone()
    if found is not None and found[0]:
        return
    conn.execute("CREATE SCHEMA IF NOT EXISTS runtime")
    conn.execute(
        """
        CREATE TABLE runtime.migrations (
            name text PRIMARY KEY,
            sha256 text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
        """
    )


def _done(conn: psycopg.Connection[Any]) -> dict[str, tuple[str, datetime | None]]:
    rows = conn.execute("SELECT name, sha256, applied_at FROM runtime.migrations").fetchall()
    return {name: (sha256, applied_at) for name, sha256, applied_at in rows}


def _compare(files_here: list[Migration], done: dict[str, tuple[str, datetime | None]]) -> None:
    """Raise unless every applied file is here, unchanged."""
    for each in files_here:
        if each.name in done and done[each.name][0] != each.sha256:
            raise MigrationChanged(
                f"{each.name} was applied to this database with other content; an applied file is"
                " never changed: undo the change and write a new file"
            )
    strangers = sorted(done.keys() - {each.name for each in files_here})
    if strangers:
        raise MigrationError(
            f"the database has migrations that this version does not know: {', '.join(strangers)};"
            " run the version that made them, or a newer one"
        )
