"""Sessions bound to a device: stolen, replayed, re-aimed, late, idle, locked and ended."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests.authenticator import ORIGIN, DeviceKey
from tests.stories.identity.conftest import Door, code

from sycee.core.parties.identity import jobs
from sycee.runtime.http.sessions import Nonces
from sycee.runtime.jobs import Jobs, run_sweeps


def test_a_stolen_cookie_alone_is_worth_nothing(door: Door):
    li = door.phone().register()
    unsigned = li.send("GET /v1/me", headers={"sycee-proof": None})
    assert code(unsigned) == (401, "proof-missing")
    thief = door.phone()
    thief.cookie, thief.session = li.cookie, li.session
    assert code(thief.send("GET /v1/me")) == (401, "proof-wrong")
    assert li.send("GET /v1/me").status_code == 200


def test_a_signature_is_good_once(door: Door):
    li = door.phone().register()
    proof = li.key.proof("GET", "/v1/me", session=li.session, now=door.now())
    bent = {"proof": proof, "signed_key": "", "headers": {"idempotency-key": None}}
    assert li.send("GET /v1/me", **bent).status_code == 200
    assert code(li.send("GET /v1/me", **bent)) == (401, "proof-used")


@pytest.mark.parametrize(
    "bent",
    [
        {"signed_method": "PUT"},
        {"signed_target": "/v1/devices"},
        {"signed_target": "/v1/invitations?a=1"},
        {"signed_body": b'{"duty":"cashier"}'},
        {"signed_key": "another"},
        {"signed_session": "ses_00000000000000000000000000"},
    ],
)
def test_a_signature_is_for_one_request_only(door: Door, bent):
    li = door.phone().register()
    assert code(li.send("POST /v1/invitations", {}, **bent)) == (401, "proof-wrong")


def test_the_query_is_signed_too(door: Door):
    li = door.phone().register()
    assert li.send("GET /v1/api-keys?limit=5").status_code == 200
    bent = {"signed_target": "/v1/api-keys?limit=6"}
    assert code(li.send("GET /v1/api-keys?limit=5", **bent)) == (401, "proof-wrong")
    assert code(li.send("GET /v1/api-keys?limit=5", signed_target="/v1/api-keys"))[1] == (
        "proof-wrong"
    )


@pytest.mark.parametrize(
    "proof",
    ["", "t=1;n=x;s=y", "t=1772366400000;n=" + "A" * 22 + ";s=" + "A" * 86, "x" * 5_000],
)
def test_a_malformed_signature_is_refused(door: Door, proof):
    assert code(door.phone().register().send("GET /v1/me", proof=proof)) == (401, "proof-wrong")


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_phone_whose_clock_is_an_hour_off_is_told_our_time(door: Door, hours):
    li = door.phone().register()
    refused = li.send("GET /v1/me", now=door.now() + 3_600 * hours)
    assert code(refused) == (401, "clock-apart")
    told = refused.json()["facts"]["server_at"]
    assert told == int(door.now() * 1000)
    assert li.send("GET /v1/me", now=told / 1000).status_code == 200


@pytest.mark.parametrize("seconds", [-60, 60])
def test_a_minute_off_is_near_enough(door: Door, seconds):
    li = door.phone().register()
    assert li.send("GET /v1/me", now=door.now() + seconds).status_code == 200


def test_someone_elses_key_does_not_sign_for_me_even_with_my_cookie(door: Door):
    li = door.phone().register()
    li.key = DeviceKey()
    assert code(li.send("GET /v1/me")) == (401, "proof-wrong")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": None, "origin": None},
        {"sec-fetch-site": None, "origin": f"{ORIGIN}.evil.example"},
    ],
)
def test_another_site_writes_nothing_with_my_session(door: Door, headers):
    li = door.phone().register()
    assert code(li.send("POST /v1/recovery-codes", headers=headers)) == (403, "cross-site")
    assert li.send("GET /v1/recovery-codes").json() == {"left": 10}


@pytest.mark.parametrize("headers", [{"origin": None}, {"sec-fetch-site": None}])
def test_one_of_the_two_signs_of_our_own_site_will_do(door: Door, headers):
    li = door.phone().register()
    assert li.send("POST /v1/recovery-codes", headers=headers).status_code == 201


def test_an_unknown_cookie_opens_nothing(door: Door):
    li = door.phone().register()
    li.cookie = "A" * 43
    assert code(li.send("GET /v1/me")) == (401, "session-unknown")
    li.cookie = "short"
    assert code(li.send("GET /v1/me")) == (401, "unauthenticated")


def test_an_api_key_goes_before_a_cookie_and_is_not_signed(door: Door):
    li = door.phone().register()
    issued = li.send("POST /v1/api-keys", {"name": "till", "scopes": ["parties:read"]}).json()
    bearer = {"authorization": f"Bearer {issued['secret']}", "sycee-proof": None}
    me = li.send("GET /v1/me", headers=bearer).json()
    assert (me["session"], me["key"]) == (None, issued["key"]["id"])


def test_an_api_key_never_holds_what_only_a_session_may_do(door: Door):
    li = door.phone().register()
    body = {"name": "back door", "scopes": ["devices:write"]}
    assert code(li.send("POST /v1/api-keys", body)) == (400, "invalid-field")


def test_a_login_ends_the_session_that_the_browser_had(door: Door):
    li = door.phone().register()
    first = (li.session, li.cookie)
    li.enter(li.log_in())
    assert li.session != first[0]
    assert li.cookie != first[1]
    listed = li.send("GET /v1/sessions").json()["items"]
    assert [(each["id"], each["current"]) for each in listed] == [(li.session, True)]
    li.session, li.cookie = first
    assert code(li.send("GET /v1/me")) == (401, "session-ended")


def test_one_ends_the_session_of_another_browser(door: Door):
    li, other = door.phone().register(), door.phone()
    other.authenticator.credentials = li.authenticator.credentials
    other.enter(other.log_in())
    listed = li.send("GET /v1/sessions").json()["items"]
    assert [(each["id"], each["current"]) for each in listed] == [
        (li.session, True),
        (other.session, False),
    ]
    ended = li.send(f"DELETE /v1/sessions/{other.session}").json()
    assert ended["ended_at"] is not None
    door.forget()
    assert code(other.send("GET /v1/me")) == (401, "session-ended")
    assert li.send("GET /v1/me").status_code == 200


def test_logging_out_ends_the_session_and_takes_the_cookie(door: Door):
    li = door.phone().register()
    out = li.send("DELETE /v1/session")
    assert out.headers["set-cookie"].startswith("__Host-sycee=; ")
    assert "Max-Age=0" in out.headers["set-cookie"]
    door.forget()
    assert code(li.send("GET /v1/me")) == (401, "session-ended")
    assert door.journal(li.party_id)[-1] == "session.ended"


def test_what_stays_open_for_a_session_ends_with_it(door: Door):
    phone, guard = door.phone().register(), door.wiring.guard
    headers = {b"cookie": f"__Host-sycee={phone.cookie}".encode()}
    assert asyncio.run(guard.still(headers, "testclient"))
    assert phone.send("DELETE /v1/session").status_code == 200
    door.forget()
    assert not asyncio.run(guard.still(headers, "testclient"))
    assert not asyncio.run(guard.still({b"cookie": b"__Host-sycee=x"}, "testclient"))


def test_a_wallet_that_rested_is_locked_until_its_passkey_is_touched(door: Door, clock):
    li = door.phone().register()
    clock.advance(timedelta(minutes=15))
    door.forget()
    assert code(li.send("GET /v1/me")) == (401, "session-locked")
    before, session = li.cookie, li.session
    offer = door.send("POST /v1/logins").json()
    answer = li.browser(li.authenticator.get(offer["options"])) | {"unlocks": session}
    li.enter(door.send(f"POST /v1/logins/{offer['challenge']}", answer))
    assert (li.session, li.cookie == before) == (session, False)
    assert li.send("GET /v1/me").status_code == 200
    assert door.journal(li.party_id)[-1] == "session.unlocked"
    li.cookie = before
    assert code(li.send("GET /v1/me")) == (401, "session-unknown")


@pytest.mark.parametrize("request_", ["POST /v1/invitations", "POST /v1/recovery-codes"])
def test_an_open_phone_lets_nobody_in_without_a_touch(door: Door, clock, request_):
    li = door.phone().register()
    body = {} if request_.endswith("invitations") else None
    assert li.send(request_, body).status_code == 201
    clock.advance(timedelta(minutes=5))
    assert code(li.send(request_, body)) == (403, "touch-needed")
    assert li.send("GET /v1/me").status_code == 200
    offer = door.send("POST /v1/logins").json()
    answer = li.browser(li.authenticator.get(offer["options"])) | {"unlocks": li.session}
    li.enter(door.send(f"POST /v1/logins/{offer['challenge']}", answer))
    assert li.send(request_, body).status_code == 201


def test_only_its_own_device_unlocks_a_wallet(door: Door):
    li, eve = door.phone().register(), door.phone().register()
    offer = door.send("POST /v1/logins").json()
    answer = eve.browser(eve.authenticator.get(offer["options"])) | {"unlocks": li.session}
    refused = door.send(f"POST /v1/logins/{offer['challenge']}", answer)
    assert code(refused) == (403, "session-unknown")


def test_a_wallet_in_use_lives_for_thirty_days(door: Door, clock):
    li = door.phone().register()
    for _ in range(3):
        clock.advance(timedelta(minutes=14))
        door.forget()
        assert li.send("GET /v1/me").status_code == 200
    clock.advance(timedelta(days=30))
    door.forget()
    assert code(li.send("GET /v1/me")) == (401, "session-ended")


def test_a_console_is_logged_out_when_it_rests_and_after_half_a_day(door: Door, clock):
    shop = door.phone().register(kind="merchant")
    for _ in range(51):
        clock.advance(timedelta(minutes=14))
        door.forget()
        assert shop.send("GET /v1/me").status_code == 200
    clock.advance(timedelta(minutes=6))
    door.forget()
    assert code(shop.send("GET /v1/me")) == (401, "session-ended")
    shop.enter(shop.log_in())
    clock.advance(timedelta(minutes=15))
    door.forget()
    assert code(shop.send("GET /v1/me")) == (401, "session-ended")


def test_a_browser_that_lost_its_key_logs_in_with_a_new_one(door: Door):
    li = door.phone().register()
    old = (li.key, li.cookie, li.session)
    li.key = DeviceKey()
    li.enter(li.log_in())
    assert li.send("GET /v1/me").status_code == 200
    assert "device.rekeyed" in door.journal(li.party_id)
    li.key, li.cookie, li.session = old
    assert li.send("GET /v1/me").status_code == 200, "a synced passkey's other device stays in"


def test_a_demo_resident_logs_in_without_a_passkey_in_demo_mode_only(door: Door, handle):
    person = door.phone().register(handle)
    demo = door.phone()
    body = {"handle": handle, "device_key": demo.key.public}
    demo.enter(door.send("POST /v1/demo/sessions", body))
    assert demo.party == person.party
    assert demo.send("GET /v1/me").status_code == 200
    demo.enter(door.send("POST /v1/demo/sessions", body))
    kinds = [each["kind"] for each in person.send("GET /v1/devices").json()["items"]]
    assert kinds == ["browser", "demo"]
    unknown = door.send("POST /v1/demo/sessions", body | {"handle": f"no.{handle}"})
    assert code(unknown) == (404, "not-found")


def test_what_is_over_is_deleted_after_a_while(door: Door, clock):
    li = door.phone().register()
    clock.advance(timedelta(days=121))
    registry = Jobs()
    jobs.register(registry)
    run_sweeps(door.database, registry)
    with door.database.connection() as conn:
        counts = "SELECT (SELECT count(*) FROM identity.session WHERE party = %s),"
        counts += " (SELECT count(*) FROM identity.challenge)"
        assert conn.execute(counts.encode(), (li.party_id,)).fetchone() == (0, 0)


def test_the_memory_of_used_signatures_is_bounded_and_forgets_in_time():
    nonces = Nonces(most=2)
    assert nonces.use(b"a", 0)
    assert not nonces.use(b"a", 119_999)
    assert not nonces.use(b"a", 120_000)
    assert nonces.use(b"b", 120_001)
    assert nonces.use(b"c", 120_002)
    with pytest.raises(Exception, match="busy"):
        nonces.use(b"d", 120_003)
    assert nonces.use(b"d", 240_000)
    assert not nonces.use(b"c", 240_001)
    assert nonces.use(b"a", 240_002), "its own time was over two minutes ago"
