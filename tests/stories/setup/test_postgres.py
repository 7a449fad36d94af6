"""The supervisor of PostgreSQL, on real clusters: made, started, adopted, killed, stopped."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from sycee.runtime.postgres import Cluster, PostgresError, watch
from sycee.runtime.postgres.binaries import binaries, copied, major
from sycee.runtime.postgres.configuration import ADMIN, OWNER

pytestmark = pytest.mark.postgres


def one(url: str, query: str):
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(statement.encode())


def test_a_started_cluster_answers_on_its_socket_only(cluster):
    assert one(cluster.url, "SELECT current_user") == OWNER
    assert one(cluster.url, "SHOW listen_addresses") == ""
    assert one(cluster.url, "SELECT inet_server_addr() IS NULL")


def test_the_owner_is_no_superuser_and_may_make_databases(cluster):
    rights = "SELECT rolsuper::text || ' ' || rolcreatedb FROM pg_roles WHERE rolname = 'sycee'"
    assert one(cluster.url, rights) == "false true"


def test_the_url_holds_no_password_and_the_file_is_private(cluster):
    rows = cluster.passwords.read_text().splitlines()
    assert len(rows) == 2
    assert all(row.rsplit(":", 1)[1] not in cluster.url for row in rows)
    assert cluster.passwords.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("role", [ADMIN, OWNER, "root", "nobody"])
def test_nobody_enters_without_the_password(cluster, role):
    url = cluster.url.replace(f"//{OWNER}@", f"//{role}@").partition("&passfile=")[0]
    with pytest.raises(psycopg.OperationalError, match=r"password|pg_hba"):
        psycopg.connect(f"{url}&passfile=/dev/null")
    with pytest.raises(psycopg.OperationalError, match=r"password|pg_hba"):
        psycopg.connect(f"{url}&passfile=/dev/null&password=postgres")


def test_main_is_durable_and_keys_is_small_and_forgetful(make):
    main, keys = make(fsync="on"), make("keys")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Cluster.start, (main, keys)))
    assert one(main.url, "SHOW fsync") == "on"
    assert one(main.url, "SHOW synchronous_commit") == "on"
    assert one(main.url, "SHOW max_wal_size") == "4GB"
    assert one(main.url, "SHOW data_checksums") == "on"
    assert one(keys.url, "SHOW archive_mode") == "off"
    assert one(keys.url, "SHOW wal_segment_size") == "1MB"
    identity = "SELECT system_identifier FROM pg_control_system()"
    assert one(main.url, identity) != one(keys.url, identity)


def test_the_log_names_no_value(cluster):
    run(cluster.url, "CREATE TABLE t (phone text PRIMARY KEY)")
    for _ in range(2):
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            try:
                conn.execute("INSERT INTO t VALUES (%s)", ("13800138000",))
            except psycopg.errors.UniqueViolation:
                break
    else:
        pytest.fail("the second row was not refused")
    log = cluster.log.read_text()
    assert "duplicate key" in log
    assert "13800138000" not in log


def test_data_outlive_a_stop(cluster):
    run(cluster.url, "CREATE TABLE t AS SELECT 7 AS n")
    cluster.stop()
    assert not cluster.running()
    assert one(cluster.start(), "SELECT n FROM t") == 7


def test_stopping_twice_and_starting_twice_change_nothing(cluster):
    pid = cluster.pid
    cluster.start()
    assert cluster.pid == pid
    cluster.stop()
    cluster.stop()
    assert cluster.pid is None


def test_a_start_adopts_the_postmaster_that_a_killed_one_left(cluster, make):
    later = make()
    later.start()
    assert later.pid == cluster.pid
    later.stop()
    assert not cluster.running()


def test_a_start_with_other_settings_restarts_it(cluster, make):
    pid = cluster.pid
    later = make(max_connections="33")
    assert one(later.start(), "SHOW max_connections") == "33"
    assert later.pid != pid


def test_what_was_committed_outlives_an_immediate_stop(cluster):
    run(cluster.url, "CREATE TABLE t (n int)")
    run(cluster.url, "INSERT INTO t SELECT generate_series(1, 1000)")
    cluster.stop(immediate=True)
    assert not cluster.running()
    assert one(cluster.start(), "SELECT count(*) FROM t") == 1000


def test_a_start_recovers_from_a_killed_postmaster_whose_children_live(cluster):
    with psycopg.connect(cluster.url, autocommit=True) as conn:
        conn.execute("CREATE TABLE t AS SELECT 7 AS n")
        assert cluster.pid is not None
        os.kill(cluster.pid, signal.SIGKILL)
        assert one(cluster.start(), "SELECT n FROM t") == 7


def test_who_watches_stops_at_once_though_a_cluster_is_long_in_recovery(make, monkeypatch):
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.02)
    cluster = make(hot_standby="off")
    cluster.start()
    cluster.stop(immediate=True)
    standby, owner = cluster.data / "standby.signal", cluster.data.stat()
    standby.touch()  # it recovers until somebody promotes it
    os.chown(standby, owner.st_uid, owner.st_gid)
    with watch.watching([cluster]):
        until = time.monotonic() + 10
        while not cluster.running():
            assert time.monotonic() < until
            time.sleep(0.01)
        asked = time.monotonic()
    cluster.stop()
    assert time.monotonic() - asked < 5
    assert not cluster.running()
    standby.unlink()
    assert one(cluster.start(), "SELECT 1") == 1


def test_a_start_sees_through_a_number_that_another_program_took(cluster):
    cluster.stop()
    stale = cluster.data / "postmaster.pid"
    owner = cluster.data.stat()
    # A sleeper of the same user under the number in the file, as after a restart of the machine.
    switch = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], **switch) as sleeper:
        stale.write_text(f"{sleeper.pid}\n{cluster.data}\n1\n5432\n/tmp\n\n  1 1\nready   \n")
        assert not cluster.running()
        cluster.start()
        assert cluster.pid not in (None, sleeper.pid)
        assert sleeper.poll() is None
        sleeper.kill()


def test_a_start_recovers_from_a_killed_initdb(make):
    cluster = make()
    part = cluster.folder / "data.part"
    part.mkdir(parents=True)
    (part / "PG_VERSION").write_text("18\n")
    assert one(cluster.start(), "SELECT 1") == 1
    assert not part.exists()


def test_of_many_starts_at_once_one_starts_and_all_succeed(make):
    clusters = [make() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        urls = set(pool.map(Cluster.start, clusters))
    assert len(urls) == 1
    assert len({cluster.pid for cluster in clusters}) == 1
    assert one(urls.pop(), "SELECT 1") == 1


@pytest.mark.parametrize("name", ["long" * 30, "one, two: 'three'"])
def test_a_path_that_a_socket_cannot_have_is_no_obstacle(make, tmp_path, name):
    home = tmp_path / name / "home"
    cluster = make(home=home)
    assert one(cluster.start(), "SELECT 1") == 1


def test_data_of_another_version_are_named_and_left_alone(cluster):
    cluster.stop()
    version = cluster.data / "PG_VERSION"
    before = version.read_text()
    version.write_text("14\n")
    with pytest.raises(PostgresError, match="made by PostgreSQL 14"):
        cluster.start()
    version.write_text(before)


def test_a_start_that_cannot_succeed_says_why(make):
    cluster = make(shared_buffers="lots")
    with pytest.raises(PostgresError, match="shared_buffers"):
        cluster.start()
    assert not cluster.running()


def test_a_cluster_that_cannot_be_made_says_why(make):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, before[1]))  # less than the log's file
    try:
        with pytest.raises(PostgresError, match=r"could not write to file .* File too large"):
            make().start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_folder_without_programs_is_refused(tmp_path):
    with pytest.raises(PostgresError, match="does not run"):
        Cluster(tmp_path, "main", bin_dir=tmp_path / "bin").start()


def test_a_removed_cluster_leaves_nothing(make, tmp_path):
    cluster = make()
    cluster.start()
    outside = cluster.folder
    cluster.remove()
    assert not outside.exists()
    assert not cluster.passwords.exists()
    assert not cluster.running()


def test_a_copy_of_the_programs_runs_by_itself(tmp_path, bin_dir):
    place, programs = tmp_path / "programs", binaries(bin_dir)
    with ThreadPoolExecutor(2) as pool:  # two clusters start at once
        kept, again = pool.map(lambda _: copied(programs, place), range(2))
    assert kept == again
    assert len(list(place.iterdir())) == 1
    assert major(kept) == major(binaries(bin_dir))
    answer = subprocess.run([kept / "psql", "--version"], capture_output=True, text=True)
    assert "PostgreSQL" in answer.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change to another user")
def test_root_runs_it_as_nobody_where_nobody_can_reach_under_any_umask(make):
    home = Path(f"/root/sycee-test-{os.getpid()}")
    cluster = make(home=home)
    before = os.umask(0o077)
    try:
        assert one(cluster.start(), "SELECT 1") == 1
        assert Path(f"/proc/{cluster.pid}").stat().st_uid == 65534
        assert not cluster.folder.is_relative_to(home)
        place = cluster.folder.parent.parent
        cluster.stop()
        shutil.rmtree(home)  # deleted by hand: its data stay, and nobody can open them
        again = make(home=home)
        assert one(again.start(), "SELECT 1") == 1
        fresh = again.folder.parent.parent
        assert fresh.name == f"{place.name}-2"
        again.remove()
        assert place.exists()
        assert not fresh.exists()
        shutil.rmtree(place)
    finally:
        os.umask(before)
        subprocess.run(["rm", "-rf", home], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may change to another user")
def test_an_ordinary_user_runs_it_as_themselves(tmp_path_factory, bin_dir):
    place = Path(f"/tmp/sycee-user-{os.getpid()}")
    place.mkdir(mode=0o755)
    programs = copied(binaries(bin_dir), place / "programs")
    home = place / "home"
    home.mkdir()
    os.chown(home, 65534, 65534)
    child = os.fork()
    if child == 0:  # the modules are loaded: this user need not reach the interpreter's folder
        status = 1
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            cluster = Cluster(home, "main", bin_dir=programs)
            started = one(cluster.start(), "SELECT current_user") == OWNER
            owner = Path(f"/proc/{cluster.pid}").stat().st_uid
            cluster.stop()
            status = 0 if started and owner == 65534 and not cluster.running() else 2
        except BaseException as error:
            print(repr(error), file=sys.stderr)
        finally:
            os._exit(status)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert home.stat().st_uid == 65534
        # Root finds data of another user and runs them as that user.
        cluster = Cluster(home, "main", bin_dir=programs)
        assert one(cluster.start(), "SELECT 1") == 1
        assert Path(f"/proc/{cluster.pid}").stat().st_uid == 65534
        cluster.remove()
    finally:
        subprocess.run(["rm", "-rf", place], check=True)


def test_a_restart_is_quick(cluster):
    cluster.stop()
    began = time.monotonic()
    cluster.start()
    assert time.monotonic() - began < 10
