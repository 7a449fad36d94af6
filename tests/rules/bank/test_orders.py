"""The file of a batch, word by word, and what the bank's answers to one say of its payments."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from lxml import etree

from sycee.products.wallet.bank import pain
from sycee.products.wallet.bank.model import Account
from sycee.products.wallet.bank.pain import Fate, Order, Report

BATCH, ONE, TWO = UUID(int=0xB), UUID(int=1), UUID(int=2)
ACCOUNT = Account(UUID(int=9), "DE93999999990000000001", "SYCEDEFFXXX", "House & Co", "EUR")
AT = datetime(2026, 3, 2, 12, 5, 9, tzinfo=UTC)
ORDERS = [
    Order(ONE, 1_234, "Ann <A>", "GB33BUKB20201555555555", "Withdrawal"),
    Order(TWO, 5, "Bob", "DE89370400440532013000", "Return of your payment"),
]

FILE = """\
<?xml version='1.0' encoding='UTF-8'?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">
  <CstmrCdtTrfInitn>
    <GrpHdr>
      <MsgId>0000000000000000000000000000000b</MsgId>
      <CreDtTm>2026-03-02T12:05:09Z</CreDtTm>
      <NbOfTxs>2</NbOfTxs>
      <CtrlSum>12.39</CtrlSum>
      <InitgPty>
        <Nm>House &amp; Co</Nm>
      </InitgPty>
    </GrpHdr>
    <PmtInf>
      <PmtInfId>0000000000000000000000000000000b</PmtInfId>
      <PmtMtd>TRF</PmtMtd>
      <BtchBookg>false</BtchBookg>
      <NbOfTxs>2</NbOfTxs>
      <CtrlSum>12.39</CtrlSum>
      <ReqdExctnDt>
        <Dt>2026-03-02</Dt>
      </ReqdExctnDt>
      <Dbtr>
        <Nm>House &amp; Co</Nm>
      </Dbtr>
      <DbtrAcct>
        <Id>
          <IBAN>DE93999999990000000001</IBAN>
        </Id>
      </DbtrAcct>
      <DbtrAgt>
        <FinInstnId>
          <BICFI>SYCEDEFFXXX</BICFI>
        </FinInstnId>
      </DbtrAgt>
      <ChrgBr>SLEV</ChrgBr>
      <CdtTrfTxInf>
        <PmtId>
          <EndToEndId>00000000000000000000000000000001</EndToEndId>
        </PmtId>
        <Amt>
          <InstdAmt Ccy="EUR">12.34</InstdAmt>
        </Amt>
        <Cdtr>
          <Nm>Ann &lt;A&gt;</Nm>
        </Cdtr>
        <CdtrAcct>
          <Id>
            <IBAN>GB33BUKB20201555555555</IBAN>
          </Id>
        </CdtrAcct>
        <RmtInf>
          <Ustrd>Withdrawal</Ustrd>
        </RmtInf>
      </CdtTrfTxInf>
      <CdtTrfTxInf>
        <PmtId>
          <EndToEndId>00000000000000000000000000000002</EndToEndId>
        </PmtId>
        <Amt>
          <InstdAmt Ccy="EUR">0.05</InstdAmt>
        </Amt>
        <Cdtr>
          <Nm>Bob</Nm>
        </Cdtr>
        <CdtrAcct>
          <Id>
            <IBAN>DE89370400440532013000</IBAN>
          </Id>
        </CdtrAcct>
        <RmtInf>
          <Ustrd>Return of your payment</Ustrd>
        </RmtInf>
      </CdtTrfTxInf>
    </PmtInf>
  </CstmrCdtTrfInitn>
