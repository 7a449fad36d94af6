"""A house on one database, and friends with wallets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from sycee.core.ledger import accounts, doctor
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, NewParty
from sycee.kit.clock import micros
from sycee.kit.errors import Refusal
from sycee.kit.ids import uuid7
from sycee.products.envelopes import actions, checks
from sycee.products.envelopes.actions import Claim, Claimed, Send, Sent
from sycee.products.envelopes.model import shares
from sycee.products.envelopes.model.envelope import spoken
from sycee.runtime.db import Database
from sycee.runtime.perform import Call, StoredRefusal, perform, perform_one

KEY = b"a key of the house, not in this database"


def said(password: str | None) -> str | None:
    """A password as the door hands it to a verb."""
    return None if password is None else spoken(KEY, password)


class Friends:
    """People in one database, and what they do with envelopes through `perform`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def people(self, count: int, minor: int = 0) -> list[UUID]:
        with self.database.transaction(timeout_ms=30_000) as tx:
            made = [
                parties.create(tx, NewParty(Kind.PERSON, f"Friend {n}")).id for n in range(count)
            ]
            if minor:
                bank = accounts.open_house(tx, "bank", "CNY")
                for id_ in made:
                    purse = parties.account(tx, id_, "wallet", "CNY")
                    deposit = uuid7(micros(tx.now) // 1_000)
                    post_all(tx, [Transfer(deposit, bank, purse, minor, "deposit.demo")])
        return made

    def send(self, sender: UUID, minor: int = 10_000, count: int = 5, **more: Any) -> Sent:
        kind = more.pop("kind", shares.Kind.LUCKY)
        more["password"] = said(more.get("password"))
        command = Send(sender, kind, minor, "CNY", count, **more)
        call = Call(sender, str(uuid7()), "envelope.send", command)
        return perform_one(self.database, call, actions.send).unwrap()

    def claim(
        self,
        by: UUID,
        token: str,
        password: str | None = None,
        key: str | None = None,
        envelope: UUID | None = None,
    ) -> Claimed | Refusal:
        if envelope is None:
            return self.claims([(by, token, password)], key)[0]
        wish = Claim(by, token, said(password), envelope)
        calls = [Call(by, key or str(uuid7()), "envelope.claim", wish)]
        answer = perform(self.database, calls, actions.claim)[0]
        assert not isinstance(answer.refusal, StoredRefusal), "a fresh key"
        return answer.refusal or answer.result

    def claims(
        self, wishes: Sequence[tuple[UUID, str, str | None]], key: str | None = None
    ) -> list[Any]:
        calls = [
            Call(by, key or str(uuid7()), "envelope.claim", Claim(by, token, said(password)))
            for by, token, password in wishes
        ]
        answers = perform(self.database, calls, actions.claim)
        return [answer.refusal or answer.result for answer in answers]

    def balance(self, party: UUID) -> int:
        with self.database.read() as tx:
            return sum(each.balance for each in accounts.owned(tx, [party]))

    def sound(self) -> None:
        """The doctor finds nothing, of the books or of the envelopes."""
        verdict = doctor.examine(self.database, checks.checks)
        assert verdict.ok, verdict


@pytest.fixture
def friends(database: Database) -> Friends:
    return Friends(database)


@pytest.fixture
def slow_friends(manual_database: Database) -> Friends:
    """Friends who live by a clock that a test moves."""
    return Friends(manual_database)
