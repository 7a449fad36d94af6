"""The log's tree: published roots, and proofs that hold for the truth and for nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.oversight.transparency.model import merkle

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors/merkle.json").read_text(encoding="utf-8")
)
LEAVES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in VECTORS["leaves"]]


@pytest.mark.parametrize("size", range(9))
def test_the_published_root_is_reproduced(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == VECTORS["roots"][size]


def test_the_published_hashes_and_proofs_are_reproduced() -> None:
    assert merkle.leaf_hash(b"L123456").hex() == VECTORS["leaf_hash"]["L123456 (ascii)"]
    node = merkle.node_hash(b"N123", b"N456").hex()
    assert node == VECTORS["node_hash"]["N123,N456 (ascii)"]
    inclusion = [h.hex() for h in merkle.inclusion_proof(LEAVES, 0)]
    assert inclusion == VECTORS["inclusion"]["index 0 in 8"]
    consistency = [h.hex() for h in merkle.consistency_proof(LEAVES, 1)]
    assert consistency == VECTORS["consistency"]["1 to 8"]


trees = st.integers(1, 70).map(lambda n: [merkle.leaf_hash(bytes([i])) for i in range(n)])


@given(trees, st.data())
def test_a_true_inclusion_is_shown_and_a_false_one_is_not(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, proof = merkle.root(leaves), merkle.inclusion_proof(leaves, index)
    assert merkle.includes(index, len(leaves), leaves[index], proof, root)
    other = data.draw(st.integers(0, len(leaves) - 1).filter(lambda i: i != index) | st.just(-1))
    assert not merkle.includes(other, len(leaves), leaves[index], proof, root)
    assert not merkle.includes(index, len(leaves), merkle.leaf_hash(b"lie"), proof, root)
    assert not merkle.includes(index, len(leaves), leaves[index], [*proof, root], root)
    assert not merkle.includes(index, len(leaves), leaves[index], proof, leaves[index] * 2)
    if proof:
        assert not merkle.includes(index, len(leaves), leaves[index], proof[:-1], root)


@given(trees, st.data())
def test_a_true_growth_is_shown_and_a_rewritten_past_is_not(
    leaves: list[bytes], data: st.DataObject
) -> None:
    size2 = len(leaves)
    size1 = data.draw(st.integers(1, size2))
    before, after = merkle.root(leaves[:size1]), merkle.root(leaves)
    proof = merkle.consistency_proof(leaves, size1)
    assert merkle.consistent(size1, size2, before, after, proof)
    rewritten = [merkle.leaf_hash(b"lie"), *leaves[1:]]
    assert not merkle.consistent(size1, size2, merkle.root(rewritten[:size1]), after, proof)
    assert not merkle.consistent(size1, size2, before, merkle.root(rewritten), proof)
    assert not merkle.consistent(size1, size2, before, after, [*proof, after])
    if size1 < size2:
        assert not merkle.consistent(size2, size1, after, before, proof)
        assert not merkle.consistent(size1, size2, before, after, proof[:-1])


def test_the_empty_tree_is_consistent_with_itself_and_proves_nothing_else() -> None:
    empty, one = merkle.EMPTY_ROOT, merkle.root(LEAVES[:1])
    assert merkle.consistent(0, 0, empty, empty, [])
    assert not merkle.consistent(0, 0, empty, one, [])
    assert not merkle.consistent(0, 0, empty, empty, [one])
    assert not merkle.consistent(0, 1, empty, one, [])
    assert not merkle.consistent(0, 1, empty, one, [one])
    assert not merkle.consistent(-1, -1, empty, empty, [])


@pytest.mark.parametrize("index", [-1, 8])
def test_there_is_no_proof_of_what_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_proof(LEAVES, index)
    with pytest.raises(IndexError):
        merkle.consistency_proof(LEAVES, index + 1 if index > 0 else index)
