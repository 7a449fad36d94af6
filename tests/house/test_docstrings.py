"""Every package opens with one sentence; everything public says what it is."""

from __future__ import annotations

import ast
import re

SLICE = re.compile(r"src/sycee/(products|oversight|core)/\w+/__init__\.py")


def opening(file) -> list[str]:
    """A complaint unless the package's `__init__` opens with one sentence."""
    text = ast.get_docstring(file.tree)
    if not text:
        return [f"{file.path} has no opening sentence"]
    first = " ".join(text.split("\n\n")[0].split())
    if not first.endswith(".") or ". " in first:
        return [f"{file.path} opens with {first!r}, which is not one sentence"]
    return []


def only_a_docstring(file) -> list[str]:
    """A complaint when a slice's `__init__` holds more than its sentence and drawing."""
    rest = [node for node in file.tree.body if not _is_text(node)]
    return [f"{file.path}:{node.lineno} holds code" for node in rest]


def undocumented(file) -> list[str]:
    """Public modules, classes and functions without a docstring."""
    found = [] if ast.get_docstring(file.tree) else [f"{file.path} has no docstring"]
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in file.tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            overloaded = any(_called(deco) == "overload" for deco in node.decorator_list)
            if not overloaded and not ast.get_docstring(node):
                found.append(f"{file.path}:{node.lineno} {node.name} has no docstring")
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _called(node: ast.expr) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _packages(house):
    return [file for file in house if file.name == "__init__.py"]


def test_every_package_opens_with_one_sentence(house):
    complaints = [bad for file in _packages(house) for bad in opening(file)]
    assert complaints == [], "\n".join(complaints)


def test_the_opening_of_a_slice_holds_nothing_but_text(house):
    slices = [file for file in _packages(house) if SLICE.fullmatch(file.path)]
    complaints = [bad for file in slices for bad in only_a_docstring(file)]
    assert complaints == [], "\n".join(complaints)


def test_everything_public_has_a_docstring(house):
    complaints = [bad for file in house for bad in undocumented(file)]
    assert complaints == [], "\n".join(complaints)


def test_every_package_folder_has_an_opening(house):
    folders = {file.path.rpartition("/")[0] for file in house}
    opened = {file.path.rpartition("/")[0] for file in _packages(house)}
    assert sorted(folders - opened) == []


def test_missing_sentences_are_found(sample):
    assert opening(sample("")) != []
    assert opening(sample('"""Tea"""')) != []
    assert opening(sample('"""Tea is poured. Then drunk."""')) != []
    assert opening(sample('"""Tea is poured.\n\nA drawing. With dots."""')) == []
    assert only_a_docstring(sample('"""Tea."""\nimport os')) != []
    assert undocumented(sample('"""Tea."""\ndef pour(): ...')) != []
    assert undocumented(sample('"""Tea."""\nclass Pot: ...')) != []
    assert undocumented(sample('"""Tea."""\ndef _pour(): ...')) == []
    assert undocumented(sample("x = 1")) != []
