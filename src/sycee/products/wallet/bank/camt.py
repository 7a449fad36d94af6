"""What a camt.053 or camt.054 message says, as values: statements, their entries and the parts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from sycee.kit.money import EXPONENT, MAX_MINOR
from sycee.products.wallet.bank import iban
from sycee.products.wallet.bank.model import (
    BankCurrencyDiffers,
    BankFileIncomplete,
    BankFileInvalid,
)
from sycee.products.wallet.bank.xml import Element

_NO_REFERENCE = {"NOTPROVIDED", "NONREF", "NONE", "NOTAVAILABLE"}
_LASTING_LENGTH = 6
"""A `NtryRef` shorter than this counts lines of one statement; it names nothing for good."""


class Part(msgspec.Struct, frozen=True):
    """One transaction of an entry: its money, what it refers to, and who is on the other side."""

    incoming: bool
    amount_minor: int
    payments: tuple[UUID, ...]
    references: tuple[str, ...]
    reason: str | None
    name: str | None
    number: str | None
    text: str | None


class Entry(msgspec.Struct, frozen=True):
    """A booked entry. `identity` is the same in every file; `lasting`: the bank itself gave it."""

    identity: str
    lasting: bool
    incoming: bool
    amount_minor: int
    booked_on: date
    parts: tuple[Part, ...]

    @property
    def net_minor(self) -> int:
        return self.amount_minor if self.incoming else -self.amount_minor


class Position(msgspec.Struct, frozen=True):
    """A booked balance and its day."""

    amount_minor: int
    on: date


class Statement(msgspec.Struct, frozen=True):
    """One `Stmt` or `Ntfctn`; a notification has no balances. `pending`: entries not booked yet."""

    number: str
    currency: str | None
    name: str
    sequence: int
    opening: Position | None
    closing: Position | None
    entries: tuple[Entry, ...]
    pending: int

    @property
    def net_minor(self) -> int:
        return sum(entry.net_minor for entry in self.entries)


def statements(kind: str, body: Element, currencies: dict[str, str]) -> list[Statement]:
    """The statements of a message; `currencies` names the currency of each account number.

    Raises `BankFileIncomplete`, `BankFileInvalid`, `BankCurrencyDiffers`. Of an account that
    `currencies` does not know, only the number is read.
    """
    tag = "Stmt" if kind.startswith("camt.053") else "Ntfctn"
    return [_statement(each, currencies) for each in body.findall(tag)]


def _statement(element: Element, currencies: dict[str, str]) -> Statement:
    number = _text(element, "Acct/Id/IBAN") or _text(element, "Acct/Id/Othr/Id") or ""
    number = number.replace(" ", "").upper()
    name = _text(element, "Id") or ""
    declared = _text(element, "Acct/Ccy")
    currency = currencies.get(number)
    if currency is None:
        return Statement(number, declared, name, 0, None, None, (), 0)
    if declared not in (None, currency):
        raise BankCurrencyDiffers(expected=currency, found=declared or "")
    opening = _balance(element, ("OPBD", "PRCD", "ITBD"), currency, first=True)
    closing = _balance(element, ("CLBD", "ITBD"), currency, first=False)
    day = closing.on if closing else _day_of(_text(element, "CreDtTm"))
    rows = element.findall("Ntry")
    _check_totals(element, rows)
    booked = [row for row in rows if _state(row) == "BOOK"]
    sequence = _text(element, "ElctrncSeqNb") or _text(element, "LglSeqNb") or "0"
    return Statement(
        number=number,
        currency=currency,
        name=name,
        sequence=min(int(Decimal(sequence)), 2**62),
        opening=opening,
        closing=closing,
        entries=tuple(_entries(booked, currency, day)),
        pending=len(rows) - len(booked),
    )


def _entries(rows: list[Element], currency: str, day: date | None) -> Iterator[Entry]:
    """Entries in order. What is alike, by the bank's reference or else by content, is told apart
    by its ordinal: a statement shows no entry twice."""
    seen: Counter[str] = Counter()
    for row in rows:
        amount = _money(row.find("Amt"), currency)
        if amount == 0:
            continue
        booked_on = _day(row.find("BookgDt")) or _day(row.find("ValDt")) or day
        if booked_on is None:
            raise BankFileInvalid(rule="an entry has no day", place=row.sourceline)
        incoming = _text(row, "CdtDbtInd") == "CRDT"
        parts = _parts(row, incoming, amount, currency)
        lasting = _lasting(row)
        if lasting is not None:
            said = f"{lasting}|{'C' if incoming else 'D'}"
            identity = f"{said}|{seen[said]}" if seen[said] else said
        else:
            said = f"content|{_digest(booked_on, incoming, amount, parts)}"
            identity = f"{said}|{seen[said]}"
        seen[said] += 1
        yield Entry(identity, lasting is not None, incoming, amount, booked_on, parts)


def _lasting(row: Element) -> str | None:
    """The reference by which the bank names this entry for good, if it has given one."""
    for path in ("AcctSvcrRef", "NtryDtls/TxDtls/Refs/AcctSvcrRef"):
        found = [text for each in row.findall(path) if (text := (each.text or "").strip())]
        if len(found) == 1 and found[0].upper() not in _NO_REFERENCE:
            return f"bank|{found[0]}"
    own = (_text(row, "NtryRef") or "").strip()
    if len(own) >= _LASTING_LENGTH and own.upper() not in _NO_REFERENCE:
        return f"entry|{own}"
    return None


def _digest(booked_on: date, incoming: bool, amount: int, parts: tuple[Part, ...]) -> str:
    said = [[p.amount_minor, p.payments, p.references, p.name, p.number, p.text] for p in parts]
    content = msgspec.json.encode([booked_on, incoming, amount, said], order="deterministic")
    return hashlib.sha256(content).hexdigest()


def _parts(row: Element, incoming: bool, amount: int, currency: str) -> tuple[Part, ...]:
    """The entry's transactions where their amounts make it up exactly, else the entry as one."""
    details = row.findall("NtryDtls/TxDtls")
    only = details[0] if len(details) == 1 else None
    if not details or (
        only is not None and not (incoming and _leaves_out(row, only, amount, currency))
    ):
        return (_part(row, only, incoming, amount),)
    amounts = [_part_amount(each, currency) for each in details]
    same = all(_text(each, "CdtDbtInd") in (None, _text(row, "CdtDbtInd")) for each in details)
    if (
        same
        and None not in amounts
        and 0 not in amounts
        and sum(map(int, filter(None, amounts))) == amount
    ):
        pairs = zip(details, amounts, strict=True)
        return tuple(_part(row, each, incoming, part or 0) for each, part in pairs)
    return (Part(incoming, amount, (), (), None, None, None, _text(row, "AddtlNtryInf")),)


