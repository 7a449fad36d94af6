"""`./sycee up`: PostgreSQL, migrations, the demo town, the API and the worker, in one process."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gc
import importlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from sycee.doors.cli.progress import Progress
from sycee.doors.cli.servers import Servers, announce, opened, servers
from sycee.doors.cli.stopping import Stopped, UntilEof, stop_at_eof, stopping
from sycee.runtime import memory
from sycee.runtime.postgres import watching
from sycee.runtime.settings import Settings, SettingsError, load


def up(
    *,
    host: Annotated[str | None, Parameter(show_default=False)] = None,
    port: Annotated[int | None, Parameter(show_default=False)] = None,
    demo: Annotated[bool | None, Parameter(show_default=False)] = None,
    until_eof: UntilEof = False,
) -> int:
    """Start everything: PostgreSQL, the API and the worker. Ctrl-C stops it.

    The first start makes the databases and a small demo town, with people, shops and test money,
    and prints how to use it. Later starts find all of it as it was.

    Parameters
    ----------
    host
        The address to listen on; 127.0.0.1 unless SYCEE_HOST says otherwise.
    port
        The port to listen on; 8080 unless SYCEE_PORT says otherwise.
    demo
        Whether to make the demo town and print its credentials; yes unless SYCEE_DEMO says
        otherwise.
    """
    given = {"host": host, "port": port, "demo": demo}
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = load(**chosen)
    for name, value in chosen.items():
        os.environ[f"SYCEE_{name.upper()}"] = str(value)
    progress = Progress()
    with stopping(), contextlib.ExitStack() as stack:
        try:
            if until_eof:
                stop_at_eof()
            _start(settings, progress, stack)
        except Stopped:
            progress.say("Stopping …")
        stack.close()
    progress.say("Stopped. Everything is kept for the next start.")
    return 0


def _start(settings: Settings, progress: Progress, stack: contextlib.ExitStack) -> None:
    """Start one thing after the other, then serve; what was started is closed in reverse."""
    gc.disable()  # nothing that a start loads is garbage, and looking for it takes a tenth of it
    stack.enter_context(_alone(settings))
    listener = stack.enter_context(contextlib.closing(_listen(settings)))
    preload = threading.Thread(target=_preload, name="preload", daemon=True)
    preload.start()
    stack.callback(preload.join)  # a process that ends while modules are loaded may crash
    with progress.step("Looking after the web app") as done:
        from sycee.doors.web import building

        done.append("Web app built" if building.refresh() else "Web app is up to date")
    with progress.step("Starting PostgreSQL") as done:
        found = stack.enter_context(servers(settings))
        stack.enter_context(watching(found.clusters))
        done.append(_described(found))
    announce(found)
    with progress.step("Migrating the databases") as done:
        from sycee.doors.cli.migrate import apply

        applied = apply(found)
        done.append(f"Databases migrated ({len(applied) or 'nothing'} new)")
    credentials: list[tuple[str, str]] = []
    if settings.demo:
        with progress.step("Looking after the demo town") as done:
            credentials = _town(settings, found)
            done.append("Demo town ready")
        with progress.step("Starting the sandbox bank"):
            _bank(settings, found, stack)
        if settings.town_pace > 0 and credentials:
            with progress.step("Waking the town") as done:
                _wake(settings, found, stack)
                done.append("The town lives; the console sets its pace")
    with progress.step("Starting the worker"):
        from sycee.doors.cli.work import working

        stack.enter_context(working(settings, found))
    with progress.step("Starting the API") as done:
        server = _server(settings, lambda: _ready(settings, progress, credentials))
        done.append("API loaded")
    server.run(sockets=[listener])


def _preload() -> None:
    """Load the largest parts while PostgreSQL starts; what fails here fails again in its turn."""
    with contextlib.suppress(Exception):
        for name in ("sycee.doors.cli.town", "sycee.doors.http.app", "uvicorn"):
            importlib.import_module(name)


def _town(settings: Settings, found: Servers) -> list[tuple[str, str]]:
    """Seed the demo town unless it is there; each resident with what opens their doors."""
    from sycee.doors.cli import town

    with opened(settings, found) as (database, _):
        residents = town.seed(database, settings.home)
    return [(each.handle, f"{each.id}  {each.key}") for each in residents]


def _bank(settings: Settings, found: Servers, stack: contextlib.ExitStack) -> None:
    """The sandbox bank as a process of its own, with the town's account on both sides."""
    from sycee.doors.bank.books import Books
    from sycee.doors.bank.seed import seed

    books = Books(settings.home / "bank" / "sandbox.db")
    with opened(settings, found) as (database, _), contextlib.closing(books):
        seed(database, books)
    _beside("bank", settings, stack)


