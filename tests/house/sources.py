"""The files of the project, as the house checks see them."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT: Path = Path(__file__).resolve().parents[2]
"""The folder that holds `pyproject.toml`."""
_SKIPPED = {".git", ".venv", ".sycee", "node_modules", "__pycache__", "dist", "build"}
_TEXT = {".py", ".sql", ".md", ".toml", ".sh", ".ts", ".js", ".svelte", ".css", ".html"}
_TEXT |= {".json", ".yml", ".yaml", ".svg", ".txt", ".lock", ".cfg", ".ini", ""}


@dataclass(frozen=True)
class Source:
    """One file of the project: its path from the root, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed module (Python files only)."""
        return ast.parse(self.text, filename=self.path)

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return self.path.rpartition("/")[2]

    @property
    def module(self) -> str:
        """The dotted name: `src/sycee/kit/money.py` → `sycee.kit.money`."""
        path = self.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__")
        return path.replace("/", ".")


def _paths() -> Iterator[Path]:
    """Every file that git would track; without git, every file outside the build folders."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        if listed.returncode == 0:
            for name in listed.stdout.decode().split("\0"):
                path = ROOT / name
                if name and path.is_file() and not _SKIPPED.intersection(Path(name).parts):
                    yield path
            return
    for path in ROOT.rglob("*"):
        if path.is_file() and not _SKIPPED.intersection(path.relative_to(ROOT).parts):
            yield path


def read() -> list[Source]:
    """Every text file of the project, by path."""
    found = []
    for path in sorted(set(_paths())):
        if path.suffix in _TEXT:
            text = path.read_bytes().decode("utf-8", errors="replace")
            found.append(Source(path.relative_to(ROOT).as_posix(), text))
    return found
