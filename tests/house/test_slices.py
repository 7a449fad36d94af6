"""Every product has the same rooms, and each room knows only what it may know."""

from __future__ import annotations

import ast
import re

import pytest

SLICE = re.compile(r"src/sycee/(products|oversight)/(\w+)/(model|store|actions|api|jobs)(/|\.py)")
KIT = ("sycee.kit",)
MAY = {
    "model": (*KIT, "sycee.core.ledger.model", "sycee.core.ledger.refusals", "{own}.model"),
    "store": (*KIT, "sycee.runtime.arrays", "sycee.runtime.db", "{own}.model", "{own}.store"),
    "actions": (
        *KIT, "sycee.core", "sycee.runtime.db", "sycee.runtime.jobs",
        "{own}.model", "{own}.store", "{own}.actions",
    ),
    "api": (*KIT, "sycee.core", "sycee.runtime", "{own}"),
    "jobs": (*KIT, "sycee.core", "sycee.runtime", "{own}"),
}  # fmt: skip
NEVER = {
    "model": ("psycopg", "litestar", "httpx2", "structlog", "logging", "os", "time", "threading"),
    "store": ("litestar", "httpx2"),
    "actions": ("litestar", "httpx2", "psycopg"),
    "api": ("psycopg", "{own}.store"),
    "jobs": ("litestar",),
}


def _imports(tree: ast.Module) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return found


def _under(name: str, places: tuple[str, ...], own: str) -> bool:
    homes = [place.format(own=own) for place in places]
    return any(name == home or name.startswith(home + ".") for home in homes)


def strangers(file) -> list[str]:
    """Imports that a file of this kind may not have."""
    match = SLICE.match(file.path)
    if match is None:
        return []
    own, kind = f"sycee.{match[1]}.{match[2]}", match[3]
    return [
        f"{file.path}:{line} imports {name}"
        for line, name in _imports(file.tree)
        if _under(name, NEVER[kind], own)
        or (name.startswith("sycee.") and not _under(name, MAY[kind], own))
    ]


def decisions(file) -> list[str]:
    """Branches in an `api`: what is decided belongs in `model`."""
    match = SLICE.match(file.path)
    if match is None or match[3] != "api":
        return []
    return [
        f"{file.path}:{node.lineno} decides"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.If | ast.Match | ast.While)
    ]


def missing(paths: set[str]) -> list[str]:
    """Products without one of their first four rooms."""
    slices = {match[0] for path in paths if (match := re.match(r"src/sycee/products/\w+/", path))}
    return [
        f"{folder} has no {room}"
        for folder in sorted(slices)
        for room in ("model", "store", "actions", "api")
        if not {f"{folder}{room}.py", f"{folder}{room}/__init__.py"} & paths
    ]


def test_every_room_knows_only_what_it_may(house):
    complaints = [bad for file in house for bad in strangers(file)]
    assert complaints == [], "\n".join(complaints)


def test_an_api_decides_nothing(house):
    complaints = [bad for file in house for bad in decisions(file)]
    assert complaints == [], "\n".join(complaints)


def test_every_product_has_its_rooms(house):
    complaints = missing({file.path for file in house})
    assert complaints == [], "\n".join(complaints)


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("model", "import psycopg"),
        ("model", "from sycee.runtime.db import Tx"),
        ("model", "from sycee.core.parties import parties"),
        ("model/pot", "import time"),
        ("store", "from sycee.core.ledger.post import post"),
        ("store", "from sycee.products.tea.actions import pour"),
        ("actions", "from sycee.products.tea.api import routes"),
        ("actions", "from sycee.runtime.http.caller import Caller"),
        ("api", "from sycee.products.tea import store"),
        ("api", "import psycopg"),
    ],
)
def test_an_import_that_a_room_may_not_have_is_found(sample, room, line):
    assert strangers(sample(line, f"src/sycee/products/tea/{room}.py")) != []


def test_a_deciding_api_and_a_missing_room_are_found(sample):
    api = "src/sycee/products/tea/api.py"
    assert decisions(sample("if cup.empty: refuse()", api)) != []
    assert decisions(sample("def pour(cup): return actions.pour(cup)", api)) == []
    assert missing({"src/sycee/products/tea/model.py"}) != []
    rooms = {f"src/sycee/products/tea/{room}.py" for room in ("model", "store", "actions", "api")}
    assert missing(rooms) == []
    assert strangers(sample("from sycee.kit.money import split_evenly", api)) == []
