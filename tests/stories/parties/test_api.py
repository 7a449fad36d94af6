"""Parties, keys and accounts over HTTP: who sees what, and what is stored of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from litestar.testing import TestClient
from tests.stories.http.promises import watched

from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import api, apikeys, parties
from sycee.core.parties.model import Kind
from sycee.core.parties.scopes import OWN, permitted
from sycee.doors.http.app import build
from sycee.kit.ids import parse, public, uuid7

Send = Callable[..., Any]


@pytest.fixture
def client(database):
    """The HTTP door with the routes of parties alone."""
    with watched(build(database, declared=api.routes)) as app, TestClient(app) as client:
        yield client


@pytest.fixture
def send(client) -> Send:
    """Send a request with a key: `send(secret, "POST /v1/parties", {...})`."""

    def send(secret, request, body=None, key=None, **query):
        method, path = request.split(" ")
        headers = {"authorization": f"Bearer {secret}"}
        if method != "GET":
            headers["idempotency-key"] = key or str(uuid4())
        return client.request(method, path, json=body, headers=headers, params=query)

    return send


@pytest.fixture
def enter(database, join):
    """Add a party with a key of all its scopes: its public id and the secret."""

    def enter(name, kind=Kind.PERSON, scopes=None, **more):
        id_ = join(name, kind, **more)
        with database.transaction() as tx:
            _, secret = apikeys.issue(tx, id_, "first", scopes or permitted(kind, ()))
        return public("par", id_), secret

    return enter


@pytest.fixture
def house(enter):
    """The operator's secret."""
    return enter("House", Kind.OPERATOR)[1]


def test_the_operator_adds_a_party_which_then_reads_itself(database, send, house):
    body = {"kind": "merchant", "display_name": "Teahouse", "handle": "tea"}
    made = send(house, "POST /v1/parties", body, key="k1")
    assert made.status_code == 201
    assert set(made.json()) == {"id", "kind", "status", "tier"}
    again = send(house, "POST /v1/parties", body, key="k1")
    assert again.json() == made.json()
    id_ = made.json()["id"]
    secret = send(
        house, "POST /v1/api-keys", {"name": "till", "scopes": ["parties:read"], "party": id_}
    ).json()["secret"]
    seen = send(secret, f"GET /v1/parties/{id_}").json()
    assert (seen["display_name"], seen["handle"], seen["status"]) == ("Teahouse", "tea", "active")
    me = send(secret, "GET /v1/me").json()
    assert me["party"] == seen
    assert (me["scopes"], me["grantable"]) == (["parties:read"], sorted(OWN))


def test_stored_answers_hold_no_name_and_no_secret(database, send, house):
    send(house, "POST /v1/parties", {"kind": "person", "display_name": "Hidden Tiger"})
    issued = send(house, "POST /v1/api-keys", {"name": "Crouching", "scopes": ["operator"]})
    secret = issued.json()["secret"]
    with database.connection() as conn:
        rows = conn.execute("SELECT convert_from(answer, 'UTF8') FROM runtime.keys").fetchall()
    assert len(rows) == 2
    for (answer,) in rows:
        assert "Tiger" not in answer
        assert "Crouching" not in answer
        assert secret[12:] not in answer


def test_nobody_reads_a_neighbour_but_the_operator(send, house, enter):
    li, li_secret = enter("Li")
    ma, _ = enter("Ma")
    assert send(li_secret, f"GET /v1/parties/{li}").status_code == 200
    refused = send(li_secret, f"GET /v1/parties/{ma}")
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    unknown = send(li_secret, f"GET /v1/parties/{public('par', uuid7())}")
    assert unknown.json()["title"] == refused.json()["title"]
    assert send(house, f"GET /v1/parties/{ma}").status_code == 200


@pytest.mark.parametrize(
    "request_",
    ["GET /v1/parties", "POST /v1/parties", "POST /v1/parties/{}/close"],
)
def test_a_customer_does_not_do_the_operators_work(send, enter, request_):
    li, secret = enter("Li")
    body = {"kind": "person", "display_name": "X"} if request_ == "POST /v1/parties" else None
    refused = send(secret, request_.format(li), body)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")


def test_the_operator_pages_through_all_parties(send, house, enter):
    ids = {enter(f"P{n}")[0] for n in range(5)}
    seen, cursor = [], None
    while True:
        query = {"limit": 2, "kind": "person"} | ({"cursor": cursor} if cursor else {})
        page = send(house, "GET /v1/parties", **query).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)
    assert len(seen) == 5
    refused = send(house, "GET /v1/parties", cursor="bm90LWFuLWlk")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-field")


