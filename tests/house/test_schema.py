"""The migrated databases keep what a ledger and a cluster need: keys, exact types, no magic."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

HOT = ("ledger", "escrow", "wallet")
OURS = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
CHECKS = {
    "has no primary key": f"""
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {OURS}
          AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
    """,
    "has a trigger": """
        SELECT tgrelid::regclass::text || '.' || tgname FROM pg_trigger WHERE NOT tgisinternal
    """,
    "is a sequence": f"""
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'S' AND {OURS}
    """,
    "refers to another table": """
        SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE contype = 'f'
    """,
    "is not written to the log": f"""
        SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 'p' AND {OURS}
    """,
    "has a type that loses something": f"""
        SELECT a.attrelid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, NULL)
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {OURS}
          AND a.atttypid IN ('real'::regtype, 'double precision'::regtype, 'money'::regtype,
            'numeric'::regtype, 'timestamp'::regtype, 'time'::regtype, 'timetz'::regtype)
    """,
    "is unique without the distribution key": f"""
        SELECT i.indexrelid::regclass::text
        FROM pg_index i
        JOIN pg_index p ON p.indrelid = i.indrelid AND p.indisprimary
        JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE i.indisunique AND n.nspname IN {HOT} AND NOT c.relispartition
          AND NOT p.indkey[0] = ANY(i.indkey::smallint[])
    """,
}


def complaints(conn: psycopg.Connection) -> list[str]:
    """What in the database breaks one of the rules."""
    return [
        f"{name} {what}"
        for what, query in CHECKS.items()
        for (name,) in conn.execute(query.encode())
    ]


COLUMNS = f"""
    SELECT n.nspname || '.' || c.relname, a.attname
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
      AND {OURS}
"""


def unused(conn: psycopg.Connection, source: str) -> list[str]:
    """Tables and columns that the sources do not name."""
    words = set(re.findall(r"[\w.]+", source)) | set(re.findall(r"\w+", source))
    return sorted(
        f"{table}.{column}"
        for table, column in conn.execute(COLUMNS.encode())
        if table not in words or column not in words
    )


@pytest.fixture(scope="module")
def scratch_url(main_template) -> Iterator[str]:
    """One migrated database for all; each test rolls back what it does."""
    name, url = main_template.clone()
    yield url
    main_template.drop(name)


def test_the_databases_keep_the_rules(scratch_url, keys_url):
    for url in (scratch_url, keys_url):
        with psycopg.connect(url) as conn:
            tables = conn.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
            assert tables.fetchall()[0][0] > 0
            assert complaints(conn) == []


def test_every_table_and_column_is_used(scratch_url, keys_url, files):
    source = "\n".join(file.text for file in files if re.fullmatch(r"src/.*\.py", file.path))
    for url in (scratch_url, keys_url):
        with psycopg.connect(url) as conn:
            assert unused(conn, source) == []
    with psycopg.connect(scratch_url) as conn:
        conn.execute("CREATE TABLE wallet.tea (id uuid, cup text)")
        assert {"wallet.tea.id", "wallet.tea.cup"} <= set(unused(conn, f"{source} cup"))
        conn.rollback()


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("CREATE TABLE wallet.tea (id uuid)", "wallet.tea has no primary key"),
        ("CREATE TABLE wallet.tea (id uuid PRIMARY KEY, price real)", "tea.price real has a type"),
        ("CREATE TABLE wallet.tea (id uuid PRIMARY KEY, price numeric)", "tea.price numeric has"),
        ("CREATE TABLE wallet.tea (id serial PRIMARY KEY)", "wallet.tea_id_seq is a sequence"),
        ("CREATE TABLE wallet.tea (id uuid PRIMARY KEY, at timestamp)", "tea.at timestamp"),
        ("CREATE UNLOGGED TABLE wallet.tea (id uuid PRIMARY KEY)", "tea is not written to the log"),
        ("CREATE TABLE wallet.tea (id uuid PRIMARY KEY, cup text UNIQUE)", "tea_cup_key is unique"),
        (
            "CREATE TABLE wallet.tea (id uuid PRIMARY KEY REFERENCES escrow.trade (id))",
            "wallet.tea.tea_id_fkey refers to another table",
        ),
        (
            "CREATE FUNCTION wallet.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';"
            " CREATE TRIGGER brew AFTER INSERT ON wallet.transfers EXECUTE FUNCTION wallet.f()",
            "wallet.transfers.brew has a trigger",
        ),
    ],
)
def test_a_broken_rule_is_found(scratch_url, statement, complaint):
    with psycopg.connect(scratch_url) as conn:
        conn.execute(statement.encode())
        assert any(complaint in found for found in complaints(conn))
        conn.rollback()
