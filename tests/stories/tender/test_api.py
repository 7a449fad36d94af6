"""Pay codes over HTTP."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx2
import pytest
from tests.stories.http.server import House, Person, bearer, code

from sycee.core.tender import mandates
from sycee.core.tender.model import Mandate, Use, is_code
from sycee.kit.ids import uuid7


def issue(house: House, payer: Person, **given: object) -> httpx2.Response:
    body = {"ceiling_minor": 5_000, "currency": "CNY", **given}
    return house.post("/v1/pay-codes", payer, body)


def revoke(house: House, payer: Person, mandate: str) -> httpx2.Response:
    headers = {**bearer(payer), "Idempotency-Key": str(uuid4())}
    return house.client.delete(f"/v1/pay-codes/{mandate}", headers=headers)


def pay(house: House, shown: str, payee: UUID) -> object:
    with house.database.transaction() as tx:
        return mandates.consume_all(tx, [Use(shown, payee, 5_000, "CNY", uuid7())])[0]


def test_a_payer_makes_a_code_that_pays_from_the_wallet(house: House) -> None:
    payer = house.person("Li Lei", minor=10_000)
    answer = issue(house, payer)
    assert answer.status_code == 201
    assert is_code(answer.json()["code"])
    assert answer.json()["id"].startswith("mdt_")
    outcome = pay(house, answer.json()["code"], uuid7())
    assert isinstance(outcome, Mandate)
    assert outcome.payer == payer.party


def test_the_code_is_in_no_table_and_no_journal_row(house: House) -> None:
    payer = house.person("Li Lei", minor=10_000)
    shown = issue(house, payer).json()["code"]
    with house.database.connection() as conn:
        row = conn.execute(
            """
            SELECT (SELECT string_agg(t::text, ' ') FROM tender.mandate t),
                   (SELECT string_agg(t::text, ' ') FROM journal.entry t),
                   (SELECT count(*) FROM runtime.keys)
            """
        ).fetchone()
    assert row is not None
    assert "pay-code" in row[0]
    assert "mandate.issued" in row[1]
    assert shown not in str(row)
    assert row[2] == 0  # no answer is stored on the key


def test_a_code_for_one_payee_is_no_use_to_another(house: House) -> None:
    payer, shop = house.person("Li Lei", minor=10_000), house.person("Tea shop")
    shown = issue(house, payer, payee=shop.id).json()["code"]
    assert not isinstance(pay(house, shown, uuid7()), Mandate)
    assert isinstance(pay(house, shown, shop.party), Mandate)


def test_a_withdrawn_code_is_no_use_and_a_used_one_stays_used(house: House) -> None:
    payer, stranger = house.person("Li Lei", minor=10_000), house.person("Han")
    made = issue(house, payer).json()
    assert code(revoke(house, stranger, made["id"])) == "mandate-unknown"
    assert revoke(house, payer, made["id"]).status_code == 200
    assert not isinstance(pay(house, made["code"], uuid7()), Mandate)
    used = issue(house, payer).json()
    assert isinstance(pay(house, used["code"], uuid7()), Mandate)
    assert code(revoke(house, payer, used["id"])) == "mandate-spent"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"currency": "EUR"}, "wallet-missing"),
        ({"ceiling_minor": 0}, "malformed-payload"),
        ({"ceiling_minor": 1.5}, "malformed-payload"),
        ({"seconds": 301}, "malformed-payload"),
        ({"payee": "par_x"}, "malformed-payload"),
        ({"account": "acc_x"}, "malformed-payload"),
    ],
    ids=str,
)
def test_a_wrong_wish_is_refused(house: House, given: dict[str, object], problem: str) -> None:
    payer = house.person("Li Lei", minor=10_000)
    assert code(issue(house, payer, **given)) == problem


def test_a_key_without_the_scope_makes_no_code(house: House) -> None:
    payer = house.key(house.person("Li Lei", minor=10_000), "accounts:read")
    assert code(issue(house, payer)) == "scope-missing"
