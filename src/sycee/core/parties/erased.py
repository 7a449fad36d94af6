"""The list of the forgotten beside the databases, for when both are restored from old copies.

Each cluster remembers erasures for the other. Backups of both may be older than an erasure; so the
home folder has a file of ids, one a line. An id that is forgotten names nobody.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from sycee.core.parties import forgetting
from sycee.runtime import file
from sycee.runtime.db import Database

FILE = "erased.txt"
_CHUNK = 500


def read(home: Path) -> list[UUID]:
    """The ids in the file; a line that a crash cut short is passed over."""
    path = home.joinpath(FILE)
    found: list[UUID] = []
    for line in path.read_text("ascii").splitlines() if path.exists() else ():
        with contextlib.suppress(ValueError):
            found.append(UUID(line))
    return found


def write(database: Database, home: Path) -> int:
    """Add to the file whom the database has forgotten since; how many."""
    known = dict.fromkeys(read(home))
    fresh = [id_ for id_ in _all(database) if id_ not in known]
    if fresh:
        file.put(home.joinpath(FILE), "".join(f"{id_}\n" for id_ in (*known, *fresh)).encode())
    return len(fresh)


def _all(database: Database) -> Iterator[UUID]:
    after: UUID | None = None
    while True:
        with database.read() as tx:
            chunk = forgetting.erasures(tx, after, _CHUNK)
        yield from chunk
        if len(chunk) < _CHUNK:
            return
        after = chunk[-1]