def test_a_party_is_restricted_reinstated_and_closed(send, house, enter):
    li, secret = enter("Li", handle="li.lei")
    for verb, status in [("restrict", "restricted"), ("reinstate", "active"), ("close", "closed")]:
        assert send(house, f"POST /v1/parties/{li}/{verb}").json()["status"] == status
    refused = send(secret, "GET /v1/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "party-closed")
    assert send(house, "GET /v1/directory/li.lei").status_code == 404


def test_a_party_with_money_is_not_closed_over_http_either(database, send, house, enter):
    li, _ = enter("Li")
    with database.transaction() as tx:
        wallet = parties.account(tx, parse("par", li), "wallet", "CNY")
        bank = ledger.open_house(tx, "bank", "CNY")
        post_all(tx, [Transfer(uuid7(), bank, wallet, 5, "test")])
    refused = send(house, f"POST /v1/parties/{li}/close")
    assert (refused.status_code, refused.json()["code"]) == (409, "party-has-balance")


def test_the_directory_shows_a_name_and_nothing_more(send, enter):
    li, secret = enter("Li Lei", handle="li.lei")
    seen = send(secret, "GET /v1/directory/LI.LEI").json()
    assert seen == {
        "id": li, "kind": "person", "display_name": "Li Lei", "handle": "li.lei", "verified": False,
    }  # fmt: skip
    for handle in ("nobody", "%F0%9F%92%A9", "a%20b"):
        assert send(secret, f"GET /v1/directory/{handle}").status_code == 404


def test_the_directory_is_not_for_trying_names(send, house, enter):
    li, secret = enter("Li Lei", handle="li.lei")
    assert send(house, f"POST /v1/parties/{li}/verify").status_code == 200
    assert send(secret, "GET /v1/directory/li.lei").json()["verified"] is True
    for place in range(29):
        assert send(secret, f"GET /v1/directory/li.lei{place}").status_code == 404
    limited = send(secret, "GET /v1/directory/li.lei")
    assert (limited.status_code, limited.json()["code"]) == (429, "rate-exceeded")
    assert send(house, "GET /v1/directory/li.lei").status_code == 200
    assert send(house, f"POST /v1/parties/{li}/unverify").status_code == 200


def test_the_operator_appoints_and_dismisses_mediators_who_are_persons(send, house, enter):
    (li, secret), (shop, _) = enter("Li Lei"), enter("Shop", Kind.MERCHANT)
    assert send(secret, f"POST /v1/parties/{li}/appoint").status_code == 403
    refused = send(house, f"POST /v1/parties/{shop}/appoint")
    assert (refused.status_code, refused.json()["facts"]["field"]) == (400, "party")
    for verb, roles in (("appoint", ["mediator"]), ("dismiss", [])):
        assert send(house, f"POST /v1/parties/{li}/{verb}").status_code == 200
        assert send(house, f"GET /v1/parties/{li}").json()["roles"] == roles
        may = send(secret, "GET /v1/me").json()["grantable"]
        assert ("disputes:rule" in may) is bool(roles)


def test_one_changes_ones_own_names(send, enter):
    _, secret = enter("Li", handle="li.lei")
    enter("Ma", handle="ma")
    assert send(secret, "PATCH /v1/me", {"display_name": "Li L."}).status_code == 200
    taken = send(secret, "PATCH /v1/me", {"handle": "MA"})
    assert (taken.status_code, taken.json()["code"]) == (409, "party-handle-taken")
    party = send(secret, "GET /v1/me").json()["party"]
    assert (party["display_name"], party["handle"]) == ("Li L.", "li.lei")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "person", "display_name": "\u202eevil"}, 400),
        ({"kind": "person", "display_name": ""}, 422),
        ({"kind": "ghost", "display_name": "Li"}, 422),
        ({"kind": "person"}, 422),
        ({"kind": "person", "display_name": "Li", "email": "li@tea.example"}, 422),
        ({"kind": "operator", "display_name": "Second house"}, 409),
    ],
)
def test_a_malformed_party_is_refused_and_not_repeated(send, house, body, status):
    refused = send(house, "POST /v1/parties", body)
    assert refused.status_code == status
    assert "li@tea" not in refused.text
    assert "evil" not in refused.text


def test_a_secret_is_shown_once(send, enter):
    _, secret = enter("Li")
    body = {"name": "till", "scopes": ["trades:read"]}
    first = send(secret, "POST /v1/api-keys", body, key="k").json()
    again = send(secret, "POST /v1/api-keys", body, key="k").json()
    assert again == {**first, "secret": None}
    listed = send(secret, "GET /v1/api-keys")
    assert [key["name"] for key in listed.json()["items"]] == ["first", "till"]
    assert first["secret"][12:] not in listed.text


def test_a_key_is_rotated_and_revoked(send, enter):
    _, secret = enter("Li")
    body = {"name": "till", "scopes": ["keys:write", "parties:read"]}
    old = send(secret, "POST /v1/api-keys", body).json()
    path = f"POST /v1/api-keys/{old['key']['id']}"
    new = send(old["secret"], f"{path}/rotate", {"grace_seconds": 60})
    assert new.status_code == 201
    assert send(new.json()["secret"], "GET /v1/me").status_code == 200
    assert send(old["secret"], "GET /v1/me").status_code == 200
    twice = send(secret, f"{path}/rotate", {})
    assert (twice.status_code, twice.json()["code"]) == (403, "api-key-expired")
    revoke = f"POST /v1/api-keys/{new.json()['key']['id']}/revoke"
    assert send(secret, revoke).json()["revoked_at"] is not None


