"""A real town behind a real browser: `sycee up` with its demo, and Debian's Chromium.

Each page is watched: an error on the console, a request to another host or something that the
content policy forbids fails the test that caused it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from secrets import randbelow
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from tests import fleeting
from tests.stories.http.server import PLAIN

from sycee.doors.web.static import STATIC

# First Chromium without what is around the page: it does the same for a third less.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
NOT_UNDER_TEST = (
    # The suggestions below the address bar: pages of the browser's own, loaded for each window.
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
    # Playwright's: of an argument that is given twice, the browser takes the last.
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades",
    "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints",
    "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning",
)  # fmt: skip
"""Parts of the browser that no test looks at; with the first three a window costs twice as much."""

FLAGS = [
    f"--disable-features={','.join(NOT_UNDER_TEST)}",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
START_SECONDS = 60
ask = partial(httpx2.request, verify=PLAIN, timeout=60)
"""A request to a town beside the browser's."""
expect.set_options(timeout=15_000)  # a machine that is busy with other tests is slow


# Without Chromium there is nothing to look at. CI installs it, and fails if it could not.
ABSENT = CHROMIUM is None and not os.environ.get("CI")
collect_ignore_glob = ["test_*.py"] if ABSENT else []


def pytest_report_header() -> str | None:
    """Says so where the browser's part is left out."""
    return "no Chromium on this machine: the browser's tests are not run" if ABSENT else None


