"""Who PostgreSQL runs as, and which folders that account can reach.

PostgreSQL refuses to run as root. Started by root it runs as the owner of its data, or as `nobody`
when there is none yet; started by anyone else it runs as that user.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sycee.runtime.postgres.binaries import PostgresError

SOCKET_LIMIT = 107
"""The longest path of a Unix socket on Linux (sockaddr_un holds 108 bytes with the last zero)."""

_OUTSIDE = Path("/var/lib")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the machine; `switch` says whether a child must change to it."""

    uid: int
    gid: int
    switch: bool

    def popen(self) -> dict[str, object]:
        """Arguments that make `subprocess.Popen` start a child as this account."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def folder(self, path: Path) -> Path:
        """`path` as a folder that only this account (and root) can enter."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        self.own(path)
        return path

    def let_in(self, folder: Path, top: Path) -> Path:
        """`folder` below `top`, made if need be, which this account may pass under any umask."""
        folder.mkdir(parents=True, exist_ok=True)
        for each in (folder, *folder.parents):
            if each == top or not self.switch:
                break
            mode = each.stat().st_mode
            if not mode & stat.S_IXOTH:
                each.chmod(stat.S_IMODE(mode) | stat.S_IXGRP | stat.S_IXOTH)
        return folder

    def reaches(self, folder: Path) -> bool:
        """Whether this account may pass every folder down to `folder`."""
        return not self.switch or all(
            _passes(self, ancestor.stat()) for ancestor in (folder, *folder.parents)
        )


def _passes(account: Account, found: os.stat_result) -> bool:
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def current(data: Path) -> Account:
    """The account that the cluster with this data folder runs as."""
    uid = os.geteuid()
    if uid != 0:
        try:
            foreign = data.exists() and data.stat().st_uid != uid
        except PermissionError:
            foreign = True
        if foreign:
            raise PostgresError(
                f"{data} belongs to another user; start Sycee as that user or as root, or choose"
                " another folder with SYCEE_HOME"
            )
        return Account(uid, os.getegid(), switch=False)
    if data.exists() and data.stat().st_uid != 0:
        found = data.stat()
        return Account(found.st_uid, found.st_gid, switch=True)
    return nobody()


def nobody() -> Account:
    """The account without rights; it must have an entry in the password file (initdb asks)."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise PostgresError(
            "PostgreSQL does not run as root, and there is no user `nobody` to run it as; start"
            " Sycee as an ordinary user"
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def settle(home: Path, *, make: bool = False) -> Path:
    """The folder below which the clusters of `home` live, the same at every start.

    It is `home` itself, unless root starts Sycee where `nobody` cannot reach (such as below /root):
    then a folder under /var/lib named after `home`. With `make` the folder is made and the choice
    kept in `home`/place; without, nothing is touched.
    """
    if make:
        home.mkdir(parents=True, exist_ok=True)
    record = home / "place"
    if not record.is_file():
        standing = next(folder for folder in (home, *home.parents) if folder.is_dir())
        if os.geteuid() != 0 or nobody().reaches(standing):
            return home
        if not make:
            return _outside(home)
        _choose(home, record)
    place = Path(record.read_text(encoding="utf-8").strip())
    if make and os.geteuid() == 0:
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o755)
    return place


def _outside(home: Path) -> Path:
    """A folder under /var/lib for a home that keeps no choice yet.

    What a home that was deleted left there cannot be opened, as its passwords went with it. It is
    somebody's money all the same: it stays, and the new home gets the next free name.
    """
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    ours = any(home.glob("*.pgpass"))
    names = (f"sycee-{digest}{f'-{number}' * (number > 1)}" for number in itertools.count(1))
    places = (_OUTSIDE / name for name in names)
    return next(place for place in places if ours or not any(place.glob("postgres/*/data")))


def _choose(home: Path, record: Path) -> None:
    """Write the choice down, unless another start was quicker: then its choice stands."""
    held = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not record.is_file():
            part = record.with_name("place.part")
            part.write_text(f"{_outside(home)}\n", encoding="utf-8")
            part.replace(record)
    finally:
        os.close(held)


def socket_folder(account: Account, folder: Path, port: int) -> Path:
    """A folder for the socket: in `folder`, or a private one in a short place if that will not do.

    A path can be too long for a socket, and libpq takes a comma for the end of one.
    A private one is checked to be ours, as anyone can make a folder in the place for temporary
    files.
    """
    near = folder / "socket"
    if len(os.fsencode(near / f".s.PGSQL.{port}")) <= SOCKET_LIMIT and "," not in str(near):
        return account.folder(near)
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"sycee-{account.uid}-{digest}"
    if len(os.fsencode(short / f".s.PGSQL.{port}")) > SOCKET_LIMIT:
        short = Path("/tmp") / short.name
    try:
        short.mkdir(mode=0o700)
        account.own(short)
    except FileExistsError:
        pass
    found = short.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (account.uid, os.geteuid()):
        raise PostgresError(f"{short} is in the way: it is not a folder of ours")
    return account.folder(short)
