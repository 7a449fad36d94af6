"""An order in the middle of a bank run: what it stops was not sent, and what was sent it lists."""

from __future__ import annotations

import threading
from uuid import UUID

from tests.stories.bank.conftest import Town
from tests.stories.regulator.office import Person, order, person

from sycee.core.parties.model import Kind
from sycee.oversight.regulator.orders import reading
from sycee.products.wallet.bank import jobs

SCOPE = {"products": ["wallet"], "operations": ["payout"], "jurisdictions": ["DE"]}


def race(town: Town, authority: Person) -> tuple[str, dict[str, int], set[UUID]]:
    """Let the dispatcher and an order begin together; the order and what it says was sent."""
    stop = order("deny", scope=SCOPE)
    together = threading.Barrier(2)
    done: dict[str, int] = {}

    def dispatch() -> None:
        together.wait()
        done["sent"] = jobs.dispatch(town.database, town.account.id).payments

    def issue() -> None:
        together.wait()
        done["listed"] = authority.propose(stop).already_sent

    threads = [threading.Thread(target=each) for each in (dispatch, issue)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with town.database.read() as tx:
        listed = {one.subject for one in reading.order(tx, stop.uuid).already_sent}
    return stop.id, done, listed


def test_what_a_run_has_sent_is_what_the_order_lists_and_the_rest_waits(town: Town) -> None:
    party = town.party("Authority", Kind.REGULATOR)
    first, second = person(town.database, party), person(town.database, party)
    customers = [town.rich(1_000, f"Customer {n}") for n in range(4)]
    sent: set[UUID] = set()
    for _ in range(5):
        run = [town.withdraw(each, 10) for each in customers]
        stop, done, listed = race(town, first)
        gone = {id_ for id_ in run if town.state(id_) == "sent"}
        assert listed == sent | gone, "sent under the gate, or stopped by it: nothing between"
        assert done == {"sent": len(gone), "listed": len(listed)}
        waiting = set(run) - gone
        assert {town.state(id_) for id_ in waiting} <= {"queued"}
        lift = order("allow", supersedes=[stop])
        first.propose(lift)
        second.approve(lift)
        jobs.dispatch(town.database, town.account.id)
        sent |= set(run)
    town.circle()
    assert {town.state(id_) for id_ in sent} == {"booked"}
    assert [town.purse(each) for each in customers] == [950] * 4
