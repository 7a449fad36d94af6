"""New Year's Eve: people send envelopes to each other, and grab them at the pace of hands."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2

from sycee.doors.cli.demo.people import DemoError, Person
from sycee.doors.cli.living.cast import chance
from sycee.doors.cli.town import CURRENCY
from sycee.kit.money import format_major

COVERS = ("fortune", "dragon", "lantern", "plum")
GREETINGS = ("wish", "fortune", "health", "luck")
EMBLEM = "neighbours"
LUCKY = (88, 168, 288, 520)
AT_ONCE = 6
"""How many envelopes they look at."""

FOR_VISITORS_MOST = 3
"""How many envelopes of an evening name the visitors, who may be away."""

PRESS_SECONDS = 0.45
SEND_SECONDS = (0.6, 1.8)
LOOK_SECONDS = (0.3, 1.6)


@dataclass(frozen=True, slots=True)
class Gift:
    """An envelope that goes round, and who may open it."""

    id: str
    token: str
    whom: frozenset[str]


class Evening:
    """`hosts` send, everyone opens; some envelopes name `visitors`, who open theirs themselves.

    `say` hears a sentence for each envelope. What happened is in `tally`.
    """

    def __init__(
        self,
        hosts: Sequence[Person],
        guests: Sequence[Person] = (),
        visitors: Sequence[Person] = (),
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._hosts, self._everyone = list(hosts), [*hosts, *guests]
        self._visitors, self._say = list(visitors), say
        self._gifts: list[Gift] = []
        self._lock = threading.Lock()
        self._for_visitors = FOR_VISITORS_MOST
        self.tally: Counter[str] = Counter()

    def hold(self, over: threading.Event, seconds: float | None = None) -> None:
        """Celebrate until it is over, or for so long; returns when everybody has gone home."""
        until = None if seconds is None else time.monotonic() + seconds
        going = _Going(over, until)
        group = self._gather()
        with ThreadPoolExecutor(len(self._everyone) + 1) as pool:
            running = [pool.submit(self._open, each, going) for each in self._everyone]
            running.append(pool.submit(self._give, group, going))
            for each in running:
                each.result()

    def _gather(self) -> str | None:
        """The group of all who are there, kept by the first host; None where it cannot be."""
        host, *others = self._everyone
        try:
            mine = [
                each["id"]
                for each in host.get("/v1/groups")
                if each["owner"] == host.id and each["emblem"] == EMBLEM
            ]
            if mine:
                made = host.post(f"/v1/groups/{mine[0]}/invitation")
            else:
                made = host.post("/v1/groups", {"emblem": EMBLEM})
            for each in others:
                each.post("/v1/group-members", {"token": made["token"]})
        except (DemoError, httpx2.TransportError):
            return None
        return made["id"]

    def _give(self, group: str | None, going: _Going) -> None:
        while going.on:
            host, shares = chance.choice(self._hosts), chance.randint(3, 10)
            asked: dict[str, Any] = {
                "amount_minor": shares * chance.choice(LUCKY),
                "currency": CURRENCY,
                "shares": shares,
                "cover": chance.choice(COVERS),
                "greeting": chance.choice(GREETINGS),
            }
            asked, whom = self.address(asked, group)
            try:
                sent = host.post("/v1/envelopes", asked)
            except (DemoError, httpx2.TransportError):
                self.tally["not sent"] += 1
            else:
                self.tally["envelopes"] += 1
                said = format_major(asked["amount_minor"], CURRENCY)
                self._say(f"{host.name} sends {said} for {asked['shares']}")
                with self._lock:
                    self._gifts.append(Gift(sent["id"], sent["token"], whom))
                    del self._gifts[:-AT_ONCE]
            going.wait(chance.uniform(*SEND_SECONDS))

    def address(
        self, asked: dict[str, Any], group: str | None
    ) -> tuple[dict[str, Any], frozenset[str]]:
        """Whom an envelope is for: the group mostly, whoever has the link, or some by name.

        Returns it with its address, and those who may open it here.
        """
        dice = chance.random()
        if self._visitors and self._for_visitors and dice < 0.2:
            self._for_visitors -= 1
            two = [each.id for each in chance.sample(self._everyone, 2)]
            named = [*(each.id for each in self._visitors), *two]
            minor = asked["amount_minor"] // asked["shares"] * len(named)
            made = {**asked, "named": named, "shares": len(named), "amount_minor": minor}
            return made, frozenset(two)
        whom = frozenset(each.id for each in self._everyone)
        if group is not None and dice < 0.75:
            return {**asked, "group": group}, whom
        return asked, whom

    def _open(self, person: Person, going: _Going) -> None:
        """Look for an envelope, press, and see."""
        seen: set[str] = set()
        while going.wait(chance.uniform(*LOOK_SECONDS)):
            with self._lock:
                fresh = [
                    each for each in self._gifts if each.id not in seen and person.id in each.whom
                ]
            if not fresh:
                continue
            gift = chance.choice(fresh)
            seen.add(gift.id)
            try:
                got = _press(person, gift.token)
            except (DemoError, httpx2.TransportError):
                self.tally["too late"] += 1
            else:
                self.tally["shares"] += 1
                self.tally["minor"] += got


class _Going:
    """Whether it still goes on."""

    def __init__(self, over: threading.Event, until: float | None) -> None:
        self._over, self._until = over, until

    @property
    def on(self) -> bool:
        late = self._until is not None and time.monotonic() >= self._until
        return not (late or self._over.is_set())

    def wait(self, seconds: float) -> bool:
        """Wait; whether it goes on after that."""
        self._over.wait(seconds)
        return self.on


def _press(person: Person, token: str) -> int:
    """Open an envelope as a hand does; what was in it. Raises `DemoError` when it is over."""
    view = person.get(f"/v1/envelope-links/{token}")
    if view["state"] != "open" or view["challenge"] is None:
        raise DemoError("it has ended")
    time.sleep(PRESS_SECONDS)
    at = 0
    trace: list[list[int]] = []
    for _ in range(4):
        trace.append([at, 180 + chance.randint(0, 3), 400 + chance.randint(0, 3)])
        at += chance.randint(70, 130)
    shown = {"challenge": view["challenge"], "trace": trace}
    return person.post("/v1/envelope-claims", {"token": token, "gesture": shown})["amount_minor"]
