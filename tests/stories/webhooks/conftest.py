"""A receiver that listens on a port of its own, and a worker that is stepped by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from tests.stories.http.server import PLAIN, House, serving

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.journal.webhooks import fanout, jobs, outlet
from sycee.core.journal.webhooks.call import Caller
from sycee.core.journal.webhooks.outlet import Outlet
from sycee.core.journal.webhooks.secrets import PURPOSE
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_due
from sycee.runtime.sealer import KeySealer


@dataclass
class Received:
    """One call as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A web server that answers as told: `answers` first, then 204."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)

    def answer(self, status: int, times: int = 1, **headers: str) -> None:
        """Answer the next calls with a status."""

        def send(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.send_header("content-length", "0")
            handler.end_headers()

        self.answers += [send] * times


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.received.append(Received(self.path, headers, body))
            if found.answers:
                found.answers.pop(0)(self)
            else:
                self.send_response(204)
                self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def installed() -> Iterator[Outlet]:
    """An outlet that may call this machine."""
    caller = Caller(allow_private=True, timeout_seconds=20, trust=PLAIN)
    made = Outlet(KeySealer(bytes(range(32)), PURPOSE), caller)
    outlet.install(made)
    yield made
    outlet.install(None)
    caller.close()


@pytest.fixture
def house(database: Database) -> Iterator[House]:
    """A fresh database behind a server of its own."""
    with serving(database) as address:
        house = House(database, address)
        yield house
        house.client.close()


class Worker:
    """The worker's part, one step at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.jobs = Jobs()
        jobs.register(self.jobs)

    def fan_out(self, want: int = 1) -> int:
        """Read the journal until `want` rows were met; others' writes may hold it back a moment."""
        deadline = time.monotonic() + 20
        read = fanout.fan_out(self.database)
        while read < want and time.monotonic() < deadline:
            time.sleep(0.02)
            read += fanout.fan_out(self.database)
        return read

    def deliver(self) -> int:
        """Carry out what is due."""
        return run_due(self.database, self.jobs)


def happen(
    database: Database, *parties: UUID, verb: str = "trade.paid", times: int = 1
) -> list[UUID]:
    """Let something happen to some parties; the subjects."""
    body = {"trade": "trd_1", "amount_minor": 5, "state": "wait-seller-ship"}
    told = [Entry(None, verb, uuid7(), parties, "payment", body) for _ in range(times)]
    with database.transaction() as tx:
        append(tx, told)
    return [entry.subject for entry in told]
