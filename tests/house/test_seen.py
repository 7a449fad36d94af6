"""Who looked at somebody's data is said in words: each reader, ground, basis and field has them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

import sycee
from sycee.core.parties.model import Kind
from sycee.core.parties.personal.details import Detail
from sycee.core.parties.purposes import Basis, Purpose

SOURCES = Path(sycee.__file__).parent
BOOKS = Path(__file__).parents[2] / "web" / "wallet" / "books" / "texts"
SEALED = re.compile(
    r"(?:SealedText|seal_text|seal_file|note_seen|memos\.seal|_seal)\((?:[^()]|\([^()]*\))*?"
    r"\b([A-Z][A-Z_]+)\b|field: str = ([A-Z_]+)"
)
"""A field that a product seals or opens goes by a constant of its module."""

ROLES = {"you", "house", "visitor"} | {str(kind) for kind in Kind}
NOBODYS = {"demand.text"}
"""Sealed with a key of the thing's own: opening it is in nobody's list."""


def fields() -> set[str]:
    """What may stand in somebody's list of readings."""
    found = {str(detail) for detail in Detail}
    for path in sorted(SOURCES.rglob("*.py")):
        names = {one or other for one, other in SEALED.findall(path.read_text())}
        if names:
            way = path.relative_to(SOURCES).with_suffix("").parts
            module = importlib.import_module(".".join(("sycee", *way)))
            named = {getattr(module, name, None) for name in names}
            found |= {each for each in named if isinstance(each, str)}
    return found - NOBODYS


def worded(language: str, group: str) -> set[str]:
    """The keys of a group of words under `seen`."""
    text = (BOOKS / f"{language}.ts").read_text().partition("  seen: {")[2]
    block = text.partition(f"    {group}: {{\n")[2].partition("\n    }")[0]
    return {key.strip("'") for key in re.findall(r"^ +('[^']+'|\w+):", block, re.MULTILINE)}


def test_the_fields_are_found() -> None:
    assert {"name", "wallet.memo", "wallet.nickname", "bank.payee", "escrow.evidence"} <= fields()


@pytest.mark.parametrize("language", ["en", "zh", "de"])
def test_whatever_a_list_of_readings_can_say_has_words(language: str) -> None:
    assert worded(language, "who") == ROLES
    assert worded(language, "bases") == {str(basis) for basis in Basis}
    assert worded(language, "because") == {str(purpose) for purpose in Purpose}
    assert worded(language, "fields") == fields()
