"""Money is given with a card and a message, and opened, or goes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.stories.http.server import Person, code
from tests.stories.people.conftest import Street

from sycee.core.journal import read as journal
from sycee.core.ledger import accounts
from sycee.core.parties import parties
from sycee.core.parties.model import Kind
from sycee.core.policy import gates, limits
from sycee.core.policy.model import Operation
from sycee.core.tender import mandates
from sycee.core.tender.model import APPROVAL
from sycee.kit.errors import Invalid
from sycee.kit.ids import parse, public
from sycee.products.wallet.checks import waiting_gifts
from sycee.products.wallet.people.gifts import actions
from sycee.products.wallet.people.gifts.actions import Send


def send(street: Street, by: Person, recipient: str | None = None, **more: Any) -> dict[str, Any]:
    """A gift of 500 that is granted."""
    to = {} if recipient is None else {"recipient": recipient}
    body = {"amount_minor": 500, "currency": "CNY", **to, **more}
    sent = street.send("POST /v1/gifts", by, body)
    assert sent.status_code == 201, sent.text
    return sent.json()


def in_pot(street: Street, gift: dict[str, Any]) -> int:
    """What lies in a gift's pot."""
    id_ = parse("gft", gift["id"], "gift")
    with street.database.read() as tx:
        assert waiting_gifts(tx).differences == []
        return accounts.read(tx, [id_])[id_].balance


def test_a_friend_is_given_money_by_handle_and_opens_it(street: Street):
    ann, bob = street.resident("ann", minor=800), street.resident("bob")
    gift = send(street, ann, f"@{street.handle(bob)}", card="birthday", memo="Alles Gute 🎂")
    assert (street.balance(ann), street.balance(bob), in_pot(street, gift)) == (300, 0, 500)
    (seen,) = street.get("/v1/gifts", bob).json()["items"]
    assert (seen["side"], seen["sender"]["id"], seen["card"]) == ("received", ann.id, "birthday")
    (memo,) = street.get("/v1/memos", bob, of=[gift["id"]]).json()
    assert memo["text"] == "Alles Gute 🎂"
    opened = street.send(f"POST /v1/gifts/{gift['id']}/open", bob).json()
    assert (opened["state"], street.balance(bob), in_pot(street, gift)) == ("claimed", 500, 0)
    assert street.send(f"POST /v1/gifts/{gift['id']}/open", bob).json() == opened
    (sent,) = street.get("/v1/gifts", ann, side="sent").json()["items"]
    assert (sent["state"], sent["claimed_by"]["id"]) == ("claimed", bob.id)
    assert street.balance(bob) == 500


def test_a_link_is_looked_at_without_a_wallet_and_opened_by_whoever_comes_first(street: Street):
    ann = street.resident("ann", minor=500)
    gift = send(street, ann, memo="For your first day")
    shown = street.client.get(f"/v1/gift-links/{gift['token']}").json()
    assert (shown["sender"]["id"], shown["amount_minor"], shown["memo"]) == (ann.id, 500, True)
    assert "first day" not in str(shown)
    newcomers = [street.resident(f"new{n}") for n in range(4)]
    body = {"token": gift["token"]}
    answers = street.race([("POST /v1/gift-openings", each, body) for each in newcomers])
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert sorted(street.balance(each) for each in newcomers) == [0, 0, 0, 500]
    (winner,) = (each for each in newcomers if street.balance(each))
    (memo,) = street.get("/v1/memos", winner, of=[gift["id"]]).json()
    assert memo["text"] == "For your first day"
    (got,) = street.get("/v1/gifts", winner).json()["items"]
    assert got["sender"]["id"] == ann.id
    assert street.client.get(f"/v1/gift-links/{gift['token']}").json()["state"] == "claimed"
    assert street.client.get(f"/v1/gift-links/{'x' * 22}").status_code == 404


