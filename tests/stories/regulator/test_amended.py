"""Orders that end others at a date, what holds when that changes, and what a narrow one covers."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.conftest import Template
from tests.stories.regulator.office import STOP, Person, order, party, person
from tests.stories.regulator.test_orders import lift, stopped

from sycee.core.parties.model import Kind
from sycee.core.policy import gates, outgoing
from sycee.core.policy.check import check
from sycee.core.policy.model import Operation, Request
from sycee.kit.ids import public, uuid7
from sycee.oversight.regulator.orders import packet, reading, restored, store
from sycee.oversight.regulator.orders.document import Document
from sycee.oversight.regulator.orders.jobs import register
from sycee.oversight.regulator.orders.refusals import OrderNotYours
from sycee.oversight.regulator.orders.states import State
from sycee.runtime.db import Database
from sycee.runtime.http.pages import Page
from sycee.runtime.jobs import Jobs, run_sweeps
from sycee.runtime.sweeps import Turn

PAY = Request("wallet", Operation.TRANSFER, None, "CN", 100, "CNY")
BOUND = {"currency": "CNY", "window": "day", "amount_minor": 10}


@pytest.fixture
def ann(manual_database: Database) -> Person:
    return person(manual_database, party(manual_database, Kind.REGULATOR, "The authority"))


@pytest.fixture
def bob(manual_database: Database, ann: Person) -> Person:
    return person(manual_database, ann.party)


def in_days(clock: Any, days: int, effect: str, *ended: Document) -> Document:
    at = clock.now() + timedelta(days=days)
    scope = STOP if effect == "deny" else {}
    names = [one.id for one in ended]
    return order(effect, scope=scope, supersedes=names, effective_at=at.isoformat())


def issue(first: Person, second: Person, document: Document) -> State:
    first.propose(document)
    return second.approve(document).state


def test_what_was_sent_before_a_dated_order_is_listed_when_it_begins(
    manual_database: Database, clock: Any, ann: Person, tmp_path: Path
) -> None:
    pay = Request("wallet", Operation.PAYOUT, None, "CN", 100, "CNY")
    early, late = uuid7(), uuid7()
    begins = clock.now() + timedelta(days=1)
    scope = {"products": ["wallet"], "operations": ["payout"]}
    stop = order(scope=scope, effective_at=begins.isoformat())
    worker = Jobs()
    register(worker, tmp_path)

    def seen() -> tuple[list[UUID], bool]:
        for sweep in worker.sweeps.values():
            sweep.turn = Turn()
        run_sweeps(manual_database, worker)
        with manual_database.read() as tx:
            made = packet.make(tx, stop.uuid)
        return [one.subject for one in made.order.already_sent], made.snapshot is not None

    with manual_database.transaction() as tx:
        outgoing.mark(tx, [(early, pay)])
    assert ann.propose(stop).already_sent == 0
    assert seen() == ([], False)
    with manual_database.transaction() as tx:
        outgoing.answered(tx, [early])
        outgoing.mark(tx, [(late, pay)])
    clock.advance(timedelta(days=1))
    assert seen() == seen() == ([late], True)


@pytest.mark.parametrize("said", [{}, {"effect": "limit", "limit": BOUND}])
def test_a_lift_that_is_dated_can_be_hastened(
    manual_database: Database, clock: Any, ann: Person, bob: Person, said: dict[str, Any]
) -> None:
    stop = order(scope=STOP, **said)
    ann.propose(stop)
    assert issue(ann, bob, in_days(clock, 7, "allow", stop)) is State.DATED
    lift(ann, bob, stop)
    assert not stopped(manual_database)
    with manual_database.read() as tx:
        assert reading.order(tx, stop.uuid).ends_at == clock.now()


@pytest.mark.parametrize("both", [False, True])
def test_an_order_holds_until_what_takes_its_place_begins_however_often_that_is_put_off(
    manual_database: Database,
    main_template: Template,
    clock: Any,
    ann: Person,
    bob: Person,
    tmp_path: Path,
    both: bool,
) -> None:
    stop = order(scope=STOP)
    ann.propose(stop)
    soon = in_days(clock, 7, "deny", stop)
    assert issue(ann, bob, soon) is State.DATED
    before = restored.write(manual_database, tmp_path)
    late = in_days(clock, 14, "deny", soon, *([stop] if both else []))
    assert issue(ann, bob, late) is State.DATED
    after = restored.write(manual_database, tmp_path)
    clock.advance(timedelta(days=8))
    assert stopped(manual_database)
    clock.advance(timedelta(days=7))
    assert stopped(manual_database)
    with manual_database.read() as tx:
        states = [reading.order(tx, one.uuid).state for one in (stop, soon, late)]
        assert states == [State.ENDED, State.ENDED, State.IN_FORCE]
        assert reading.order(tx, stop.uuid).ended_by == late.id
    name, url = main_template.clone()  # a backup from between the two
    with closing(Database(url)) as older:
        restored.reopen(older, tmp_path, before)
        restored.reopen(older, tmp_path, after)
        with older.read() as tx:
            assert reading.order(tx, stop.uuid).ended_by == late.id
            assert {gate.order_id for gate in gates.standing(tx)} == {late.uuid}
    main_template.drop(name)


@pytest.mark.parametrize("effect", ["allow", "deny"])
def test_an_order_stands_when_what_was_to_end_it_is_lifted(
    manual_database: Database, clock: Any, ann: Person, bob: Person, effect: str
) -> None:
    stop = order(scope=STOP)
    ann.propose(stop)
    planned = in_days(clock, 7, effect, stop)
    issue(ann, bob, planned)
    lift(ann, bob, planned)
    clock.advance(timedelta(days=8))
    assert stopped(manual_database)
    with manual_database.read() as tx:
        shown = reading.order(tx, stop.uuid)
        assert (shown.state, shown.ends_at, shown.ended_by) == (State.IN_FORCE, None, None)
    lift(ann, bob, stop)
    assert not stopped(manual_database)


def test_whoever_puts_off_what_ends_an_authoritys_order_needs_the_authority(
    manual_database: Database, clock: Any, ann: Person
) -> None:
    house = party(manual_database, Kind.OPERATOR, "The house")
    one, two = person(manual_database, house), person(manual_database, house)
    stop = order(scope=STOP)
    ann.propose(stop)
    planned = in_days(clock, 7, "deny", stop)
    issue(one, ann, planned)
    hastened = order("deny", scope={"products": ["rides"]}, supersedes=[planned.id])
    one.propose(hastened)
    with pytest.raises(OrderNotYours):
        two.approve(hastened)
    assert ann.approve(hastened).state is State.IN_FORCE
    assert not stopped(manual_database)


def test_an_order_stays_in_sight_however_many_came_after_it(
    manual_database: Database, ann: Person, tmp_path: Path
) -> None:
    stop = order(scope=STOP, notice={"en": "Payments are suspended."})
    ann.propose(stop)
    with manual_database.transaction() as tx:
        (first,) = store.orders(tx)
        for _ in range(1_000):
            store.insert_order(tx, msgspec.structs.replace(first, id=uuid7()))
    with manual_database.read() as tx:
        assert [notice.order for notice in reading.notices(tx, "en")] == [stop.id]
        standing = reading.orders(tx, Page(50, None), State.IN_FORCE).items
        assert [one.id for one in standing] == [stop.id]
        assert stop.uuid in {one.id for one in restored.record(tx).orders}


def test_a_narrowed_order_lists_only_what_it_covers_of_what_was_sent(
    manual_database: Database, ann: Person
) -> None:
    mine, mine_by_job, other, former = (uuid7() for _ in range(4))
    payout = msgspec.structs.replace(PAY, operation=Operation.PAYOUT, accounts=(ann.party,))
    by_job = msgspec.structs.replace(payout, channel="job", code="bank.out", tier="full")
    strange = msgspec.structs.replace(payout, accounts=(uuid7(),))
    with manual_database.transaction() as tx:
        outgoing.mark(tx, [(mine, payout), (mine_by_job, by_job), (other, strange)])
        outgoing.mark(tx, [(former, payout)])
        tx.conn.execute(  # as a version before this one wrote it
            "UPDATE policy.sent SET channel = NULL, accounts = NULL WHERE subject = %s", (former,)
        )
    scope = {"operations": ["payout"], "accounts": [public("acc", ann.party)]}
    cases = {
        (): {mine, mine_by_job, former},
        ("channels", ("job",)): {mine_by_job, former},
        ("customer_classes", ("full",)): {mine_by_job, former},
    }
    with manual_database.transaction() as tx:
        for more, wanted in cases.items():
            stop = order(scope=scope | (dict([more]) if more else {}))
            assert {one.subject for one in reading.preview(tx, stop).already_sent} == wanted
        spared = order(scope=scope, exemptions=["bank.out"])
        assert {one.subject for one in reading.preview(tx, spared).already_sent} == {mine, former}
        outgoing.answered(tx, [mine, mine_by_job, other, former])


def test_a_limit_that_names_no_operations_leaves_the_ways_out_open(
    manual_database: Database, clock: Any, ann: Person, bob: Person
) -> None:
    def asks(*operations: str) -> list[bool]:
        with manual_database.transaction() as tx:
            wanted = [
                msgspec.structs.replace(PAY, operation=Operation(each), party=ann.party)
                for each in operations
            ]
            return [each is None for each in check(tx, wanted)]

    bound = {"currency": "CNY", "window": "lifetime", "amount_minor": 150}
    stop = order("limit", limit=bound)
    ann.propose(stop)
    assert asks("transfer", "debit", "credit") == [True, False, False]  # one bound for all of them
    assert asks("refund", "repay", "payout", "payout") == [True] * 4
    with manual_database.transaction() as tx:  # as a version before this one wrote it
        tx.conn.execute(
            "UPDATE policy.limit_rule SET operation = '*' WHERE pack = %s", (f"order-{stop.uuid}",)
        )
    lift(ann, bob, stop)
    clock.advance(timedelta(seconds=1))
    assert asks("transfer", "debit") == [True, True]
    named = order("limit", limit=bound, scope={"operations": ["payout"]})
    ann.propose(named)
    assert asks("payout", "payout", "transfer") == [True, False, True]
