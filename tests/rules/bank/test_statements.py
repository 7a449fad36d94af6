"""What is read of a statement, row by row: its account, balances, days, names and parts.

The bodies are in the shape that `xml.read` gives, which has checked them against the schema.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from lxml import etree

from sycee.kit.errors import Refusal
from sycee.kit.money import MAX_MINOR
from sycee.products.wallet.bank import camt, iban
from sycee.products.wallet.bank.actions import items, posting
from sycee.products.wallet.bank.camt import Entry, Part, Position, Statement
from sycee.products.wallet.bank.model import (
    Account,
    BankCurrencyDiffers,
    BankFileIncomplete,
    BankFileInvalid,
)

NUMBER = "DE93999999990000000001"
DAY = date(2026, 3, 2)
PAID = UUID(int=0xABC)
ACCOUNT = f"<Acct><Id><IBAN>{NUMBER}</IBAN></Id></Acct>"


def bal(code: str, amount: str, day: str = "2026-03-02", way: str = "CRDT") -> str:
    kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    money = f"<Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>"
    return f"<Bal>{kind}{money}<Dt><Dt>{day}</Dt></Dt></Bal>"


def ntry(
    said: str = "", amount: str = "1.00", way: str = "CRDT", sts: str = "BOOK", ccy: str = "EUR"
) -> str:
    money = f"<Amt Ccy='{ccy}'>{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>"
    return f"<Ntry>{money}<Sts>{sts}</Sts>{said}</Ntry>"


def details(*said: str) -> str:
    return "<NtryDtls>" + "".join(f"<TxDtls>{each}</TxDtls>" for each in said) + "</NtryDtls>"


def money(amount: str, way: str = "CRDT", ccy: str = "EUR") -> str:
    return f"<Amt Ccy='{ccy}'>{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>"


def told(*said: str, account: str = ACCOUNT, currency: str = "EUR") -> Statement:
    at = "<Id>S-1</Id><CreDtTm>2026-03-02T23:00:00+01:00</CreDtTm>"
    text = f"<B><Stmt>{at}{account}{''.join(said)}</Stmt></B>"
    body = etree.fromstring(text)
    (found,) = camt.statements("camt.053.001.08", body, {NUMBER: currency})
    return found


def read(said: str = "", amount: str = "1.00", way: str = "CRDT") -> Entry:
    (entry,) = told(ntry(said, amount, way)).entries
    return entry


def refused(kind: type[Refusal], *said: str, account: str = ACCOUNT) -> dict[str, object]:
    with pytest.raises(kind) as caught:
        told(*said, account=account)
    return dict(caught.value.facts())


@pytest.mark.parametrize(
    ("rows", "opening", "closing"),
    [
        ([], None, None),
        ([bal("CLAV", "9"), bal("FWAV", "9")], None, None),
        ([bal("OPBD", "1"), bal("CLBD", "2")], 100, 200),
        ([bal("CLBD", "2"), bal("PRCD", "1")], 100, 200),
        ([bal("PRCD", "3"), bal("OPBD", "1", way="DBIT")], -100, None),
        ([bal("ITBD", "3"), bal("OPBD", "1")], 100, 300),
        ([bal("ITBD", "3"), bal("ITBD", "4")], 300, 400),
        ([bal("ITBD", "3"), bal("PRCD", "2"), bal("CLBD", "4", way="DBIT")], 200, -400),
        ([bal("OPBD", "1"), bal("OPBD", "2"), bal("CLBD", "3"), bal("CLBD", "4")], 100, 400),
    ],
)
def test_a_statement_opens_by_its_first_booked_balance_and_closes_by_its_last(
    rows: list[str], opening: int | None, closing: int | None
):
    said = told(*rows)
    assert said.opening == (None if opening is None else Position(opening, DAY))
    assert said.closing == (None if closing is None else Position(closing, DAY))


@pytest.mark.parametrize(
    ("said", "sequence"),
    [
        ("", 0),
        ("<LglSeqNb>8</LglSeqNb>", 8),
        ("<ElctrncSeqNb>7</ElctrncSeqNb><LglSeqNb>8</LglSeqNb>", 7),
        (f"<ElctrncSeqNb>{'9' * 18}</ElctrncSeqNb>", 10**18 - 1),
        (f"<LglSeqNb>{2**62 + 1}</LglSeqNb>", 2**62),
    ],
)
def test_a_statement_has_the_number_that_the_bank_gave_it(said: str, sequence: int):
    assert (told(said).sequence, told(said).name) == (sequence, "S-1")


def test_an_account_is_known_by_its_number_in_either_place():
    other = "<Acct><Id><Othr><Id>de93 9999 9999 0000 0000 01</Id></Othr></Id><Ccy>EUR</Ccy></Acct>"
    assert len(told(ntry(), account=other).entries) == 1
    differs = ACCOUNT.replace("</Acct>", "<Ccy>USD</Ccy></Acct>")
    assert refused(BankCurrencyDiffers, account=differs) == {"expected": "EUR", "found": "USD"}


def test_of_an_account_that_is_none_of_ours_only_its_name_is_read():
    strange = "<Acct><Id><IBAN>DE00</IBAN></Id><Ccy>USD</Ccy></Acct>"
    said = told(ntry(amount="nonsense"), bal("OPBD", "1"), account=strange)
    assert said == Statement("DE00", "USD", "S-1", 0, None, None, (), 0)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("<BookgDt><Dt>2026-02-27</Dt></BookgDt><ValDt><Dt>2026-02-28</Dt></ValDt>", 27),
        ("<BookgDt><DtTm>2026-02-27T23:59:59</DtTm></BookgDt>", 27),
        ("<BookgDt><DtTm>2026-02-27T00:30:00+14:00</DtTm></BookgDt>", 27),
        ("<BookgDt><Dt>2026-02-27-05:00</Dt></BookgDt>", 27),
        ("<ValDt><Dt>2026-02-28</Dt></ValDt>", 28),
        ("", 26),
    ],
)
def test_an_entry_is_of_the_day_that_the_bank_says(said: str, day: int):
    (entry,) = told(bal("CLBD", "0", "2026-02-26"), ntry(said)).entries
    assert entry.booked_on == date(2026, 2, day)


def test_an_entry_without_a_day_is_of_the_statements_and_without_any_the_file_is_refused():
    assert read().booked_on == DAY
    body = etree.fromstring(f"<B><Stmt>{ACCOUNT}\n{ntry()}</Stmt></B>")
    with pytest.raises(BankFileInvalid) as caught:
        camt.statements("camt.053.001.08", body, {NUMBER: "EUR"})
    assert caught.value.facts() == {"rule": "an entry has no day", "place": 2}
    late = "<BookgDt><Dt>12026-03-02</Dt></BookgDt>"
    assert refused(BankFileInvalid, ntry(late))["rule"] == "a day is out of range"


def test_what_is_not_booked_or_moves_nothing_is_no_line():
    rows = [ntry(sts=each) for each in ("PDNG", "INFO", "<Cd>FUTR</Cd>", "<Prtry>BOOK</Prtry>")]
    said = told(*rows, ntry(amount="0.00"), ntry(amount="0.01", sts="<Cd>BOOK</Cd>"))
    assert ([e.amount_minor for e in said.entries], said.pending) == ([1], 4)


def test_an_entry_goes_by_the_same_name_for_good():
    """Whoever changes this books what was taken before a second time."""
    again = told(ntry("<AcctSvcrRef> R </AcctSvcrRef>"), ntry("<AcctSvcrRef>R</AcctSvcrRef>"))
    assert [e.identity for e in again.entries] == ["bank|R|C", "bank|R|C|1"]
    out = told(ntry("<NtryRef>123456</NtryRef>", way="DBIT"), ntry("<NtryRef>123456</NtryRef>"))
    assert [e.identity for e in out.entries] == ["entry|123456|D", "entry|123456|C"]
    said = details(
        f"<Refs><EndToEndId>{PAID.hex}</EndToEndId></Refs>"
        "<RltdPties><Dbtr><Nm>Ann</Nm></Dbtr></RltdPties><RmtInf><Ustrd>tea</Ustrd></RmtInf>"
    )
    unnamed = told(bal("OPBD", "1"), bal("CLBD", "3"), ntry(said), ntry(said))
    content = "content|de7a1860a571036e089340c2b78679a455fb462c83bec5b90e88fa2bc7e4534b"
    assert [e.identity for e in unnamed.entries] == [f"{content}|0", f"{content}|1"]
    account = Account(UUID(int=1), NUMBER, None, "House", "EUR")
    assert str(posting.line_id(account.id, "bank|R|C", 0)) == "0978c296-5d92-8158-a811-de850feb9e27"
    assert str(posting.line_id(account.id, "bank|R|C", 1)) == "01c8eec2-d257-854c-bbd8-4062b957c304"
    assert str(items.statement_id(account, unnamed)) == "ed3b8789-fb26-8873-962d-93d2d920e034"


def test_every_word_of_an_unnamed_entry_tells_it_from_others():
    said = (
        f"<Refs><EndToEndId>{PAID.hex}</EndToEndId></Refs>"
        "<RltdPties><Dbtr><Nm>Ann</Nm></Dbtr><DbtrAcct><Id><IBAN>X</IBAN></Id></DbtrAcct>"
        "</RltdPties><RmtInf><Ustrd>tea</Ustrd></RmtInf>"
    )
    others = [
        read(details(said.replace(old, new))).identity
        for old, new in ((PAID.hex, "none"), ("Ann", "Bob"), ("X", "Y"), ("tea", "rum"))
    ]
    one = read(details(said)).identity
    others += [read(details(said), "1.01").identity, read(details(said), way="DBIT").identity]
    others.append(read(details(said) + "<BookgDt><Dt>2026-03-01</Dt></BookgDt>").identity)
    assert len({one, *others}) == 8


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("<NtryRef>12345</NtryRef>", None),
        ("<NtryRef>notprovided</NtryRef>", None),
        ("<AcctSvcrRef>NONREF</AcctSvcrRef>", None),
        ("<AcctSvcrRef>none</AcctSvcrRef><NtryRef>123456</NtryRef>", "entry|123456|C"),
        ("<AcctSvcrRef>NOTAVAILABLE</AcctSvcrRef>", None),
        ("<AcctSvcrRef> </AcctSvcrRef>", None),
        ("<NtryRef>123456</NtryRef><AcctSvcrRef>A</AcctSvcrRef>", "bank|A|C"),
        (details("<Refs><AcctSvcrRef>T</AcctSvcrRef></Refs>"), "bank|T|C"),
        ("<AcctSvcrRef>A</AcctSvcrRef>" + details("<Refs><AcctSvcrRef>T</AcctSvcrRef></Refs>"),
         "bank|A|C"),
        (details(*(f"<Refs><AcctSvcrRef>{t}</AcctSvcrRef></Refs>" for t in "TU")), None),
        (details("<Refs><AcctSvcrRef>T</AcctSvcrRef></Refs>", ""), "bank|T|C"),
    ],
)  # fmt: skip
def test_what_the_bank_names_an_entry_by(said: str, name: str | None):
    entry = read(said)
    assert entry.lasting is (name is not None)
    assert entry.identity == name or entry.identity.startswith("content|")


@pytest.mark.parametrize(
    ("said", "amounts"),
    [
        ((money("3"), money("7")), [300, 700]),
        (("<Amt Ccy='EUR'>3</Amt>", "<AmtDtls><TxAmt><Amt Ccy='EUR'>7</Amt></TxAmt></AmtDtls>"),
         [300, 700]),
        ((money("1", ccy="USD") + "<AmtDtls><TxAmt><Amt Ccy='EUR'>3</Amt></TxAmt></AmtDtls>",
          money("7")), [300, 700]),
        ((money("3"), money("7", "DBIT")), [1_000]),
        ((money("3"), money("8")), [1_000]),
        ((money("3"), money("6")), [1_000]),
        ((money("10"), money("0")), [1_000]),
        ((money("10"), money("5", ccy="USD")), [1_000]),
        ((money("10"), ""), [1_000]),
    ],
)  # fmt: skip
def test_a_batch_is_taken_apart_only_where_its_parts_are_all_of_it(
    said: tuple[str, ...], amounts: list[int]
):
    came = details(*said) + "<AddtlNtryInf>batch</AddtlNtryInf>"
    went = came.replace("DBIT", "back").replace("CRDT", "DBIT").replace("back", "CRDT")
    for entry, way in ((read(came, "10.00"), True), (read(went, "10.00", "DBIT"), False)):
        assert [part.amount_minor for part in entry.parts] == amounts
        if len(amounts) == 1:
            assert entry.parts == (Part(way, 1_000, (), (), None, None, None, "batch"),)


def test_what_a_transaction_says_is_read_from_where_the_standard_has_it():
    ref, other, third = iban.reference(), iban.reference(), iban.reference()
    said = details(
        f"<Refs><InstrId>{PAID.hex}</InstrId><EndToEndId>{third}</EndToEndId></Refs>"
        "<RltdPties><Dbtr><Nm> Ann </Nm></Dbtr><DbtrAcct><Id><IBAN>X1</IBAN></Id></DbtrAcct>"
        "<Cdtr><Pty><Nm>Bob</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>Y1</IBAN></Id></CdtrAcct>"
        f"</RltdPties><RmtInf><Ustrd>to {other[:9]}</Ustrd><Ustrd>{other[9:]}</Ustrd>"
        f"<Strd><CdtrRefInf><Ref>{ref}</Ref></CdtrRefInf></Strd></RmtInf>"
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    ) + "<AddtlNtryInf>bank's words</AddtlNtryInf>"  # fmt: skip
    text = f"{ref} to {other[:9]} {other[9:]} bank's words"
    references = (ref, other, third)
    (part,) = read(said).parts
    assert part == Part(True, 100, (PAID,), references, "AC04", "Ann", "X1", text)
    (out,) = read(said, way="DBIT").parts
    assert (out.incoming, out.name, out.number) == (False, "Bob", "Y1")
    (alone,) = read(f"<AddtlNtryInf>{ref}</AddtlNtryInf>").parts
    assert alone == Part(True, 100, (), (ref,), None, None, None, ref)
    (silent,) = read(details("")).parts
    assert silent == Part(True, 100, (), (), None, None, None, None)


def test_a_payment_is_named_by_all_of_its_digits():
    assert camt.payment_id(PAID.hex.upper()) == PAID
    for text in ("", PAID.hex[:-1], f"{PAID.hex}0", str(PAID), "g" * 32):
        assert camt.payment_id(text) is None


@pytest.mark.parametrize("said", [(2, 1, 1), (4, 3, 1), (4, 1, 1), (2, 3, 1)])
def test_a_statement_counts_its_entries_or_their_transactions(said: tuple[int, int, int]):
    rows = ntry(details("", "", "")) + ntry(way="DBIT", sts="PDNG")
    names = ("TtlNtries", "TtlCdtNtries", "TtlDbtNtries")

    def summary(*counts: int) -> str:
        each = zip(names, counts, strict=True)
        return "".join(f"<{n}><NbOfNtries>{k}</NbOfNtries></{n}>" for n, k in each)

    assert told(f"<TxsSummry>{summary(*said)}</TxsSummry>", rows).pending == 1
    for place, found in enumerate((2, 1, 1)):
        wrong = [*said]
        wrong[place] += 7
        facts = refused(BankFileIncomplete, f"<TxsSummry>{summary(*wrong)}</TxsSummry>", rows)
        assert facts == {"expected": wrong[place], "found": found}


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("EUR", " 1.5 ", 150),
        ("JPY", "7.00", 7),
        ("KWD", "0.001", 1),
        ("JPY", str(MAX_MINOR), MAX_MINOR),
    ],
)
def test_an_amount_is_in_the_smallest_unit_of_its_currency(currency: str, text: str, minor: int):
    (entry,) = told(ntry(amount=text, ccy=currency), currency=currency).entries
    assert (entry.amount_minor, entry.net_minor) == (minor, minor)
    (out,) = told(ntry(amount=text, ccy=currency, way="DBIT"), currency=currency).entries
    assert (out.amount_minor, out.net_minor) == (minor, -minor)


def test_an_amount_that_is_none_of_ours_is_refused_with_its_line():
    large = refused(BankFileInvalid, "\n", ntry(amount="90071992547409.93"))
    assert large == {"rule": "an amount is larger than 2^53 minor units", "place": 2}
    part = refused(BankFileInvalid, ntry(amount="0.005"))
    assert part["rule"] == "an amount is no whole number of minor units of EUR"
    assert refused(BankCurrencyDiffers, ntry(ccy="USD")) == {"expected": "EUR", "found": "USD"}
