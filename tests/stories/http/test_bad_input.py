"""Whatever is wrong with a request gets a refusal of its own, moves nothing and logs no secret."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import socket
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.stories.http.server import House, Person, bearer, code

from sycee.core.ledger import accounts
from sycee.core.parties import apikeys, parties

FUNDS = 1_000


@pytest.fixture
def ann(house: House) -> Person:
    return house.person("Ann", minor=FUNDS)


@pytest.fixture
def bob(house: House) -> Person:
    return house.person("Bob")


@pytest.fixture(autouse=True)
def nothing_moves(house: House, ann: Person, bob: Person, log: io.StringIO):
    """After each of these stories the money is where it was, and the log holds no secret."""
    yield
    assert (house.balance(ann), house.balance(bob), house.moved(ann)) == (FUNDS, 0, 0)
    for secret in (ann.secret, bob.secret, ann.secret[3:], "hunter2"):
        assert secret not in log.getvalue()


def raw(house: House, person: Person, body: bytes, **headers: str):
    """A transfer of exactly these bytes."""
    sent = {**bearer(person), "Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return house.client.post("/v1/transfers", content=body, headers={**sent, **names})


def amount(house: House, ann: Person, bob: Person, literal: str):
    """A transfer whose amount is written so."""
    body = f'{{"payee":"{bob.id}","amount_minor":{literal},"currency":"CNY"}}'
    return raw(house, ann, body.encode())


def malformed(response: Any) -> str:
    """The field that a 422 names."""
    assert (response.status_code, code(response)) == (422, "malformed-payload")
    facts = response.json()["facts"]
    assert facts["rule"]
    return facts["field"]


def test_an_amount_of_zero_is_refused(house: House, ann: Person, bob: Person):
    assert malformed(amount(house, ann, bob, "0")) == "amount_minor"


def test_a_negative_amount_is_refused(house: House, ann: Person, bob: Person):
    assert malformed(amount(house, ann, bob, "-1")) == "amount_minor"


@pytest.mark.parametrize("literal", ["1.5", "1.0", "1e2"])
def test_a_fractional_amount_is_refused(house: House, ann: Person, bob: Person, literal: str):
    assert malformed(amount(house, ann, bob, literal)) == "amount_minor"


@pytest.mark.parametrize("literal", ['"1"', "true", "null", "[1]", '{"minor":1}'])
def test_an_amount_that_is_no_number_is_refused(
    house: House, ann: Person, bob: Person, literal: str
):
    assert malformed(amount(house, ann, bob, literal)) == "amount_minor"


@pytest.mark.parametrize("literal", [str(2**53 + 1), str(2**63), str(2**64), "9" * 400])
def test_an_amount_beyond_2_to_the_53_is_refused(
    house: House, ann: Person, bob: Person, literal: str
):
    assert malformed(amount(house, ann, bob, literal)) in ("amount_minor", "$")


def test_an_amount_of_exactly_2_to_the_53_is_well_formed(house: House, ann: Person, bob: Person):
    assert code(amount(house, ann, bob, str(2**53))) == "insufficient-funds"


def test_an_unknown_currency_is_refused(house: House, ann: Person, bob: Person):
    refused = house.pay(ann, bob, 1, currency="XQX")
    assert (refused.status_code, code(refused)) == (400, "invalid-field")
    assert refused.json()["facts"]["field"] == "currency"


def test_a_currency_that_the_payer_does_not_hold_is_refused(house: House, ann: Person, bob: Person):
    assert code(house.pay(ann, bob, 1, currency="EUR")) == "insufficient-funds"


def test_an_unknown_account_is_refused(house: House, ann: Person):
    refused = house.get("/v1/balances", ann, account="acc_00000000000000000000000001")
    assert (refused.status_code, code(refused)) == (404, "not-found")


def test_an_unknown_payee_is_refused(house: House, ann: Person):
    body = {"payee": "par_00000000000000000000000001", "amount_minor": 1, "currency": "CNY"}
    refused = house.post("/v1/transfers", ann, body)
    assert (refused.status_code, code(refused)) == (404, "payee-unknown")


def test_a_closed_account_is_refused(house: House, ann: Person, bob: Person):
    with house.database.transaction() as tx:
        accounts.close(tx, parties.account(tx, bob.party, "wallet", "CNY"))
    assert code(house.pay(ann, bob, 1)) == "payee-cannot-receive"


def test_a_replayed_key_with_another_body_is_refused(house: House, ann: Person, bob: Person):
    assert code(house.pay(ann, bob, FUNDS + 1, key="k")) == "insufficient-funds"
    refused = house.pay(ann, bob, 1, key="k")
    assert (refused.status_code, code(refused)) == (409, "idempotency-key-reused")


def test_a_missing_idempotency_key_is_refused(house: House, ann: Person, bob: Person):
    body = {"payee": bob.id, "amount_minor": 1, "currency": "CNY"}
    refused = house.client.post("/v1/transfers", json=body, headers=bearer(ann))
    assert (refused.status_code, code(refused)) == (400, "idempotency-key-missing")


@pytest.mark.parametrize("key", [b"", b"k" * 256, "é".encode(), b"a\tb"])
def test_an_idempotency_key_that_is_not_printable_is_refused(
    house: House, ann: Person, bob: Person, key: bytes
):
    body = {"payee": bob.id, "amount_minor": 1, "currency": "CNY"}
    headers = [
        (b"authorization", f"Bearer {ann.secret}".encode()),
        (b"idempotency-key", key),
    ]
    refused = house.client.post("/v1/transfers", json=body, headers=headers)
    assert (refused.status_code, code(refused)) == (400, "idempotency-key-invalid")


def test_an_unknown_key_is_refused(house: House, ann: Person, bob: Person):
    forged = Person(ann.party, ann.id, ann.secret[:-4] + "hunter2"[:4])
    refused = house.pay(forged, bob, 1)
    assert (refused.status_code, code(refused)) == (401, "api-key-unknown")
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic aHVudGVyMg==", "sk_hunter2"])
def test_a_missing_or_misshapen_key_is_refused(house: House, header: str):
    refused = house.client.get("/v1/balances", headers={"Authorization": header} if header else {})
    assert (refused.status_code, code(refused)) == (401, "unauthenticated")


def test_an_expired_key_is_refused(house: House, ann: Person, bob: Person):
    with house.database.transaction() as tx:
        key, secret = apikeys.issue(
            tx, ann.party, "brief", ["transfers:write"], tx.now + timedelta(days=1)
        )
        tx.conn.execute(
            "UPDATE parties.api_key SET expires_at = created_at + interval '1 microsecond'"
            " WHERE id = %s",
            (key.id,),
        )
    refused = house.pay(Person(ann.party, ann.id, secret), bob, 1)
    assert (refused.status_code, code(refused)) == (401, "api-key-expired")


def test_a_revoked_key_is_refused(house: House, ann: Person, bob: Person):
    with house.database.transaction() as tx:
        key, secret = apikeys.issue(tx, ann.party, "gone", ["transfers:write"])
        apikeys.revoke(tx, key.id)
    refused = house.pay(Person(ann.party, ann.id, secret), bob, 1)
    assert (refused.status_code, code(refused)) == (401, "api-key-revoked")


def test_a_body_of_2_megabytes_is_refused(house: House, ann: Person):
    refused = raw(house, ann, b'{"payee":"' + b"x" * 2_000_000 + b'"}')
    assert (refused.status_code, code(refused)) == (413, "body-too-large")


def test_a_chunked_body_of_2_megabytes_is_refused(house: House, ann: Person):
    sent = {**bearer(ann), "Idempotency-Key": "k", "Content-Type": "application/json"}
    chunks = (b"x" * 65_536 for _ in range(32))
    refused = house.client.post("/v1/transfers", content=chunks, headers=sent)
    assert (refused.status_code, code(refused)) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("before", "piece"),
    [
        (b"GET /v1/notices?", b"x" * 4_096),
        (b"GET /v1/notices HTTP/1.1\r\nX-A: ", b"x" * 4_096),
        (b"GET /v1/notices HTTP/1.1\r\n", b"X-A: b\r\n" * 512),
        (
            b"POST /v1/logins HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
            b"X-A: b\r\n" * 512,
        ),
    ],
    ids=["address", "header", "headers", "trailers"],
)
def test_a_head_without_an_end_is_refused(house: House, before: bytes, piece: bytes):
    host, port = house.address.removeprefix("http://").split(":")
    most = 64 * 1024 * 1024  # the sockets alone take a few of them before anybody reads
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall(before)
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < most:
                line.sendall(piece)
                sent += len(piece)
        assert sent < most, "it was read on and on"
    assert house.client.get("/v1/notices").status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nil", b'{"payee":', b"{'a':1}", b'{"a":1}}', b"\x00", b'{"a":NaN}']
)
def test_malformed_json_is_refused(house: House, ann: Person, body: bytes):
    assert malformed(raw(house, ann, body)) == "$"


@pytest.mark.parametrize("body", [b'{"payee":"\xff\xfe"}', b'{"payee":"\xc3\x28"}', b"\xff\xfe{}"])
def test_invalid_utf_8_is_refused(house: House, ann: Person, body: bytes):
    assert malformed(raw(house, ann, body)) == "$"


@pytest.mark.parametrize("opening", [b"[", b'{"payee":'])
def test_json_nested_too_deeply_is_refused(house: House, ann: Person, opening: bytes):
    refused = raw(house, ann, opening * 50_000)
    assert (refused.status_code, code(refused)) == (422, "malformed-payload")


def test_an_unknown_field_is_refused_by_name(house: House, ann: Person, bob: Person):
    body = {"payee": bob.id, "amount_minor": 1, "currency": "CNY", "ammount": 2}
    refused = house.post("/v1/transfers", ann, body)
    assert (refused.status_code, code(refused)) == (422, "malformed-payload")
    assert "ammount" in json.dumps(refused.json()["facts"])


@pytest.mark.parametrize("name", ["amount_minor", "amount\\u005fminor", "payee", "currency"])
def test_a_field_given_twice_is_refused_by_name(house: House, ann: Person, bob: Person, name: str):
    said = {"payee": f'"{bob.id}"', "amount_minor": "1", "currency": '"CNY"', "out_ref": '"a:b"'}
    plain = name.replace("\\u005f", "_")
    body = ",".join(f'"{key}" :{value}' for key, value in [*said.items(), (name, said[plain])])
    answer = raw(house, ann, f"{{{body}}}".encode())
    assert malformed(answer) == plain
    assert answer.json()["facts"]["rule"] == "is given twice"


def test_a_null_character_is_refused(house: House, ann: Person, bob: Person):
    refused = house.pay(ann, bob, 1, out_ref="a\x00b")
    assert malformed(refused) == "out_ref"
    assert code(house.get("/v1/transfers", ann, out_ref="a\x00b")) == "invalid-field"


def test_another_media_type_is_refused(house: House, ann: Person):
    refused = raw(house, ann, b"payee=1", Content_Type="application/x-www-form-urlencoded")
    assert (refused.status_code, code(refused)) == (415, "media-unsupported")


def test_another_charset_is_refused(house: House, ann: Person):
    refused = raw(house, ann, b"{}", Content_Type="application/json; charset=gbk")
    assert (refused.status_code, code(refused)) == (415, "media-unsupported")


def test_a_packed_body_is_refused(house: House, ann: Person, bob: Person):
    body = json.dumps({"payee": bob.id, "amount_minor": 1, "currency": "CNY"}).encode()
    refused = raw(house, ann, gzip.compress(body), Content_Encoding="gzip")
    assert (refused.status_code, code(refused)) == (415, "media-unsupported")


@pytest.mark.parametrize(
    ("name", "second", "status"),
    [("Idempotency-Key", "k", 400), ("Authorization", "Bearer sk_x", 401)],
)
def test_one_header_sent_twice_is_not_taken_for_one(
    house: House, ann: Person, bob: Person, name: str, second: str, status: int
):
    once = {**bearer(ann), "Idempotency-Key": "k", "Content-Type": "application/json"}
    body = json.dumps({"payee": bob.id, "amount_minor": 1, "currency": "CNY"}).encode()
    for sent in ([*once.items(), (name, second)], [(name, second), *once.items()]):
        assert house.client.post("/v1/transfers", content=body, headers=sent).status_code == status


def test_a_public_id_of_another_noun_is_refused(house: House, ann: Person):
    refused = house.get(f"/v1/transfers/{ann.id}", ann)
    assert (refused.status_code, code(refused)) == (400, "invalid-field")
    assert refused.json()["facts"]["field"] == "transfer"


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=%ff", "cursor=zz", "limt=1"],
)
def test_a_bad_query_is_refused_by_field(house: House, ann: Person, query: str):
    refused = house.client.get(f"/v1/transfers?{query}", headers=bearer(ann))
    assert (refused.status_code, code(refused)) == (400, "invalid-field")


def test_an_unknown_route_is_refused(house: House, ann: Person):
    for path in ("/nothing", "/v1/nothing", "/v1", "/v1/transfers/x/y", "/v1/%00", "/%ff"):
        refused = house.client.get(path, headers=bearer(ann))
        assert (refused.status_code, code(refused)) == (404, "route-unknown"), path


def test_a_wrong_method_is_told_which_are_right(house: House, ann: Person):
    refused = house.client.put("/v1/transfers", headers=bearer(ann))
    assert (refused.status_code, code(refused)) == (405, "method-not-allowed")
    assert refused.headers["allow"] == "GET, HEAD, POST"


def test_a_caller_who_leaves_in_the_middle_of_a_body_does_no_harm(
    house: House, ann: Person, bob: Person
):
    host, port = house.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST /v1/transfers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ann.secret}\r\n"
        rest = "Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n"
        connection.sendall(f'{head}{rest}{{"payee":"{bob.id}",'.encode())
    assert house.client.get("/healthz").status_code == 200
