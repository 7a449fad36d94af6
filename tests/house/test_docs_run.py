"""Every block of the documentation that is marked `run` runs, and prints what the page shows."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from tests import fleeting
from tests.house.pages import Block, Reader, blocks, follow, matches
from tests.house.sources import ROOT, Source

from sycee.runtime.postgres import Cluster
from sycee.runtime.postgres.binaries import binaries

UP_SECONDS = 120


def _pages() -> list[Source]:
    """Every page with something to run, from the README on."""
    paths = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    found = [Source(p.relative_to(ROOT).as_posix(), p.read_text("utf-8")) for p in paths]
    return [page for page in found if any(block.mark == "run" for block in blocks(page))]


PAGES = _pages()


def needs_server(page: Source) -> bool:
    """True when a block of the page asks for a running `./sycee up`."""
    return any(block.mark == "run" and block.rest == "server" for block in blocks(page))


def _environment(folder: Path) -> dict[str, str]:
    """A plain shell's environment, with `./sycee` in the folder and PostgreSQL's tools at hand."""
    launcher = folder / "sycee"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m sycee "$@"\n')
    launcher.chmod(0o755)
    chosen = os.environ.get("SYCEE_TEST_PG_BIN")
    tools = str(Path(chosen) if chosen else binaries())
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYCEE_")}
    path = os.pathsep.join((tools, str(Path(sys.executable).parent), os.environ["PATH"]))
    bin_dir = {"SYCEE_PG_BIN": chosen} if chosen else {}
    return kept | bin_dir | {"PATH": path, "SYCEE_HOME": str(folder / "home"), "COLUMNS": "100"}


def _wait(address: str, running: subprocess.Popen[str], log: Path) -> None:
    """Until `/metrics` answers; fails with what `up` printed if it does not."""
    ends_at = time.monotonic() + UP_SECONDS
    while time.monotonic() < ends_at and running.poll() is None:
        try:
            with urlopen(f"{address}/metrics", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"./sycee up did not come up:\n{log.read_text()}")


@pytest.fixture(scope="module")
def live(tmp_path_factory) -> Iterator[dict[str, str]]:
    """The environment of somebody who has `./sycee up` running in another terminal."""
    folder = tmp_path_factory.mktemp("live")
    port = str(fleeting.port())
    address = f"http://127.0.0.1:{port}"
    env = _environment(folder) | {"SYCEE_PORT": port, "SYCEE_PUBLIC_URL": address}
    env["SYCEE_TOWN_PACE"] = "0"
    log = folder / "up.log"
    with log.open("w") as output:
        running = subprocess.Popen(
            [sys.executable, "-P", "-m", "sycee", "up"],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    chosen = os.environ.get("SYCEE_TEST_PG_BIN")
    home, bin_dir = Path(env["SYCEE_HOME"]), Path(chosen) if chosen else None
    main, keys = (Cluster(home, name, bin_dir=bin_dir) for name in ("main", "keys"))
    try:
        _wait(address, running, log)
        yield env | {"SYCEE_DATABASE_URL": main.url, "SYCEE_KEYS_URL": keys.url}
    finally:
        running.terminate()
        running.wait(60)
        main.remove()
        keys.remove()


@pytest.fixture
def empty_url(tmp_path) -> Iterator[str]:
    """An empty database on another server than the live one, as durable as a real one."""
    chosen = os.environ.get("SYCEE_TEST_PG_BIN")
    other = Cluster(tmp_path / "elsewhere", "main", bin_dir=Path(chosen) if chosen else None)
    try:
        yield other.start()
    finally:
        other.remove()


@pytest.fixture
def reader(tmp_path) -> Iterator[Reader]:
    """Somebody in an empty folder of their own."""
    someone = Reader(tmp_path, _environment(tmp_path))
    yield someone
    someone.close()


@pytest.mark.parametrize("page", PAGES, ids=[page.path for page in PAGES])
def test_every_block_of_the_page_runs(page, reader, request):
    if needs_server(page):
        reader.env |= request.getfixturevalue("live")
        if "RESTORE_URL" in page.text:  # a cluster takes longer to make than most pages to follow
            reader.env["RESTORE_URL"] = request.getfixturevalue("empty_url")
    else:
        reader.env["SYCEE_DATABASE_URL"] = request.getfixturevalue("database_url")
        reader.env["SYCEE_KEYS_URL"] = request.getfixturevalue("keys_url")
    wrong = follow([block for block in blocks(page) if block.language != "sql"], reader)
    assert wrong == [], "\n".join(wrong)


def test_every_query_in_the_pages_runs(database_url):
    queries = [block for page in PAGES for block in blocks(page) if block.language == "sql"]
    assert len(queries) > 0
    with psycopg.connect(database_url, autocommit=True) as conn:
        for block in queries:
            for statement in filter(str.strip, block.text.split(";")):
                described = conn.execute(statement.encode()).description
                assert described, f"{block.place} answers nothing"


def test_one_command_runs_the_tests(tmp_path):
    env = _environment(tmp_path)
    chosen = ["tests/house/test_changelog.py", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "sycee", "test", *chosen],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def _block(language: str, mark: str, text: str) -> Block:
    return Block("docs/tea.md", 1, language, mark, "", text)


def test_blocks_share_one_shell_and_one_python(reader):
    page = [
        _block("sh", "run", "export CUPS=3\n"),
        _block("python", "run", "import os\ncups = int(os.environ['CUPS'])\n"),
        _block("python", "run", "print(cups + 1)\n"),
        _block("text", "output", "4\n"),
        _block("sh", "run", "echo $CUPS of $((CUPS + 1))\n"),
        _block("text", "output", "3 …\n"),
    ]
    assert follow(page, reader) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [("sh", "false\necho on\n"), ("sh", "./sycee brew\n"), ("python", "raise ValueError\n")],
)
def test_a_block_that_fails_is_found(reader, language, text):
    with pytest.raises(AssertionError, match=r"docs/tea\.md:1 failed"):
        follow([_block(language, "run", text)], reader)


def test_output_that_differs_from_the_page_is_found(reader):
    page = [_block("sh", "run", "echo tea\n"), _block("text", "output", "coffee\n")]
    assert len(follow(page, reader)) == 1
    assert not matches("tea", "tea and cake")
    assert matches("tea … cake", "tea and a cake")
