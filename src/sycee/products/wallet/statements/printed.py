"""A statement on paper: who, which account, the period, and a line for each movement. Pure."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sycee.kit.money import format_major
from sycee.products.wallet.statements.reading import PeriodLine, Whole, meaning
from sycee.runtime.paper import BOTTOM, LEFT, RIGHT, TOP, Paper

_STEP = 26
_FIRST = TOP - 112
_A_SHEET = (_FIRST - BOTTOM - 30) // _STEP
_WHAT, _AMOUNT = LEFT + 92, RIGHT - 88


def write(whole: Whole) -> bytes:
    """The file: a head on every sheet, the closing balance under the last line."""
    items = whole.statement.items
    sheets = [items[at : at + _A_SHEET] for at in range(0, len(items), _A_SHEET)] or [[]]
    paper = Paper(f"Statement {whole.statement.account}")
    for place, lines in enumerate(sheets, 1):
        if place > 1:
            paper.turn()
        _head(paper, whole, f"{place} / {len(sheets)}")
        y = _FIRST
        for line in lines:
            _line(paper, whole, line, y)
            y -= _STEP
        if place == len(sheets):
            _total(paper, "Closing balance", whole.statement.closing_minor, whole, y)
    return paper.done()


def _head(paper: Paper, whole: Whole, place: str) -> None:
    statement, owner = whole.statement, whole.owner
    paper.text(LEFT, TOP, "Statement of account", size=16, bold=True)
    paper.figure(RIGHT, TOP, place)
    paper.text(LEFT, TOP - 20, owner.display_name, size=11, room=320)
    days = f"{statement.from_on} – {statement.to_on}  ({statement.zone})"
    paper.text(LEFT, TOP - 36, f"{statement.account}   {statement.currency}", quiet=True)
    paper.text(LEFT, TOP - 50, days, quiet=True)
    _total(paper, "Opening balance", statement.opening_minor, whole, TOP - 74)
    paper.rule(TOP - 84)
    paper.text(LEFT, TOP - 96, "Date", quiet=True, size=8)
    paper.text(_WHAT, TOP - 96, "With whom, and what for", quiet=True, size=8)
    paper.text(_AMOUNT - 38, TOP - 96, "Amount", quiet=True, size=8)
    paper.text(RIGHT - 36, TOP - 96, "Balance", quiet=True, size=8)


def _total(paper: Paper, words: str, minor: int, whole: Whole, y: int) -> None:
    currency = whole.statement.currency
    paper.text(LEFT, y, words, bold=True)
    paper.figure(RIGHT, y, f"{format_major(minor, currency)} {currency}", bold=True)


def _line(paper: Paper, whole: Whole, line: PeriodLine, y: int) -> None:
    currency, face = whole.statement.currency, line.counterparty
    at = line.posted_at.astimezone(ZoneInfo(whole.statement.zone))
    paper.text(LEFT, y, at.strftime("%Y-%m-%d %H:%M"))
    paper.text(_WHAT, y, line.place if face is None else face.display_name, room=220)
    said = whole.memos.get(line.transfer)
    under = f"{meaning(line.code)}  {line.transfer}" if said is None else said
    paper.text(_WHAT, y - 10, under, size=7, quiet=True, room=300)
    sign = "+" if line.amount_minor > 0 else ""
    paper.figure(_AMOUNT, y, f"{sign}{format_major(line.amount_minor, currency)}")
    paper.figure(RIGHT, y, format_major(line.balance_after_minor, currency))
