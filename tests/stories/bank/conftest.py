"""A house with a safeguarding account, its vault, and a sandbox bank on two folders."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from stdnum.iso7064 import mod_97_10
from tests.conftest import Template

from sycee.core.ledger import accounts, doctor
from sycee.core.parties import parties, vault
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.parties.model import Kind, NewParty
from sycee.doors.bank.books import Books
from sycee.doors.bank.sandbox import Bank
from sycee.doors.bank.seed import BIC, NAME
from sycee.kit.ids import parse, public
from sycee.kit.money import EXPONENT
from sycee.products.wallet.bank import desk, jobs
from sycee.products.wallet.bank.actions import receiving
from sycee.products.wallet.bank.actions.items import Imported
from sycee.products.wallet.bank.checks import checks
from sycee.products.wallet.bank.folders import Folders
from sycee.products.wallet.bank.model import Account
from sycee.products.wallet.bank.store import lines, payments
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.jobs import Jobs, run_due, run_sweeps
from sycee.runtime.perform import Call, perform_one
from sycee.runtime.sweeps import Turn

CHAIN = "the bank's statements follow each other"
MOVES = "the ledger tells of bank lines and payments what they tell"
CURRENCIES = sorted(code for code, digits in EXPONENT.items() if digits == 2)
FRIEND = "GB33BUKB20201555555555"


def number_of(place: int) -> str:
    """An IBAN of a bank that there is not."""
    body = f"99999999{place:010d}"
    return f"DE{mod_97_10.calc_check_digits(body + '1314')}{body}"


class Town:
    """People, the operator, the bank, and short ways to do and to see things."""

    def __init__(
        self, database: Database, keyring: Keyring, where: Folders, place: int = 0
    ) -> None:
        self.database, self.keyring, self.where = database, keyring, where
        self.currency, self.number = CURRENCIES[place], number_of(place)
        self.sound = True
        self.jobs = Jobs()
        vault.use(keyring)
        jobs.register(self.jobs, where)
        self.books = Books(":memory:")
        self.books.open(self.number, self.currency, NAME)
        self.bank = Bank(self.books, where, database.clock)
        with database.read() as tx:
            seated = parties.operator(tx)
        self.operator = seated or self.party("House", Kind.OPERATOR)
        self.account = self.open()

    def open(self) -> Account:
        command = receiving.OpenAccount(self.number, BIC, NAME, self.currency, self.operator)
        self.do("bank.open-account", receiving.open_account, command)
        with self.database.read() as tx:
            return next(a for a in lines.accounts(tx) if a.number == self.number)

    def party(self, name: str, kind: Kind = Kind.PERSON) -> UUID:
        with self.database.transaction() as tx:
            return parties.create(tx, NewParty(kind, name, jurisdiction="DE")).id

    def do(self, verb: str, action: Any, command: Any, key: str | None = None) -> Any:
        return perform_one(
            self.database, Call(self.operator, key, verb, command), action, timeout_ms=5_000
        ).unwrap()

    def ask(self, party: UUID, minor: int) -> receiving.TopUpAsked:
        return self.do(
            "bank.top-up", receiving.ask_top_up, receiving.AskTopUp(party, minor, self.currency)
        )

    def withdraw(self, party: UUID, minor: int, number: str = FRIEND, name: str = "Ann") -> UUID:
        key = str(uuid4())
        caller = Caller(party, party, frozenset())
        done = desk.withdraw(
            self.database, caller, key, minor, self.currency, number, name
        ).unwrap()
        return parse("wdr", done.id)

    def take(self, content: bytes) -> Imported:
        return desk.take(self.database, content, by=self.operator).unwrap()

    def work(self) -> None:
        """Let the worker look once at everything."""
        for sweep in self.jobs.sweeps.values():
            sweep.turn = Turn()
        run_sweeps(self.database, self.jobs)
        run_due(self.database, self.jobs)

    def circle(self, times: int = 3) -> None:
        """The house and its bank take turns."""
        for _ in range(times):
            self.work()
            self.bank.step()
        self.work()

    def purse(self, party: UUID) -> int:
        with self.database.transaction() as tx:
            account = parties.account(tx, party, "wallet", self.currency)
            return accounts.read(tx, [account])[account].balance

    def house(self, code: str) -> int:
        id_ = accounts.house(code, self.currency)
        with self.database.read() as tx:
            found = accounts.read(tx, [id_])
        return found[id_].balance if found else 0

    def in_bank(self) -> int:
        with self.database.read() as tx:
            return accounts.read(tx, [self.account.id])[self.account.id].balance

    def state(self, id_: UUID) -> str:
        with self.database.transaction() as tx:
            return str(payments.payments(tx, [id_])[id_].state)

    def unwritten(self) -> UUID:
        """The one batch of this account, whose file is from now on as if it were not written."""
        with self.database.transaction() as tx:
            row = tx.conn.execute(
                "UPDATE bank.batch SET written_at = NULL WHERE account = %s RETURNING id",
                (self.account.id,),
            ).fetchone()
        assert row is not None
        return row[0]

    def queue(self) -> list[Any]:
        with self.database.read() as tx:
            rows = lines.unmatched(tx, None, 1_000)
        return [row for row in rows if row.account == self.account.id]

    def rich(self, minor: int, name: str = "Ann") -> UUID:
        """Someone who has paid in."""
        party = self.party(name)
        self.bank.pay_in(self.number, minor, reference=self.ask(party, minor).reference)
        self.work()
        assert self.purse(party) == minor
        return party

    def examine(self) -> doctor.Verdict:
        return doctor.examine(self.database, checks)


@pytest.fixture(scope="module")
def hall(main_template: Template, keys_template: Template) -> Iterator[tuple[Database, Keyring]]:
    """A database and its vault, shared by a file: each story has a currency of its own."""
    (name, url), (keys_name, keys_url) = main_template.clone(), keys_template.clone()
    database, keys = Database(url), Database(keys_url, size=2)
    yield database, Keyring(keys, Master(secrets.token_bytes(32)))
    for each in (database, keys):
        each.close()
    main_template.drop(name)
    keys_template.drop(keys_name)


@pytest.fixture(scope="module")
def places() -> Iterator[int]:
    return iter(range(len(CURRENCIES)))


@pytest.fixture
def town(hall: tuple[Database, Keyring], places: Iterator[int], tmp_path: Path) -> Iterator[Town]:
    """Open for the test; at the end the doctor must find every unit accounted for."""
    town = Town(*hall, Folders.under(tmp_path), next(places))
    yield town
    town.books.close()
    named = (public("bac", town.account.id), town.currency)
    differences = [
        (finding.check, each)
        for finding in town.examine().checks
        for each in finding.differences
        if finding.check != CHAIN
        and (any(name in each.subject for name in named) or finding.check == MOVES)
    ]
    vault.use(None)
    assert (differences == []) == town.sound
