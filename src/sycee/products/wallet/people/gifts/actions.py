"""The verbs on gifts: send, open, decline, take back, expire."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts
from sycee.core.ledger import model as ledger
from sycee.core.ledger.post import post_all
from sycee.core.ledger.refusals import FloorReached
from sycee.core.parties import parties
from sycee.core.parties.model import Kind, Purse
from sycee.core.policy import ceilings
from sycee.core.policy.check import check_one, give_back
from sycee.core.policy.model import Grade, Initiator, Operation, Request
from sycee.core.tender import mandates
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import public, token
from sycee.kit.money import check_amount, check_currency
from sycee.products.wallet.model import (
    PRODUCT,
    InsufficientFunds,
    PayeeCannotReceive,
    PayeeUnknown,
    TransferToSelf,
)
from sycee.products.wallet.people import memorows, memos
from sycee.products.wallet.people.contacts import store as contacts
from sycee.products.wallet.people.gifts import model, store
from sycee.products.wallet.people.gifts.model import Card, Gift, State, Why
from sycee.runtime.db import Tx


class Send(msgspec.Struct, frozen=True):
    """Give money to `recipient`, or without one to whoever opens the link first.

    `mandate` is the sender's approval, made out to the recipient; for a link to the operator, who
    keeps the pot. `fingerprint` is that of the message.
    """

    sender: UUID
    recipient: UUID | None
    amount_minor: int
    currency: str
    card: Card = Card.PLAIN
    expires_at: datetime | None = None
    fingerprint: str | None = None
    mandate: UUID | None = None
    touchless: bool = False


class Open(msgspec.Struct, frozen=True):
    """Open a gift: by its id what was sent to oneself, or by a link's token."""

    by: UUID
    gift: UUID | None = None
    token: str | None = None


class Turn(msgspec.Struct, frozen=True):
    """Decline a gift, or take it back."""

    by: UUID
    gift: UUID


class GiftState(msgspec.Struct, frozen=True):
    """The answer of a write: the gift and its state; `token` is the link's, told to its sender.

    `transfer` is the posting that ended it, `why` the reason for which it went back.
    """

    id: str
    state: State
    amount_minor: int
    currency: str
    card: Card
    expires_at: datetime
    token: str | None = None
    transfer: str | None = None
    why: Why | None = None


def send(tx: Tx, command: Send, *, sealed: bytes | None) -> GiftState:
    """Put money into a gift's pot.

    Refuses `Invalid`, `TransferToSelf`; the sender's standing; `PayeeUnknown`,
    `PayeeCannotReceive`; `GiftsTooMany`; `ProductSuspended`, `LimitReached`, `ApprovalNeeded`; the
    mandate's; `InsufficientFunds`.
    """
    check_amount(command.amount_minor)
    check_currency(command.currency)
    expires_at = model.expiry(tx.now, command.expires_at)
    purse = parties.active_purse(tx, command.sender, command.currency)
    touched = (purse.account, *_recipient(tx, command))
    if store.count_waiting(tx, command.sender) >= model.WAITING_MAX:
        raise model.GiftsTooMany(limit=model.WAITING_MAX)
    check_one(tx, _sending(command, purse, touched))
    id_ = tx.new_id()
    _consume(tx, command, id_)
    link = None if command.recipient is not None else token()
    gift = Gift(
        id=id_,
        sender=command.sender,
        recipient=command.recipient,
        digest=None if link is None else digest(link),
        amount_minor=command.amount_minor,
        currency=command.currency,
        card=command.card,
        memo=sealed is not None,
        state=State.WAITING,
        claimed_by=None,
        created_at=tx.now,
        expires_at=expires_at,
        ended_at=None,
        account=purse.account,
        why=None,
        transfer=None,
    )
    accounts.open(tx, [ledger.NewAccount(id_, None, "gift", command.currency)])
    try:
        _post(tx, gift, purse.account, id_, model.SEND)
    except FloorReached as refusal:
        raise InsufficientFunds(max(0, refusal.available_minor)) from None
    store.insert(tx, gift)
    memos.keep(tx, id_, command.sender, command.recipient, sealed)
    append(tx, [_entry(gift, command.sender, "gift.sent")])
    return _result(gift, link)


