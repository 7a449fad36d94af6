"""Payment codes: the published vectors, and nothing that a camera sees may raise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.products.wallet.qr import emv, tlv
from sycee.products.wallet.qr.decode import LENGTH_MAX, Decoded, Refused, decode
from sycee.products.wallet.qr.profiles import profiles
from sycee.products.wallet.qr.reasons import Reason

VECTORS: list[dict[str, str]] = json.loads(
    (Path(__file__).parents[2] / "vectors/qr.json").read_text(encoding="utf-8")
)
BY_ID = {vector["id"]: vector["payload"] for vector in VECTORS}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_the_published_vector_is_read_or_refused_as_published(vector: dict[str, str]) -> None:
    assert isinstance(decode(vector["payload"]), Decoded) == (vector["expect"] == "valid")


def fields(id_: str) -> dict[str, Any]:
    read = decode(BY_ID[id_])
    assert isinstance(read, Decoded)
    return read.fields


def test_a_length_counts_characters_and_the_checksum_counts_bytes() -> None:
    assert fields("E1")["local"] == {"language": "ZH", "name": "最佳运输", "city": "北京"}


def test_a_national_code_is_read_by_its_profile() -> None:
    assert fields("P1")["accounts"][0]["key"] == "123e4567-e12b-12d1-a456-426655440000"
    assert fields("T5")["accounts"][0]["phone"] == "0066000000000"
    assert fields("T5")["amount"] == "4.22"
    assert fields("S3")["accounts"][0]["proxy"] == "201403121W"


def test_bank_and_card_codes_are_read_field_by_field() -> None:
    assert fields("H1")["creditor"]["town"] == "Biel"
    assert fields("X1")["iban"] == "FR1420041010050500013M02606"
    assert fields("U1")["amount"] == "10"
    assert fields("C1")["applications"][0]["application_id"] == "A0000000555555"


def with_crc(body: str) -> str:
    text = body + "6304"
    return text + tlv.crc(text)


HEAD = "000201010211"
ACCOUNT = "29300012D156000000000510A93FO3230Q"
TAIL = "5204411153031565802CN5914BEST TRANSPORT6007BEIJING"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.UNKNOWN_FORMAT),
        ("https://example.com", Reason.UNKNOWN_FORMAT),
        ("0" * (LENGTH_MAX + 1), Reason.TOO_LONG),
        ("000201" * 2_000, Reason.TOO_LONG),
        (HEAD + ACCOUNT + TAIL + "63040000", Reason.BAD_CRC),
        (HEAD + ACCOUNT + TAIL, Reason.MISSING_FIELD),
        (with_crc(HEAD + TAIL), Reason.MISSING_FIELD),
        (with_crc(HEAD + ACCOUNT), Reason.MISSING_FIELD),
        (with_crc(HEAD + "26080012abcd" + TAIL), Reason.MALFORMED_TLV),
        (with_crc(HEAD + ACCOUNT + TAIL + "5402-1"), Reason.BAD_FIELD),
        (with_crc(HEAD + ACCOUNT + ACCOUNT + TAIL), Reason.DUPLICATE_FIELD),
        (with_crc("000202010211" + ACCOUNT + TAIL), Reason.BAD_FIELD),
        (with_crc(HEAD + ACCOUNT + TAIL + "62٠٣abc"), Reason.MALFORMED_TLV),
        (HEAD + "\ud800", Reason.MALFORMED_TLV),
        ("hQV!", Reason.NOT_BASE64),
        ("hQVDUFYwMWE=", Reason.MALFORMED_TLV),
        ("hQVDUFYwMQ==", Reason.MISSING_FIELD),
        ("upi://pay?pn=x", Reason.MISSING_FIELD),
        ("upi://pay?pa=a@b&am=1e5", Reason.BAD_FIELD),
        ("upi://pay?pa=a@b&pa=c@d", Reason.DUPLICATE_FIELD),
        ("BCD\n002\n1\nSCT\n\nA\nDE71110220330123456788\nEUR1", Reason.BAD_IBAN),
        ("BCD\n002\n1\nSCT\n\nA\nDE71110220330123456789\nEUR0", Reason.BAD_FIELD),
        ("SPC\n0200\n1", Reason.MALFORMED_TLV),
    ],
)
def test_a_bad_code_gives_its_typed_reason(text: str, reason: Reason) -> None:
    read = decode(text)
    assert isinstance(read, Refused)
    assert read.reason is reason


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    assert isinstance(decode(text), Decoded | Refused)


@given(st.sampled_from(sorted(BY_ID.values())), st.data())
def test_no_damaged_code_raises(payload: str, data: st.DataObject) -> None:
    chars = list(payload)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(chars) - 1))
        chars[at : at + data.draw(st.integers(0, 2))] = data.draw(st.text(max_size=2))
        chars = chars or ["0"]
    read = decode("".join(chars))
    assert isinstance(read, Decoded | Refused)
    json.dumps(read.fields if isinstance(read, Decoded) else read.reason)


names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=15)


@given(names, names, st.integers(1, 10**10), st.booleans())
def test_what_is_written_is_read_back(name: str, city: str, minor: int, dynamic: bool) -> None:
    amount = f"{minor // 100}.{minor % 100:02d}"
    text = emv.encode(
        accounts={"26": {"00": "org.sycee", "01": "par_1"}},
        currency="156",
        country="CN",
        name=name,
        city=city,
        amount=amount,
        dynamic=dynamic,
        additional={"05": "order-7"},
    )
    read = decode(text)
    assert isinstance(read, Decoded)
    assert (read.fields["name"], read.fields["city"]) == (name, city)
    assert read.fields["amount"] == amount
    assert read.fields["initiation"] == ("dynamic" if dynamic else "static")
    assert read.fields["accounts"][0]["01"] == "par_1"
    assert read.fields["additional"] == {"reference_label": "order-7"}


@pytest.mark.parametrize(
    "wrong", [{"name": "x" * 26}, {"currency": "CNY"}, {"amount": "1,0"}, {"accounts": {}}]
)
def test_what_the_standard_cannot_carry_is_not_written(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "accounts": {"26": {"00": "org.sycee"}},
        "currency": "156",
        "country": "CN",
        "name": "Shop",
        "city": "Town",
    }
    assert emv.encode(**right)
    with pytest.raises(ValueError, match=r"field|characters"):
        emv.encode(**right | wrong)


def test_the_checksum_is_ccitt_false() -> None:
    assert tlv.crc("123456789") == "29B1"


def test_every_profile_names_its_source_and_how_to_recognise_it() -> None:
    for profile in profiles().values():
        assert profile.source
        assert profile.guids or (profile.tags and profile.country)
