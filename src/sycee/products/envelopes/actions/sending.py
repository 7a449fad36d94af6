"""Sending an envelope, and ending one whose time is over."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts
from sycee.core.ledger.model import NewAccount, Sweep, Transfer
from sycee.core.ledger.post import post_all
from sycee.core.ledger.refusals import FloorReached
from sycee.core.parties import parties
from sycee.core.parties.model import Purse
from sycee.core.policy import ceilings
from sycee.core.policy.check import check_one, give_back
from sycee.core.policy.model import Grade, Initiator, Operation, Request
from sycee.core.tender import mandates
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public, token
from sycee.products.envelopes.model import envelope as rules
from sycee.products.envelopes.model import shares
from sycee.products.envelopes.model.crew import NOUN as GROUP
from sycee.products.envelopes.model.envelope import (
    PRODUCT,
    Envelope,
    Greeting,
    SenderLacksFunds,
    State,
)
from sycee.products.envelopes.store import crews
from sycee.products.envelopes.store import envelopes as store
from sycee.runtime.db import Tx

FUND, REFUND = "envelope.fund", "envelope.refund"
COVERS = frozenset({"fortune", "dragon", "lantern", "plum", "plain"})


class Send(msgspec.Struct, frozen=True):
    """Put money into an envelope. `named` are the only ones it is for, or `crew` the group whose
    members are; with neither it is for whoever has the link. `newcomers`: for whoever joins later.

    `mandate` is the sender's approval, made out to the operator, who keeps the pot. `password` is
    what `model.envelope.spoken` made of what was said.
    """

    sender: UUID
    kind: shares.Kind
    amount_minor: int
    currency: str
    count: int
    cover: str = "fortune"
    password: str | None = None
    named: tuple[UUID, ...] = ()
    life_seconds: int = int(rules.LIFE.total_seconds())
    mandate: UUID | None = None
    touchless: bool = False
    crew: UUID | None = None
    newcomers: bool = False
    greeting: Greeting = Greeting.WISH


class Sent(msgspec.Struct, frozen=True):
    """An envelope that was sent: whoever has `token` may open it. `commitment` is in hex."""

    id: str
    token: str
    commitment: str
    expires_at: datetime


class Due(msgspec.Struct, frozen=True):
    """End an envelope if its time is over."""

    envelope: UUID


class Ended(msgspec.Struct, frozen=True):
    """An envelope that was ended, and what went back."""

    id: str
    state: str
    refunded_minor: int


def send(tx: Tx, command: Send) -> Sent:
    """Fund an envelope; its shares are fixed now.

    Raises `Invalid`, `EnvelopeTooLarge`, the sender's standing, `NotFound` for one who is named
    and a group that the sender is not in, the gate's and limits', `ApprovalNeeded`, the mandate's,
    `SenderLacksFunds`.
    """
    rules.check(command.amount_minor, command.currency, command.count, store.bounds(tx))
    _check_named(tx, command)
    purse = parties.active_purse(tx, command.sender, command.currency)
    check_one(tx, _request(command, purse))
    id_ = tx.new_id()
    _consume(tx, command, id_)
    link, envelope = token(), _made(tx, command, purse, id_)
    fixed = shares.split(envelope.seed, command.kind, command.amount_minor, command.count)
    accounts.open(tx, [NewAccount(id_, None, "envelope", command.currency)])
    funding = tx.new_id()
    try:
        post_all(
            tx,
            [Transfer(funding, purse.account, id_, command.amount_minor, FUND, subject=id_)],
        )
    except FloorReached:
        raise SenderLacksFunds(command.amount_minor) from None
    store.insert(tx, envelope, sha256(link.encode()).digest(), fixed)
    body = {
        "envelope": public(rules.NOUN, id_),
        "amount_minor": command.amount_minor,
        "currency": command.currency,
        "shares": command.count,
        "commitment": envelope.commitment.hex(),
    }
    concerned = (command.sender, *command.named)
    append(tx, [Entry(command.sender, "envelope.sent", id_, concerned, "gift", body)])
    return Sent(public(rules.NOUN, id_), link, envelope.commitment.hex(), envelope.expires_at)


def expire(tx: Tx, command: Due) -> Ended:
    """Give back what is left of an envelope whose time is over; again changes nothing.

    Raises `NotFound`, `ProductSuspended`.
    """
    found = store.lock(tx, [command.envelope]).get(command.envelope)
    if found is None:
        raise NotFound(noun="envelope", id=public(rules.NOUN, command.envelope))
    done = rules.expire(found, tx.now)
    if done is None:
        return _ended(found)
    back = _going_back(tx, found, done.refunded_minor)
    check_one(tx, back)
    sent = msgspec.structs.replace(back, operation=Operation.TRANSFER, code=FUND)
    give_back(tx, [sent], found.created_at, graded=False)
    purses = parties.purse(tx, [found.sender], found.currency)
    ceilings.let_back(tx, found.currency, purses.values, beside=[found.id, found.account])
    transfer = tx.new_id()
    post_all(tx, [Sweep(transfer, found.id, found.account, None, REFUND, subject=found.id)])
    store.save(tx, [done])
    body = {
        "envelope": public(rules.NOUN, done.id),
        "refunded_minor": done.refunded_minor,
        "currency": done.currency,
        "seed": done.seed.hex(),
    }
    append(tx, [Entry(None, "envelope.expired", done.id, (done.sender,), "gift", body)])
    return _ended(done)


def _going_back(tx: Tx, envelope: Envelope, minor: int) -> Request:
    """What policy is asked about that which nobody took."""
    sender = parties.get(tx, envelope.sender)
    return Request(
        product=PRODUCT,
        operation=Operation.REFUND,
        party=envelope.sender,
        jurisdiction=sender.jurisdiction,
        amount_minor=minor,
        currency=envelope.currency,
        tier=sender.tier,
        code=REFUND,
        zone=sender.zone,
        channel="job",
        initiator=Initiator.HOUSE,
        accounts=(envelope.account,),
        begun_at=envelope.created_at,
    )


def _ended(envelope: Envelope) -> Ended:
    return Ended(public(rules.NOUN, envelope.id), envelope.state, envelope.refunded_minor)


def _check_named(tx: Tx, command: Send) -> None:
    if command.cover not in COVERS:
        raise Invalid("cover", f"must be one of {', '.join(sorted(COVERS))}")
    named: Sequence[UUID] = command.named
    if len(named) > rules.NAMED_MAX or len(set(named)) != len(named):
        raise Invalid("named", f"must be at most {rules.NAMED_MAX} different people")
    if named and command.count > len(named):
        raise Invalid("shares", "must not be more than the people it is for")
    if command.newcomers and (named or command.crew):
        raise Invalid("newcomers", "cannot be named, or in a group, before they are here")
    if named and command.crew:
        raise Invalid("group", "must not be given together with named")
    for party in set(named) - parties.read(tx, named).keys():
        raise NotFound(noun="party", id=public("par", party))
    if command.crew is not None and not crews.among(tx, [(command.crew, command.sender)]):
        raise NotFound(noun="group", id=public(GROUP, command.crew))


def _request(command: Send, purse: Purse) -> Request:
    return Request(
        product=PRODUCT,
        operation=Operation.TRANSFER,
        party=command.sender,
        jurisdiction=purse.jurisdiction,
        amount_minor=command.amount_minor,
        currency=command.currency,
        tier=purse.tier,
        code=FUND,
        zone=purse.zone,
        accounts=(purse.account,),
        grade=Grade.PLAIN if command.touchless else Grade.SIGNED,
        touchless=command.touchless,
        parts=command.count,
    )


def _consume(tx: Tx, command: Send, envelope: UUID) -> None:
    """Spend the approval, if one was brought."""
    if command.mandate is None:
        return
    keeper = parties.operator(tx)
    if keeper is None:
        raise NotFound(noun="party", id="")
    minor, currency, by = command.amount_minor, command.currency, command.sender
    mandates.consume(tx, command.mandate, keeper, minor, currency, subject=envelope, by=by)


def _made(tx: Tx, command: Send, purse: Purse, id_: UUID) -> Envelope:
    seed, salt = secrets.token_bytes(shares.SEED_BYTES), secrets.token_bytes(16)
    return Envelope(
        id=id_,
        sender=command.sender,
        account=purse.account,
        kind=command.kind,
        currency=command.currency,
        amount_minor=command.amount_minor,
        count=command.count,
        cover=command.cover,
        password=None if command.password is None else rules.digest(salt, command.password),
        salt=salt,
        named=tuple(command.named),
        commitment=shares.commitment(
            seed, id_, command.kind, command.amount_minor, command.currency, command.count
        ),
        seed=seed,
        state=State.OPEN,
        taken=0,
        claimed=0,
        claimed_minor=0,
        refunded_minor=0,
        returned=(),
        created_at=tx.now,
        expires_at=tx.now + timedelta(seconds=command.life_seconds),
        ended_at=None,
        crew=command.crew,
        newcomers=command.newcomers,
        greeting=command.greeting,
    )
