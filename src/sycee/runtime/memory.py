"""Garbage: what a process has loaded for good is left out of every later collection."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000
"""Objects made before the young ones are looked through. Python's 700 are ten requests."""


@contextmanager
def loading() -> Iterator[None]:
    """While modules are loaded nothing is garbage; looking for it takes a sixth of a start.

    Nor is what they loaded looked through afterwards, which would take as long.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if before:
            gc.enable()


def settle() -> None:
    """Called once a server has loaded what it needs; a long collection would stop all callers.

    Garbage is looked for from now on, if it was not while the server loaded.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(YOUNG, 10, 10)
