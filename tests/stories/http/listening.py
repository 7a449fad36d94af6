"""Somebody who listens to a stream of events."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import httpx2


class Ear(threading.Thread):
    """Listens from the last event that was heard on, until it has `wanted` or the stream ends."""

    def __init__(
        self,
        client: httpx2.Client,
        path: str,
        headers: dict[str, str],
        wanted: int,
        last: str | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self.client, self.path, self.wanted = client, path, wanted
        self.headers = {**headers, **({"Last-Event-ID": last} if last else {})}
        self.opened, self.ended = threading.Event(), threading.Event()
        self.events: list[dict[str, Any]] = []
        self.start()
        assert self.opened.wait(60)

    def run(self) -> None:
        with self.client.stream("GET", self.path, headers=self.headers) as answer:
            assert answer.headers["content-type"] == "text/event-stream"
            event: dict[str, Any] = {}
            for line in answer.iter_lines():
                self.opened.set()
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    event[name] = value
                elif not line and "data" in event:
                    self.events.append({**event, "data": json.loads(event["data"])})
                    event = {}
                if len(self.events) == self.wanted:
                    return
        self.ended.set()

    def hear(self, count: int) -> list[dict[str, Any]]:
        """The first so many events, waited for."""
        until = time.monotonic() + 60
        while len(self.events) < count:
            assert time.monotonic() < until, self.events
            time.sleep(0.02)
        return self.events