def _wake(settings: Settings, found: Servers, stack: contextlib.ExitStack) -> None:
    """The simulated people, and the process in which they live beside the server."""
    from sycee.doors.cli.living import neighbours

    with opened(settings, found) as (database, _):
        neighbours.settle(database, settings.home)
    _beside("town", settings, stack)


def _beside(command: str, settings: Settings, stack: contextlib.ExitStack) -> None:
    """A command as a process of its own, until this one stops, even if it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sycee", command, "--until-eof"],
        env={**os.environ, "SYCEE_HOME": str(settings.home)},
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for this process, which then stops the other
    )
    assert process.stdin is not None
    stack.callback(process.stdin.close)
    stack.callback(process.wait, 10)
    stack.callback(process.terminate)


def _server(settings: Settings, ready: Callable[[], None]) -> Any:
    """uvicorn on the HTTP door, in this thread; `ready` is called once it takes connections."""
    import uvicorn

    from sycee.doors.http.app import create
    from sycee.runtime.http.heads import BoundedHeads

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    return Server(
        uvicorn.Config(
            create(),
            loop="uvloop",
            http=BoundedHeads,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=settings.proxies is not None,
            forwarded_allow_ips=settings.proxies,
            timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
        )
    )


def _ready(settings: Settings, progress: Progress, credentials: list[tuple[str, str]]) -> None:
    memory.settle()
    from sycee.core.parties.identity.site import of

    address, origin = settings.address, of(settings.address).origin
    progress.rows(
        f"Sycee is up after {progress.seconds:.1f} s",
        [
            ("Wallet", f"{origin}/wallet/"),
            ("Till", f"{origin}/merchant/"),
            ("Console", f"{origin}/console/"),
            ("API", f"{address}/v1"),
            ("API reference", f"{address}/docs"),
            ("Alipay gateway", f"{address}/gateway.do"),
            ("Metrics", f"{address}/metrics"),
            ("Data", str(settings.home)),
        ],
    )
    if credentials:
        progress.rows("The demo town: who, id, API key", credentials)
    progress.say("\nCtrl-C stops it. In another terminal: ./sycee demo · ./sycee doctor")


def _described(found: Servers) -> str:
    names = " and ".join(cluster.name for cluster in found.clusters)
    if len(found.clusters) == 2:
        return f"PostgreSQL started ({names})"
    started = f"; PostgreSQL started ({names})" if names else ""
    return f"Using the PostgreSQL that the settings name{started}"


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One `up` a home folder; the lock ends with its process."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with open(settings.home / "up.lock", "a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            who = lock.read().strip() or "another process"
            raise SettingsError(f"Sycee is already up here ({who})") from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {settings.address}")
        lock.flush()
        yield


def _listen(settings: Settings) -> socket.socket:
    """The listening socket, taken first: a port in use is found before anything is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(
                f"port {settings.port} is in use; choose another with --port or SYCEE_PORT"
            ) from None
        raise SettingsError(
            f"cannot listen on {settings.host}, port {settings.port}: {error.strerror or error}"
        ) from None
    return listener
