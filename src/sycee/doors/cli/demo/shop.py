"""The shop's side: the public SDK in an environment of its own, unmodified but for the address."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sycee.runtime.settings import SettingsError, repository


class Shop:
    """A process that runs the SDK: one call a line in, one answer a line out."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def say(self, what: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """Call one of the SDK's methods; its answer, whose `code` must be 10000."""
        self.say([method, given])
        assert self._process.stdout is not None
        answer = json.loads(self._process.stdout.readline())
        result = answer.get("result")
        if not isinstance(result, dict) or result.get("code") != "10000":
            raise SettingsError(f"the shop's client was refused: {json.dumps(answer)}")
        return result


@contextlib.contextmanager
def opened(home: Path, keys: dict[str, str]) -> Iterator[Shop]:
    """The shop's client, connected with `keys`."""
    root = repository()
    if root is None:
        raise SettingsError("the demo is in the source tree; run this from a checkout")
    source = root / "examples" / "alipay-shop"
    python = _environment(home / "sdk", source / "requirements.lock")
    process = subprocess.Popen(
        [str(python), "-P", str(source / "client.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        shop = Shop(process)
        shop.say(keys)
        yield shop
    finally:
        process.communicate(timeout=20)


def _environment(folder: Path, lock: Path) -> Path:
    """The virtual environment of a lock, made once: the SDK wants the package name `alipay`."""
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    made = folder / f"alipay-shop-{digest}"
    python = made / "bin" / "python"
    if not (made / "ready").exists():
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        uv = [sys.executable, "-m", "uv"]
        _run([*uv, "venv", "--quiet", "--python", sys.executable, str(made)])
        _run(
            [*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(lock)]
        )
        (made / "ready").touch()
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SettingsError(f"the shop's environment could not be made: {done.stderr.strip()}")
