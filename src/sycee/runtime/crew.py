"""A worker's hands: jobs that call outside run at once, each group of them one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sycee.runtime import telemetry
from sycee.runtime.db import Place

HANDS = 8
"""Groups in hand at once, and so the most calls to others at one time."""


class Crew:
    """Threads, and which groups of which kind of job they have in hand.

    The bound is that of one worker: another worker beside it has hands of its own.
    """

    def __init__(self, hands: int = HANDS) -> None:
        self._hands = hands
        self._threads = ThreadPoolExecutor(hands, thread_name_prefix="crew")
        self._lock = threading.Lock()
        self._busy: set[tuple[str, str]] = set()
        self.reached: dict[str, Place] = {}  # by kind, how far due jobs were looked through
        self.closing = False

    @property
    def free(self) -> int:
        """How many more groups may be started."""
        with self._lock:
            return self._hands - len(self._busy)

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand."""
        return not self._busy

    def groups(self, kind: str) -> list[str]:
        """The groups of a kind that are in hand."""
        with self._lock:
            return [group for of, group in self._busy if of == kind]

    def start(self, kind: str, group: str, work: Callable[[], None]) -> None:
        """Do the work of a group that is not in hand."""
        with self._lock:
            self._busy.add((kind, group))
        self._threads.submit(self._do, kind, group, work)

    def _do(self, kind: str, group: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # the leases run out, and the jobs are tried again
            telemetry.log(kind=kind).error("crew.failed", exc_info=error)
        finally:
            with self._lock:
                self._busy.discard((kind, group))

    def close(self) -> None:
        """Finish the calls in hand; what waits behind them is given back."""
        self.closing = True
        self._threads.shutdown()
