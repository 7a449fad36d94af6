"""Orders that were really given, replayed: what they stopped, what they spared, when they ended.

A file is a list of steps at their times. A step issues an order (by one person, or with a second
one's approval) or asks: may this happen now, and what are customers told?
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

import msgspec
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.core.policy.check import check
from sycee.core.policy.model import Initiator, LimitReached, Operation, ProductSuspended, Request
from sycee.kit.clock import ManualClock
from sycee.kit.errors import NotFound
from sycee.kit.ids import parse, public, uuid7
from sycee.oversight.regulator.orders import desk, issuing, reading
from sycee.oversight.regulator.orders.document import Document, canonical, signed_text
from sycee.oversight.regulator.orders.issuing import KEY, Decide, Propose, Register
from sycee.runtime.db import Database
from sycee.runtime.scratch import scratch

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """May this happen? `expect` is `open`, `stopped` or `limited`."""

    what: str
    product: str
    operation: Operation
    jurisdiction: str
    expect: str
    amount_minor: int = 10_000
    currency: str = "CNY"
    code: str | None = None
    channel: str = "api"
    tier: str = "standard"
    initiator: Initiator = Initiator.CUSTOMER
    begun_at: datetime | None = None


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens at a time."""

    at: datetime
    name: str | None = None
    order: dict[str, Any] | None = None
    approved: bool = False
    ask: tuple[Ask, ...] = ()
    notice: dict[str, str] = {}


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A historical order: what happened, and where it can be read."""

    title: str
    sources: tuple[str, ...]
    steps: tuple[Step, ...]


class Seen(msgspec.Struct, frozen=True):
    """One thing that was asked, or told: what was expected and what was found."""

    at: datetime
    what: str
    expected: str
    found: str


def names() -> list[str]:
    """The stories that are shipped."""
    folder = files("sycee.oversight.regulator.orders.history")
    return sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".yaml"))


def load(name: str) -> Story:
    """A shipped story. Raises `NotFound`."""
    if name not in names():
        raise NotFound(noun="story", id=name)
    path = files("sycee.oversight.regulator.orders.history") / f"{name}.yaml"
    return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Story)


def read(text: str) -> dict[str, Any]:
    """An order's document from YAML (or JSON, which is YAML), as plain values; or ValueError."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    return found if isinstance(found, dict) else {}


def replay(database: Database, clock: ManualClock, story: Story) -> Iterator[Seen]:
    """Carry a story out on an empty database that lives by `clock`, and tell what was seen."""
    stage = Stage(database, clock, story.steps[0].at)
    for step in story.steps:
        clock.advance(step.at - clock.now())
        if step.order is not None:
            yield stage.issue(step)
        for ask in step.ask:
            yield stage.ask(ask, step.at)
        for language, words in step.notice.items():
            yield stage.told(language, words, step.at)


@contextmanager
def empty_house(server_url: str) -> Iterator[tuple[Database, ManualClock]]:
    """A house for one replay, in a database beside the one of a URL; dropped at the end."""
    clock = ManualClock(BEGINNING)
    with scratch(server_url, "replay") as url, closing(Database(url, clock=clock)) as database:
        yield database, clock


class Stage:
    """The authority with two people, and the ids of the orders by their names."""

    def __init__(self, database: Database, clock: ManualClock, begins: datetime) -> None:
        self.database, self.clock = database, clock
        clock.advance(begins - clock.now())
        self.people = [(Ed25519PrivateKey.generate(), uuid7()) for _ in range(2)]
        self.orders: dict[str, str] = {}
        self.keys: list[UUID] = []
        with database.transaction() as tx:
            new = NewParty(Kind.REGULATOR, "The authority")
            self.party = parties.create(tx, new).id
            for private, credential in self.people:
                raw = base64.b64encode(private.public_key().public_bytes_raw()).decode()
                made = issuing.register(tx, Register(self.party, credential, raw))
                self.keys.append(parse(KEY, made.id))

    def issue(self, step: Step) -> Seen:
        assert step.order is not None
        id_ = public("ord", uuid7())
        self.orders[step.name or id_] = id_
        said = {**step.order, "id": id_}
        said["supersedes"] = [self.orders[name] for name in said.get("supersedes", ())]
        document = msgspec.convert(said, Document)
        text = canonical(document)
        signature = self._signed(0, signed_text(text))
        command = Propose(self.party, self.people[0][1], self.keys[0], signature, document)
        taken = desk.propose(self.database, command).unwrap()
        if step.approved:
            signature = self._signed(1, signed_text(text, "approval"))
            order = document.uuid
            word = Decide(self.party, self.people[1][1], order, self.keys[1], signature)
            taken = desk.approve(self.database, word).unwrap()
        due = document.effective_at is None or document.effective_at <= self.clock.now()
        expected = "in-force" if due else "dated"
        return Seen(step.at, f"{step.name}: {document.effect}", expected, str(taken.state))

    def _signed(self, who: int, text: bytes) -> str:
        return base64.b64encode(self.people[who][0].sign(text)).decode()

    def ask(self, ask: Ask, at: datetime) -> Seen:
        request = Request(
            ask.product,
            ask.operation,
            uuid7(),
            ask.jurisdiction,
            ask.amount_minor,
            ask.currency,
            tier=ask.tier,
            code=ask.code,
            channel=ask.channel,
            initiator=ask.initiator,
            begun_at=ask.begun_at,
        )
        with self.database.transaction() as tx:
            (refusal,) = check(tx, [request])
        kinds = {ProductSuspended: "stopped", LimitReached: "limited", type(None): "open"}
        return Seen(at, ask.what, ask.expect, kinds[type(refusal)])

    def told(self, language: str, words: str, at: datetime) -> Seen:
        with self.database.read() as tx:
            texts = [notice.text for notice in reading.notices(tx, language)]
        found = next((words for text in texts if words in text), "; ".join(texts) or "nothing")
        return Seen(at, f"customers are told ({language})", words or "nothing", found or "nothing")
