"""A statement as ISO 20022 camt.053.001.08, for the customer's own accounting. Pure.

The same period of the same account gives the same message, with the same id, for as long as the
names in it stay the same. Codes are the house's own (`Prtry`), as a purse has none of ISO's.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from sycee.kit.money import format_major
from sycee.products.wallet.bank import xml
from sycee.products.wallet.bank.xml import Element, child
from sycee.products.wallet.statements.reading import PeriodLine, PeriodStatement, Whole, meaning

KIND = "camt.053.001.08"
_TEXT_MAX = 140
ISSUER = "sycee"


def write(whole: Whole) -> bytes:
    """The message."""
    statement = whole.statement
    root = xml.document(KIND)
    body = child(root, xml.ROOTS["camt.053"])
    header = child(body, "GrpHdr")
    child(header, "MsgId", _id(statement))
    child(header, "CreDtTm", _time(statement.as_of))
    part = child(body, "Stmt")
    child(part, "Id", _id(statement))
    child(part, "CreDtTm", _time(statement.as_of))
    period = child(part, "FrToDt")
    child(period, "FrDtTm", _time(whole.period.since))
    child(period, "ToDtTm", _time(whole.period.until))
    account = child(part, "Acct")
    child(child(child(account, "Id"), "Othr"), "Id", statement.account)
    child(account, "Ccy", statement.currency)
    child(child(account, "Ownr"), "Nm", whole.owner.display_name)
    _balance(part, "OPBD", statement.opening_minor, statement.from_on, statement.currency)
    _balance(part, "CLBD", statement.closing_minor, statement.to_on, statement.currency)
    totals = child(child(part, "TxsSummry"), "TtlNtries")
    child(totals, "NbOfNtries", str(len(statement.items)))
    for line in statement.items:
        _entry(part, line, statement.currency, whole.memos.get(line.transfer))
    return xml.finish(KIND, root)


def _id(statement: PeriodStatement) -> str:
    named = (statement.account, statement.from_on, statement.to_on, statement.as_of.timestamp())
    return hashlib.sha256("|".join(map(str, named)).encode()).hexdigest()[:32]


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _balance(part: Element, code: str, minor: int, on: date, currency: str) -> None:
    balance = child(part, "Bal")
    child(child(child(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(balance, minor, currency)
    child(child(balance, "Dt"), "Dt", on.isoformat())


def _amount(parent: Element, minor: int, currency: str) -> None:
    child(parent, "Amt", format_major(abs(minor), currency), Ccy=currency)
    child(parent, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")


def _entry(part: Element, line: PeriodLine, currency: str, memo: str | None) -> None:
    row = child(part, "Ntry")
    child(row, "NtryRef", line.transfer)
    _amount(row, line.amount_minor, currency)
    if line.reverses is not None:
        child(row, "RvslInd", "true")
    child(child(row, "Sts"), "Cd", "BOOK")
    child(child(row, "BookgDt"), "DtTm", _time(line.posted_at))
    child(child(row, "ValDt"), "DtTm", _time(line.effective_at))
    child(row, "AcctSvcrRef", line.transfer)
    code = child(child(row, "BkTxCd"), "Prtry")
    child(code, "Cd", line.code)
    child(code, "Issr", ISSUER)
    details = child(child(row, "NtryDtls"), "TxDtls")
    child(child(details, "Refs"), "AcctSvcrRef", line.transfer)
    if line.counterparty is not None:
        side = "Dbtr" if line.amount_minor >= 0 else "Cdtr"
        other = child(child(child(details, "RltdPties"), side), "Pty")
        child(other, "Nm", line.counterparty.display_name)
        identity = child(child(child(child(other, "Id"), "PrvtId"), "Othr"), "Id")
        identity.text = line.counterparty.id
    if memo:
        said = child(details, "RmtInf")
        for start in range(0, len(memo), _TEXT_MAX):
            child(said, "Ustrd", memo[start : start + _TEXT_MAX])
    child(row, "AddtlNtryInf", meaning(line.code))
