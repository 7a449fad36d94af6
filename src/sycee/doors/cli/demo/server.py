"""The server that the demo talks to: the one that runs, or one started for the while."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx2

from sycee.doors.cli import running
from sycee.runtime.settings import Settings, SettingsError

START_SECONDS = 90.0


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address of a server that is ready; one that was started here is stopped at the end."""
    if _ready(standing := running.address(settings)):
        yield standing
        return
    settings.home.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    with open(settings.home / "demo.log", "wb") as log:
        os.fchmod(log.fileno(), 0o600)  # it says what opens the residents' doors
        up = [sys.executable, "-m", "sycee", "up", "--until-eof"]
        process = subprocess.Popen(
            [*up, "--port", str(port), "--host", "127.0.0.1"],
            stdin=subprocess.PIPE,  # held until this process ends, however it does
            stdout=log,
            stderr=log,
            env=os.environ | {"SYCEE_PUBLIC_URL": "", "SYCEE_TOWN_PACE": "0"},
        )
    try:
        address: str | None = f"http://127.0.0.1:{port}"
        end = time.monotonic() + START_SECONDS
        while not _ready(address):
            if process.poll() is not None:  # another `up` may be starting in this folder
                address = running.noted(settings)
            if address is None or time.monotonic() > end:
                raise SettingsError(f"the server did not start; see {settings.home}/demo.log")
            time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=settings.shutdown_seconds + 5)


def _ready(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/readyz", timeout=2.0).status_code == 200
    except httpx2.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
