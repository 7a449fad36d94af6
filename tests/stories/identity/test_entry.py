"""Registering, logging in, adding devices, revoking them, and coming back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.authenticator import Authenticator, DeviceKey, b64
from tests.stories.identity.conftest import Door, Phone, code

from sycee.core.parties import desk, parties
from sycee.core.parties.identity import recovery
from sycee.core.parties.model import Kind, NewParty
from sycee.core.policy import gates
from sycee.core.policy.model import Operation, ProductSuspended
from sycee.kit.ids import uuid7


def test_a_person_registers_with_a_passkey_and_is_in(door: Door, handle):
    li = door.phone().register(handle)
    me = li.send("GET /v1/me").json()
    assert (me["party"]["id"], me["party"]["handle"]) == (li.party, handle)
    assert (me["session"], me["device"], me["key"]) == (li.session, li.device, None)
    assert len(set(li.codes)) == 10
    assert door.journal(li.party_id) == [
        "party.create",
        "device.added",
        "recovery.made",
        "session.opened",
    ]


def test_a_merchant_registers_with_a_console(door: Door):
    shop = door.phone().register(kind="merchant")
    (session,) = shop.send("GET /v1/sessions").json()["items"]
    assert (session["kind"], session["current"]) == ("console", True)


@pytest.mark.parametrize("kind", ["operator", "regulator", "biller", "driver"])
def test_only_people_and_merchants_register_by_themselves(door: Door, kind):
    body = {"handle": "boss", "display_name": "Boss", "kind": kind}
    assert code(door.send("POST /v1/registrations", body)) == (400, "invalid-field")


def test_a_handle_is_taken_once_even_between_two_who_begin_together(door: Door, handle):
    body = {"handle": handle, "display_name": "Li"}
    first = door.send("POST /v1/registrations", body).json()
    second = door.send("POST /v1/registrations", body).json()
    door.phone().make("registrations", first)
    late = Authenticator()
    answer = Phone(door, late).browser(late.register(second["options"]))
    refused = door.send(f"POST /v1/registrations/{second['challenge']}", answer)
    assert code(refused) == (409, "party-handle-taken")
    assert code(door.send("POST /v1/registrations", body)) == (409, "party-handle-taken")


def test_an_order_against_onboarding_lets_nobody_in_until_it_is_lifted(door: Door, handle):
    body = {"handle": handle, "display_name": "Li", "jurisdiction": "IN"}
    begun, li = door.send("POST /v1/registrations", body).json(), door.phone()
    with door.database.transaction() as tx:
        (gate,) = gates.shut(tx, [gates.Stop("wallet", Operation.ONBOARD, "IN")])
    assert code(door.send("POST /v1/registrations", body)) == (403, "product-suspended")
    answer = li.browser(li.authenticator.register(begun["options"]))
    late = door.send(f"POST /v1/registrations/{begun['challenge']}", answer)
    assert code(late) == (403, "product-suspended"), "nor whoever had begun before"
    new = NewParty(Kind.MERCHANT, "Tea", "IN")
    with door.database.transaction() as tx, pytest.raises(ProductSuspended):
        desk.create(tx, desk.Create(new, uuid7()))
    with door.database.transaction() as tx:
        authority = NewParty(Kind.REGULATOR, "The authority", "IN")
        desk.create(tx, desk.Create(authority, uuid7()))
        gates.reopen(tx, [gate.id])
    door.phone().register(handle)


def test_nothing_secret_is_stored_as_it_is(door: Door):
    li = door.phone().register()
    with door.database.connection() as conn:
        for table in ("session", "recovery_code", "device", "challenge", "credential"):
            rows = conn.execute(f"SELECT t::text FROM identity.{table} AS t").fetchall()
            for (text,) in rows:
                assert li.cookie is not None
                assert li.cookie not in text
                assert not any(each in text for each in li.codes)


def test_an_expired_challenge_is_refused(door: Door, handle, clock):
    li = door.phone()
    offer = door.send("POST /v1/registrations", {"handle": handle, "display_name": "Li"}).json()
    answer = li.browser(li.authenticator.register(offer["options"]))
    clock.advance(timedelta(minutes=5))
    path = f"POST /v1/registrations/{offer['challenge']}"
    assert code(door.send(path, answer)) == (409, "challenge-expired")
    assert code(door.send(path, answer)) == (409, "challenge-unknown")


def test_a_challenge_is_answered_once_and_a_wrong_answer_costs_it(door: Door):
    li = door.phone().register()
    offer = door.send("POST /v1/logins").json()
    path = f"POST /v1/logins/{offer['challenge']}"
    wrong = li.browser(li.authenticator.get(offer["options"], verified=False))
    assert code(door.send(path, wrong)) == (403, "passkey-refused")
    right = li.browser(li.authenticator.get(offer["options"]))
    assert code(door.send(path, right)) == (409, "challenge-unknown")


def test_a_replayed_or_retargeted_assertion_is_refused(door: Door):
    li = door.phone().register()
    first = door.send("POST /v1/logins").json()
    second = door.send("POST /v1/logins").json()
    answer = li.browser(li.authenticator.get(first["options"]))
    assert door.send(f"POST /v1/logins/{first['challenge']}", answer).status_code == 201
    replayed = door.send(f"POST /v1/logins/{first['challenge']}", answer)
    assert code(replayed) == (409, "challenge-unknown")
    retargeted = door.send(f"POST /v1/logins/{second['challenge']}", answer)
    assert code(retargeted) == (403, "passkey-refused")
    assert retargeted.json()["facts"]["rule"] == "the challenge is another one"
    third = door.send("POST /v1/registrations", {"handle": "ma", "display_name": "Ma"}).json()
    elsewhere = door.send(f"POST /v1/logins/{third['challenge']}", answer)
    assert code(elsewhere) == (409, "challenge-unknown")


@pytest.mark.parametrize(
    ("bent", "rule"),
    [
        ({"origin": "https://evil.example"}, "the origin is another one"),
        ({"origin": "http://localhost:8081"}, "the origin is another one"),
        ({"cross_origin": True}, "the page was framed by another site"),
        ({"cross_origin": 1}, "the page was framed by another site"),
        ({"cross_origin": True, "top_origin": "https://evil.example"}, "the page was framed by"),
        ({"top_origin": "https://evil.example"}, "the page was framed by another site"),
        ({"verified": False}, "the person was not verified"),
        ({"present": False}, "the person was not present"),
        ({"rp_id": "evil.example"}, "the relying party is another one"),
        ({"kind": "webauthn.create"}, "the client data is for another purpose"),
        ({"kind": "payment.get"}, "the client data is for another purpose"),
        ({"challenge": b64(bytes(32))}, "the challenge is another one"),
    ],
)
def test_an_assertion_that_was_made_elsewhere_is_refused(door: Door, bent, rule):
    li = door.phone().register()
    refused = li.log_in(**bent)
    assert code(refused) == (403, "passkey-refused")
    assert refused.json()["facts"]["rule"].startswith(rule)
    assert li.log_in().status_code == 201


def test_a_signature_by_another_passkey_is_refused(door: Door):
    li, eve = door.phone().register(), door.phone().register()
    offer = door.send("POST /v1/logins").json()
    answer = eve.authenticator.get(offer["options"])
    answer["id"] = answer["rawId"] = b64(li.authenticator.credentials[0].id)
    refused = door.send(f"POST /v1/logins/{offer['challenge']}", eve.browser(answer))
    assert code(refused) == (403, "passkey-refused")
    assert code(eve.log_in(user=li.party_id.bytes)) == (403, "passkey-unknown")
    stranger = door.phone()
    offer = door.send("POST /v1/registrations", {"handle": "x1", "display_name": "X"}).json()
    stranger.authenticator.register(offer["options"])
    assert code(stranger.log_in()) == (403, "passkey-unknown")


@pytest.mark.parametrize(
    "credential",
    [{}, {"id": "AA"}, {"id": 7, "rawId": [], "response": {}, "type": "public-key"}],
)
def test_a_malformed_answer_is_a_typed_refusal(door: Door, credential):
    offer = door.send("POST /v1/logins").json()
    body = {"credential": credential, "device_key": DeviceKey().public}
    refused = door.send(f"POST /v1/logins/{offer['challenge']}", body)
    assert code(refused) == (403, "passkey-refused")


def test_a_counter_that_goes_back_is_refused_and_noted(door: Door):
    li = door.phone().register()
    li.enter(li.log_in(count=7))
    for count in (7, 3, 0):
        assert code(li.log_in(count=count)) == (403, "passkey-copied")
    assert door.journal(li.party_id).count("device.suspected") == 1
    (device,) = li.send("GET /v1/devices").json()["items"]
    assert device["suspected_at"] is not None
    assert li.log_in(count=8).status_code == 201


def test_a_passkey_without_a_counter_logs_in_again_and_again(door: Door):
    li = Phone(door, Authenticator(counts=False)).register()
    assert [li.log_in().status_code for _ in range(3)] == [201, 201, 201]


def test_a_second_device_is_asked_in_by_the_first(door: Door):
    phone = door.phone().register()
    asked = phone.send("POST /v1/invitations", {}).json()
    path = f"POST /v1/invitations/{asked['invitation']}"
    laptop = door.phone()
    offer = door.send(path, {"secret": asked["secret"]}).json()
    known = [each["id"] for each in offer["options"]["excludeCredentials"]]
    assert known == [b64(phone.authenticator.credentials[0].id)]
    laptop.make("device-registrations", offer)
    assert (laptop.party, laptop.device == phone.device) == (phone.party, False)
    assert code(door.send(path, {"secret": asked["secret"]})) == (409, "invitation-unknown")
    listed = laptop.send("GET /v1/devices").json()["items"]
    assert [(each["id"], each["current"]) for each in listed] == [
        (phone.device, False),
        (laptop.device, True),
    ]
    assert door.journal(phone.party_id)[-2:] == ["device.added", "session.opened"]


def test_an_invitation_needs_its_secret(door: Door):
    asked = door.phone().register().send("POST /v1/invitations", {}).json()
    path = f"POST /v1/invitations/{asked['invitation']}"
    assert code(door.send(path, {"secret": "A" * 43})) == (409, "invitation-unknown")


def test_an_invitation_falls_with_the_device_that_made_it(door: Door):
    phone = door.phone().register()
    early, late = (phone.send("POST /v1/invitations", {}).json() for _ in range(2))
    path = "POST /v1/invitations/{invitation}"
    begun = door.send(path.format(**early), {"secret": early["secret"]}).json()
    assert phone.send(f"DELETE /v1/devices/{phone.device}").status_code == 200
    refused = door.send(path.format(**late), {"secret": late["secret"]})
    assert code(refused) == (409, "invitation-unknown")
    thief = door.phone()
    made = thief.authenticator.register(begun["options"])
    answer = door.send(f"POST /v1/device-registrations/{begun['challenge']}", thief.browser(made))
    assert code(answer) == (409, "invitation-unknown")


def test_a_revoked_device_is_out_at_once_and_for_good(door: Door):
    phone = door.phone().register()
    asked = phone.send("POST /v1/invitations", {}).json()
    path = f"POST /v1/invitations/{asked['invitation']}"
    laptop = door.phone().make(
        "device-registrations", door.send(path, {"secret": asked["secret"]}).json()
    )
    assert laptop.send("GET /v1/me").status_code == 200
    assert phone.send(f"DELETE /v1/devices/{laptop.device}").json()["revoked_at"] is not None
    door.forget()
    assert code(laptop.send("GET /v1/me")) == (401, "device-revoked")
    assert code(laptop.log_in()) == (403, "device-revoked")
    assert phone.send("GET /v1/me").status_code == 200
    assert "device.revoked" in door.journal(phone.party_id)


def test_the_last_device_goes_only_while_a_recovery_code_is_left(door: Door):
    li = door.phone().register()
    with door.database.connection() as conn:
        conn.execute(
            "UPDATE identity.recovery_code SET used_at = made_at WHERE party = %s",
            (li.party_id,),
        )
    path = f"DELETE /v1/devices/{li.device}"
    assert code(li.send(path)) == (409, "device-last")
    assert len(li.send("POST /v1/recovery-codes").json()["codes"]) == 10
    assert li.send(path).status_code == 200


def test_nobody_revokes_or_ends_what_is_anothers(door: Door):
    li, eve = door.phone().register(), door.phone().register()
    assert code(eve.send(f"DELETE /v1/devices/{li.device}")) == (404, "not-found")
    assert code(eve.send(f"DELETE /v1/sessions/{li.session}")) == (404, "not-found")


def test_a_lost_phone_is_replaced_by_a_recovery_code(door: Door, handle, clock):
    old = door.phone().register(handle)
    new = door.phone()
    body = {"handle": handle.upper(), "code": old.codes[3].lower().replace("-", " ")}
    offer = door.send("POST /v1/recoveries", body).json()
    new.make("recoveries", offer)
    assert new.party == old.party
    assert new.send("GET /v1/recovery-codes").json() == {"left": 9}
    assert old.send("GET /v1/me").status_code == 200
    assert door.journal(old.party_id)[-3:] == [
        "recovery.used",
        "device.recovered",
        "session.opened",
    ]
    with door.database.read() as tx:
        assert recovery.recovered(tx, [old.party_id]) == {old.party_id: clock.now()}
    clock.advance(timedelta(hours=24))
    with door.database.read() as tx:
        assert recovery.recovered(tx, [old.party_id]) == {}


def test_a_recovery_code_is_used_once(door: Door, handle):
    li = door.phone().register(handle)
    body = {"handle": handle, "code": li.codes[0]}
    first = door.send("POST /v1/recoveries", body).json()
    second = door.send("POST /v1/recoveries", body).json()
    door.phone().make("recoveries", first)
    late = door.phone()
    answer = late.browser(late.authenticator.register(second["options"]))
    refused = door.send(f"POST /v1/recoveries/{second['challenge']}", answer)
    assert code(refused) == (403, "recovery-refused")
    assert code(door.send("POST /v1/recoveries", body)) == (403, "recovery-refused")
    assert len(late.authenticator.credentials) == 1
    assert code(late.log_in()) == (403, "passkey-unknown")


def test_a_thousand_wrong_recovery_codes_are_limited(door: Door, handle, clock):
    li = door.phone().register(handle)
    told = {"recovery-refused": 0, "recovery-limited": 0}
    for _ in range(1_000):
        try:
            recovery.check(door.database, handle, recovery.draft(), "192.0.2.7")
        except (recovery.RecoveryRefused, recovery.RecoveryLimited) as refusal:
            told[refusal.code] += 1
    assert told == {"recovery-refused": 10, "recovery-limited": 990}
    with pytest.raises(recovery.RecoveryLimited) as refused:
        recovery.check(door.database, handle, recovery.draft(), "198.51.100.1")
    for address in ("198.51.100.1", "192.0.2.7"):
        found = recovery.check(door.database, handle, li.codes[0], address)
        assert found.id == li.party_id, "who guesses does not keep the owner out"
    clock.advance(timedelta(seconds=refused.value.retry_after_seconds))
    with pytest.raises(recovery.RecoveryRefused):
        recovery.check(door.database, handle, recovery.draft(), "198.51.100.1")


def test_one_address_cannot_try_the_codes_of_many(door: Door):
    limited = 0
    for n in range(40):
        try:
            recovery.check(door.database, f"nobody{n}", recovery.draft(), "192.0.2.1")
        except recovery.RecoveryRefused:
            continue
        except recovery.RecoveryLimited:
            limited += 1
    assert limited == 10


def test_a_handle_that_nobody_has_is_refused_like_a_wrong_code(door: Door, handle):
    door.phone().register(handle)
    answers = [
        door.send("POST /v1/recoveries", {"handle": name, "code": recovery.draft()})
        for name in (handle, f"no.{handle}")
    ]
    assert [code(each) for each in answers] == [(403, "recovery-refused")] * 2
    assert answers[0].json()["title"] == answers[1].json()["title"]


def test_the_closed_are_not_let_in(door: Door):
    li = door.phone().register()
    with door.database.transaction() as tx:
        parties.close(tx, li.party_id)
    door.forget()
    assert code(li.send("GET /v1/me")) == (401, "party-closed")
    assert code(li.log_in()) == (409, "party-closed")