def test_a_strangers_key_and_scopes_one_lacks_are_refused(send, enter):
    _, li = enter("Li")
    ma, _ = enter("Ma")
    _, weak = enter("Weak", scopes=["keys:write"])
    theirs = send(li, "GET /v1/api-keys").json()["items"][0]["id"]
    assert send(weak, f"POST /v1/api-keys/{theirs}/revoke").status_code == 404
    assert send(weak, f"POST /v1/api-keys/{theirs}/rotate", {}).status_code == 404
    for body, code in [
        ({"name": "x", "scopes": ["trades:write"]}, "scope-not-grantable"),
        ({"name": "x", "scopes": ["keys:write"], "party": ma}, "forbidden"),
    ]:
        refused = send(weak, "POST /v1/api-keys", body)
        assert (refused.status_code, refused.json()["code"]) == (403, code)


def test_one_reads_ones_own_accounts_and_statement(database, send, enter):
    li, secret = enter("Li")
    _, other = enter("Ma")
    with database.transaction() as tx:
        wallet = parties.account(tx, parse("par", li), "wallet", "CNY")
        parties.account(tx, parse("par", li), "wallet", "EUR")
        bank = ledger.open_house(tx, "bank", "CNY")
        post_all(tx, [Transfer(uuid7(), bank, wallet, n, "test") for n in (300, 20, 1)])
        post_all(tx, [Transfer(uuid7(), wallet, bank, 21, "test")])
    listed = send(secret, "GET /v1/accounts").json()["items"]
    assert [(a["code"], a["currency"], a["balance_minor"]) for a in listed] == [
        ("wallet", "CNY", 300),
        ("wallet", "EUR", 0),
    ]
    path = f"GET /v1/accounts/{public('acc', wallet)}/statement"
    lines, cursor = [], {}
    while True:
        page = send(secret, path, limit=3, **cursor).json()
        assert (page["opening_minor"], page["closing_minor"]) == (0, 300)
        lines += page["items"]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next"]}
    assert [line["amount_minor"] for line in lines] == [300, 20, 1, -21]
    assert [line["balance_after_minor"] for line in lines] == [300, 320, 321, 300]
    refused = send(other, path)
    assert (refused.status_code, refused.json()["code"]) == (404, "not-found")
    assert send(other, "GET /v1/accounts").json()["items"] == []


def test_activity_is_newest_first_and_names_the_other_side(database, send, enter):
    li, secret = enter("Li")
    ma, other = enter("Ma")
    with database.transaction() as tx:
        mine = parties.account(tx, parse("par", li), "wallet", "CNY")
        theirs = parties.account(tx, parse("par", ma), "wallet", "CNY")
        bank = ledger.open_house(tx, "bank", "CNY")
        post_all(tx, [Transfer(uuid7(), bank, mine, 300, "test")])
        post_all(tx, [Transfer(uuid7(), mine, theirs, n, "test") for n in (20, 1)])
    path = f"GET /v1/accounts/{public('acc', mine)}/activity"
    first = send(secret, path, limit=2).json()
    rest = send(secret, path, limit=2, cursor=first["next"]).json()
    rows = first["items"] + rest["items"]
    assert [(r["amount_minor"], r["balance_after_minor"], r["name"], r["party"]) for r in rows] == [
        (-1, 279, "Ma", ma),
        (-20, 280, "Ma", ma),
        (300, 300, None, None),
    ]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert send(other, path).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-03-01T00:00:00"},
        {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"},
        {"since": "yesterday"},
        {"cursor": "bm90LWEtdGltZQ"},
        {"limit": 0},
        {"until": "9999-12-31T23:59:59Z", "cursor": "OTk5OTk5OTk5OTk5OTk5OTk5"},
    ],
)
def test_a_malformed_period_is_refused(database, send, enter, query):
    li, secret = enter("Li")
    with database.transaction() as tx:
        wallet = parties.account(tx, parse("par", li), "wallet", "CNY")
    path = f"GET /v1/accounts/{public('acc', wallet)}/statement"
    refused = send(secret, path, **query)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-field")


def test_the_widest_period_is_read(database, send, enter):
    li, secret = enter("Li")
    with database.transaction() as tx:
        wallet = parties.account(tx, parse("par", li), "wallet", "CNY")
    path = f"GET /v1/accounts/{public('acc', wallet)}/statement"
    page = send(secret, path, since="0001-01-01T00:00:00Z", until="9999-12-31T23:59:59Z")
    assert (page.status_code, page.json()["items"]) == (200, [])
