"""The town's life: one deed after another, at the pace that the console sets."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import httpx2

from sycee.doors.cli import town
from sycee.doors.cli.demo.people import DemoError, Person
from sycee.doors.cli.living import deeds, neighbours, orders
from sycee.doors.cli.living.cast import Cast, PayIn, chance
from sycee.doors.cli.living.evening import Evening
from sycee.doors.cli.town import Credential
from sycee.runtime import telemetry

DEEDS: tuple[tuple[Callable[[Cast], str], int], ...] = (
    (deeds.buy, 26),
    (deeds.show_code, 12),
    (deeds.send, 12),
    (deeds.ask, 10),
    (orders.order, 12),
    (orders.carry_on, 22),
    (deeds.give, 2),
    (deeds.give_back, 2),
    (deeds.earn, 8),
)
"""What happens, and how often, of a hundred or so."""

LOOK_SECONDS = 2.0
"""How often the pace is read."""

AWAY_SECONDS = 3.0
"""How long it waits after a call that had no answer."""


@contextlib.contextmanager
def cast_of(
    address: str, residents: dict[str, Credential], living: list[Credential], pay_in: PayIn
) -> Iterator[Cast]:
    """The people of a running town, each with a connection of their own."""
    with contextlib.ExitStack() as stack:

        def person(credential: Credential) -> Person:
            one = Person(address, credential)
            stack.callback(one.close)
            return one

        shops = [person(residents[handle]) for handle in town.SHOPS]
        yield Cast(
            neighbours=[person(each) for each in living],
            shops=shops,
            tipped=shops[town.SHOPS.index(town.TEAHOUSE)],
            mediator=person(residents[town.MEDIATOR]),
            visitors=[person(residents[each]) for each in town.VISITORS if each in residents],
            pay_in=pay_in,
        )


def live(address: str, home: Path, pay_in: PayIn, stop: Event) -> None:
    """Run the town until `stop`, against the server at an address, at the pace it names.

    A server that is away is waited for. A stop comes between two calls: each call is whole, so
    nothing is left half done.
    """
    residents, living = town.credentials(home), neighbours.load(home)
    needed = {town.OPERATOR, town.MEDIATOR, *town.SHOPS}
    if not living or not needed <= residents.keys() or residents.keys().isdisjoint(town.VISITORS):
        return  # no town was made, or those who were forgotten left too few
    hall = Person(address, residents[town.OPERATOR])
    with (
        contextlib.closing(hall),
        cast_of(address, residents, living, pay_in) as cast,
        contextlib.closing(Night(cast)) as night,
    ):
        while not stop.is_set():
            try:
                _while_paced(hall, cast, night, stop)
            except (httpx2.TransportError, DemoError):  # away, or too busy to tell the pace
                stop.wait(AWAY_SECONDS)


class Night:
    """The New Year's Eve beside the deeds: it begins and ends as the house says."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._thread: Thread | None = None
        self._over = Event()

    def tend(self, on: bool) -> None:
        """Let an evening begin that is not on, or end the one that is."""
        if not on:
            self._over.set()
        elif self._thread is None or not self._thread.is_alive():
            self._over = Event()
            self._thread = Thread(target=self._celebrate, args=(self._over,), daemon=True)
            self._thread.start()

    def _celebrate(self, over: Event) -> None:
        evening = Evening(self._cast.neighbours, visitors=self._cast.visitors)
        evening.hold(over)
        for what in ("envelopes", "shares", "too late"):
            done = self._cast.counts.get(what, 0) + evening.tally[what]
            self._cast.counts[what] = done

    def close(self) -> None:
        """End it, and wait until everybody has gone home."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()


def _while_paced(hall: Person, cast: Cast, night: Night, stop: Event) -> None:
    """Deeds a random while apart, with the pace as their mean; none at pace 0."""
    due: float | None = None
    paced = -1
    while not stop.is_set():
        pace = hall.get("/v1/demo/pace")["per_minute"]
        night.tend(hall.get("/v1/demo/eve")["on"])
        now = time.monotonic()
        if pace != paced:
            due, paced = (None if pace == 0 else now + _gap(pace)), pace
        until = now + LOOK_SECONDS
        while due is not None and due < until and not stop.wait(max(0.0, due - time.monotonic())):
            act(cast)
            due = max(due, time.monotonic() - LOOK_SECONDS) + _gap(pace)
        stop.wait(max(0.0, until - time.monotonic()))


def _gap(pace: int) -> float:
    return chance.expovariate(pace / 60)


def act(cast: Cast) -> str:
    """One deed; what it was, or `refused`."""
    (deed,) = chance.choices([each for each, _ in DEEDS], [weight for _, weight in DEEDS])
    try:
        done = deed(cast)
    except DemoError as error:
        done = "refused"
        telemetry.log(action=deed.__name__).debug("living.refused", exc_info=error)
    cast.counts[done] = cast.counts.get(done, 0) + 1
    return done
