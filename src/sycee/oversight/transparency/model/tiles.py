"""A tree in tiles of 256 hashes, and the proofs that are read out of them. Pure.

Source: C2SP tlog-tiles. A tile at level L, place N holds the roots of the perfect subtrees of
256^L leaves number 256 N to 256 N + 255; level 0 holds the leaf hashes. Only the last tile of a
level is not full, and what is in it is never changed, only added to. So every proof, for a tree of
any earlier size too, is computed from about log(size) tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from sycee.oversight.transparency.model import merkle

WIDTH = 256
"""Hashes in a full tile."""

HASH_BYTES = 32
LEVELS = 8
"""Levels 0 to 7: more leaves than an index of 63 bits can count."""

Read = Callable[[int, int], bytes]
"""`read(level, place)`: the bytes of a tile as far as it is filled; empty if there is none."""

Span = Callable[[int, int], bytes]
"""`span(start, size)`: the root over so many leaves from one on."""


def grow(
    size: int, leaves: Sequence[bytes], last: Callable[[int, int], bytes]
) -> dict[tuple[int, int], bytes]:
    """The tiles that change when `leaves` (hashes) are added to a tree of `size`, each in full.

    `last` gives what a tile holds so far. Keys are (level, place).
    """
    changed: dict[tuple[int, int], bytes] = {}
    level, first, added = 0, size, list(leaves)
    while added:
        above: list[bytes] = []
        start = first
        while added:
            place, filled = divmod(start, WIDTH)
            held = changed.get((level, place))
            if held is None:
                held = last(level, place) if filled else b""
            taken, added = added[: WIDTH - filled], added[WIDTH - filled :]
            tile = held + b"".join(taken)
            changed[level, place] = tile
            if len(tile) == WIDTH * HASH_BYTES:
                above.append(merkle.root(hashes(tile)))
            start += len(taken)
        level, first, added = level + 1, first // WIDTH, above
    return changed


def hashes(tile: bytes) -> list[bytes]:
    """The hashes in a tile."""
    return [tile[i : i + HASH_BYTES] for i in range(0, len(tile), HASH_BYTES)]


def root(size: int, read: Read) -> bytes:
    """The root of the tree's first `size` leaves."""
    return _span(0, size, read) if size else merkle.EMPTY_ROOT


def inclusion(index: int, size: int, read: Read, span: Span | None = None) -> list[bytes]:
    """The path from leaf `index` to the root over the first `size` leaves.

    Many proofs of one tree share most of their hashes: give all of them one `spans(read)`.
    """
    if not 0 <= index < size:
        raise IndexError(index)
    return _path(index, 0, size, span or spans(read))


def spans(read: Read) -> Span:
    """The roots over spans of leaves, each worked out once."""
    return cache(lambda start, size: _span(start, size, read))


def consistency(size1: int, size2: int, read: Read) -> list[bytes]:
    """Why the tree of `size1` (≥ 1) is a beginning of the tree of `size2`."""
    if not 0 < size1 <= size2:
        raise IndexError(size1)
    return _growth(size1, 0, size2, True, read)


def _path(index: int, start: int, size: int, span: Span) -> list[bytes]:
    if size == 1:
        return []
    k = merkle.split(size)
    if index < k:
        return [*_path(index, start, k, span), span(start + k, size - k)]
    return [*_path(index - k, start + k, size - k, span), span(start, k)]


def _growth(size1: int, start: int, size: int, whole: bool, read: Read) -> list[bytes]:
    if size1 == size:
        return [] if whole else [_span(start, size, read)]
    k = merkle.split(size)
    if size1 <= k:
        return [*_growth(size1, start, k, whole, read), _span(start + k, size - k, read)]
    below = _growth(size1 - k, start + k, size - k, False, read)
    return [*below, _span(start, k, read)]


def _span(start: int, size: int, read: Read) -> bytes:
    """The root over leaves `start` to `start + size`, as the tree of RFC 6962 cuts them."""
    if size & (size - 1):
        k = merkle.split(size)
        return merkle.node_hash(_span(start, k, read), _span(start + k, size - k, read))
    level = (size.bit_length() - 1) // 8
    each = WIDTH**level
    place, offset = divmod(start // each, WIDTH)
    found = hashes(read(level, place))[offset : offset + size // each]
    if len(found) != size // each:
        raise LookupError(f"tile {level}/{place} is not filled so far")
    return merkle.root(found)


def path_of(level: int, place: int, width: int = WIDTH) -> str:
    """`tile/L/x001/x234/067` and `.p/W` for a partial tile: its address below the log's own."""
    parts = [f"{place % 1000:03d}"]
    while place := place // 1000:
        parts.insert(0, f"x{place % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(parts)}{partial}"


def read_path(text: str) -> tuple[int, int, int] | None:
    """The level, place and width of `L/x001/067.p/W`; None for what is not such a path."""
    head, partial, tail = text.partition(".p/")
    level, _, name = head.partition("/")
    parts = name.split("/")
    digits = [part.removeprefix("x") for part in parts]
    marked = [part.startswith("x") for part in parts]
    sound = all(len(d) == 3 and d.isascii() and d.isdigit() for d in digits)
    if not sound or marked != [True] * (len(parts) - 1) + [False] or len(parts) > 7:
        return None
    if level not in {str(n) for n in range(LEVELS)}:
        return None
    if not partial:
        width = WIDTH
    elif tail in {str(n) for n in range(1, WIDTH)}:
        width = int(tail)
    else:
        return None
    place = int("".join(digits))
    return (int(level), place, width) if path_of(int(level), place, width).endswith(text) else None
