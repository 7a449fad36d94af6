"""Mandates on a real PostgreSQL: used once, under any race, and idempotent for the same use."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sycee.core.ledger import accounts
from sycee.core.ledger.model import NewAccount
from sycee.core.tender import actions, mandates
from sycee.core.tender.actions import Revoke, Revoked, WalletMissing
from sycee.core.tender.jobs import register
from sycee.core.tender.model import (
    Mandate,
    MandateCeilingExceeded,
    MandateExpired,
    MandateRevoked,
    MandateSpent,
    MandateUnknown,
    Use,
    is_code,
)
from sycee.kit.clock import ManualClock
from sycee.kit.errors import Invalid
from sycee.kit.ids import parse, public, uuid7
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_sweeps

PAYER, ACCOUNT, SHOP, OTHER = uuid7(), uuid7(), uuid7(), uuid7()


def issue(database: Database, ceiling: int = 1_000, **given: Any) -> Mandate:
    with database.transaction() as tx:
        seconds, payee = given.pop("seconds", 60), given.pop("payee", None)
        expires_at = tx.now + timedelta(seconds=seconds)
        return mandates.issue(tx, PAYER, ACCOUNT, ceiling, "CNY", payee, expires_at, **given)


def use(tender: str | UUID | None, amount: int = 100, subject: UUID | None = None) -> Use:
    assert tender is not None
    return Use(tender, SHOP, amount, "CNY", subject or uuid7())


def consume(database: Database, *uses: Use) -> list[Any]:
    with database.transaction() as tx:
        return mandates.consume_all(tx, uses)


def test_a_pay_code_is_shown_once_and_stored_nowhere(database: Database) -> None:
    mandate = issue(database)
    assert mandate.code is not None
    assert is_code(mandate.code)
    with database.read() as tx:
        row = tx.conn.execute("SELECT m::text FROM tender.mandate m").fetchone()
        (kept,) = mandates.read(tx, [mandate.id, uuid7()]).values()
    assert row is not None
    assert mandate.code not in row[0]
    assert kept.code is None


def test_a_code_pays_once_and_the_same_payment_again_is_the_same(database: Database) -> None:
    code, trade = issue(database).code, uuid7()
    (first,) = consume(database, use(code, 100, trade))
    assert (first.payer, first.account, first.spent_by) == (PAYER, ACCOUNT, trade)
    assert (first.spent_to, first.spent_minor) == (SHOP, 100)
    (again,) = consume(database, use(code, 100, trade))
    assert again == first
    assert isinstance(consume(database, use(code, 100))[0], MandateSpent)
    assert isinstance(consume(database, use(code, 99, trade))[0], MandateSpent)


def test_the_singular_verb_raises_what_the_plural_returns(database: Database) -> None:
    with database.transaction() as tx:
        with pytest.raises(MandateUnknown):
            mandates.consume(tx, "280000000000000000", SHOP, 1, "CNY", uuid7())
        with pytest.raises(MandateUnknown):
            mandates.consume(tx, "not a code", SHOP, 1, "CNY", uuid7())
        with pytest.raises(MandateUnknown):
            mandates.consume(tx, uuid7(), SHOP, 1, "CNY", uuid7())


def test_a_batch_is_decided_in_its_order(database: Database) -> None:
    one, other, small = issue(database).code, issue(database).code, issue(database, 50).code
    trade = uuid7()
    outcomes = consume(
        database,
        use(one, 100, trade),
        use(one, 100),
        use(small, 51),
        use(one, 100, trade),
        use("289999999999999999"),
        use(other),
        use(small, 50),
    )
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [
        Mandate,
        MandateSpent,
        MandateCeilingExceeded,
        Mandate,
        MandateUnknown,
        Mandate,
        Mandate,
    ]
    assert outcomes[0] == outcomes[3]


def test_a_payment_that_fails_further_on_gives_the_mandate_back(database: Database) -> None:
    code = issue(database).code
    spent = issue(database).code
    consume(database, use(spent))
    with database.transaction() as tx:
        (taken,) = mandates.consume_all(tx, [use(code)])
        assert isinstance(taken, Mandate)
        mandates.restore(tx, [taken])
        mandates.restore(tx, [])
    assert isinstance(consume(database, use(code))[0], Mandate)


def test_restoring_leaves_alone_what_was_spent_before(database: Database) -> None:
    mine = use(issue(database).code)
    consume(database, mine)
    with database.transaction() as tx:
        (replayed,) = mandates.consume_all(tx, [mine])
        assert isinstance(replayed, Mandate)
        mandates.restore(tx, [replayed])
    other = Use(mine.tender, SHOP, 100, "CNY", uuid7())
    assert isinstance(consume(database, other)[0], MandateSpent)


def test_a_mandate_without_a_code_is_used_by_its_id(database: Database) -> None:
    standing = issue(database, kind="checkout")
    assert standing.code is None
    assert isinstance(consume(database, use(standing.id))[0], Mandate)
    coded = issue(database)
    assert isinstance(consume(database, use(coded.id))[0], MandateUnknown)


def test_a_keyed_code_needs_its_key(database: Database) -> None:
    code = issue(database, key=b"of the server").code
    assert isinstance(consume(database, use(code))[0], MandateUnknown)
    with database.transaction() as tx:
        (outcome,) = mandates.consume_all(tx, [use(code)], key=b"of the server")
    assert isinstance(outcome, Mandate)


def test_a_code_ends_at_its_time(manual_database: Database, clock: ManualClock) -> None:
    code = issue(manual_database, seconds=60).code
    clock.advance(timedelta(seconds=60))
    assert isinstance(consume(manual_database, use(code))[0], MandateExpired)


def test_only_the_payer_withdraws_and_only_in_time(database: Database) -> None:
    mandate = issue(database)
    with database.transaction() as tx:
        for wanted, by in ((mandate.id, OTHER), (uuid7(), PAYER)):
            with pytest.raises(MandateUnknown):
                mandates.revoke(tx, wanted, by)
        gone = mandates.revoke(tx, mandate.id, PAYER)
    with database.transaction() as tx:
        assert mandates.revoke(tx, mandate.id, PAYER).revoked_at == gone.revoked_at
    assert isinstance(consume(database, use(mandate.code))[0], MandateRevoked)
    spent = issue(database)
    consume(database, use(spent.code))
    with database.transaction() as tx, pytest.raises(MandateSpent) as refused:
        mandates.revoke(tx, spent.id, PAYER)
    assert refused.value.mandate == public("mdt", spent.id)


def test_a_pay_code_is_for_a_wallet_that_is_open_in_its_currency(database: Database) -> None:
    purses = [
        NewAccount(uuid7(), PAYER, code, currency)
        for code, currency in (("merchant", "CNY"), ("wallet", "EUR"), ("wallet", "CNY"))
    ]
    with database.transaction() as tx:
        for purse in purses[:2]:
            accounts.open(tx, [purse])
            with pytest.raises(WalletMissing):
                actions.issue(tx, PAYER, 1, "CNY", None, 60)
        accounts.open(tx, purses[2:])
        made = parse("mdt", actions.issue(tx, PAYER, 1, "CNY", SHOP, 60).id)
        (mandate,) = mandates.read(tx, [made]).values()
        accounts.close(tx, purses[2].id)
        with pytest.raises(WalletMissing):
            actions.issue(tx, PAYER, 1, "CNY", None, 60)
    assert (mandate.account, mandate.payee) == (purses[2].id, SHOP)
    assert mandate.expires_at - mandate.issued_at == timedelta(minutes=1)


def test_a_code_that_is_withdrawn_twice_is_in_the_journal_once(
    manual_database: Database, clock: ManualClock
) -> None:
    mandate, withdrawn = issue(manual_database), []
    for _ in range(3):
        with manual_database.transaction() as tx:
            withdrawn.append(actions.revoke(tx, Revoke(PAYER, mandate.id)))
        clock.advance(timedelta(seconds=1))
    named = public("mdt", mandate.id)
    assert withdrawn == [Revoked(named, clock.now() - timedelta(seconds=3))] * 3
    with manual_database.read() as tx:
        rows = tx.conn.execute(
            "SELECT verb, actor, subject, parties, purpose, body FROM journal.entry"
        ).fetchall()
    body = {"mandate": named, "kind": "pay-code", "ceiling_minor": 1_000, "currency": "CNY"}
    assert rows == [("mandate.revoked", PAYER, mandate.id, [PAYER], "payment", body)]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"ceiling": 0}, "ceiling_minor"), ({"ceiling": 2**53 + 1}, "ceiling_minor"),
     ({"seconds": 0}, "expires_at"), ({"seconds": -1}, "expires_at")],
)  # fmt: skip
def test_a_mandate_that_makes_no_sense_is_refused(
    database: Database, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        issue(database, **given)
    assert refused.value.field == field


def test_of_twenty_payments_by_one_code_at_once_one_goes_through(database: Database) -> None:
    code = issue(database).code
    begun, outcomes = threading.Barrier(20), []

    def pay() -> None:
        wish = use(code)
        begun.wait()
        with database.transaction(timeout_ms=20_000) as tx:
            outcomes.extend(mandates.consume_all(tx, [wish]))

    threads = [threading.Thread(target=pay) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds.count(Mandate) == 1
    assert kinds.count(MandateSpent) == 19


def test_old_unused_codes_are_swept_and_used_ones_are_kept(
    manual_database: Database, clock: ManualClock
) -> None:
    jobs = Jobs()
    register(jobs)
    old, spent = issue(manual_database), issue(manual_database)
    consume(manual_database, use(spent.code))
    clock.advance(timedelta(days=7))
    run_sweeps(manual_database, jobs)
    with manual_database.read() as tx:
        assert set(mandates.read(tx, [old.id, spent.id])) == {old.id, spent.id}
    clock.advance(timedelta(days=1))
    fresh = issue(manual_database)
    run_sweeps(manual_database, jobs)
    with manual_database.read() as tx:
        kept = mandates.read(tx, [old.id, spent.id, fresh.id])
    assert set(kept) == {spent.id, fresh.id}
