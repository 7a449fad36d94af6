"""What the sandbox bank writes: pain.002, camt.054 and camt.053, in the version it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from lxml import etree

from sycee.kit.money import format_major
from sycee.products.wallet.bank import xml
from sycee.products.wallet.bank.xml import Element, child

REPORT = "pain.002.001.03"


class Entry(msgspec.Struct, frozen=True):
    """A booked entry of an account at the sandbox bank."""

    ref: str
    incoming: bool
    minor: int
    on: date
    end_to_end: str | None
    reference: str | None
    text: str | None
    name: str | None
    number: str | None
    reason: str | None


class Head(msgspec.Struct, frozen=True):
    """Of which account a message is, and which it is."""

    id: str
    at: datetime
    number: str
    currency: str
    sequence: int
    version: str


def _document(kind: str) -> tuple[Element, Element]:
    root = xml.document(kind)
    return root, child(root, xml.ROOTS[kind[:8]])


def _bytes(kind: str, root: Element) -> bytes:
    content = xml.finish(kind, root)
    xml.validate(kind, etree.fromstring(content))
    return content


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def status_report(
    id_: str, at: datetime, batch: str, rows: Sequence[tuple[str, str, str | None]]
) -> bytes:
    """A pain.002: of each payment (end-to-end id) its status, and why if it is rejected."""
    root, body = _document(REPORT)
    header = child(body, "GrpHdr")
    child(header, "MsgId", id_)
    child(header, "CreDtTm", _time(at))
    group = child(body, "OrgnlGrpInfAndSts")
    child(group, "OrgnlMsgId", batch)
    child(group, "OrgnlMsgNmId", "pain.001.001.09")
    instruction = child(body, "OrgnlPmtInfAndSts")
    child(instruction, "OrgnlPmtInfId", batch)
    for end_to_end, status, reason in rows:
        row = child(instruction, "TxInfAndSts")
        child(row, "OrgnlEndToEndId", end_to_end)
        child(row, "TxSts", status)
        if reason is not None:
            child(child(child(row, "StsRsnInf"), "Rsn"), "Cd", reason)
    return _bytes(REPORT, root)


def notification(head: Head, entries: Sequence[Entry]) -> bytes:
    """A camt.054 of some entries."""
    kind = f"camt.054.001.{head.version}"
    root, body = _document(kind)
    part = _head(body, "Ntfctn", head)
    for entry in entries:
        _entry(part, entry, head)
    return _bytes(kind, root)


def statement(
    head: Head, opening: int, closing: int, first: date, last: date, entries: Sequence[Entry]
) -> bytes:
    """A camt.053 with its balances."""
    kind = f"camt.053.001.{head.version}"
    root, body = _document(kind)
    part = _head(body, "Stmt", head)
    _balance(part, "OPBD", opening, first, head.currency)
    _balance(part, "CLBD", closing, last, head.currency)
    totals = child(child(part, "TxsSummry"), "TtlNtries")
    child(totals, "NbOfNtries", str(len(entries)))
    for entry in entries:
        _entry(part, entry, head)
    return _bytes(kind, root)


def _head(body: Element, tag: str, head: Head) -> Element:
    header = child(body, "GrpHdr")
    child(header, "MsgId", head.id)
    child(header, "CreDtTm", _time(head.at))
    part = child(body, tag)
    child(part, "Id", head.id)
    child(part, "ElctrncSeqNb", str(head.sequence))
    child(part, "CreDtTm", _time(head.at))
    account = child(part, "Acct")
    child(child(account, "Id"), "IBAN", head.number)
    child(account, "Ccy", head.currency)
    return part


def _balance(part: Element, code: str, minor: int, on: date, currency: str) -> None:
    balance = child(part, "Bal")
    child(child(child(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    child(balance, "Amt", format_major(abs(minor), currency), Ccy=currency)
    child(balance, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")
    child(child(balance, "Dt"), "Dt", on.isoformat())


def _entry(part: Element, entry: Entry, head: Head) -> None:
    new = head.version == "08"
    row = child(part, "Ntry")
    child(row, "Amt", format_major(entry.minor, head.currency), Ccy=head.currency)
    child(row, "CdtDbtInd", "CRDT" if entry.incoming else "DBIT")
    if new:
        child(child(row, "Sts"), "Cd", "BOOK")
    else:
        child(row, "Sts", "BOOK")
    child(child(row, "BookgDt"), "Dt", entry.on.isoformat())
    child(row, "AcctSvcrRef", entry.ref)
    code = child(child(row, "BkTxCd"), "Domn")
    child(code, "Cd", "PMNT")
    family = child(code, "Fmly")
    child(family, "Cd", "RCDT" if entry.incoming else "ICDT")
    child(family, "SubFmlyCd", "RRTN" if entry.reason else "ESCT")
    details = child(child(row, "NtryDtls"), "TxDtls")
    child(child(details, "Refs"), "EndToEndId", entry.end_to_end or "NOTPROVIDED")
    _parties(details, entry, new)
    _remittance(details, entry)
    if entry.reason is not None:
        child(child(child(details, "RtrInf"), "Rsn"), "Cd", entry.reason)


def _parties(details: Element, entry: Entry, new: bool) -> None:
    if entry.name is None and entry.number is None:
        return
    side = "Dbtr" if entry.incoming else "Cdtr"
    parties = child(details, "RltdPties")
    if entry.name is not None:
        party = child(parties, side)
        child(child(party, "Pty") if new else party, "Nm", entry.name)
    if entry.number is not None:
        child(child(child(parties, f"{side}Acct"), "Id"), "IBAN", entry.number)


def _remittance(details: Element, entry: Entry) -> None:
    if entry.reference is None and entry.text is None:
        return
    said = child(details, "RmtInf")
    if entry.text is not None:
        child(said, "Ustrd", entry.text[:140])
    if entry.reference is not None:
        child(child(child(said, "Strd"), "CdtrRefInf"), "Ref", entry.reference)
