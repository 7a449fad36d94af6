"""The vault's cryptography: standards' own vectors, and what must not open."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.core.parties import sealing
from sycee.core.parties.sealing import DataKey, SealBroken
from sycee.kit.errors import Invalid
from sycee.kit.ids import public, uuid7

KEY = DataKey(bytes(range(32)))
LI = UUID("019a0000-0000-7000-8000-000000000001")
MA = UUID("019a0000-0000-7000-8000-000000000002")


def test_wrapping_gives_the_vector_of_rfc_3394_section_4_6():
    master = bytes.fromhex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    wrapped = bytes.fromhex(
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
    )
    assert sealing.wrap(master, key) == wrapped
    assert sealing.unwrap(master, wrapped) == key


def test_a_wrapped_key_does_not_open_with_another_master_or_a_flipped_bit():
    wrapped = sealing.wrap(KEY, sealing.new_key())
    assert sealing.unwrap(sealing.new_key(), wrapped) is None
    assert sealing.unwrap(KEY, bytes([wrapped[0] ^ 1]) + wrapped[1:]) is None
    assert sealing.unwrap(KEY, b"") is None


@given(st.text(max_size=300), st.integers(1, 2**32 - 1))
def test_what_was_sealed_opens_to_the_same_text(text, version):
    sealed = sealing.seal(KEY, LI, "address", text, version)
    assert sealing.unseal(KEY, LI, "address", sealed, version) == text
    assert sealing.unseal_bytes(KEY, LI, "address", sealed, version) == text.encode()
    assert len(sealed) == len(text.encode()) + sealing.OVERHEAD_BYTES
    assert len(sealed) == len(text.encode()) + 33


def test_one_text_sealed_twice_looks_different():
    assert sealing.seal(KEY, LI, "name", "李雷") != sealing.seal(KEY, LI, "name", "李雷")


@given(st.data())
def test_no_altered_or_cut_seal_opens(data):
    sealed = bytearray(sealing.seal(KEY, LI, "name", "李雷", 3))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    assert isinstance(sealing.unseal(KEY, LI, "name", bytes(sealed)), SealBroken)
    assert isinstance(sealing.unseal(KEY, LI, "name", bytes(sealed[:place])), SealBroken)


@pytest.mark.parametrize(
    ("subject", "field", "version"), [(MA, "name", 3), (LI, "email", 3), (LI, "name", 4)]
)
def test_a_seal_moved_to_another_person_field_or_version_does_not_open(subject, field, version):
    sealed = sealing.seal(KEY, LI, "name", "李雷", 3)
    assert isinstance(sealing.unseal(KEY, subject, field, sealed, version), SealBroken)
    # nor when the version in the header is made to agree
    forged = sealed[:1] + version.to_bytes(4, "big") + sealed[5:]
    assert isinstance(sealing.unseal(KEY, subject, field, forged, version), SealBroken)


def test_a_text_may_be_as_long_as_it_may_be_and_a_name_has_63_letters():
    longest = "x" * 65_536
    sealed = sealing.seal(KEY, LI, "x" * 63, longest)
    assert sealing.unseal(KEY, LI, "x" * 63, sealed, 1) == longest
    assert sealing.check_field("work-phone_2.b") == "work-phone_2.b"
    assert (
        sealing.unseal_bytes(KEY, LI, "f", sealing.seal_bytes(KEY, LI, "f", b"\xff"), 1) == b"\xff"
    )


def test_a_seal_of_another_format_does_not_open():
    sealed = sealing.seal(KEY, LI, "name", "李雷", 3)
    broken = sealing.unseal(KEY, LI, "name", b"\x02" + sealed[1:], 3)
    assert broken == SealBroken(subject=public("par", LI), field="name")


def test_a_seal_does_not_open_with_another_key():
    sealed = sealing.seal(KEY, LI, "name", "李雷")
    assert isinstance(sealing.unseal(sealing.new_key(), LI, "name", sealed), SealBroken)


@pytest.mark.parametrize("field", ["", "Name", "a|b", "na me", "x" * 64, "1st"])
def test_a_field_name_that_could_be_read_two_ways_is_refused(field):
    with pytest.raises(Invalid):
        sealing.seal(KEY, LI, field, "text")


@pytest.mark.parametrize("text", ["x" * 65_537, "水" * 21_846, "\ud800"])
def test_a_text_too_long_or_not_unicode_is_refused_without_repeating_it(text):
    with pytest.raises(Invalid) as refused:
        sealing.seal(KEY, LI, "statement", text)
    assert len(str(refused.value)) < 200


def test_a_fingerprint_agrees_for_the_same_text_under_the_same_key_only():
    one = sealing.fingerprint(KEY, "statement", "the cup is broken")
    assert one == sealing.fingerprint(KEY, "statement", "the cup is broken")
    assert one != sealing.fingerprint(KEY, "statement", "the cup is broken.")
    assert one != sealing.fingerprint(KEY, "address", "the cup is broken")
    assert one != sealing.fingerprint(sealing.new_key(), "statement", "the cup is broken")


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("email", "Li.Lei@Example.com", " li.lei@example.COM "),
        ("email", "ｌｉ@example.com", "li@example.com"),
        ("phone", "+86 138-0013-8000", "+8613800138000"),
        ("phone", "0086 138 0013 8000", "+8613800138000"),
    ],
)
def test_two_spellings_of_one_address_have_one_blind_index(field, one, other):
    assert sealing.blind(KEY, field, one) == sealing.blind(KEY, field, other)


@pytest.mark.parametrize(
    ("field", "text", "form"),
    [
        ("email", " Ｌi@Example.COM ", "li@example.com"),
        ("phone", "+86 138-0013-8000", "+8613800138000"),
        ("phone", "0086 138 0013 8000", "+8613800138000"),
        ("work-phone", "(0138) ٣ 0013", "01380013"),
        ("phone", "x", ""),
    ],
)
def test_a_field_is_compared_in_one_form(field, text, form):
    assert sealing.normalise(field, text) == form


def test_a_blind_index_depends_on_its_key_its_field_and_its_text():
    digests = {
        sealing.blind(KEY, "email", "li@example.com"),
        sealing.blind(KEY, "email", "lei@example.com"),
        sealing.blind(KEY, "name", "li@example.com"),
        sealing.blind(sealing.new_key(), "email", "li@example.com"),
    }
    assert len(digests) == 4


def test_keys_and_seals_never_show_in_a_repr():
    from sycee.core.parties.keyring import Master
    from sycee.core.parties.vault import SealedText

    assert "000102" not in repr(Master(bytes(KEY)))
    assert "x03" not in repr(Master(bytes(KEY)))
    assert "secret" not in repr(SealedText(uuid7(), "name", b"secret"))
