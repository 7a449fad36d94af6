"""Money in purses + in transit + in the queue = the bank's, whatever becomes of its files."""

from __future__ import annotations

import random
import secrets
from pathlib import Path

import pytest
from tests.stories.bank.conftest import FRIEND, Town, number_of

from sycee.core.parties import forgetting, parties, vault
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.parties.personal import sources
from sycee.kit.errors import Refusal
from sycee.products.wallet.bank import desk
from sycee.products.wallet.bank.actions import queue
from sycee.products.wallet.bank.folders import Folders
from sycee.products.wallet.bank.model import BankFileKnown
from sycee.runtime.db import Database

STEPS = 150


class Walk:
    """A town whose postman loses, delays, doubles and reorders what the bank writes."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.dice = town, random.Random(seed)
        self.people = [town.party(f"P{n}") for n in range(4)]
        self.references: list[str] = []
        self.payments: list[str] = []
        self.bag: list[bytes] = []
        self.lost: list[bytes] = []
        self.taken = self.left = 0
        for person in self.people:
            self.references.append(town.ask(person, 5_000).reference)
            town.bank.pay_in(town.number, 5_000, reference=self.references[-1])

    def step(self) -> None:
        often = (self.pay_in, self.withdraw, self.bank, self.deliver, self.deliver)
        seldom = (self.ask, self.trouble, self.come_back, self.state, self.operate, self.leave)
        act = self.dice.choice((*often, *often, *seldom))
        act()
        self.collect()

    def ask(self) -> None:
        minor = self.dice.randint(1, 9_999)
        self.references.append(self.town.ask(self.dice.choice(self.people), minor).reference)

    def pay_in(self) -> None:
        reference = self.dice.choice([*self.references, None, "RF18000000000000"])
        sender = self.dice.choice((FRIEND, None))
        minor = self.dice.randint(1, 9_999)
        self.town.bank.pay_in(self.town.number, minor, reference=reference, sender=sender)

    def withdraw(self) -> None:
        number = self.dice.choice((FRIEND, number_of(77)))
        try:
            id_ = self.town.withdraw(
                self.dice.choice(self.people), self.dice.randint(1, 999), number
            )
            self.payments.append(id_.hex)
        except Refusal:
            return

    def leave(self) -> None:
        """Somebody takes all out and closes, and may be forgotten: what comes back is the queue's.

        No slice is asked here what is open, so also what is on its way must find its end.
        """
        place = self.dice.randrange(len(self.people))
        who, town = self.people[place], self.town
        if minor := town.purse(who):
            self.payments.append(town.withdraw(who, minor).hex)
        with town.database.transaction() as tx:
            parties.close(tx, who)
        if self.dice.random() < 0.5:
            forgetting.forget(town.database, town.keyring, who)
        self.left += 1
        self.people[place] = town.party(f"Q{self.left}")

    def bank(self) -> None:
        self.town.work()
        if self.dice.random() < 0.3:
            self.town.bank._read.clear()  # it finds every payment file a second time
        self.town.bank.step()

    def trouble(self) -> None:
        what = self.dice.choice(("reject", "delay", "charge"))
        if what == "charge":
            self.town.bank.charge(self.town.number, self.dice.randint(1, 99), "charge")
        else:
            on = what == "reject" or self.town.books.wished("delay") is None
            self.town.books.wish(what, "AC04" if on else None)

    def come_back(self) -> None:
        booked = [row[0] for row in self.town.books.orders("booked") if row[2] > 1]
        if booked:
            self.town.bank.give_back(self.dice.choice(booked), kept_minor=self.dice.choice((0, 1)))

    def state(self) -> None:
        self.town.bank.state()

    def operate(self) -> None:
        for line in self.town.queue()[:1]:
            by = self.town.operator
            try:
                if not line.incoming:
                    self.town.do("own", queue.own, queue.Own(line.id, by))
                elif self.dice.random() < 0.5:
                    person = self.dice.choice(self.people)
                    self.town.do("assign", queue.assign, queue.Assign(line.id, person, by))
                else:
                    desk.send_back(self.town.database, by, secrets.token_hex(8), line.id).unwrap()
            except Refusal:
                continue

    def collect(self) -> None:
        """The postman empties the folder: some letters fall out of the bag, for a while."""
        for path in self.town.where.waiting():
            (self.lost if self.dice.random() < 0.2 else self.bag).append(path.read_bytes())
            path.unlink()

    def deliver(self) -> None:
        self.dice.shuffle(self.bag)
        for _ in range(min(len(self.bag), self.dice.randint(1, 4))):
            content = self.bag.pop()
            self.taken += 1
            self.town.take(content)
            if self.dice.random() < 0.3:
                with pytest.raises(BankFileKnown):
                    self.town.take(content)
            if self.dice.random() < 0.3:
                self.repeat(content)

    def repeat(self, content: bytes) -> None:
        """The bank says the same again in another letter."""
        said = self.town.take(content.replace(b"<MsgId>SBX", b"<MsgId>TBX", 1))
        assert (said.lines, said.accepted, said.rejected) == (0, 0, 0)

    def check(self) -> None:
        town = self.town
        purses = sum(town.purse(person) for person in self.people)
        kept = sum(map(town.house, ("bank-transit", "bank-unmatched", "capital")))
        assert purses + kept == town.in_bank()
        with town.database.read() as tx:
            rows = tx.conn.execute(
                "SELECT split_part(entry, '|', 2) FROM bank.line WHERE entry LIKE 'bank|%'"
            ).fetchall()
        known = {row[0] for row in rows}
        unseen = town.books._db.execute("SELECT ref, incoming, minor FROM entry").fetchall()
        late = sum(m if inc else -m for ref, inc, m in unseen if ref not in known)
        assert town.in_bank() + late == town.books.balance(town.number)

    def finish(self) -> None:
        """The post arrives after all; then everything stands still, and agrees."""
        self.town.books.wish("delay", None)
        self.town.books.wish("reject", None)
        for _ in range(4):
            self.town.work()
            self.town.bank.step()
            self.state()
            self.collect()
            self.bag += self.lost
            self.lost = []
            while self.bag:
                self.deliver()
                self.check()


def test_no_unit_is_lost_or_made_whatever_happens_to_the_banks_files(
    database: Database, keys_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources._Desk, "sources", ())  # or who has a withdrawal could not leave
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    keys = Database(keys_url, size=2)
    town = Town(database, Keyring(keys, Master(secrets.token_bytes(32))), Folders.under(tmp_path))
    walk = Walk(town, seed)
    for _ in range(STEPS):
        walk.step()
        walk.check()
    walk.leave()
    walk.finish()
    assert town.house("bank-transit") == 0
    assert town.in_bank() == town.books.balance(town.number)
    verdict = town.examine()
    assert verdict.ok, [finding for finding in verdict.checks if not finding.ok]
    assert walk.taken > STEPS // 4
    assert walk.payments
    keys.close()
    vault.use(None)
