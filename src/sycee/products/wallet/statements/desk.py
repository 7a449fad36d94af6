"""Statements as files: the lines are read in one snapshot, memos opened behind a journal row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import ClassVar
from uuid import UUID

import msgspec

from sycee.kit.ids import parse
from sycee.products.wallet.model import NOUN
from sycee.products.wallet.people import memos
from sycee.products.wallet.statements import camt, printed, reading, sheet
from sycee.products.wallet.statements.model import Format
from sycee.products.wallet.statements.reading import Whole
from sycee.runtime.db import Database
from sycee.runtime.http.shapes import File

_WRITE: dict[Format, tuple[Callable[[Whole], bytes], str, str]] = {
    Format.CSV: (sheet.write, "text/csv; charset=utf-8", "csv"),
    Format.CAMT: (camt.write, "application/xml", "xml"),
    Format.PDF: (printed.write, "application/pdf", "pdf"),
}


class StatementFile(File, frozen=True):
    """A statement to take away, as the format that was asked for."""

    MEDIA: ClassVar[tuple[str, ...]] = ("text/csv", "application/xml", "application/pdf")


def take_away(
    database: Database,
    party: UUID,
    account: UUID,
    days: tuple[date | None, date | None],
    format: Format,
    with_memos: bool,
) -> StatementFile:
    """The file of a period; with memos, those that the party wrote or got. Refuses as `whole`."""
    with database.read() as tx:
        whole = reading.whole(tx, party, account, *days, format)
    if with_memos:
        ids = [parse(NOUN, line.transfer) for line in whole.statement.items]
        whole = msgspec.structs.replace(whole, memos=memos.texts(database, party, ids))
    write, media, ending = _WRITE[format]
    period = whole.period
    name = f"statement-{whole.statement.account}-{period.from_on}-{period.to_on}.{ending}"
    return StatementFile(write(whole), media, name)
