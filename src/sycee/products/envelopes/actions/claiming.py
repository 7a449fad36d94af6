"""Claiming, many at once: the hot verb, made for a lane. A loser costs a look, a winner one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger.model import Item, Transfer
from sycee.core.ledger.post import post
from sycee.core.parties import parties
from sycee.core.parties.model import Purse
from sycee.core.policy import ceilings
from sycee.core.policy.check import check, take_back
from sycee.core.policy.model import Operation, Request
from sycee.kit.errors import Refusal
from sycee.kit.ids import public, uuid7s
from sycee.products.envelopes.model import envelope as rules
from sycee.products.envelopes.model.envelope import (
    PRODUCT,
    Envelope,
    EnvelopeEmpty,
    EnvelopeUnknown,
    PasswordWrong,
    Taker,
)
from sycee.products.envelopes.store import claims as shares
from sycee.products.envelopes.store import crews
from sycee.products.envelopes.store import envelopes as store
from sycee.runtime.db import Tx

CODE = "envelope.claim"
ROUNDS = 4
"""How often a batch hands on what was put back, which a crowd that may take nothing would prolong.
What is left after that is there for who asks again."""


class Claim(msgspec.Struct, frozen=True):
    """Take a share by the envelope's link, or by its id where it is for one's group or names one.

    `password` is what `model.envelope.spoken` made of what was said.
    """

    by: UUID
    token: str = ""
    password: str | None = None
    envelope: UUID | None = None


class Claimed(msgspec.Struct, frozen=True):
    """The share that one has; asked for again, the same. `posted_at` is the ledger's time."""

    envelope: str
    amount_minor: int
    currency: str
    transfer: str
    posted_at: datetime


@dataclass(slots=True)
class _Wish:
    """A command on its way: what is known so far, and what came of it."""

    command: Claim
    envelope: UUID | None = None
    place: int | None = None
    minor: int = 0
    purse: Purse | None = None
    request: Request | None = None
    transfer: UUID | None = None
    outcome: Claimed | Refusal | None = None

    @property
    def pair(self) -> tuple[UUID, UUID]:
        assert self.envelope is not None
        return self.envelope, self.command.by


def claim(tx: Tx, commands: Sequence[Claim]) -> list[Claimed | Refusal]:
    """Take shares, in the order of the commands; one refused costs no other.

    Whoever has a share already gets it told again. Refusals: `EnvelopeUnknown`; the taker's
    standing; `EnvelopeNotForYou`, `EnvelopeForNewcomers`, `EnvelopeExpired`, `PasswordTriesOver`,
    `PasswordWrong`, `EnvelopeEmpty`; the gate's and limits'; the ledger's.
    """
    wishes = [_Wish(command) for command in commands]
    _find(tx, wishes)
    locked = store.lock(tx, sorted({w.envelope for w in wishes if w.envelope is not None}))
    _find_named(wishes, locked)
    _tell_again(tx, _standing(wishes), locked)
    _find_purses(tx, _standing(wishes), locked)
    paid: list[_Wish] = []
    for turn in range(ROUNDS):
        if turn and not _reopen(wishes, locked):
            break
        _decide(tx, _standing(wishes), locked)
        _ask(tx, _standing(wishes), locked)
        paid += _post(tx, _standing(wishes), locked)
    _save(tx, paid, locked)
    return [_outcome(wish) for wish in wishes]


def _standing(wishes: Sequence[_Wish]) -> list[_Wish]:
    return [wish for wish in wishes if wish.outcome is None]


def _heads(wishes: Sequence[_Wish]) -> dict[tuple[UUID, UUID], _Wish]:
    """The first wish of each person for each envelope; its twins share what comes of it."""
    heads: dict[tuple[UUID, UUID], _Wish] = {}
    for wish in wishes:
        heads.setdefault(wish.pair, wish)
    return heads


def _outcome(wish: _Wish) -> Claimed | Refusal:
    assert wish.outcome is not None, "a wish is granted or refused"
    return wish.outcome


def _find(tx: Tx, wishes: Sequence[_Wish]) -> None:
    """Which envelope each wants; one asked for by its id is looked at once it is locked."""
    digests = [sha256(wish.command.token.encode()).digest() for wish in wishes]
    found = store.linked(tx, sorted(set(digests)))
    for wish, digest in zip(wishes, digests, strict=True):
        if wish.command.envelope is not None:
            wish.envelope = wish.command.envelope
            continue
        envelope, owner = found.get(digest, (None, None))
        if envelope is None or owner not in (None, wish.command.by):
            wish.outcome = EnvelopeUnknown()
        else:
            wish.envelope = envelope


def _find_named(wishes: Sequence[_Wish], locked: dict[UUID, Envelope]) -> None:
    """An id alone opens what is for some people; what is for whoever has the link needs the link.

    One text for all that it does not open, so that ids tell nothing.
    """
    for wish in _standing(wishes):
        envelope = locked.get(wish.pair[0])
        if envelope is None or (
            wish.command.envelope is not None and envelope.crew is None and not envelope.named
        ):
            wish.outcome = EnvelopeUnknown()


