"""People know each other, write to each other, and ask each other for money."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from tests.stories.http.server import Person, code
from tests.stories.people.conftest import Street

from sycee.core.journal import read as journal
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.kit.errors import Refusal
from sycee.kit.ids import parse
from sycee.products.wallet.people.requests import actions as requests
from sycee.products.wallet.people.requests.actions import Ask, Pay


def ask(street: Street, by: Person, payer: Person | None, minor: int | None = 300, **more) -> dict:
    """A request that is granted."""
    body = {"currency": "CNY", "amount_minor": minor, **more}
    asked = street.send(
        "POST /v1/requests", by, body | ({"payer": payer.id} if payer is not None else {})
    )
    assert asked.status_code == 201, asked.text
    return asked.json()


def test_before_paying_one_sees_who_it_is_and_that_it_is_the_first_time(street: Street):
    ann, shop = street.resident("ann", minor=900), street.resident("jade", kind=Kind.MERCHANT)
    operator = street.operator()
    street.send(f"POST /v1/parties/{shop.id}/verify", operator)
    seen = street.get(f"/v1/payees/@{street.handle(shop)}", ann).json()
    assert seen == street.get(f"/v1/payees/{shop.id}", ann).json()
    assert (seen["party"]["verified"], seen["first_time"], seen["last_paid"]) == (True, True, None)
    paid = street.send(
        "POST /v1/payments",
        ann,
        {"payee": f"@{street.handle(shop)}", "amount_minor": 250, "currency": "CNY"},
    ).json()
    seen = street.get(f"/v1/payees/{shop.id}", ann).json()
    assert (seen["first_time"], seen["last_paid"]["transfer"]) == (False, paid["id"])
    assert code(street.get("/v1/payees/@no.such.handle", ann)) == "not-found"


def test_a_memo_is_read_by_its_two_sides_and_every_reading_leaves_a_trace(street: Street):
    ann, bob, eve = (street.resident(name, minor=900) for name in ("ann", "bob", "eve"))
    body = {"payee": bob.id, "amount_minor": 20, "currency": "CNY", "memo": "for the tea 🍵"}
    paid = street.send("POST /v1/payments", ann, body, key="tea")
    again = street.send("POST /v1/payments", ann, body, key="tea")
    assert (paid.status_code, paid.json()) == (200, again.json())
    other = street.send("POST /v1/payments", ann, body | {"memo": "for the cake"}, key="tea")
    assert code(other) == "idempotency-key-reused"
    id_ = paid.json()["id"]
    for person, mine in ((ann, True), (bob, False)):
        (memo,) = street.get("/v1/memos", person, of=[id_]).json()
        assert memo == {"of": id_, "text": "for the tea 🍵", "mine": mine}
    assert street.get("/v1/memos", eve, of=[id_]).json() == []
    with street.database.read() as tx:
        opened = journal.since(tx, None, 100, verbs=["vault.open"], party=ann.party)
    assert [(row.actor, row.purpose) for row in opened] == [
        (ann.party, "payment"),
        (bob.party, "payment"),
    ]
    with street.database.connection() as conn:
        sealed = conn.execute("SELECT sealed FROM people.memo").fetchall()
        answers = conn.execute("SELECT answer FROM runtime.keys WHERE key = 'tea'").fetchall()
    assert sealed
    assert answers
    assert all(b"for the tea" not in bytes(row[0]) for row in [*sealed, *answers])


def test_a_refused_payment_leaves_no_memo(street: Street):
    ann, bob = street.resident("ann"), street.resident("bob")
    body = {"payee": bob.id, "amount_minor": 20, "currency": "CNY", "memo": "soon"}
    assert code(street.send("POST /v1/payments", ann, body)) == "insufficient-funds"
    with street.database.connection() as conn:
        left = conn.execute("SELECT FROM people.memo WHERE writer = %s", (ann.party,)).fetchall()
    assert left == []


@pytest.mark.parametrize("memo", ["   ", "line\nbreak", "", "x" * 281])
def test_a_memo_that_cannot_be_seen_is_refused(street: Street, memo):
    ann, bob = street.resident("ann", minor=9), street.resident("bob")
    body = {"payee": bob.id, "amount_minor": 1, "currency": "CNY", "memo": memo}
    assert street.send("POST /v1/payments", ann, body).status_code in (400, 422)
    assert street.moved(ann) == 0


def test_contacts_are_kept_under_ones_own_names_and_travel_in_a_file(street: Street):
    ann, bob, cat = street.resident("ann", minor=9), street.resident("bob"), street.resident("cat")
    body = {"nickname": "Bobby", "favourite": True}
    assert street.send(f"PUT /v1/contacts/{bob.id}", ann, body).json() == {"contacts": 1}
    entry = {"payee": f"@{street.handle(cat)}", "nickname": "Kitty"}
    taken = street.send("POST /v1/contact-imports", ann, {"contacts": [entry]})
    assert taken.json() == {"contacts": 1}
    street.pay(ann, bob, 4)
    rows = street.get("/v1/contacts", ann, nicknames=True).json()["items"]
    named = {row["party"]["id"]: row for row in rows}
    assert {id_: row["nickname"] for id_, row in named.items()} == {
        bob.id: "Bobby", cat.id: "Kitty",
    }  # fmt: skip
    assert named[bob.id]["last_paid"]["amount_minor"] == 4
    assert named[cat.id]["last_paid"] is None
    (favourite,) = street.get("/v1/contacts", ann, favourite=True).json()["items"]
    assert (favourite["party"]["id"], favourite["nickname"]) == (bob.id, None)
    exported = street.get("/v1/contact-exports", ann).json()
    dora = street.resident("dora")
    assert street.send("POST /v1/contact-imports", dora, exported).json() == {"contacts": 2}
    assert street.get("/v1/contact-exports", dora).json() == exported
    assert street.get("/v1/contacts", bob).json()["items"] == []
    assert street.send(f"DELETE /v1/contacts/{bob.id}", ann).status_code == 200
    assert code(street.send(f"DELETE /v1/contacts/{bob.id}", ann)) == "not-found"
    assert code(street.send(f"PUT /v1/contacts/{ann.id}", ann, {})) == "contact-is-self"


def test_a_request_is_seen_by_both_and_paid(street: Street):
    ann, bob = street.resident("ann"), street.resident("bob", minor=1_000)
    asked = ask(street, ann, bob, memo="dinner")
    (incoming,) = street.get("/v1/requests", bob).json()["items"]
    (outgoing,) = street.get("/v1/requests", ann, direction="outgoing").json()["items"]
    assert (incoming["direction"], incoming["payee"]["id"]) == ("incoming", ann.id)
    assert (outgoing["direction"], outgoing["payer"]["id"]) == ("outgoing", bob.id)
    assert street.get("/v1/memos", bob, of=[asked["id"]]).json()[0]["text"] == "dinner"
    paid = street.send(f"POST /v1/requests/{asked['id']}/pay", bob, {}).json()
    assert (paid["state"], paid["amount_minor"]) == ("paid", 300)
    seen = street.get(f"/v1/requests/{asked['id']}", ann).json()
    assert (seen["state"], seen["paid_by"]["id"], seen["transfer"]) == (
        "paid", bob.id, paid["transfer"],
    )  # fmt: skip
    assert street.get(f"/v1/transfers/{paid['transfer']}", ann).json()["amount_minor"] == 300
    assert (street.balance(ann), street.balance(bob)) == (300, 700)
    again = street.send(f"POST /v1/requests/{asked['id']}/pay", bob, {})
    assert (code(again), again.json()["facts"]["state"]) == ("request-not-open", "paid")


def test_a_request_is_paid_once_however_many_try(street: Street):
    ann, bob = street.resident("ann"), street.resident("bob", minor=10_000)
    asked = ask(street, ann, bob)
    path = f"POST /v1/requests/{asked['id']}/pay"
    answers = street.race([(path, bob, {})] * 8)
    assert sorted(a.status_code for a in answers) == [200, *[409] * 7]
    assert {code(a) for a in answers if a.status_code == 409} == {"request-not-open"}
    assert (street.balance(ann), street.balance(bob)) == (300, 9_700)


def test_of_payments_at_one_moment_each_has_its_own_answer_and_a_request_is_paid_once(
    street: Street,
):
    ann, bob = street.resident("ann"), street.resident("bob", minor=1_000)
    one, two = (parse("req", ask(street, ann, bob)["id"]) for _ in range(2))
    token = ask(street, ann, None, 50)["token"]
    commands = [
        *(Pay(bob.party, one, None, 299), Pay(bob.party, one, None, None)),
        *(Pay(bob.party, one, None, None), Pay(ann.party, two, None, None)),
        *(Pay(bob.party, None, "x" * 22, None), Pay(ann.party, None, token, None)),
        *(Pay(bob.party, None, token, None), Pay(bob.party, two, None, None)),
    ]
    with street.database.transaction() as tx:
        outcomes = requests.pay(tx, commands)
    said = [each.code if isinstance(each, Refusal) else each.amount_minor for each in outcomes]
    assert said == [
        *("request-amount-differs", 300, "request-not-open", "not-found"),
        *("not-found", "transfer-to-self", 50, 300),
    ]
    assert (street.balance(ann), street.balance(bob)) == (650, 350)


def test_a_link_is_paid_by_whoever_is_first(street: Street):
    ann = street.resident("ann")
    payers = [street.resident(f"p{n}", minor=500) for n in range(5)]
    asked = ask(street, ann, None, memo="for the flat")
    token = asked["token"]
    seen = street.get(f"/v1/request-links/{token}", payers[0]).json()
    assert (seen["amount_minor"], seen["memo"], seen["mine"]) == (300, "for the flat", False)
    answers = street.race([(f"POST /v1/request-links/{token}/pay", p, {}) for p in payers])
    assert sorted(a.status_code for a in answers) == [200, *[409] * 4]
    assert street.balance(ann) == 300
    assert sorted(street.balance(p) for p in payers) == [200, *[500] * 4]
    for payer in payers:
        read = street.get("/v1/memos", payer, of=[asked["id"]]).json()
        paid = street.balance(payer) == 200
        assert [memo["text"] for memo in read] == (["for the flat"] if paid else [])
    assert street.get(f"/v1/request-links/{token}", payers[0]).json()["state"] == "paid"
    assert code(street.get(f"/v1/request-links/{'x' * 22}", ann)) == "not-found"


def test_a_link_is_reached_by_its_token_alone(street: Street):
    ann, eve = street.resident("ann"), street.resident("eve", minor=500)
    asked = ask(street, ann, None)
    assert code(street.send(f"POST /v1/requests/{asked['id']}/pay", eve, {})) == "not-found"
    assert code(street.get(f"/v1/requests/{asked['id']}", eve)) == "not-found"


def test_an_open_amount_is_the_payers_and_a_fixed_one_is_not(street: Street):
    ann, bob = street.resident("ann"), street.resident("bob", minor=1_000)
    free, fixed = ask(street, ann, bob, None), ask(street, ann, bob, 50)
    path = "POST /v1/requests/{}/pay"
    assert code(street.send(path.format(free["id"]), bob, {})) == "invalid-field"
    paid = street.send(path.format(free["id"]), bob, {"amount_minor": 123})
    assert paid.json()["amount_minor"] == 123
    refused = street.send(path.format(fixed["id"]), bob, {"amount_minor": 49})
    assert (code(refused), refused.json()["facts"]["amount_minor"]) == (
        "request-amount-differs", 50,
    )  # fmt: skip
    assert street.send(path.format(fixed["id"]), bob, {"amount_minor": 50}).status_code == 200


def test_a_request_is_declined_cancelled_and_not_anyone_elses(street: Street):
    ann, bob, eve = (street.resident(name, minor=900) for name in ("ann", "bob", "eve"))
    one, two = ask(street, ann, bob)["id"], ask(street, ann, bob)["id"]
    for verb, wrong in (("decline", ann), ("cancel", bob), ("pay", eve)):
        body = {} if verb == "pay" else None
        assert code(street.send(f"POST /v1/requests/{one}/{verb}", wrong, body)) == "not-found"
    assert street.send(f"POST /v1/requests/{one}/decline", bob).json()["state"] == "declined"
    assert street.send(f"POST /v1/requests/{two}/cancel", ann).json()["state"] == "cancelled"
    for id_ in (one, two):
        refused = street.send(f"POST /v1/requests/{id_}/pay", bob, {})
        assert code(refused) == "request-not-open"
    states = street.get("/v1/requests", bob, state="declined").json()["items"]
    assert [row["id"] for row in states] == [one]
    for state, rows in (({}, [two, one]), ({"state": "cancelled"}, [two])):
        mine = street.get("/v1/requests", ann, direction="outgoing", **state).json()["items"]
        assert [row["id"] for row in mine] == rows
    both = street.get("/v1/requests", bob).json()["items"]
    assert [row["id"] for row in both] == [two, one]


def test_a_request_that_is_being_paid_cannot_be_taken_back(street: Street):
    ann, bob = street.resident("ann"), street.resident("bob", minor=900)
    id_ = ask(street, ann, bob)["id"]
    waits = "SELECT FROM pg_locks WHERE NOT granted AND %s = ANY(pg_blocking_pids(pid))"
    with ThreadPoolExecutor(1) as pool, street.database.transaction() as tx:
        (mine,) = tx.conn.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        requests.pay(tx, [Pay(bob.party, parse("req", id_), None, None)])
        late = pool.submit(street.send, f"POST /v1/requests/{id_}/cancel", ann)
        while tx.conn.execute(waits, (mine,)).fetchone() is None and not late.done():
            time.sleep(0.005)
    assert code(late.result()) == "request-not-open"
    assert street.get(f"/v1/requests/{id_}", ann).json()["state"] == "paid"


def test_who_leaves_asks_and_is_asked_for_nothing_more_and_the_others_see_why(street: Street):
    ann, bob = street.resident("ann"), street.resident("bob", minor=900)
    one, link, mine = ask(street, ann, bob), ask(street, ann, None), ask(street, bob, ann)
    with street.database.transaction() as tx:
        left = parties.create(tx, NewParty(Kind.PERSON, "Eve")).id
        asked = requests.ask(tx, Ask(left, bob.party, 5, "CNY", None, None), sealed=None)
        parties.close(tx, left)
    assert street.send("POST /v1/me/erase", ann, {}).status_code == 200
    for id_ in (one["id"], asked.id):
        refused = street.send(f"POST /v1/requests/{id_}/pay", bob, {})
        assert (code(refused), refused.json()["facts"]["state"]) == (
            "request-not-open",
            "cancelled",
        )
        seen = street.get(f"/v1/requests/{id_}", bob).json()
        assert (seen["state"], seen["asker_left"]) == ("cancelled", True)
    seen = street.get(f"/v1/request-links/{link['token']}", bob).json()
    assert (seen["state"], seen["asker_left"]) == ("cancelled", True)
    seen = street.get(f"/v1/requests/{mine['id']}", bob).json()
    assert (seen["state"], seen["asker_left"], seen["payer_left"]) == ("declined", False, True)
    again = street.send(f"POST /v1/requests/{mine['id']}/remind", bob)
    assert code(again) == "request-not-open"
    verbs = ["request.cancelled", "request.declined"]
    with street.database.read() as tx:
        rows = journal.since(tx, None, 100, verbs=verbs, party=bob.party)
    assert [(row.actor, row.verb, row.body["request"]) for row in rows] == [
        (left, "request.cancelled", asked.id),
        (ann.party, "request.cancelled", one["id"]),
        (ann.party, "request.declined", mine["id"]),
    ]


def test_a_reminder_comes_a_day_apart_and_a_request_expires(street: Street):
    ann, bob = street.resident("ann"), street.resident("bob", minor=900)
    id_ = ask(street, ann, bob)["id"]
    assert code(street.send(f"POST /v1/requests/{id_}/remind", ann)) == "request-reminder-too-soon"
    street.clock.advance(timedelta(hours=25))
    assert street.send(f"POST /v1/requests/{id_}/remind", ann).status_code == 200
    street.send(f"PUT /v1/contacts/{ann.id}", bob, {"blocked": True})
    street.clock.advance(timedelta(hours=25))
    assert code(street.send(f"POST /v1/requests/{id_}/remind", ann)) == "request-refused"
    assert street.get(f"/v1/requests/{id_}", bob).json()["reminders"] == 1
    street.clock.advance(timedelta(days=30))
    refused = street.send(f"POST /v1/requests/{id_}/pay", bob, {})
    assert refused.json()["facts"]["state"] == "expired"
    street.work()
    assert street.get(f"/v1/requests/{id_}", ann).json()["ended_at"] is not None
    with street.database.read() as tx:
        rows = journal.since(tx, None, 100, verbs=["request.*"], party=bob.party)
    assert [row.verb for row in rows] == ["request.made", "request.reminded", "request.expired"]


def test_who_is_blocked_cannot_ask_and_nobody_can_ask_without_end(street: Street):
    ann, bob = street.resident("ann"), street.resident("bob", minor=900)
    for _ in range(5):
        ask(street, ann, bob, 1)
    body = {"currency": "CNY", "amount_minor": 1, "payer": bob.id}
    assert code(street.send("POST /v1/requests", ann, body)) == "requests-too-many"
    eve = street.resident("eve")
    street.send(f"PUT /v1/contacts/{eve.id}", bob, {"blocked": True})
    assert code(street.send("POST /v1/requests", eve, body)) == "request-refused"
    assert code(street.send("POST /v1/requests", bob, body)) == "transfer-to-self"
    past = body | {"payer": ann.id, "expires_at": "2020-01-01T00:00:00Z"}
    assert code(street.send("POST /v1/requests", bob, past)) == "invalid-field"
