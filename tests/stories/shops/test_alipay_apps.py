"""The owner of a shop looks after its keys at the Alipay gateway."""

from __future__ import annotations

from datetime import timedelta

from tests.stories.http.server import code
from tests.stories.shops.conftest import Market

from sycee.core.parties.model import Kind
from sycee.doors.alipay import signature


def public_key() -> str:
    return signature.public_pem(signature.generate().public_key())


def test_an_owner_makes_a_key_after_a_touch_and_ends_it(market: Market, monkeypatch, tmp_path):
    monkeypatch.setenv("SYCEE_HOME", str(tmp_path))
    owner = market.phone(kind=str(Kind.MERCHANT))
    made = owner.send("POST /v1/alipay-apps", {"public_key": public_key()})
    assert made.status_code == 201, made.text
    app = made.json()["app_id"]
    listed = owner.send("GET /v1/alipay-apps").json()
    assert [each["app_id"] for each in listed["items"]] == [app]
    assert listed["seller_id"].startswith("2088")
    assert "PUBLIC KEY" in listed["alipay_public_key"]
    assert "PRIVATE" not in str(listed)

    market.clock.advance(timedelta(minutes=10))
    late = owner.send(f"PUT /v1/alipay-apps/{app}/key", {"public_key": public_key()})
    assert (late.status_code, code(late)) == (403, "touch-needed")
    stranger = market.phone(kind=str(Kind.MERCHANT))
    assert stranger.send(f"DELETE /v1/alipay-apps/{app}").status_code == 404
    ended = owner.send(f"DELETE /v1/alipay-apps/{app}")
    assert ended.status_code == 200, ended.text
    assert ended.json()["disabled_at"] is not None


def test_a_person_who_has_no_shop_gets_no_app(market: Market):
    person = market.phone()
    refused = person.send("POST /v1/alipay-apps", {"public_key": public_key()})
    assert (refused.status_code, code(refused)) == (403, "forbidden")