def _tell_again(tx: Tx, wishes: Sequence[_Wish], locked: dict[UUID, Envelope]) -> None:
    """Answer those who have a share already, before anything else is looked at."""
    if not wishes:
        return
    known = shares.claims(tx, [wish.pair for wish in wishes])
    for wish in wishes:
        claim_ = known.get(wish.pair)
        if claim_ is not None:
            _, minor, transfer, at = claim_
            wish.outcome = _claimed(locked[wish.pair[0]], minor, transfer, at)


def _claimed(envelope: Envelope, minor: int, transfer: UUID, at: datetime) -> Claimed:
    return Claimed(
        public(rules.NOUN, envelope.id), minor, envelope.currency, public("tfr", transfer), at
    )


def _find_purses(tx: Tx, wishes: Sequence[_Wish], locked: dict[UUID, Envelope]) -> None:
    by_currency: dict[str, list[_Wish]] = {}
    for wish in wishes:
        by_currency.setdefault(locked[wish.pair[0]].currency, []).append(wish)
    for currency, group in sorted(by_currency.items()):
        purses = parties.purse(tx, {wish.command.by for wish in group}, currency)
        for wish in group:
            purse = purses[wish.command.by]
            refusal = purse.refusal if isinstance(purse, Purse) else purse
            if isinstance(refusal, Refusal):
                wish.outcome = refusal
            elif isinstance(purse, Purse):
                wish.purse = purse


def _decide(tx: Tx, wishes: Sequence[_Wish], locked: dict[UUID, Envelope]) -> None:
    """Hand out places in order; twins of one person in a batch share one."""
    guarded = [wish for wish in wishes if locked[wish.pair[0]].password is not None]
    tries = shares.tries(tx, [wish.pair for wish in guarded]) if guarded else {}
    inside = _members(tx, wishes, locked)
    welcomed = {wish.command.by for wish in wishes if locked[wish.pair[0]].newcomers}
    people = parties.read(tx, welcomed) if welcomed else {}
    wrong: dict[tuple[UUID, UUID], int] = {}
    places: dict[tuple[UUID, UUID], int] = {}
    for wish in wishes:
        envelope = locked[wish.pair[0]]
        if wish.pair in places:
            wish.place = places[wish.pair]
            continue
        said = tries.get(wish.pair, 0) + wrong.get(wish.pair, 0)
        who = people.get(wish.command.by)
        joined = None if who is None else who.created_at
        taker = Taker(wish.command.by, wish.command.password, wish.pair in inside, said, joined)
        refusal = rules.refuse(envelope, taker, tx.now)
        if isinstance(refusal, PasswordWrong):
            wrong[wish.pair] = wrong.get(wish.pair, 0) + 1
            locked[envelope.id] = rules.hear(envelope)
        if refusal is not None:
            wish.outcome = refusal
            continue
        locked[envelope.id], wish.place = rules.take(envelope)
        places[wish.pair] = wish.place
    if wrong:
        shares.add_tries(tx, wrong)
        heard: dict[UUID, int] = {}
        for (id_, _), count in wrong.items():
            heard[id_] = heard.get(id_, 0) + count
        store.add_wrong(tx, heard)


def _members(
    tx: Tx, wishes: Sequence[_Wish], locked: dict[UUID, Envelope]
) -> set[tuple[UUID, UUID]]:
    """Those wishes whose maker is in the envelope's group, by envelope and party."""
    asked = {
        (crew, wish.command.by)
        for wish in wishes
        if (crew := locked[wish.pair[0]].crew) is not None
    }
    if not asked:
        return set()
    found = crews.among(tx, sorted(asked))
    return {wish.pair for wish in wishes if (locked[wish.pair[0]].crew, wish.command.by) in found}


def _ask(tx: Tx, wishes: Sequence[_Wish], locked: dict[UUID, Envelope]) -> None:
    """How much lies in each share, and whether its taker may have that much."""
    if not wishes:
        return
    places = {(wish.pair[0], wish.place) for wish in wishes if wish.place is not None}
    amounts = shares.amounts(tx, sorted(places))
    for wish in wishes:
        assert wish.place is not None
        assert wish.purse is not None
        wish.minor = amounts[wish.pair[0], wish.place]
        wish.request = _request(wish, wish.purse, locked[wish.pair[0]])
    heads = _heads(wishes)
    answers = check(tx, [wish.request for wish in heads.values() if wish.request is not None])
    refused = {
        pair: answer for pair, answer in zip(heads, answers, strict=True) if answer is not None
    }
    _refuse(wishes, refused, locked)


def _request(wish: _Wish, purse: Purse, envelope: Envelope) -> Request:
    return Request(
        product=PRODUCT,
        operation=Operation.CREDIT,
        party=purse.party,
        jurisdiction=purse.jurisdiction,
        amount_minor=wish.minor,
        currency=envelope.currency,
        tier=purse.tier,
        code=CODE,
        zone=purse.zone,
        accounts=(purse.account,),
        begun_at=envelope.created_at,
    )