def _leaves_out(row: Element, only: Element, amount: int, currency: str) -> bool:
    """Whether an entry of money in is more than the only transaction that it tells of.

    An entry of less is that transaction, of which a bank on the way has kept a charge.
    """
    own = _part_amount(only, currency)
    if own:
        return own < amount
    count = _text(row, "NtryDtls/Btch/NbOfTxs") or ""
    return count.lstrip("0") not in ("", "1")


def _part_amount(details: Element, currency: str) -> int | None:
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = details.find(path)
        if found is not None and found.get("Ccy") == currency:
            return _money(found, currency)
    return None


def _part(row: Element, details: Element | None, incoming: bool, amount: int) -> Part:
    if details is None:
        text = _text(row, "AddtlNtryInf")
        return Part(
            incoming, amount, (), tuple(iban.references(text or "")), None, None, None, text
        )
    side = "Dbtr" if incoming else "Cdtr"
    structured = [each.text or "" for each in details.findall("RmtInf/Strd/CdtrRefInf/Ref")]
    free = [each.text or "" for each in details.findall("RmtInf/Ustrd")]
    end_to_end = _text(details, "Refs/EndToEndId") or ""
    written = [*structured, "".join(free), " ".join(free), end_to_end]
    references = dict.fromkeys(ref for text in written for ref in iban.references(text))
    named = (end_to_end, _text(details, "Refs/InstrId") or "")
    return Part(
        incoming=incoming,
        amount_minor=amount,
        payments=tuple(dict.fromkeys(id_ for text in named if (id_ := payment_id(text)))),
        references=tuple(references),
        reason=_text(details, "RtrInf/Rsn/Cd"),
        name=_text(details, f"RltdPties/{side}/Nm") or _text(details, f"RltdPties/{side}/Pty/Nm"),
        number=_text(details, f"RltdPties/{side}Acct/Id/IBAN"),
        text=" ".join(filter(None, [*structured, *free, _text(row, "AddtlNtryInf")])) or None,
    )


def payment_id(text: str) -> UUID | None:
    """The payment that an `EndToEndId` of ours names: 32 hexadecimal digits of its id."""
    try:
        return UUID(hex=text) if len(text) == 32 else None
    except ValueError:
        return None


def _check_totals(element: Element, rows: list[Element]) -> None:
    """What the file says of itself must be what it has: entries, or transactions, are counted."""
    for path, direction in (
        ("TxsSummry/TtlNtries", None),
        ("TxsSummry/TtlCdtNtries", "CRDT"),
        ("TxsSummry/TtlDbtNtries", "DBIT"),
    ):
        mine = [r for r in rows if direction is None or _text(r, "CdtDbtInd") == direction]
        said = _text(element, f"{path}/NbOfNtries")
        parts = sum(max(1, len(row.findall("NtryDtls/TxDtls"))) for row in mine)
        if said is not None and int(said) not in (len(mine), parts):
            raise BankFileIncomplete(expected=int(said), found=len(mine))


def _balance(
    element: Element, codes: tuple[str, ...], currency: str, *, first: bool
) -> Position | None:
    for code in codes:
        found = [b for b in element.findall("Bal") if _text(b, "Tp/CdOrPrtry/Cd") == code]
        if found:
            chosen = found[0 if first else -1]
            amount = _money(chosen.find("Amt"), currency)
            on = _day(chosen.find("Dt"))
            assert on is not None, "the schema asks for a balance's day"
            return Position(amount if _text(chosen, "CdtDbtInd") == "CRDT" else -amount, on)
    return None


def _money(element: Element | None, currency: str) -> int:
    """Whole minor units; raises for another currency, or for a part of the smallest unit."""
    assert element is not None, "the schema asks for it"
    found = element.get("Ccy") or ""
    if found != currency:
        raise BankCurrencyDiffers(expected=currency, found=found)
    minor = Decimal((element.text or "").strip()).scaleb(EXPONENT[currency])
    rule = None
    if minor > MAX_MINOR:
        rule = "an amount is larger than 2^53 minor units"
    elif minor != minor.to_integral_value():
        rule = f"an amount is no whole number of minor units of {currency}"
    if rule is not None:
        raise BankFileInvalid(rule=rule, place=element.sourceline)
    return int(minor)


def _state(row: Element) -> str | None:
    return _text(row, "Sts/Cd") or _text(row, "Sts")


def _text(element: Element, path: str) -> str | None:
    found = element.find(path)
    text = None if found is None or found.text is None else found.text.strip()
    return text or None


def _day(element: Element | None) -> date | None:
    if element is None:
        return None
    return _day_of(_text(element, "Dt") or _text(element, "DtTm"))


def _day_of(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        raise BankFileInvalid(rule="a day is out of range") from None
