"""One PostgreSQL cluster in a folder of its own: made, started, adopted, stopped."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event
from urllib.parse import quote

import psycopg
from psycopg import sql

from sycee.runtime.postgres import account, configuration, postmaster
from sycee.runtime.postgres.account import Account
from sycee.runtime.postgres.binaries import (
    PostgresError,
    binaries,
    compresses_with_lz4,
    copied,
    major,
)
from sycee.runtime.postgres.configuration import ADMIN, DATABASE, OWNER

_LOG_LIMIT_BYTES = 16 * 1024 * 1024
_POLL_SECONDS = 0.01
_ADOPT_SECONDS = 5.0
_STOP_SECONDS = 60.0


# Postmasters started here that may outlive the object that started them, as is their purpose.
_children: list[subprocess.Popen[bytes]] = []


class Cluster:
    """A cluster named `name` (`main` or `keys`) below `home`.

    `start` makes it if there is none, starts it unless it runs, and returns the URL to connect
    with. The URL holds no password: it names a file that only this user can read. `bin_dir` chooses
    the programs (default: `binaries()`), `extra` overrides settings, `port` only names the socket
    unless `extra` opens `listen_addresses`. Everything raises `PostgresError` with a sentence.
    """

    def __init__(
        self,
        home: Path,
        name: str,
        *,
        bin_dir: Path | None = None,
        port: int = 5432,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home.absolute()
        self.name = name
        self.port = port
        self.extra = dict(extra or {})
        self._chosen = bin_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the cluster lives. Only `data`, `socket` and `log` in it belong to its account."""
        return account.settle(self.home) / "postgres" / self.name

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """What PostgreSQL prints; at most two files of 16 MB."""
        return self.folder / "log"

    @property
    def passwords(self) -> Path:
        """The password file (libpq's format, mode 0600) that the URLs name."""
        return self.home / f"{self.name}.pgpass"

    @property
    def url(self) -> str:
        """The URL of the database, for the role that owns it."""
        return self._url(OWNER, DATABASE)

    @property
    def admin_url(self) -> str:
        """The URL for the superuser."""
        return self._url(ADMIN, "postgres")

    def _url(self, role: str, database: str) -> str:
        socket = self._socket or self._socket_folder(account.current(self.data))
        return (
            f"postgresql://{role}@/{database}?host={quote(str(socket), safe='')}"
            f"&port={self.port}&passfile={quote(str(self.passwords), safe='')}"
        )

    def _socket_folder(self, user: Account) -> Path:
        return account.socket_folder(user, self.folder, self.port)

    def running(self) -> bool:
        """Whether a postmaster of this cluster lives."""
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, or None."""
        return postmaster.living(self.data)

    def start(self, *, wait_seconds: float = 120.0, stop: Event | None = None) -> str:
        """Start the cluster, making it first if need be; return `url` once it answers.

        A postmaster that a killed start left behind is adopted, or restarted if its settings or
        programs are not today's. `wait_seconds` bounds the recovery after a crash, and `stop`, once
        set, ends it: the next start recovers anew.
        """
        try:
            with self._alone():
                self._start(wait_seconds, stop or Event())
        except (OSError, subprocess.SubprocessError) as error:
            raise PostgresError(f"the cluster `{self.name}` did not start: {error}") from error
        return self.url

    def _start(self, wait_seconds: float, stop: Event) -> None:
        bin_dir = binaries(self._chosen)
        place = account.settle(self.home, make=True)
        user = account.current(self.data)
        user.let_in(self.folder, place)
        if not user.reaches(bin_dir):
            bin_dir = copied(bin_dir, user.let_in(place / "programs", place))
        self._socket = self._socket_folder(user)
        if not (self.data / "PG_VERSION").is_file():
            self._make(bin_dir, user)
        self._check_version(bin_dir)
        changed = self._configure(bin_dir)
        if self.pid is not None and (changed or not self._answers(_ADOPT_SECONDS)):
            self._stop(immediate=False)
        if self.pid is None:
            until = time.monotonic() + wait_seconds
            self._launch(bin_dir, user, lambda: stop.is_set() or time.monotonic() > until)
        self._provision()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One start or stop at a time; the lock ends with its holder."""
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.home / f"{self.name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _check_version(self, bin_dir: Path) -> None:
        made_by = int((self.data / "PG_VERSION").read_text(encoding="ascii").split(".")[0])
        if made_by != major(bin_dir):
            raise PostgresError(
                f"{self.data} was made by PostgreSQL {made_by}, and {bin_dir} is version"
                f" {major(bin_dir)}; use that version, or choose another folder with SYCEE_HOME"
            )

    def _make(self, bin_dir: Path, user: Account) -> None:
        """initdb, in a folder that takes its name only when it is whole.

        The folder is this start's own: the initdb of a start that was killed may still be at work.
        """
        for left in self.folder.glob("data.*part"):
            shutil.rmtree(left, ignore_errors=True)
        part = self.folder / f"data.{secrets.token_hex(4)}.part"
        user.folder(part)
        admin, owner = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        _write(self.passwords, f"*:*:*:{ADMIN}:{admin}\n*:*:*:{OWNER}:{owner}\n", mode=0o600)
        given = self.folder / "password.part"
        _write(given, f"{admin}\n", mode=0o600)
        user.own(given)
        command = [
            *(bin_dir / "initdb", "--pgdata", part, "--username", ADMIN, "--pwfile", given),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--data-checksums"),
        ]
        if self.name == "keys":
            command.append("--wal-segsize=1")
        if self.extra.get("fsync") == "off":
            command.append("--no-sync")
        made = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            cwd="/",
            text=True,
            errors="replace",
            **user.popen(),  # pyright: ignore[reportArgumentType, reportCallIssue]
        )
        given.unlink(missing_ok=True)
        if made.returncode != 0:
            lines = made.stdout.strip().splitlines() or ["no reason given"]
            named = [line for line in lines if "FATAL:" in line or "error:" in line]
            reason = (named or lines)[-1].rpartition("FATAL:  ")[2]
            raise PostgresError(f"initdb failed for the cluster `{self.name}`: {reason}")
        part.rename(self.data)

    def _configure(self, bin_dir: Path) -> bool:
        """Write the settings; True if they, or the programs, differ from those before."""
        assert self._socket is not None
        chosen = configuration.settings(
            self.name, lz4=compresses_with_lz4(bin_dir), extra=self.extra
        )
        rows = {
            **chosen,
            "hba_file": str(self.folder / "pg_hba.conf"),
            "unix_socket_directories": configuration.listed(self._socket),
            "port": str(self.port),
        }
        files = {
            self._settings: configuration.text(rows),
            self.folder / "pg_hba.conf": configuration.access(bool(chosen["listen_addresses"])),
            self.folder / "programs": f"{bin_dir}\n",
        }
        changed = False
        for path, text in files.items():
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                _write(path, text, mode=0o644)
                changed = True
        return changed

    @property
    def _settings(self) -> Path:
        return self.folder / "sycee.conf"

    def _launch(self, bin_dir: Path, user: Account, late: Callable[[], bool]) -> None:
        """Start a postmaster and wait until it is ready, for as long as it lives."""
        patience = time.monotonic() + _ADOPT_SECONDS
        while True:
            # A killed child keeps its number until someone looks at it.
            _children[:] = [child for child in _children if child.poll() is None]
            postmaster.forget_stale(self.data)
            process = self._spawn(bin_dir, user)
            while process.poll() is None:
                if postmaster.ready(self.data, process.pid):
                    self._process = process
                    _children.append(process)
                    return
                if late():
                    process.send_signal(signal.SIGQUIT)
                    process.wait()
                    raise PostgresError(
                        f"the cluster `{self.name}` was not ready in time; see {self.log}"
                    )
                time.sleep(_POLL_SECONDS)
            reason = self._last_words()
            # A postmaster that was killed, and its children, take a moment to be gone.
            leaving = "still in use" in reason and not late()
            dying = "already exists" in reason and time.monotonic() < patience
            if not leaving and not dying:
                raise PostgresError(f"the cluster `{self.name}` did not start: {reason}")
            time.sleep(0.2)

    def _spawn(self, bin_dir: Path, user: Account) -> subprocess.Popen[bytes]:
        if self.log.is_file() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_name("log.old"))
        with open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            user.own(self.log)
            return subprocess.Popen(
                [bin_dir / "postgres", "-D", self.data, "-c", f"config_file={self._settings}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal is ours to hand on, in order
                **user.popen(),  # pyright: ignore[reportArgumentType, reportCallIssue]
            )

    def _last_words(self) -> str:
        """What the log says at its end: the fatal line, and the one before it that says why."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
            said = [line.partition(":  ")[2] or line for line in lines]
            fatal = [n for n, line in enumerate(lines) if "FATAL:" in line]
            if fatal:
                return "; ".join(said[max(0, fatal[-1] - 1) : fatal[-1] + 1])
            if said:
                return said[-1]
        return f"see {self.log}"

    def _answers(self, seconds: float) -> bool:
        """Whether the running postmaster takes our password within `seconds`."""
        until = time.monotonic() + seconds
        while self.pid is not None:
            try:
                psycopg.connect(self.admin_url, connect_timeout=2).close()
                return True
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    return False
                time.sleep(0.05)
        return False

    def _provision(self) -> None:
        """The role that Sycee connects as, and its database."""
        rows = self.passwords.read_text(encoding="ascii").splitlines()
        password = next(r for r in rows if r.startswith(f"*:*:*:{OWNER}:")).rsplit(":", 1)[1]
        try:
            with psycopg.connect(self.admin_url, autocommit=True, connect_timeout=10) as conn:
                found = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
                if found.fetchone() is not None:
                    return
                role = sql.Identifier(OWNER)
                if not conn.execute(
                    "SELECT 1 FROM pg_roles WHERE rolname = %s", (OWNER,)
                ).fetchone():
                    make = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
                    conn.execute(make.format(role, sql.Literal(password)))
                conn.execute(sql.SQL("GRANT pg_monitor, pg_checkpoint TO {}").format(role))
                name = sql.Identifier(DATABASE)
                conn.execute(sql.SQL("REVOKE ALL ON DATABASE postgres FROM PUBLIC"))
                conn.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
        except psycopg.Error as error:
            raise PostgresError(f"the cluster `{self.name}` refused its owner: {error}") from error

    def stop(self, immediate: bool = False) -> None:
        """Stop it: connections are ended and all is written (fast), or at once as in a crash."""
        with self._alone():
            self._stop(immediate)

    def remove(self) -> None:
        """Stop it at once and delete it with all its data, and what `home` keeps elsewhere."""
        if not self.home.is_dir():
            return
        with self._alone():
            self._stop(immediate=True)
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.rmtree(self._socket or self.folder, ignore_errors=True)
            self.passwords.unlink(missing_ok=True)
            place = account.settle(self.home)
            if place != self.home and not list((place / "postgres").glob("*")):
                shutil.rmtree(place, ignore_errors=True)
                (self.home / "place").unlink(missing_ok=True)

    def _stop(self, immediate: bool) -> None:
        pid = self.pid
        if pid is None:
            self._reap()
            return
        how = signal.SIGQUIT if immediate else signal.SIGINT
        until = time.monotonic() + _STOP_SECONDS
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        while postmaster.alive(pid, self.data):
            self._reap()
            if time.monotonic() > until:
                if how == signal.SIGQUIT:
                    raise PostgresError(f"the cluster `{self.name}` (process {pid}) does not stop")
                how, until = signal.SIGQUIT, time.monotonic() + 10.0
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            time.sleep(_POLL_SECONDS)
        self._reap()

    def _reap(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._process = None


def _write(path: Path, text: str, *, mode: int) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
    part.replace(path)


# Left alone, glibc gives a backend's memory back at the end of a small batch and asks for it again
# at the next: a hundred page faults, two thirds of all. It may keep this many bytes instead.
_KEPT = {
    "MALLOC_TRIM_THRESHOLD_": str(16 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(8 << 20),
    "MALLOC_TOP_PAD_": str(1 << 20),
}


def _environment() -> dict[str, str]:
    """What PostgreSQL's programs see: none of the caller's PG* variables, no secrets."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", **_KEPT}
