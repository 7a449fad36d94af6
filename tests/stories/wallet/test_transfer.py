"""People pay each other from their wallets."""

from __future__ import annotations

import threading

from tests.stories.http.server import House, code

from sycee.core.ledger import accounts
from sycee.core.parties import parties
from sycee.core.parties.model import Kind


def test_a_transfer_moves_the_money_and_both_sides_see_it(house: House):
    ann, bob = house.person("Ann", minor=1_000), house.person("Bob")
    made = house.pay(ann, bob, 300)
    assert made.status_code == 200
    assert sorted(made.json()) == ["amount_minor", "currency", "id", "posted_at", "state"]
    assert (house.balance(ann), house.balance(bob)) == (700, 300)
    for person in (ann, bob):
        seen = house.get(f"/v1/transfers/{made.json()['id']}", person).json()
        assert (seen["payer"], seen["payee"], seen["amount_minor"]) == (ann.id, bob.id, 300)
        assert house.get("/v1/transfers", person).json()["items"] == [seen]


def test_balances_are_read_by_code_and_currency(house: House):
    ann = house.person("Ann", minor=1_000)
    house.give(ann.party, 5, "EUR")
    rows = house.get("/v1/balances", ann).json()
    assert [(row["currency"], row["balance_minor"]) for row in rows] == [("CNY", 1_000), ("EUR", 5)]


def test_a_shop_is_paid_on_its_merchant_account(house: House):
    ann, shop = house.person("Ann", minor=50), house.person("Shop", kind=Kind.MERCHANT)
    assert house.pay(ann, shop, 20).status_code == 200
    (row,) = house.get("/v1/balances", shop).json()
    assert (row["code"], row["balance_minor"]) == ("merchant", 20)


