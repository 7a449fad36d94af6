"""Files of a bank: what is read, what is refused, and both against the standard's own schemas.

The samples were written for these tests, in the shapes that banks use: references given and not
given, batches with details, an account number outside `IBAN`, entries not booked yet, times for
days, a group refused as a whole. Names and accounts are made up.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from lxml import etree
from tests.rules.bank.carried import SAMPLES as SAMPLES_OF_BANKS
from tests.rules.bank.carried import standard, written_by_banks

from sycee.doors.bank import messages
from sycee.doors.bank.messages import Entry, Head
from sycee.kit.ids import uuid7
from sycee.products.wallet.bank import camt, pain, xml
from sycee.products.wallet.bank.model import (
    Account,
    BankCurrencyDiffers,
    BankFileIncomplete,
    BankFileInvalid,
    BankFileUnknownKind,
    BankFileUnreadable,
)

NUMBER = "DE93999999990000000001"
SAMPLES = Path(__file__).parents[2] / "vectors" / "bank"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def statements(content: bytes, currency: str = "EUR") -> list[camt.Statement]:
    kind, body = xml.read(content)
    return camt.statements(kind, body, {NUMBER: currency})


def written() -> dict[str, bytes]:
    """One file of every kind that is written here."""
    account = Account(uuid7(), NUMBER, "SYCEDEFFXXX", "House", "EUR")
    entries = [
        Entry("SBX1", True, 1_050, date(2026, 3, 2), None, "RF18X", "a & <b>", "Ann", NUMBER, None),
        Entry("SBX2", False, 5, date(2026, 3, 2), "e2e", None, None, None, None, "AC04"),
    ]
    files = {}
    for version in ("02", "08"):
        head = Head("ID", AT, NUMBER, "EUR", 7, version)
        first, last = date(2026, 3, 1), date(2026, 3, 2)
        said = messages.statement(head, -100, 945, first, last, entries)
        files[f"camt.053.001.{version}"] = said
        files[f"camt.054.001.{version}"] = messages.notification(head, entries)
    order = pain.Order(uuid7(), 1_234, "Ann & Söhne", "GB33BUKB20201555555555", "Withdrawal")
    files[pain.KIND] = pain.write(uuid7(), AT, account, [order, order])
    rows = [("a" * 32, "ACSP", None), ("b" * 32, "RJCT", "AC04")]
    files[messages.REPORT] = messages.status_report("ID", AT, "c" * 32, rows)
    return files


@pytest.mark.parametrize("kind", sorted(written()))
def test_every_file_that_is_written_passes_the_standards_own_schema(kind):
    schema = standard(kind)
    assert schema.validate(etree.fromstring(written()[kind])), schema.error_log
    assert xml.read(written()[kind])[0] == kind


def test_the_samples_pass_both_the_standards_schema_and_ours():
    names = sorted(path.name for path in SAMPLES.glob("*.camt.*.xml"))
    assert len(names) == 2
    for name in names:
        kind, _ = xml.read(sample(name))
        schema = standard(kind)
        assert schema.validate(etree.fromstring(sample(name))), (name, schema.error_log)


@pytest.mark.parametrize("kind", sorted(written()))
def test_what_our_schema_says_of_broken_files_the_standards_says_too(kind):
    """Drop each element in turn: whenever the standard refuses the rest, so do we."""
    schema, root = standard(kind), etree.fromstring(written()[kind])
    places = [element for element in root.iter() if element.getparent() is not None]
    refused = 0
    for place in range(len(places)):
        copy = etree.fromstring(written()[kind])
        element = list(copy.iter())[place + 1]
        parent = element.getparent()
        assert parent is not None
        inside = {etree.QName(each).localname for each in element.iterancestors()}
        parent.remove(element)
        ours = True
        try:
            xml.validate(kind, copy)
        except BankFileInvalid:
            ours = False
        theirs = schema.validate(copy)
        refused += not theirs
        # What is of any type with us may break there unseen: nothing is read of it.
        assert ours == theirs or (ours and inside & {"BkTxCd", "OrgnlTxRef"}), element.tag
    assert refused > 3


def test_identical_entries_without_references_stay_two_and_keep_their_identities():
    first, second = statements(sample("two-days.camt.053.001.02.xml"))
    assert (len(first.entries), first.pending, len(second.entries)) == (3, 1, 0)
    assert [e.net_minor for e in first.entries] == [1_000, 1_000, -5]
    assert len({e.identity for e in first.entries}) == 3
    assert not any(e.lasting for e in first.entries)
    assert first.opening is not None
    assert first.closing is not None
    assert second.opening is not None
    assert first.opening.amount_minor + 1_995 == first.closing.amount_minor
    assert second.opening.amount_minor == first.closing.amount_minor
    renumbered = sample("two-days.camt.053.001.02.xml").replace(b"<NtryRef>1<", b"<NtryRef>9<")
    again = statements(renumbered)[0]
    assert [e.identity for e in again.entries] == [e.identity for e in first.entries]


def test_entries_to_which_the_bank_gave_one_reference_or_a_blank_one_stay_two():
    def notified(*rows: tuple[str, int, bool]) -> list[camt.Entry]:
        entries = [
            Entry(ref, incoming, minor, date(2026, 3, 2), None, None, None, None, None, None)
            for ref, minor, incoming in rows
        ]
        head = Head("ID", AT, NUMBER, "EUR", 7, "08")
        return list(statements(messages.notification(head, entries))[0].entries)

    one, fee = notified(("R", 5, True), ("R", 5, False))
    same, other, third = notified(("R", 5, True), ("R", 5, True), ("R", 9, True))
    assert len({one.identity, fee.identity, other.identity, third.identity}) == 4
    assert same.identity == one.identity
    first, second = notified((" ", 5, True), (" ", 5, True))
    assert first.identity != second.identity
    assert [first.lasting, second.lasting, other.lasting] == [False, False, True]


def test_a_batch_is_taken_apart_where_its_details_make_it_up():
    (said,) = statements(sample("batch.camt.054.001.08.xml"))
    batch, anonymous = said.entries
    assert (said.number, batch.lasting, anonymous.lasting) == (NUMBER, True, False)
    assert [(p.amount_minor, p.name) for p in batch.parts] == [
        (1_025, "Rutschmann"),
        (2_025, "Muster"),
    ]
    assert batch.parts[0].number == "CH9300762011623852957"
    short = sample("batch.camt.054.001.08.xml").replace(b">20.25<", b">20.00<")
    assert [p.amount_minor for p in statements(short)[0].entries[0].parts] == [3_050]


@pytest.mark.parametrize(
    ("said", "of_one"),
    [
        ('<Amt Ccy="EUR">30.50</Amt>', True),
        ('<Amt Ccy="EUR">31.00</Amt>', True),  # a bank on the way kept the rest
        ('<Amt Ccy="EUR">0</Amt>', True),
        ('<Amt Ccy="USD">1.00</Amt>', True),
        ('<Amt Ccy="EUR">10.25</Amt>', False),
        ("<AmtDtls><TxAmt><Amt Ccy='EUR'>10.25</Amt></TxAmt></AmtDtls>", False),
        ("<Btch><NbOfTxs>01</NbOfTxs></Btch>", True),
        ("<Btch><NbOfTxs>2</NbOfTxs></Btch>", False),
    ],
)
def test_an_entry_of_more_than_the_one_transaction_it_tells_of_is_nobodys(said: str, of_one: bool):
    entry = Entry("R", True, 3_050, date(2026, 3, 2), "a" * 32, None, None, "Ann", None, None)
    head, refs = Head("ID", AT, NUMBER, "EUR", 7, "08"), "</Refs>"
    place = "<NtryDtls>" if said.startswith("<Btch") else refs

    def parts(told: Entry) -> tuple[camt.Part, ...]:
        content = messages.notification(head, [told]).decode().replace(place, place + said)
        return statements(content.encode())[0].entries[0].parts

    (part,) = parts(entry)
    assert (part.amount_minor, bool(part.payments), part.name == "Ann") == (3_050, of_one, of_one)
    (out,) = parts(msgspec.structs.replace(entry, incoming=False))
    assert (out.amount_minor, bool(out.payments)) == (3_050, True)


def test_a_group_that_is_refused_is_refused_as_a_whole():
    batch = uuid7()
    content = sample("rejected.pain.002.001.10.xml").replace(b">BATCH<", f">{batch.hex}<".encode())
    kind, body = xml.read(content)
    said = pain.report(body)
    assert (kind, said.batch, said.whole, said.reason) == (
        "pain.002.001.10",
        batch,
        pain.Fate.REJECTED,
        "FF01",
    )


BOMB = b'<!DOCTYPE Document [<!ENTITY a "aaaaaaaaaa">%s]>' % b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
GOOD = sample("two-days.camt.053.001.02.xml")
DECLARED = b'<?xml version="1.0" encoding="UTF-8"?>'


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace(DECLARED, DECLARED + BOMB).replace(b">tea<", b">&j;<"),
        GOOD.replace(DECLARED, DECLARED + BOMB).replace(b'Ccy="EUR"', b'Ccy="&j;"'),
        GOOD.replace(
            DECLARED, b'<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        ).replace(b">tea<", b">&x;<"),
        GOOD.replace(DECLARED, b'<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd">'),
        GOOD.decode()
        .replace(' encoding="UTF-8"', "")
        .replace("?>", "?><!DOCTYPE Document>", 1)
        .encode("utf-16"),
        GOOD[:-200],
        GOOD[: len(GOOD) // 2],
        b"",
        b"\x00\xff" * 50,
        b"\x1f\x8b\x08" + b"0" * 100,
        b"<a>" * 200_000,
        b"<a>" * 41 + b"</a>" * 41,
        b"<a>" + b"<b/>" * 700_000 + b"</a>",
        b'<a b="' + b"x" * (10 * 1024 * 1024) + b'"/>',
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        GOOD.replace(b"<GrpHdr>", b"<GrpHdr>\x01"),
    ],
    ids=lambda value: f"{len(value)} bytes",
)
def test_bombs_and_ruins_are_refused_at_once(content):
    began = time.thread_time()  # its own work, whatever else the machine does
    with pytest.raises(BankFileUnreadable):
        xml.read(content)
    assert time.thread_time() - began < 2.0


@pytest.mark.parametrize(
    ("begun", "middle", "ended", "times", "rule"),
    [
        (b"", b"<a>", b"</a>", 40, "is nested deeper than 40"),
        (b"<a>", b"<b/>", b"</a>", 49, "has more than 50 elements"),
        (b"<a>", b" ", b"</a>", 993, "is larger than 1000 bytes"),
    ],
)
def test_a_file_is_read_up_to_its_limits(
    monkeypatch: pytest.MonkeyPatch,
    begun: bytes,
    middle: bytes,
    ended: bytes,
    times: int,
    rule: str,
):
    monkeypatch.setattr(xml, "ELEMENTS_MAX", 50)
    monkeypatch.setattr(xml, "FILE_MAX_BYTES", 1_000)

    def content(count: int) -> bytes:
        return begun + middle * count + ended * (1 if begun else count)

    with pytest.raises(BankFileUnknownKind):
        xml.read(content(times))
    with pytest.raises(BankFileUnreadable) as caught:
        xml.read(content(times + 1))
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    "content",
    [
        b"<Document/>",
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.99"/>',
        b'<Document xmlns="urn:other"/>',
        b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
        b'<Other xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>',
    ],
)
def test_files_of_other_kinds_are_refused_by_name(content):
    with pytest.raises(BankFileUnknownKind):
        xml.read(content)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<CdtDbtInd>DBIT<", b"<CdtDbtInd>MAYBE<"),
        (b">0.05<", b">-0.05<"),
        (b">0.05<", b">1e3<"),
        (b">0.05<", b">0.123456<"),
        (b">0.05<", b">NaN<"),
        (b">0.05<", b"><"),
        (b"<Dt>2026-03-02</Dt>", b"<Dt>2026-02-30</Dt>"),
        (b"<IBAN>DE93999999990000000001</IBAN>", b"<IBAN>nonsense!</IBAN>"),
        (b"<MsgId>TWO-DAYS</MsgId>", b""),
        (b"<Sts>BOOK</Sts>", b""),
        (b"<Id>2026-061</Id>", b"<Id>" + b"9" * 36 + b"</Id>"),
        (b' Ccy="EUR"', b""),
    ],
)
def test_a_file_that_breaks_its_schema_is_refused_with_the_place(before, after):
    assert before in GOOD
    with pytest.raises(BankFileInvalid) as caught:
        xml.read(GOOD.replace(before, after))
    assert caught.value.place is not None
    assert "nonsense" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace(b">10.00<", b">1<!-- a -->0.00<"),
        GOOD.replace(b">10.00<", b">1<?a b?>0.00<"),
        GOOD.replace(b"<BkToCstmrStmt>", b"<!-- a --><?a b?><BkToCstmrStmt>"),
        GOOD.replace(b">tea<", b"><![CDATA[tea]]><"),
        GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
    ],
    ids=["comment", "instruction", "before all", "CDATA", "UTF-16"],
)
def test_how_a_file_is_put_down_changes_nothing_of_what_it_says(content: bytes):
    assert content != GOOD
    assert statements(content) == statements(GOOD)


@pytest.mark.parametrize(
    ("content", "rule", "place"),
    [
        (GOOD[:-20], "unclosed token", 23),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "has an unknown encoding", None),
        (GOOD.replace(b">DBIT<", b">MAYBE<"), "cvc_enumeration_valid at CdtDbtInd", 14),
    ],
)
def test_a_refusal_says_which_rule_was_broken_and_where(content: bytes, rule: str, place: int):
    with pytest.raises((BankFileUnreadable, BankFileInvalid)) as caught:
        xml.read(content)
    assert (caught.value.rule, caught.value.place) == (rule, place)


def test_a_notification_in_a_statements_clothes_is_refused():
    with pytest.raises(BankFileInvalid):
        xml.read(sample("batch.camt.054.001.08.xml").replace(b"camt.054.", b"camt.053."))


def test_counted_entries_must_be_there():
    summary = b"<TxsSummry><TtlNtries><NbOfNtries>%d</NbOfNtries></TtlNtries></TxsSummry><Ntry>"
    whole = GOOD.replace(b"<Ntry>", summary % 4, 1)
    assert len(statements(whole)[0].entries) == 3
    with pytest.raises(BankFileIncomplete) as caught:
        statements(GOOD.replace(b"<Ntry>", summary % 5, 1))
    assert (caught.value.expected, caught.value.found) == (5, 4)


def test_other_currencies_and_parts_of_a_cent_are_refused():
    with pytest.raises(BankCurrencyDiffers):
        statements(GOOD.replace(b'<Amt Ccy="EUR">10.00<', b'<Amt Ccy="USD">10.00<', 1))
    with pytest.raises(BankCurrencyDiffers):
        statements(GOOD, "USD")
    with pytest.raises(BankFileInvalid, match="minor units"):
        statements(GOOD.replace(b">0.05<", b">0.055<"))
    assert statements(GOOD.replace(b">0.05<", b">0.05000<"))[0].entries[2].amount_minor == 5


UNKNOWN_KINDS = {
    "abn-amro-notification", "abn-amro-empty", "swiss-statement", "iso-notification-1",
    "iso-notification-4",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SAMPLES_OF_BANKS))
def test_of_a_file_that_a_bank_wrote_we_say_what_the_standard_says(name: str):
    content = written_by_banks(name)
    if name in UNKNOWN_KINDS:
        with pytest.raises(BankFileUnknownKind):
            xml.read(content)
        return
    root = etree.fromstring(content)
    kind = (root.nsmap[None] or "").rpartition(":")[2]
    if standard(kind).validate(root):
        assert xml.read(content)[0] == kind
    else:
        with pytest.raises(BankFileInvalid):
            xml.read(content)
