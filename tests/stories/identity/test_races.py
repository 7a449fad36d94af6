"""Two at once: each answer counts once, and no race leaves a party locked out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx2
from tests.authenticator import ORIGIN, Authenticator, unb64
from tests.conftest import Template
from tests.stories.http.server import House, serving
from tests.stories.identity.conftest import Door, Phone, cookie_of

from sycee.core.parties.identity import devices, entry, recoveryrows
from sycee.core.parties.identity.entry import Browser
from sycee.core.parties.identity.model import DeviceKind
from sycee.kit.errors import Refusal
from sycee.kit.ids import parse
from sycee.runtime.db import Database

AT_ONCE = 8


def race(work: Callable[[int], Any]) -> list[str]:
    """What became of each of eight that start together: ok, or the refusal's code."""

    def run(n: int) -> str:
        try:
            work(n)
        except Refusal as refusal:
            return refusal.code
        return "ok"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(run, range(AT_ONCE)))


def browser(phone: Phone, credential: dict[str, Any]) -> Browser:
    return Browser(credential, unb64(phone.key.public), DeviceKind.BROWSER)


def test_a_challenge_that_many_answer_at_once_lets_one_in(door: Door):
    li = door.phone().register()
    offer = entry.log_in(door.database)
    answer = browser(li, li.authenticator.get(offer.options))
    told = race(lambda _: entry.logged_in(door.database, offer.challenge.id, answer))
    assert told == ["challenge-unknown"] * (AT_ONCE - 1) + ["ok"]


def test_a_recovery_code_that_many_use_at_once_is_used_once(door: Door, handle):
    li = door.phone().register(handle)
    code, database = li.codes[0], door.database
    offers = [entry.recover(database, handle, code, "192.0.2.9") for _ in range(AT_ONCE)]

    def come_back(n: int) -> None:
        made = Authenticator().register(offers[n].options)
        entry.recovered(database, offers[n].challenge.id, browser(li, made))

    assert race(come_back) == ["ok"] + ["recovery-refused"] * (AT_ONCE - 1)
    assert len(li.send("GET /v1/devices").json()["items"]) == 2


def test_a_handle_that_many_finish_at_once_is_taken_once(door: Door, handle):
    new = entry.NewParty(entry.Kind.PERSON, "Li", handle=handle)
    offers = [entry.register(door.database, new) for _ in range(AT_ONCE)]

    def finish(n: int) -> None:
        phone = door.phone()
        made = phone.authenticator.register(offers[n].options)
        entry.registered(door.database, offers[n].challenge.id, browser(phone, made))

    assert race(finish) == ["ok"] + ["party-handle-taken"] * (AT_ONCE - 1)


def test_of_all_devices_revoked_at_once_one_stays(door: Door):
    li = door.phone().register()
    ids: list[UUID] = [parse("dev", li.device)]
    for _ in range(AT_ONCE - 1):
        asked = li.send("POST /v1/invitations", {}).json()
        path = f"POST /v1/invitations/{asked['invitation']}"
        other = door.phone().make(
            "device-registrations", door.send(path, {"secret": asked["secret"]}).json()
        )
        ids.append(parse("dev", other.device))
    with door.database.transaction() as tx:
        recoveryrows.replace(tx, li.party_id, [])

    def revoke(n: int) -> None:
        with door.database.transaction() as tx:
            devices.revoke(tx, ids[n], owner=li.party_id, actor=li.party_id)

    assert race(revoke) == ["device-last"] + ["ok"] * (AT_ONCE - 1)
    with door.database.read() as tx:
        assert len(devices.live(tx, li.party_id)) == 1


def test_a_wallet_pays_through_a_real_server_by_signed_requests(main_template: Template):
    name, url = main_template.clone()
    database = Database(url)
    with serving(database) as address, httpx2.Client(base_url=address) as client:
        house = House(database, address)
        phone = Authenticator()
        body: dict[str, Any] = {"handle": "li", "display_name": "Li"}
        offer = client.post("/v1/registrations", json=body, headers={"Idempotency-Key": "1"}).json()
        body = {
            "credential": phone.register(offer["options"]),
            "device_key": phone.key.public,
        }
        path = f"/v1/registrations/{offer['challenge']}"
        answer = client.post(path, json=body, headers={"Idempotency-Key": "2"})
        cookie, session = cookie_of(answer), answer.json()["session"]
        shop = house.person("Tea")
        house.give(parse("par", answer.json()["party"]), 500)
        raw = f'{{"payee":"{shop.id}","amount_minor":120,"currency":"CNY"}}'.encode()

        def pay(key: str) -> Any:
            proof = phone.key.proof(
                "POST", "/v1/transfers", raw, session=session, idempotency_key=key
            )
            headers = {
                "Cookie": f"theme=dark; __Host-sycee={cookie}",
                "Origin": ORIGIN,
                "Idempotency-Key": key,
                "Content-Type": "application/json",
                "Sycee-Proof": proof,
            }
            return client.post("/v1/transfers", content=raw, headers=headers)

        first, again, more = pay("a"), pay("a"), pay("b")
        assert [each.status_code for each in (first, again, more)] == [200, 200, 200], first.text
        assert again.headers["idempotent-replay"] == "true"
        assert house.balance(shop) == 240
        house.client.close()
    database.close()
    main_template.drop(name)
