"""The file postmaster.pid and the process it names, which may be long dead or another program."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_PID, _STATUS = 0, 7  # lines of the file (PostgreSQL's src/include/utils/pidfile.h)


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _written_pid(data: Path) -> int | None:
    lines = _lines(data)
    try:
        return abs(int(lines[_PID]))
    except (IndexError, ValueError):
        return None


def alive(pid: int, data: Path) -> bool:
    """Whether `pid` is a living process whose folder is `data`, as a postmaster's always is.

    A number can be taken by another program after a restart of the machine. Where there is no
    /proc, any living process with that number counts.
    """
    proc = Path("/proc") / str(pid)
    if Path("/proc/self").exists():
        try:
            state = (proc / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
            if state in "ZX":
                return False
            return os.path.samefile(proc / "cwd", data)
        except PermissionError:  # root without CAP_SYS_PTRACE, as in most containers
            return os.fsencode(data) in _words(proc)
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def living(data: Path) -> int | None:
    """The process id of the postmaster that runs on `data`, or None."""
    pid = _written_pid(data)
    return pid if pid is not None and alive(pid, data) else None


def ready(data: Path, pid: int) -> bool:
    """Whether the postmaster `pid` says that it takes connections."""
    lines = _lines(data)
    return (
        len(lines) > _STATUS
        and lines[_PID].strip() == str(pid)
        and lines[_STATUS].strip() == "ready"
    )


def forget_stale(data: Path) -> None:
    """Remove the file if another program has its number now, which PostgreSQL cannot tell.

    Kept while the number is free: PostgreSQL then finds the children of a killed postmaster by the
    shared memory the file names, and waits for them.
    """
    pid = _written_pid(data)
    if pid is None or alive(pid, data) or not (Path("/proc") / str(pid)).exists():
        return
    if any(_lives_in(entry, data) for entry in Path("/proc").glob("[0-9]*")):
        return
    with contextlib.suppress(OSError):
        (data / "postmaster.pid").unlink()


def _lives_in(process: Path, data: Path) -> bool:
    try:
        return os.path.samefile(process / "cwd", data)
    except PermissionError:
        return any(word.startswith(b"postgres: ") for word in _words(process))
    except OSError:
        return False


def _words(process: Path) -> list[bytes]:
    """The command line, which anyone may read."""
    try:
        return (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []
