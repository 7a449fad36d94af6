"""The town in a fresh database, the real server on a loopback port, and clients of it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from tests.contract.alipay import clients
from tests.contract.alipay.town import FIRST_DAY, Town, settle
from tests.stories.http.server import PLAIN

from sycee.doors.alipay.endpoints import Door
from sycee.doors.alipay.keyring import make_app_key, open_keyring
from sycee.doors.alipay.pages import Pages
from sycee.doors.alipay.seed import DEMO_APP
from sycee.doors.checkout.endpoints import Checkout
from sycee.doors.http.app import build
from sycee.products.escrow import api
from sycee.runtime.db import Database


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder whose keys are made once, on a day before any test's clock."""
    folder = tmp_path_factory.mktemp("home")
    make_app_key(open_keyring(folder, FIRST_DAY), DEMO_APP, FIRST_DAY)
    return folder


@pytest.fixture(scope="session")
def served(main_template: Any, home: Path) -> Iterator[tuple[Database, str]]:
    """A database and the address of the server on it; every test settles a town of its own."""
    name, url = main_template.clone()
    database = Database(url)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        keyring = open_keyring(home, database.clock.now())
        doors = (Door(keyring, base_url), Checkout(base_url, Pages(keyring)))
        handlers = [handler for door in doors for handler in door.handlers()]
        app = build(database, declared=api.routes, others=handlers)
        server = uvicorn.Server(
            uvicorn.Config(app, http="httptools", ws="none", log_config=None, access_log=False)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server has started"
            time.sleep(0.01)
        yield database, base_url
        server.should_exit = True
        thread.join(10)
    database.close()
    main_template.drop(name)


@pytest.fixture
def town(served: tuple[Database, str], home: Path) -> Town:
    """People and a shop of this test's own."""
    return settle(*served, home)


@pytest.fixture
def slow_town(manual_database: Database, home: Path, served: tuple[Database, str]) -> Town:
    """A town whose clock stands still; nobody serves it over HTTP."""
    return settle(manual_database, served[1], home)


@pytest.fixture
def web() -> Iterator[httpx2.Client]:
    """A plain HTTP client."""
    with httpx2.Client(trust_env=False, timeout=60, verify=PLAIN) as client:
        yield client


@pytest.fixture
def plain_keys(town: Town) -> dict[str, Any]:
    """What a client in public-key mode is set up with."""
    return {name: value for name, value in town.keys.items() if not name.endswith("_cert")}


@pytest.fixture
def sdk(plain_keys: dict[str, Any]) -> Iterator[clients.Client]:
    """`python-alipay-sdk` in public-key mode."""
    client = clients.python("python", plain_keys)
    yield client
    client.close()