def open_(tx: Tx, command: Open) -> GiftState:
    """Take the money of a gift. Whoever has opened it is told so again.

    Refuses `NotFound`, `GiftIsOwn`, `GiftNotWaiting`; the opener's standing; `ProductSuspended`,
    `LimitReached`; `CeilingReached`, with which the gift goes on waiting.
    """
    key = None if command.token is None else digest(command.token)
    id_ = command.gift if key is None else store.linked(tx, key)
    gift = None if id_ is None else store.lock(tx, id_)
    if gift is not None and gift.claimed_by == command.by:
        return _result(gift)
    refusal = model.check_open(gift, command.by, key, tx.now)
    if gift is None or refusal is not None:
        raise refusal or NotFound(noun="gift", id="")
    purse = parties.active_purse(tx, command.by, gift.currency)
    if purse.kind is not Kind.PERSON:
        raise PayeeCannotReceive(payee=public("par", command.by))
    check_one(tx, _asked(gift, purse, Operation.CREDIT, model.OPEN))
    ceilings.hold(tx, gift.currency, lambda: [purse], beside=[gift.id])
    transfer = _post(tx, gift, gift.id, purse.account, model.OPEN)
    done = model.claimed(gift, command.by, transfer, tx.now)
    store.end(tx, done)
    if gift.memo:
        memorows.address(tx, gift.id, command.by)
    append(tx, [_entry(done, command.by, "gift.opened")])
    return _result(done)


def decline(tx: Tx, command: Turn) -> GiftState:
    """The recipient does not want it: it goes back.

    Refuses `NotFound`, `GiftNotWaiting`; `ProductSuspended`, and `LimitReached` by a rule that
    bounds whatever is done.
    """
    gift = _locked(tx, command.gift)
    if gift.recipient != command.by:
        raise _unknown(gift.id)
    if refusal := model.check_waiting(gift, tx.now):
        raise refusal
    return _give_back(tx, gift, Why.DECLINED, command.by)


def take_back(tx: Tx, command: Turn) -> GiftState:
    """The sender changes their mind before it is opened; so too while it has yet to go back.

    Refuses as `decline`.
    """
    gift = _locked(tx, command.gift)
    if gift.sender != command.by:
        raise _unknown(gift.id)
    if gift.state is not State.WAITING and (refusal := model.check_waiting(gift, tx.now)):
        raise refusal
    return _give_back(tx, gift, Why.TAKEN_BACK, command.by)


def expire(tx: Tx, id_: UUID) -> GiftState:
    """Send back a gift whose time is over; the sweep's verb, and again changes nothing.

    Refuses `NotFound`, `ProductSuspended`, `LimitReached`.
    """
    gift = _locked(tx, id_)
    if gift.state is not State.WAITING or tx.now < gift.expires_at:
        return _result(gift)
    return _give_back(tx, gift, Why.EXPIRED, None)


def digest(link: str) -> bytes:
    """What is kept of a link's token."""
    return sha256(link.encode()).digest()


def _locked(tx: Tx, id_: UUID) -> Gift:
    gift = store.lock(tx, id_)
    if gift is None:
        raise _unknown(id_)
    return gift


def _unknown(id_: UUID) -> NotFound:
    return NotFound(noun="gift", id=public(model.NOUN, id_))


