"""Money is given with a card and a message, and opened, or goes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.stories.http.server import Person, code
from tests.stories.people.conftest import Street

from sycee.core.ledger import accounts
from sycee.core.parties.model import Kind
from sycee.core.policy import gates
from sycee.core.policy.model import Operation
from sycee.kit.ids import parse
from sycee.products.wallet.checks import waiting_gifts


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
