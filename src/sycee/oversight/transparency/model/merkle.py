"""Merkle trees of a log: roots, and proofs of inclusion and consistency. Pure.

Source: RFC 6962 §2.1 for the tree, RFC 9162 §2.1.3–2.1.4 for the proofs and how they are verified.
Hashes are 32 bytes of SHA-256; a proof is a list of them, from the leaves upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256().digest()
"""The root of a tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of an entry: 0x00 before it, so that no leaf can pass for a node."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees: 0x01 before them."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in order.

    Level by level: what is left over on the right goes up as it is, which gives the tree that RFC
    6962 cuts at the largest power of two, at a third of the time of cutting it so.
    """
    level = hashes
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        level = above if len(level) % 2 == 0 else [*above, level[-1]]
    return level[0] if level else EMPTY_ROOT


def inclusion_proof(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The path from leaf `index` to the root over `hashes`."""
    if not 0 <= index < len(hashes):
        raise IndexError(index)
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if index < k:
        return [*inclusion_proof(hashes[:k], index), root(hashes[k:])]
    return [*inclusion_proof(hashes[k:], index - k), root(hashes[:k])]


def consistency_proof(hashes: Sequence[bytes], size: int) -> list[bytes]:
    """Why the tree over the first `size` (≥ 1) leaves is a beginning of the tree over all."""
    if not 0 < size <= len(hashes):
        raise IndexError(size)
    return _subproof(size, hashes, True)


def _subproof(size: int, hashes: Sequence[bytes], whole: bool) -> list[bytes]:
    if size == len(hashes):
        return [] if whole else [root(hashes)]
    k = split(len(hashes))
    if size <= k:
        return [*_subproof(size, hashes[:k], whole), root(hashes[k:])]
    return [*_subproof(size - k, hashes[k:], False), root(hashes[:k])]


def split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def includes(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Whether `proof` shows the leaf hash `leaf` at `index` of the tree of `size` leaves."""
    if not 0 <= index < size or len(leaf) != sha256().digest_size:
        return False
    here, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            result = node_hash(sibling, result)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and result == expected_root


def consistent(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `size2` leaves begins with the tree of `size1`.

    Equal sizes need equal roots and no proof, the empty tree included. From the empty tree to
    another there is nothing to prove, so any such claim is refused.
    """
    if size1 == size2:
        return size1 >= 0 and not proof and root1 == root2
    if not 0 < size1 < size2 or not proof:
        return False
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    here, last = size1 - 1, size2 - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and first == root1 and second == root2
