"""The demo town lives by itself, at the pace it is told; every sum holds, and no mess is left."""

from __future__ import annotations

import importlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.stories.http.server import serving

from sycee.core.ledger import doctor
from sycee.core.parties import vault
from sycee.core.parties.identity import demo
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.paycodes import safe
from sycee.core.paycodes.safe import PURPOSE, Safe
from sycee.doors.cli import town
from sycee.doors.cli.demo.people import DemoError, Person
from sycee.doors.cli.doctor import CHECKS
from sycee.doors.cli.living import deeds, evening, life, neighbours, orders
from sycee.doors.cli.living.cast import Cast
from sycee.doors.http import contents, eve, pace
from sycee.products.wallet.shops.codes import stamp
from sycee.products.wallet.shops.codes.stamp import Stamp
from sycee.runtime.db import Database
from sycee.runtime.sealer import KeySealer


@dataclass
class Place:
    """A town that is served, and whoever lives in it."""

    database: Database
    address: str
    home: Path
    hall: Person
    cast: Cast

    def sum(self) -> int:
        """All that ever moved, in minor units: it grows with every payment."""
        return sum(row["debits_minor"] for row in self.hall.get("/v1/trial-balance"))

    def set_pace(self, per_minute: int) -> Any:
        return self.hall.put("/v1/demo/pace", {"per_minute": per_minute})

    def celebrate(self, seconds: int) -> Any:
        return self.hall.put("/v1/demo/eve", {"seconds": seconds})

    def rush(self) -> tuple[int, int]:
        """Envelopes and shares taken, as the screen of the evening has them."""
        sums = self.hall.get("/v1/envelope-rush")["sums"]
        return sum(each["envelopes"] for each in sums), sum(each["claimed"] for each in sums)

    def check(self) -> None:
        """Every balance follows from the transfers, every pot holds what its trade says."""
        extra = [each for name in CHECKS for each in importlib.import_module(name).checks]
        verdict = doctor.examine(self.database, extra)
        assert verdict.ok, [each for each in verdict.checks if not each.ok]


@pytest.fixture
def place(database: Database, keys_url: str, tmp_path: Path) -> Iterator[Place]:
    keys = Database(keys_url, size=2)
    vault.use(Keyring(keys, Master(secrets.token_bytes(32))))
    safe.install(Safe(KeySealer(bytes(32), PURPOSE)))
    stamp.install(Stamp(bytes(32)))
    town.seed(database, tmp_path)
    neighbours.settle(database, tmp_path)
    declared = [*contents.routes(), *demo.routes, *pace.routes, *eve.routes]
    residents = town.credentials(tmp_path)
    living = neighbours.load(tmp_path)
    with (
        serving(database, declared=declared) as address,
        closing(Person(address, residents[town.OPERATOR])) as hall,
        life.cast_of(address, residents, living, lambda amount, reference: None) as cast,
    ):
        yield Place(database, address, tmp_path, hall, cast)
    stamp.install(None)
    safe.install(None)
    vault.use(None)
    keys.close()


def test_the_neighbours_are_made_once_and_nobody_is_offered_to_be_one(place: Place) -> None:
    first = neighbours.load(place.home)
    assert neighbours.settle(place.database, place.home) == first
    offered = {each["name"] for each in place.hall.get("/v1/demo/residents")}
    assert offered.isdisjoint(neighbours.NAMES)
    assert (place.home / "neighbours.json").stat().st_mode & 0o077 == 0


def test_every_deed_of_theirs_is_one_that_the_house_takes(place: Place) -> None:
    wanted = {
        deeds.buy: {"buy"},
        deeds.show_code: {"show a code"},
        deeds.send: {"send"},
        deeds.ask: {"ask", "pay"},
        deeds.give: {"give"},
        deeds.give_back: {"give back"},
        orders.order: {"order"},
        orders.carry_on: {"ship", "confirm"},
    }
    for deed, names in wanted.items():
        done: set[str] = set()
        for _ in range(80):
            did = deed(place.cast)
            done.add(did)
            if names <= done:
                break
            if did == "leave be" and deed is orders.carry_on:
                orders.order(place.cast)  # the one under way is quarrelled over
        assert names <= done, (deed.__name__, done)
    place.check()


def test_a_quarrel_is_ruled_on_only_when_more_than_a_visitor_needs_wait(place: Place) -> None:
    cast = place.cast
    who, shop = cast.neighbours[0], cast.shops[0]
    only = Cast([who], [shop], shop, cast.mediator, cast.visitors, cast.pay_in)
    for _ in range(orders.QUARRELS_MOST + 1):
        assert orders.order(only) == "order"
        mine = who.get("/v1/trades?side=buyer&state=wait-seller-ship&limit=5")["items"]
        shop.post(f"/v1/trades/{mine[0]['id']}/ship", {})
        who.post(f"/v1/trades/{mine[0]['id']}/dispute", {"reason": "damaged"})
    done = [orders.carry_on(only) for _ in range(60)]
    assert done.count("rule") == 1
    assert done.count("give evidence") == 2 * (orders.QUARRELS_MOST + 1)
    assert len(place.hall.get("/v1/disputes")["items"]) == orders.QUARRELS_MOST
    place.check()


