"""Tiles hold the same tree as the leaves do, at every size and for every proof."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sycee.oversight.transparency.model import merkle, tiles

MOST = 70_000
LEAVES = [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(MOST)]


def reader(held: dict[tuple[int, int], bytes]) -> Callable[[int, int], bytes]:
    return lambda level, place: held.get((level, place), b"")


def grown(size: int, steps: list[int]) -> dict[tuple[int, int], bytes]:
    """The tiles of a tree that was grown in steps of these lengths, then to `size` at once."""
    held: dict[tuple[int, int], bytes] = {}
    done = 0
    for step in [*steps, size]:
        upto = min(size, done + step)
        if upto > done:
            held.update(tiles.grow(done, LEAVES[done:upto], reader(held)))
            done = upto
    return held


@settings(max_examples=40)
@given(st.integers(1, 1_500), st.lists(st.integers(1, 400), max_size=6))
def test_the_root_does_not_depend_on_how_the_tree_grew(size: int, steps: list[int]) -> None:
    held = grown(size, steps)
    assert held == grown(size, [])
    assert tiles.root(size, reader(held)) == merkle.root(LEAVES[:size])


@settings(max_examples=40)
@given(st.integers(1, 1_200), st.data())
def test_proofs_from_tiles_are_those_from_the_leaves(size: int, data: st.DataObject) -> None:
    read = reader(grown(1_200, []))
    index = data.draw(st.integers(0, size - 1))
    earlier = data.draw(st.integers(1, size))
    assert tiles.inclusion(index, size, read) == merkle.inclusion_proof(LEAVES[:size], index)
    assert tiles.consistency(earlier, size, read) == merkle.consistency_proof(
        LEAVES[:size], earlier
    )


def test_a_tree_of_three_levels_proves_its_leaves() -> None:
    read = reader(grown(MOST, [255, 1, 65_279, 1, 1]))
    root = tiles.root(MOST, read)
    assert root == merkle.root(LEAVES)
    for index in (0, 255, 256, 65_535, 65_536, MOST - 1):
        proof = tiles.inclusion(index, MOST, read)
        assert merkle.includes(index, MOST, LEAVES[index], proof, root)
    proof = tiles.consistency(65_537, MOST, read)
    old = merkle.root(LEAVES[:65_537])
    assert merkle.consistent(65_537, MOST, old, root, proof)


def test_a_tile_that_is_missing_is_an_error_and_no_root() -> None:
    held = grown(600, [])
    del held[0, 2]
    with pytest.raises(LookupError):
        tiles.root(600, reader(held))


def test_there_is_no_proof_of_what_a_tree_does_not_hold() -> None:
    read = reader(grown(9, []))
    for index, size in ((-1, 5), (5, 5), (0, 0)):
        with pytest.raises(IndexError):
            tiles.inclusion(index, size, read)
    for earlier, size in ((0, 5), (-1, 5), (6, 5)):
        with pytest.raises(IndexError):
            tiles.consistency(earlier, size, read)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("0/000", (0, 0, 256)),
        ("0/x001/x234/067", (0, 1_234_067, 256)),
        ("1/007.p/12", (1, 7, 12)),
        ("0/x001/000.p/255", (0, 1_000, 255)),
        ("0/000.p/1", (0, 0, 1)),
        ("0/" + "x001/" * 6 + "001", (0, 1_001_001_001_001_001_001, 256)),
    ],
)
def test_the_address_of_a_tile_is_read_as_it_is_written(path: str, place: tuple) -> None:
    assert tiles.read_path(path) == place
    assert tiles.path_of(*place) == f"tile/{path}"


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/", "0/1", "0/0001", "0/001/002", "0/x001", "8/000", "00/000", "0/000.p/256",
     "0/000.p/0", "0/000.p/", "0/000.p/1.p/1", "-1/000", "0/x000/001", "0/٠٠٠", "0/../000",
     "0/" + "x001/" * 7 + "001", "0/abc", "0/²²²"],
)  # fmt: skip
def test_what_is_no_address_of_a_tile_is_none(path: str) -> None:
    assert tiles.read_path(path) is None
