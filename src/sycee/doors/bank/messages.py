"""What the sandbox bank writes: pain.002, camt.054 and camt.053, in the version it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from lxml import etree

from sycee.kit.money import format_major
from sycee.products.wallet.bank import xml
from sycee.products.wallet.bank.xml import Element

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


def _new(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    made = etree.SubElement(parent, name, attributes)
    made.text = text
    return made


def _document(kind: str) -> tuple[Element, Element]:
    root = xml.document(kind)
    return root, _new(root, xml.ROOTS[kind[:8]])


def _bytes(kind: str, root: Element) -> bytes:
    for element in root.iter():
        element.tag = f"{{{xml.namespace(kind)}}}{element.tag}"
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    xml.validate(kind, etree.fromstring(content))
    return content


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def status_report(
    id_: str, at: datetime, batch: str, rows: Sequence[tuple[str, str, str | None]]
) -> bytes:
    """A pain.002: of each payment (end-to-end id) its status, and why if it is rejected."""
    root, body = _document(REPORT)
    header = _new(body, "GrpHdr")
    _new(header, "MsgId", id_)
    _new(header, "CreDtTm", _time(at))
    group = _new(body, "OrgnlGrpInfAndSts")
    _new(group, "OrgnlMsgId", batch)
    _new(group, "OrgnlMsgNmId", "pain.001.001.09")
    instruction = _new(body, "OrgnlPmtInfAndSts")
    _new(instruction, "OrgnlPmtInfId", batch)
    for end_to_end, status, reason in rows:
        row = _new(instruction, "TxInfAndSts")
        _new(row, "OrgnlEndToEndId", end_to_end)
        _new(row, "TxSts", status)
        if reason is not None:
            _new(_new(_new(row, "StsRsnInf"), "Rsn"), "Cd", reason)
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
    totals = _new(_new(part, "TxsSummry"), "TtlNtries")
    _new(totals, "NbOfNtries", str(len(entries)))
    for entry in entries:
        _entry(part, entry, head)
    return _bytes(kind, root)


def _head(body: Element, tag: str, head: Head) -> Element:
    header = _new(body, "GrpHdr")
    _new(header, "MsgId", head.id)
    _new(header, "CreDtTm", _time(head.at))
    part = _new(body, tag)
    _new(part, "Id", head.id)
    _new(part, "ElctrncSeqNb", str(head.sequence))
    _new(part, "CreDtTm", _time(head.at))
    account = _new(part, "Acct")
    _new(_new(account, "Id"), "IBAN", head.number)
    _new(account, "Ccy", head.currency)
    return part


def _balance(part: Element, code: str, minor: int, on: date, currency: str) -> None:
    balance = _new(part, "Bal")
    _new(_new(_new(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _new(balance, "Amt", format_major(abs(minor), currency), Ccy=currency)
    _new(balance, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")
    _new(_new(balance, "Dt"), "Dt", on.isoformat())


def _entry(part: Element, entry: Entry, head: Head) -> None:
    new = head.version == "08"
    row = _new(part, "Ntry")
    _new(row, "Amt", format_major(entry.minor, head.currency), Ccy=head.currency)
    _new(row, "CdtDbtInd", "CRDT" if entry.incoming else "DBIT")
    if new:
        _new(_new(row, "Sts"), "Cd", "BOOK")
    else:
        _new(row, "Sts", "BOOK")
    _new(_new(row, "BookgDt"), "Dt", entry.on.isoformat())
    _new(row, "AcctSvcrRef", entry.ref)
    code = _new(_new(row, "BkTxCd"), "Domn")
    _new(code, "Cd", "PMNT")
    family = _new(code, "Fmly")
    _new(family, "Cd", "RCDT" if entry.incoming else "ICDT")
    _new(family, "SubFmlyCd", "RRTN" if entry.reason else "ESCT")
    details = _new(_new(row, "NtryDtls"), "TxDtls")
    _new(_new(details, "Refs"), "EndToEndId", entry.end_to_end or "NOTPROVIDED")
    _parties(details, entry, new)
    _remittance(details, entry)
    if entry.reason is not None:
        _new(_new(_new(details, "RtrInf"), "Rsn"), "Cd", entry.reason)


def _parties(details: Element, entry: Entry, new: bool) -> None:
    if entry.name is None and entry.number is None:
        return
    side = "Dbtr" if entry.incoming else "Cdtr"
    parties = _new(details, "RltdPties")
    if entry.name is not None:
        party = _new(parties, side)
        _new(_new(party, "Pty") if new else party, "Nm", entry.name)
    if entry.number is not None:
        _new(_new(_new(parties, f"{side}Acct"), "Id"), "IBAN", entry.number)


def _remittance(details: Element, entry: Entry) -> None:
    if entry.reference is None and entry.text is None:
        return
    said = _new(details, "RmtInf")
    if entry.text is not None:
        _new(said, "Ustrd", entry.text[:140])
    if entry.reference is not None:
        _new(_new(_new(said, "Strd"), "CdtrRefInf"), "Ref", entry.reference)
