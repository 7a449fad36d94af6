"""`./sycee test`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from sycee.runtime.settings import SettingsError, repository

WORKERS = 2
"""Processes that share the tests; each has a PostgreSQL of its own, and some tests start more."""

_CHOSEN = ("-n", "--numprocesses", "--dist", "--pdb", "--trace", "-s")


def suite(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> int:
    """Run the whole suite: rules, stories, contract, simulation, browser, house.

    It starts PostgreSQL servers of its own for the length of the run and removes them afterwards.
    Style, types, layers and SQL are checked by the suite too. Two processes share the work, a file
    at a time; `-n 0` runs everything in one.

    Parameters
    ----------
    arguments
        Handed to pytest: `./sycee test -k escrow`, `./sycee test tests/rules`.
    """
    root = repository()
    if root is None:
        raise SettingsError("the suite is in the source tree; run this from a checkout")
    # A process of its own in place of this one: pytest sees the code as a fresh start does.
    os.chdir(root)
    sys.stdout.flush()
    # The suite starts hundreds of processes: what one of them compiles the others need not.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    given = [*shared(arguments), *arguments]
    os.execv(sys.executable, [sys.executable, "-P", "-m", "pytest", *given])


def shared(arguments: Sequence[str]) -> list[str]:
    """How pytest is told to share the work, unless the caller says how or wants to look inside."""
    if any(argument.startswith(_CHOSEN) for argument in arguments):
        return []
    # In the order of `tests/conftest.py`. By itself xdist puts the files with the most tests first,
    # and a file whose one test takes a minute and a half last, when the other process is done.
    order = "--no-loadscope-reorder"
    return ["-n", str(WORKERS), "--dist", "loadfile", order, "--max-worker-restart", "0"]