</Document>
"""


def test_a_batch_is_written_word_by_word():
    """A file that is written again must be this one, or the bank pays a second time."""
    assert pain.write(BATCH, AT, ACCOUNT, ORDERS).decode() == FILE
    assert pain.file_name(BATCH) == f"pain.001-{BATCH.hex}.xml"


def test_a_bank_without_a_bic_is_said_to_have_none():
    account = Account(UUID(int=9), ACCOUNT.number, None, "House", "EUR")
    text = pain.write(BATCH, AT, account, ORDERS).decode()
    assert "<FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId>" in "".join(text.split())


def group(status: str = "", *, batch: str = BATCH.hex) -> str:
    return f"<OrgnlGrpInfAndSts><OrgnlMsgId>{batch}</OrgnlMsgId>{status}</OrgnlGrpInfAndSts>"


def of_all(status: str, *rows: str) -> str:
    return f"<OrgnlPmtInfAndSts>{status}{''.join(rows)}</OrgnlPmtInfAndSts>"


def row(said: str, end_to_end: str = ONE.hex) -> str:
    return f"<TxInfAndSts><OrgnlEndToEndId>{end_to_end}</OrgnlEndToEndId>{said}</TxInfAndSts>"


def why(code: str) -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>"


GROUP_OK, GROUP_NO = "<GrpSts>ACCP</GrpSts>", f"<GrpSts>RJCT</GrpSts>{why('FF01')}"
ALL_NO = f"<PmtInfSts>RJCT</PmtInfSts>{why('AC01')}"
NO, YES = "<TxSts>RJCT</TxSts>", "<TxSts>ACSP</TxSts>"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([group()], (None, None, ())),
        ([group(GROUP_OK)], (Fate.ACCEPTED, None, ())),
        ([group(GROUP_NO)], (Fate.REJECTED, "FF01", ())),
        ([group("<GrpSts>PART</GrpSts>" + why("XX"))], (None, "XX", ())),
        ([group("<GrpSts>PDNG</GrpSts>")], (Fate.PENDING, None, ())),
        ([group(GROUP_OK), of_all(ALL_NO)], (Fate.REJECTED, "AC01", ())),
        ([group(GROUP_OK), of_all("<PmtInfSts>PART</PmtInfSts>")], (Fate.ACCEPTED, None, ())),
        ([group(), of_all("", row(NO + why("AC04")), row(YES, TWO.hex))],
         (None, None, ((ONE, Fate.REJECTED, "AC04"), (TWO, Fate.ACCEPTED, None)))),
        ([group(), of_all(ALL_NO, row(why("AC04")), row(YES, TWO.hex))],
         (None, None, ((ONE, Fate.REJECTED, "AC04"), (TWO, Fate.ACCEPTED, "AC01")))),
        ([group(), of_all(ALL_NO, row(""))], (None, None, ((ONE, Fate.REJECTED, "AC01"),))),
        ([group(), of_all("", row(""), row(NO, "another's"), row(NO, ""))], (None, None, ())),
        ([group(), of_all("", row("<TxSts>PART</TxSts>"))], (None, None, ())),
    ],
)  # fmt: skip
def test_a_report_speaks_of_all_of_a_batch_or_of_single_payments(said: list[str], expected: tuple):
    body = etree.fromstring(f"<B>{''.join(said)}</B>")
    assert pain.report(body) == Report(BATCH, *expected)


def test_a_report_on_a_batch_of_another_names_none():
    assert pain.report(etree.fromstring(f"<B>{group(GROUP_NO, batch='X')}</B>")).batch is None


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        *((code, Fate.REJECTED) for code in ("RJCT", "CANC")),
        *((code, Fate.ACCEPTED) for code in "ACTC ACCP ACSP ACSC ACCC ACWC ACFC".split()),
        *((code, Fate.PENDING) for code in ("PDNG", "RCVD", "PATC", "NEWW")),
    ],
)
def test_what_a_status_code_says_of_a_payment(status: str, fate: Fate):
    body = etree.fromstring(f"<B>{group()}{of_all('', row(f'<TxSts>{status}</TxSts>'))}</B>")
    assert pain.report(body).single == ((ONE, fate, None),)


@pytest.mark.parametrize(("text", "currency", "minor"), [("1.5", "EUR", 150), ("7", "JPY", 7)])
def test_an_ordered_amount_is_read_in_the_smallest_unit(text: str, currency: str, minor: int):
    assert pain.minor(text, currency) == minor
