"""Transfers that wait for their day: once, weekly, monthly; refused, tried again, paused, said."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from tests.stories.http.server import Person, code
from tests.stories.people.conftest import Street

from sycee.core.journal import read as journal
from sycee.core.parties import parties
from sycee.core.parties.model import PartyRestricted
from sycee.core.parties.personal import erasing
from sycee.kit.errors import Invalid
from sycee.kit.ids import parse
from sycee.products.wallet.model import PayeeUnknown
from sycee.products.wallet.people.schedules import actions, model, store
from sycee.products.wallet.people.schedules.actions import Make
from sycee.products.wallet.people.schedules.model import Every, Rule, State

ZONE = ZoneInfo("Asia/Shanghai")


def today(street: Street) -> date:
    return street.clock.now().astimezone(ZONE).date()


def plan(street: Street, by: Person, payee: Person, **more: Any) -> dict[str, Any]:
    body = {"payee": payee.id, "amount_minor": 300, "currency": "CNY", **more}
    made = street.send("POST /v1/schedules", by, body)
    assert made.status_code == 201, made.text
    return made.json()


def come(street: Street, moment: datetime | str) -> None:
    """The clock goes on to a moment, and the worker looks."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    street.clock.advance(at - street.clock.now())
    street.work()


def seen(street: Street, by: Person, id_: str) -> dict[str, Any]:
    return street.get(f"/v1/schedules/{id_}", by).json()


def said(street: Street, by: Person) -> list[str]:
    """What the journal has of a payer's schedules."""
    with street.database.read() as tx:
        rows = journal.since(tx, None, 100, verbs=["schedule.*"], party=by.party)
    return [row.verb.removeprefix("schedule.") for row in rows]


def test_a_weekly_payment_is_made_at_nine_on_its_days_and_ends(street: Street):
    ann, bob = street.resident("ann", minor=1_000), street.resident("bob")
    first = today(street) + timedelta(days=1)
    made = plan(street, ann, bob, every="week", starts_on=first.isoformat(), times=3)
    assert datetime.fromisoformat(made["next_at"]).astimezone(ZONE).hour == 9
    street.work()
    assert street.balance(bob) == 0
    come(street, made["next_at"])
    street.work()
    assert street.balance(bob) == 300  # once, however often the worker looks
    skipped = street.send(f"POST /v1/schedules/{made['id']}/skip", ann).json()
    assert skipped["next_at"][:10] in ((first + timedelta(days=n)).isoformat() for n in (13, 14))
    come(street, skipped["next_at"])
    ended = seen(street, ann, made["id"])
    assert (ended["state"], street.balance(bob)) == ("ended", 600)
    days = [(first + timedelta(weeks=n)).isoformat() for n in (2, 1, 0)]
    assert [(run["on"], run["state"]) for run in ended["runs"]] == list(
        zip(days, ("paid", "skipped", "paid"), strict=True)
    )
    assert street.get(f"/v1/transfers/{ended['runs'][0]['transfer']}", bob).status_code == 200
    assert said(street, ann) == ["made", "paid", "skipped", "paid"]


def test_a_refused_payment_is_tried_three_times_then_the_schedule_is_paused(street: Street):
    ann, bob = street.resident("ann", minor=100), street.resident("bob")
    first = today(street) + timedelta(days=1)
    made = plan(street, ann, bob, every="month-end", starts_on=first.isoformat(), times=2)
    come(street, made["next_at"])
    for tries in (1, 2):
        waiting = seen(street, ann, made["id"])
        assert (waiting["state"], waiting["attempt"]) == ("active", tries)
        assert waiting["last_code"] == "insufficient-funds"
        come(street, waiting["next_at"])
    paused = seen(street, ann, made["id"])
    assert (paused["state"], paused["runs"][0]["state"]) == ("paused", "failed")
    assert paused["last_code"] == paused["runs"][0]["code"] == "insufficient-funds"
    assert said(street, ann) == ["made", "waiting", "waiting", "failed"]
    street.give(ann.party, 1_000)
    come(street, street.clock.now() + timedelta(days=40))
    assert street.balance(bob) == 0
    again = street.send(f"POST /v1/schedules/{made['id']}/resume", ann).json()
    assert again["state"] in ("active", "ended")
    assert seen(street, ann, made["id"])["last_code"] is None