def test_paying_more_than_one_has_is_refused_and_moves_nothing(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    refused = house.pay(ann, bob, 101)
    assert (refused.status_code, code(refused)) == (409, "insufficient-funds")
    assert refused.json()["facts"] == {"available_minor": 100}
    assert (house.balance(ann), house.balance(bob), house.moved(ann)) == (100, 0, 0)


def test_paying_oneself_is_refused(house: House):
    ann = house.person("Ann", minor=100)
    refused = house.pay(ann, ann, 1)
    assert (refused.status_code, code(refused)) == (400, "transfer-to-self")


def test_an_unknown_payee_is_refused(house: House):
    ann = house.person("Ann", minor=100)
    body = {"payee": "par_00000000000000000000000001", "amount_minor": 1, "currency": "CNY"}
    refused = house.post("/v1/transfers", ann, body)
    assert (refused.status_code, code(refused)) == (404, "payee-unknown")


def test_a_restricted_payer_is_told_so_and_a_restricted_payee_is_not_exposed(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob", minor=100)
    with house.database.transaction() as tx:
        parties.restrict(tx, bob.party)
    assert code(house.pay(bob, ann, 1)) == "party-restricted"
    assert code(house.pay(ann, bob, 1)) == "payee-cannot-receive"
    assert (house.balance(ann), house.balance(bob)) == (100, 100)


def test_a_closed_payee_cannot_be_paid(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    with house.database.transaction() as tx:
        parties.close(tx, bob.party)
    assert code(house.pay(ann, bob, 1)) == "payee-cannot-receive"
    assert house.balance(ann) == 100


def test_a_regulator_cannot_be_paid(house: House):
    ann, watch = house.person("Ann", minor=100), house.person("Watch", kind=Kind.REGULATOR)
    assert code(house.pay(ann, watch, 1)) == "payee-cannot-receive"


def test_a_full_payee_does_not_tell_the_payer_how_full(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob", minor=40)
    with house.database.transaction() as tx:
        account = parties.account(tx, bob.party, "wallet", "CNY")
        accounts.bound(tx, account, floor=0, ceiling=50)
    refused = house.pay(ann, bob, 11)
    assert code(refused) == "payee-cannot-receive"
    assert refused.json()["facts"] == {"payee": bob.id}
    assert house.pay(ann, bob, 10).status_code == 200


def test_a_frozen_payer_is_refused_by_name_of_the_own_account(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    with house.database.transaction() as tx:
        accounts.freeze(tx, parties.account(tx, ann.party, "wallet", "CNY"))
    assert code(house.pay(ann, bob, 1)) == "account-frozen"
    assert house.moved(ann) == 0


def test_an_out_ref_is_used_once_by_each_payer(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob", minor=100)
    first = house.pay(ann, bob, 1, out_ref="rent-1")
    again = house.pay(ann, bob, 1, out_ref="rent-1")
    assert (again.status_code, code(again)) == (409, "out-ref-used")
    assert again.json()["facts"]["transfer"] == first.json()["id"]
    assert house.pay(bob, ann, 1, out_ref="rent-1").status_code == 200
    found = house.get("/v1/transfers", ann, out_ref="rent-1").json()["items"]
    assert [row["id"] for row in found] == [first.json()["id"]]


def test_the_out_ref_of_a_refused_transfer_is_free_again(house: House):
    ann, bob = house.person("Ann", minor=10), house.person("Bob")
    assert code(house.pay(ann, bob, 11, out_ref="rent-1")) == "insufficient-funds"
    assert house.pay(ann, bob, 10, out_ref="rent-1").status_code == 200


def test_the_payee_does_not_see_the_payers_out_ref(house: House):
    ann, bob = house.person("Ann", minor=10), house.person("Bob")
    id_ = house.pay(ann, bob, 1, out_ref="rent-1").json()["id"]
    assert house.get(f"/v1/transfers/{id_}", ann).json()["out_ref"] == "rent-1"
    assert house.get(f"/v1/transfers/{id_}", bob).json()["out_ref"] is None


def test_a_stranger_finds_no_transfer_and_no_balance_of_others(house: House):
    ann, bob, eve = house.person("Ann", minor=10), house.person("Bob"), house.person("Eve")
    id_ = house.pay(ann, bob, 1).json()["id"]
    assert code(house.get(f"/v1/transfers/{id_}", eve)) == "not-found"
    assert house.get("/v1/transfers", eve).json()["items"] == []
    (row,) = house.get("/v1/balances", ann).json()
    assert code(house.get("/v1/balances", eve, account=row["account"])) == "not-found"


def test_the_operator_reads_anyones_balances_in_one_snapshot(house: House):
    ann, bob = house.person("Ann", minor=10), house.person("Bob", minor=20)
    operator = house.operator()
    ids = [house.get("/v1/balances", each).json()[0]["account"] for each in (bob, ann)]
    rows = house.get("/v1/balances", operator, account=ids).json()
    assert [row["balance_minor"] for row in rows] == [20, 10]


def test_history_comes_a_page_at_a_time_newest_first(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    made = [house.pay(ann, bob, n).json()["id"] for n in range(1, 6)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for size in (2, 2, 1):
        page = house.get("/v1/transfers", bob, limit=2, **cursor).json()
        assert len(page["items"]) == size
        seen += [row["id"] for row in page["items"]]
        cursor = {"cursor": page["next"]}
    assert page["has_more"] is False
    assert page["next"] is None
    assert sorted(seen) == sorted(made)
    assert len(set(seen)) == 5


def test_many_at_once_conserve_the_total_and_overdraw_nobody(house: House):
    people = [house.person(f"P{n}", minor=20) for n in range(4)]
    statuses: list[int] = []

    def pay_around(place: int) -> None:
        for n in range(15):
            payee = people[(place + 1 + n % 3) % 4]
            statuses.append(house.pay(people[place], payee, 7).status_code)

    threads = [threading.Thread(target=pay_around, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 409}
    assert len(statuses) == 60
    balances = [house.balance(person) for person in people]
    assert sum(balances) == 80
    assert min(balances) >= 0
    assert sum(house.moved(person) for person in people) == statuses.count(200)
