"""The carrier that runs a lane's batches in a thread of this process."""

from __future__ import annotations

import threading
from typing import Any

from sycee.runtime.lanes.split import Run, outcomes


class Thread:
    """One thread, one batch at a time.

    `run` performs a batch in one transaction: usually `perform`, with its database and action.
    """

    def __init__(self, run: Run[Any]) -> None:
        self._run = run
        self._ready = threading.Condition()
        self._idle = False
        self._closed = False

    def start(self, lane: Any) -> None:
        """Begin to serve the lane."""
        self._lane = lane
        self._thread = threading.Thread(target=self._work, name=f"lane-{lane.name}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Notify the thread if it sleeps."""
        with self._ready:
            if self._idle:
                self._ready.notify()

    def close(self) -> None:
        """Finish what waits, and wait for the thread."""
        with self._ready:
            self._closed = True
            self._ready.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._ready:
                while not self._lane.depth and not self._closed:
                    self._idle = True
                    self._ready.wait()
                self._idle = False
            batch = self._lane.take()
            if batch:
                self._lane.settle(batch, *outcomes(self._run, [each.call for each in batch]))
            elif self._closed:
                return
