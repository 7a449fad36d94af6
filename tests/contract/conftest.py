"""A route's contract test is built when it runs.

To build one is to work out its cases. That takes twice as long as the whole suite's collection does
without, each process that shares the suite collects all of it, and one of them runs the test.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import pytest
from schemathesis.pytest import _test_builder

_build = _test_builder.build_operation_test


def _unbuilt(*, test_func: Callable[..., None], **asked: Any) -> Callable[..., None]:
    """What stands for a route's test until it runs: it asks for the same fixtures."""

    @wraps(test_func)
    def stands(**_: Any) -> None:
        raise AssertionError("a route's test is built before it runs")

    written = inspect.signature(test_func)
    fixtures = [each for name, each in written.parameters.items() if name != "case"]
    made = vars(stands)
    made["__signature__"] = written.replace(parameters=fixtures)
    made["build"] = partial(_build, test_func=test_func, **asked)
    return stands


_test_builder.build_operation_test = _unbuilt


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The test itself, in place of what stood for it."""
    if isinstance(item, pytest.Function) and (build := getattr(item.obj, "build", None)):
        item.obj = build()
