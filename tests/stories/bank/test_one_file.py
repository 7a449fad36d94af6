"""What a line of a file does to the lines behind it, and what it does to another account: nothing.

A bank may say in one file that it booked a payment and that it came back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.bank.conftest import Town

from sycee.core.parties.keyring import Keyring
from sycee.doors.bank import messages
from sycee.doors.bank.messages import Entry
from sycee.products.wallet.bank.actions.items import Imported
from sycee.products.wallet.bank.folders import Folders
from sycee.products.wallet.bank.model import BankLineDiffers, Why
from sycee.runtime.db import Database


def said(town: Town, *rows: tuple[str, bool, int, str | None, str | None]) -> bytes:
    """A notification of entries: the bank's reference, whether in, how much, of what payment or
    top-up."""
    now = town.database.clock.now()
    head = messages.Head(rows[0][0], now, town.number, town.currency, 0, "08")
    entries = [
        Entry(ref, incoming, minor, now.date(), payment, top_up, None, None, None, None)
        for ref, incoming, minor, payment, top_up in rows
    ]
    return messages.notification(head, entries)


def outcome(taken: Imported) -> tuple[int, int, int, int]:
    return taken.credited, taken.booked, taken.returned, taken.unmatched


def test_a_reference_is_used_up_by_the_first_line_of_a_file(town: Town):
    ann = town.party("Ann")
    ref = town.ask(ann, 100).reference
    taken = town.take(said(town, ("A", True, 60, None, ref), ("B", True, 40, None, ref)))
    assert (outcome(taken), town.purse(ann)) == ((1, 0, 0, 1), 60)
    assert [(row.reason, row.amount_minor) for row in town.queue()] == [(Why.REFERENCE_USED, 40)]


@pytest.mark.parametrize("ways", [(False, True), (True, False)], ids=["booked", "returned"])
def test_a_payment_is_booked_and_comes_back_once_in_either_order(
    town: Town, ways: tuple[bool, bool]
):
    ann = town.rich(1_000)
    id_ = town.withdraw(ann, 400)
    town.work()
    rows = [(f"{n}{way}", way, 400, id_.hex, None) for n in "AB" for way in ways]
    taken = town.take(said(town, *rows))
    assert outcome(taken) == (0, 1, 1, 2)
    assert (town.state(id_), town.purse(ann)) == ("returned", 1_000)
    assert (town.house("bank-transit"), town.house("bank-unmatched"), town.in_bank()) == (
        0, 0, 1_000,
    )  # fmt: skip
    assert {row.reason for row in town.queue()} == {Why.PAYMENT_DIFFERS}


def test_what_is_meant_for_one_account_is_nothing_to_another(
    town: Town, hall: tuple[Database, Keyring], places: Iterator[int], tmp_path: Path
):
    other = Town(*hall, Folders.under(tmp_path / "other"), next(places))
    ann = town.rich(1_000)
    ref, id_ = town.ask(ann, 100).reference, town.withdraw(ann, 400)
    town.work()
    rows = [("A", True, 100, None, ref), ("B", False, 400, id_.hex, None)]
    rows.append(("C", True, 400, id_.hex, None))
    assert outcome(other.take(said(other, *rows))) == (0, 0, 0, 3)
    assert {row.reason for row in other.queue()} == {
        Why.REFERENCE_UNKNOWN, Why.DEBIT_UNKNOWN, Why.NO_REFERENCE,
    }  # fmt: skip
    assert (other.purse(ann), town.state(id_)) == (0, "sent")
    assert outcome(town.take(said(town, *rows[:2]))) == (1, 1, 0, 0)  # of the same names
    assert (town.purse(ann), town.in_bank(), other.in_bank()) == (700, 700, 100)
    other.books.close()


def test_the_banks_name_for_a_line_stands_for_one_sum(town: Town):
    taken = town.take(said(town, ("A", True, 60, None, None), ("A", False, 60, None, None)))
    assert (taken.lines, town.in_bank()) == (2, 0)
    for minor in (59, 61):
        with pytest.raises(BankLineDiffers):
            town.take(said(town, ("A", False, minor, None, None)))
    again = town.take(said(town, ("A", False, 60, None, None)))
    assert (again.lines, again.known) == (0, 1)
