"""What the doctor asks of the log: that rows match leaves, leaves the tree, and trees their notes.

Names the row whose content, salt or leaf was changed behind the journal's back.
"""

from __future__ import annotations

from functools import cache, partial

from sycee.core.journal import model as rows
from sycee.core.journal import read as journal
from sycee.core.journal.model import Cursor, Row
from sycee.core.ledger.doctor import Difference, Finding
from sycee.kit.ids import public
from sycee.oversight.transparency import store
from sycee.oversight.transparency.model import merkle, notes, tiles
from sycee.runtime.db import Tx

_PAGE = 64
_DIFFERENCES_MAX = 100


def sealed(tx: Tx) -> Finding:
    """Every sealed row matches its leaf, and every leaf stands in the tree where it was sealed."""
    differences: list[Difference] = []
    head = store.read_head(tx)
    after, end = -1, Cursor(head.xid, head.ordinal)
    while found := store.leaf_tiles(tx, after, _PAGE):
        more = store.leaf_tiles(tx, found[-1][0], 1)
        nexts = [Cursor(*each[2:]) for each in (*found[1:], *more)]
        for i, (place, tile, *first) in enumerate(found):
            last = nexts[i] if i < len(nexts) else None
            standing = journal.between(tx, Cursor(*first), last or end)
            if last is not None:
                standing = [row for row in standing if row.cursor != last]
            differences += _against(place, tiles.hashes(tile), standing)
        if len(differences) >= _DIFFERENCES_MAX:
            break
        after = found[-1][0]
    return Finding("every sealed row of the journal matches its leaf", differences)


def _against(place: int, hashes: list[bytes], standing: list[Row]) -> list[Difference]:
    if len(hashes) != len(standing):
        name = f"rows of leaves from {place * tiles.WIDTH}"
        return [Difference(name, str(len(hashes)), str(len(standing)))]
    return [
        Difference(f"{public('evt', row.id)}, leaf {place * tiles.WIDTH + i}", "as sealed", how)
        for i, (hash_, row) in enumerate(zip(hashes, standing, strict=True))
        if (how := _wrong(row, hash_))
    ]


def _wrong(row: Row, sealed_leaf: bytes) -> str:
    if row.leaf != sealed_leaf:
        return "another leaf"
    if row.salt is not None and not rows.verify(row):
        return "another content"
    return ""


def rooted(tx: Tx) -> Finding:
    """The tree's upper levels follow from its leaves, and every checkpoint from the tree."""
    differences: list[Difference] = []
    read = cache(partial(store.tile, tx))
    head = store.read_head(tx)
    width, level = head.size, 0
    while width // tiles.WIDTH:
        for place in range(width // tiles.WIDTH):
            above = tiles.hashes(read(level + 1, place // tiles.WIDTH))
            made = merkle.root(tiles.hashes(read(level, place)))
            if above[place % tiles.WIDTH : place % tiles.WIDTH + 1] != [made]:
                name = tiles.path_of(level, place)
                differences.append(Difference(name, "its root above", "another"))
        width, level = width // tiles.WIDTH, level + 1
    key = None if head.key is None else notes.verifier(head.key)
    after = 0
    while page := store.checkpoints(tx, after, 1_000):
        for size, root in page:
            if size > head.size or tiles.root(size, read) != root:
                differences.append(Difference(f"checkpoint {size}", "the tree's root", "another"))
        after = page[-1][0]
    latest = store.latest(tx)
    if latest is not None and (
        key is None or notes.signed_by(notes.read(latest.note), key) is None
    ):
        differences.append(Difference(f"checkpoint {latest.size}", "signed by the log", "not"))
    return Finding("the log's tree and its checkpoints agree", differences[:_DIFFERENCES_MAX])


def listed(tx: Tx) -> Finding:
    """Who opens their own rows of the journal is shown all that concern them, and no other."""
    differences = [
        Difference(f"row {place}", *(("listed", "not") if missing else ("not listed", "listed")))
        for place, missing in journal.unlisted(tx, _DIFFERENCES_MAX)
    ]
    return Finding("every row of the journal is listed for those it concerns", differences)


checks = [sealed, rooted, listed]
"""Handed to `core.ledger.doctor.examine(database, checks)`."""
