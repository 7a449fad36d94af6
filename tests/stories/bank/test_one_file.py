"""What a line of a file does to the lines behind it, to the journal, and to another account.

A bank may say in one file that it booked a payment and that it came back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from tests.stories.bank.conftest import FRIEND, Town

from sycee.core.parties import parties
from sycee.core.parties.keyring import Keyring
from sycee.doors.bank import messages
from sycee.doors.bank.messages import Entry
from sycee.kit.errors import Invalid
from sycee.kit.ids import parse, public
from sycee.products.wallet.bank import desk
from sycee.products.wallet.bank.actions import queue
from sycee.products.wallet.bank.actions.items import Imported
from sycee.products.wallet.bank.folders import Folders
from sycee.products.wallet.bank.model import FILE, LINE, PAYMENT, BankLineDiffers, Why
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
    line = next(row for row in other.queue() if not row.incoming)
    with pytest.raises(Invalid):
        other.do("bank.assign", queue.assign, queue.Assign(line.id, None, other.operator, (id_,)))
    assert (other.purse(ann), town.state(id_)) == (0, "sent")
    assert outcome(town.take(said(town, *rows[:2]))) == (1, 1, 0, 0)  # of the same names
    assert (town.purse(ann), town.in_bank(), other.in_bank()) == (700, 700, 100)
    other.books.close()


def test_a_restricted_party_gets_its_own_money_back_and_no_other(town: Town):
    ann = town.rich(1_000)
    ref, id_ = town.ask(ann, 50).reference, town.withdraw(ann, 400)
    town.circle()
    with town.database.transaction() as tx:
        parties.restrict(tx, ann)
    taken = town.take(said(town, ("A", True, 400, id_.hex, None), ("B", True, 50, None, ref)))
    assert (outcome(taken), town.purse(ann)) == ((0, 0, 1, 1), 1_000)
    (line,) = town.queue()
    assert (line.reason, line.party) == (Why.PARTY_CANNOT_RECEIVE, ann)


def test_a_strangers_money_that_could_not_be_sent_back_is_a_strangers_again(town: Town):
    town.bank.pay_in(town.number, 100, sender=FRIEND)
    town.work()
    (line,) = town.queue()
    sent = desk.send_back(town.database, town.operator, str(line.id), line.id).unwrap()
    town.circle()
    town.take(said(town, ("A", True, 99, parse(PAYMENT, sent.payment).hex, None)))
    (again,) = town.queue()
    assert (again.reason, again.party, again.amount_minor) == (Why.NO_REFERENCE, None, 99)


def test_the_banks_name_for_a_line_stands_for_one_sum(town: Town):
    taken = town.take(said(town, ("A", True, 60, None, None), ("A", False, 60, None, None)))
    assert (taken.lines, town.in_bank()) == (2, 0)
    for minor in (59, 61):
        with pytest.raises(BankLineDiffers):
            town.take(said(town, ("A", False, minor, None, None)))
    again = town.take(said(town, ("A", False, 60, None, None)))
    assert (again.lines, again.known) == (0, 1)


def test_the_journal_tells_its_owner_of_each_step_and_of_strangers_lines_nobody(town: Town):
    ann, house = town.party("Ann"), town.operator
    asked = town.ask(ann, 100)
    taken = town.take(
        said(town, ("A", True, 100, None, asked.reference), *(("BC"[n], True, 7 + n, None, None)
             for n in range(2)))
    )  # fmt: skip
    town.books.wish("reject", "AC04")
    rejected = town.withdraw(ann, 40)
    town.circle()
    returned = town.withdraw(ann, 10)
    town.circle()
    town.take(said(town, ("D", True, 9, returned.hex, None)))
    mine, its = sorted(town.queue(), key=lambda row: row.amount_minor)
    town.do("bank.assign", queue.assign, queue.Assign(mine.id, ann, house))
    town.do("bank.own", queue.own, queue.Own(its.id, house))
    one, other = public(PAYMENT, rejected), public(PAYMENT, returned)
    assert told(town, ann) == [
        ("top-up.asked", ann, "payment", 100, asked.id),
        ("top-up.credited", house, "payment", 100, asked.id),
        ("withdrawal.made", ann, "payment", 40, one),
        ("withdrawal.sent", None, "payment", 40, one),
        ("withdrawal.rejected", None, "payment", 40, one),
        ("withdrawal.made", ann, "payment", 10, other),
        ("withdrawal.sent", None, "payment", 10, other),
        ("withdrawal.accepted", None, "payment", 10, other),
        ("withdrawal.booked", None, "payment", 10, other),
        ("withdrawal.returned", house, "payment", 9, other),
        ("bank.line-assigned", house, "bank", 7, public(LINE, mine.id)),
    ]
    with town.database.read() as tx:
        rows = tx.conn.execute(
            "SELECT verb, actor, purpose, parties, body - 'sha256' FROM journal.entry"
            " WHERE subject = ANY(%s) ORDER BY xid, ordinal",
            ([its.id, parse(FILE, taken.file)],),
        ).fetchall()
    money = {"amount_minor": 8, "currency": town.currency}
    file = {"id": taken.file, "kind": taken.kind, "lines": 3}
    assert rows == [
        ("bank.file-taken", house, "bank", [], file),
        (
            "bank.line-queued",
            house,
            "payment",
            [],
            {"id": public(LINE, its.id), "incoming": True} | money,
        ),
        ("bank.line-own", house, "bank", [], {"id": public(LINE, its.id)} | money),
    ]


def told(town: Town, party: UUID) -> list[tuple]:
    """What the journal says of a party's money at the bank, and of which top-up or payment."""
    with town.database.read() as tx:
        return tx.conn.execute(
            "SELECT verb, actor, purpose, (body->>'amount_minor')::bigint,"
            " coalesce(body->>'of', body->>'id') FROM journal.entry"
            " WHERE parties = ARRAY[%s] AND body ? 'amount_minor' ORDER BY xid, ordinal",
            (party,),
        ).fetchall()
