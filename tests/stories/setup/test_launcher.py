"""The launcher on a fresh copy of the project: what a newcomer's first command does."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import sycee
from sycee.runtime.settings import repository

ROOT = repository()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(ROOT is None, reason="the launcher is in the source tree"),
]


def run(root: Path, *command: str, cwd: str = "/") -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYCEE_")}
    kept["LC_ALL"] = "C"  # as cron has it, and many an image
    for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        kept.pop(name, None)  # nor would they be set there, where a proxy asks for its own
    return subprocess.run(
        [root / "sycee", *command], env=kept, cwd=cwd, capture_output=True, text=True, timeout=280
    )


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, in a path with a space and more, set up by two launchers at once."""
    assert ROOT is not None
    root = tmp_path_factory.mktemp("launcher") / "a copy, 副本"
    root.mkdir()
    for name in ("sycee", "pyproject.toml", "requirements.lock", "README.md", "openapi.json"):
        shutil.copy2(ROOT / name, root / name)
    shutil.copytree(ROOT / "web", root / "web", ignore=shutil.ignore_patterns("node_modules"))
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: run(root, "version"), range(2))
    for told in (first, second):
        assert (told.returncode, told.stdout) == (0, f"{sycee.__version__}\n"), told.stderr
    assert (first.stderr + second.stderr).count("3/3 installing Sycee itself") == 1
    return root


def test_a_second_start_sets_nothing_up(fresh):
    told = run(fresh, "version")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"{sycee.__version__}\n", "")


def test_what_a_server_imports_was_compiled_by_the_set_up(fresh):
    code = """
import sys
from importlib.util import cache_from_source
from pathlib import Path
import sycee.doors.http.app
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
files = [name for name in files if name.startswith(sys.argv[1]) and name.endswith(".py")]
print(len(files) > 500, [name for name in files if not Path(cache_from_source(name)).exists()])
"""
    told = subprocess.run(
        [fresh / ".venv/bin/python", "-B", "-c", code, fresh], capture_output=True, text=True
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "True []\n", "")


def test_it_runs_the_code_of_its_own_folder_from_anywhere_and_through_a_link(fresh, tmp_path):
    (tmp_path / "sycee.py").write_text("raise SystemExit('the wrong one')\n")
    link = tmp_path / "linked"
    link.symlink_to(fresh / "sycee")
    told = subprocess.run([link, "version"], cwd=tmp_path, capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (0, f"{sycee.__version__}\n")
    code = "import sycee; print(sycee.__file__)"
    where = subprocess.run(
        [fresh / ".venv/bin/python", "-P", "-c", code], cwd="/", capture_output=True, text=True
    )
    assert where.stdout.strip() == str(fresh / "src/sycee/__init__.py")


def test_a_set_up_that_stopped_half_way_is_refused_and_made_anew_by_the_next_start(fresh):
    lock = fresh / "requirements.lock"
    before = lock.read_text()
    pinned = before.partition("\nrich==")[2].partition(" ")[0]
    lock.write_text(before.replace(f"\nrich=={pinned} ", "\nrich==14.0.0 ", 1))  # wrong hashes
    told = run(fresh, "version")
    assert told.returncode != 0
    assert told.stdout == ""
    lock.write_text(before)
    shutil.rmtree(next((fresh / ".venv/lib").glob("python3*")) / "site-packages/rich")
    told = run(fresh, "--help")
    assert "1/3 making .venv" in told.stderr
    assert told.returncode == 0, told.stderr
    assert run(fresh, "version").stderr == ""


def test_the_lock_names_no_host_and_hashes_everything():
    assert ROOT is not None
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert "--index" not in text
    assert "--find" not in text
    entries = text.replace("\\\n", " ").splitlines()
    assert len(entries) > 50
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def test_the_lock_has_what_the_project_asks_for():
    assert ROOT is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    locked = {
        line.partition("==")[0]
        for line in (ROOT / "requirements.lock").read_text().splitlines()
        if not line.startswith(" ")
    }
    for each in wanted:
        name = each.partition("[")[0].partition(">")[0].partition("=")[0]
        assert name in locked
    assert project["build-system"]["requires"][0] in wanted
