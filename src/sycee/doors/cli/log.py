"""`./sycee log`: the transparency log at the terminal."""

from __future__ import annotations

import sys
from base64 import b64decode
from typing import Annotated

import msgspec
from cyclopts import App
from msgspec import Meta, Struct

from sycee.oversight.transparency.model import merkle

log = App(name="log", help="Check the transparency log without trusting this house.")

_Size = Annotated[int, Meta(ge=0)]


class _Inclusion(Struct, tag_field="kind", tag="inclusion"):  # fields as the cases name them
    leafIdx: _Size
    treeSize: _Size
    root: str
    leafHash: str
    proof: list[str] | None = None

    def holds(self) -> bool:
        return merkle.includes(
            self.leafIdx, self.treeSize, _hash(self.leafHash), _path(self.proof), _hash(self.root)
        )


class _Consistency(Struct, tag_field="kind", tag="consistency"):
    size1: _Size
    size2: _Size
    root1: str
    root2: str
    proof: list[str] | None = None

    def holds(self) -> bool:
        roots = (_hash(self.root1), _hash(self.root2))
        return merkle.consistent(self.size1, self.size2, *roots, _path(self.proof))


_cases = msgspec.json.Decoder(_Inclusion | _Consistency)


@log.command
def check() -> int:
    """Verify one proof a line from standard input; print `ok` or `refused` for each.

    A line is a JSON object: `kind` inclusion with `leafIdx, treeSize, root, leafHash, proof`, or
    `kind` consistency with `size1, size2, root1, root2, proof`; hashes are in base64. What is not
    such an object is refused. Ends with 0 however many were refused.
    """
    for line in sys.stdin.buffer:
        if line.strip():
            print("ok" if _holds(line) else "refused")
    return 0


def _holds(line: bytes) -> bool:
    try:
        return _cases.decode(line).holds()
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return False


def _hash(text: str) -> bytes:
    return b64decode(text, validate=True)


def _path(proof: list[str] | None) -> list[bytes]:
    return [_hash(each) for each in proof or ()]