def test_what_nobody_opens_goes_back(street: Street):
    ann, bob = street.resident("ann", minor=500), street.resident("bob")
    soon = (street.clock.now() + timedelta(hours=1)).isoformat()
    gift = send(street, ann, bob.id, expires_at=soon)
    street.work()
    assert street.balance(ann) == 0
    street.clock.advance(timedelta(hours=2))
    late = street.send(f"POST /v1/gifts/{gift['id']}/open", bob)
    assert (code(late), late.json()["facts"]["why"]) == ("gift-not-waiting", "expired")
    with street.database.transaction() as tx:
        (gate,) = gates.shut(tx, [gates.Stop("wallet", Operation.REFUND)])
    street.work()
    seen = [street.get(f"/v1/gifts/{gift['id']}", each).json()["state"] for each in (ann, bob)]
    assert seen == ["waiting", "returned"], "its money is not back while an order stops refunds"
    back = street.send(f"POST /v1/gifts/{gift['id']}/take-back", ann)
    assert (code(back), in_pot(street, gift)) == ("product-suspended", 500)
    with street.database.transaction() as tx:
        gates.reopen(tx, [gate.id])
    street.clock.advance(timedelta(seconds=10))
    street.work()
    street.work()
    seen = street.get(f"/v1/gifts/{gift['id']}", ann).json()
    assert (seen["state"], seen["why"]) == ("returned", "expired")
    with street.database.transaction() as tx:
        assert actions.expire(tx, parse("gft", gift["id"])).state == "returned"
    assert (street.balance(ann), street.balance(bob), in_pot(street, gift)) == (500, 0, 0)


def test_a_gift_is_declined_or_taken_back_by_its_two_sides_alone(street: Street):
    ann, bob, eve = street.resident("ann", minor=900), street.resident("bob"), street.resident("e")
    first = send(street, ann, bob.id, amount_minor=300)
    second = send(street, ann, amount_minor=400)
    for gift in (first, second):
        for verb in ("open", "decline", "take-back"):
            refused = street.send(f"POST /v1/gifts/{gift['id']}/{verb}", eve)
            assert code(refused) == "not-found"
        assert code(street.get(f"/v1/gifts/{gift['id']}", eve)) == "not-found"
    assert code(street.send(f"POST /v1/gifts/{first['id']}/open", ann)) == "gift-is-own"
    own = street.send("POST /v1/gift-openings", ann, {"token": second["token"]})
    assert code(own) == "gift-is-own"
    assert code(street.send(f"POST /v1/gifts/{second['id']}/open", bob)) == "not-found"
    declined = street.send(f"POST /v1/gifts/{first['id']}/decline", bob).json()
    assert (declined["state"], declined["why"]) == ("returned", "declined")
    back = street.send(f"POST /v1/gifts/{second['id']}/take-back", ann).json()
    assert (back["why"], street.balance(ann)) == ("taken-back", 900)
    late = street.send("POST /v1/gift-openings", eve, {"token": second["token"]})
    assert (code(late), street.balance(eve)) == ("gift-not-waiting", 0)


def test_opening_and_taking_back_at_once_moves_the_money_once(street: Street):
    ann, bob = street.resident("ann", minor=500), street.resident("bob")
    gift = send(street, ann, bob.id)
    path = f"/v1/gifts/{gift['id']}"
    calls = [(f"POST {path}/open", bob, None), (f"POST {path}/take-back", ann, None)] * 3
    street.race(calls)
    assert sorted((street.balance(ann), street.balance(bob))) == [0, 500]
    assert in_pot(street, gift) == 0


def test_a_gift_that_cannot_be_given_moves_nothing(street: Street):
    ann, bob = street.resident("ann", minor=500), street.resident("bob")
    shop = street.resident("jade", kind=Kind.MERCHANT)
    body = {"amount_minor": 501, "currency": "CNY", "recipient": bob.id, "memo": "too much"}
    assert code(street.send("POST /v1/gifts", ann, body)) == "insufficient-funds"
    body |= {"amount_minor": 1}
    assert code(street.send("POST /v1/gifts", ann, body | {"recipient": ann.id})) == (
        "transfer-to-self"
    )
    assert code(street.send("POST /v1/gifts", ann, body | {"recipient": shop.id})) == (
        "payee-cannot-receive"
    )
    far = (street.clock.now() + timedelta(days=91)).isoformat()
    assert code(street.send("POST /v1/gifts", ann, body | {"expires_at": far})) == "invalid-field"
    street.send(f"PUT /v1/contacts/{ann.id}", bob, {"blocked": True})
    assert code(street.send("POST /v1/gifts", ann, body)) == "payee-cannot-receive"
    assert (street.balance(ann), street.get("/v1/gifts", bob).json()["items"]) == (500, [])


