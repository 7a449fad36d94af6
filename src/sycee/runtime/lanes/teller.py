"""A process of its own for the lanes' transactions, started by a server and watched by it.

The server's event loop then shares no interpreter with the actions: it hands over batches as
values and takes back answers. Everything here runs on that loop, but for `wake`.

**When the process dies**, a new one is started and gets the batches that were in flight again. That
is safe by their keys: what had committed is replayed, and what had not is waited for and then done.
A batch that was there twice when a process died may be why: it is split, and its parts are sent one
after the other, until the culprit is alone. Such a call, and one without a key, is answered as not
reached.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import OperationalError

from sycee.runtime import telemetry
from sycee.runtime.lanes import wire
from sycee.runtime.lanes.split import Outcome
from sycee.runtime.lanes.waiting import Waiting

PIECE_BYTES = 1 << 18
DEATHS = 2
"""From so many deaths in its time on, a batch is suspected."""
BARREN = 3
"""After so many processes that died before they were ready, calls are refused instead of kept."""
PAUSE_SECONDS = 0.1
PAUSE_MOST_SECONDS = 5.0
CLOSE_SECONDS = 15.0


@dataclass(slots=True)
class _Flight:
    """A batch that was sent and has no outcome yet."""

    carrier: Carriage
    action: str
    batch: list[Waiting[Any]]
    deaths: int = 0


class Teller:
    """The process: started on the event loop by `start`, ended by `close`."""

    def __init__(self, setup: wire.Setup) -> None:
        self._setup = setup
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._flights: dict[int, _Flight] = {}
        self._suspects: deque[_Flight] = deque()  # sent one at a time
        self._suspect: int | None = None  # the one in flight
        self._last = 0
        self._barren = 0
        self._closed = False
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._frames = wire.Frames()
        self._unsent = bytearray()
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process; to be called on the event loop that the lanes are used from."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._launch()

    def _launch(self) -> None:
        assert self._loop is not None
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "sycee.runtime.lanes.booth", str(number)],
                pass_fds=[number],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the server, which then ends its process
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        ours.setblocking(False)
        self._line, self._frames, self._unsent = ours, wire.Frames(), bytearray()
        self._loop.add_reader(ours.fileno(), self._read)
        self._write(wire.framed(self._setup))
        for id_, flight in self._flights.items():
            self._write(_message(id_, flight))
        self._next_suspect()

    def soon(self, work: Callable[[], None]) -> None:
        """Do something on the event loop after what it has in hand; said by any thread."""
        assert self._loop is not None, "the lanes' process was started"
        if threading.get_ident() == self._thread:
            self._loop.call_soon(work)
        else:
            self._loop.call_soon_threadsafe(work)

    def send(self, carrier: Carriage, action: str, batch: list[Waiting[Any]]) -> None:
        """Have a batch performed; `carrier.landed` gets its outcomes."""
        flight = _Flight(carrier, action, batch)
        if self._barren >= BARREN:
            carrier.landed(batch, [_unreached() for _ in batch], 0)
            return
        id_ = self._take_off(flight)
        if self._line is not None:
            self._write(_message(id_, flight))

    def _take_off(self, flight: _Flight) -> int:
        self._last += 1
        self._flights[self._last] = flight
        return self._last

    def _write(self, message: bytes) -> None:
        assert self._line is not None
        assert self._loop is not None
        if self._unsent:
            self._unsent += message
            return
        try:
            sent = self._line.send(message)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # it died: the reader meets the end, and sends what is in flight again
        if sent < len(message):
            self._unsent += message[sent:]
            self._loop.add_writer(self._line.fileno(), self._flush)

    def _flush(self) -> None:
        assert self._line is not None
        assert self._loop is not None
        with contextlib.suppress(BlockingIOError):
            try:
                del self._unsent[: self._line.send(self._unsent)]
            except OSError as error:
                if isinstance(error, BlockingIOError):
                    raise
                self._unsent.clear()
        if not self._unsent:
            self._loop.remove_writer(self._line.fileno())

    def _read(self) -> None:
        assert self._line is not None
        try:
            data = self._line.recv(PIECE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._answer(data)

    def _answer(self, data: bytes) -> None:
        for message in self._frames.feed(data):
            id_, splits, outcomes = wire.read_reply(message)
            if id_ == 0:
                self._barren = 0
            else:
                flight = self._flights.pop(id_)
                flight.carrier.landed(flight.batch, outcomes, splits)
                if id_ == self._suspect:
                    self._next_suspect()

    def _lost(self) -> None:
        """The process died: see to what was in flight, and start another after a pause."""
        assert self._loop is not None
        self._hang_up()
        if self._closed:
            return
        self._barren += 1
        self.restarts += 1
        telemetry.log(pid=self.pid, attempt=self._barren).error("lanes.died")
        flights, self._flights, self._suspect = list(self._flights.values()), {}, None
        for flight in flights:
            self._again(flight)
        pause = min(PAUSE_SECONDS * 2 ** (self._barren - 1), PAUSE_MOST_SECONDS)
        self._loop.call_later(pause, self._relaunch)

    def _relaunch(self) -> None:
        if not self._closed:
            self._launch()

    def _again(self, flight: _Flight) -> None:
        """Put a batch in flight again, or under suspicion; give up what may not be repeated."""
        flight.deaths += 1
        suspected = flight.deaths >= DEATHS
        hopeless = self._barren >= BARREN or (suspected and len(flight.batch) == 1)
        lost = [each for each in flight.batch if hopeless or each.call.key is None]
        flight.carrier.part(lost, [_unreached() for _ in lost])
        rest = [each for each in flight.batch if not (hopeless or each.call.key is None)]
        half = len(rest) // 2 if suspected else len(rest)
        pieces = [
            _Flight(flight.carrier, flight.action, piece, flight.deaths)
            for piece in (rest[:half], rest[half:])
            if piece
        ]
        flight.carrier.parted(len(pieces) - 1)
        for piece in pieces:
            if suspected:
                self._suspects.append(piece)
            else:
                self._take_off(piece)

    def _next_suspect(self) -> None:
        self._suspect = None
        if self._suspects and self._line is not None:
            flight = self._suspects.popleft()
            self._suspect = self._take_off(flight)
            self._write(_message(self._suspect, flight))

    def _hang_up(self) -> None:
        assert self._loop is not None
        if self._line is None:
            return
        self._loop.remove_reader(self._line.fileno())
        self._loop.remove_writer(self._line.fileno())
        self._line.close()
        self._line = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Wait for what is in flight, answer it, and end the process. Blocks."""
        self._closed = True
        line = self._line
        if line is not None and self._process is not None:
            self._drain(line, self._process)
        for flight in (*self._flights.values(), *self._suspects):
            flight.carrier.part(flight.batch, [_unreached() for _ in flight.batch])
        self._hang_up()

    def _drain(self, line: socket.socket, process: subprocess.Popen[bytes]) -> None:
        line.settimeout(CLOSE_SECONDS)
        with contextlib.suppress(OSError):
            line.sendall(self._unsent)
            line.shutdown(socket.SHUT_WR)
            while data := line.recv(PIECE_BYTES):
                self._answer(data)
            process.wait(CLOSE_SECONDS)