def test_a_payment_that_is_made_at_the_second_try_is_no_longer_a_refused_one(street: Street):
    ann, bob = street.resident("ann", minor=100), street.resident("bob")
    first = today(street) + timedelta(days=1)
    made = plan(street, ann, bob, every="week", starts_on=first.isoformat(), times=2)
    come(street, made["next_at"])
    waiting = seen(street, ann, made["id"])
    assert (waiting["attempt"], waiting["last_code"]) == (1, "insufficient-funds")
    street.give(ann.party, 500)
    come(street, waiting["next_at"])
    paid = seen(street, ann, made["id"])
    assert (paid["attempt"], paid["last_code"], street.balance(bob)) == (0, None, 300)
    assert said(street, ann) == ["made", "waiting", "paid"]


def test_one_plans_for_somebody_else_and_not_without_end(street: Street):
    ann, bob = street.resident("ann", minor=1_000), street.resident("bob")
    starts = today(street) + timedelta(days=1)
    body = {"amount_minor": 300, "currency": "CNY", "every": "once", "starts_on": str(starts)}
    refused = street.send("POST /v1/schedules", ann, body | {"payee": ann.id})
    assert code(refused) == "transfer-to-self"
    make = Make(ann.party, UUID(int=9), 300, "CNY", Rule(Every.ONCE, starts))
    with street.database.transaction() as tx, pytest.raises(PayeeUnknown):
        actions.make(tx, make)
    first = plan(street, ann, bob, every="once", starts_on=str(starts))
    with street.database.connection() as conn:
        conn.execute(
            """
            INSERT INTO people.schedule (id, payer, payee, amount_minor, currency, rule, memo,
                state, place, next_on, due_at, attempt, created_at)
            SELECT gen_random_uuid(), payer, payee, amount_minor, currency, rule, memo,
                'paused', place, next_on, due_at, attempt, created_at
            FROM people.schedule, generate_series(1, 48) WHERE id = %s
            """,
            (parse(model.NOUN, first["id"]),),
        )
    plan(street, ann, bob, every="once", starts_on=str(starts))
    full = street.send("POST /v1/schedules", ann, body | {"payee": bob.id})
    assert (code(full), full.json()["facts"]["limit"]) == ("schedules-too-many", 50)
    street.send(f"DELETE /v1/schedules/{first['id']}", ann)
    plan(street, ann, bob, every="once", starts_on=str(starts))
    make = msgspec.structs.replace(make, payee=bob.party)
    for wrong in ({"amount_minor": 0}, {"currency": "XXX"}):
        with street.database.transaction() as tx, pytest.raises(Invalid) as unfit:
            actions.make(tx, msgspec.structs.replace(make, **wrong))
        assert [unfit.value.field] == list(wrong)
    with street.database.transaction() as tx:
        parties.restrict(tx, ann.party)
        with pytest.raises(PartyRestricted):
            actions.make(tx, make)


def test_a_schedule_is_its_payers_alone_and_turns_only_as_it_may(street: Street):
    ann, bob = street.resident("ann", minor=1_000), street.resident("bob")
    day = (today(street) + timedelta(days=3)).isoformat()
    made = plan(street, ann, bob, every="once", starts_on=day)
    path = f"/v1/schedules/{made['id']}"
    assert street.get(path, bob).status_code == 404
    assert street.send(f"DELETE {path}", bob).status_code == 404
    assert code(street.send(f"POST {path}/resume", ann)) == "schedule-state-differs"
    assert street.send(f"POST {path}/pause", ann).json()["next_at"] is None
    come(street, street.clock.now() + timedelta(days=4))
    for id_ in (parse(model.NOUN, made["id"]), UUID(int=9)):
        with street.database.transaction() as tx, pytest.raises(model.ScheduleStateDiffers):
            actions.run(tx, id_)  # it was paused, or is not there, when its turn has come
    assert street.balance(bob) == 0
    assert street.send(f"DELETE {path}", ann).json()["state"] == "ended"
    assert code(street.send(f"DELETE {path}", ann)) == "schedule-state-differs"
    assert said(street, ann) == ["made", "paused", "cancelled"]
    listed = street.get("/v1/schedules", ann).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    endless = {"payee": bob.id, "amount_minor": 1, "currency": "CNY", "every": "week"}
    tomorrow = (today(street) + timedelta(days=1)).isoformat()
    refused = street.send("POST /v1/schedules", ann, {**endless, "starts_on": tomorrow})
    assert (code(refused), refused.json()["facts"]["field"]) == ("invalid-field", "times")


