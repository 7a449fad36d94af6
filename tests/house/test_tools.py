"""Style and types, by the tools that know them; each tool is first shown something bad."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKED = ("src", "tests", "bench", "examples")


def _run(tool: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    path = Path(sys.executable).with_name(tool)
    return subprocess.run([str(path), *arguments], cwd=cwd, capture_output=True, text=True)


def _folders(root: Path) -> list[str]:
    return [name for name in CHECKED if any((root / name).rglob("*.py"))]


def test_ruff_finds_nothing_to_complain_about(root):
    done = _run("ruff", "check", "--no-cache", "--output-format=concise", *_folders(root), cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_is_formatted(root):
    done = _run("ruff", "format", "--no-cache", "--check", *_folders(root), cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_are_sound(root):
    done = _run("basedpyright", "--warnings", "--level", "warning", cwd=root)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr


def test_ruff_reads_the_rules_of_this_house(root, tmp_path):
    bad = tmp_path / "tea.py"
    bad.write_text("import os\ndef pour( cup ):\n    return cup  \n")
    settings = str(root / "pyproject.toml")
    assert _run("ruff", "check", "--config", settings, str(bad), cwd=tmp_path).returncode == 1
    formatted = _run("ruff", "format", "--check", "--config", settings, str(bad), cwd=tmp_path)
    assert formatted.returncode == 1


def test_the_type_checker_finds_a_wrong_type(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.basedpyright]\ntypeCheckingMode = "standard"\n')
    (tmp_path / "tea.py").write_text('cups: int = "three"\n')
    done = _run("basedpyright", "tea.py", cwd=tmp_path)
    assert done.returncode == 1
    assert "reportAssignmentType" in done.stdout
