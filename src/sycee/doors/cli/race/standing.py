"""What a process of the race does until it is killed. Loaded once, before processes are made."""

from __future__ import annotations

import multiprocessing
import os
import threading
from pathlib import Path

import uvicorn

from sycee.doors.cli.work import work as run_worker
from sycee.doors.http.app import create
from sycee.doors.worker import contents, run
from sycee.runtime.http.heads import BoundedHeads

LOADED = (create, contents, run)
"""What a process would otherwise have to load at its start."""


def serve(port: int, environment: dict[str, str]) -> None:
    """An API server with these settings on a port of this machine."""
    _begin(environment)
    uvicorn.run(
        "sycee.doors.http.app:create",
        factory=True,
        port=port,
        loop="uvloop",
        http=BoundedHeads,
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_keep_alive=60,
    )


def work(environment: dict[str, str]) -> None:
    """`./sycee work` with these settings."""
    _begin(environment)
    run_worker()


def _begin(environment: dict[str, str]) -> None:
    """Take the settings; what is printed goes to a file in the home folder.

    Whatever ends the race, nobody is left standing.
    """
    threading.Thread(target=_end_with_the_race, daemon=True).start()
    os.environ.update(environment)
    said = os.open(said_in(environment), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(said, stream)


def _end_with_the_race() -> None:
    race = multiprocessing.parent_process()
    assert race is not None, "it was started by the race"
    race.join()
    os._exit(1)


def said_in(environment: dict[str, str]) -> Path:
    """The file in which all of them print."""
    return Path(environment["SYCEE_HOME"]) / "race.log"
