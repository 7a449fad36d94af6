"""A person pays in by bank: what comes is credited once, and what fits nobody waits for a hand."""

from __future__ import annotations

import threading
import time

import msgspec
import pytest
from tests.stories.bank.conftest import FRIEND, Town

from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.refusals import CeilingReached
from sycee.core.parties import parties
from sycee.core.policy import gates, limits
from sycee.core.policy.model import Operation
from sycee.doors.bank import messages
from sycee.kit.errors import Refusal
from sycee.kit.money import MAX_MINOR
from sycee.products.wallet.bank import desk, findings, jobs
from sycee.products.wallet.bank.actions import queue
from sycee.products.wallet.bank.model import (
    BankAccountUnknown,
    BankCurrencyDiffers,
    BankFileInvalid,
    BankFileKnown,
    BankFileUnreadable,
    BankLineDiffers,
    BankLineSettled,
    BankLineWithoutSender,
    LineState,
    Why,
)
from sycee.products.wallet.bank.store import lines


def files(town: Town) -> list[bytes]:
    return [path.read_bytes() for path in town.where.waiting()]


def refused(town: Town, content: bytes, kind: type[Refusal]) -> Refusal:
    before = (town.in_bank(), len(town.queue()))
    with pytest.raises(kind) as caught:
        town.take(content)
    assert (town.in_bank(), len(town.queue())) == before
    return caught.value


def test_what_comes_with_the_reference_is_credited_once(town: Town):
    ann = town.party("Ann")
    asked = town.ask(ann, 5_000)
    assert (asked.iban, len(asked.reference), asked.reference_printed.count(" ")) == (
        town.number,
        16,
        3,
    )
    town.bank.pay_in(town.number, 5_000, reference=asked.reference)
    (content,) = files(town)
    done = town.take(content)
    assert (done.lines, done.credited, done.unmatched) == (1, 1, 0)
    assert (town.purse(ann), town.in_bank()) == (5_000, 5_000)
    refused(town, content, BankFileKnown)
    assert town.purse(ann) == 5_000


def test_the_statement_that_shows_a_notified_line_again_changes_nothing(town: Town):
    ann = town.rich(700)
    (path,) = town.bank.state()
    done = town.take(path.read_bytes())
    assert (done.kind, done.lines, done.known, done.findings) == ("camt.053.001.08", 0, 1, 0)
    assert (town.purse(ann), town.in_bank()) == (700, 700)


@pytest.mark.parametrize("written", ["{}", "your ref {} thanks", "{spaced}", "inv 7/{lower}"])
def test_a_reference_is_found_as_people_write_it(town: Town, written: str):
    ann = town.party("Ann")
    asked = town.ask(ann, 100)
    text = written.format(
        asked.reference, spaced=asked.reference_printed, lower=asked.reference.lower()
    )
    town.bank.pay_in(town.number, 90, text=text)
    town.work()
    assert town.purse(ann) == 90


def test_a_second_transfer_with_the_reference_waits_with_a_hint(town: Town):
    ann = town.party("Ann")
    asked = town.ask(ann, 100)
    for _ in range(2):
        town.bank.pay_in(town.number, 100, reference=asked.reference)
    town.work()
    assert (town.purse(ann), town.house("bank-unmatched")) == (100, 100)
    (line,) = town.queue()
    assert (line.reason, line.party) == (Why.REFERENCE_USED, None)


def test_money_for_a_closed_party_waits_and_is_not_lost(town: Town):
    ann = town.party("Ann")
    asked = town.ask(ann, 100)
    with town.database.transaction() as tx:
        parties.close(tx, ann)
    town.bank.pay_in(town.number, 100, reference=asked.reference)
    town.work()
    (line,) = town.queue()
    assert (line.reason, line.party) == (Why.PARTY_CANNOT_RECEIVE, ann)
    assert (town.house("bank-unmatched"), town.in_bank()) == (100, 100)


def test_money_above_a_purses_ceiling_waits_while_its_neighbour_is_credited(town: Town):
    ann, bob = town.party("Ann"), town.party("Bob")
    with town.database.transaction() as tx:
        ledger.bound(tx, parties.account(tx, ann, "wallet", town.currency), floor=0, ceiling=50)
    for party in (ann, bob):
        town.bank.pay_in(town.number, 60, reference=town.ask(party, 60).reference)
    (path,) = town.bank.state()
    done = town.take(path.read_bytes())
    assert (done.credited, done.unmatched) == (1, 1)
    assert (town.purse(ann), town.purse(bob), town.house("bank-unmatched")) == (0, 60, 60)


