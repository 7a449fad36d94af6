"""Running a batch; a poisoned one is split, so that a bad command costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from psycopg import OperationalError
from psycopg import errors as pg

from sycee.runtime import telemetry
from sycee.runtime.perform import Answer, Call

C = TypeVar("C")
Run = Callable[[Sequence[Call[C]]], list[Answer]]
Outcome = Answer | Exception


def outcomes(run: Run[C], calls: Sequence[Call[C]]) -> tuple[list[Outcome], int]:
    """What came of each call, and how often the batch had to be split."""
    try:
        return list(run(calls)), 0
    except Exception as error:
        if len(calls) == 1 or not _poison(error):
            if not isinstance(error, OperationalError):
                telemetry.log(action=calls[0].action, count=len(calls)).error(
                    "lane.failed", exc_info=error
                )
            return [error for _ in calls], 0
    half = len(calls) // 2
    first, splits = outcomes(run, calls[:half])
    rest, more = outcomes(run, calls[half:])
    return first + rest, splits + more + 1


def _poison(error: Exception) -> bool:
    """Whether one command may be to blame. A deadlock or a lost server is nobody's fault.

    A statement that ran out of time is: half the batch may well finish within the limit.
    """
    if isinstance(error, (pg.QueryCanceled, pg.LockNotAvailable)):
        return True
    return not isinstance(error, OperationalError)
