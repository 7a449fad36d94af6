"""Each schema has one owner, each statement is literal, and no statement needs a session."""

from __future__ import annotations

import ast
import re

STATEMENT = re.compile(
    r"\b(SELECT\b|INSERT\s+INTO|UPDATE\s+\w+|DELETE\s+FROM|COPY\s+\w+|MERGE\s+INTO|TRUNCATE\b"
    r"|LOCK\s+TABLE|WITH\s+\w+\s+AS|CREATE\s+|ALTER\s+|DROP\s+)"
)
OWNERS = {
    "ledger": ("src/sycee/core/ledger/store",),
    "parties": ("src/sycee/core/parties/",),
    "vault": ("src/sycee/core/parties/",),
    "identity": ("src/sycee/core/parties/",),
    "policy": ("src/sycee/core/policy/",),
    "paycodes": ("src/sycee/core/paycodes/",),
    "tender": ("src/sycee/core/tender/",),
    "journal": ("src/sycee/core/journal/",),
    "envelopes": ("src/sycee/products/envelopes/store",),
    "escrow": ("src/sycee/products/escrow/store",),
    "wallet": ("src/sycee/products/wallet/store", "src/sycee/products/wallet/refunds/store"),
    "shops": ("src/sycee/products/wallet/shops/",),
    "bank": ("src/sycee/products/wallet/bank/store",),
    "people": ("src/sycee/products/wallet/people/",),
    "alipay": ("src/sycee/doors/alipay/",),
    "webhooks": ("src/sycee/core/journal/webhooks", "src/sycee/doors/", "src/sycee/runtime/"),
    "regulator": (
        "src/sycee/oversight/regulator/orders/store",
        "src/sycee/oversight/regulator/safeguarding/store",
        "src/sycee/oversight/regulator/demands/store",
    ),
    "transparency": (
        "src/sycee/oversight/transparency/store",
        "src/sycee/oversight/transparency/liabilities/store",
        "src/sycee/oversight/transparency/counts/store",
    ),
    "town": ("src/sycee/doors/http/pace", "src/sycee/doors/http/eve.py"),
    "runtime": ("src/sycee/runtime/",),
}
TABLE = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|COPY|TABLE|USING|ONLY|TRUNCATE|REFERENCES|ON)\s+(?:ONLY\s+)?"
    rf"({'|'.join(OWNERS)})\.(\w+)"
)
CREATED = re.compile(r"^CREATE SCHEMA (?:IF NOT EXISTS )?(\w+)", re.M)
SESSION = {
    "a session lock": r"\bpg_(try_)?advisory_lock(_shared)?\s*\(",
    "LISTEN": r"(?:\A|;)\s*(UN)?LISTEN\s+\w",
    "a temporary table": r"\bCREATE\s+(GLOBAL\s+|LOCAL\s+)?TEMP(ORARY)?\b",
    "a session setting": r"(?:\A|;)\s*SET\s+(?!LOCAL\b|TRANSACTION\b)(?:SESSION\s+)?\w+\s*(=|TO\b)",
    "a named statement": r"(?:\A|;)\s*(PREPARE|DEALLOCATE)\s+\w",
    "a cursor WITH HOLD": r"\bWITH\s+HOLD\b",
}
OWN_CONNECTION = ("src/sycee/runtime/migrate", "src/sycee/runtime/postgres")  # never pooled


def _docstrings(tree: ast.Module) -> set[int]:
    """Identities of the constants that are docstrings."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _written_out(part: ast.expr) -> bool:
    """True for text, and for a constant's name: a list of columns that several queries share."""
    value = part.value if isinstance(part, ast.FormattedValue) else part
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id.isupper())


def statements(file) -> list[tuple[int, str, bool]]:
    """(line, SQL, literal) of every string that holds SQL; docstrings are not SQL."""
    prose, found, inside = _docstrings(file.tree), [], set()
    for node in ast.walk(file.tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            text = "".join(
                str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values
            )
            if STATEMENT.search(text):
                found.append((node.lineno, text, all(map(_written_out, node.values))))
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) not in prose | inside and STATEMENT.search(node.value):
            found.append((node.lineno, node.value, True))
    return found


def trespasses(file) -> list[str]:
    """Tables named in SQL by a file that does not own their schema."""
    return [
        f"{file.path}:{line} names {match[1]}.{match[2]}"
        for line, text, _ in statements(file)
        for match in TABLE.finditer(text)
        if not file.path.startswith(OWNERS[match[1]])
    ]


