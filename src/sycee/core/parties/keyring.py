"""The keyring: one data key a person, wrapped by a master key, in a PostgreSQL cluster of its own.

That cluster's WAL is not archived and its backups are short, so a key that is destroyed stays so. A
key is made and committed here before anything is sealed with it; if the sealing transaction then
fails, an unused key remains, which is harmless. Keys are not remembered between calls: forgetting
works at once in every process.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from uuid import UUID

from psycopg.errors import InsufficientPrivilege

from sycee.core.parties import sealing
from sycee.core.parties.sealing import DataKey
from sycee.kit.errors import Kind, Refusal
from sycee.kit.ids import public
from sycee.runtime.db import NIL, Database, Tx

_INDEX = "blind-index"
_CHUNK = 1_000
_SEGMENT = 1_048_576  # a segment of the key cluster's log, see `initdb`


class MasterKeyWrong(Exception):
    """The master key is malformed, badly kept, or not the one the keys were wrapped with."""


@dataclass(unsafe_hash=True)
class SubjectForgotten(Refusal):
    """What identified this person was erased.

    The person's key is destroyed; no copy of the sealed texts can be opened again, and nothing new
    is sealed for them. This is final.
    """

    code = "vault-subject-forgotten"
    kind = Kind.CONFLICT
    subject: str


@dataclass(unsafe_hash=True)
class KeyMissing(Refusal):
    """There are sealed texts of this person but no key.

    The key cluster is older than the texts, as after restoring an old backup of it. Restore a newer
    one.
    """

    code = "vault-key-missing"
    kind = Kind.CONFLICT
    subject: str


@dataclass(frozen=True, slots=True)
class Master:
    """The key that wraps all others: 32 bytes, kept outside every database."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != sealing.KEY_BYTES:
            raise MasterKeyWrong("the master key must be 32 bytes")

    @property
    def version(self) -> int:
        """31 bits that tell master keys apart and give nothing away (a hash of 256 random bits)."""
        digest = sha256(b"sycee|master|" + self.key).digest()
        return int.from_bytes(digest[:4]) >> 1

    @classmethod
    def parse(cls, text: str) -> Master:
        """From base64, as in `SYCEE_MASTER_KEY`."""
        try:
            return cls(base64.b64decode(text.strip(), validate=True))
        except (binascii.Error, ValueError):
            raise MasterKeyWrong("the master key must be base64 of 32 bytes") from None

    @classmethod
    def read(cls, path: Path) -> Master:
        """From a file that only its owner may read; made (0600) if there is none.

        Raises `MasterKeyWrong` for a file that others may read. Of two processes that make it at
        once, one does and both read that.
        """
        with contextlib.suppress(FileExistsError):
            _create(path)
        mode = path.stat().st_mode
        if mode & 0o077:
            raise MasterKeyWrong(f"{path.name} may be read by others: its mode must be 0600")
        return cls.parse(path.read_text(encoding="ascii"))


