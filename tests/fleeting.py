"""Folders in memory and ports, for what lives no longer than the tests that use it."""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 * 1024**3


def room() -> bool:
    """Whether there is a memory file system with room for the tests."""
    return _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM_BYTES


@contextmanager
def folder(otherwise: Callable[[], Path]) -> Iterator[Path]:
    """A folder in memory that is gone afterwards; where there is little room, another one.

    On a disk a cluster waits for every flush of the clusters that other tests start, and of
    whoever else writes to that disk.
    """
    if not room():
        yield otherwise()
        return
    made = Path(tempfile.mkdtemp(prefix="sycee-tests-", dir=_MEMORY))
    made.chmod(0o755)  # PostgreSQL, which is not root, keeps its own part of it closed
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def port() -> int:
    """A free port of this machine, for a program that is yet to start.

    None of those that a system gives to whoever asks for any, from 32768 on: while the program
    starts, a server of another test could be given the same one.
    """
    while True:
        chosen = 20_000 + secrets.randbelow(12_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", chosen))
            return chosen
