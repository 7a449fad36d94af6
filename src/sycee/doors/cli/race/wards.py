"""What dies in the race: API servers with their lanes, and workers, as an installation starts them.

Each is killed without a word and started again at once, from a process that has loaded the code
already, as a start would otherwise cost more than the race.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import urlopen

from sycee.doors.cli.race import standing

READY_SECONDS = 120.0
POOL = 8
"""Connections to the database that each server has; many of them share one."""

_processes = get_context("forkserver")


class Ward:
    """A process that can be killed and started again: it runs `what` with its arguments."""

    def __init__(self, what: Callable[..., None], *arguments: object) -> None:
        self._what, self._arguments = what, arguments
        self.start()

    def start(self) -> None:
        """Start it, again or for the first time."""
        _processes.set_forkserver_preload([standing.__name__])
        self._process: Any = _processes.Process(target=self._what, args=self._arguments)
        self._process.start()

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        """SIGKILL; what it had begun elsewhere goes on without it."""
        self._process.kill()
        self._process.join()

    def await_ready(self) -> None:
        """Wait until it does its work, where that can be seen."""

    def children(self) -> list[int]:
        """The processes that it has started."""
        pid = self._process.pid
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
            return [int(each) for each in text.split()]
        return []


class Server(Ward):
    """An API server on a port of its own, with its lanes' process."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        super().__init__(standing.serve, self.port, environment)

    def await_ready(self) -> None:
        """Wait for its first answer; AssertionError when none comes."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            with (
                contextlib.suppress(OSError),
                urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2),
            ):
                return
            time.sleep(0.05)
        raise AssertionError("a server did not start")

    def kill_lanes(self) -> None:
        """Kill the lanes' process alone; the server starts another."""
        for pid in self.children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


class Wards:
    """All servers and workers, and what is done to them."""

    def __init__(self, chance: Random, said: Path) -> None:
        self.servers: list[Server] = []
        self.workers: list[Ward] = []
        self._chance, self._said = chance, said
        self.tally: Counter[str] = Counter()
        self._turns: list[str] = []

    def disturb(self) -> None:
        """Kill a server, the lanes of one, or a worker; start it again, and wait for it."""
        if not self._turns:
            self._turns = ["servers", "lanes", "workers"]
            self._chance.shuffle(self._turns)
        what = self._turns.pop()
        ward = self._chance.choice(self.workers if what == "workers" else self.servers)
        assert ward.alive, f"one of the {what} ended by itself: {self._last_words()}"
        if what == "lanes" and isinstance(ward, Server):
            ward.kill_lanes()
        else:
            ward.kill()
            ward.start()
        self.tally[f"{what} killed"] += 1
        ward.await_ready()

    def _last_words(self) -> str:
        return self._said.read_text(encoding="utf-8", errors="replace")[-4_000:]

    @property
    def kills(self) -> int:
        return self.tally.total()


@contextlib.contextmanager
def guarded(
    url: str,
    keys_url: str,
    master: bytes,
    home: Path,
    chance: Random,
    servers: int,
    workers: int,
) -> Iterator[Wards]:
    """Servers that answer, and workers, on one database and one of keys; all killed at the end."""
    environment = {
        "SYCEE_HOME": str(home),
        "SYCEE_DATABASE_URL": url,
        "SYCEE_KEYS_URL": keys_url,
        "SYCEE_MASTER_KEY": base64.b64encode(master).decode(),
        "SYCEE_POOL_SIZE": str(POOL),
        "SYCEE_LOG_LEVEL": "error",
        "SYCEE_DEMO": "false",
    }
    with contextlib.ExitStack() as stack:
        wards = Wards(chance, standing.said_in(environment))
        for _ in range(servers):
            wards.servers.append(Server(environment))
            stack.callback(wards.servers[-1].kill)
        for _ in range(workers):
            wards.workers.append(Ward(standing.work, environment))
            stack.callback(wards.workers[-1].kill)
        for server in wards.servers:
            server.await_ready()
        yield wards
