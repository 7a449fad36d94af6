"""Envelopes over HTTP: sent, opened by a link, checked by the terminal without the house."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, housed

from sycee.doors.cli.app import main
from sycee.products.envelopes import soldout
from sycee.products.envelopes.soldout import SoldOut


@pytest.fixture(scope="module")
def house(main_template: Template) -> Iterator[House]:
    with housed(main_template) as house:
        yield house


def test_a_link_is_opened_by_friends_and_the_envelope_is_checked_without_the_house(
    house: House, tmp_path, capsys
):
    ada = house.person("Ada", minor=10_000)
    friends = [house.person(f"Friend {n}") for n in range(4)]
    body = {"amount_minor": 1_000, "currency": "CNY", "shares": 3, "cover": "dragon"}
    sent = house.post("/v1/envelopes", ada, body)
    assert sent.status_code == 201, sent.text
    token, id_ = sent.json()["token"], sent.json()["id"]
    seen = house.get(f"/v1/envelope-links/{token}", friends[0]).json()
    assert (seen["shares"], seen["taken"], seen["mine_minor"], seen["claims"]) == (3, 0, None, [])
    file = tmp_path / "proof.json"
    file.write_bytes(house.client.get(f"/v1/envelopes/{id_}/proof").content)
    assert main(["envelope", "verify", str(file)]) == 2

    answers = [house.post("/v1/envelope-claims", who, {"token": token}) for who in friends]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409]
    assert answers[3].json()["code"] == "envelope-empty"
    assert sum(answer.json()["amount_minor"] for answer in answers[:3]) == 1_000

    file.write_bytes(house.client.get(f"/v1/envelopes/{id_}/proof").content)
    capsys.readouterr()
    assert main(["envelope", "verify", str(file)]) == 0
    assert f"fair: {id_}" in capsys.readouterr().out
    file.write_text(file.read_text().replace('"seed":"', '"seed":"00').replace('00"', '"', 0))
    assert main(["envelope", "verify", str(file)]) == 1

    mine = house.get("/v1/envelopes", ada).json()["items"]
    assert [item["id"] for item in mine] == [id_]
    theirs = house.get("/v1/envelopes", friends[0], side="received").json()["items"]
    assert [claim["best"] for claim in theirs[0]["claims"]].count(True) >= 1
    assert house.get(f"/v1/envelopes/{id_}", friends[3]).status_code == 404


def test_losers_are_refused_from_memory_and_winners_are_told_again(house: House):
    ada, bob, eve = house.person("Ada", minor=100), house.person("Bob"), house.person("Eve")
    body = {"amount_minor": 100, "currency": "CNY", "shares": 1}
    token = house.post("/v1/envelopes", ada, body).json()["token"]
    won = house.post("/v1/envelope-claims", bob, {"token": token}).json()
    memory = SoldOut(house.database)
    memory.learn()
    soldout.use(memory)
    try:
        lost = house.post("/v1/envelope-claims", eve, {"token": token})
        assert (lost.status_code, lost.json()["code"]) == (409, "envelope-empty")
        again = house.post("/v1/envelope-claims", bob, {"token": token})
        assert again.json()["amount_minor"] == won["amount_minor"]
    finally:
        soldout.use(None)
