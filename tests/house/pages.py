"""Pages of documentation: their fenced blocks, and a reader who carries the blocks out."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FENCE = re.compile(r"^( *)(```+|~~~+)([^\n]*)\n(.*?)^\1\2 *$", re.M | re.S)
BLOCK_SECONDS = 120

_CHILD = """
import contextlib, io, json, os, sys, traceback
names = {"__name__": "__main__"}
for line in sys.stdin:
    order = json.loads(line)
    os.environ.clear()
    os.environ.update(order["env"])
    out, ok = io.StringIO(), True
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(order["code"], order["where"], "exec"), names)
        except BaseException:
            ok = False
            traceback.print_exc(file=out)
    print(json.dumps({"ok": ok, "out": out.getvalue()}), flush=True)
"""


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language, its mark, and its text."""

    path: str
    line: int
    language: str
    mark: str
    rest: str
    text: str

    @property
    def place(self) -> str:
        """`path:line`, for complaints."""
        return f"{self.path}:{self.line}"


def blocks(file: Any) -> list[Block]:
    """Every fenced block of a page, in order."""
    found = []
    for match in FENCE.finditer(file.text):
        language, mark, rest = [*match[3].split(maxsplit=2), "", "", ""][:3]
        line = file.text.count("\n", 0, match.start()) + 1
        text = re.sub(rf"^{match[1]}", "", match[4], flags=re.M)
        found.append(Block(file.path, line, language, mark, rest, text))
    return found


def matches(expected: str, printed: str) -> bool:
    """True when `printed` is what the page shows; `…` there stands for any text."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, printed.strip(), re.S) is not None


class Reader:
    """Somebody who follows one page from top to bottom, in one shell and one Python.

    `folder` is where the commands run; `env` what the shell starts with. What a block exports the
    next one sees, Python blocks included; names that a Python block defines stay defined.
    """

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = dict(env)
        self._python: subprocess.Popen[str] | None = None

    def follow(self, block: Block) -> str:
        """Carry out one block and return what it printed; raises AssertionError when it fails."""
        ok, printed = (self._shell if block.language == "sh" else self._exec)(block)
        assert ok, f"{block.place} failed:\n{block.text}\n--- printed\n{printed}"
        return printed

    def close(self) -> None:
        """End the Python that the page used."""
        if self._python is not None:
            self._python.kill()
            self._python.communicate()

    def _shell(self, block: Block) -> tuple[bool, str]:
        after = self.folder / ".env-after"
        done = subprocess.run(
            ["sh", "-euc", f"{block.text}\nenv -0 > '{after}'"],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=BLOCK_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            return False, done.stdout + done.stderr
        pairs = [line.partition("=") for line in after.read_text().split("\0") if line]
        self.env = {name: value for name, _, value in pairs}
        return True, done.stdout

    def _exec(self, block: Block) -> tuple[bool, str]:
        if self._python is None:
            self._python = subprocess.Popen(
                [sys.executable, "-c", _CHILD],
                cwd=self.folder,
                env=dict(os.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._python.stdin is not None
        assert self._python.stdout is not None
        order = {"code": block.text, "where": block.place, "env": self.env}
        self._python.stdin.write(json.dumps(order) + "\n")
        self._python.stdin.flush()
        answer = json.loads(self._python.stdout.readline() or '{"ok": false, "out": "it died"}')
        return answer["ok"], answer["out"]


def follow(page: list[Block], reader: Reader) -> list[str]:
    """Carry out every `run` block of a page; complaints about output that is not as shown."""
    printed, wrong = "", []
    for block in page:
        if block.mark == "run":
            printed = reader.follow(block)
        elif block.mark == "output" and not matches(block.text, printed):
            wrong.append(f"{block.place} shows\n{block.text}\nbut it was\n{printed}")
    return wrong
