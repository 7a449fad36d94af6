"""New Year's Eve: an envelope for four, opened by friends, and checked by whoever doubts it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from sycee.doors.cli import town
from sycee.doors.cli.demo.drawing import Drawing
from sycee.doors.cli.demo.people import DemoError, Person
from sycee.doors.cli.demo.server import serving
from sycee.kit.money import format_major
from sycee.products.envelopes import reading
from sycee.products.envelopes.reading import ProofView
from sycee.runtime.settings import load

FRIENDS = ("ben", "chen", "dora")
LATE = "mei"
AMOUNT_MINOR = 8_888
PLACES = ("Ada", "the envelope", "Ben", "Chen", "Dora")


def envelopes() -> int:
    """Tell a New Year's Eve in the terminal: an envelope is sent, opened, and checked to be fair.

    Uses the server that runs, or starts one for the while.
    """
    settings, console = load(), Console(highlight=False)
    with serving(settings) as address, contextlib.ExitStack() as stack:
        people, handles = {}, (town.BUYER, *FRIENDS, LATE)
        known = town.cast(settings.home, handles)
        for handle in handles:
            people[handle] = Person(address, known[handle])
            stack.callback(people[handle].close)
        _tell(console, people)
    console.print()
    console.rule("Is every unit accounted for?", align="left")
    return subprocess.call([sys.executable, "-m", "sycee", "doctor"])


def _tell(console: Console, people: dict[str, Person]) -> None:
    ada, draw = people[town.BUYER], Drawing(console, PLACES)
    draw.chapter("New Year's Eve")
    asked = {
        "amount_minor": AMOUNT_MINOR,
        "currency": town.CURRENCY,
        "shares": 4,
        "cover": "dragon",
    }
    sent = ada.post("/v1/envelopes", asked)
    draw.step(
        "Ada puts 88.88 into an envelope for four. Its shares are fixed;"
        f" {sent['commitment'][:16]}… is the promise.",
        _balances(people, sent["id"]),
    )
    for handle in FRIENDS:
        share = people[handle].post("/v1/envelope-claims", {"token": sent["token"]})
        amount = format_major(share["amount_minor"], town.CURRENCY)
        draw.step(f"{people[handle].name} opens it: {amount}.", _balances(people, sent["id"]))
    share = ada.post("/v1/envelope-claims", {"token": sent["token"]})
    amount = format_major(share["amount_minor"], town.CURRENCY)
    draw.step(f"Ada opens the last one herself: {amount}.", _balances(people, sent["id"]))
    with contextlib.suppress(DemoError):
        people[LATE].post("/v1/envelope-claims", {"token": sent["token"]})
        raise AssertionError("an empty envelope gave a fifth share")
    console.print()
    late = "Mei is too late; nothing is left, and nothing lost."
    console.print(Text.assemble(("6. ", "bold"), late))
    _check(console, ada, sent["id"])


def _check(console: Console, ada: Person, id_: str) -> None:
    """Who had the best luck, and whether it was luck."""
    seen = ada.get(f"/v1/envelopes/{id_}")
    console.print()
    for share in seen["claims"]:
        amount = format_major(share["amount_minor"], town.CURRENCY)
        best = ("  best luck", "bold red") if share["best"] else ""
        console.print(Text.assemble(f"   {share['name']:<12}{amount:>8}", best))
    told = msgspec.convert(ada.get(f"/v1/envelopes/{id_}/proof"), ProofView)
    verdict = reading.verdict(told)
    if verdict != "fair":
        raise AssertionError(f"the envelope was not fair: {verdict}")
    console.print()
    console.print(
        Text.assemble(
            ("7. ", "bold"),
            "The seed is published now. Computed again from it, every share is the one that was"
            " promised: fair.",
        )
    )


def _balances(people: dict[str, Person], id_: str) -> dict[str, int]:
    """What every place of the drawing holds now."""
    envelope: dict[str, Any] = people[town.BUYER].get(f"/v1/envelopes/{id_}")
    taken = sum(share["amount_minor"] for share in envelope["claims"])
    amounts = (
        people[town.BUYER].balance_minor(),
        envelope["amount_minor"] - taken - envelope["refunded_minor"],
        *(people[handle].balance_minor() for handle in FRIENDS),
    )
    return dict(zip(PLACES, amounts, strict=True))
