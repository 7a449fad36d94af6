"""Limits on a real PostgreSQL: counted inside the transaction, never passed under any race."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.core.policy import limits
from sycee.core.policy.check import check, check_one, give_back, left_of, take_back
from sycee.core.policy.model import LimitReached, Operation, Request, Window
from sycee.kit.clock import ManualClock
from sycee.kit.errors import Invalid
from sycee.kit.ids import uuid7
from sycee.runtime.db import Database

PARTY, OTHER = uuid7(), uuid7()


def pay(amount: int, party=PARTY, **given: Any) -> Request:
    fields = {"tier": "class-1", "zone": "Asia/Shanghai", **given}
    return Request("wallet", Operation.TRANSFER, party, "CN", amount, "CNY", **fields)


def load(database: Database, *rules: dict[str, Any]) -> None:
    usual = {"currency": "CNY", "from": "2020-01-01T00:00:00Z"}
    named = [{"name": f"rule-{place}", **usual, **rule} for place, rule in enumerate(rules)]
    with database.transaction() as tx:
        limits.load(tx, {"pack": "test", "limits": named})


def allowed(database: Database, *requests: Request) -> list[bool]:
    with database.transaction() as tx:
        return [outcome is None for outcome in check(tx, requests)]


def left(database: Database, **given: Any) -> list[int | None]:
    with database.read() as tx:
        return [one.left_minor for one in left_of(tx, pay(0, **given))]


def test_a_batch_is_counted_in_its_order(database: Database) -> None:
    load(database, {"window": "day", "amount_minor": 1_000})
    batch = [pay(600), pay(500), pay(600, OTHER), pay(400), pay(1)]
    assert allowed(database, *batch) == [True, False, True, True, False]
    assert left(database) == [0]
    assert left(database, party=OTHER) == [400]


def test_what_was_never_counted_gives_no_room_when_it_goes_back(
    manual_database: Database, clock: ManualClock
) -> None:
    load(manual_database, {"window": "day", "amount_minor": 1_000})
    paid_at = clock.now()
    with manual_database.transaction() as tx:
        give_back(tx, [pay(600)], paid_at)
    assert left(manual_database) == [1_000]
    assert allowed(manual_database, pay(800), pay(300)) == [True, False]
    clock.advance(timedelta(minutes=1))
    late = {"window": "lifetime", "amount_minor": 900, "from": clock.now().isoformat()}
    clock.advance(timedelta(hours=1))
    load(manual_database, {"window": "day", "amount_minor": 1_000}, late)
    assert allowed(manual_database, pay(150)) == [True]
    with manual_database.transaction() as tx:
        give_back(tx, [pay(800)], paid_at)
    assert left(manual_database) == [850, 750], "the younger limit never counted it"


def test_a_refusal_names_the_limit_and_what_is_left(database: Database) -> None:
    load(database, {"window": "day", "amount_minor": 1_000, "name": "daily"})
    allowed(database, pay(600))
    with database.transaction() as tx, pytest.raises(LimitReached) as refused:
        check_one(tx, pay(401))
    midnight = refused.value.resets_at
    assert refused.value == LimitReached("daily", "day", "CNY", 400, None, "test", midnight)
    assert midnight is not None
    assert midnight.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%H:%M:%S") == "00:00:00"


def test_a_rolled_back_payment_uses_nothing(database: Database) -> None:
    load(database, {"window": "day", "amount_minor": 1_000})
    with database.transaction() as tx:
        check_one(tx, pay(900))
        tx.conn.execute("ROLLBACK")
        tx.conn.execute("BEGIN")
    assert left(database) == [1_000]


def test_what_a_later_step_refuses_is_given_back(database: Database) -> None:
    load(
        database,
        {"window": "day", "amount_minor": 1_000},
        {"window": "month", "count": 3},
        {"window": "single", "amount_minor": 900},
    )
    with database.transaction() as tx:
        assert check(tx, [pay(100), pay(900), pay(901)])[:2] == [None, None]
        take_back(tx, [pay(900)])
        take_back(tx, [])
    with database.read() as tx:
        counts = [(one.left_minor, one.left_count) for one in left_of(tx, pay(0))]
    assert counts == [(900, None), (900, None), (None, 2)]


def test_windows_end_at_midnight_where_the_party_is(
    manual_database: Database, clock: ManualClock
) -> None:
    load(
        manual_database,
        {"window": "day", "amount_minor": 100},
        {"window": "month", "amount_minor": 150},
        {"window": "lifetime", "amount_minor": 10_000},
    )
    assert allowed(manual_database, pay(100), pay(1)) == [True, False]
    clock.advance(timedelta(hours=4) - timedelta(microseconds=1))  # noon UTC is 20:00 there
    assert allowed(manual_database, pay(1)) == [False]
    clock.advance(timedelta(microseconds=1))
    assert allowed(manual_database, pay(51), pay(50), pay(1)) == [False, True, False]
    clock.advance(timedelta(days=31))
    assert left(manual_database) == [100, 150, 9_850]


def test_a_limit_holds_between_its_dates_only(
    manual_database: Database, clock: ManualClock
) -> None:
    load(
        manual_database,
        {
            "window": "day",
            "amount_minor": 100,
            "from": "2026-03-02T00:00:00Z",
            "until": "2026-03-03T00:00:00Z",
        },
    )
    assert allowed(manual_database, pay(101)) == [True]
    clock.advance(timedelta(hours=12))
    assert allowed(manual_database, pay(101)) == [False]
    clock.advance(timedelta(days=1))
    assert allowed(manual_database, pay(101)) == [True]


def test_loading_a_pack_again_changes_nothing_and_editing_a_rule_is_refused(
    database: Database,
) -> None:
    rule = {"window": "day", "amount_minor": 1_000}
    load(database, rule)
    allowed(database, pay(300))
    load(database, rule)
    assert left(database) == [700]
    with pytest.raises(Invalid) as refused:
        load(database, rule | {"amount_minor": 2_000})
    assert refused.value.field == "limits[0].amount_minor"
    load(database, rule | {"until": "2021-01-01T00:00:00Z"})
    assert left(database) == []


def test_what_is_left_is_shown_with_the_limit(database: Database) -> None:
    load(
        database,
        {"window": "day", "amount_minor": 1_000, "count": 5, "tier": "class-1"},
        {"window": "single", "amount_minor": 500},
        {"window": "day", "amount_minor": 9, "tier": "class-2"},
    )
    allowed(database, pay(300))
    with database.read() as tx:
        shown = left_of(tx, pay(0))
    assert [msgspec.structs.astuple(one)[:7] for one in shown] == [
        ("rule-1", Window.SINGLE, "CNY", 500, None, 500, None),
        ("rule-0", Window.DAY, "CNY", 1_000, 5, 700, 4),
    ]
    assert [one.resets_at is None for one in shown] == [True, False]
    assert {one.pack for one in shown} == {"test"}


def test_a_hopeless_amount_does_not_stop_its_neighbours(database: Database) -> None:
    load(database, {"window": "lifetime", "amount_minor": 1_000})
    batch = [pay(2**53)] * 1_024 + [pay(1_000)]
    assert allowed(database, *batch) == [False] * 1_024 + [True]


def test_a_batch_whose_sum_leaves_bigint_is_still_decided(database: Database) -> None:
    load(database, {"window": "lifetime", "amount_minor": 2**53})
    outcomes = allowed(database, *[pay(2**53)] * 1_024)
    assert outcomes == [True] + [False] * 1_023
    assert left(database) == [0]


def test_without_a_limit_five_hundred_requests_take_one_round_trip(
    database: Database, tmp_path: Path
) -> None:
    requests = [pay(1, uuid7()) for _ in range(500)]
    log = tmp_path / "protocol"
    with database.transaction() as tx, log.open("w") as file:
        tx.conn.pgconn.trace(file.fileno())
        assert check(tx, requests) == [None] * 500
        tx.conn.pgconn.untrace()
    protocol = log.read_text()
    assert protocol.count("ReadyForQuery") == 1
    assert protocol.count("Execute") >= 3
    with database.read() as tx:
        row = tx.conn.execute("SELECT count(*) FROM policy.usage").fetchone()
    assert row == (0,)


def test_a_hundred_threads_at_the_boundary_never_pass_it(database: Database) -> None:
    load(
        database,
        {"window": "day", "amount_minor": 1_000},
        {"window": "month", "count": 40},
    )
    accepted: list[int] = []
    guard = threading.Lock()
    begun = threading.Barrier(100)

    def spend(amount: int) -> None:
        begun.wait()
        with database.transaction(timeout_ms=30_000) as tx:
            requests = [pay(amount)] * (1 + amount % 3)
            outcomes = check(tx, requests)
        with guard:
            accepted.extend([amount] * outcomes.count(None))

    threads = [threading.Thread(target=spend, args=(25 + n % 7,)) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        day, month = left_of(tx, pay(0))
    assert sum(accepted) <= 1_000
    assert len(accepted) <= 40
    assert sum(accepted) > 1_000 - 25 or len(accepted) == 40  # nothing was refused for no reason
    assert day.left_minor == 1_000 - sum(accepted)
    assert month.left_count == 40 - len(accepted)


def test_opposite_batches_of_parties_do_not_lock_each_other(database: Database) -> None:
    load(database, {"window": "day", "amount_minor": 2**50})
    parties = [uuid7() for _ in range(50)]
    faults: list[Exception] = []

    def spend(order: list) -> None:
        try:
            for _ in range(30):
                with database.transaction(timeout_ms=30_000) as tx:
                    check(tx, [pay(1, party) for party in order])
        except Exception as fault:
            faults.append(fault)

    orders = [parties, parties[::-1], parties[25:] + parties[:25]]
    threads = [threading.Thread(target=spend, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert left(database, party=parties[0]) == [2**50 - 90]


def test_use_goes_on_counting_under_a_rule_that_supersedes_another(
    manual_database: Database, clock: ManualClock
) -> None:
    old = {"window": "year", "amount_minor": 1_000, "name": "yearly"}
    paid_at = clock.now()
    load(manual_database, old)
    assert allowed(manual_database, pay(900)) == [True]
    change = "2026-03-02T00:00:00Z"
    more = {**old, "amount_minor": 1_500, "from": change}
    monthly = {"window": "month", "amount_minor": 600, "name": "other", "from": change}
    load(manual_database, {**old, "until": change}, more, monthly)
    clock.advance(timedelta(days=1))
    assert left(manual_database) == [600, 600]
    assert allowed(manual_database, pay(601), pay(600), pay(1)) == [False, True, False]
    again = "2026-03-03T00:00:00Z"
    load(manual_database, {**more, "until": again}, {**more, "amount_minor": 1_501, "from": again})
    clock.advance(timedelta(days=1))
    assert left(manual_database) == [0, 1]  # 1,501 less the 1,500 of two rules
    with manual_database.transaction() as tx:
        give_back(tx, [pay(900)], paid_at)
    assert left(manual_database) == [0, 901], "also what was counted under the first rule"


def test_a_refund_gives_room_where_its_payment_took_some_and_nowhere_else(
    manual_database: Database, clock: ManualClock
) -> None:
    def refund(at: datetime, minor: int, **given: Any) -> None:
        with manual_database.transaction() as tx:
            give_back(tx, [pay(minor, **given)], at)

    load(
        manual_database,
        {"window": "day", "amount_minor": 1_000, "tier": "class-1"},
        {"window": "year", "amount_minor": 2_000, "tier": "class-1"},
        {"window": "year", "amount_minor": 5_000, "tier": "class-2"},
    )
    midnight = datetime(2026, 12, 31, 16, tzinfo=UTC)  # and New Year, in Shanghai
    clock.advance(midnight - timedelta(minutes=1) - clock.now())
    before = clock.now()
    assert allowed(manual_database, pay(900)) == [True]
    clock.advance(timedelta(minutes=2))
    new_year = clock.now()
    assert allowed(manual_database, pay(700)) == [True]
    refund(before, 900)
    assert left(manual_database) == [300, 1_300], "neither the new day nor the new year took it"
    refund(before, 900, zone="UTC")
    assert left(manual_database) == [300, 1_300], "wherever its payer lives by now"
    clock.advance(timedelta(days=1))
    assert allowed(manual_database, pay(5_000, tier="class-2")) == [True]
    refund(new_year, 700, tier="class-2")
    assert left(manual_database, tier="class-2") == [0], "it was counted under another class"
    assert allowed(manual_database, pay(1, tier="class-2")) == [False]
    late = clock.now()
    refund(late, 600, tier="class-2")
    assert left(manual_database, tier="class-2") == [600]


def test_a_refund_gives_no_room_in_a_tier_that_its_payer_came_back_to_since(
    manual_database: Database, clock: ManualClock
) -> None:
    tiers = ("low", "high", "*")
    load(manual_database, *({"window": "year", "amount_minor": 1_000, "tier": t} for t in tiers))
    with manual_database.transaction() as tx:
        party = parties.create(tx, NewParty(Kind.PERSON, "Li Lei", tier="low")).id

    def spend(tier: str, minor: int) -> datetime:
        clock.advance(timedelta(hours=1))
        with manual_database.transaction() as tx:
            parties.set_tier(tx, party, tier)
        assert allowed(manual_database, pay(minor, party=party, tier=tier)) == [True]
        return clock.now()

    spend("low", 500)
    high = spend("high", 300)
    again = spend("low", 100)
    with manual_database.transaction() as tx:
        give_back(tx, [pay(300, party=party, tier="low")], high)
    assert left(manual_database, party=party, tier="low") == [400, 400], "high is where it counted"
    with manual_database.transaction() as tx:
        give_back(tx, [pay(100, party=party, tier="low")], again)
    assert left(manual_database, party=party, tier="low") == [500, 500]


def test_a_rule_may_bound_payments_for_some_reasons_alone(database: Database) -> None:
    barred = {"window": "single", "amount_minor": 0, "code": "wallet.transfer envelope.fund"}
    load(database, barred)
    asked = [pay(1, code=code) for code in ("wallet.pay", "wallet.transfer", "envelope.fund")]
    assert allowed(database, *asked) == [True, False, False]


RACER = """
import sys, threading
from uuid import UUID
from sycee.core.policy.check import check
from sycee.core.policy.model import Operation, Request
from sycee.runtime.db import Database

database, won = Database(sys.argv[1], size=10), []
request = Request("wallet", Operation.TRANSFER, UUID(sys.argv[2]), "CN", 10, "CNY", tier="class-1")
print("ready", flush=True)
sys.stdin.readline()

def spend():
    for _ in range(5):
        with database.transaction(timeout_ms=30_000) as tx:
            won.extend(check(tx, [request]))

threads = [threading.Thread(target=spend) for _ in range(10)]
for each in threads: each.start()
for each in threads: each.join()
database.close()
print(won.count(None))
"""


def test_a_hundred_payments_of_two_processes_end_exactly_at_the_bound(database: Database) -> None:
    load(database, {"window": "day", "amount_minor": 500}, {"window": "lifetime", "count": 50})
    args = [sys.executable, "-c", RACER, database.url, str(PARTY)]
    racers = [
        subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    assert sum(won) == 50
    assert left(database, zone="UTC") == [0, None]
