"""Folders in memory, for what lives no longer than the tests that use it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 * 1024**3


@contextmanager
def folder(otherwise: Callable[[], Path]) -> Iterator[Path]:
    """A folder in memory that is gone afterwards; where there is little room, another one.

    On a disk a cluster waits for every flush of the clusters that other tests start, and of
    whoever else writes to that disk.
    """
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _ROOM_BYTES:
        yield otherwise()
        return
    made = Path(tempfile.mkdtemp(prefix="sycee-tests-", dir=_MEMORY))
    made.chmod(0o755)  # PostgreSQL, which is not root, keeps its own part of it closed
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
