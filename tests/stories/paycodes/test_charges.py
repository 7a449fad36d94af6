"""A phone shows codes without a network; tills charge them, each once."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from tests.authenticator import phone_of
from tests.stories.http.server import House, Person
from tests.stories.identity.conftest import Door, clock, door

from sycee.core.ledger import accounts
from sycee.core.ledger.model import NewAccount
from sycee.core.parties.identity import devices
from sycee.core.parties.model import Kind
from sycee.core.paycodes import actions, model, safe
from sycee.core.paycodes.model import PayCodeOffTime, Seed
from sycee.core.paycodes.safe import PURPOSE, Safe
from sycee.core.tender import mandates
from sycee.core.tender.actions import WalletMissing
from sycee.core.tender.model import MandateSpent, id_of
from sycee.kit.clock import ManualClock
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import parse, public, uuid7
from sycee.products.wallet.model import Made
from sycee.products.wallet.tills.actions import Charge, charge
from sycee.runtime.sealer import KeySealer

__all__ = ["clock", "door"]
CEILING = 5_000


@pytest.fixture(scope="module", autouse=True)
def keys() -> Iterator[None]:
    safe.install(Safe(KeySealer(bytes(32), PURPOSE)))
    yield
    safe.install(None)


@pytest.fixture
def house(door: Door) -> Iterator[House]:
    house = House(door.database, "http://unused")
    yield house
    house.client.close()


class Wallet:
    """A person's phone with money and a seed; computes as the page says."""

    def __init__(self, door: Door, house: House, minor: int) -> None:
        self.clock = door.database.clock
        self.phone = door.phone().register()
        house.give(self.phone.party_id, minor)
        self.enrol()

    def enrol(self) -> None:
        given = self.phone.send(
            "POST /v1/offline-codes", {"ceiling_minor": CEILING, "currency": "CNY"}
        )
        assert given.status_code == 201, given.text
        body = given.json()
        self.seed = base64.urlsafe_b64decode(body["seed"] + "=")
        self.device, self.locator = UUID(body["device_uuid"]), int(body["locator"])

    def code(self, serial: int = 0, seconds: int = 0) -> str:
        step = model.step_of(self.clock.now() + timedelta(seconds=seconds))
        return model.compute(self.seed, self.device, self.locator, step, serial)


def take(door: Door, shop: Person, code: str, minor: int = 300, currency: str = "CNY"):
    body = {"code": code, "amount_minor": minor, "currency": currency}
    return door.send("POST /v1/charges", body, authorization=f"Bearer {shop.secret}")


@pytest.fixture
def shop(house: House) -> Person:
    return house.person("Teahouse", kind=Kind.MERCHANT)


@pytest.fixture
def ann(door: Door, house: House) -> Wallet:
    return Wallet(door, house, 10_000)


def test_a_code_computed_offline_pays_once(door, house, ann, shop):
    code = ann.code()
    paid = take(door, shop, code)
    assert paid.status_code == 200, paid.text
    assert house.balance(Person(ann.phone.party_id, "", "")) == 9_700
    again = take(door, shop, code)
    assert (again.status_code, again.json()["code"]) == (409, "mandate-spent")
    assert take(door, shop, ann.code(serial=1)).status_code == 200
    assert "mandate.presented" in door.journal(ann.phone.party_id)


def test_a_code_issued_by_the_server_is_charged_alike(door, ann, shop):
    made = ann.phone.send("POST /v1/pay-codes", {"ceiling_minor": 500, "currency": "CNY"})
    assert made.status_code == 201, made.text
    assert take(door, shop, made.json()["code"]).status_code == 200


@pytest.mark.parametrize("seconds", [3_600, -3_600])
def test_a_phone_an_hour_off_is_told_so(door, ann, shop, seconds):
    refused = take(door, shop, ann.code(seconds=seconds))
    assert (refused.status_code, refused.json()["code"]) == (409, "pay-code-off-time")
    assert refused.json()["facts"]["seconds"] == seconds


def test_a_code_takes_no_more_than_its_owner_allowed_and_stays_usable(door, ann, shop):
    refused = take(door, shop, ann.code(), CEILING + 1)
    assert refused.json()["code"] == "mandate-ceiling-exceeded"
    assert take(door, shop, ann.code(), CEILING).status_code == 200
    assert take(door, shop, ann.code(serial=1), 1, "EUR").json()["code"] == (
        "mandate-currency-differs"
    )


def test_a_refused_payment_leaves_the_code_usable(door, house, shop):
    poor = Wallet(door, house, 100)
    assert take(door, shop, poor.code()).json()["code"] == "insufficient-funds"
    house.give(poor.phone.party_id, 300)
    assert take(door, shop, poor.code()).status_code == 200


