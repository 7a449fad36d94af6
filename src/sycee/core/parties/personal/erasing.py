"""Erasure: a person is closed and forgotten, unless something of theirs is still open.

One transaction looks, closes the party with its accounts and orders the erasure; then the key is
destroyed. What comes in meanwhile finds a closed account. The books keep their rows and add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from sycee.core.ledger import accounts as ledger
from sycee.core.parties import forgetting, parties, store, vault
from sycee.core.parties.model import HOUSE_KINDS, PartyHasBalance, PartyHasUnfinished
from sycee.core.parties.personal import sources
from sycee.kit.errors import Kind, NotFound, Refusal
from sycee.kit.ids import public
from sycee.runtime.db import Database, Tx
from sycee.runtime.perform import Call, perform_one

TIMEOUT_MS = 5_000


@dataclass(unsafe_hash=True)
class ErasureWaits(Refusal):
    """Something of yours is still open.

    `open` names what: a balance, money that is reserved, a trade, an envelope, a schedule, a
    payment on its way to the bank. Finish or cancel it, take your money out, and ask again. Until
    then what identifies you is needed for exactly that.
    """

    code = "erasure-waits"
    kind = Kind.CONFLICT
    open: tuple[str, ...]


class ErasureNotForHouse(Refusal):
    """The house itself cannot be forgotten.

    An operator's or a regulator's name is public: who watches others is known.
    """

    code = "erasure-not-for-house"
    kind = Kind.FORBIDDEN


class Erase(msgspec.Struct, frozen=True):
    """Forget a person."""

    party: UUID
    by: UUID


class Erased(msgspec.Struct, frozen=True):
    """A person who was forgotten."""

    party: str
    state: str


def erase(database: Database, party: UUID, by: UUID, key: str | None) -> Erased:
    """Close and forget a party. Refuses `ErasureWaits`, `ErasureNotForHouse`, `NotFound`,
    `VaultAbsent`.

    If the process dies before the key is destroyed, the vault is closed for the party already, and
    a sweep destroys it.
    """
    keyring = vault.keys()  # without it nobody is closed whose key would then stay
    call = Call(by, key, "personal.erase", Erase(party, by))
    answer = perform_one(database, call, act, timeout_ms=TIMEOUT_MS)
    answer.unwrap()
    forgetting.finish_erasure(database, keyring, party)
    return Erased(public("par", party), "erased")


def act(tx: Tx, command: Erase) -> Erased:
    """The transaction of `erase`."""
    party = store.lock(tx, command.party)
    if party is None:
        raise NotFound(noun="party", id=public("par", command.party))
    if party.kind in HOUSE_KINDS:
        raise ErasureNotForHouse
    waiting = still_open(tx, command.party)
    if waiting:
        raise ErasureWaits(open=tuple(waiting[: parties.SHOWN_MAX]))
    try:
        parties.close(tx, command.party, actor=command.by)
    except PartyHasBalance as refusal:  # it came in since we looked, and so below
        raise ErasureWaits(open=(f"balance {refusal.account}",)) from refusal
    except PartyHasUnfinished as refusal:
        raise ErasureWaits(open=refusal.open) from refusal
    forgetting.order(tx, command.party, command.by)
    return Erased(party.public_id, "erased")


def still_open(tx: Tx, party: UUID) -> list[str]:
    """What keeps a party from being forgotten, each as `kind id`."""
    mine = [each.account for each in parties.accounts_of(tx, party)]
    found: list[str] = []
    for id_, balance in sorted(ledger.read(tx, mine).items()):
        if balance.balance:
            found.append(f"balance {public('acc', id_)}")
        elif balance.available:
            found.append(f"hold {public('acc', id_)}")
    return [*found, *sources.unfinished(tx, party), *sources.planned(tx, party)]