def test_four_workers_at_one_due_payment_make_it_once(street: Street):
    ann, bob = street.resident("ann", minor=1_000), street.resident("bob")
    first = (today(street) + timedelta(days=1)).isoformat()
    made = plan(street, ann, bob, every="once", starts_on=first)
    street.clock.advance(datetime.fromisoformat(made["next_at"]) - street.clock.now())
    id_ = parse(model.NOUN, made["id"])

    def look(_: int) -> bool:
        try:
            with street.database.transaction(timeout_ms=30_000) as tx:
                actions.run(tx, id_)
        except model.ScheduleStateDiffers:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(look, range(4))) == [False, False, False, True]
    assert street.balance(bob) == 300


def test_a_day_that_is_closed_moves_to_a_business_day_and_says_why(street: Street):
    ann, bob = street.resident("ann", minor=1_000), street.resident("bob")
    closed = date(today(street).year + 1, 10, 1)  # the first of China's National Days
    more = {"every": "once", "starts_on": closed.isoformat()}
    kept = plan(street, ann, bob, **more)
    made = plan(street, ann, bob, closed_days="previous", **more)
    view, plain = seen(street, ann, made["id"]), seen(street, ann, kept["id"])
    assert (view["next_on"], view["closed_days"]) == (closed.isoformat(), "previous")
    assert "National Day" in view["moved_for"]
    paid_on = datetime.fromisoformat(view["next_at"]).astimezone(ZONE)
    assert (paid_on.date() < closed, paid_on.hour) == (True, 9)
    assert (plain["closed_days"], plain["moved_for"]) == ("keep", None)
    assert datetime.fromisoformat(plain["next_at"]).astimezone(ZONE).date() == closed


def test_a_plan_keeps_its_payer_from_being_forgotten_but_not_the_house_from_closing(
    street: Street,
):
    li, shop = street.resident("li"), street.resident("shop")
    made = plan(street, li, shop, every="week", starts_on=str(today(street)), times=3)
    street.work()
    with street.database.read() as tx:
        assert erasing.still_open(tx, li.party) == [f"schedule {made['id']}"]
    closed = street.send(f"POST /v1/parties/{li.id}/close", street.operator())
    assert closed.json()["status"] == "closed"
    for _ in range(4):
        come(street, street.clock.now() + timedelta(days=1))
    with street.database.read() as tx:
        row = store.read(tx, li.party, parse("sch", made["id"]))
    assert row is not None
    assert (row.state, row.last_code) == (State.PAUSED, "party-closed")


def test_a_month_without_the_day_has_its_last_one():
    rule = Rule(Every.MONTH, date(2027, 10, 31), times=5)
    assert [model.day(rule, n) for n in range(6)] == [
        date(2027, 10, 31), date(2027, 11, 30), date(2027, 12, 31), date(2028, 1, 31),
        date(2028, 2, 29), None,
    ]  # fmt: skip
    end = Rule(Every.MONTH_END, date(2027, 1, 15), ends_on=date(2027, 3, 30))
    assert [model.day(end, n) for n in range(3)] == [date(2027, 1, 31), date(2027, 2, 28), None]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule(Every.ONCE, date(2026, 1, 1)), "starts_on"),
        (Rule(Every.ONCE, date(2026, 3, 1), times=2), "times"),
        (Rule(Every.MONTH, date(2026, 3, 1)), "times"),
        (Rule(Every.WEEK, date(2026, 3, 2), ends_on=date(2026, 3, 1)), "ends_on"),
        (Rule(Every.WEEK, date(2026, 3, 2), ends_on=date(2099, 3, 1)), "ends_on"),
    ],
)
def test_a_rule_that_begins_too_early_or_has_no_end_is_refused(rule: Rule, field: str):
    with pytest.raises(Invalid) as refused:
        model.check(rule, date(2026, 3, 1))
    assert refused.value.field == field
