"""Lighthouse on the wallet's home, logged in, cold, on the slow phone of the mobile preset.

Scores are of 100 (`performance`, `accessibility`, `best-practices`), the rest in milliseconds; of
several runs the median is told. Needs Chromium; Lighthouse comes from npm by the lock beside its
script, and nothing of it goes into the app. Source of the scores: web.dev, "Lighthouse performance
scoring".
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sycee.doors.web import building

FOLDER = Path(__file__).parent / "lighthouse"
START_SECONDS = 90
RUN_SECONDS = 120
TRIES = 3
PROGRAMS = ("chromium", "chromium-browser", "chromium-headless-shell")
"""The whole browser where there is one, as people have it."""
MEASURED = {
    "first-contentful-paint": "first_paint_ms",
    "largest-contentful-paint": "largest_paint_ms",
    "total-blocking-time": "blocked_ms",
    "speed-index": "speed_index_ms",
}


def run(_url: str, quick: bool) -> dict[str, float]:
    """Measure once with `quick`, else three times."""
    module = building.builder()
    chromium = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if module is None or chromium is None:
        raise SystemExit("this bench needs a checkout and Chromium")
    module.install(FOLDER)
    with town() as address:
        told = [_once(str(module.node()), address, chromium) for _ in range(1 if quick else 3)]
    return {name: statistics.median(each[name] for each in told) for name in told[0]}


def _once(node: str, address: str, chromium: str) -> dict[str, float]:
    """One run; one that Lighthouse itself calls failed (such as NO_NAVSTART) is taken again."""
    words = [node, "run.mjs", address, chromium]
    for left in reversed(range(TRIES)):
        done = subprocess.run(
            words, cwd=FOLDER, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
        )
        if done.returncode == 0:
            return _figures(json.loads(done.stdout.splitlines()[-1]))
        if not left:
            raise SystemExit(done.stderr[-2_000:])
    raise AssertionError("the last try has returned or raised")


def _figures(said: dict[str, Any]) -> dict[str, float]:
    for audit, score, value in said["short"]:
        print(f"not full: {audit} {score} {value}", file=sys.stderr)
    figures = {name.replace("-", "_"): float(score) for name, score in said["scores"].items()}
    return figures | {name: said["measured"][audit] for audit, name in MEASURED.items()}


@contextmanager
def town() -> Iterator[str]:
    """The address of a fresh installation with its demo, gone at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYCEE_")}
    with tempfile.TemporaryDirectory() as home:
        Path(home).chmod(0o755)
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sycee", "up", "--port", str(port)],
            env={**kept, "SYCEE_HOME": f"{home}/town"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        address = f"http://localhost:{port}"
        try:
            _await(f"{address}/readyz", process)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the town did not start")