def test_a_top_up_above_the_tiers_ceiling_waits_until_the_tier_rises(town: Town):
    ann = town.party("Ann")
    rule = {"name": "full", "tier": "full", "currency": town.currency, "window": "balance"}
    rule |= {"amount_minor": 50, "from": "2020-01-01T00:00:00Z"}
    with town.database.transaction() as tx:
        parties.set_tier(tx, ann, "full")
        limits.load(tx, {"pack": f"full-{town.currency.lower()}", "limits": [rule]})
    town.bank.pay_in(town.number, 51, reference=town.ask(ann, 51).reference)
    town.work()
    (line,) = town.queue()
    assert (line.reason, line.party, town.purse(ann)) == (Why.LIMIT_REACHED, ann, 0)
    give = queue.Assign(line.id, ann, town.operator)
    with pytest.raises(CeilingReached):
        town.do("bank.assign", queue.assign, give)
    with town.database.transaction() as tx:
        parties.set_tier(tx, ann, "standard")
    town.do("bank.assign", queue.assign, give)
    assert (town.purse(ann), town.house("bank-unmatched")) == (51, 0)


def test_an_order_against_credits_sends_money_to_the_queue(town: Town):
    asked = town.ask(town.party("Ann"), 100)
    with town.database.transaction() as tx:
        (gate,) = gates.shut(tx, [gates.Stop("wallet", Operation.CREDIT)])
    town.bank.pay_in(town.number, 100, reference=asked.reference)
    town.work()
    with town.database.transaction() as tx:
        gates.reopen(tx, [gate.id])
    assert [line.reason for line in town.queue()] == [Why.SUSPENDED]


def test_an_operator_gives_a_line_to_its_owner_once(town: Town):
    ann = town.party("Ann")
    town.bank.pay_in(town.number, 100, text="for Ann")
    town.work()
    (line,) = town.queue()
    assert line.sealed is not None
    names = desk.look(town.database, town.operator, line.id, desk.Purpose.PAYMENT)
    assert names is not None
    assert (names.name, names.text) == ("A Customer", "for Ann")
    command = queue.Assign(line.id, ann, town.operator)
    assert town.do("bank.assign", queue.assign, command).state is LineState.ASSIGNED
    with pytest.raises(BankLineSettled):
        town.do("bank.assign", queue.assign, command)
    assert (town.purse(ann), town.house("bank-unmatched")) == (100, 0)
    assert desk.look(town.database, town.operator, line.id, desk.Purpose.PAYMENT) is None


def test_an_operator_sends_a_strangers_money_back_to_where_it_came_from(town: Town):
    town.bank.pay_in(town.number, 100, text="wrong number", sender=FRIEND, name="Eve Other")
    town.work()
    (line,) = town.queue()
    done = desk.send_back(town.database, town.operator, "k1", line.id).unwrap()
    assert done.state is LineState.RETURNING
    assert town.house("bank-transit") == 100
    town.work()
    (path,) = town.where.out.glob("*.xml")
    text = path.read_text()
    assert FRIEND in text
    assert "Eve Other" in text
    town.circle()
    assert (town.house("bank-transit"), town.in_bank(), town.queue()) == (0, 0, [])
    again = desk.send_back(town.database, town.operator, "k1", line.id)
    assert again.replayed


def test_money_from_nowhere_cannot_be_sent_back(town: Town):
    town.bank.pay_in(town.number, 100)
    town.work()
    (line,) = town.queue()
    with pytest.raises(BankLineWithoutSender):
        desk.send_back(town.database, town.operator, str(line.id), line.id).unwrap()
    assert town.house("bank-unmatched") == 100


def test_the_banks_own_charge_is_marked_as_the_houses(town: Town):
    town.rich(500)
    town.bank.charge(town.number, 12, "account keeping")
    town.bank.state()
    town.work()
    (line,) = town.queue()
    assert (line.incoming, line.reason) == (False, Why.DEBIT_UNKNOWN)
    town.do("bank.own", queue.own, queue.Own(line.id, town.operator))
    assert (town.in_bank(), town.house("bank-unmatched"), town.house("capital")) == (488, 0, -12)


