"""Nothing is too long to read: functions, files and lines."""

from __future__ import annotations

import ast
import re

FUNCTION_LINES = 60
FILE_LINES = 400
LINE_CHARACTERS = 100
CODE = (".py", ".sql", ".sh", ".ts", ".js", ".svelte", ".css")
GENERATED = ("web/shared/api/schema.d.ts",)
WORDS = re.compile(r"web/.*/(texts|words)/[a-z]{2}\.ts")
"""The web app's sentences in each language: prose, which no formatter breaks."""


def long_functions(file) -> list[str]:
    """Functions of more than 60 lines, docstring included, decorators not."""
    return [
        f"{file.path}:{node.lineno} {node.name} has {size} lines"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (size := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]


def long_file(file) -> list[str]:
    """A complaint when the file has more than 400 lines."""
    size = len(file.text.splitlines())
    return [f"{file.path} has {size} lines"] if size > FILE_LINES else []


def long_lines(file) -> list[str]:
    """Lines of more than 100 characters."""
    return [
        f"{file.path}:{number} has {len(line)} characters"
        for number, line in enumerate(file.text.splitlines(), 1)
        if len(line) > LINE_CHARACTERS
    ]


def _code(files):
    return [
        file
        for file in files
        if (file.path.endswith(CODE) or file.path == "sycee")
        and file.path not in GENERATED
        and not WORDS.fullmatch(file.path)
    ]


def test_no_function_is_longer_than_sixty_lines(python):
    complaints = [bad for file in python for bad in long_functions(file)]
    assert complaints == [], "\n".join(complaints)


def test_no_file_is_longer_than_four_hundred_lines(files):
    complaints = [bad for file in _code(files) for bad in long_file(file)]
    assert complaints == [], "\n".join(complaints)


def test_no_line_is_longer_than_a_hundred_characters(files):
    complaints = [bad for file in _code(files) for bad in long_lines(file)]
    assert complaints == [], "\n".join(complaints)


def test_a_long_function_a_long_file_and_a_long_line_are_found(sample):
    body = "\n".join("    x = 1" for _ in range(60))
    assert long_functions(sample(f"def walk():\n{body}\n")) != []
    assert long_functions(sample(f"async def walk():\n{body}\n")) != []
    assert long_functions(sample("def walk():\n" + body.replace("    x = 1\n", "", 1))) == []
    assert long_file(sample("x = 1\n" * 401)) != []
    assert long_file(sample("x = 1\n" * 400)) == []
    assert long_lines(sample("#" * 101)) != []
    assert long_lines(sample("#" * 100)) == []
