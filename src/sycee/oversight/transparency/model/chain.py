"""Checking that a list of readings is whole, with nothing but its pages and the log's key. Pure.

Each row names its number and the leaf of the row before it, so a row that was left out, put in or
exchanged breaks the chain; the signed note says where the chain ends. What this cannot show: a
reading that never went through the vault.
"""

from __future__ import annotations

from collections.abc import Sequence

from sycee.oversight.transparency.model import notes, opening
from sycee.oversight.transparency.model.notes import Verifier
from sycee.oversight.transparency.model.opening import Opened, Opening

FIRST = bytes(32)


def origin(name: str, party: str) -> str:
    """What the note under a person's list is called, in the log of `name`."""
    return f"{name}/readings/{party}"


def complaints(pages: Sequence[Opening], key: Verifier) -> list[str]:
    """What is wrong with a list given as all its pages, in any order; nothing if it is whole."""
    ends = {page.standing for page in pages if isinstance(page.standing, str)}
    rows: dict[int, Opened] = {}
    try:
        for row in (row for page in pages for row in page.items):
            number = row.data["sequence"]
            if rows.setdefault(number, row).canonical != row.canonical:
                return [f"two readings have the number {number}"]
        if not ends and not rows:
            return []
        size, leaf = _end(ends, key)
        if max(rows, default=0) > size:
            return [f"reading {max(rows)} lies beyond the {size} that are signed for"]
        if min(rows, default=1) < 1:
            return ["there is a reading before the first"]
        return _broken(rows, size, leaf)
    except (KeyError, TypeError):
        return ["a reading does not say its place in the list"]
    except ValueError as error:
        return [str(error)]


def _end(ends: set[str], key: Verifier) -> tuple[int, bytes]:
    """The newest end of the list that the house signed for."""
    found: dict[int, bytes] = {}
    origins = set()
    for text in ends:
        note = notes.read(text)
        if notes.signed_by(note, key) is None:
            raise ValueError("the end of the list is not signed by this key")
        if not note.checkpoint.origin.startswith(origin(key.name, "")):
            raise ValueError("the signed note is of something else")
        origins.add(note.checkpoint.origin)
        if found.setdefault(note.checkpoint.size, note.checkpoint.root) != note.checkpoint.root:
            raise ValueError("the house signed two lists of one length")
    if len(origins) != 1:
        raise ValueError("the end of the list is missing" if not origins else "two people's lists")
    size = max(found)
    return size, found[size]


def _broken(rows: dict[int, Opened], size: int, leaf: bytes) -> list[str]:
    bad: list[str] = []
    after = leaf
    for number in range(size, 0, -1):
        row = rows.get(number)
        if row is None:
            return [*bad, f"reading {number} is missing"]
        made = opening.leaf(row)
        if made is not None and made != after:
            bad.append(f"reading {number} is not the one that the next one names")
        after = bytes.fromhex(row.data["previous"])
    if after != FIRST:
        bad.append("there is a reading before the first")
    return bad