def _create(path: Path) -> None:
    """Write a new key beside `path` and link it there, so that nobody sees half a file."""
    if path.exists():
        raise FileExistsError
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(base64.b64encode(sealing.new_key()) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()


class Keys(Protocol):
    """Whatever gives the key to seal with: a `Keyring`, or a `Sealer` made before a transaction."""

    def key(self, subject: UUID) -> DataKey:
        """The subject's key; raises `SubjectForgotten`."""
        ...

    def index_key(self) -> bytes:
        """The key of blind indexes."""
        ...


class Sealer:
    """Keys fetched before a transaction, so that the transaction asks no other server."""

    def __init__(self, keys: Mapping[UUID, DataKey | Refusal], index_key: bytes) -> None:
        self._keys, self._index_key = keys, index_key

    def key(self, subject: UUID) -> DataKey:
        found = self._keys[subject]
        if isinstance(found, Refusal):
            raise found
        return found

    def index_key(self) -> bytes:
        return self._index_key


class Keyring:
    """The key cluster and the master key that opens it."""

    def __init__(self, database: Database, master: Master) -> None:
        self.database = database
        self._master = master
        self._house: dict[str, DataKey] = {}

    def sealer(self, subjects: Iterable[UUID]) -> Sealer:
        """The keys of these subjects, made if there are none: two round trips for any number."""
        return Sealer(self.ensure(subjects), self.index_key())

    def key(self, subject: UUID) -> DataKey:
        """The subject's key, made if there is none; raises `SubjectForgotten`."""
        found = self.ensure([subject])[subject]
        if isinstance(found, Refusal):
            raise found
        return found

    def ensure(self, subjects: Iterable[UUID]) -> dict[UUID, DataKey | Refusal]:
        """Each subject's key, made and committed if there is none, or `SubjectForgotten`."""
        wanted = sorted(set(subjects))
        found = self.find(wanted)
        missing = [id_ for id_ in wanted if isinstance(found[id_], KeyMissing)]
        if not missing:
            return found
        wrapped = [sealing.wrap(self._master.key, sealing.new_key()) for _ in missing]
        with self.database.transaction() as tx:
            _insert(tx, missing, wrapped, self._master.version)
        return self.find(wanted)

    def find(self, subjects: Iterable[UUID]) -> dict[UUID, DataKey | Refusal]:
        """Each subject's key, or `SubjectForgotten` or `KeyMissing` in its place; one query."""
        wanted = list(set(subjects))
        found: dict[UUID, DataKey | Refusal] = {
            id_: KeyMissing(subject=public("par", id_)) for id_ in wanted
        }
        with self.database.read() as tx:
            rows = _select(tx, wanted)
        for id_, wrapped in rows:
            if wrapped is None:
                found[id_] = SubjectForgotten(subject=public("par", id_))
            else:
                found[id_] = self._unwrap(bytes(wrapped))
        return found

    def _unwrap(self, wrapped: bytes) -> DataKey:
        key = sealing.unwrap(self._master.key, wrapped)
        if key is None:
            raise MasterKeyWrong("the key cluster was wrapped with another master key")
        return key

    def demand_fit(self) -> None:
        """Raise `MasterKeyWrong` unless it `fits`: for a start, before anything is done with it."""
        if not self.fits():
            raise MasterKeyWrong("the key cluster was wrapped with another master key")

    def fits(self) -> bool:
        """Whether the keys are wrapped with this master key, as far as there are any yet."""
        with self.database.read() as tx:
            rows = tx.conn.execute("SELECT wrapped FROM vault.house_key").fetchall()
        return all(sealing.unwrap(self._master.key, bytes(row[0])) is not None for row in rows)

    def index_key(self) -> bytes:
        """The key of blind indexes."""
        return self.house_key(_INDEX)

    def house_key(self, name: str) -> DataKey:
        """A key of the house's own by name: made once, then remembered, since it is nobody's."""
        if name not in self._house:
            made = sealing.wrap(self._master.key, sealing.new_key())
            with self.database.transaction() as tx:
                wrapped = _house_key(tx, name, made, self._master.version)
            self._house[name] = self._unwrap(wrapped)
        return self._house[name]

    def destroy(self, subjects: Sequence[UUID]) -> None:
        """Destroy keys for good; a subject that never had one gets a tombstone all the same."""
        with self.database.transaction() as tx:
            _destroy(tx, sorted(set(subjects)), self._master.version)

    def destroyed(self) -> Iterator[list[UUID]]:
        """All tombstones, a thousand at a time."""
        after: UUID | None = None
        while True:
            with self.database.read() as tx:
                chunk = _tombstones(tx, after, _CHUNK)
            if not chunk:
                return
            yield chunk
            after = chunk[-1]

    def scrub(self) -> None:
        """Leave no copy of a destroyed key in the key cluster's files.

        A VACUUM alone leaves the bytes in the gaps of the pages, so the table is written anew. The
        log moves on to a new segment, and a checkpoint lets the older ones go: where the cluster is
        Sycee's own they are deleted. A server that grants no checkpoint takes its own when it does.
        """
        with self.database.connection() as conn:
            conn.execute("VACUUM (FULL) vault.data_key")
            conn.execute(
                "SELECT pg_logical_emit_message(false, 'scrub', repeat(' ', %s))", (2 * _SEGMENT,)
            )
            with contextlib.suppress(InsufficientPrivilege):
                conn.execute("CHECKPOINT")

    def rewrap(self, new: Master) -> int:
        """Wrap every key by another master key, and use that from now on; how many were wrapped.

        One transaction: either all keys are wrapped anew or none is. Keep the old master key until
        the backups that need it are gone.
        """
        count = 0
        with self.database.transaction(timeout_ms=60_000) as tx:
            for id_, wrapped in _wrapped_otherwise(tx, new.version):
                key = self._unwrap(bytes(wrapped))
                _set_wrapped(tx, id_, sealing.wrap(new.key, key), new.version)
                count += 1
            for name, wrapped in _house_keys(tx):
                key = self._unwrap(wrapped)
                _set_house_key(tx, name, sealing.wrap(new.key, key), new.version)
        self._master = new
        return count


def _insert(tx: Tx, subjects: Sequence[UUID], wrapped: Sequence[bytes], version: int) -> None:
    tx.conn.execute(
        """
        INSERT INTO vault.data_key (subject, wrapped, master_version, created_at)
        SELECT subject, wrapped, %s, %s FROM unnest(%s::uuid[], %s::bytea[]) AS k (subject, wrapped)
        ON CONFLICT (subject) DO NOTHING
        """,
        (version, tx.now, list(subjects), list(wrapped)),
    )


def _select(tx: Tx, subjects: Sequence[UUID]) -> list[tuple[UUID, bytes | None]]:
    return tx.conn.execute(
        "SELECT subject, wrapped FROM vault.data_key WHERE subject = ANY(%s)", (list(subjects),)
    ).fetchall()


def _destroy(tx: Tx, subjects: Sequence[UUID], version: int) -> None:
    tx.conn.execute(
        """
        INSERT INTO vault.data_key (subject, wrapped, master_version, created_at, destroyed_at)
        SELECT subject, NULL, %(version)s, %(now)s, %(now)s
        FROM unnest(%(subjects)s::uuid[]) AS k (subject)
        ON CONFLICT (subject) DO UPDATE SET wrapped = NULL, destroyed_at = EXCLUDED.destroyed_at
        WHERE data_key.destroyed_at IS NULL
        """,
        {"version": version, "now": tx.now, "subjects": list(subjects)},
    )


def _tombstones(tx: Tx, after: UUID | None, limit: int) -> list[UUID]:
    rows = tx.conn.execute(
        """
        SELECT subject FROM vault.data_key
        WHERE destroyed_at IS NOT NULL AND subject > %(after)s
        ORDER BY subject LIMIT %(limit)s
        """,
        {"after": after or NIL, "limit": limit},
    ).fetchall()
    return [row[0] for row in rows]


def _house_key(tx: Tx, name: str, wrapped: bytes, version: int) -> bytes:
    tx.conn.execute(
        """
        INSERT INTO vault.house_key (name, wrapped, master_version, created_at)
        VALUES (%s, %s, %s, %s) ON CONFLICT (name) DO NOTHING
        """,
        (name, wrapped, version, tx.now),
    )
    row = tx.conn.execute("SELECT wrapped FROM vault.house_key WHERE name = %s", (name,)).fetchone()
    assert row is not None, "it was inserted, here or by another"
    return bytes(row[0])


def _house_keys(tx: Tx) -> list[tuple[str, bytes]]:
    rows = tx.conn.execute("SELECT name, wrapped FROM vault.house_key FOR UPDATE").fetchall()
    return [(name, bytes(wrapped)) for name, wrapped in rows]


def _wrapped_otherwise(tx: Tx, version: int) -> list[tuple[UUID, bytes]]:
    return tx.conn.execute(
        """
        SELECT subject, wrapped FROM vault.data_key
        WHERE wrapped IS NOT NULL AND master_version <> %s
        FOR UPDATE
        """,
        (version,),
    ).fetchall()


def _set_wrapped(tx: Tx, subject: UUID, wrapped: bytes, version: int) -> None:
    tx.conn.execute(
        "UPDATE vault.data_key SET wrapped = %s, master_version = %s WHERE subject = %s",
        (wrapped, version, subject),
    )


def _set_house_key(tx: Tx, name: str, wrapped: bytes, version: int) -> None:
    tx.conn.execute(
        "UPDATE vault.house_key SET wrapped = %s, master_version = %s WHERE name = %s",
        (wrapped, version, name),
    )
