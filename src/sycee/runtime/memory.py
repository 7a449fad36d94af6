"""Garbage: what a process has loaded for good is left out of every later collection."""

from __future__ import annotations

import gc

YOUNG = 10_000
"""Objects made before the young ones are looked through. Python's 700 are ten requests."""


def settle() -> None:
    """Called once a server has loaded what it needs; a long collection would stop all callers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
