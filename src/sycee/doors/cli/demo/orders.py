"""Four orders that were really given, told again; and one of today, under load."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from rich.console import Console
from rich.text import Text

from sycee.core.ledger import accounts, doctor
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.doors.cli.servers import servers
from sycee.kit.clock import ManualClock
from sycee.kit.ids import uuid7
from sycee.oversight.regulator.orders import history
from sycee.oversight.regulator.orders.history import Seen, Stage, Step
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import Transfer as Payment
from sycee.runtime.db import Database
from sycee.runtime.perform import Call, perform_one
from sycee.runtime.settings import load

PAYERS = 4
LOOKS = {"open": "green", "in-force": "bold red", "stopped": "red", "limited": "red"}
STOP = {
    "authority": "The authority",
    "legal_basis": "Act 1, section 2",
    "effect": "deny",
    "scope": {"products": ["wallet"], "operations": ["transfer"]},
    "notice": {"en": "Payments between people are suspended. Your money is safe."},
}


def orders(*names: str) -> int:
    """Tell four historical orders in the terminal, each on a database of its own, and one of today.

    Every line is what the gate of this house answered at that moment of the story. In the last
    chapter four people pay as fast as they can while an order is issued, and lifted by two.

    Parameters
    ----------
    names
        Tell these stories only, such as `pboc-2014`.
    """
    console, wrong = Console(highlight=False), 0
    with servers(load()) as found:
        for name in names or history.names():
            wrong += _past(console, found.database_url, name)
        with history.empty_house(found.database_url) as (database, clock):
            wrong += _today(console, database, clock)
    return 1 if wrong else 0


def _past(console: Console, url: str, name: str) -> int:
    story, wrong = history.load(name), 0
    console.print()
    console.rule(Text(story.title, style="bold"), align="left")
    with history.empty_house(url) as (database, clock):
        for seen in history.replay(database, clock, story):
            _line(console, seen)
            wrong += seen.expected != seen.found
    return wrong


def _line(console: Console, seen: Seen) -> None:
    right = seen.expected == seen.found
    mark = ("✓ ", "green") if right else ("✗ ", "bold red")
    look = LOOKS.get(seen.found, "")
    when = f"{seen.at:%d %b %Y %H:%M:%S}  "
    console.print(Text.assemble(mark, (when, "dim"), f"{seen.what}: ", (seen.found, look)))


def _today(console: Console, database: Database, clock: ManualClock) -> int:
    """Payments race an order; what was answered before it counts, and nothing after it."""
    console.print()
    console.rule(
        Text("Today, here: four people pay while an order is issued", "bold"), align="left"
    )
    stage = Stage(database, clock, datetime.now(UTC))
    people = _people(database)
    before, after = Counter[str](), Counter[str]()
    issued, lifted = threading.Event(), threading.Event()
    threads = [
        threading.Thread(target=_pay, args=(database, people, n, issued, lifted, before, after))
        for n in range(PAYERS)
    ]
    for thread in threads:
        thread.start()
    issued.wait(0.5)
    stage.issue(Step(clock.now(), "stop", order=STOP))
    issued.set()  # whatever begins from here on begins after the order was answered
    lifted.wait(0.5)
    lifted.set()
    for thread in threads:
        thread.join()
    lift = {**STOP, "effect": "allow", "scope": {}, "supersedes": ["stop"], "notice": {}}
    stage.issue(Step(clock.now(), "lift", order=lift, approved=True))
    again = _once(database, people[0], people[1])
    rows = (
        (f"{before['paid']} payments were made up to the order.", before["paid"] > 0),
        (f"{after['stopped']} that began after it were refused.", after["stopped"] > 0),
        (f"{after['paid']} that began after it were made.", after["paid"] == 0),
        ("Two people have lifted it, and the next payment is made.", again == "paid"),
        ("Every unit is accounted for.", doctor.examine(database, ()).ok),
    )
    for sentence, right in rows:
        mark = ("✓ ", "green") if right else ("✗ ", "bold red")
        console.print(Text.assemble(mark, sentence))
    return sum(not right for _, right in rows)


def _people(database: Database) -> list[UUID]:
    with database.transaction() as tx:
        parties.create(tx, NewParty(Kind.OPERATOR, "The house"))
        people = [parties.create(tx, NewParty(Kind.PERSON, f"Payer {n}")).id for n in range(PAYERS)]
        bank = accounts.open_house(tx, "bank", "CNY")
        held = [parties.account(tx, each, "wallet", "CNY") for each in people]
        post_all(tx, [Transfer(uuid7(), bank, each, 10**9, "deposit.demo") for each in held])
    return people


def _pay(
    database: Database,
    people: list[UUID],
    number: int,
    issued: threading.Event,
    lifted: threading.Event,
    before: Counter[str],
    after: Counter[str],
) -> None:
    payer, payee = people[number], people[(number + 1) % PAYERS]
    while not lifted.is_set():
        late = issued.is_set()
        done = _once(database, payer, payee)
        (after if late else before)[done] += 1


def _once(database: Database, payer: UUID, payee: UUID) -> str:
    command = Payment(payer, payee, 1, "CNY")
    call = Call(payer, secrets.token_hex(12), "wallet.transfer", command)
    answer = perform_one(database, call, lambda tx, asked: wallet.transfer(tx, [asked])[0])
    return "paid" if answer.refusal is None else "stopped"
