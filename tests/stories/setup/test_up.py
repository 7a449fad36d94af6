"""`up` as a person starts it: a process of its own, on data of its own, stopped and killed."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import pytest
from tests import fleeting
from tests.house.sources import ROOT

from sycee.doors.cli.demo.server import serving
from sycee.runtime.postgres import Cluster
from sycee.runtime.settings import load

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

READY = "Ctrl-C stops it"
PATIENCE_SECONDS = 90.0


class House:
    """A home folder, and the processes that use it."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, fleeting.port()
        self.output = home.parent / "output"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("SYCEE_") or name in ("SYCEE_PG_BIN", "SYCEE_TRACE")
        }
        self.environment |= {"SYCEE_HOME": str(home), "SYCEE_PORT": str(self.port)}
        self.environment["SYCEE_TOWN_PACE"] = "0"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "sycee", *command],
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    def begin(self, command: str = "up") -> subprocess.Popen[bytes]:
        """Start `up`, or another command, without waiting for it."""
        heard = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
        with open(self.output, "wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "sycee", command],
                env=self.environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        signal.signal(signal.SIGHUP, heard)
        self.processes.append(process)
        return process

    def up(self) -> subprocess.Popen[bytes]:
        """Start `up` and wait until it says that it is."""
        process = self.begin()
        until = time.monotonic() + PATIENCE_SECONDS
        while READY not in self.said():
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"up did not come up:\n{self.said()}")
            time.sleep(0.05)
        return process

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            return answer.status

    def left(self, client: str) -> int:
        """How many more requests a stranger has, who comes through a proxy in front."""
        address = f"http://127.0.0.1:{self.port}/v1/notices"
        asked = urllib.request.Request(address, headers={"x-forwarded-for": f"spoof, {client}"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return int(answer.headers["ratelimit-remaining"])

    def beside(self) -> dict[int, str]:
        """The commands of this house that run as processes of their own, by their ids."""
        mine, found = f"SYCEE_HOME={self.home}".encode(), {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended, or is somebody else's
                command = (folder / "cmdline").read_bytes().split(b"\0")
                if b"sycee" in command and mine in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = command[command.index(b"sycee") + 1].decode()
        return found

    def await_end_of(self, pids: Iterable[int]) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while left := self.beside().keys() & set(pids):
            assert time.monotonic() < until, [self.beside().get(pid) for pid in left]
            time.sleep(0.05)

    def clusters(self) -> list[Cluster]:
        return [Cluster(self.home, name) for name in ("main", "keys")]

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        for cluster in self.clusters():
            cluster.remove()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "home")
    yield made
    made.close()
    made.await_end_of(made.beside())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP])
def test_up_serves_and_a_signal_stops_everything_cleanly(house, how):
    house.environment["SYCEE_PROXIES"] = "127.0.0.1"
    process = house.up()
    assert house.get("/openapi.json") == 200
    assert min(house.left("203.0.113.1") for _ in range(40)) < house.left("203.0.113.2")
    assert "The demo town" in house.said()
    process.send_signal(how)
    assert process.wait(PATIENCE_SECONDS) == 0, house.said()
    assert "Traceback" not in house.said()
    assert not any(cluster.running() for cluster in house.clusters())


def test_a_killed_up_is_recovered_by_the_next_which_finds_everything(house):
    house.environment["SYCEE_TOWN_PACE"] = "1"
    first = house.up()
    beside = house.beside()
    assert sorted(beside.values()) == ["bank", "town", "up"]
    town = [line for line in house.said().splitlines() if " par_" in line]
    assert town
    pids = [cluster.pid for cluster in house.clusters()]
    first.kill()
    first.wait()
    assert all(cluster.running() for cluster in house.clusters())
    house.await_end_of(beside)  # or the next one's town would have two of each
    second = house.up()
    assert [cluster.pid for cluster in house.clusters()] == pids
    assert house.get("/openapi.json") == 200
    assert [line for line in house.said().splitlines() if " par_" in line] == town
    second.terminate()
    assert second.wait(PATIENCE_SECONDS) == 0
    assert not any(cluster.running() for cluster in house.clusters())


def test_databases_that_die_under_up_are_started_again(house):
    process = house.up()
    pids = [cluster.pid for cluster in house.clusters()]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + PATIENCE_SECONDS
    for cluster in house.clusters():
        while not reached(cluster):
            assert time.monotonic() < until, house.said()
            time.sleep(0.05)
    assert not {cluster.pid for cluster in house.clusters()} & {None, *pids}
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0, house.said()
    assert "Traceback" not in house.said()
    assert not any(cluster.running() for cluster in house.clusters())


def reached(cluster: Cluster) -> bool:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(cluster.url):
        return True
    return False


def test_a_start_killed_at_any_moment_is_recovered_and_a_demo_waits_for_it(house, monkeypatch):
    for moment_seconds in (0.4, 0.9, 1.5, 2.2):
        process = house.begin()
        time.sleep(moment_seconds)
        process.kill()
        process.wait()
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)
    process = house.begin()
    until = time.monotonic() + PATIENCE_SECONDS
    while "Web app" not in house.said() and time.monotonic() < until:
        time.sleep(0.02)
    with serving(load()) as address:
        assert address == f"http://127.0.0.1:{house.port}", house.said()
    assert house.get("/openapi.json") == 200
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0


