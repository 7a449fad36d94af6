"""The journal of readings: for each person a chain, so that their list has no hole unseen.

One row a person and opening. Its body says which of that person's fields were opened, the number of
the reading in the person's list (from 1), and the leaf of the row before it. A row names nobody
else, so it can be shown to its person whole. The number and the link are inside the leaf's salted
commitment: the log tells a stranger nothing of them.

A person's rows are written under a lock of theirs that is taken before the transaction has an id,
so the order of a list is the order of commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sycee.core.journal import read as journal
from sycee.core.journal.append import append
from sycee.core.journal.model import Cursor, Entry, Row
from sycee.core.parties import readingrows
from sycee.kit.ids import public
from sycee.runtime.db import Tx

OPENED, DISCLOSED = "vault.open", "vault.disclosed"
"""The verbs of a list: somebody looked; and somebody had looked, which may be told only now."""

SEALED = "vault.sealed"
"""The verb of a reading that the law keeps from its person for a time. It stands in no list."""

FIRST = bytes(32)
"""What the first row of a list names in the place of a row before it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of a person's list to be: what was opened of theirs, and whatever else is known."""

    fields: Sequence[str]
    more: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How long a person's list is, and the leaf of its newest row."""

    readings: int
    leaf: bytes


def lock(tx: Tx, subjects: Sequence[UUID]) -> None:
    """Let nobody else write to these people's lists; before anything else in the transaction."""
    readingrows.lock(tx, subjects)


def note(tx: Tx, actor: UUID | None, verb: str, purpose: str, read: Mapping[UUID, Reading]) -> None:
    """Add a row to the list of each person, under `lock`."""
    subjects = sorted(read)
    if not subjects:
        return
    heads = readingrows.heads(tx, subjects)
    entries, counts = [], []
    for subject in subjects:
        count, leaf = heads.get(subject, (0, FIRST))
        body = {
            **read[subject].more,
            "fields": sorted(read[subject].fields),
            "sequence": count + 1,
            "previous": leaf.hex(),
        }
        entries.append(Entry(actor, verb, subject, (subject,), purpose, body))
        counts.append(count + 1)
    leaves = append(tx, entries)
    readingrows.save(tx, subjects, counts, leaves)


def note_sealed(
    tx: Tx, actor: UUID | None, purpose: str, read: Mapping[UUID, Reading], under: UUID
) -> None:
    """Journal readings that their people may not see yet, under the id of what closed them.

    No person is a party of such a row and it has no place in a list, so it leaves no gap there.
    """
    append(
        tx,
        [
            Entry(
                actor,
                SEALED,
                under,
                (),
                purpose,
                {**one.more, "fields": sorted(one.fields), "person": public("par", subject)},
            )
            for subject, one in sorted(read.items())
        ],
    )


def standing(tx: Tx, subject: UUID) -> Standing | None:
    """A person's list as it stands; None while nobody has looked."""
    found = readingrows.heads(tx, [subject]).get(subject)
    return None if found is None else Standing(*found)


def page(tx: Tx, subject: UUID, before: Cursor | None, limit: int) -> list[Row]:
    """Rows of a person's list, newest first, seen from the commit on."""
    rows = journal.latest(tx, subject, (OPENED, DISCLOSED), before, limit)
    return [row for row in rows if "sequence" in row.body]