def _give_back(tx: Tx, gift: Gift, why: Why, by: UUID | None) -> GiftState:
    purse = parties.purse(tx, [gift.sender], gift.currency)[gift.sender]
    if isinstance(purse, Refusal):
        raise purse
    check_one(tx, _asked(gift, purse, Operation.REFUND, model.RETURN, house=by is None))
    sent = _asked(gift, purse, Operation.TRANSFER, model.SEND)
    give_back(tx, [sent], gift.created_at, graded=False)
    ceilings.let_back(tx, gift.currency, lambda: [purse], beside=[gift.id])
    transfer = _post(tx, gift, gift.id, gift.account, model.RETURN)
    done = model.returned(gift, why, transfer, tx.now)
    store.end(tx, done)
    append(tx, [_entry(done, by, "gift.returned")])
    return _result(done)


def _recipient(tx: Tx, command: Send) -> tuple[UUID, ...]:
    """The account that the gift is for, where it names somebody who may be given one."""
    if command.recipient is None:
        return ()
    if command.recipient == command.sender:
        raise TransferToSelf(party=public("par", command.sender))
    found = parties.purse(tx, [command.recipient], command.currency)[command.recipient]
    if isinstance(found, NotFound):
        raise PayeeUnknown(payee=public("par", command.recipient))
    blocked = contacts.blockers(tx, [command.recipient], command.sender)
    if not isinstance(found, Purse) or found.refusal or found.kind is not Kind.PERSON or blocked:
        raise PayeeCannotReceive(payee=public("par", command.recipient))
    return (found.account,)


def _sending(command: Send, purse: Purse, touched: tuple[UUID, ...]) -> Request:
    return Request(
        product=PRODUCT,
        operation=Operation.TRANSFER,
        party=command.sender,
        jurisdiction=purse.jurisdiction,
        amount_minor=command.amount_minor,
        currency=command.currency,
        tier=purse.tier,
        code=model.SEND,
        zone=purse.zone,
        accounts=touched,
        grade=Grade.PLAIN if command.touchless else Grade.SIGNED,
        touchless=command.touchless,
    )


def _asked(
    gift: Gift, purse: Purse, operation: Operation, code: str, *, house: bool = False
) -> Request:
    return Request(
        product=PRODUCT,
        operation=operation,
        party=purse.party,
        jurisdiction=purse.jurisdiction,
        amount_minor=gift.amount_minor,
        currency=gift.currency,
        tier=purse.tier,
        code=code,
        zone=purse.zone,
        accounts=(purse.account,),
        channel="job" if house else "api",
        initiator=Initiator.HOUSE if house else Initiator.CUSTOMER,
        begun_at=gift.created_at,
    )


def _consume(tx: Tx, command: Send, gift: UUID) -> None:
    """Spend the approval, if one was brought."""
    if command.mandate is None:
        return
    payee = command.recipient or parties.operator(tx)
    if payee is None:
        raise NotFound(noun="party", id="")
    minor, currency, by = command.amount_minor, command.currency, command.sender
    mandates.consume(tx, command.mandate, payee, minor, currency, subject=gift, by=by)


def _post(tx: Tx, gift: Gift, debit: UUID, credit: UUID, code: str) -> UUID:
    id_ = tx.new_id()
    post_all(tx, [ledger.Transfer(id_, debit, credit, gift.amount_minor, code, subject=gift.id)])
    return id_


def _entry(gift: Gift, by: UUID | None, verb: str) -> Entry:
    body: dict[str, int | str] = {
        "gift": gift.public,
        "sender": public("par", gift.sender),
        "amount_minor": gift.amount_minor,
        "currency": gift.currency,
    }
    taker = gift.claimed_by or gift.recipient
    if taker is not None:
        body["recipient"] = public("par", taker)
    if gift.why is not None:
        body["why"] = str(gift.why)
    sides = (gift.sender,) if taker is None else (gift.sender, taker)
    return Entry(by, verb, gift.id, sides, "gift", dict(body))


def _result(gift: Gift, link: str | None = None) -> GiftState:
    return GiftState(
        id=gift.public,
        state=gift.state,
        amount_minor=gift.amount_minor,
        currency=gift.currency,
        card=gift.card,
        expires_at=gift.expires_at,
        token=link,
        transfer=None if gift.transfer is None else public("tfr", gift.transfer),
        why=gift.why,
    )