def test_codes_end_with_a_new_seed_with_dropping_and_with_the_device(door, house, ann, shop):
    old = ann.code()
    ann.enrol()
    assert take(door, shop, old).json()["code"] == "mandate-unknown"
    assert take(door, shop, ann.code()).status_code == 200
    listed = ann.phone.send("GET /v1/offline-codes").json()
    assert [each["device"] for each in listed["items"]] == [ann.phone.device]
    assert "seed" not in listed["items"][0]
    party, device = ann.phone.party_id, parse("dev", ann.phone.device)
    with door.database.transaction() as tx:
        devices.revoke(tx, device, owner=party, actor=party)
    assert take(door, shop, ann.code(serial=1)).json()["code"] == "mandate-unknown"
    bob = Wallet(door, house, 1_000)
    dropped = bob.phone.send(f"DELETE /v1/offline-codes/{bob.phone.device}")
    assert dropped.status_code == 200, dropped.text
    assert take(door, shop, bob.code()).json()["code"] == "mandate-unknown"


def test_whoever_guesses_is_stopped_even_with_a_right_code(door, ann, shop):
    wrong = f"{ann.code()[:-1]}{(int(ann.code()[-1]) + 5) % 10}"
    refusals = [take(door, shop, wrong).json()["code"] for _ in range(21)]
    assert refusals == ["mandate-unknown"] * 20 + ["wrong-codes-limited"]
    limited = take(door, shop, ann.code())
    assert (limited.status_code, limited.json()["code"]) == (409, "wrong-codes-limited")


def test_a_code_and_a_seed_are_given_after_a_touch_alone(door, ann):
    wish = {"ceiling_minor": 500, "currency": "CNY"}
    made = ann.phone.send("POST /v1/pay-codes", wish).json()
    left = datetime.fromisoformat(made["expires_at"]) - door.database.clock.now()
    assert left == timedelta(minutes=1)
    door.database.clock.advance(timedelta(minutes=6))
    for place in ("pay-codes", "offline-codes"):
        refused = ann.phone.send(f"POST /v1/{place}", wish)
        assert (refused.status_code, refused.json()["code"]) == (403, "touch-needed")


def test_what_has_paid_is_spent_however_late_it_comes_again(door, ann, shop):
    """It is no wrong code then, so it is not counted as one."""
    issued = ann.phone.send("POST /v1/pay-codes", {"ceiling_minor": 500, "currency": "CNY"})
    codes = [issued.json()["code"], ann.code()]
    assert [type(each) for each in run(door, shop, codes)] == [Made, Made]
    door.database.clock.advance(timedelta(minutes=10))
    for _ in range(21):
        assert [type(each) for each in run(door, shop, codes[1:])] == [MandateSpent]


def test_a_phone_with_anothers_locator_pays_and_is_told_of_its_clock(door, house, ann, shop):
    bob = Wallet(door, house, 1_000)
    with door.database.transaction() as tx:
        tx.conn.execute(
            "UPDATE paycodes.seed SET locator = %s WHERE device = %s", (ann.locator, bob.device)
        )
    bob.locator = ann.locator
    outcomes = run(door, shop, [each.code(seconds=n) for n in (0, 3_600) for each in (ann, bob)])
    assert [type(each) for each in outcomes] == [Made, Made, PayCodeOffTime, PayCodeOffTime]


def test_a_code_needs_a_wallet_that_is_open_in_its_currency(door, house, shop):
    payer = house.person("Payer", minor=1_000)
    purses = [NewAccount(uuid7(), payer.party, code, "EUR") for code in ("merchant", "wallet")]
    with door.database.transaction() as tx:
        device = phone_of(tx, payer.party)
        seed = actions.enrol(tx, payer.party, device, CEILING, "EUR")
        for purse in purses:
            accounts.open(tx, [purse])
        accounts.close(tx, purses[1].id)
    step = model.step_of(door.database.clock.now())
    code = model.compute(seed.seed, device, seed.locator, step)
    assert run(door, shop, [code, code], "EUR") == [WalletMissing("EUR")] * 2
    with door.database.transaction() as tx:
        accounts.reopen(tx, purses[1].id)
        (refused,) = actions.present(tx, [actions.Shown(code, shop.party)])
        (mandate,) = mandates.read(tx, [id_of(code)]).values()
    assert (refused, mandate.account, mandate.payer) == (None, purses[1].id, payer.party)


