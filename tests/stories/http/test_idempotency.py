"""One key, one outcome: whatever is repeated, whenever, by however many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx2
from tests.stories.http.server import House, code


def at_once(count: int, call: Callable[[], httpx2.Response]) -> list[httpx2.Response]:
    """The answers to a call made by several threads at the same moment."""
    barrier = threading.Barrier(count)
    answers: list[httpx2.Response] = []

    def run() -> None:
        barrier.wait()
        answers.append(call())

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_same_key_and_body_get_the_same_answer_marked_as_a_replay(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    first, again = house.pay(ann, bob, 10, key="k"), house.pay(ann, bob, 10, key="k")
    assert "idempotent-replay" not in first.headers
    assert again.headers["idempotent-replay"] == "true"
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert (house.balance(ann), house.moved(ann)) == (90, 1)


def test_the_same_key_with_another_body_is_refused(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    assert house.pay(ann, bob, 10, key="k").status_code == 200
    refused = house.pay(ann, bob, 11, key="k")
    assert (refused.status_code, code(refused)) == (409, "idempotency-key-reused")
    assert (house.balance(ann), house.moved(ann)) == (90, 1)


def test_the_order_of_fields_in_the_body_does_not_matter(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    house.post(
        "/v1/transfers", ann, {"payee": bob.id, "amount_minor": 1, "currency": "CNY"}, key="k"
    )
    again = house.post(
        "/v1/transfers", ann, {"currency": "CNY", "amount_minor": 1, "payee": bob.id}, key="k"
    )
    assert again.headers["idempotent-replay"] == "true"


def test_a_refused_call_replays_its_refusal_even_after_a_top_up(house: House):
    ann, bob = house.person("Ann", minor=5), house.person("Bob")
    refused = house.pay(ann, bob, 10, key="k")
    house.give(ann.party, 100)
    again = house.pay(ann, bob, 10, key="k")
    assert (again.status_code, code(again)) == (409, "insufficient-funds")
    assert again.headers["idempotent-replay"] == "true"
    assert again.json()["facts"] == refused.json()["facts"]
    assert (house.balance(ann), house.moved(ann)) == (105, 0)
    assert house.pay(ann, bob, 10, key="another").status_code == 200


def test_a_malformed_call_leaves_nothing_on_its_key(house: House):
    ann, bob = house.person("Ann", minor=5), house.person("Bob")
    assert code(house.pay(ann, bob, 0, key="k")) == "malformed-payload"
    assert house.pay(ann, bob, 1, key="k").status_code == 200


def test_keys_of_two_parties_do_not_meet(house: House):
    ann, bob = house.person("Ann", minor=5), house.person("Bob", minor=5)
    assert house.pay(ann, bob, 1, key="k").status_code == 200
    other = house.pay(bob, ann, 2, key="k")
    assert other.status_code == 200
    assert "idempotent-replay" not in other.headers


def test_two_keys_of_one_party_share_its_idempotency_keys(house: House):
    ann, bob = house.person("Ann", minor=5), house.person("Bob")
    first = house.pay(ann, bob, 1, key="k")
    again = house.pay(house.key(ann, "transfers:write"), bob, 1, key="k")
    assert again.headers["idempotent-replay"] == "true"
    assert again.content == first.content


def test_concurrent_twins_move_the_money_once_and_get_one_answer(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    answers = at_once(12, lambda: house.pay(ann, bob, 10, key="k"))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    fresh = [answer for answer in answers if "idempotent-replay" not in answer.headers]
    assert len(fresh) == 1
    assert (house.balance(ann), house.moved(ann)) == (90, 1)


def test_concurrent_rivals_for_one_key_move_the_money_once(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    amounts = iter(range(1, 13))
    lock = threading.Lock()

    def call() -> httpx2.Response:
        with lock:
            minor = next(amounts)
        return house.pay(ann, bob, minor, key="k")

    answers = at_once(12, call)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    assert house.moved(ann) == 1


def test_a_key_of_255_characters_works_and_is_compared_whole(house: House):
    ann, bob = house.person("Ann", minor=100), house.person("Bob")
    for last in "ab":
        answer = house.pay(ann, bob, 1, key="k" * 254 + last)
        assert answer.status_code == 200
        assert "idempotent-replay" not in answer.headers
    assert house.moved(ann) == 2