class Carriage:
    """One lane's way to the process: one batch in flight, unless a death made parts of it."""

    def __init__(self, teller: Teller, action: str) -> None:
        self._teller, self._action = teller, action
        self._most = 1
        self._flying = 0
        self._due = False

    def start(self, lane: Any) -> None:
        """Begin to serve the lane."""
        self._lane = lane

    def wake(self) -> None:
        """Send a batch once the event loop is through with what it has in hand."""
        if not self._due and self._flying < self._most:
            self._due = True
            self._teller.soon(self._send)

    def _send(self) -> None:
        self._due = False
        while self._flying < self._most and (batch := self._lane.take()):
            self._flying += 1
            self._teller.send(self, self._action, batch)

    def landed(
        self, batch: Sequence[Waiting[Any]], outcomes: Sequence[Outcome], splits: int
    ) -> None:
        """A batch is done."""
        self.part(batch, outcomes, splits)
        self._flying -= 1
        self._send()

    def part(
        self, batch: Sequence[Waiting[Any]], outcomes: Sequence[Outcome], splits: int = 0
    ) -> None:
        """Some calls of a batch are done."""
        self._lane.settle(batch, outcomes, splits)

    def parted(self, more: int) -> None:
        """A batch in flight became `more` than one, or none when that is negative."""
        self._flying += more

    def close(self) -> None:
        """What still waits is sent now; `Teller.close` then waits for all of it."""
        self._most = sys.maxsize
        self._send()


def _message(id_: int, flight: _Flight) -> bytes:
    return wire.framed(wire.batch(id_, flight.action, [each.call for each in flight.batch]))


def _unreached() -> Exception:
    return OperationalError("the lanes' process was lost")
