"""A statement as CSV (RFC 4180, UTF-8 with a mark that spreadsheets look for). Pure.

A cell that a person wrote (a name, a handle, a memo) could be taken for a formula by whoever opens
the file. Such a cell gets an apostrophe in front (OWASP, "CSV Injection"); amounts, which may begin
with a minus, are the house's own and stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sycee.kit.money import format_major
from sycee.products.wallet.statements.reading import PeriodLine, Whole

COLUMNS = (
    "transfer",
    "posted_at_local",
    "posted_at_utc",
    "zone",
    "kind",
    "code",
    "subject",
    "reverses",
    "counterparty",
    "counterparty_name",
    "counterparty_handle",
    "memo",
    "currency",
    "amount",
    "fee",
    "balance_after",
)
_FORMULA = "=+-@\t\r\n＝＋－＠"


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(tuple(_FORMULA)) else text


def write(whole: Whole) -> bytes:
    """The file: a line of names, the opening balance, each line, the closing balance."""
    statement = whole.statement
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    period = whole.period
    table.writerow(_balance(whole, "opening", period.since, statement.opening_minor))
    for line in statement.items:
        table.writerow(_row(whole, line))
    table.writerow(_balance(whole, "closing", statement.as_of, statement.closing_minor))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _times(whole: Whole, at: datetime) -> tuple[str, str, str]:
    zone = whole.statement.zone
    local = at.astimezone(ZoneInfo(zone)).isoformat()
    return local, at.astimezone(UTC).isoformat().replace("+00:00", "Z"), zone


def _balance(whole: Whole, kind: str, at: datetime, minor: int) -> Sequence[str]:
    currency = whole.statement.currency
    blank = [""] * 6
    balance = format_major(minor, currency)
    return ("", *_times(whole, at), kind, "", *blank, currency, "", "", balance)


def _row(whole: Whole, line: PeriodLine) -> Sequence[str]:
    currency, face = whole.statement.currency, line.counterparty
    return (
        line.transfer,
        *_times(whole, line.posted_at),
        line.kind,
        line.code,
        "" if line.subject is None else str(line.subject),
        line.reverses or "",
        "" if face is None else face.id,
        guarded(line.place if face is None else face.display_name),
        guarded("" if face is None else face.handle or ""),
        guarded(whole.memos.get(line.transfer, "")),
        currency,
        format_major(line.amount_minor, currency),
        format_major(line.fee_minor, currency) if line.fee_minor else "",
        format_major(line.balance_after_minor, currency),
    )