@dataclass(frozen=True, slots=True)
class Town:
    """A running installation: where it listens and where its data is."""

    address: str
    home: Path

    def credentials(self) -> dict[str, dict[str, str]]:
        """The residents' API keys, by handle."""
        return json.loads((self.home / "demo.json").read_text())

    def call(self, handle: str, request: str, body: Any = None) -> Any:
        """A call to `/v1` as a resident; the answer's JSON, which must not be a refusal."""
        method, path = request.split(" ", 1)
        headers = {"authorization": f"Bearer {self.credentials()[handle]['key']}"}
        if method != "GET":
            headers["idempotency-key"] = os.urandom(8).hex()
        answer = ask(method, self.address + path, json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def until(
        self, handle: str, request: str, holds: Callable[[Any], object], seconds: float = 20
    ) -> Any:
        """The answer to a call, asked for until something holds of it: others are at work on it."""
        end = time.monotonic() + seconds
        while not holds(answer := self.call(handle, request)):
            assert time.monotonic() < end, f"still, of {request}: {answer}"
            time.sleep(0.1)
        return answer

    def id(self, handle: str) -> str:
        """A resident's public id."""
        return self.credentials()[handle]["id"]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with fresh(tmp_path_factory, "town") as town:
        yield town


@contextmanager
def fresh(paths: pytest.TempPathFactory, name: str, pace: int = 0) -> Iterator[Town]:
    """A town that lives as long as the tests that use it: in memory where there is room."""
    with fleeting.folder(lambda: paths.mktemp(name)) as home, up(home, pace) as town:
        yield town


@contextmanager
def up(home: Path, pace: int = 0) -> Iterator[Town]:
    """`./sycee up` in a folder, with its demo; `pace` is how fast its people live to begin with."""
    assert (STATIC / "wallet" / "index.html").exists(), "the web app is not built"
    home.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYCEE_")}
    port = fleeting.port()
    log = (home / "up.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "sycee", "up", "--port", str(port)],
        env={**kept, "SYCEE_HOME": str(home / "data"), "SYCEE_TOWN_PACE": str(pace)},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    address = f"http://localhost:{port}"
    try:
        _await(address, process, home / "up.log")
        yield Town(address, home / "data")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()


def _await(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        with suppress(httpx2.HTTPError):
            if ask("GET", f"{address}/readyz", timeout=2).status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def driven() -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    """One browser for all files, and the event loop of its driver."""
    with launched() as browser:
        loop = asyncio.get_running_loop()
        yield browser, loop
        asyncio._set_running_loop(loop)


@pytest.fixture(scope="module")
def chromium(driven: tuple[Browser, asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """The browser for the tests of one file.

    Its driver leaves this thread with a running event loop. Other files' tests run loops of their
    own, so between two files of the browser's there is none.
    """
    browser, loop = driven
    asyncio._set_running_loop(loop)
    yield browser
    asyncio._set_running_loop(None)


@contextmanager
def launched() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    with sync_playwright() as play:
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        # What the browser's processes share is a file for each piece: not on a disk if need not be.
        on_disk = ["--disable-dev-shm-usage"] if fleeting.room() else []
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=flags, ignore_default_args=on_disk
        )
        yield browser
        browser.close()


@dataclass
class Watched:
    """A browser's window with what went wrong in it."""

    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    allowed: tuple[str, ...] = ()

    def allow(self, *words: str) -> None:
        """Faults with these words are meant by the test, before and after."""
        self.allowed += words

    def unmeant(self) -> list[str]:
        """What went wrong and was not meant to."""
        return [each for each in self.faults if not any(word in each for word in self.allowed)]

    def told(self) -> str:
        """What the window shows, what it asked of `/v1` and when, and what had no answer."""
        spoken = [each for each in self.asked if "/v1/" in each.url]
        lines = [self.page.url, self.page.locator("body").inner_text(), "asked:"]
        return "\n".join(lines + [_line(each) for each in spoken[-LINES:]])


def _line(asked: Request) -> str:
    began = datetime.fromtimestamp(asked.timing["startTime"] / 1000, UTC)
    took = asked.timing["responseEnd"]  # ms; -1 while there is no answer
    return f"{began:%T.%f} {took:7.0f} ms {asked.method} {asked.url}"


LINES = 40
Open = Callable[..., Watched]
_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note that a test failed, for the fixture that then tells what its windows showed."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture
def opened(request: pytest.FixtureRequest, town: Town, chromium: Browser) -> Iterator[Open]:
    """Opens windows on the town: `opened(width=390, scheme="dark", passkey=True)`."""
    windows: list[Watched] = []

    def one(**more: Any) -> Watched:
        windows.append(window(chromium, town, **more))
        return windows[-1]

    yield one
    for each in windows:
        if request.node.stash.get(_FAILED, False):
            print(f"{datetime.now(UTC):%T.%f}", each.told(), sep="\n")
        each.context.close()
    faults = [fault for each in windows for fault in each.unmeant()]
    assert not faults, faults


def window(
    chromium: Browser, town: Town, *, width: int = 390, height: int = 844, scheme: str = "light",
    passkey: bool = False, **more: Any,
) -> Watched:  # fmt: skip
    """A browser's window on the town, watched.

    The wallet's service worker fetches all of the wallet into each new window; who means to be
    offline from the start asks for it: `service_workers="allow"`.
    """
    options: dict[str, Any] = {"locale": "en-GB", "timezone_id": "Asia/Shanghai"}
    options |= {"service_workers": "block", **more}
    context = chromium.new_context(
        base_url=town.address,
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # pyright: ignore[reportArgumentType]
        **options,
    )
    context.set_default_timeout(10_000)
    watched = Watched(context, context.new_page())
    _watch(watched, urlsplit(town.address).netloc)
    if passkey:
        _authenticator(watched.page)
    return watched


def _watch(window: Watched, host: str) -> None:
    def spoke(message: ConsoleMessage) -> None:
        # A refusal of /v1 is an answer, though the browser prints it as a failure to load.
        if message.type == "error" and "the server responded with a status" not in message.text:
            window.faults.append(message.text)

    def asks(request: Request) -> None:
        window.asked.append(request)
        if urlsplit(request.url).netloc not in (host, ""):
            window.faults.append(f"asked another host: {request.url}")

    page = window.page
    page.on("console", spoke)
    page.on("pageerror", lambda error: window.faults.append(f"{error} at {page.url}"))
    page.on("request", asks)


AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def _authenticator(page: Page) -> None:
    """A passkey in the browser that always says yes."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def enter(window: Watched, name: str, app: str = "wallet") -> Page:
    """Be a resident of the demo town in one of the apps."""
    page = window.page
    page.goto(f"/{app}/")
    resident = page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}(?!\w)"))
    resident.click()
    expect(resident).to_have_count(0)
    expect(page.locator(".opening")).to_have_count(0)
    return page


def unused(name: str) -> str:
    """A handle that nobody has. In digits: letters by chance spell the name of a resident."""
    return f"{name}{randbelow(10**9):09}"
