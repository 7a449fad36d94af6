"""The example's witness as a program of its own, for whoever needs one that cosigns."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.house.sources import ROOT

Running = tuple[str, str, subprocess.Popen[str]]


@contextmanager
def running(folder: Path, log_key: str) -> Iterator[Running]:
    """A witness of a log that keeps what it saw in a folder: its key, its address, its process."""
    process = subprocess.Popen(
        [
            *(sys.executable, str(ROOT / "examples/witness/witness.py")),
            *(str(folder), "teahouse.example", "0", log_key),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        key = process.stdout.readline().strip()
        address = process.stdout.readline().strip().removeprefix("answers at ")
        yield key, address, process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
