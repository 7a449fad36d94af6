"""Forgotten in every file: both clusters, their logs and their write-ahead logs, byte by byte."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sycee.core.parties import forgetting, parties, vault
from sycee.core.parties.keyring import Keyring, Master, SubjectForgotten
from sycee.core.parties.model import Kind, NewParty
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database
from sycee.runtime.migrate import migrate
from sycee.runtime.postgres import Cluster
from sycee.runtime.postgres.binaries import binaries

NAME, EMAIL = "Zenobia Quillfeather", "zenobia.q@tea.example"


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Cluster]]:
    """A main and a keys cluster of their own, as an installation has them."""
    home = tmp_path_factory.mktemp("clusters")
    made = [
        Cluster(home, name, extra={"fsync": "off", "shared_buffers": "16MB"})
        for name in ("main", "keys")
    ]
    try:
        for each in made:
            each.start()
        yield made
    finally:
        for each in made:
            each.remove()


def holds(cluster: Cluster, *needles: bytes) -> list[str]:
    """The files of a cluster, its log with them, in which any of the needles stands."""
    return [
        str(path.relative_to(cluster.folder))
        for path in cluster.folder.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]


def dumped(url: str, path: Path) -> bytes:
    """A dump of a whole database."""
    program = binaries() / "pg_dump"
    subprocess.run([program, "--format=plain", f"--file={path}", url], check=True)
    return path.read_bytes()


def test_no_copy_is_left_and_an_older_backup_brings_nobody_back(clusters, tmp_path):
    main, keys_cluster = clusters
    migrate(main.url, folder="migrations")
    migrate(keys_cluster.url, folder="migrations/keys")
    database, keys = Database(main.url, size=2), Database(keys_cluster.url, size=2)
    keyring = Keyring(keys, Master(b"k" * 32))
    with database.transaction() as tx:
        person = parties.create(tx, NewParty(Kind.PERSON, "Z.")).id
    key, others = keyring.key(person), keyring.ensure(uuid7() for _ in range(50))
    with database.transaction() as tx:
        vault.seal(keyring, tx, person, {"name": NAME, "email": EMAIL})
    assert vault.open_one(database, keyring, None, person, ["name"], "fraud-case") == {"name": NAME}
    with keys.connection() as conn:
        row = conn.execute(
            "SELECT wrapped FROM vault.data_key WHERE subject = %s", (person,)
        ).fetchone()
        conn.execute("CHECKPOINT")
    assert row is not None
    wrapped = bytes(row[0])
    assert holds(keys_cluster, wrapped), "the search does find it while it is there"
    backup = dumped(keys_cluster.url, tmp_path / "keys.sql")
    assert wrapped.hex().encode() in backup

    forgetting.forget(database, keyring, person)
    plain = [NAME.encode(), EMAIL.encode(), key]
    for text in (NAME, EMAIL):
        plain.append(text.encode().hex().encode())
    assert holds(main, *plain) == []
    assert holds(keys_cluster, wrapped, *plain) == []
    dumps = dumped(main.url, tmp_path / "main.sql") + dumped(keys_cluster.url, tmp_path / "k2.sql")
    for needle in (*plain, wrapped, wrapped.hex().encode()):
        assert needle not in dumps

    with keys.connection() as conn:
        conn.execute("DROP SCHEMA vault CASCADE")
    program = binaries() / "psql"
    subprocess.run(
        [program, "--quiet", "--no-psqlrc", f"--file={tmp_path / 'keys.sql'}", keys_cluster.url],
        check=True,
        capture_output=True,
    )
    assert keyring.key(person) == key, "the older backup did bring the key back"
    assert forgetting.reapply_erasures(database, keyring) == 1
    with pytest.raises(SubjectForgotten):
        keyring.key(person)
    assert holds(keys_cluster, wrapped) == []
    assert keyring.find(others) == others, "and the others' keys are whole"
    for each in (database, keys):
        each.close()
