"""Orders: signed, never edited, quick to tighten, slow to loosen."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from tests.conftest import Template
from tests.stories.regulator.office import STOP, Person, order, party, person

from sycee.core.ledger import accounts
from sycee.core.ledger.model import NewAccount, Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties.model import Kind
from sycee.core.policy import gates, outgoing
from sycee.core.policy.check import check
from sycee.core.policy.model import Operation, ProductSuspended, Request
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public, uuid7
from sycee.oversight.regulator.orders import desk, issuing, packet, reading
from sycee.oversight.regulator.orders.document import Document
from sycee.oversight.regulator.orders.issuing import Revoke
from sycee.oversight.regulator.orders.refusals import (
    OrderContradicts,
    OrderExists,
    OrderInPast,
    OrderKeyTaken,
    OrderKeyUnknown,
    OrderNamesUnknown,
    OrderNeedsAnother,
    OrderNotStanding,
    OrderNotYours,
    OrderSignatureWrong,
)
from sycee.oversight.regulator.orders.states import State
from sycee.runtime.db import Database

PAY = Request("wallet", Operation.TRANSFER, None, "CN", 100, "CNY")


@pytest.fixture(scope="module")
def database(main_template: Template) -> Iterator[Database]:
    """One database for the file: every story lifts what it has stopped."""
    name, url = main_template.clone()
    database = Database(url)
    yield database
    database.close()
    main_template.drop(name)


@pytest.fixture(scope="module")
def operator(database: Database) -> UUID:
    return party(database, Kind.OPERATOR, "The house")


@pytest.fixture(scope="module")
def authority(database: Database, operator: UUID) -> UUID:
    return party(database, Kind.REGULATOR, "The authority")


@pytest.fixture
def ann(database: Database, authority: UUID) -> Person:
    return person(database, authority)


@pytest.fixture
def bob(database: Database, authority: UUID) -> Person:
    return person(database, authority)


def stopped(database: Database, request: Request = PAY) -> bool:
    with database.transaction() as tx:
        return isinstance(check(tx, [request])[0], ProductSuspended)


def lift(first: Person, second: Person, *documents: Document) -> None:
    ended = order("allow", supersedes=[one.id for one in documents])
    assert first.propose(ended).state is State.PROPOSED
    assert second.approve(ended).state is State.IN_FORCE


def test_one_person_tightens_and_it_takes_two_to_loosen(
    database: Database, ann: Person, bob: Person
) -> None:
    stop = order(scope=STOP, notice={"en": "Payments are suspended."})
    assert ann.propose(stop).state is State.IN_FORCE
    assert stopped(database)
    assert ann.propose(stop).state is State.IN_FORCE  # the same order again is the same order
    ended = order("allow", supersedes=[stop.id])
    assert ann.propose(ended).state is State.PROPOSED
    assert stopped(database)
    with pytest.raises(OrderNeedsAnother):
        ann.approve(ended)
    with pytest.raises(OrderNeedsAnother):  # another key, but from the same device
        person(database, ann.party, ann.credential).approve(ended)
    assert stopped(database)
    with database.read() as tx:
        assert [one.text for one in reading.notices(tx, "fr")] == ["Payments are suspended."]
    assert bob.approve(ended).state is State.IN_FORCE
    assert not stopped(database)
    with database.read() as tx:
        assert reading.notices(tx, "en") == []
        assert reading.order(tx, stop.uuid).state is State.ENDED
        assert reading.order(tx, stop.uuid).ended_by == ended.id


def test_the_house_cannot_lift_an_authoritys_order_alone(
    database: Database, ann: Person, operator: UUID
) -> None:
    one, two = person(database, operator), person(database, operator)
    stop = order(scope=STOP)
    ann.propose(stop)
    ended = order("allow", supersedes=[stop.id])
    one.propose(ended)
    with pytest.raises(OrderNotYours):
        two.approve(ended)
    assert ann.approve(ended).state is State.IN_FORCE


def test_a_declined_proposal_is_over(database: Database, ann: Person, bob: Person) -> None:
    stop = order(scope=STOP)
    ann.propose(stop)
    ended = order("allow", supersedes=[stop.id])
    ann.propose(ended)
    with database.transaction() as tx:
        assert issuing.decline(tx, bob.word(ended, "decline")).state is State.DECLINED
    with pytest.raises(OrderNotStanding):
        bob.approve(ended)
    lift(ann, bob, stop)


def test_the_most_restrictive_order_wins(database: Database, ann: Person, bob: Person) -> None:
    mild = order("customer-initiated-only", scope={"products": ["wallet"]})
    strict = order("freeze", scope={"products": ["wallet"]})
    payout = msgspec.structs.replace(PAY, operation=Operation.PAYOUT)
    ann.propose(mild)
    assert not stopped(database, payout)
    ann.propose(strict)
    assert stopped(database, payout)
    with database.read() as tx:
        overlaps = reading.preview(tx, order(scope=STOP)).overlaps
    assert set(overlaps) == {mild.id, strict.id}
    lift(ann, bob, strict)
    assert not stopped(database, payout)
    lift(bob, ann, mild)


def test_ways_out_stay_open_unless_an_order_names_them(
    database: Database, ann: Person, bob: Person
) -> None:
    for document in (order(), order("withdraw-only")):
        ann.propose(document)
        for operation in Operation:
            request = msgspec.structs.replace(PAY, operation=operation)
            is_way_out = operation in ("refund", "payout", "repay")
            assert stopped(database, request) is not is_way_out
        lift(ann, bob, document)


def test_accounts_and_classes_can_be_named(database: Database, ann: Person, bob: Person) -> None:
    account = uuid7()
    stop = order("freeze", scope={"accounts": [public("acc", account)]})
    ann.propose(stop)
    assert stopped(database, msgspec.structs.replace(PAY, accounts=(uuid7(), account)))
    assert not stopped(database)
    lift(ann, bob, stop)


@pytest.mark.parametrize(
    ("effect", "said", "refusal"),
    [
        ("deny", {"scope": {"products": ["walet"]}}, OrderNamesUnknown),
        ("deny", {"scope": {"operations": ["pay"]}}, OrderNamesUnknown),
        ("deny", {"scope": {"channels": ["fax"]}}, OrderNamesUnknown),
        ("deny", {"scope": {"accounts": ["par_1"]}}, Invalid),
        ("deny", {"effective_at": "2014-03-14T00:00:00Z"}, OrderInPast),
        ("deny", {"review_at": "2014-03-14T00:00:00Z"}, Invalid),
        ("deny", {"in_flight": {"policy": "hold", "deadline": "2090-01-01T00:00:00Z"}},
         OrderContradicts),
        ("deny", {"limit": {"currency": "CNY", "window": "day", "count": 1}}, OrderContradicts),
        ("limit", {}, OrderContradicts),
        ("limit", {"limit": {"currency": "CNY", "window": "day"}}, OrderContradicts),
        ("limit", {"limit": {"currency": "CNY", "window": "day", "count": 1},
                   "exemptions": ["wallet.interest"]}, OrderContradicts),
        ("allow", {}, OrderContradicts),
        ("allow", {"supersedes": [public("ord", uuid7())], "scope": STOP}, OrderContradicts),
        ("allow", {"supersedes": [public("ord", uuid7())]}, NotFound),
        ("freeze", {"scope": {"operations": ["refund"]}}, OrderContradicts),
        ("withdraw-only", {"scope": {"operations": ["credit"]}}, OrderContradicts),
    ],
)  # fmt: skip
def test_a_bad_order_stops_nothing(
    database: Database, ann: Person, effect: str, said: dict[str, Any], refusal: type[Exception]
) -> None:
    before = _head(database)
    with pytest.raises(refusal):
        ann.propose(order(effect, **said))
    assert _head(database) == before
    with database.read() as tx:
        assert gates.standing(tx) == []


def _head(database: Database) -> int:
    with database.connection() as conn:
        row = conn.execute("SELECT steps FROM regulator.head").fetchone()
    assert row is not None
    return row[0]


def test_an_order_has_to_be_signed_by_its_author(
    database: Database, ann: Person, bob: Person
) -> None:
    document = order(scope=STOP)
    forged = msgspec.structs.replace(ann.proposal(document), order=order(scope=STOP))
    with database.transaction() as tx, pytest.raises(OrderSignatureWrong):
        issuing.propose(tx, forged)
    stranger = msgspec.structs.replace(ann.proposal(document), by=uuid7())
    with database.transaction() as tx, pytest.raises(OrderKeyUnknown):
        issuing.propose(tx, stranger)
    garbage = msgspec.structs.replace(ann.proposal(document), signature="!" * 88)
    with database.transaction() as tx, pytest.raises(Invalid):
        issuing.propose(tx, garbage)
    with database.transaction() as tx:
        issuing.revoke(tx, Revoke(bob.party, bob.key))
    with pytest.raises(OrderKeyUnknown):
        bob.propose(document)
    with database.transaction() as tx, pytest.raises(NotFound):
        issuing.revoke(tx, Revoke(uuid7(), ann.key))


def test_a_key_belongs_to_one_person(database: Database, ann: Person) -> None:
    with database.read() as tx:
        known = next(k for k in reading.keys(tx, ann.party) if k.id == public("sgk", ann.key))
    with database.transaction() as tx, pytest.raises(OrderKeyTaken):
        issuing.register(tx, issuing.Register(uuid7(), uuid7(), known.public))


def test_an_id_names_one_order_for_good(database: Database, ann: Person, bob: Person) -> None:
    stop = order(scope=STOP)
    ann.propose(stop)
    with pytest.raises(OrderExists):
        ann.propose(msgspec.structs.replace(stop, authority="Someone else"))
    lift(ann, bob, stop)
    with pytest.raises(OrderNotStanding):
        ann.propose(order("allow", supersedes=[stop.id]))


def test_an_order_lists_what_was_already_sent(database: Database, ann: Person, bob: Person) -> None:
    out, back = uuid7(), uuid7()
    payout = msgspec.structs.replace(PAY, operation=Operation.PAYOUT, amount_minor=777)
    refund = msgspec.structs.replace(PAY, operation=Operation.REFUND)
    with database.transaction() as tx:
        outgoing.mark(tx, [(out, payout), (back, refund)])
    stop = order(scope={"products": ["wallet"], "operations": ["payout"]})
    assert ann.propose(stop).already_sent == 1
    with database.transaction() as tx:
        outgoing.answered(tx, [out, back])
    with database.read() as tx:
        made = packet.make(tx, stop.uuid)
    assert [(one.subject, one.amount_minor) for one in made.order.already_sent] == [(out, 777)]
    assert made.snapshot is not None
    assert [signer.party for signer in made.signers] == [public("par", ann.party)]
    lift(ann, bob, stop)


def test_gifts_are_the_wallets_and_no_other_products_pots_take_their_place(
    database: Database, ann: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packet, "IN_FLIGHT_MAX", 1)
    pots = {"escrow": uuid7(), "gift": uuid7()}
    for kind, pot in pots.items():
        with database.transaction() as tx:
            capital = accounts.open_house(tx, "capital", "CNY")
            accounts.open(tx, [NewAccount(pot, None, kind, "CNY", 0)])
            code = {"escrow": "escrow.hold", "gift": "gift.send"}[kind]
            post_all(tx, [Transfer(uuid7(), capital, pot, 50, code, subject=pot)])
    stop = order(scope=STOP)
    with database.read() as tx:
        recent = [flow.code for flow in reading.preview(tx, stop).recent]
    assert (recent.count("gift.send"), recent.count("escrow.hold")) == (1, 0)
    ann.propose(stop)
    with database.read() as tx:
        found = packet.make(tx, stop.uuid).in_flight
    assert [(one.subject, one.what) for one in found] == [(pots["gift"], "gift")]
    lift(ann, bob, stop)


def test_whoever_hangs_in_a_posting_cannot_hold_an_order_up(
    database: Database, ann: Person, bob: Person
) -> None:
    stop, began = order(scope=STOP), time.monotonic()

    def hang() -> None:
        with database.transaction() as tx:
            check(tx, [PAY])
            ann.propose(stop)  # this client hangs meanwhile; the server ends its transaction
            check(tx, [PAY])

    with pytest.raises(psycopg.OperationalError):
        hang()
    assert time.monotonic() - began < desk.TIMEOUT_MS / 1_000, "its own statements would be ended"
    assert stopped(database)
    lift(ann, bob, stop)


def test_an_order_during_a_migration_waits_or_fails_whole(
    database: Database, ann: Person, bob: Person
) -> None:
    stop = order(scope=STOP)
    done = threading.Event()

    def issue() -> None:
        ann.propose(stop)
        done.set()

    with database.connection() as conn, conn.transaction():
        conn.execute("LOCK TABLE policy.gate IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=issue)
        thread.start()
        assert not done.wait(0.3)
    thread.join()
    assert done.is_set()
    assert stopped(database)
    lift(ann, bob, stop)


KILLED = """
    import os, signal, sys
    import psycopg, msgspec
    from sycee.oversight.regulator.orders import desk
    from sycee.oversight.regulator.orders.issuing import Propose
    from sycee.runtime.db import Database

    url, commands = sys.argv[1], msgspec.json.decode(sys.stdin.buffer.read(), type=list[Propose])
    whole = psycopg.Connection.execute
    for place, command in enumerate(commands):
        child = os.fork()
        if child == 0:
            left = place

            def execute(self, *given, **named):
                global left
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
                return whole(self, *given, **named)

            database = Database(url, size=2)
            psycopg.Connection.execute = execute
            desk.propose(database, command).unwrap()
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_killed_at_any_statement_an_order_is_issued_whole_or_not_at_all(
    database: Database, ann: Person
) -> None:
    documents = [order(scope={"accounts": [public("acc", uuid7())]}) for _ in range(32)]
    ran = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(KILLED), database.url],
        input=msgspec.json.encode([ann.proposal(document) for document in documents]),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[3],
        timeout=60,
    )
    codes = [int(line) for line in ran.stdout.split()]
    assert codes.count(-9) >= 12
    assert codes[-1] == 0, "the last ones reach the end"
    with database.read() as tx:
        shut = {gate.order_id for gate in gates.standing(tx)}
        known = {row.id: row.state for row in reading.orders(tx, reading.Page(limit=100)).items}
    for document, code in zip(documents, codes, strict=True):
        whole = known.get(document.id) is State.IN_FORCE
        assert whole is (document.uuid in shut)
        assert whole or code == -9


def test_a_dated_order_bites_at_its_instant(manual_database: Database, clock: Any) -> None:
    who = person(manual_database, party(manual_database, Kind.REGULATOR, "The authority"))
    at = clock.now() + timedelta(days=2)
    stop = order(scope=STOP, effective_at=at.isoformat())
    assert who.propose(stop).state is State.DATED
    clock.advance(timedelta(days=2) - timedelta(microseconds=1))
    assert not stopped(manual_database)
    clock.advance(timedelta(microseconds=1))
    assert stopped(manual_database)
