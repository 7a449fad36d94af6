"""A payment from a session: a passkey touched for just this payee and amount, or a small sum."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.authenticator import ORIGIN, unb64
from tests.stories.identity.conftest import Door, Phone, code

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import apikeys, parties
from sycee.core.parties.identity import devices
from sycee.core.policy import limits
from sycee.kit.clock import micros
from sycee.kit.ids import parse, public, uuid7
from sycee.products.wallet.approvals import model as approvals

AMOUNT = 50_000


def person(door: Door, minor: int = 1_000_000, tier: str = "standard") -> Phone:
    """Someone with a passkey and money."""
    phone = door.phone().register()
    with door.database.transaction() as tx:
        parties.set_tier(tx, phone.party_id, tier)
        account = parties.account(tx, phone.party_id, "wallet", "CNY")
        bank = accounts.open_house(tx, "bank", "CNY")
        made = uuid7(micros(tx.now) // 1_000)
        post_all(tx, [Transfer(made, bank, account, minor, "deposit.demo")])
    return phone


def wish(payee: Phone, amount: int = AMOUNT, currency: str = "CNY") -> dict[str, Any]:
    return {"payee": payee.party, "amount_minor": amount, "currency": currency}


def asked(payer: Phone, payee: Phone, amount: int = AMOUNT) -> dict[str, Any]:
    answer = payer.send("POST /v1/approvals", wish(payee, amount))
    assert answer.status_code == 201, answer.text
    return answer.json()


def give(payer: Phone, offer: dict[str, Any], **bent: Any) -> Any:
    credential = payer.authenticator.get(offer["options"], **bent)
    return payer.send(f"POST /v1/approvals/{offer['id']}", {"credential": credential})


def approved(payer: Phone, payee: Phone, amount: int = AMOUNT) -> str:
    answer = give(payer, asked(payer, payee, amount))
    assert answer.status_code == 201, answer.text
    return answer.json()["mandate"]


def pay(payer: Phone, payee: Phone, amount: int = AMOUNT, **more: Any) -> Any:
    return payer.send("POST /v1/transfers", wish(payee, amount) | more)


@pytest.fixture
def ada(door: Door) -> Phone:
    return person(door)


@pytest.fixture
def bob(door: Door) -> Phone:
    return person(door, 1)


def test_a_touched_passkey_pays_once_and_is_told_in_the_journal(door: Door, ada, bob):
    mandate = approved(ada, bob)
    assert pay(ada, bob, mandate=mandate).status_code == 200
    assert code(pay(ada, bob, mandate=mandate)) == (409, "mandate-spent")
    assert "payment.approved" in door.journal(ada.party_id)
    assert "payment.approved" not in door.journal(bob.party_id)


def test_what_is_signed_is_the_hash_of_what_can_be_read(ada, bob):
    offer = asked(ada, bob)
    lines = offer["text"].split("\n")
    assert lines[:6] == ["sycee-approval-2", "payment", ada.party, bob.party, str(AMOUNT), "CNY"]
    assert lines[-1] == ""
    assert unb64(offer["options"]["challenge"]) == hashlib.sha256(offer["text"].encode()).digest()
    assert offer["payment"]["value"] == "500.00"


def test_an_approval_pays_nobody_else_no_other_sum_and_for_nobody_else(door: Door, ada, bob):
    eve = person(door)
    mandate = approved(ada, bob)
    assert code(pay(ada, eve, mandate=mandate)) == (403, "mandate-payee-differs")
    assert code(pay(ada, bob, AMOUNT + 1, mandate=mandate)) == (409, "mandate-amount-differs")
    assert code(pay(ada, bob, AMOUNT - 1, mandate=mandate)) == (409, "mandate-amount-differs")
    assert code(pay(eve, bob, mandate=mandate)) == (404, "mandate-unknown")
    assert pay(ada, bob, mandate=mandate).status_code == 200


def test_a_challenge_of_one_payment_approves_no_other(door: Door, ada, bob):
    small, large = asked(ada, bob, 1), asked(ada, bob, 900_000)
    forged = ada.authenticator.get(small["options"])
    answer = ada.send(f"POST /v1/approvals/{large['id']}", {"credential": forged})
    assert code(answer) == (403, "passkey-refused")
    again = ada.send(f"POST /v1/approvals/{large['id']}", {"credential": forged})
    assert code(again) == (409, "challenge-unknown"), "a wrong answer costs the challenge"


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "https://sycee.example"},
        {"cross_origin": True},
        {"top_origin": "https://frame.example"},
        {"verified": False},
        {"rp_id": "other.example"},
        {"kind": "webauthn.create"},
    ],
)
def test_an_answer_made_elsewhere_or_by_nobody_is_refused(ada, bob, bent):
    refused = give(ada, asked(ada, bob), **bent)
    assert refused.status_code == 403
    assert refused.json()["code"] in ("passkey-refused", "passkey-copied")


def shown(payee_name: str, **changes: Any) -> dict[str, Any]:
    total = {"currency": "CNY", "value": "500.00"}
    instrument = {"displayName": approvals.INSTRUMENT, "icon": approvals.ICON}
    whole = {"payeeName": payee_name, "payeeOrigin": ORIGIN, "total": total}
    return whole | {"instrument": instrument} | changes


def test_secure_payment_confirmation_is_taken_when_it_showed_this_payment(ada, bob):
    offer = asked(ada, bob)
    name = offer["payment"]["payee_name"]
    answer = give(ada, offer, payment=shown(name))
    assert answer.status_code == 201, answer.text
    assert pay(ada, bob, mandate=answer.json()["mandate"]).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"total": {"currency": "CNY", "value": "5.00"}}, "value"),
        ({"total": {"currency": "EUR", "value": "500.00"}}, "currency"),
        ({"payeeName": "Somebody Else"}, "payee"),
        ({"payeeOrigin": "https://shop.example"}, "payee"),
        ({"instrument": {"displayName": "Other card", "icon": approvals.ICON}}, "instrument"),
        ({"instrument": {"displayName": approvals.INSTRUMENT, "icon": "x"}}, "instrument"),
    ],
)
def test_secure_payment_confirmation_that_showed_another_payment_is_refused(
    ada, bob, changes, field
):
    offer = asked(ada, bob)
    refused = give(ada, offer, payment=shown(offer["payment"]["payee_name"], **changes))
    assert code(refused) == (403, "payment-shown-differs")
    assert refused.json()["facts"] == {"field": field}


def test_an_approval_ends_after_five_minutes_before_and_after_it_is_given(
    door: Door, clock, ada, bob
):
    offer = asked(ada, bob)
    mandate = approved(ada, bob)
    clock.advance(timedelta(minutes=5))
    assert code(give(ada, offer)) == (409, "challenge-expired")
    assert code(pay(ada, bob, mandate=mandate)) == (409, "mandate-expired")


def test_another_device_cannot_give_what_this_one_asked_for(door: Door, ada, bob):
    ada.enter(ada.log_in())
    invited = ada.send("POST /v1/invitations", {"duty": "owner"}).json()
    other = door.phone()
    offer = door.send(
        f"POST /v1/invitations/{invited['invitation']}", {"secret": invited["secret"]}
    )
    other.make("device-registrations", offer.json())
    mine = asked(ada, bob)
    credential = other.authenticator.get({"challenge": mine["options"]["challenge"]})
    stolen = other.send(f"POST /v1/approvals/{mine['id']}", {"credential": credential})
    assert code(stolen) == (403, "approval-not-yours")
    mine = asked(ada, bob)
    credential = other.authenticator.get({"challenge": mine["options"]["challenge"]})
    lent = ada.send(f"POST /v1/approvals/{mine['id']}", {"credential": credential})
    assert code(lent) == (403, "passkey-unknown"), "the touch is of the device that asked"


def test_an_approval_is_asked_for_somebody_else_and_given_by_whoever_asked(ada, bob):
    assert code(ada.send("POST /v1/approvals", wish(ada))) == (400, "transfer-to-self")
    nobody = wish(bob) | {"payee": public("par", UUID(int=9))}
    assert code(ada.send("POST /v1/approvals", nobody)) == (404, "payee-unknown")
    unknown = ada.send("POST /v1/approvals", wish(bob, currency="XXX"))
    assert code(unknown) == (400, "invalid-field")
    mine = asked(ada, bob)
    credential = ada.authenticator.get(mine["options"])
    for taker in (bob, ada):  # whoever else tries learns nothing, and costs the challenge
        answer = taker.send(f"POST /v1/approvals/{mine['id']}", {"credential": credential})
        assert code(answer) == (409, "challenge-unknown")


def test_an_approval_by_a_passkey_that_was_copied_is_refused_and_noted(door: Door, ada, bob):
    approved(ada, bob)
    copied = give(ada, asked(ada, bob), count=1)
    assert code(copied) == (403, "passkey-copied")
    assert "device.suspected" in door.journal(ada.party_id)


def test_a_revoked_devices_approval_does_not_come_to_be(door: Door, ada, bob):
    offer = asked(ada, bob)
    with door.database.connection() as conn:
        conn.execute(
            "UPDATE identity.device SET revoked_at = added_at WHERE party = %s", (ada.party_id,)
        )
    assert code(give(ada, offer)) in ((403, "device-revoked"), (401, "device-revoked"))


def test_a_phone_whose_clock_is_off_is_no_reason_to_refuse_an_approval(ada, bob):
    """The expiry is the server's; nothing of the phone's clock is in what it signs."""
    offer = asked(ada, bob)
    off = {**offer, "expires_at": "1970-01-01T00:00:00Z"}
    assert give(ada, off).status_code == 201


def test_small_sums_go_without_a_touch_to_the_unit_of_the_days_allowance(
    door: Door, clock, ada, bob
):
    clock.advance(timedelta(days=1))
    ada.enter(ada.log_in())
    assert pay(ada, bob, 19_999).status_code == 200
    refused = pay(ada, bob, 2)
    assert code(refused) == (403, "approval-needed")
    assert refused.json()["facts"] == {"currency": "CNY", "left_minor": 1}
    assert pay(ada, bob, 1).status_code == 200
    assert pay(ada, bob, mandate=approved(ada, bob)).status_code == 200
    clock.advance(timedelta(days=1))
    ada.enter(ada.log_in())
    assert pay(ada, bob, 20_000).status_code == 200


def test_the_allowance_is_the_persons_own_and_needs_a_touch(door: Door, clock, ada, bob):
    clock.advance(timedelta(days=1))
    ada.enter(ada.log_in())
    none = {"currency": "CNY", "amount_minor": 0}
    assert ada.send("PUT /v1/allowances", none).json() == none
    assert "allowance.set" in door.journal(ada.party_id)
    assert code(pay(ada, bob, 1)) == (403, "approval-needed")
    clock.advance(timedelta(minutes=6))
    late = ada.send("PUT /v1/allowances", {"currency": "CNY", "amount_minor": 100_000})
    assert code(late) == (403, "touch-needed")
    ada.enter(ada.log_in())
    wrong = ada.send("PUT /v1/allowances", {"currency": "CNY", "amount_minor": 100_001})
    assert code(wrong)[1] == "invalid-field"


def test_a_refused_payment_uses_nothing_of_the_allowance_nor_of_an_approval(door: Door, clock):
    clock.advance(timedelta(days=1))
    poor, bob = person(door, 10), person(door)
    assert code(pay(poor, bob, 11)) == (409, "insufficient-funds")
    mandate = approved(poor, bob, 11)
    assert code(pay(poor, bob, 11, mandate=mandate)) == (409, "insufficient-funds")
    left = poor.send("GET /v1/limits?currency=CNY").json()["touchless"]["left_minor"]
    assert left == 20_000
    with door.database.transaction() as tx:
        bank = accounts.house("bank", "CNY")
        account = parties.account(tx, poor.party_id, "wallet", "CNY")
        made = uuid7(micros(tx.now) // 1_000)
        post_all(tx, [Transfer(made, bank, account, 1, "deposit.demo")])
    assert pay(poor, bob, 11, mandate=mandate).status_code == 200


def test_a_trade_is_paid_from_a_session_by_an_approval_of_its_seller_and_total(door: Door, ada):
    shop = door.phone().register(kind="merchant")
    line = {"title": "Tea", "unit_price_minor": AMOUNT, "quantity": 1}
    made = shop.send("POST /v1/trades", {"currency": "CNY", "title": "Tea", "lines": [line]})
    assert made.status_code in (200, 201), made.text
    trade = made.json()["trade"] if "trade" in made.json() else made.json()["id"]
    bare = ada.send(f"POST /v1/trades/{trade}/pay", {})
    assert code(bare) == (403, "approval-needed")
    mandate = approved(ada, shop)
    paid = ada.send(f"POST /v1/trades/{trade}/pay", {"mandate": mandate})
    assert paid.status_code == 200, paid.text


def test_forty_payments_at_once_end_at_the_boundary_of_their_tier(door: Door):
    with door.database.transaction() as tx:
        limits.load(tx, limits.shipped()["cn-accounts"])
    payer, payee = person(door, 1_000_000, "class-1"), person(door)
    mandates = [approved(payer, payee, 3_000) for _ in range(40)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda m: pay(payer, payee, 3_000, mandate=m), mandates))
    paid = [answer for answer in answers if answer.status_code == 200]
    refused = [answer.json() for answer in answers if answer.status_code != 200]
    assert len(paid) == 33, "33 of 30.00 are below 1,000.00; one more would pass it"
    assert {each["code"] for each in refused} == {"limit-reached"}
    assert {each["facts"]["left_minor"] for each in refused} == {1_000}
    assert {each["facts"]["pack"] for each in refused} == {"cn-accounts"}
    shown_ = payer.send("GET /v1/limits?currency=CNY").json()
    assert shown_["tier"] == "class-1"
    [limit] = [each for each in shown_["limits"] if each["limit"] == "class-1-since-opening"]
    assert (limit["left_minor"], limit["resets_at"]) == (1_000, None)


def test_a_wallet_holds_no_more_than_its_tier_allows(door: Door, ada):
    with door.database.transaction() as tx:
        limits.load(tx, limits.shipped()["cn-ecny"])
    small = person(door, 900_000, "ecny-4")
    assert pay(ada, small, 100_000, mandate=approved(ada, small, 100_000)).status_code == 200
    over = pay(ada, small, 1, mandate=approved(ada, small, 1))
    assert code(over) == (409, "payee-cannot-receive")
    with door.database.transaction() as tx:
        parties.set_tier(tx, small.party_id, "ecny-2")
    assert pay(ada, small, 1, mandate=approved(ada, small, 1)).status_code == 200


def test_an_api_key_can_give_no_approval(door: Door, ada, bob):
    key = ada.send("POST /v1/api-keys", {"name": "k", "scopes": ["transfers:write"]}).json()
    headers = {"authorization": f"Bearer {key['secret']}", "idempotency-key": str(uuid4())}
    answer = door.client.request("POST", "/v1/approvals", json=wish(bob), headers=headers)
    assert code(answer) == (403, "approval-not-yours")
    headers["idempotency-key"] = str(uuid4())
    paid = door.client.request("POST", "/v1/transfers", json=wish(bob), headers=headers)
    assert paid.status_code == 200, "a key is its owner's leave to pay"


def test_a_demo_resident_approves_without_a_passkey_and_nobody_else_does(
    door: Door, ada, bob, handle
):
    real = door.phone().register(handle)
    demo = door.phone()
    body = {"handle": handle, "device_key": demo.key.public}
    demo.enter(door.send("POST /v1/demo/sessions", body))
    offer = asked(demo, bob)
    assert offer["options"] is None
    assert demo.send(f"POST /v1/approvals/{offer['id']}", {}).status_code == 201
    mine = asked(real, bob)
    bare = real.send(f"POST /v1/approvals/{mine['id']}", {})
    assert code(bare) == (403, "approval-not-yours")


def test_what_names_no_payee_needs_a_touch_of_a_moment_ago(door: Door, clock, ada):
    """A pay code takes from whoever shows it, so an open phone alone must not make one."""
    ada.enter(ada.log_in())
    code_ = {"ceiling_minor": 100, "currency": "CNY"}
    assert ada.send("POST /v1/pay-codes", code_).status_code == 201
    clock.advance(timedelta(minutes=5))
    assert code(ada.send("POST /v1/pay-codes", code_)) == (403, "touch-needed")
    out = {"amount_minor": 1, "currency": "CNY", "iban": "DE89370400440532013000", "name": "Ada"}
    assert code(ada.send("POST /v1/withdrawals", out)) == (403, "touch-needed")
    key = {"name": "k", "scopes": ["transfers:write"]}
    assert code(ada.send("POST /v1/api-keys", key)) == (403, "touch-needed")
    for verb in ("export", "export-file", "erase"):
        assert code(ada.send(f"POST /v1/me/{verb}")) == (403, "touch-needed")


def test_an_approval_that_was_given_dies_with_its_device(door: Door, ada, bob):
    mandate = approved(ada, bob)
    with door.database.transaction() as tx:
        _, secret = apikeys.issue(tx, ada.party_id, "own", ["transfers:write"])
        devices.revoke(tx, parse("dev", ada.device), owner=ada.party_id, actor=ada.party_id)
    paid = door.send(
        "POST /v1/transfers", wish(bob) | {"mandate": mandate}, authorization=f"Bearer {secret}"
    )
    assert code(paid) == (409, "mandate-revoked")


def test_a_series_is_planned_only_after_a_touch_of_a_moment_ago(door: Door, clock, ada, bob):
    day = (clock.now() + timedelta(days=2)).date().isoformat()
    plan = wish(bob) | {"every": "week", "starts_on": day, "times": 3}
    assert ada.send("POST /v1/schedules", plan).status_code == 201
    clock.advance(timedelta(minutes=6))
    assert code(ada.send("POST /v1/schedules", plan)) == (403, "touch-needed")
