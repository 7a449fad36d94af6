"""What a party may be called, and how the id of its account follows from it."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.core.parties import model
from sycee.core.parties.model import Kind, NewParty, Party, Status
from sycee.kit.errors import Invalid
from sycee.kit.ids import made_at, uuid7


@pytest.mark.parametrize(
    "name",
    [
        "李小龙",
        "茶叶店 №3",
        "Ōe Kenzaburō",
        "O'Brien",
        "𠮷野家",
        "\U0002ebf0山",
        "نور",
        "7",
        "Ж",
        "\U00020000",
        "\U0003fffd",
        "a" + "\u0316" * 4 + "b" + "\u0316" * 4,
        "葛\U000e0100飾区",
        "x" * 64,
    ],
)
def test_names_of_all_scripts_pass_as_they_are(name):
    assert model.check_name(name) == name


def test_a_decomposed_name_is_stored_composed_and_without_outer_spaces():
    assert model.check_name("  Rene\u0301 ") == "Ren\u00e9"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "x" * 65,
        "evil\u202etxt.exe",  # a right-to-left override
        "a\u2066b\u2069",  # bidi isolates
        "zero\u200bwidth",
        "a\x00b",
        "a\nb",
        "a\tb",
        "a\u2028b",
        "a\u00a0b",
        "two  spaces",
        "\ue000private",
        "\u3164",  # a Hangul filler: a letter that draws nothing
        "Ada\uffa0",
        "Ada\u2800",
        "\ud800",
        "…",
        "💰",
        "a" + "\u0316" * 5,
        "ab" + "\u0316" * 5,
        "\U0002fffe",
        "\U0002ffff",
        "\U00040000",  # no plane of letters
        "\U000e0100",  # how an ideograph is drawn, with no ideograph before it
        "a\u2029b",
    ],
)
def test_names_that_deceive_the_eye_are_refused(name):
    with pytest.raises(Invalid) as refused:
        model.check_name(name)
    assert refused.value.field == "display_name"
    assert name == "" or name not in refused.value.rule, "the refusal does not repeat the name"


@given(st.text(max_size=80))
def test_a_name_that_passes_is_normal_visible_and_passes_again(text):
    try:
        name = model.check_name(text)
    except Invalid:
        return
    assert unicodedata.is_normalized("NFC", name)
    assert 1 <= len(name) <= 64
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in name)
    assert model.check_name(name) == name


@pytest.mark.parametrize(
    ("given_", "kept"), [("Tea.House", "tea.house"), ("a1", "a1"), ("X" * 30, "x" * 30)]
)
def test_a_handle_is_kept_in_lower_case(given_, kept):
    assert model.check_handle(given_) == kept


@pytest.mark.parametrize(
    "handle", ["a", "", ".tea", "tea.", "te..a", "tea house", "тea", "x" * 31, "K\u212aey", "t\n"]
)
def test_handles_that_look_like_others_are_refused(handle):
    with pytest.raises(Invalid):
        model.check_handle(handle)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("jurisdiction", {"jurisdiction": "China"}),
        ("zone", {"zone": "Asia/Atlantis"}),
        ("zone", {"zone": "../../etc/passwd"}),
        ("zone", {"zone": "localtime"}),
        ("zone", {"zone": "Factory"}),
        ("tier", {"tier": "Gold Tier"}),
        ("handle", {"handle": "!"}),
    ],
)
def test_a_party_with_a_wrong_field_is_refused_by_its_name(field, change):
    with pytest.raises(Invalid) as refused:
        model.check(NewParty(**{"kind": Kind.PERSON, "display_name": "Li", **change}))
    assert refused.value.field == field


def test_a_party_is_kept_in_the_form_in_which_its_texts_passed():
    new = NewParty(Kind.MERCHANT, " Rene\u0301 ", handle="Tea.House", tier="gold-2", zone="UTC")
    kept = NewParty(Kind.MERCHANT, "Ren\u00e9", handle="tea.house", tier="gold-2", zone="UTC")
    assert model.check(new) == kept
    assert (model.check_zone("UTC"), model.check_tier("gold-2")) == ("UTC", "gold-2")


def test_every_kind_but_the_regulator_has_a_purse_with_a_floor():
    assert set(Kind) - set(model.PURSE) == {Kind.REGULATOR}
    assert all(model.FLOOR[code] == 0 for code in model.PURSE.values())


def test_the_id_of_an_account_follows_from_party_code_and_currency():
    party = uuid7()
    one = model.account_id(party, "wallet", "CNY")
    assert one == model.account_id(UUID(str(party)), "wallet", "CNY")
    others = {
        model.account_id(party, "merchant", "CNY"),
        model.account_id(party, "wallet", "EUR"),
        model.account_id(uuid7(), "wallet", "CNY"),
    }
    assert len(others | {one}) == 4


def test_the_id_of_an_account_is_a_uuid_of_version_8_made_when_its_party_was():
    party = uuid7()
    account = model.account_id(party, "wallet", "CNY")
    assert account.version == 8
    assert account.variant == "specified in RFC 4122"
    assert made_at(account) == made_at(party)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (Status.ACTIVE, type(None)),
        (Status.RESTRICTED, model.PartyRestricted),
        (Status.CLOSED, model.PartyClosed),
    ],
)
def test_each_status_has_its_refusal(status, refusal):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    party = Party(
        uuid7(), Kind.PERSON, "Li", None, "CN", "Asia/Shanghai", "standard", status, (), at, at
    )
    assert isinstance(party.refusal, refusal)
    assert party.refusal is None or party.refusal.facts() == {"party": party.public_id}
