"""Appending to the journal: one statement, in the transaction of the action that it reports.

Measured on PostgreSQL 18 (2 cores shared, medians of µs a row at 1 / 10 / 100 / 500 rows, two
parties a row): INSERT from unnest with arrays packed by hand 220 / 41 / 15 / 10; the same with
psycopg's own lists 330 / 87 / 62 / 56; binary COPY 545 / 74 / 24 / 16, as it needs a statement
before it to learn the transaction's id and next ordinal.

How a party's rows are found, same run, added to those 10 µs at 500 rows: GIN on `parties` 2–4
(fastupdate on, which only defers the work into some later payment's commit) or 11 (off), and it
cannot return rows in commit order; one index an array position 5–14, bounded by the positions
foreseen; the narrow table `journal.concern` 3–10, any number of parties, read in order. That one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from sycee.core.journal import store
from sycee.core.journal.model import VERSION, Entry, canonical, check, encode_body, leaf
from sycee.kit.ids import uuid7s
from sycee.runtime.db import Tx

SALT_BYTES = 32


def append(tx: Tx, entries: Sequence[Entry]) -> list[bytes]:
    """Write `entries` in their order, behind whatever this transaction already appended.

    Each row gets an id, `tx.now`, a fresh salt and its leaf; commit order is (xid, ordinal), where
    the ordinal counts on over several calls in one transaction. Raises ValueError for a body that
    holds anything but ids, amounts and states: that is a defect, and nothing is written. Gives the
    rows' leaves, in order.
    """
    if not entries:
        return []
    rows = store.Columns()
    salts = os.urandom(SALT_BYTES * len(entries))
    for place, (made, entry) in enumerate(zip(uuid7s(len(entries)), entries, strict=True)):
        check(entry)
        body = encode_body(entry.body)
        salt = salts[place * SALT_BYTES : (place + 1) * SALT_BYTES]
        rows.ids.append(made.bytes)
        rows.actors.append(entry.actor.bytes if entry.actor else None)
        rows.verbs.append(entry.verb.encode())
        rows.subjects.append(entry.subject.bytes)
        parties = [party.bytes for party in entry.parties]
        rows.parties.append(("{" + ",".join(map(bytes.hex, parties)) + "}").encode())
        for party in dict.fromkeys(parties):
            rows.concerned.append(party)
            rows.concerns.append(place)
        rows.purposes.append(entry.purpose.encode())
        rows.bodies.append(body)
        rows.salts.append(salt)
        rows.leaves.append(leaf(salt, canonical(made, tx.now, entry, body)))
    store.insert(tx, tx.now, VERSION, rows)
    return rows.leaves
