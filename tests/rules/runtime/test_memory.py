"""When a process looks for garbage."""

from __future__ import annotations

import gc

import pytest

from sycee.runtime import memory


def test_nothing_is_looked_through_while_modules_are_loaded() -> None:
    looked: list[str] = []

    def look(phase: str, _: dict[str, int]) -> None:
        looked.append(phase)

    gc.callbacks.append(look)
    try:
        with memory.loading():
            made = [[n] for n in range(200_000)]
        assert looked == []
        assert gc.isenabled()
        made += [[n] for n in range(200_000)]
        assert looked != []
    finally:
        gc.callbacks.remove(look)


def test_who_looked_for_none_before_looks_for_none_afterwards() -> None:
    gc.disable()
    try:
        with memory.loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_module_that_fails_to_load_does_not_leave_garbage_for_good() -> None:
    def fail() -> None:
        with memory.loading():
            raise ImportError

    with pytest.raises(ImportError):
        fail()
    assert gc.isenabled()
