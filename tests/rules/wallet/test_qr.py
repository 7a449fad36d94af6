"""Payment codes: the published vectors, and nothing that a camera sees may raise."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bench.qr import damaged, payloads
from hypothesis import given
from hypothesis import strategies as st

from sycee.products.wallet.qr import cpm, emv, tlv
from sycee.products.wallet.qr.decode import LENGTH_MAX, Decoded, Refused, decode
from sycee.products.wallet.qr.profiles import profiles
from sycee.products.wallet.qr.reasons import Reason

VECTORS: list[dict[str, str]] = [
    row
    for name in ("qr.json", "qr-more.json")
    for row in json.loads((Path(__file__).parents[2] / "vectors" / name).read_text("utf-8"))
]
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


def test_a_signed_upi_link_keeps_its_signature() -> None:
    read = decode(BY_ID["U1"] + "&mode=05&orgid=000000&sign=MEUCIQ+a/b0+==")
    assert isinstance(read, Decoded)
    assert read.fields["signature"] == "MEUCIQ+a/b0+=="
    assert read.fields["name"] == "nadeem chinna"


@pytest.mark.parametrize(
    "vector", [v for v in VECTORS if v["payload"].startswith(cpm.PREFIX)], ids=lambda v: v["id"]
)
def test_a_consumers_code_is_written_as_it_was_published(vector: dict[str, str]) -> None:
    if vector["expect"] == "valid":
        assert cpm.encode(fields(vector["id"])) == vector["payload"]


hexes = st.binary(min_size=1, max_size=300).map(lambda octets: octets.hex().upper())


@given(
    st.lists(st.fixed_dictionaries({"application_id": hexes, "label": hexes}), min_size=1),
    st.fixed_dictionaries({"cryptogram": hexes, "transaction_counter": hexes}),
)
def test_what_is_written_as_a_consumers_code_reads_back(applications, transparent) -> None:
    inner = [each | {"transparent": transparent} for each in applications]
    said = {"format": "CPV01", "applications": inner, "common": {"pan_last_digits": "1234"}}
    read = decode(cpm.encode(said))
    assert isinstance(read, Decoded)
    assert read.fields == said


def test_a_consumers_code_that_nobody_could_read_is_not_written() -> None:
    for broken in (
        {},
        {"applications": [{"label": "00"}]},
        {"applications": [{"5A": "0" * 131_080}]},
    ):
        with pytest.raises(ValueError):
            cpm.encode(broken)


def test_a_code_of_all_schemes_is_longer_than_the_standard_allows_and_read_all_the_same() -> None:
    assert len(BY_ID["SG2"]) == 1_069
    accounts = {
        account["guid"]: account for account in fields("SG2")["accounts"] if "guid" in account
    }
    assert accounts["SG.PAYNOW"]["proxy"].startswith("+62")
    assert accounts["SG.SGQR"]["postal_code"] == "081006"


def test_a_cambodian_code_carries_the_digest_it_is_known_by() -> None:
    expected = hashlib.md5(BY_ID["KH1"].encode(), usedforsecurity=False).hexdigest()
    assert fields("KH1")["md5"] == expected
    assert fields("KH2")["accounts"][0]["acquiring_bank"] == "Dev Bank"


def test_a_template_within_a_template_is_read_by_its_names() -> None:
    account = fields("VN1")["accounts"][0]
    assert account["beneficiary"] == {"bank": "970436", "account": "0011001800879"}


def national(accounts: dict[str, dict[str, str]], **root: str) -> str:
    written = {tag: tlv.write(template) for tag, template in accounts.items()}
    return tlv.write(written) + tlv.write({tag[1:]: value for tag, value in root.items()})


NATIONAL = {
    "PIX": national(
        {"26": {"00": "br.gov.bcb.pix"}},
        t52="0000", t53="986", t58="BR", t59="A", t60="B", t62="0503***",
        t80=tlv.write({"00": "br.gov.bcb.pix", "25": "pix.example.com/rec/abc"}),
    ),
    "QRIS": national(
        {
            "26": {"00": "COM.BANK.WWW", "01": "936000112345678901", "03": "UMI"},
            "51": {"00": "ID.CO.QRIS.WWW", "02": "ID1020000000000", "03": "UMI"},
        },
        t52="5411", t53="360", t58="ID", t59="Toko", t60="JAKARTA", t61="12345",
    ),
    "QR Kenya": national(
        {"28": {"00": "ke.go.qr", "01": "1234567"}},
        t52="0000", t53="404", t58="KE", t59="Duka", t61="00200", t83="0010m-pesa.com",
    ),
    "LAO QR": national(
        {"38": {"00": "a005266284662577", "01": "27710418", "02": "002", "03": "1234567"}},
        t53="418", t58="la",
    ),
    "PromptPay bill payment": national(
        {"30": {"00": "A000000677010112", "01": "099999999999990", "02": "111222"}},
        t53="764", t58="TH",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NATIONAL)
def test_each_country_leaves_out_what_its_profile_lets_it(name: str) -> None:
    read = decode(with_crc("000201010211" + NATIONAL[name]))
    assert isinstance(read, Decoded), read
    assert read.profile == name


@pytest.mark.parametrize("key", [key for key, each in profiles().items() if each.currencies])
def test_a_schemes_code_is_in_the_schemes_currency(key: str) -> None:
    profile = profiles()[key]
    account = tlv.write({"00": profile.guids[0] if profile.guids else "a@b"})
    for currency in (*profile.currencies, "978"):
        text = f"29{len(account):02d}{account}520454115303{currency}5802KH5901A6001B"
        read = decode(with_crc(HEAD + text))
        assert isinstance(read, Decoded) == (currency != "978"), read


def test_a_recurrence_of_pix_says_where_it_is_read() -> None:
    read = decode(with_crc("000201010211" + NATIONAL["PIX"]))
    assert isinstance(read, Decoded)
    assert read.fields["other"]["80"]["recurrence"] == "pix.example.com/rec/abc"


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
        ("BCD\n002\n1\nSCT\n\nA\nDE41370400440532013\nEUR1", Reason.BAD_IBAN),  # 19 characters
        ("BCD\n002\n1\nSCT\n\nA\nDE71110220330123456789\nEUR0", Reason.BAD_FIELD),
        ("SPC\n0200\n1", Reason.MALFORMED_TLV),
        ("0002" * 2_500, Reason.TOO_LONG),
        ("\x00" * 100, Reason.UNKNOWN_FORMAT),
        ("0002\x00", Reason.MALFORMED_TLV),
        (with_crc(HEAD + "38080099abcd" + TAIL), Reason.MALFORMED_TLV),
        (with_crc(HEAD + "38160010A0000007270104000500" + TAIL), Reason.MALFORMED_TLV),
    ],
)
def test_a_bad_code_gives_its_typed_reason(text: str, reason: Reason) -> None:
    read = decode(text)
    assert isinstance(read, Refused)
    assert read.reason is reason


LATIN_1 = (
    "BCD\n002\n2\nSCT\nBHBLDEHHXXX\n" + "ü" * 70 + "\nDE71110220330123456789\n"
    "EUR999999999.99\nGDDS\n\n" + "ä" * 140 + "\n"
)  # fmt: skip
ROOM = 331 - len(LATIN_1)


@pytest.mark.parametrize(("rest", "fits"), [(ROOM, True), (ROOM + 1, False)])
def test_a_transfer_is_as_long_as_its_own_character_set_makes_it(rest: int, fits: bool) -> None:
    assert isinstance(decode(LATIN_1 + "ö" * rest), Decoded) == fits


@pytest.mark.parametrize(
    ("line", "longest"),
    [(6, "s" * 70), (7, "1" * 16), (8, "9" * 16), (9, "t" * 35), (29, "m" * 140), (31, "b" * 118),
     (32, "a" * 100), (18, "999999999.99"), (21, "n" * 70)],
)  # fmt: skip
def test_a_line_of_a_swiss_bill_is_no_longer_than_the_guidelines_let_it(
    line: int, longest: str
) -> None:
    lines = BY_ID["CH2"].split("\r\n")
    if line == 29:
        lines[31] = ""
    lines[line] = longest
    assert isinstance(decode("\n".join(lines)), Decoded)
    lines[line] = longest[0] + longest
    assert isinstance(decode("\n".join(lines)), Refused)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [(1, "02x0"), (10, "1C"), (12, "Ultimate AG"), (18, "00.50"), (33, "XY\nthird")],
)
def test_a_swiss_bill_keeps_to_the_guidelines(line: int, wrong: str) -> None:
    lines = BY_ID["CH2"].split("\r\n")
    lines[line] = wrong
    assert isinstance(decode("\n".join(lines)), Refused)


def test_blank_lines_after_a_swiss_bill_say_nothing() -> None:
    assert decode(BY_ID["CH2"] + "\n\n\n") == decode(BY_ID["CH2"])


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


def test_twenty_thousand_damaged_codes_give_a_field_or_a_reason() -> None:
    """A piece of `bench qr`, which reads a million; its seed makes it the same each time."""
    chance = random.Random(7)
    known = payloads()
    texts = [damaged(chance.choice(known), chance) for _ in range(20_000)]
    outcomes = [decode(text) for text in texts]
    refused = [each for each in outcomes if isinstance(each, Refused)]
    assert {each.reason for each in refused} >= set(Reason) - {
        Reason.TOO_LONG,
        Reason.BAD_REFERENCE,
    }
    assert 0 < len(refused) < len(texts)


def test_every_line_gets_its_answer_at_the_terminal() -> None:
    lines = [
        json.dumps(BY_ID["P1"]),
        "", "null", "12", '{"a": 1}', '["0002"]', '"open', '"\\ud800"', "\x00", '"\\u0000"',
        json.dumps("0" * 10_000), "[" * 10_000, '"a" "b"',
        json.dumps(BY_ID["H1"]),
    ]  # fmt: skip
    sent = "\n".join(lines).encode() + b"\n\xff\xfe\n" + json.dumps(BY_ID["X1"]).encode()
    run = subprocess.run(
        [sys.executable, "-m", "sycee", "qr", "decode"],
        input=sent, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(lines) + 2
    good = {0, len(lines) - 1, len(lines) + 1}
    assert [at for at, answer in enumerate(answers) if answer["ok"]] == sorted(good)
    assert all(answer["reason"] for answer in answers if not answer["ok"])
    assert run.stderr == b""


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
