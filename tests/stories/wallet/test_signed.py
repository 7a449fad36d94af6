"""A touch binds what was shown: a series of payments, and a withdrawal to an account outside."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.authenticator import ORIGIN
from tests.conftest import Template
from tests.stories.http.server import House
from tests.stories.identity.conftest import Door, Phone, clock, code, door

from sycee.core.parties import vault
from sycee.core.parties.keyring import Keyring, Master
from sycee.kit.clock import ManualClock
from sycee.kit.ids import parse
from sycee.products.wallet.approvals import model as approvals
from sycee.products.wallet.bank.actions import receiving
from sycee.products.wallet.bank.actions.receiving import OpenAccount
from sycee.products.wallet.people import jobs as people
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_sweeps

__all__ = ["clock", "door"]
HOUSE_IBAN, FRIEND, OTHER = (
    "DE89370400440532013000", "CH9300762011623852957", "GB29NWBK60161331926819",
)  # fmt: skip
SERIES = {
    "amount_minor": 30_000, "currency": "CNY", "every": "month", "starts_on": "2026-03-31",
    "times": 3, "closed_days": "next",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def place(door: Door, keys_template: Template) -> Iterator[None]:
    """A vault, and a safeguarding account for withdrawals."""
    name, url = keys_template.clone()
    keys = Database(url, size=2)
    vault.use(Keyring(keys, Master(secrets.token_bytes(32))))
    with door.database.transaction() as tx:
        receiving.open_account(tx, OpenAccount(HOUSE_IBAN, None, "Sycee", "CNY", None))
    yield
    vault.use(None)
    keys.close()
    keys_template.drop(name)


@pytest.fixture
def ann(door: Door) -> Iterator[Phone]:
    house = House(door.database, "http://unused")
    phone = door.phone().register()
    house.give(phone.party_id, 1_000_000)
    yield phone
    house.client.close()


def sign(ann: Phone, path: str, body: dict[str, Any]) -> tuple[str, str]:
    """The mandate of a touch, and the lines that were signed."""
    offer = ann.send(f"POST /v1/{path}", body)
    assert offer.status_code == 201, offer.text
    asked = offer.json()
    credential = ann.authenticator.get(asked["options"])
    given = ann.send(f"POST /v1/approvals/{asked['id']}", {"credential": credential})
    assert given.status_code == 201, given.text
    return given.json()["mandate"], asked["text"]


def later(door: Door, clock: ManualClock, until: datetime) -> None:
    """The clock goes on to a moment, and the worker looks."""
    clock.advance(max(timedelta(), until - clock.now()))
    jobs = Jobs()
    people.register(jobs)
    run_sweeps(door.database, jobs)


def got(door: Door, payee: Phone) -> int:
    """What a payee was paid in all."""
    with door.database.connection() as conn:
        row = conn.execute(
            "SELECT sum(amount_minor)::bigint FROM wallet.transfers WHERE payee = %s",
            (payee.party_id,),
        ).fetchone()
    assert row is not None
    return row[0] or 0


def test_a_series_is_signed_once_and_every_part_of_it_is_bound(door: Door, ann: Phone):
    bob, eve = door.phone().register(), door.phone().register()
    body = SERIES | {"payee": bob.party}
    mandate, text = sign(ann, "schedule-approvals", body)
    lines = text.splitlines()
    assert lines[1:6] == ["series", ann.party, bob.party, "30000", "CNY"]
    assert lines[6:11] == [
        "every month", "from 2026-03-31", "times 3", "until -", "closed-days next",
    ]  # fmt: skip
    bent = (
        {"payee": eve.party}, {"amount_minor": 30_001}, {"currency": "EUR"}, {"times": 4},
        {"every": "week"}, {"starts_on": "2026-04-01"}, {"ends_on": "2026-12-31"},
        {"closed_days": "keep"},
    )  # fmt: skip
    for one in bent:
        refused = ann.send("POST /v1/schedules", body | one | {"mandate": mandate})
        assert code(refused)[1].startswith("mandate-"), (one, refused.text)
    stranger = eve.send("POST /v1/schedules", body | {"mandate": mandate})
    assert code(stranger)[1].startswith("mandate-")
    wish = {"payee": bob.party, "amount_minor": 30_000, "currency": "CNY", "mandate": mandate}
    assert code(ann.send("POST /v1/transfers", wish))[1] == "mandate-payee-differs"
    assert ann.send("POST /v1/schedules", body | {"mandate": mandate}).status_code == 201
    again = ann.send("POST /v1/schedules", body | {"mandate": mandate})
    assert code(again) == (409, "mandate-spent")


def test_a_signed_series_runs_by_itself_and_stops_when_it_is_not_the_one_that_was_signed(
    door: Door, ann: Phone, clock: ManualClock
):
    bob = door.phone().register(zone="Asia/Shanghai")
    body = SERIES | {"payee": bob.party, "starts_on": clock.now().date().isoformat()}
    body |= {"every": "week", "times": 3, "closed_days": "keep"}
    mandate, _ = sign(ann, "schedule-approvals", body)
    made = ann.send("POST /v1/schedules", body | {"mandate": mandate}).json()
    assert ann.send(f"GET /v1/schedules/{made['id']}").json()["mandate"] == mandate
    later(door, clock, clock.now() + timedelta(days=1))
    assert got(door, bob) == 30_000
    with door.database.connection() as conn:
        conn.execute(
            "UPDATE people.schedule SET amount_minor = 90000 WHERE id = %s",
            (parse("sch", made["id"], "id"),),
        )
    later(door, clock, clock.now() + timedelta(days=8))
    with door.database.connection() as conn:
        row = conn.execute(
            "SELECT state, last_code FROM people.schedule WHERE id = %s",
            (parse("sch", made["id"], "id"),),
        ).fetchone()
    assert row == ("paused", "series-differs")
    assert "schedule.stopped" in door.journal(ann.party_id)
    assert got(door, bob) == 30_000


def test_a_withdrawal_is_signed_for_its_amount_its_iban_and_whose_it_is(door: Door, ann: Phone):
    body = {"amount_minor": 40_000, "currency": "CNY", "iban": FRIEND, "name": "Ann Müller"}
    mandate, text = sign(ann, "withdrawal-approvals", body)
    assert text.splitlines()[1:7] == [
        "withdrawal", ann.party, FRIEND, "Ann Müller", "40000", "CNY",
    ]  # fmt: skip
    with door.database.connection() as conn:
        drafts = conn.execute("SELECT draft::text FROM identity.challenge").fetchall()
    assert FRIEND not in str(drafts)
    assert "Müller" not in str(drafts)
    offer = ann.send("POST /v1/withdrawal-approvals", body).json()
    sheet = {
        "payeeName": "Ann Müller",
        "payeeOrigin": ORIGIN,
        "total": {"currency": "CNY", "value": "400.00"},
        "instrument": {"displayName": approvals.INSTRUMENT, "icon": approvals.ICON},
    }
    credential = ann.authenticator.get(offer["options"], payment=sheet)
    unseen = ann.send(f"POST /v1/approvals/{offer['id']}", {"credential": credential})
    assert code(unseen) == (403, "payment-shown-differs"), "a browser's sheet shows no IBAN"
    for one in ({"iban": OTHER}, {"name": "Eve Müller"}, {"amount_minor": 40_001}):
        refused = ann.send("POST /v1/withdrawals", body | one | {"mandate": mandate})
        assert code(refused)[1].startswith("mandate-"), (one, refused.text)
    door.database.clock.advance(timedelta(minutes=4))
    made = ann.send("POST /v1/withdrawals", body | {"mandate": mandate})
    assert (made.status_code, made.json()["state"]) == (200, "queued"), made.text
    assert code(ann.send("POST /v1/withdrawals", body | {"mandate": mandate})) == (
        409, "mandate-spent",
    )  # fmt: skip
    assert "withdrawal.approved" in door.journal(ann.party_id)


def test_a_payment_cannot_pass_for_a_withdrawal(door: Door, ann: Phone):
    bob = door.phone().register()
    offer = ann.send(
        "POST /v1/approvals", {"payee": bob.party, "amount_minor": 500, "currency": "CNY"}
    ).json()
    credential = ann.authenticator.get(offer["options"])
    given = ann.send(f"POST /v1/approvals/{offer['id']}", {"credential": credential}).json()
    body = {"amount_minor": 500, "currency": "CNY", "iban": FRIEND, "name": "Ann"}
    refused = ann.send("POST /v1/withdrawals", body | {"mandate": given["mandate"]})
    assert code(refused)[1] == "mandate-payee-differs"
