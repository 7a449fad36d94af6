"""Migrations: bounded locks, one schema a file, exact types, and nothing that a cluster forbids."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

LOCK_TIMEOUT = "SET lock_timeout = '5s';"
NAME = re.compile(r"src/sycee/migrations/(keys/)?(\d{4})_([a-z]+)(_[a-z_]+)?\.sql$")
SETTINGS = Path(__file__).with_name("squawk.toml")
SUMS = Path(__file__).with_name("migrations.sha256")
CREATED = re.compile(
    r"\b(?:CREATE\s+(?:UNLOGGED\s+)?TABLE|ALTER\s+TABLE|INSERT\s+INTO)\s+"
    r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:ONLY\s+)?(\w+)\.(\w+)",
    re.I,
)
BANNED = {
    "a trigger": r"\bCREATE\s+(OR\s+REPLACE\s+)?(CONSTRAINT\s+)?TRIGGER\b",
    "a sequence": r"\b(CREATE\s+SEQUENCE|(SMALL|BIG)?SERIAL|AS\s+IDENTITY)\b",
    "a float": r"\b(REAL|FLOAT[48]?|DOUBLE\s+PRECISION)\b",
    "the type money": r"\w\s+MONEY\b",
    "a time without zone": r"(?<!::)\bTIMESTAMP\b(?!\s+WITH\s+TIME)",
    "an extension": r"\bCREATE\s+EXTENSION\b",
    "uuidv7(), which PostgreSQL 15 lacks": r"\buuidv7\s*\(",
}
COLUMN = re.compile(
    r"^\s{2,}([a-z_]+)\s+(timestamptz|date|bigint|integer|smallint)\b(?!\s*:=)", re.M
)


def uncommented(sql: str) -> str:
    """The SQL without its comments."""
    return re.sub(r"--[^\n]*|/\*.*?\*/", "", sql, flags=re.S)


def unbounded(file) -> list[str]:
    """A complaint unless the first line bounds how long a lock is waited for."""
    first = file.text.split("\n", 1)[0].strip()
    return [] if first == LOCK_TIMEOUT else [f"{file.path} does not open with {LOCK_TIMEOUT}"]


def strangers(file) -> list[str]:
    """Tables of another schema than the one the file is named after."""
    match = NAME.match(file.path)
    if match is None:
        return [f"{file.path} is not named NNNN_schema.sql or NNNN_schema_change.sql"]
    return [
        f"{file.path} touches {found[1]}.{found[2]}"
        for found in CREATED.finditer(uncommented(file.text))
        if found[1] != match[3]
    ]


def banned(file) -> list[str]:
    """Things that lose cents, hide work or stop the database from growing."""
    text = uncommented(file.text)
    return [
        f"{file.path} uses {what}"
        for what, pattern in BANNED.items()
        if re.search(pattern, text, re.I)
    ]


def misnamed(file) -> list[str]:
    """Times that do not end in _at, days that do not end in _on, amounts without their unit."""
    found = []
    for name, kind in COLUMN.findall(uncommented(file.text)):
        if kind == "timestamptz" and not re.search(r"(^|_)(at|by|until|from)$", name):
            found.append(f"{file.path}: the time {name} should end in _at")
        elif kind == "date" and not name.endswith("_on"):
            found.append(f"{file.path}: the day {name} should end in _on")
        elif name in {"amount", "price", "fee", "limit", "total"} and kind == "bigint":
            found.append(f"{file.path}: {name} should name its unit ({name}_minor)")
    return found


def squawk(*paths: Path) -> subprocess.CompletedProcess[str]:
    """Run squawk, offline, with the rules of this house."""
    tool = Path(sys.executable).with_name("squawk")
    return subprocess.run(
        [str(tool), "--config", str(SETTINGS), "--reporter", "gcc", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_migration_bounds_its_locks(migrations):
    assert len(migrations) > 0
    complaints = [bad for file in migrations for bad in unbounded(file)]
    assert complaints == [], "\n".join(complaints)


def test_every_migration_keeps_to_its_own_schema(migrations):
    complaints = [bad for file in migrations for bad in strangers(file)]
    assert complaints == [], "\n".join(complaints)


def test_migrations_use_nothing_that_loses_cents_or_stops_growth(migrations):
    complaints = [bad for file in migrations for bad in banned(file)]
    assert complaints == [], "\n".join(complaints)


def test_columns_name_their_units(migrations):
    complaints = [bad for file in migrations for bad in misnamed(file)]
    assert complaints == [], "\n".join(complaints)


def test_migration_numbers_are_unique(migrations):
    numbers = [(m[1], m[2]) for file in migrations if (m := NAME.match(file.path))]
    assert len(numbers) == len(set(numbers))


def test_no_committed_migration_has_changed(migrations):
    """Where it was applied, a changed file keeps every later start from happening."""
    rows = [line.split("  ") for line in SUMS.read_text().splitlines()]
    sums = {name: known for known, name in rows}
    prefix = "src/sycee/migrations/"
    here = {
        file.path.removeprefix(prefix): hashlib.sha256(file.text.encode()).hexdigest()
        for file in migrations
    }
    changed = [name for name, known in sums.items() if here.get(name) != known]
    assert changed == [], "undo the change, and write a new file"
    new = [f"{here[name]}  {name}" for name in sorted(here.keys() - sums)]
    assert new == [], f"add to {SUMS.name}:\n" + "\n".join(new)


def test_squawk_finds_no_fault_in_the_migrations(migrations, root):
    done = squawk(*(root / file.path for file in migrations))
    assert done.returncode == 0, done.stdout + done.stderr


def test_squawk_finds_a_column_that_locks_everyone_out(tmp_path):
    bad = tmp_path / "0001_tea.sql"
    bad.write_text(f"{LOCK_TIMEOUT}\nALTER TABLE tea.pots ADD COLUMN warm boolean NOT NULL;\n")
    done = squawk(bad)
    assert done.returncode == 1
    assert "adding-required-field" in done.stdout


@pytest.mark.parametrize(
    "line",
    [
        "CREATE TRIGGER t AFTER INSERT ON tea.pots EXECUTE FUNCTION f();",
        "CREATE TABLE tea.pots (id bigserial);",
        "CREATE TABLE tea.pots (id bigint GENERATED ALWAYS AS IDENTITY);",
        "CREATE TABLE tea.pots (price real);",
        "CREATE TABLE tea.pots (price double precision);",
        "CREATE TABLE tea.pots (price money);",
        "CREATE TABLE tea.pots (made_at timestamp NOT NULL);",
        "CREATE TABLE tea.pots (id uuid DEFAULT uuidv7());",
        "CREATE EXTENSION pgcrypto;",
    ],
)
def test_banned_sql_is_found(sample, line):
    assert banned(sample(line, "src/sycee/migrations/0042_tea.sql")) != []


def test_unbounded_straying_and_misnamed_migrations_are_found(sample):
    path = "src/sycee/migrations/0042_tea.sql"
    assert unbounded(sample("CREATE SCHEMA tea;", path)) != []
    assert strangers(sample("CREATE TABLE ledger.pots (id uuid);", path)) != []
    assert strangers(sample("CREATE TABLE tea.pots (id uuid);", path)) == []
    assert strangers(sample("", "src/sycee/migrations/tea.sql")) != []
    assert misnamed(sample("  made timestamptz NOT NULL,", path)) != []
    assert misnamed(sample("  birthday date,", path)) != []
    assert misnamed(sample("  amount bigint NOT NULL,", path)) != []
    assert misnamed(sample("  amount_minor bigint,\n  made_at timestamptz", path)) == []
    assert banned(sample("-- no trigger here\nCREATE TABLE tea.pots (made_at timestamptz);")) == []