def test_the_town_keeps_its_pace_stands_still_at_none_and_stops_whole(place: Place) -> None:
    assert place.hall.get("/v1/demo/pace")["per_minute"] > 0, "it lives until it is told not to"
    with pytest.raises(DemoError):
        place.set_pace(pace.TOWN_PACE_MOST + 1)
    place.set_pace(pace.TOWN_PACE_MOST)
    stop = threading.Event()
    arguments = (place.address, place.home, place.cast.pay_in, stop)
    living = threading.Thread(target=life.live, args=arguments)
    living.start()
    try:
        before, until = place.sum(), time.monotonic() + 20
        while place.sum() < before + 10_000:
            assert time.monotonic() < until, "money moves"
            time.sleep(0.1)
        place.set_pace(0)
        still = at_rest(place.sum, 1)
        place.set_pace(pace.TOWN_PACE_MOST)
        while place.sum() == still:
            time.sleep(0.05)
    finally:
        stop.set()
        living.join(10)
    assert not living.is_alive()
    place.check()
    held = sum(row["balance_minor"] for row in place.hall.get("/v1/trial-balance")
               if row["code"] == "escrow")  # fmt: skip
    trades = place.hall.get("/v1/trades?everyone=true&limit=100")["items"]
    assert held == sum(each["held_minor"] for each in trades)


def at_rest(read: Callable[[], Any], seconds: float) -> Any:
    """What stays the same for so long, waited for: what was begun ends, on a busy machine later."""
    until, seen, since = time.monotonic() + 30, read(), time.monotonic()
    while time.monotonic() < since + seconds:
        assert time.monotonic() < until, f"it does not come to rest: {seen}"
        time.sleep(0.1)
        if (now := read()) != seen:
            seen, since = now, time.monotonic()
    return seen


def check_that_visitors_find_theirs(place: Place) -> None:
    """An evening names the visitors a few times; they find it in their wallet."""
    over = threading.Event()
    gifts = evening.Evening(place.cast.neighbours, visitors=place.cast.visitors)
    asked = {"amount_minor": 300, "shares": 3}
    drawn = (gifts.address(dict(asked), "grp_x") for _ in range(200))
    named = [each for each in drawn if "named" in each[0]]
    assert len(named) == evening.FOR_VISITORS_MOST
    for body, whom in named:
        assert {each.id for each in place.cast.visitors} <= set(body["named"])
        assert whom == set(body["named"]) - {each.id for each in place.cast.visitors}
        assert (body["shares"], body["amount_minor"]) == (len(body["named"]), 100 * body["shares"])
        place.cast.neighbours[0].post("/v1/envelopes", {"currency": "CNY", **body})
    for visitor in place.cast.visitors:
        found = visitor.get("/v1/envelopes?side=waiting&limit=100")["items"]
        assert len(found) >= len(named)
    over.set()
    gifts.hold(over)
    assert gifts.tally.total() == 0, "an evening that is over is quiet"


def test_the_town_celebrates_when_it_is_asked_to_and_the_rush_is_seen(place: Place) -> None:
    place.set_pace(0)
    assert place.hall.get("/v1/demo/eve")["on"] is False
    assert place.rush() == (0, 0)
    stop = threading.Event()
    arguments = (place.address, place.home, place.cast.pay_in, stop)
    living = threading.Thread(target=life.live, args=arguments)
    living.start()
    try:
        begun = place.celebrate(600)
        assert begun["on"]
        host = place.cast.neighbours[0]
        groups, given, until = [], [], time.monotonic() + 60
        while place.rush()[0] < 6 or place.rush()[1] < 15 or not given:
            assert time.monotonic() < until, f"{place.rush()} envelopes and shares, {given}"
            time.sleep(0.1)
            groups = host.get("/v1/groups")
            if groups:
                given = host.get(f"/v1/groups/{groups[0]['id']}/envelopes?limit=20")["items"]
        assert [each["size"] for each in groups] == [len(place.cast.neighbours)]
        waiting = [
            each["id"]
            for visitor in place.cast.visitors
            for each in visitor.get("/v1/envelopes?side=received")["items"]
        ]
        assert waiting == [], "a visitor opens what is theirs by themselves"
        assert place.celebrate(0)["on"] is False
        time.sleep(life.LOOK_SECONDS)
        at_rest(place.rush, 3)
    finally:
        stop.set()
        living.join(20)
    assert not living.is_alive()
    check_that_visitors_find_theirs(place)
    place.check()
