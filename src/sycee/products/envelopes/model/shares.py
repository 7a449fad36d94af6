"""How an envelope's shares fall: from a seed, fairly, and so that anyone can check it. Pure.

**Stream.** Block i is SHA-256(seed ‖ "sycee envelope" ‖ i as 8 bytes); a block is four words of 8
bytes, all big-endian. A number below n is the next word below 2^64 − (2^64 mod n), modulo n: words
beyond that are passed over, so every number is equally likely.

**Lucky.** With k shares left and R units, the next share is 1 + a number below
min(⌊2R/k⌋ − 1, R − (k − 1)), at least 1; the last takes what is left. **Equal.** ⌊T/n⌋ each, and
one unit more for the first T mod n.

**Permuted.** Then the list is shuffled (Fisher and Yates, from the end). Without it the double-mean
split gives each place the same mean but not the same chances: of 100 shares the last two win best
luck eight times as often as is fair, and whoever waits plays for it.

**Committed.** SHA-256(seed ‖ envelope ‖ parameters) is published at creation; envelope is the 16
bytes of its id, parameters the JSON `{"amount_minor":…,"currency":…,"kind":…,"shares":…}` without
spaces. The seed is published when the envelope is empty or over.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

import msgspec

SEED_BYTES = 32
_LABEL = b"sycee envelope"
_WORDS = struct.Struct(">4Q").unpack
_WORD = 2**64


class Kind(StrEnum):
    """How the money is divided: by luck, or into equal parts."""

    LUCKY = "lucky"
    EQUAL = "equal"


class _Parameters(msgspec.Struct):
    amount_minor: int
    currency: str
    kind: str
    shares: int


class _Stream:
    """The words of a seed, one after the other."""

    __slots__ = ("_block", "_next", "_seed", "_words")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed + _LABEL
        self._block = 0
        self._words: tuple[int, ...] = ()
        self._next = 4

    def below(self, n: int) -> int:
        """The next number below n; each is equally likely."""
        bound = _WORD - _WORD % n
        while True:
            if self._next == 4:
                block = self._seed + self._block.to_bytes(8, "big")
                self._words = _WORDS(hashlib.sha256(block).digest())
                self._block += 1
                self._next = 0
            word = self._words[self._next]
            self._next += 1
            if word < bound:
                return word % n


def split(seed: bytes, kind: Kind, amount_minor: int, count: int) -> list[int]:
    """The shares in the order in which they are taken: each at least 1, their sum exact."""
    stream = _Stream(seed)
    shares = unshuffled(stream.below, kind, amount_minor, count)
    below = stream.below
    for last in range(count - 1, 0, -1):
        other = below(last + 1)
        shares[last], shares[other] = shares[other], shares[last]
    return shares


def unshuffled(below: Callable[[int], int], kind: Kind, amount_minor: int, count: int) -> list[int]:
    """The shares before they are shuffled: fair in the mean, not in the chances."""
    if kind is Kind.EQUAL:
        each, more = divmod(amount_minor, count)
        return [each + 1] * more + [each] * (count - more)
    shares: list[int] = []
    left = amount_minor
    for k in range(count, 1, -1):
        most = min(2 * left // k - 1, left - (k - 1))
        share = 1 + below(most) if most > 1 else 1
        shares.append(share)
        left -= share
    shares.append(left)
    return shares


def commitment(
    seed: bytes, envelope: UUID, kind: Kind, amount_minor: int, currency: str, count: int
) -> bytes:
    """What is published at creation: it fixes the shares and tells nothing of them."""
    parameters = msgspec.json.encode(_Parameters(amount_minor, currency, str(kind), count))
    return hashlib.sha256(seed + envelope.bytes + parameters).digest()
