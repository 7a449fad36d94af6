"""Claiming, many at once: the hot verb, made for a lane. A loser costs a look, a winner one row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger.model import Transfer
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
from sycee.products.envelopes.store import claims, crews
from sycee.products.envelopes.store import envelopes as store
from sycee.runtime.db import NIL, Tx

Pair = tuple[UUID, UUID]
"""An envelope, and who wants a share of it."""

Paid = tuple[UUID, UUID, int, int, UUID, datetime]
"""A claim as it is kept: envelope, party, place, amount, transfer, when."""

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
    """A command on its way: the envelope it means, and what came of it."""

    command: Claim
    envelope: UUID
    outcome: Claimed | Refusal | None = None

    @property
    def pair(self) -> Pair:
        return self.envelope, self.command.by


@dataclass(slots=True)
class _Share:
    """A share that was handed out; several wishes where one person asked twice in a batch."""

    pair: Pair
    place: int
    purse: Purse
    wishes: list[_Wish]
    minor: int = 0

    @property
    def envelope(self) -> UUID:
        """Also the account of its pot."""
        return self.pair[0]

    def answer(self, outcome: Claimed | Refusal) -> None:
        for wish in self.wishes:
            wish.outcome = outcome


def claim(tx: Tx, commands: Sequence[Claim]) -> list[Claimed | Refusal]:
    """Take shares, in the order of the commands; one refused costs no other.

    Whoever has a share already gets it told again. Refusals: `EnvelopeUnknown`; the taker's
    standing; `EnvelopeNotForYou`, `EnvelopeForNewcomers`, `EnvelopeExpired`, `PasswordTriesOver`,
    `PasswordWrong`, `EnvelopeEmpty`; the gate's and limits'; the ledger's.
    """
    wishes = _find(tx, commands)
    envelopes = store.lock(tx, list({wish.envelope for wish in wishes}))
    _check_known(wishes, envelopes)
    _tell_again(tx, _standing(wishes), envelopes)
    purses = _find_purses(tx, _standing(wishes), envelopes)
    paid: list[Paid] = []
    for turn in range(ROUNDS):
        if turn and not _reopen(wishes, envelopes):
            break
        shares = _hand_out(tx, _standing(wishes), purses, envelopes)
        paid += _pay(tx, _ask(tx, shares, envelopes), envelopes)
    _save(tx, paid, envelopes)
    return [_outcome(wish) for wish in wishes]


def _standing(wishes: Sequence[_Wish]) -> list[_Wish]:
    return [wish for wish in wishes if wish.outcome is None]


def _outcome(wish: _Wish) -> Claimed | Refusal:
    assert wish.outcome is not None, "a wish is granted or refused"
    return wish.outcome


def _find(tx: Tx, commands: Sequence[Claim]) -> list[_Wish]:
    """Which envelope each means: `NIL`, which is none, by a link that opens nothing for them."""
    digests = [sha256(command.token.encode()).digest() for command in commands]
    found = store.linked(tx, sorted(set(digests)))
    wishes: list[_Wish] = []
    for command, digest in zip(commands, digests, strict=True):
        linked, owner = found.get(digest, (NIL, None))
        mine = linked if owner in (None, command.by) else NIL
        wishes.append(_Wish(command, command.envelope or mine))
    return wishes


def _check_known(wishes: Sequence[_Wish], envelopes: Mapping[UUID, Envelope]) -> None:
    """An id alone opens what is for some people; what is for whoever has the link needs the link.

    One text for all that opens nothing, so that neither ids nor links tell anything.
    """
    for wish in wishes:
        envelope = envelopes.get(wish.envelope)
        by_id = wish.command.envelope is not None
        if envelope is None or (by_id and envelope.crew is None and not envelope.named):
            wish.outcome = EnvelopeUnknown()


def _tell_again(tx: Tx, wishes: Sequence[_Wish], envelopes: Mapping[UUID, Envelope]) -> None:
    """Answer those who have a share already, before anything else is looked at."""
    if not wishes:
        return
    known = claims.claims(tx, [wish.pair for wish in wishes])
    for wish in wishes:
        kept = known.get(wish.pair)
        if kept is not None:
            _, minor, transfer, at = kept
            wish.outcome = _claimed(envelopes[wish.envelope], minor, transfer, at)


def _claimed(envelope: Envelope, minor: int, transfer: UUID, at: datetime) -> Claimed:
    return Claimed(
        public(rules.NOUN, envelope.id), minor, envelope.currency, public("tfr", transfer), at
    )


def _find_purses(
    tx: Tx, wishes: Sequence[_Wish], envelopes: Mapping[UUID, Envelope]
) -> dict[Pair, Purse]:
    """Where the money of each would go; who has no purse, or may start nothing, is refused."""
    by_currency: dict[str, list[_Wish]] = {}
    for wish in wishes:
        by_currency.setdefault(envelopes[wish.envelope].currency, []).append(wish)
    purses: dict[Pair, Purse] = {}
    for currency, group in sorted(by_currency.items()):
        found = parties.purse(tx, {wish.command.by for wish in group}, currency)
        for wish in group:
            purse = found[wish.command.by]
            if isinstance(purse, Purse):
                wish.outcome, purses[wish.pair] = purse.refusal, purse
            else:
                wish.outcome = purse
    return purses


def _hand_out(
    tx: Tx,
    wishes: Sequence[_Wish],
    purses: Mapping[Pair, Purse],
    envelopes: dict[UUID, Envelope],
) -> list[_Share]:
    """Read what the rules need, hand out places, and keep what wrong passwords were said."""
    shares, wrong = _decide(wishes, _takers(tx, wishes, envelopes), purses, envelopes, tx.now)
    if wrong:
        claims.add_tries(tx, wrong)
        heard: Counter[UUID] = Counter()
        for (envelope, _), count in wrong.items():
            heard[envelope] += count
        store.add_wrong(tx, heard)
    return shares


def _takers(tx: Tx, wishes: Sequence[_Wish], envelopes: Mapping[UUID, Envelope]) -> list[Taker]:
    """What the rules ask of each who wants a share, looked up only where an envelope asks it."""
    wanted = [(wish, envelopes[wish.envelope]) for wish in wishes]
    guarded = [wish.pair for wish, envelope in wanted if envelope.password is not None]
    tries = claims.tries(tx, guarded) if guarded else {}
    grouped = {(each.crew, wish.command.by) for wish, each in wanted if each.crew is not None}
    members = crews.among(tx, sorted(grouped)) if grouped else set()
    welcomed = {wish.command.by for wish, envelope in wanted if envelope.newcomers}
    people = parties.read(tx, welcomed) if welcomed else {}
    joined = {id_: party.created_at for id_, party in people.items()}
    return [
        Taker(
            wish.command.by,
            wish.command.password,
            (envelope.crew, wish.command.by) in members,
            tries.get(wish.pair, 0),
            joined.get(wish.command.by),
        )
        for wish, envelope in wanted
    ]


def _decide(
    wishes: Sequence[_Wish],
    takers: Sequence[Taker],
    purses: Mapping[Pair, Purse],
    envelopes: dict[UUID, Envelope],
    now: datetime,
) -> tuple[list[_Share], Counter[Pair]]:
    """Hand out places in order; `envelopes` follow. Returns shares, and wrong passwords by pair."""
    shares: dict[Pair, _Share] = {}
    wrong: Counter[Pair] = Counter()
    for wish, taker in zip(wishes, takers, strict=True):
        pair = wish.pair
        if pair in shares:
            shares[pair].wishes.append(wish)
            continue
        envelope = envelopes[pair[0]]
        if pair in wrong:
            taker = msgspec.structs.replace(taker, tries=taker.tries + wrong[pair])
        wish.outcome = rules.refuse(envelope, taker, now)
        if wish.outcome is None:
            envelopes[pair[0]], place = rules.take(envelope)
            shares[pair] = _Share(pair, place, purses[pair], [wish])
        elif isinstance(wish.outcome, PasswordWrong):
            envelopes[pair[0]] = rules.hear(envelope)
            wrong[pair] += 1
    return list(shares.values()), wrong


def _ask(tx: Tx, shares: Sequence[_Share], envelopes: dict[UUID, Envelope]) -> list[_Share]:
    """How much lies in each share, and whether its taker may have that much: those who may."""
    if not shares:
        return []
    amounts = claims.amounts(tx, [(share.envelope, share.place) for share in shares])
    for share in shares:
        share.minor = amounts[share.envelope, share.place]
    answers = check(tx, [_request(share, envelopes[share.envelope]) for share in shares])
    allowed: list[_Share] = []
    for share, refusal in zip(shares, answers, strict=True):
        if refusal is None:
            allowed.append(share)
        else:
            _refuse(share, refusal, envelopes)
    return allowed


def _request(share: _Share, envelope: Envelope) -> Request:
    return Request(
        product=PRODUCT,
        operation=Operation.CREDIT,
        party=share.purse.party,
        jurisdiction=share.purse.jurisdiction,
        amount_minor=share.minor,
        currency=envelope.currency,
        tier=share.purse.tier,
        code=CODE,
        zone=share.purse.zone,
        accounts=(share.purse.account,),
        begun_at=envelope.created_at,
    )


def _refuse(share: _Share, refusal: Refusal, envelopes: dict[UUID, Envelope]) -> None:
    """Refuse who was handed a share, and put it back for others."""
    share.answer(refusal)
    envelope = share.envelope
    envelopes[envelope] = rules.put_back(envelopes[envelope], share.place)


def _pay(tx: Tx, shares: Sequence[_Share], envelopes: dict[UUID, Envelope]) -> list[Paid]:
    """Pay one transfer a share; returns those that were paid."""
    transfers = [
        Transfer(
            id_, share.envelope, share.purse.account, share.minor, CODE, subject=share.envelope
        )
        for share, id_ in zip(shares, uuid7s(len(shares), tx.now_ms), strict=True)
    ]
    _hold_to_ceilings(tx, shares, envelopes)
    unpaid: list[Request] = []
    paid: list[Paid] = []
    for share, transfer, posted in zip(shares, transfers, post(tx, transfers), strict=True):
        envelope = envelopes[share.envelope]
        if isinstance(posted, Refusal):
            unpaid.append(_request(share, envelope))
            _refuse(share, posted, envelopes)
            continue
        share.answer(_claimed(envelope, share.minor, transfer.id, posted.posted_at))
        paid.append((*share.pair, share.place, share.minor, transfer.id, posted.posted_at))
    take_back(tx, unpaid)
    return paid


def _hold_to_ceilings(tx: Tx, shares: Sequence[_Share], envelopes: Mapping[UUID, Envelope]) -> None:
    by_currency: dict[str, list[Purse]] = {}
    for share in shares:
        by_currency.setdefault(envelopes[share.envelope].currency, []).append(share.purse)
    touched = {id_ for share in shares for id_ in (share.envelope, share.purse.account)}
    for currency, purses in sorted(by_currency.items()):
        ceilings.hold(tx, currency, lambda held=purses: held, beside=touched)


def _reopen(wishes: Sequence[_Wish], envelopes: Mapping[UUID, Envelope]) -> bool:
    """Look again at who was told that nothing is left while one before them could not take theirs.

    Places are handed out in order, so whoever found none stands behind all who had one.
    """
    told = [
        wish
        for wish in wishes
        if isinstance(wish.outcome, EnvelopeEmpty) and envelopes[wish.envelope].left > 0
    ]
    for wish in told:
        wish.outcome = None
    return bool(told)


def _save(tx: Tx, paid: Sequence[Paid], envelopes: dict[UUID, Envelope]) -> None:
    """Keep the claims, and how the envelopes stand; tell the journal."""
    if not paid:
        return
    sums: dict[UUID, list[int]] = {}
    for envelope, _, _, minor, _, _ in paid:
        sums.setdefault(envelope, []).append(minor)
    entries = [_taken(by, minor, envelopes[id_]) for id_, by, _, minor, _, _ in paid]
    for id_, minors in sums.items():
        envelopes[id_] = rules.settle(envelopes[id_], len(minors), sum(minors), tx.now)
        if envelopes[id_].ended_at is not None:
            entries.append(_emptied(envelopes[id_]))
    claims.insert_claims(tx, paid)
    store.save(tx, [envelopes[id_] for id_ in sorted(sums)])
    append(tx, entries)


def _taken(by: UUID, minor: int, envelope: Envelope) -> Entry:
    body = {
        "envelope": public(rules.NOUN, envelope.id),
        "taker": public("par", by),
        "amount_minor": minor,
        "currency": envelope.currency,
    }
    concerned = tuple(dict.fromkeys((by, envelope.sender)))
    return Entry(by, "envelope.claimed", envelope.id, concerned, "gift", body)


def _emptied(envelope: Envelope) -> Entry:
    body = {"envelope": public(rules.NOUN, envelope.id), "seed": envelope.seed.hex()}
    return Entry(None, "envelope.emptied", envelope.id, (envelope.sender,), "gift", body)
