"""Tests are sentences, and each of them can fail."""

from __future__ import annotations

import ast
import re

from tests.conftest import repeated

SENTENCE = re.compile(r"test(_[a-z0-9]+){3,}$")
PROOFS = {"raises", "fail", "snapshot", "run_state_machine_as_test"}
FOLDERS = {"rules", "stories", "simulation", "contract", "browser", "house"}
NO_CLOCK = ("tests/rules/", "tests/simulation/")


def _tests_of(file) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The test functions and methods of a file."""
    return [
        node
        for node in ast.walk(file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    ]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _called(node: ast.AST) -> set[str]:
    """Names of everything called in `node`."""
    return {_name(call.func) for call in ast.walk(node) if isinstance(call, ast.Call)}


def _asserts(node: ast.AST) -> bool:
    """True when `node` holds an assertion that is not a constant."""
    return any(
        isinstance(part, ast.Assert) and not isinstance(part.test, ast.Constant)
        for part in ast.walk(node)
    )


def proving(files) -> set[str]:
    """Names of functions, anywhere in the tests, that assert directly or through another one."""
    bodies: dict[str, list[ast.AST]] = {}
    for file in files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                bodies.setdefault(node.name, []).append(node)
    proven = PROOFS | {name for name, nodes in bodies.items() if any(map(_asserts, nodes))}
    while True:
        more = {
            name
            for name, nodes in bodies.items()
            if name not in proven and any(_called(node) & proven for node in nodes)
        }
        if not more:
            return proven
        proven |= more


def unable_to_fail(file, proven: set[str]) -> list[str]:
    """Tests without an assertion of their own or in anything they call."""
    return [
        f"{file.path}:{node.lineno} {node.name} asserts nothing"
        for node in _tests_of(file)
        if not _asserts(node) and not _called(node) & proven
    ]


def no_sentence(file) -> list[str]:
    """Tests whose name is not a sentence of at least three words."""
    return [
        f"{file.path}:{node.lineno} {node.name} is not a sentence"
        for node in _tests_of(file)
        if not SENTENCE.match(node.name)
    ]


def make_believe(file) -> list[str]:
    """Mocks, expected failures, and tests switched off."""
    found = []
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [getattr(node, "module", "") or "", *(alias.name for alias in node.names)]
            if any("mock" in name.split(".") for name in names):
                found.append(f"{file.path}:{node.lineno} imports a mock")
        elif isinstance(node, ast.Attribute) and node.attr == "xfail":
            found.append(f"{file.path}:{node.lineno} expects to fail")
        elif isinstance(node, ast.Attribute) and (_name(node.value), node.attr) == ("mark", "skip"):
            found.append(f"{file.path}:{node.lineno} is switched off")
    return found


def wall_clock(file) -> list[str]:
    """Readings of the real clock where rules are tested: they take time as an argument."""
    return [
        f"{file.path}:{node.lineno} reads the wall clock"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (_name(node.func.value), node.func.attr)
        in {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    ]


def _tests(python):
    return [file for file in python if file.path.startswith("tests/")]


def test_every_test_can_fail(python):
    tests = _tests(python)
    proven = proving(tests)
    complaints = [bad for file in tests for bad in unable_to_fail(file, proven)]
    assert complaints == [], "\n".join(complaints)


def test_every_test_is_named_by_a_sentence(python):
    complaints = [bad for file in _tests(python) for bad in no_sentence(file)]
    assert complaints == [], "\n".join(complaints)


def test_nothing_is_mocked_skipped_or_expected_to_fail(python):
    complaints = [bad for file in _tests(python) for bad in make_believe(file)]
    assert complaints == [], "\n".join(complaints)


def test_rules_are_tested_without_the_wall_clock(python):
    timeless = [file for file in python if file.path.startswith(NO_CLOCK)]
    complaints = [bad for file in timeless for bad in wall_clock(file)]
    assert complaints == [], "\n".join(complaints)


def test_every_test_stands_in_a_known_folder(python):
    strays = [
        file.path
        for file in _tests(python)
        if file.name.startswith("test_") and file.path.split("/")[1] not in FOLDERS
    ]
    assert strays == []


def test_no_test_that_this_run_holds_shares_its_id_with_another(request):
    assert repeated(item.nodeid for item in request.session.items) == []
    assert repeated(["tea", "cup", "tea"]) == ["tea"]


def test_empty_and_make_believe_tests_are_found(sample):
    empty = sample("def test_the_tea_is_hot():\n    pour()\n")
    assert unable_to_fail(empty, proving([empty])) != []
    constant = sample("def test_the_tea_is_hot():\n    assert True\n")
    assert unable_to_fail(constant, proving([constant])) != []
    indirect = sample("def hot(x):\n    assert x\ndef test_the_tea_is_hot():\n    hot(1)\n")
    assert unable_to_fail(indirect, proving([indirect])) == []
    assert no_sentence(sample("def test_tea(): ...")) != []
    assert no_sentence(sample("def testTea(): ...")) != []
    assert make_believe(sample("from unittest import mo" + "ck")) != []
    assert make_believe(sample("@pytest.mark.xfail\ndef test_a_b_c(): ...")) != []
    assert make_believe(sample("@pytest.mark.skip\ndef test_a_b_c(): ...")) != []
    assert wall_clock(sample("datetime.now(UTC)")) != []
