"""Imports run down only, products never meet, and nothing is smuggled in for the type checker."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from pathlib import Path

import pytest

LEVEL = {"doors": 5, "products": 4, "oversight": 4, "core": 3, "runtime": 2, "kit": 1}
CORE = {"ledger": 0, "journal": 0, "policy": 1, "parties": 2, "tender": 3}
NETWORK = {"httpx", "requests", "urllib3", "aiohttp", "socket", "http.client", "urllib.request"}
NETWORK |= {"smtplib", "ftplib", "websockets"}
CALLERS = ("src/sycee/core/journal/webhooks/",)  # run by jobs, outside any transaction
RULES = ("core", "products", "oversight", "kit")


def imported(file) -> list[tuple[int, str]]:
    """(line, dotted module) of every import in the file, wherever it stands."""
    found = []
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.path}:{node.lineno} uses a relative import"
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def _reason(here: list[str], there: list[str]) -> str | None:
    """Why `here` may not import `there`, or None; both are dotted names cut in parts."""
    if len(here) < 2 or len(there) < 2 or {here[1], there[1]} - LEVEL.keys():
        return None
    if LEVEL[here[1]] < LEVEL[there[1]]:
        return "imports upwards"
    if LEVEL[here[1]] == LEVEL[there[1]] == 4 and here[1:3] != there[1:3]:
        return "reaches into a neighbour"
    if here[1] == there[1] == "core" and len(here) > 2 and len(there) > 2 and here[2] != there[2]:
        pure = there[2:4] == ["ledger", "model"] and here[2] != "journal"
        if not pure and CORE.get(here[2], 9) <= CORE.get(there[2], 9):
            return "breaks the order of core"
    return None


def wrong_ways(file) -> list[str]:
    """Imports that go up, sideways between slices, or against the order inside core."""
    here = file.module.split(".")
    return [
        f"{file.path}:{line} {reason}: {name}"
        for line, name in imported(file)
        if name.startswith("sycee.") and (reason := _reason(here, name.split(".")))
    ]


def smuggled(file) -> list[str]:
    """Uses of the flag that is true for the type checker only."""
    flag = "TYPE_" + "CHECKING"
    return [
        f"{file.path}:{node.lineno} escapes by {flag}"
        for node in ast.walk(file.tree)
        if (isinstance(node, ast.Name) and node.id == flag)
        or (isinstance(node, ast.Attribute) and node.attr == flag)
    ]


def calls_out(file) -> list[str]:
    """Network clients where rules live: an outside effect is a job, not a call."""
    parts = file.path.split("/")
    if len(parts) < 4 or parts[2] not in RULES or file.path.startswith(CALLERS):
        return []
    return [
        f"{file.path}:{line} imports {name}"
        for line, name in imported(file)
        if any(name == client or name.startswith(client + ".") for client in NETWORK)
    ]


def foreign_to_kit(file) -> list[str]:
    """Imports of the kit from anywhere but the standard library and the kit itself."""
    if not file.path.startswith("src/sycee/kit/"):
        return []
    allowed = sys.stdlib_module_names | {"sycee"}
    return [
        f"{file.path}:{line} imports {name}"
        for line, name in imported(file)
        if name.split(".")[0] not in allowed
    ]


def _lint_imports(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(tool), "--no-cache", *arguments], cwd=folder, capture_output=True, text=True
    )


def test_imports_run_down_only(house):
    complaints = [bad for file in house for bad in wrong_ways(file)]
    assert complaints == [], "\n".join(complaints)


def test_nothing_is_imported_for_the_type_checker_alone(house):
    complaints = [bad for file in house for bad in smuggled(file)]
    assert complaints == [], "\n".join(complaints)


def test_rules_do_not_call_the_network(house):
    complaints = [bad for file in house for bad in calls_out(file)]
    assert complaints == [], "\n".join(complaints)


def test_the_kit_needs_only_the_standard_library(house):
    complaints = [bad for file in house for bad in foreign_to_kit(file)]
    assert complaints == [], "\n".join(complaints)


def test_the_import_contracts_hold(root):
    done = _lint_imports(root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_import_linter_finds_an_import_that_goes_up(tmp_path, monkeypatch):
    package = tmp_path / "teahouse"
    for name in ("kit", "doors"):
        (package / name).mkdir(parents=True)
        (package / name / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "kit" / "leaf.py").write_text("import teahouse.doors\n")
    settings = configparser.ConfigParser()
    settings["importlinter"] = {"root_package": "teahouse"}
    settings["importlinter:contract:levels"] = {
        "name": "down only", "type": "layers", "layers": "\nteahouse.doors\nteahouse.kit",
    }  # fmt: skip
    with (tmp_path / ".importlinter").open("w") as file:
        settings.write(file)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = _lint_imports(tmp_path)
    assert done.returncode == 1
    assert "teahouse.kit.leaf" in done.stdout


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("src/sycee/kit/money.py", "import sycee.runtime.db"),
        ("src/sycee/runtime/db.py", "from sycee.core.ledger import post"),
        ("src/sycee/core/ledger/post.py", "from sycee.products.escrow import actions"),
        ("src/sycee/products/escrow/actions.py", "from sycee.products.wallet import actions"),
        ("src/sycee/oversight/regulator/actions.py", "from sycee.oversight.transparency import x"),
        ("src/sycee/products/escrow/api.py", "from sycee.doors.http import app"),
        ("src/sycee/core/journal/append.py", "from sycee.core.ledger import model"),
        ("src/sycee/core/ledger/post.py", "from sycee.core.parties import accounts"),
    ],
)
def test_imports_in_the_wrong_direction_are_found(sample, path, line):
    assert wrong_ways(sample(line, path)) != []


def test_escapes_and_network_clients_are_found(sample):
    assert smuggled(sample("from typing import TYPE_" + "CHECKING\nif TYPE_CHECKING: ...")) != []
    assert calls_out(sample("import httpx")) != []
    assert calls_out(sample("from urllib.request import urlopen")) != []
    assert calls_out(sample("import httpx", "src/sycee/doors/alipay/notify.py")) == []
    assert foreign_to_kit(sample("import msgspec", "src/sycee/kit/money.py")) != []
    assert wrong_ways(sample("from sycee.core.ledger import model")) == []
