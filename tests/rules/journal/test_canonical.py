"""The canonical form of a journal row and its leaf, against an independent reading of RFC 8785."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.core.journal import read
from sycee.core.journal.model import (
    Cursor,
    Entry,
    Row,
    canonical,
    check,
    cursor,
    encode_body,
    leaf,
    verify,
)

ID = UUID("01932b4e-5a3c-7d2e-8f10-aabbccddeeff")
BUYER = UUID("01932b4e-0000-7000-8000-000000000001")
SELLER = UUID("01932b4e-0000-7000-8000-000000000002")
TRADE = UUID("01932b4e-0000-7000-8000-000000000003")
AT = datetime(2026, 11, 23, 8, 49, 22, 123456, tzinfo=UTC)
PAID = Entry(
    BUYER,
    "trade.paid",
    TRADE,
    (BUYER, SELLER),
    "payment",
    {"trade": "trd_01jd", "amount_minor": 1234, "lines": ["a", "b"]},
)
SALT = bytes(range(32))

texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f"), max_size=200
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
scalars = st.integers(-(2**53), 2**53) | texts | st.booleans()
bodies = st.dictionaries(names, scalars | st.lists(scalars, max_size=5), max_size=6)


@dataclass
class Case:
    """A body member that must not be written, and why."""

    name: str
    value: Any
    why: str


def jcs(value: object) -> bytes:
    """RFC 8785 for whole numbers within 2^53 and ASCII member names, by the standard library."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def written(entry: Entry, **changes: object) -> bytes:
    entry = msgspec.structs.replace(entry, **changes)
    return canonical(ID, AT, entry, encode_body(entry.body))


def test_the_canonical_bytes_are_these() -> None:
    assert written(PAID) == (
        b'{"actor":"01932b4e-0000-7000-8000-000000000001","at":1795423762123456,'
        b'"body":{"amount_minor":1234,"lines":["a","b"],"trade":"trd_01jd"},'
        b'"id":"01932b4e-5a3c-7d2e-8f10-aabbccddeeff",'
        b'"parties":["01932b4e-0000-7000-8000-000000000001",'
        b'"01932b4e-0000-7000-8000-000000000002"],"purpose":"payment",'
        b'"subject":"01932b4e-0000-7000-8000-000000000003","verb":"trade.paid","version":1}'
    )


def test_the_leaf_is_a_salted_commitment_under_the_leaf_prefix() -> None:
    commitment = hmac.new(SALT, written(PAID), hashlib.sha256).digest()
    assert leaf(SALT, written(PAID)) == hashlib.sha256(b"\x00" + commitment).digest()


@given(bodies)
def test_the_canonical_form_is_the_one_of_rfc_8785(body: dict[str, Any]) -> None:
    entry = msgspec.structs.replace(PAID, actor=None, body=body)
    check(entry)
    expected = {
        "actor": None,
        "at": 1795423762123456,
        "body": body,
        "id": str(ID),
        "parties": [str(BUYER), str(SELLER)],
        "purpose": "payment",
        "subject": str(TRADE),
        "verb": "trade.paid",
        "version": 1,
    }
    assert written(entry) == jcs(expected)


@pytest.mark.parametrize(
    "change",
    [
        {"actor": None},
        {"actor": SELLER},
        {"verb": "trade.shipped"},
        {"subject": BUYER},
        {"parties": (SELLER, BUYER)},
        {"purpose": "dispute"},
        {"body": {"amount_minor": 1235}},
    ],
    ids=str,
)
def test_changing_anything_changes_the_leaf(change: dict[str, Any]) -> None:
    assert leaf(SALT, written(PAID, **change)) != leaf(SALT, written(PAID))


def test_a_row_verifies_until_its_salt_or_a_bit_is_gone() -> None:
    made = leaf(SALT, written(PAID))
    fields = (PAID.actor, PAID.verb, PAID.subject, PAID.parties, PAID.purpose, 1, PAID.body)
    row = Row(7, 0, ID, AT, *fields, SALT, made)
    assert verify(row)
    assert not verify(msgspec.structs.replace(row, body={**PAID.body, "amount_minor": 1}))
    assert not verify(msgspec.structs.replace(row, salt=None))
    assert not verify(msgspec.structs.replace(row, salt=bytes(32)))


@pytest.mark.parametrize(
    "case",
    [
        Case("price", 12.5, "float"),
        Case("address", {"street": "x"}, "dict"),
        Case("note", None, "NoneType"),
        Case("note", "x" * 201, "longer than 200"),
        Case("note", "line\nbreak", "control"),
        Case("note", "\x00", "control"),
        Case("amount_minor", 2**53 + 1, "beyond 2^53"),
        Case("lines", [[1]], "list"),
        Case("lines", [1.5], "float"),
        Case("lines", [1] * 1_001, "1000 items"),
        Case("lines", ["a", "x" * 201], "longer than 200"),
        Case("lines", ("line\nbreak",), "control"),
        Case("lines", [-(2**53) - 1], "beyond 2^53"),
        Case("Name", "x", "not like amount_minor"),
        Case("a b", "x", "not like amount_minor"),
    ],
    ids=lambda case: f"{case.name}-{case.why}",
)
def test_a_body_holds_only_ids_amounts_and_states(case: Case) -> None:
    with pytest.raises(ValueError, match=case.why.replace("^", r"\^")):
        check(msgspec.structs.replace(PAID, body={case.name: case.value}))


def test_a_body_may_hold_as_much_as_it_may_hold() -> None:
    largest = {
        "note": "茶" * 200,
        "lines": [0] * 1_000,
        "pair": ("a", True),
        "most": 2**53,
        "least": -(2**53),
        **{f"m{n}": n for n in range(59)},
    }
    entry = msgspec.structs.replace(PAID, body=largest)
    assert check(entry) is entry
    with pytest.raises(ValueError, match="64 members"):
        check(msgspec.structs.replace(PAID, body={**largest, "one_more": 1}))


@pytest.mark.parametrize("purpose", ["x" * 201, "two\nlines"])
def test_a_purpose_is_a_word_like_any_other(purpose: str) -> None:
    with pytest.raises(ValueError, match="journal purpose"):
        check(msgspec.structs.replace(PAID, purpose=purpose))


@pytest.mark.parametrize("verb", ["paid", "Trade.paid", "trade.", "trade paid", "trade.*", ""])
def test_a_verb_is_two_to_four_words_with_dots(verb: str) -> None:
    with pytest.raises(ValueError, match="not like trade"):
        check(msgspec.structs.replace(PAID, verb=verb))


def test_a_cursor_survives_being_written_down() -> None:
    assert cursor(str(Cursor(2**60, 17))) == Cursor(2**60, 17)


@pytest.mark.parametrize("text", ["", "1", "1-", "-1-2", "1-2-3", "a-b", "1-2\n", "१-२"])
def test_a_made_up_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        cursor(text)


def test_patterns_match_whole_words_of_a_verb() -> None:
    assert read.matches("trade.paid", ["trade.*"])
    assert read.matches("trade.refund.agreed", ["trade.*"])
    assert read.matches("trade.paid", ["other.x", "trade.paid"])
    assert read.matches("trade.paid", ["*"])
    assert not read.matches("trade.paid", ["trade"])
    assert not read.matches("trade.paid", ["trade.pai"])
    assert not read.matches("trades.paid", ["trade.*"])
    assert not read.matches("trade.paid", [])