def _refuse(
    wishes: Sequence[_Wish],
    refused: dict[tuple[UUID, UUID], Refusal],
    locked: dict[UUID, Envelope],
) -> None:
    """Refuse some, and put their shares back for others, once each."""
    back: set[tuple[UUID, UUID]] = set()
    for wish in wishes:
        refusal = refused.get(wish.pair)
        if refusal is None:
            continue
        wish.outcome = refusal
        if wish.pair not in back:
            assert wish.place is not None
            back.add(wish.pair)
            locked[wish.pair[0]] = rules.put_back(locked[wish.pair[0]], wish.place)


def _post(tx: Tx, wishes: Sequence[_Wish], locked: dict[UUID, Envelope]) -> list[_Wish]:
    """Pay one transfer a person; returns those that were paid."""
    heads = _heads(wishes)
    asked = list(heads.values())
    ids = uuid7s(len(asked), tx.now_ms)
    items: list[Item] = []
    for wish, id_ in zip(asked, ids, strict=True):
        assert wish.purse is not None
        wish.transfer = id_
        pot = wish.pair[0]
        items.append(Transfer(id_, pot, wish.purse.account, wish.minor, CODE, subject=pot))
    _hold_to_ceilings(tx, asked, locked)
    refused: dict[tuple[UUID, UUID], Refusal] = {}
    paid: list[_Wish] = []
    for wish, posted in zip(asked, post(tx, items), strict=True):
        if isinstance(posted, Refusal):
            refused[wish.pair] = posted
            continue
        assert wish.transfer is not None
        envelope = locked[wish.pair[0]]
        wish.outcome = _claimed(envelope, wish.minor, wish.transfer, posted.posted_at)
        paid.append(wish)
    if refused:
        asked_of = (heads[pair].request for pair in refused)
        take_back(tx, [request for request in asked_of if request is not None])
        _refuse(wishes, refused, locked)
    for wish in wishes:
        if wish.outcome is None:
            wish.outcome = heads[wish.pair].outcome
    return paid


def _reopen(wishes: Sequence[_Wish], locked: dict[UUID, Envelope]) -> bool:
    """Look again at who was told that nothing is left while one before them could not take theirs.

    Places are handed out in order, so whoever found none stands behind all who had one.
    """
    told = [
        wish
        for wish in wishes
        if isinstance(wish.outcome, EnvelopeEmpty) and locked[wish.pair[0]].left > 0
    ]
    for wish in told:
        wish.outcome = None
    return bool(told)


def _hold_to_ceilings(tx: Tx, wishes: Sequence[_Wish], locked: dict[UUID, Envelope]) -> None:
    by_currency: dict[str, list[Purse | None]] = {}
    touched = {wish.pair[0] for wish in wishes}
    touched.update(wish.purse.account for wish in wishes if wish.purse is not None)
    for wish in wishes:
        by_currency.setdefault(locked[wish.pair[0]].currency, []).append(wish.purse)
    for currency, purses in sorted(by_currency.items()):
        ceilings.hold(tx, currency, lambda held=purses: held, beside=touched)


def _save(tx: Tx, paid: Sequence[_Wish], locked: dict[UUID, Envelope]) -> None:
    """Keep the claims, and how the envelopes stand; tell the journal."""
    if not paid:
        return
    rows, entries = [], []
    sums: dict[UUID, list[int]] = {}
    for wish in paid:
        assert isinstance(wish.outcome, Claimed)
        assert wish.place is not None
        assert wish.transfer is not None
        id_, by = wish.pair
        rows.append((id_, by, wish.place, wish.minor, wish.transfer, wish.outcome.posted_at))
        sums.setdefault(id_, []).append(wish.minor)
        entries.append(_entry(wish, wish.outcome, locked[id_]))
    for id_, minors in sums.items():
        locked[id_] = rules.settle(locked[id_], len(minors), sum(minors), tx.now)
        if locked[id_].ended_at is not None:
            entries.append(_emptied(locked[id_]))
    shares.insert_claims(tx, rows)
    store.save(tx, [locked[id_] for id_ in sorted(sums)])
    append(tx, entries)


def _entry(wish: _Wish, outcome: Claimed, envelope: Envelope) -> Entry:
    body = {
        "envelope": outcome.envelope,
        "taker": public("par", wish.command.by),
        "amount_minor": outcome.amount_minor,
        "currency": outcome.currency,
    }
    concerned = tuple(dict.fromkeys((wish.command.by, envelope.sender)))
    return Entry(wish.command.by, "envelope.claimed", envelope.id, concerned, "gift", body)


def _emptied(envelope: Envelope) -> Entry:
    body = {"envelope": public(rules.NOUN, envelope.id), "seed": envelope.seed.hex()}
    return Entry(None, "envelope.emptied", envelope.id, (envelope.sender,), "gift", body)