def test_the_same_key_gives_once(street: Street):
    ann, bob = street.resident("ann", minor=900), street.resident("bob")
    body = {"amount_minor": 300, "currency": "CNY", "recipient": bob.id, "memo": "once"}
    first = street.send("POST /v1/gifts", ann, body, key="cake")
    assert street.send("POST /v1/gifts", ann, body, key="cake").json() == first.json()
    other = street.send("POST /v1/gifts", ann, body | {"memo": "twice"}, key="cake")
    assert code(other) == "idempotency-key-reused"
    assert street.balance(ann) == 600


def stopped(street: Street, operation: Operation, what: str, by: Person, body: Any = None) -> str:
    """The refusal of a call while an order stops an operation of wallets."""
    with street.database.transaction() as tx:
        (gate,) = gates.shut(tx, [gates.Stop("wallet", operation)])
    refused = code(street.send(what, by, body))
    with street.database.transaction() as tx:
        gates.reopen(tx, [gate.id])
    return refused


def test_an_order_stops_giving_and_opening_and_the_journal_has_what_was_done(street: Street):
    ann, bob = street.resident("ann", minor=1_000), street.resident("bob")
    body = {"amount_minor": 500, "currency": "CNY", "recipient": bob.id}
    asked = "POST /v1/gifts", ann, body
    assert stopped(street, Operation.TRANSFER, *asked) == "product-suspended"
    assert street.balance(ann) == 1_000
    one, two = send(street, ann, bob.id), send(street, ann, bob.id)
    opening = f"POST /v1/gifts/{one['id']}/open"
    assert stopped(street, Operation.CREDIT, opening, bob) == "product-suspended"
    assert (in_pot(street, one), street.balance(bob)) == (500, 0)
    assert street.send(opening, bob).status_code == 200
    late = street.send(f"POST /v1/gifts/{one['id']}/decline", bob)
    assert (code(late), late.json()["facts"]["state"]) == ("gift-not-waiting", "claimed")
    with street.database.transaction() as tx:
        early, over = (actions.expire(tx, parse("gft", each["id"])) for each in (two, one))
    assert (early.state, over.state) == ("waiting", "claimed")
    street.send(f"POST /v1/gifts/{two['id']}/take-back", ann)
    with street.database.read() as tx:
        rows = journal.since(tx, None, 100, verbs=["gift.*"], party=bob.party)
    assert [(row.verb, row.actor, row.body["gift"]) for row in rows] == [
        ("gift.sent", ann.party, one["id"]),
        ("gift.sent", ann.party, two["id"]),
        ("gift.opened", bob.party, one["id"]),
        ("gift.returned", ann.party, two["id"]),
    ]
    assert rows[-1].body["why"] == "taken-back"