def test_what_a_device_has_is_journaled_and_seen_without_its_secret(door, house):
    payer, other = house.person("Payer"), house.person("Other")
    with door.database.transaction() as tx:
        device = phone_of(tx, payer.party)
        for ceiling, currency in ((0, "CNY"), (1, "XXX")):
            with pytest.raises(Invalid):
                actions.enrol(tx, payer.party, device, ceiling, currency)
        actions.enrol(tx, payer.party, device, CEILING + 1, "EUR")
        seed = actions.enrol(tx, payer.party, device, CEILING, "CNY")
        assert actions.seeds_of(tx, payer.party) == [msgspec.structs.replace(seed, seed=b"")]
        for party in (other.party, payer.party):
            with nullcontext() if party == payer.party else pytest.raises(NotFound):
                actions.drop(tx, actions.Drop(party, device))
        with pytest.raises(NotFound):
            actions.drop(tx, actions.Drop(payer.party, device))
        rows = tx.conn.execute(
            "SELECT verb, purpose, body FROM journal.entry WHERE subject = %s ORDER BY ordinal",
            (device,),
        ).fetchall()
    body = {"device": public("dev", device)}
    given = {**body, "ceiling_minor": CEILING, "currency": "CNY"}
    assert rows[-2:] == [
        ("paycodes.enrolled", "identity", given),
        ("paycodes.dropped", "identity", body),
    ]


def test_an_api_key_gets_no_seed(door, house):
    someone = house.person("Someone")
    body = {"ceiling_minor": 1, "currency": "CNY"}
    refused = door.send("POST /v1/offline-codes", body, authorization=f"Bearer {someone.secret}")
    assert refused.status_code == 403


def test_ten_thousand_codes_presented_twice_at_once_pay_once_each(door, house):
    """20 phones, 10 codes a step, 50 steps; two tills present each batch at the same time."""
    tills = [house.person(f"Till {n}", kind=Kind.MERCHANT) for n in range(2)]
    payers = [house.person(f"Payer {n}", minor=1_000) for n in range(20)]
    with door.database.transaction() as tx:
        seeds = [
            actions.enrol(tx, each.party, phone_of(tx, each.party), CEILING, "CNY")
            for each in payers
        ]
    clock = ManualClock(datetime(2026, 3, 1, 13, tzinfo=UTC))
    standing, door.database.clock = door.database.clock, clock
    paid = spent = 0
    shown: set[str] = set()  # in one run of four hundred a phone shows the same digits again
    try:
        with ThreadPoolExecutor(2) as pool:
            for _ in range(50):
                step = model.step_of(clock.now())
                codes = [
                    model.compute(s.seed, s.device, s.locator, step, n)
                    for s in seeds
                    for n in range(10)
                ]
                shown.update(codes)
                for outcomes in pool.map(lambda till, c=codes: run(door, till, c), tills):
                    paid += sum(isinstance(each, Made) for each in outcomes)
                    spent += sum(isinstance(each, MandateSpent) for each in outcomes)
                clock.advance(timedelta(seconds=10))
    finally:
        door.database.clock = standing
    assert len(shown) >= 9_990
    assert (paid, spent) == (len(shown), 20_000 - len(shown)), "digits pay once, whenever they come"
    assert sum(house.balance(person) for person in payers) == 20 * 1_000 - len(shown)


def test_digits_that_come_again_another_day_pay_no_second_time(door, house):
    till, payer = house.person("Till", kind=Kind.MERCHANT), house.person("Payer", minor=1_000)
    with door.database.transaction() as tx:
        seed = actions.enrol(tx, payer.party, phone_of(tx, payer.party), CEILING, "CNY")
    code, *steps = repeated(seed)
    standing = door.database.clock
    try:
        outcomes = []
        for step in steps:
            door.database.clock = ManualClock(model.begins_at(step))
            outcomes += run(door, till, [code])
    finally:
        door.database.clock = standing
    assert [type(each) for each in outcomes] == [Made, MandateSpent]
    assert house.balance(payer) == 999


def repeated(seed: Seed) -> tuple[str, int, int]:
    """A code, and the two steps that a device shows it in: it does so within a few days."""
    first: dict[str, int] = {}
    step = model.step_of(datetime(2026, 3, 1, 13, tzinfo=UTC))
    while True:
        code = model.compute(seed.seed, seed.device, seed.locator, step)
        if (before := first.setdefault(code, step)) != step:
            return code, before, step
        step += 1


def run(door: Door, till: Person, codes: list[str], currency: str = "CNY"):
    # Whoever comes second waits for the first to commit, on however slow a machine.
    with door.database.transaction(timeout_ms=30_000) as tx:
        return charge(tx, [Charge(till.party, code, 1, currency) for code in codes])
