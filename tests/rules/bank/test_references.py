"""Account numbers and references: what a person may mistype is found before money moves."""

from __future__ import annotations

import random

import pytest
from stdnum import iso11649

from sycee.kit.errors import Invalid
from sycee.products.wallet.bank import iban
from sycee.products.wallet.bank.model import IbanInvalid


@pytest.mark.parametrize(
    "text",
    [
        "GB82 WEST 1234 5698 7654 32",
        "de89370400440532013000",
        "CH93 0076 2011 6238 5295 7",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
    ],
)
def test_the_registrys_examples_are_accepted(text):
    assert iban.check(text) == text.replace(" ", "").upper()
    assert iban.check(text.ljust(42)) == iban.check(text)
    assert iban.valid(text)
    assert not iban.valid(text[:-1])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("GB82WEST12345698765433", "check digits"),
        ("GB88WEST1234569876543", "form"),
        ("GB25123412345698765432", "form"),
        ("ZZ33WEST12345698765432", "form"),
        ("ES2121000418450200051331", "check digits"),  # those of the country inside
        ("GB8", "check digits"),
        ("", "character"),
        ("GB82-WEST-1234", "character"),
        ("ＧＢ82WEST12345698765432", "character"),
        ("GB82WEST1234\x0056987654", "character"),
        ("A" * 10_000, "character"),
        ("GB82 WEST 1234 5698 7654 32" + " " * 16, "character"),
    ],
)
def test_a_malformed_iban_says_what_is_wrong(text, rule):
    with pytest.raises(IbanInvalid, match=rule):
        iban.check(text)


def test_a_bic_has_eight_or_eleven_characters():
    assert iban.check_bic("deutdeff") == "DEUTDEFF"
    with pytest.raises(Invalid):
        iban.check_bic("DEUTDEF")


def test_a_fresh_reference_is_one_by_iso_11649_and_found_as_it_is_printed():
    for _ in range(200):
        made = iban.reference()
        assert iso11649.is_valid(made)
        printed = iban.spaced(made).lower()
        assert iban.references(f"Rechnung 12, {printed}, danke!") == [made]


@pytest.mark.parametrize("between", ["", " ", "  ", "\n", "\u00a0", "-", "."])
def test_a_reference_is_found_however_it_was_broken_into_groups(between):
    made = iban.reference()
    groups = between.join(made[i : i + 4] for i in range(0, 16, 4))
    assert iban.references(f"pay {groups}") == [made]


def test_a_reference_is_found_behind_the_reference_of_another():
    made, other = iban.reference(), iban.reference()
    assert iban.references(f"RF18 5390 0754 7034 {made}") == [made]
    assert iban.references(f"{other}{made} RF18{made}") == [other, made]


def test_no_single_typing_error_makes_another_reference():
    dice = random.Random(1)
    for _ in range(5_000):
        made = iban.reference()
        place = dice.randrange(2, 16)
        other = dice.choice([c for c in "0123456789ABCDEFGHJKLMNPQRSTUVWXYZIO" if c != made[place]])
        assert iban.references(made[:place] + other + made[place + 1 :]) == []


def test_a_text_full_of_beginnings_is_searched_at_once():
    assert iban.references("RF18 " * 20_000) == []
