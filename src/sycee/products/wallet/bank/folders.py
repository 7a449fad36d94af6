"""The two folders between this house and its bank: files written here, and files found there.

`out` is what the bank reads (pain.001), `in` what it writes (pain.002, camt.053, camt.054). A file
appears whole: it is written beside and renamed. What was taken moves to `in/taken`, what was
refused to `in/refused`, so that nothing is looked at twice.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sycee.products.wallet.bank.model import FILE_MAX_BYTES
from sycee.runtime import file


@dataclass(frozen=True, slots=True)
class Folders:
    """Where files go out and come in."""

    out: Path
    into: Path

    @classmethod
    def under(cls, home: Path) -> Folders:
        return cls(home.joinpath("bank", "out"), home.joinpath("bank", "in"))

    def waiting(self) -> list[Path]:
        """Files that have come, by name."""
        if not self.into.is_dir():
            return []
        return sorted(p for p in self.into.iterdir() if p.suffix.lower() == ".xml" and p.is_file())


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file that appears whole; the same name and bytes again change nothing."""
    file.put(folder.joinpath(name), content)


def read(path: Path) -> bytes:
    """A file's bytes, or one more than may be taken of a larger one."""
    with open(path, "rb") as found:
        return found.read(FILE_MAX_BYTES + 1)


def set_aside(path: Path, where: str) -> None:
    """Move a file out of the way, beside any of the same name."""
    folder = path.parent.joinpath(where)
    folder.mkdir(exist_ok=True)
    target, count = folder.joinpath(path.name), 1
    while target.exists():
        count += 1
        target = folder.joinpath(f"{path.stem}-{count}{path.suffix}")
    os.replace(path, target)
