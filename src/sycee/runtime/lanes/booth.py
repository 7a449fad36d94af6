"""The lanes' process: it performs the batches that its server sends, and ends with its server.

`python -m sycee.runtime.lanes.booth N` serves the socket with file descriptor N.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from sycee.runtime import memory, telemetry
from sycee.runtime.db import Database
from sycee.runtime.lanes import wire
from sycee.runtime.lanes.split import outcomes
from sycee.runtime.perform import perform
from sycee.runtime.settings import load

PIECE_BYTES = 1 << 18


def main(descriptor: int) -> None:
    """Serve until the server's end of the socket is closed, whatever signals come."""
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as line:
        messages = _messages(line)
        setup = wire.read_setup(next(messages))
        telemetry.configure(load().log_level)
        with memory.loading():
            for path in setup.actions:
                wire.found(path)
        database = Database(setup.database_url, size=setup.connections)
        memory.settle()
        desk = _Desk(line, database)
        desk.ready()
        with ThreadPoolExecutor(setup.connections) as threads:
            for message in messages:
                threads.submit(desk.serve, message)
        database.close()


def _messages(line: socket.socket) -> Iterator[bytes]:
    frames = wire.Frames()
    with contextlib.suppress(ConnectionResetError):
        while data := line.recv(PIECE_BYTES):
            yield from frames.feed(data)


class _Desk:
    """Batches in, replies out."""

    def __init__(self, line: socket.socket, database: Database) -> None:
        self._line, self._database = line, database
        self._writing = threading.Lock()

    def ready(self) -> None:
        """Say that batches may come."""
        self._send(wire.Reply(0, 0, []))

    def serve(self, message: bytes) -> None:
        """Perform one batch and answer it; what cannot even be read ends the process."""
        try:
            id_, path, calls = wire.read_batch(message)
            found, splits = outcomes(partial(_perform, self._database, wire.found(path)), calls)
            self._send(wire.Reply(id_, splits, [wire.said(outcome) for outcome in found]))
        except Exception as error:
            telemetry.log().error("lanes.unreadable", exc_info=error)
            os._exit(1)

    def _send(self, reply: wire.Reply) -> None:
        # A server that is gone reads no replies; the keys hold the answers.
        with self._writing, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._line.sendall(wire.framed(reply))


def _perform(database: Database, action: Any, calls: Any) -> Any:
    return perform(database, calls, action)


if __name__ == "__main__":
    main(int(sys.argv[1]))
