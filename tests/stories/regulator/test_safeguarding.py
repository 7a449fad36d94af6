"""The daily reconciliation on a real bank's statements: to the cent, and signed by two."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from tests.stories.regulator.office import party

from sycee.core.ledger import accounts
from sycee.core.ledger.model import NewAccount, Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.core.parties.model import Kind
from sycee.kit.clock import ManualClock, micros
from sycee.kit.errors import NotFound
from sycee.kit.ids import parse, uuid7
from sycee.oversight.regulator.safeguarding import actions, reading, returns
from sycee.oversight.regulator.safeguarding.actions import Sign
from sycee.oversight.regulator.safeguarding.jobs import register
from sycee.oversight.regulator.safeguarding.model import NOUN, Run, RunSigned, Sort
from sycee.products.wallet.bank.store.lines import net_lines
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.pages import Page
from sycee.runtime.jobs import Jobs, run_sweeps


def fund(database: Database, owner: UUID, minor: int) -> UUID:
    """Money in by a line of the bank's, whose id is given back."""
    line = uuid7()
    with database.transaction() as tx:
        purse = parties.account(tx, owner, "wallet", "CNY")
        bank = accounts.open_house(tx, "bank", "CNY")
        id_ = uuid7(micros(tx.now) // 1_000)
        post_all(tx, [Transfer(id_, bank, purse, minor, "bank.in", subject=line)])
    return line


def reconciled(database: Database, lines: list[tuple[UUID, int]]) -> Run:
    (run,) = actions.reconcile(database, lambda tx, currency: lines)
    return run


def test_a_day_that_agrees_and_one_where_the_bank_has_lost_a_line(
    manual_database: Database, clock: ManualClock
) -> None:
    operator = party(manual_database, Kind.OPERATOR, "The house")
    may = party(manual_database, Kind.PERSON, "May")
    first, second = fund(manual_database, may, 123_45), fund(manual_database, may, 67_89)
    run = reconciled(manual_database, [(first, 123_45), (second, 67_89)])
    assert (run.requirement_minor, run.bank_minor, run.books_minor) == (191_34,) * 3
    assert (run.breaks, run.shortfall_minor) == (0, 0)
    assert actions.reconcile(manual_database, lambda tx, currency: []) == []  # once a day

    clock.advance(timedelta(days=1))
    run = reconciled(manual_database, [(first, 123_45)])
    assert (run.shortfall_minor, run.breaks) == (67_89, 1)
    with manual_database.read() as tx:
        (named,) = reading.run(tx, run.id).named
    assert (named.sort, named.subject, named.amount_minor) == (
        Sort.MISSING_AT_BANK, second, 67_89,
    )  # fmt: skip

    clock.advance(timedelta(days=1))
    stranger = uuid7()
    run = reconciled(manual_database, [(first, 123_44), (second, 67_89), (stranger, 5)])
    with manual_database.read() as tx:
        view = reading.run(tx, run.id)
    assert [(one.sort, one.amount_minor) for one in view.named] == [
        (Sort.MISSING_IN_BOOKS, -5), (Sort.AMOUNT_DIFFERS, 1),
    ]  # fmt: skip
    assert (view.top_up_minor, view.excess_minor) == (0, 4)
    text = reading.report(view)
    assert "safeguarding_requirement_minor,19134\n" in text
    assert f"discrepancy_missing-in-books,-5 {stranger}\n" in text

    ann, bob = uuid7(), uuid7()
    assert sign(manual_database, operator, ann, run) == 1
    with pytest.raises(RunSigned):
        sign(manual_database, operator, ann, run)
    assert sign(manual_database, operator, bob, run) == 2
    with pytest.raises(RunSigned):
        sign(manual_database, operator, uuid7(), run)
    with manual_database.read() as tx:
        newest = reading.runs(tx, Page(limit=2)).items[0]
    assert newest.signed_off
    assert parse(NOUN, newest.id) == run.id


def test_a_return_counts_customers_and_takes_no_later_day_for_the_next(
    manual_database: Database, clock: ManualClock
) -> None:
    may = party(manual_database, Kind.PERSON, "May")
    line = fund(manual_database, may, 500)
    with manual_database.transaction() as tx:
        accounts.open_house(tx, "bank-unmatched", "CNY")
        accounts.open(tx, [NewAccount(uuid7(), None, "escrow", "CNY", 0)])
    first = reconciled(manual_database, [(line, 500)])
    month = f"{first.day_on:%Y-%m}"
    clock.advance(timedelta(days=70))
    late = reconciled(manual_database, [(line, 500)])
    clock.advance(timedelta(days=1))
    reconciled(manual_database, [(line, 500)])
    with manual_database.read() as tx:
        told = returns.month(tx, month, "CNY")
    assert told.section_2_clients_accounts == late.accounts == 1
    assert told.section_6_next_day is None, "the day after the month has no run"


def sign(database: Database, by: UUID, credential: UUID, run: Run) -> int:
    with database.transaction() as tx:
        return actions.sign(tx, Sign(by, credential, run.id)).signatures


def test_a_run_that_is_not_there_is_not_signed(database: Database) -> None:
    with database.transaction() as tx, pytest.raises(NotFound):
        actions.sign(tx, Sign(uuid7(), uuid7(), uuid7()))
    with database.read() as tx, pytest.raises(NotFound):
        reading.run(tx, uuid7())


def test_what_someone_owes_the_house_pays_nobody_else(database: Database) -> None:
    may = party(database, Kind.PERSON, "May")
    line = fund(database, may, 500)
    with database.transaction() as tx:
        queue = accounts.open_house(tx, "bank-unmatched", "CNY")
        capital = accounts.open_house(tx, "capital", "CNY")
        post_all(tx, [Transfer(uuid7(), queue, capital, 300, "bank.own")])
    run = reconciled(database, [(line, 500)])
    assert run.requirement_minor == 500
    assert run.breaks == 1


def test_the_worker_reconciles_each_day_with_the_lines_that_the_bank_wrote(
    database: Database,
) -> None:
    fund(database, party(database, Kind.PERSON, "May"), 700)
    jobs = Jobs()
    register(jobs, net_lines)
    run_sweeps(database, jobs)
    run_sweeps(database, jobs)

    def seen(tx: Tx) -> list[int]:
        return [one.top_up_minor for one in reading.runs(tx, Page(limit=10)).items]

    with database.read() as tx:
        assert seen(tx) == [700]  # no statement was taken: all of it is missing at the bank