def pasted(file) -> list[str]:
    """SQL put together from values instead of written out."""
    return [
        f"{file.path}:{line} pastes values into SQL"
        for line, text, literal in statements(file)
        if not literal and TABLE.search(text)
    ]


OPEN_CURSOR = re.compile(r"%(\(\w+\))?s(::\w+)?( IS NULL)? OR \(?[\w.]+(, [\w.]+)*\)? [<>]")


def open_cursors(file) -> list[str]:
    """Cursors that may be missing inside the SQL: a generic plan reads the list from its start."""
    return [
        f"{file.path}:{line} compares with a cursor or not; give NIL or MAX for none"
        for line, text, _ in statements(file)
        if OPEN_CURSOR.search(text)
    ]


def sessions(file) -> list[str]:
    """SQL that leaves something behind on a connection: a transaction pooler may stand between."""
    if file.path.startswith(OWN_CONNECTION):
        return []
    prose = _docstrings(file.tree)
    return [
        f"{file.path}:{node.lineno} uses {what}"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        for what, pattern in SESSION.items()
        if re.search(pattern, node.value)
    ]


def test_only_the_owner_of_a_schema_names_its_tables(house):
    complaints = [bad for file in house for bad in trespasses(file)]
    assert complaints == [], "\n".join(complaints)


def test_every_schema_has_an_owner(migrations):
    created = {name for file in migrations for name in CREATED.findall(file.text)}
    assert len(created) > 5
    assert created - OWNERS.keys() == set()


def test_sql_is_written_out_and_never_pasted_together(house):
    complaints = [bad for file in house for bad in pasted(file)]
    assert complaints == [], "\n".join(complaints)


def test_no_statement_needs_a_session(house):
    complaints = [bad for file in house for bad in sessions(file)]
    assert complaints == [], "\n".join(complaints)


def test_no_cursor_is_open(house):
    complaints = [bad for file in house for bad in open_cursors(file)]
    assert complaints == [], "\n".join(complaints)


def test_an_open_cursor_is_found(sample):
    assert open_cursors(sample('q = "SELECT x FROM t WHERE (%s::uuid IS NULL OR id < %s)"')) != []
    assert open_cursors(sample('q = "SELECT x FROM t WHERE %(a)s IS NULL OR t.id > %(a)s"')) != []
    pair = "SELECT x FROM t WHERE (%s::boolean OR (t.xid, t.ordinal) < (%s, %s))"
    assert open_cursors(sample(f'q = "{pair}"')) != []
    assert open_cursors(sample('q = "SELECT x FROM t WHERE ended_at IS NULL OR at < %s"')) == []
    assert open_cursors(sample('q = "SELECT x FROM t WHERE %s::text IS NULL OR state = %s"')) == []


def test_trespasses_pasted_sql_and_sessions_are_found(sample):
    assert trespasses(sample('q = "SELECT 1 FROM ledger.accounts"')) != []
    assert trespasses(sample('q = "UPDATE escrow.trades SET x = 1"')) != []
    own = "src/sycee/products/escrow/store.py"
    assert trespasses(sample('q = "UPDATE escrow.trades SET x = 1"', own)) == []
    assert trespasses(sample('q = "SELECT x FROM ledger.accounts"', own)) != []
    assert trespasses(sample('code = "escrow.release"')) == []
    assert pasted(sample('q = f"SELECT 1 FROM escrow.trades WHERE id = {x}"')) != []
    assert pasted(sample('q = f"SELECT {_COLUMNS} FROM escrow.trades"')) == []
    assert sessions(sample('q = "SELECT pg_advisory_lock(1)"')) != []
    assert sessions(sample('q = "SELECT pg_advisory_xact_lock(1)"')) == []
    assert sessions(sample('q = "LISTEN paid"')) != []
    assert sessions(sample("q = \"SET statement_timeout = '1s'\"")) != []
    assert sessions(sample("q = 'BEGIN; SET search_path = x'")) != []
    assert sessions(sample('q = "UPDATE tea.pots\\n SET hot = 1"')) == []
    assert sessions(sample('q = "SET LOCAL statement_timeout = 1"')) == []
    assert sessions(sample('q = "CREATE TEMP TABLE x (y int)"')) != []
