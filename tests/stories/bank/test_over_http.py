"""The whole circle through `/v1`: asked for, paid in, worked by the operator, paid out."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Template
from tests.stories.bank.conftest import FRIEND, number_of
from tests.stories.http.server import House, Person, bearer, code, vaulted

from sycee.doors.bank.books import Books
from sycee.doors.bank.sandbox import Bank
from sycee.products.wallet.bank import jobs as bank_jobs
from sycee.products.wallet.bank.folders import Folders
from sycee.runtime.jobs import Jobs, run_due, run_sweeps
from sycee.runtime.sweeps import Turn

NUMBER = number_of(1)


@pytest.fixture(scope="module")
def house(main_template: Template, keys_template: Template) -> Iterator[House]:
    """A served house with a vault."""
    with vaulted(main_template, keys_template) as house:
        yield house


def send_file(house: House, person: Person, content: bytes, media: str = "application/xml"):
    headers = {
        **bearer(person),
        "Idempotency-Key": secrets.token_hex(8),
        "Content-Type": media,
    }
    return house.client.post("/v1/bank/files", content=content, headers=headers)


class Circle:
    """A sandbox bank beside the served house, and the worker between them."""

    def __init__(self, house: House, where: Folders) -> None:
        self.house, self.books = house, Books(":memory:")
        self.books.open(NUMBER, "EUR", "Sycee", "02")
        self.bank, self.jobs = Bank(self.books, where), Jobs()
        bank_jobs.register(self.jobs, where)

    def turn(self, times: int) -> None:
        for _ in range(times):
            for sweep in self.jobs.sweeps.values():
                sweep.turn = Turn()
            run_sweeps(self.house.database, self.jobs)
            run_due(self.house.database, self.jobs)
            self.bank.step()


def open_account(house: House, operator: Person) -> str:
    body = {"iban": NUMBER, "name": "Sycee", "currency": "EUR", "bic": "SYCEDEFFXXX"}
    opened = house.post("/v1/bank/accounts", operator, body).json()
    assert code(house.post("/v1/bank/accounts", operator, body)) == "bank-account-exists"
    assert house.get("/v1/bank/accounts", operator).json() == [opened]
    return opened["id"]


def pay_in(house: House, circle: Circle, operator: Person, ann: Person) -> None:
    """Ann pays in, and a stranger by mistake."""
    asked = house.post("/v1/top-ups", ann, {"amount_minor": 5_000, "currency": "EUR"}).json()
    assert asked["iban"] == NUMBER
    circle.bank.pay_in(NUMBER, 5_000, reference=asked["reference"])
    circle.bank.pay_in(NUMBER, 70, text="no reference", sender=FRIEND)
    (statement,) = circle.bank.state()
    taken = send_file(house, operator, statement.read_bytes())
    counts = [taken.json()[name] for name in ("lines", "credited", "unmatched", "findings")]
    assert (taken.status_code, counts) == (200, [2, 1, 1, 0])
    assert code(send_file(house, operator, statement.read_bytes())) == "bank-file-known"
    assert house.balance(ann, "EUR") == 5_000
    (view,) = house.get("/v1/top-ups", ann).json()["items"]
    assert (view["state"], view["received_minor"]) == ("credited", 5_000)
    assert house.get(f"/v1/top-ups/{asked['id']}", ann).json() == view


def work_the_queue(house: House, operator: Person) -> None:
    """The operator looks whose money it is, and sends it back."""
    (line,) = house.get("/v1/bank/queue", operator).json()["items"]
    assert (line["reason"], line["has_sender"]) == ("no-reference", True)
    seen = house.post(f"/v1/bank/lines/{line['id']}/sender", operator).json()
    assert (seen["iban"], seen["text"]) == (FRIEND, "no reference")
    gone = house.post(f"/v1/bank/lines/{line['id']}/return", operator)
    assert gone.json()["state"] == "returning"
    assert code(house.post(f"/v1/bank/lines/{line['id']}/own", operator)) == "bank-line-settled"


def withdraw(house: House, ann: Person) -> str:
    """Ann withdraws; a repeated call is the same withdrawal, a mistyped IBAN none."""
    paid = {"amount_minor": 1_200, "currency": "EUR", "iban": FRIEND, "name": "Ann"}
    key = secrets.token_hex(8)
    made = house.post("/v1/withdrawals", ann, paid, key=key).json()
    assert house.post("/v1/withdrawals", ann, paid, key=key).json() == made
    assert house.balance(ann, "EUR") == 3_800
    assert code(house.post("/v1/withdrawals", ann, {**paid, "iban": "DE00 1"})) == "iban-invalid"
    return made["id"]


def test_the_circle_over_http(house: House, tmp_path: Path):
    operator, ann = house.operator(), house.person("Ann")
    account = open_account(house, operator)
    circle = Circle(house, Folders.under(tmp_path))
    pay_in(house, circle, operator, ann)
    work_the_queue(house, operator)
    id_ = withdraw(house, ann)
    circle.turn(3)
    circle.bank.state()
    circle.turn(1)
    view = house.get(f"/v1/withdrawals/{id_}", ann).json()
    assert view["state"] == "booked"
    assert house.get("/v1/withdrawals", ann).json()["items"] == [view]
    rows = house.get(f"/v1/bank/accounts/{account}/statements", operator).json()
    assert [row["closing_minor"] for row in rows] == [5_070, 3_800]
    assert [row["faults"] for row in rows] == [[], []]
    assert circle.books.balance(NUMBER) == 3_800
    circle.books.close()


def test_strangers_see_nothing_and_do_nothing_at_the_operators_desk(house: House):
    ann, bob = house.person("Ann"), house.person("Bob")
    line = "bln_00000000000000000000000001"
    for path in ("/v1/bank/accounts", "/v1/bank/queue"):
        assert code(house.get(path, ann)) == "scope-missing"
    for path in ("assign", "return", "own", "sender"):
        body = {"party": bob.id} if path == "assign" else None
        assert code(house.post(f"/v1/bank/lines/{line}/{path}", ann, body)) == "scope-missing"
    assert code(send_file(house, ann, b"<a/>")) == "scope-missing"
    operator = house.operator()
    body = {"party": bob.id}
    assert code(house.post(f"/v1/bank/lines/{line}/assign", operator, body)) == "not-found"
    assert code(house.post(f"/v1/bank/lines/{line}/assign", operator, {})) == "invalid-field"


def test_a_file_is_taken_as_xml_and_up_to_its_own_limit(house: House):
    operator = house.operator()
    assert code(send_file(house, operator, b"<a/>", "application/json")) == "media-unsupported"
    assert code(send_file(house, operator, b"<a/>")) == "bank-file-unknown-kind"
    assert code(send_file(house, operator, b"<a" + b" " * 2**21)) == "bank-file-unreadable"
    assert code(send_file(house, operator, b" " * (10 * 2**20 + 1))) == "body-too-large"
    big = {"amount_minor": 1, "currency": "E" * 2**21}
    assert code(house.post("/v1/top-ups", operator, big)) == "body-too-large"


def test_a_top_up_and_a_withdrawal_are_their_partys_alone(house: House):
    ann, eve = house.person("Ann"), house.person("Eve")
    refused = house.post("/v1/top-ups", ann, {"amount_minor": 1, "currency": "JPY"})
    assert code(refused) == "bank-account-missing"
    none = "00000000000000000000000001"
    assert code(house.get(f"/v1/top-ups/top_{none}", eve)) == "not-found"
    assert code(house.get(f"/v1/withdrawals/wdr_{none}", eve)) == "not-found"
    assert house.get("/v1/withdrawals", eve).json()["items"] == []
