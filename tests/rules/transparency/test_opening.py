"""Rows and lists of readings checked without the house: what a forger may try, and what it is told.

A small log of three readings, made by hand; each test bends one thing in it.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.core.journal.model import Entry, canonical, encode_body
from sycee.kit.ids import public
from sycee.oversight.transparency.model import chain, merkle, notes, opening
from sycee.oversight.transparency.model.notes import Checkpoint, Note, Verifier
from sycee.oversight.transparency.model.opening import Opened, Opening, Reader

NAME = "house.example/log"
KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log").digest())
OTHER = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"other").digest())
OWN = notes.verifier_of(NAME, KEY)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = UUID(int=7)


def signed(origin: str, size: int, root: bytes, key: Ed25519PrivateKey = KEY) -> str:
    stated = Checkpoint(origin, size, root)
    return Note(stated, (notes.sign(stated, NAME, key),)).text


def opened(number: int, body: dict[str, Any], **shown: Any) -> Opened:
    """A row that nobody but a visitor or a program caused, as a page shows it."""
    id_ = UUID(int=number)
    entry = Entry(None, "vault.opened", ADA, (ADA,), "payment", body)
    row = Opened(
        id=public("evt", id_),
        verb=entry.verb,
        purpose=entry.purpose,
        subject=str(ADA),
        data=body,
        canonical=canonical(id_, AT, entry, encode_body(body)).decode(),
        salt=b64encode(bytes([number]) * 32).decode(),
        at=AT,
        actor=None,
    )
    return msgspec.structs.replace(row, **shown)


def leaf(row: Opened) -> bytes:
    made = opening.leaf(row)
    assert made is not None
    return made


def logged(rows: list[Opened]) -> tuple[list[Opened], Checkpoint]:
    """The rows with their proofs, and the log that they are."""
    leaves = [leaf(row) for row in rows]
    told = []
    for index, row in enumerate(rows):
        proof = [b64encode(each).decode() for each in merkle.inclusion_proof(leaves, index)]
        told.append(msgspec.structs.replace(row, index=index, proof=proof))
    return told, Checkpoint(NAME, len(rows), merkle.root(leaves))


def read(first: bytes = chain.FIRST) -> list[Opened]:
    """Three readings, each naming the leaf of the one before it."""
    rows: list[Opened] = []
    previous = first
    for number in (1, 2, 3):
        rows.append(opened(number, {"sequence": number, "previous": previous.hex()}))
        previous = leaf(rows[-1])
    return rows


ROWS, LOG = logged(read())
END = signed(chain.origin(NAME, "par_ada"), 3, leaf(ROWS[2]))
PAGE = Opening(OWN.text, signed(NAME, 3, LOG.root), ROWS, END)


def verdict(**bent: Any) -> str:
    page = msgspec.structs.replace(PAGE, items=[msgspec.structs.replace(ROWS[1], **bent)])
    (result,) = opening.check(page, LOG)
    assert result.bad is (result.verdict not in {"proved", "unsealed", "erased"})
    return result.verdict


def test_a_row_is_proved_by_its_text_its_leaf_the_tree_and_the_key():
    assert opening.signed(PAGE, OWN) == LOG
    assert [result.verdict for result in opening.check(PAGE, LOG)] == ["proved"] * 3
    for role in ("house", "visitor"):
        assert verdict(who=Reader(role, None)) == "proved"


@pytest.mark.parametrize(
    ("bent", "told"),
    [
        ({"index": 0}, "not in the log"),
        ({"proof": ROWS[0].proof}, "not in the log"),
        ({"proof": []}, "not in the log"),
        ({"salt": ROWS[0].salt}, "not in the log"),
        ({"canonical": ROWS[1].canonical + " "}, "not in the log"),
        ({"verb": "vault.sealed"}, "shown otherwise than it is written"),
        ({"who": Reader("operator", None)}, "shown otherwise than it is written"),
        ({"who": Reader("you", None)}, "shown otherwise than it is written"),
        ({"proof": ["!" + each for each in ROWS[1].proof]}, "malformed"),
        ({"salt": f"!{ROWS[1].salt}"}, "malformed"),
        ({"canonical": "{}"}, "malformed"),
        ({"canonical": "[]"}, "malformed"),
        ({"salt": None}, "erased"),
        ({"index": None}, "unsealed"),
    ],
    ids=str,
)
def test_a_row_that_was_bent_is_told_by_what_is_wrong_with_it(bent: dict[str, Any], told: str):
    assert verdict(**bent) == told


@pytest.mark.parametrize(
    ("checkpoint", "key"),
    [
        (signed(NAME, 3, LOG.root, OTHER), OWN),
        (signed(NAME, 3, LOG.root), notes.verifier_of(NAME, OTHER)),
        (signed("other.example/log", 3, LOG.root), OWN),
    ],
)
def test_a_page_under_the_note_of_another_log_is_refused(checkpoint: str, key: Verifier):
    with pytest.raises(ValueError, match="not signed by this key"):
        opening.signed(msgspec.structs.replace(PAGE, checkpoint=checkpoint), key)


def test_a_row_that_discloses_an_earlier_one_names_its_leaf():
    early = opened(1, {"case": "c"})
    names, lies = (opened(n, {"leaf": text}) for n, text in ((2, leaf(early).hex()), (3, "00")))
    rows, log = logged([early, names, lies])
    erased = msgspec.structs.replace(rows[0], salt=None)
    outside = msgspec.structs.replace(rows[0], index=1)
    for row, told, expected in (
        (rows[1], rows[0], "proved"),
        (rows[2], rows[0], "not the row that was disclosed"),
        (rows[1], outside, "not in the log"),
        (rows[1], erased, "erased"),
    ):
        items = [msgspec.structs.replace(row, disclosed=told)]
        results = opening.check(msgspec.structs.replace(PAGE, items=items), log)
        assert [result.verdict for result in results] == ["proved", expected]


def complaints(items: list[Opened], *ends: str | None) -> list[str]:
    pages = [msgspec.structs.replace(PAGE, items=items, standing=end) for end in ends]
    return chain.complaints(pages, OWN)


def test_a_list_is_whole_by_its_newest_end_in_any_order_and_when_it_is_empty():
    older = signed(chain.origin(NAME, "par_ada"), 2, leaf(ROWS[1]))
    assert complaints(ROWS, END) == complaints(ROWS[::-1], END, older) == []
    assert complaints([], None) == complaints([]) == []
    erased = [msgspec.structs.replace(ROWS[0], salt=None), *ROWS[1:]]
    assert complaints(erased, END) == [], "what was erased still has its place"


@pytest.mark.parametrize(
    ("items", "ends", "complaint"),
    [
        (ROWS, [None], "the end of the list is missing"),
        ([], [END], "reading 3 is missing"),
        (ROWS, [PAGE.checkpoint], "the signed note is of something else"),
        (ROWS, [signed(f"{NAME}/readings/par_ada", 3, LOG.root, OTHER)],
         "the end of the list is not signed by this key"),
        (ROWS, [END, signed(f"{NAME}/readings/par_ada", 3, LOG.root)],
         "the house signed two lists of one length"),
        (ROWS, [END, signed(f"{NAME}/readings/par_bob", 2, LOG.root)], "two people's lists"),
        ([*ROWS[:2], opened(3, ROWS[2].data, salt=ROWS[0].salt)], [END],
         "reading 3 is not the one that the next one names"),
        ([*ROWS, opened(4, {"sequence": "4"})], [END],
         "a reading does not say its place in the list"),
    ],
)  # fmt: skip
def test_a_list_that_is_not_whole_says_why(
    items: list[Opened], ends: list[str | None], complaint: str
):
    assert complaints(items, *ends) == [complaint]


def test_a_list_that_hides_its_beginning_shows_it():
    rows = read(first=bytes([1]) * 32)
    end = signed(chain.origin(NAME, "par_ada"), 3, leaf(rows[2]))
    assert complaints(rows, end) == ["there is a reading before the first"]
