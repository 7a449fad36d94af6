"""Giving a device its seed, taking it back, and turning the codes it shows into mandates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts
from sycee.core.parties.identity import devices
from sycee.core.paycodes import model, store
from sycee.core.paycodes.model import PayCodeOffTime, Seed, WrongCodesLimited
from sycee.core.paycodes.safe import Safe, current
from sycee.core.tender import mandates
from sycee.core.tender.actions import WALLET, WalletMissing
from sycee.core.tender.model import PAY_CODE, Mandate, MandateUnknown, id_of
from sycee.kit.errors import NotFound
from sycee.kit.ids import public
from sycee.kit.money import check_amount, check_currency
from sycee.runtime.db import Tx

CROWD_MAX = 16
"""Devices with one locator; a code is tried against each."""

Wrong = MandateUnknown | PayCodeOffTime | WrongCodesLimited | WalletMissing


class Shown(NamedTuple):
    """A code that a payee was shown; `typed` by whoever opened a page of the payee's.

    Strangers must not use up the wrong codes of the payee's own tills, so these are counted apart.
    """

    code: str
    payee: UUID
    typed: bool = False

    @property
    def guesser(self) -> tuple[UUID, bool]:
        """Whose wrong codes it counts among."""
        return self.payee, self.typed


class Drop(msgspec.Struct, frozen=True):
    """Take the seed of one's own device back."""

    party: UUID
    device: UUID


class Dropped(msgspec.Struct, frozen=True):
    """The device's codes are worth nothing from now on."""

    device: str


def enrol(tx: Tx, party: UUID, device: UUID, ceiling_minor: int, currency: str) -> Seed:
    """Give a device a fresh seed; the codes of the one it had are void. Raises `Invalid`."""
    check_amount(ceiling_minor, "ceiling_minor")
    check_currency(currency)
    locator = model.new_locator()
    while store.crowd(tx, locator) >= CROWD_MAX:
        locator = model.new_locator()
    seed = Seed(locator, device, party, model.new_seed(), ceiling_minor, currency, tx.now)
    sealed = current().sealer.seal(device, seed.seed)
    store.save(tx, device, party, locator, sealed, ceiling_minor, currency)
    body = {"device": public("dev", device), "ceiling_minor": ceiling_minor, "currency": currency}
    append(tx, [Entry(party, "paycodes.enrolled", device, (party,), "identity", body)])
    return seed


def drop(tx: Tx, command: Drop) -> Dropped:
    """Take a seed back; raises `NotFound` for a device that has none or is not the party's."""
    if not store.drop(tx, command.device, command.party):
        raise NotFound(noun="device", id=public("dev", command.device))
    name = public("dev", command.device)
    parties = (command.party,)
    append(
        tx,
        [
            Entry(
                *parties, "paycodes.dropped", command.device, parties, "identity", {"device": name}
            )
        ],
    )
    return Dropped(name)


def present(tx: Tx, shown: Sequence[Shown], *, key: bytes = b"") -> list[Wrong | None]:
    """Turn codes that devices computed into mandates, to be read and consumed like any other.

    Call it before `mandates.read` or `consume_all`. None = there is a mandate under this code now,
    or the code is none that a device computes. `key` is the one that `consume_all` gets. Six round
    trips for the whole batch; none where no code is a computed one. Wrong codes are counted for
    each payee.
    """
    asked = [model.parts(each.code) for each in shown]
    if not any(asked):
        return [None] * len(shown)
    safe = current()
    ids = [id_of(each.code, key) for each in shown]
    known = mandates.read(tx, ids)
    seeds = _seeds(tx, safe, {each.locator for each in asked if each is not None})
    step = model.step_of(tx.now)
    outcomes: list[Wrong | None] = []
    admitted: dict[UUID, tuple[Seed, int]] = {}
    for each, parts, id_ in zip(shown, asked, ids, strict=True):
        if parts is None or id_ in known:
            outcomes.append(None)
            continue
        refusal = safe.limited(each.guesser, tx.now)
        found = refusal or _match(seeds.get(parts.locator, []), parts, step)
        if isinstance(found, tuple):
            admitted[id_] = found
            outcomes.append(None)
            continue
        if not isinstance(found, WrongCodesLimited):
            safe.wrong(each.guesser, tx.now)
        outcomes.append(found)
    without = _admit(tx, admitted)
    return [
        without.get(id_) if outcome is None else outcome
        for id_, outcome in zip(ids, outcomes, strict=True)
    ]


def _seeds(tx: Tx, safe: Safe, locators: set[int]) -> dict[int, list[Seed]]:
    """The seeds at locators whose devices are not revoked."""
    rows = store.at(tx, sorted(locators))
    live = devices.standing(tx, [row[1] for row in rows])
    found: dict[int, list[Seed]] = {}
    for locator, device, party, sealed, *rest in rows:
        if device in live:
            seed = safe.sealer.open(device, bytes(sealed))
            found.setdefault(locator, []).append(Seed(locator, device, party, seed, *rest))
    return found


def _match(
    seeds: Sequence[Seed], parts: model.Parts, now: int
) -> tuple[Seed, int] | MandateUnknown | PayCodeOffTime:
    for seed in seeds:
        step = model.find_step(seed, parts, now)
        if step is not None:
            return seed, step
    for seed in seeds:
        off = model.find_off_time(seed, parts, now)
        if off is not None:
            return off
    return MandateUnknown()


def _admit(tx: Tx, found: dict[UUID, tuple[Seed, int]]) -> dict[UUID, WalletMissing]:
    """Make the mandates of checked codes; those whose payer has no such wallet are refused."""
    if not found:
        return {}
    owned = accounts.owned(tx, sorted({seed.party for seed, _ in found.values()}))
    wallets = {
        (one.owner, one.currency): one.id for one in owned if one.code == WALLET and not one.closed
    }
    made: list[Mandate] = []
    without: dict[UUID, WalletMissing] = {}
    for id_, (seed, step) in found.items():
        account = wallets.get((seed.party, seed.currency))
        if account is None:
            without[id_] = WalletMissing(currency=seed.currency)
        else:
            made.append(_mandate(id_, seed, step, account, tx.now))
    mandates.admit(tx, made)
    append(tx, [_entry(one, found[one.id][0]) for one in made])
    return without


def _mandate(id_: UUID, seed: Seed, step: int, account: UUID, now: datetime) -> Mandate:
    return Mandate(
        id=id_,
        kind=PAY_CODE,
        payer=seed.party,
        account=account,
        ceiling_minor=seed.ceiling_minor,
        currency=seed.currency,
        payee=None,
        issued_at=min(model.begins_at(step), now),
        expires_at=model.expires_at(step),
    )


def _entry(mandate: Mandate, seed: Seed) -> Entry:
    body = {"mandate": public("mdt", mandate.id), "device": public("dev", seed.device)}
    parties = (mandate.payer,)
    return Entry(mandate.payer, "mandate.presented", mandate.id, parties, "payment", body)


def seeds_of(tx: Tx, party: UUID) -> list[Seed]:
    """What a party's devices have, without the secrets."""
    return [Seed(row[0], row[1], row[2], b"", *row[4:]) for row in store.of_party(tx, party)]
