"""A Merkle-sum tree over balances, and the proofs in it. Pure.

    id    = HMAC-SHA256(secret, "sycee liabilities" ‖ epoch ‖ account ‖ part)
    leaf  = SHA-256(0x00 ‖ epoch ‖ currency ‖ balance ‖ id)
    node  = SHA-256(0x01 ‖ sum left ‖ hash left ‖ sum right ‖ hash right)

Epoch is 4 bytes (the day's number since 1970), currency its 3 letters, balance and sums 8 bytes,
account 16, part 1; all unsigned, big-endian. Both child sums are bound: the classic form, which
hashes only their total, lets a house that owes 1,000 publish 600 (Hu, Zhang & Guo 2019; Chalkias et
al., "Broken proofs of solvency", 2020). Each balance is split in two random parts, leaves stand in
the order of their ids, which are new each day, and leaves of nothing fill the tree to a power of
two: so a proof tells little of its neighbours.
"""

from __future__ import annotations

import hmac
import secrets
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

PARTS = 2
"""Leaves of one balance."""

RECORD = 40
"""Bytes of a node in storage and in proofs: its sum (8), then its hash (32)."""

SUM_MAX = 2**63 - 1
EPOCH_MAX = 2**32 - 1
HEIGHT_MAX = 40
CHUNK_LEVELS = 8
CHUNK = 1 << CHUNK_LEVELS
"""Nodes of one level that are stored together; levels 0, 8, 16 … are stored, the rest follows."""

_LABEL = b"sycee liabilities"
_SUMS = struct.Struct(">Q32x")

Read = Callable[[int, int], bytes]
"""`read(level, place)`: a chunk of a stored level, records in order."""


class SumOutOfRange(ValueError):
    """A balance is negative, or a sum would pass 2^63."""


@dataclass(frozen=True, slots=True)
class Root:
    """What is published of one currency on one day."""

    epoch: int
    currency: str
    height: int
    sum_minor: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two parts of a balance: its leaf's place, and its siblings from the leaf up."""

    balance_minor: int
    index: int
    path: bytes


def leaf_id(secret: bytes, epoch: int, account: UUID, part: int) -> bytes:
    """Who a leaf belongs to, for whoever has the account's secret; new each day."""
    told = _LABEL + epoch.to_bytes(4, "big") + account.bytes + bytes([part])
    return hmac.digest(secret, told, "sha256")


def leaf(epoch: int, currency: str, balance_minor: int, id_: bytes) -> bytes:
    """A leaf's record."""
    if not 0 <= balance_minor <= SUM_MAX:
        raise SumOutOfRange(f"a balance of {balance_minor} cannot be owed")
    balance = balance_minor.to_bytes(8, "big")
    told = b"\x00" + epoch.to_bytes(4, "big") + currency.encode("ascii") + balance + id_
    return balance + sha256(told).digest()


def split(balance_minor: int) -> tuple[int, int]:
    """A balance in two random parts, either of which may be nothing."""
    first = secrets.randbelow(balance_minor + 1)
    return first, balance_minor - first


def node(left: bytes, right: bytes) -> bytes:
    """The record above two records; raises `SumOutOfRange`."""
    total = int.from_bytes(left[:8], "big") + int.from_bytes(right[:8], "big")
    if total > SUM_MAX:
        raise SumOutOfRange("a sum of balances passes 2^63")
    return total.to_bytes(8, "big") + sha256(b"\x01" + left + right).digest()


def above(records: bytes) -> bytes:
    """One level up: half as many records."""
    pairs = range(0, len(records), 2 * RECORD)
    sums = [value for (value,) in _SUMS.iter_unpack(records)]
    totals = [a + b for a, b in zip(sums[::2], sums[1::2], strict=True)]
    if max(totals) > SUM_MAX:
        raise SumOutOfRange("a sum of balances passes 2^63")
    hashes = [sha256(b"\x01" + records[i : i + 2 * RECORD]).digest() for i in pairs]
    return b"".join(map(bytes.__add__, [x.to_bytes(8, "big") for x in totals], hashes))


def height_of(leaves: int) -> int:
    """How many levels stand above so many leaves, once they are filled to a power of two."""
    return (leaves - 1).bit_length()


def filling(epoch: int, currency: str, leaves: int) -> list[tuple[bytes, bytes]]:
    """Leaves of nothing, with random ids, up to the next power of two: (id, record)."""
    missing = (1 << height_of(leaves)) - leaves
    ids = [secrets.token_bytes(32) for _ in range(missing)]
    return [(id_, leaf(epoch, currency, 0, id_)) for id_ in ids]


def levels(records: bytes) -> Iterator[tuple[int, bytes]]:
    """The stored levels from the leaves up, and at last the root's: (level, records)."""
    level = 0
    while True:
        if level % CHUNK_LEVELS == 0 or len(records) == RECORD:
            yield level, records
        if len(records) == RECORD:
            return
        records, level = above(records), level + 1


def path(index: int, height: int, read: Read) -> bytes:
    """The siblings of a leaf from the bottom up, one record each, out of stored chunks."""
    siblings: list[bytes] = []
    for base in range(0, height, CHUNK_LEVELS):
        here = index >> base
        records = read(base, here // CHUNK)
        place = here % CHUNK
        for _ in range(min(CHUNK_LEVELS, height - base)):
            siblings.append(_at(records, place ^ 1))
            records, place = above(records), place >> 1
    return b"".join(siblings)


def find(records: bytes, first: int, make: Callable[[int], bytes]) -> tuple[int, int] | None:
    """Index and balance of the leaf among records that `make(balance)` makes; None without one."""
    for place, (balance,) in enumerate(_SUMS.iter_unpack(records)):
        if make(balance) == _at(records, place):
            return first + place, balance
    return None


def included(part: Part, root: Root, id_: bytes) -> bool:
    """Whether a part of a balance is in the published total. Never raises."""
    if not 0 <= root.height <= HEIGHT_MAX or len(part.path) != root.height * RECORD:
        return False
    if not 0 <= part.index < 1 << root.height:
        return False
    if not 0 <= root.epoch <= EPOCH_MAX or not 0 <= root.sum_minor <= SUM_MAX:
        return False
    try:
        here = leaf(root.epoch, root.currency, part.balance_minor, id_)
        for level in range(root.height):
            sibling = _at(part.path, level)
            if int.from_bytes(sibling[:8], "big") > SUM_MAX:
                return False
            right = part.index >> level & 1
            here = node(sibling, here) if right else node(here, sibling)
    except (SumOutOfRange, ValueError):
        return False
    return here == root.sum_minor.to_bytes(8, "big") + root.hash


def verify(secret: bytes, account: UUID, parts: Sequence[Part], root: Root) -> int | None:
    """The balance that the parts prove to be in the total; None if they prove nothing.

    Every part must be there, each at a place of its own.
    """
    if len(parts) != PARTS or len({part.index for part in parts}) != PARTS:
        return None
    if not 0 <= root.epoch <= EPOCH_MAX:
        return None
    for number, part in enumerate(parts):
        if not included(part, root, leaf_id(secret, root.epoch, account, number)):
            return None
    return sum(part.balance_minor for part in parts)


def _at(records: bytes, place: int) -> bytes:
    return records[place * RECORD : (place + 1) * RECORD]