def test_a_killed_demo_leaves_no_server_behind(house):
    demo = house.begin("demo")
    until = time.monotonic() + PATIENCE_SECONDS
    while "bank" not in house.beside().values() and time.monotonic() < until:
        assert demo.poll() is None, house.said()
        time.sleep(0.02)
    beside = house.beside()
    assert (house.home / "demo.log").stat().st_mode & 0o777 == 0o600  # it holds keys
    demo.kill()
    demo.wait()
    house.await_end_of(beside)
    assert not any(cluster.running() for cluster in house.clusters())


def test_a_signal_during_the_start_stops_what_was_started(house):
    process = house.begin()
    until = time.monotonic() + PATIENCE_SECONDS
    while "PostgreSQL started" not in house.said() and time.monotonic() < until:
        assert process.poll() is None, house.said()
        time.sleep(0.02)
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0, house.said()
    assert not any(cluster.running() for cluster in house.clusters())


def test_a_second_up_and_a_port_in_use_are_refused_in_one_line(house):
    process = house.up()
    again = house.run("up")
    assert again.returncode == 1
    assert again.stderr.startswith(f"sycee: Sycee is already up here (process {process.pid}")
    assert again.stderr.count("\n") == 1
    elsewhere = House(house.home.with_name("elsewhere"))
    elsewhere.environment["SYCEE_PORT"] = str(house.port)
    taken = elsewhere.run("up")
    assert taken.returncode == 1
    assert f"port {house.port} is in use" in taken.stderr
    assert taken.stderr.count("\n") == 1
    elsewhere.close()
    # Commands beside it use its clusters and leave them running.
    listed = house.run("migrate", "--status")
    assert listed.returncode == 0, listed.stderr
    assert all(cluster.running() for cluster in house.clusters())
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0


def test_a_command_without_up_starts_the_clusters_and_stops_them(house):
    assert house.run("migrate", "--status").returncode == 1
    applied = house.run("migrate")
    assert "database: 0001_runtime.sql" in applied.stdout
    assert "up to date" in house.run("migrate").stdout
    assert house.run("migrate", "--status").returncode == 0
    assert not any(cluster.running() for cluster in house.clusters())


def test_the_doctor_finds_a_fresh_house_sound(house):
    """Each rule by a name of its own, which the console has in each of its languages."""
    house.run("migrate")
    looked = house.run("doctor", "--json")
    assert looked.returncode == 0, looked.stdout + looked.stderr
    told = json.loads(looked.stdout)
    assert told["ok"]
    rules = [each["what"] for each in told["checks"]]
    assert len(set(rules)) == len(rules) > 30
    for texts in (ROOT / "web/console/texts").glob("??.ts"):
        said = re.findall(r"^    ['\"]?([A-Za-z][^:]+?)['\"]?:", texts.read_text(), re.M)
        assert set(rules) - set(said) == set()


def test_the_doctor_says_what_an_upgrade_still_needs(house):
    """Asked before the migrations, it names them; the books of another version it leaves alone."""
    looked = house.run("doctor", "--json")
    assert looked.returncode == 1, looked.stderr
    told = json.loads(looked.stdout)
    wrong = {each["what"]: each["seen"] for each in told["checks"] if not each["ok"]}
    assert "0001_runtime.sql" in wrong["Database, migrations"]
    assert "./sycee migrate" in wrong["Books"]


def test_the_worker_runs_alone_and_stops(house):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "sycee", "work"],
        env=house.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    house.processes.append(process)  # pyright: ignore[reportArgumentType]
    assert process.stderr is not None
    assert "The worker runs" in process.stderr.readline()
    process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0
    assert not any(cluster.running() for cluster in house.clusters())
    process.stderr.close()
    # A machine that was not given the house's master key cannot be one of its workers.
    assert house.run("liabilities", "publish").returncode == 0
    house.environment["SYCEE_MASTER_KEY"] = base64.b64encode(bytes(32)).decode()
    refused = house.run("work")
    assert (refused.returncode, refused.stderr) == (
        1,
        "sycee: the key cluster was wrapped with another master key\n",
    )


def test_another_server_is_used_as_the_settings_name_it(house, empty_url, other_empty_url):
    house.environment["SYCEE_DATABASE_URL"] = empty_url
    applied = house.run("migrate")
    assert "database: 0001_runtime.sql" in applied.stdout, applied.stderr
    main, keys = house.clusters()
    assert not main.passwords.exists()
    assert keys.passwords.exists()
    house.environment["SYCEE_KEYS_URL"] = other_empty_url
    house.run("migrate")
    house.environment["SYCEE_HOME"] = str(house.home / "untouched")
    looked = house.run("doctor")
    assert "in one cluster with what they seal" in looked.stdout, looked.stderr
    assert not keys.running()
