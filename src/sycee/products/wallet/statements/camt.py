"""A statement as ISO 20022 camt.053.001.08, for the customer's own accounting. Pure.

The same period of the same account gives the same message, with the same id, for as long as the
names in it stay the same. Codes are the house's own (`Prtry`), as a purse has none of ISO's.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from lxml import etree

from sycee.kit.money import format_major
from sycee.products.wallet.bank import xml
from sycee.products.wallet.bank.xml import Element
from sycee.products.wallet.statements.reading import PeriodLine, PeriodStatement, Whole, meaning

KIND = "camt.053.001.08"
_TEXT_MAX = 140
ISSUER = "sycee"


def write(whole: Whole) -> bytes:
    """The message."""
    statement = whole.statement
    root = xml.document(KIND)
    body = _new(root, xml.ROOTS["camt.053"])
    header = _new(body, "GrpHdr")
    _new(header, "MsgId", _id(statement))
    _new(header, "CreDtTm", _time(statement.as_of))
    part = _new(body, "Stmt")
    _new(part, "Id", _id(statement))
    _new(part, "CreDtTm", _time(statement.as_of))
    period = _new(part, "FrToDt")
    _new(period, "FrDtTm", _time(whole.period.since))
    _new(period, "ToDtTm", _time(whole.period.until))
    account = _new(part, "Acct")
    _new(_new(_new(account, "Id"), "Othr"), "Id", statement.account)
    _new(account, "Ccy", statement.currency)
    _new(_new(account, "Ownr"), "Nm", whole.owner.display_name)
    _balance(part, "OPBD", statement.opening_minor, statement.from_on, statement.currency)
    _balance(part, "CLBD", statement.closing_minor, statement.to_on, statement.currency)
    totals = _new(_new(part, "TxsSummry"), "TtlNtries")
    _new(totals, "NbOfNtries", str(len(statement.items)))
    for line in statement.items:
        _entry(part, line, statement.currency, whole.memos.get(line.transfer))
    for element in root.iter():
        element.tag = f"{{{xml.namespace(KIND)}}}{element.tag}"
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _id(statement: PeriodStatement) -> str:
    named = (statement.account, statement.from_on, statement.to_on, statement.as_of.timestamp())
    return hashlib.sha256("|".join(map(str, named)).encode()).hexdigest()[:32]


def _new(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    made = etree.SubElement(parent, name, attributes)
    made.text = text
    return made


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _balance(part: Element, code: str, minor: int, on: date, currency: str) -> None:
    balance = _new(part, "Bal")
    _new(_new(_new(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(balance, minor, currency)
    _new(_new(balance, "Dt"), "Dt", on.isoformat())


def _amount(parent: Element, minor: int, currency: str) -> None:
    _new(parent, "Amt", format_major(abs(minor), currency), Ccy=currency)
    _new(parent, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")


def _entry(part: Element, line: PeriodLine, currency: str, memo: str | None) -> None:
    row = _new(part, "Ntry")
    _new(row, "NtryRef", line.transfer)
    _amount(row, line.amount_minor, currency)
    if line.reverses is not None:
        _new(row, "RvslInd", "true")
    _new(_new(row, "Sts"), "Cd", "BOOK")
    _new(_new(row, "BookgDt"), "DtTm", _time(line.posted_at))
    _new(_new(row, "ValDt"), "DtTm", _time(line.effective_at))
    _new(row, "AcctSvcrRef", line.transfer)
    code = _new(_new(row, "BkTxCd"), "Prtry")
    _new(code, "Cd", line.code)
    _new(code, "Issr", ISSUER)
    details = _new(_new(row, "NtryDtls"), "TxDtls")
    _new(_new(details, "Refs"), "AcctSvcrRef", line.transfer)
    if line.counterparty is not None:
        side = "Dbtr" if line.amount_minor >= 0 else "Cdtr"
        other = _new(_new(_new(details, "RltdPties"), side), "Pty")
        _new(other, "Nm", line.counterparty.display_name)
        identity = _new(_new(_new(_new(other, "Id"), "PrvtId"), "Othr"), "Id")
        identity.text = line.counterparty.id
    if memo:
        said = _new(details, "RmtInf")
        for start in range(0, len(memo), _TEXT_MAX):
            _new(said, "Ustrd", memo[start : start + _TEXT_MAX])
    _new(row, "AddtlNtryInf", meaning(line.code))