def test_bad_files_are_refused_whole_and_by_name(town: Town):
    town.bank.pay_in(town.number, 100)
    (good,) = files(town)
    refused(town, good[: len(good) // 2], BankFileUnreadable)
    foreign = good.replace(f'Amt Ccy="{town.currency}"'.encode(), b'Amt Ccy="JPY"')
    assert refused(town, foreign, BankCurrencyDiffers).facts() == {
        "expected": town.currency,
        "found": "JPY",
    }
    large = refused(town, good.replace(b">1.00<", b">90071992547409.93<"), BankFileInvalid)
    assert large.facts()["rule"] == "an amount is larger than 2^53 minor units"
    refused(town, good.replace(town.number.encode(), FRIEND.encode()), BankAccountUnknown)
    assert town.take(good).lines == 1
    other = good.replace(b">1.00<", b">9.00<")
    assert refused(town, other, BankLineDiffers).facts()["now_minor"] == 900


def test_a_file_that_another_of_its_name_replaces_while_it_is_taken_is_not_all_that_is(town: Town):
    for minor in (100, 20):
        town.bank.pay_in(town.number, minor)
    first, second = town.where.waiting()
    later = second.rename(second.with_suffix(".later"))
    taker = threading.Thread(target=jobs.take_all, args=(town.database, town.where))
    with town.database.transaction() as tx:
        lines.lock_accounts(tx, [town.account.id])
        taker.start()
        while not waits_for_a_lock(town):
            time.sleep(0.005)
        later.replace(first)
    taker.join()
    assert (town.in_bank(), [path.name for path in town.where.waiting()]) == (100, [first.name])
    assert jobs.take_all(town.database, town.where) == 1
    assert (town.in_bank(), town.where.waiting()) == (120, [])


def waits_for_a_lock(town: Town) -> bool:
    with town.database.read() as tx:
        row = tx.conn.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        ).fetchone()
    return row is not None


def test_a_file_of_more_money_than_an_account_holds_is_refused_whole(town: Town):
    now = town.database.clock.now()
    head = messages.Head("S1", now, town.number, town.currency, 1, "02")
    one = messages.Entry(
        *("ref-0", True, MAX_MINOR, now.date(), None, None, "much", "Eve", None, None)
    )
    much = [msgspec.structs.replace(one, ref=f"ref-{k}") for k in range(512)]  # 2^62 together
    found = refused(town, messages.notification(head, much), BankFileInvalid)
    assert found.facts() == {
        "rule": "the Amt of its entries take the account past 2^62 minor units",
        "place": None,
    }
    assert town.take(messages.notification(head, much[:1])).unmatched == 1


def test_a_statement_seen_again_shows_nothing_new_however_its_lines_are_read(town: Town):
    now = town.database.clock.now()
    head = messages.Head("S1", now, town.number, town.currency, 1, "02")
    unnamed = messages.Entry(
        *("NOTPROVIDED", True, 300, now.date(), None, None, "rent", "Eve", None, None)
    )
    named, day = msgspec.structs.replace(unnamed, ref="REF-0815"), now.date()
    assert town.take(messages.statement(head, 0, 600, day, day, [unnamed, named])).lines == 2
    other = msgspec.structs.replace(unnamed, text="rent, December")  # read in another way
    again = town.take(messages.statement(head, 0, 600, day, day, [other, named]))
    assert (again.lines, again.known, again.findings, town.in_bank()) == (0, 2, 0, 600)
    head = messages.Head("S2", now, town.number, town.currency, 2, "02")
    assert town.take(messages.statement(head, 600, 900, day, day, [other])).lines == 1


def test_overlapping_statements_take_each_line_once_and_a_gap_is_found(town: Town):
    entries = []
    for minor in (100, 200, 400):
        town.bank.pay_in(town.number, minor)
        entries = town.books.unstated(town.number)
    now = town.database.clock.now()
    day = now.date()

    def statement(sequence: int, opening: int, closing: int, some: list) -> bytes:
        head = messages.Head(f"S{sequence}", now, town.number, town.currency, sequence, "02")
        return messages.statement(head, opening, closing, day, day, some)

    assert town.take(statement(1, 0, 300, entries[:2])).lines == 2
    overlap = town.take(statement(2, 100, 700, entries[1:]))
    assert (overlap.lines, overlap.known, overlap.findings) == (1, 1, 0)
    assert town.in_bank() == 700
    assert town.take(statement(4, 900, 900, [])).findings == 1
    town.sound = False  # the bank says 900, its lines 700: the doctor must see it
    with town.database.read() as tx:
        (found,) = findings.examine(lines.statements(tx, town.account.id))
    assert (found.fault, found.expected_minor, found.found_minor) == ("gap", 700, 900)
    assert town.take(statement(3, 700, 900, [])).findings == 1  # the gap closes, the sum does not