def test_a_gift_counts_against_the_limits_of_its_giver_until_it_is_back(street: Street):
    ann, bob = street.resident("ann", minor=2_000), street.resident("bob", minor=50)
    usual = {"currency": "CNY", "from": "2020-01-01T00:00:00Z"}
    day = {"name": "giver", "tier": "giver", "window": "day", "amount_minor": 900}
    day |= {"operation": "transfer"}
    every = {"name": "every", "tier": "every", "window": "day", "amount_minor": 400}
    held = {"name": "holds", "tier": "giver", "window": "balance", "amount_minor": 1_600}
    small = {"name": "small", "tier": "small", "window": "balance", "amount_minor": 499}
    with street.database.transaction() as tx:
        rules = [usual | one for one in (day, every, held, small)]
        limits.load(tx, {"pack": "gifts", "limits": rules})
        parties.set_tier(tx, ann.party, "giver")
        parties.set_tier(tx, bob.party, "small")
    gift = send(street, ann, bob.id)
    body = {"amount_minor": 401, "currency": "CNY", "recipient": bob.id}
    assert code(street.send("POST /v1/gifts", ann, body)) == "limit-reached"
    assert code(street.send(f"POST /v1/gifts/{gift['id']}/open", bob)) == "ceiling-reached"
    with street.database.transaction() as tx:
        parties.set_tier(tx, ann.party, "every")
    for verb, who in (("take-back", ann), ("decline", bob)):
        assert code(street.send(f"POST /v1/gifts/{gift['id']}/{verb}", who)) == "limit-reached"
    assert in_pot(street, gift) == 500
    with street.database.transaction() as tx:
        parties.set_tier(tx, ann.party, "giver")
    street.pay(bob, ann, 50)
    back = street.send(f"POST /v1/gifts/{gift['id']}/take-back", ann)
    assert back.status_code == 200, "one's own comes back, however full the wallet is"
    assert street.balance(ann) == 2_050
    again = send(street, ann, bob.id, amount_minor=900)
    with street.database.transaction() as tx:
        parties.set_tier(tx, bob.party, "standard")
    assert street.send(f"POST /v1/gifts/{again['id']}/open", bob).status_code == 200
    assert street.balance(bob) == 900


def test_an_approval_is_made_out_to_whom_the_gift_is_for_or_to_the_house(street: Street):
    ann, bob = street.resident("ann", minor=2_000), street.resident("bob")
    house = street.operator().party

    def approved(payee: Any) -> dict[str, Any]:
        with street.database.transaction() as tx:
            account = parties.account(tx, ann.party, "wallet", "CNY")
            until = tx.now + timedelta(minutes=5)
            made = mandates.issue(tx, ann.party, account, 500, "CNY", payee, until, APPROVAL)
        return {"amount_minor": 500, "currency": "CNY", "mandate": public("mdt", made.id)}

    named, linked = approved(bob.party), approved(house)
    for wrong in (named, linked | {"recipient": bob.id}):
        assert code(street.send("POST /v1/gifts", ann, wrong)) == "mandate-payee-differs"
    for right in (named | {"recipient": bob.id}, linked):
        assert street.send("POST /v1/gifts", ann, right).status_code == 201
        assert code(street.send("POST /v1/gifts", ann, right)) == "mandate-spent"
    assert street.balance(ann) == 1_000


def test_a_shop_opens_no_gift_and_a_hundred_may_wait(street: Street):
    ann, shop = street.resident("ann", minor=900), street.resident("jade", kind=Kind.MERCHANT)
    gift = send(street, ann, amount_minor=1)
    opened = street.send("POST /v1/gift-openings", shop, {"token": gift["token"]})
    assert (code(opened), in_pot(street, gift)) == ("payee-cannot-receive", 1)
    for wrong in ({"amount_minor": 0}, {"currency": "XXX"}):
        asked = Send(**{"sender": ann.party, "recipient": None, "amount_minor": 1} | {
            "currency": "CNY", **wrong})  # fmt: skip
        with street.database.transaction() as tx, pytest.raises(Invalid) as unfit:
            actions.send(tx, asked, sealed=None)
        assert [unfit.value.field] == list(wrong)
    with street.database.transaction() as tx:
        for _ in range(99):
            actions.send(tx, Send(ann.party, None, 1, "CNY"), sealed=None)
    body = {"amount_minor": 1, "currency": "CNY"}
    full = street.send("POST /v1/gifts", ann, body)
    assert (code(full), full.json()["facts"]["limit"]) == ("gifts-too-many", 100)
    street.send(f"POST /v1/gifts/{gift['id']}/take-back", ann)
    assert street.send("POST /v1/gifts", ann, body).status_code == 201
