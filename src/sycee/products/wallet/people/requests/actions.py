"""The verbs on requests: ask, pay (many at once), decline, cancel, remind, expire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import parse, public, token, uuid7
from sycee.kit.money import check_amount, check_currency
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import NOUN as TRANSFER
from sycee.products.wallet.model import PayeeUnknown, Transfer, TransferToSelf
from sycee.products.wallet.people import memorows, memos
from sycee.products.wallet.people.contacts import store as contacts
from sycee.products.wallet.people.requests import model, store
from sycee.products.wallet.people.requests.model import NOUN, PayRequest, State
from sycee.products.wallet.people.splits.settling import settle
from sycee.runtime.db import NIL, Tx


class Ask(msgspec.Struct, frozen=True):
    """Ask `payer` to pay, or without one whoever gets the link."""

    by: UUID
    payer: UUID | None
    amount_minor: int | None
    currency: str
    expires_at: datetime | None
    fingerprint: str | None


class Pay(msgspec.Struct, frozen=True):
    """Pay a request by its id, or a link by its token; the amount where it was left open."""

    by: UUID
    request: UUID | None
    token: str | None
    amount_minor: int | None
    mandate: UUID | None = None
    touchless: bool = False


class Turn(msgspec.Struct, frozen=True):
    """Decline, cancel or remind of a request."""

    by: UUID
    request: UUID


class RequestState(msgspec.Struct, frozen=True):
    """The answer of a write: the request, its state, and the link's token or the transfer."""

    id: str
    state: State
    amount_minor: int | None
    currency: str
    token: str | None = None
    transfer: str | None = None


class _Payment:
    """A command to pay on its way: the request it means (`NIL`: none), and what comes of it."""

    outcome: RequestState | Refusal

    def __init__(self, command: Pay, request: UUID) -> None:
        self.command, self.request = command, request


def ask(tx: Tx, command: Ask, *, sealed: bytes | None) -> RequestState:
    """Ask to be paid.

    Refuses `Invalid`, `PartyRestricted`, `PartyClosed`, `PartyHasNoPurse` of the asker;
    `TransferToSelf`, `PayeeUnknown`, `RequestRefused`; `RequestsTooMany`.
    """
    row = draft(
        tx,
        payee=command.by,
        payer=command.payer,
        amount_minor=command.amount_minor,
        currency=command.currency,
        expires_at=command.expires_at,
        memo=sealed is not None,
    )
    make(tx, [row])
    memos.keep(tx, row.id, row.payee, row.payer, sealed)
    return result(row)


def draft(
    tx: Tx,
    *,
    payee: UUID,
    payer: UUID | None,
    amount_minor: int | None,
    currency: str,
    expires_at: datetime | None,
    memo: bool,
    split: UUID | None = None,
) -> PayRequest:
    """A request to be made."""
    if amount_minor is not None:
        check_amount(amount_minor)
    return PayRequest(
        id=uuid7(),
        payee=payee,
        payer=payer,
        amount_minor=amount_minor,
        currency=check_currency(currency),
        token=token() if payer is None else None,
        split=split,
        memo=memo,
        state=State.OPEN,
        transfer=None,
        paid_by=None,
        paid_minor=None,
        reminders=0,
        reminded_at=None,
        created_at=tx.now,
        expires_at=model.expiry(tx.now, expires_at),
        ended_at=None,
    )


def make(tx: Tx, rows: Sequence[PayRequest]) -> None:
    """Make requests of one asker, all or none. Refuses as `ask`."""
    payee = rows[0].payee
    parties.active_purse(tx, payee, rows[0].currency)
    payers = {row.payer for row in rows if row.payer is not None}
    if payee in payers:
        raise TransferToSelf(party=public("par", payee))
    known = parties.read(tx, payers)
    blocked = contacts.blockers(tx, sorted(payers), payee)
    for payer in sorted(payers):
        if payer not in known or known[payer].refusal is not None:
            raise PayeeUnknown(payee=public("par", payer))
        if payer in blocked:
            raise model.RequestRefused(payer=public("par", payer))
        if store.count_open(tx, payee, payer) >= model.OPEN_TO_ONE_MAX:
            raise model.RequestsTooMany(limit=model.OPEN_TO_ONE_MAX)
    if store.count_open(tx, payee, None) + len(rows) > model.OPEN_MAX:
        raise model.RequestsTooMany(limit=model.OPEN_MAX)
    # Or one of them could be closed meanwhile, and this be asked for nobody, or of nobody.
    parties.stay(tx, [payee, *payers])
    store.insert(tx, rows)
    append(tx, [_entry(row, row.payee, "request.made") for row in rows])


def pay(tx: Tx, commands: Sequence[Pay]) -> list[RequestState | Refusal]:
    """Pay requests, each once: of several that want to pay one, the first does.

    Refusals: `NotFound` for one that is not the payer's, `RequestNotOpen`, `Invalid`,
    `RequestAmountDiffers`; then those of `wallet.transfer`.
    """
    links = store.by_tokens(tx, [c.token for c in commands if c.token is not None])
    payments = [_Payment(c, c.request or links.get(c.token or "", NIL)) for c in commands]
    found = store.lock(tx, [each.request for each in payments])
    rounds: dict[int, list[_Payment]] = {}
    before: Counter[UUID] = Counter()
    for each in payments:
        rounds.setdefault(before[each.request], []).append(each)
        before[each.request] += 1
    for different in rounds.values():
        _round(tx, different, found)
    return [each.outcome for each in payments]


def _round(tx: Tx, payments: Sequence[_Payment], found: dict[UUID, PayRequest]) -> None:
    """Pay requests that differ from each other, and note what became of them in `found`."""
    asked: list[tuple[_Payment, PayRequest, Transfer]] = []
    for each in payments:
        row, by, command = found.get(each.request), each.command.by, each.command
        minor = model.check_payment(row, by, command.token, command.amount_minor, tx.now)
        if isinstance(minor, Refusal):
            each.outcome = minor
        elif row is not None:
            order = Transfer(
                by,
                row.payee,
                minor,
                row.currency,
                mandate=command.mandate,
                touchless=command.touchless,
            )
            asked.append((each, row, order))
    paid: list[Entry] = []
    answers = wallet.transfer(tx, [order for _, _, order in asked])
    for (each, row, order), made in zip(asked, answers, strict=True):
        if isinstance(made, Refusal):
            each.outcome = made
            continue
        transfer = parse(TRANSFER, made.id)
        store.pay(tx, row.id, transfer, order.payer, order.amount_minor)
        if row.memo and row.payer is None:
            memorows.address(tx, row.id, order.payer)
        found[row.id] = msgspec.structs.replace(
            row,
            state=State.PAID,
            transfer=transfer,
            paid_by=order.payer,
            paid_minor=order.amount_minor,
        )
        paid.append(_entry(found[row.id], order.payer, "request.paid", transfer=made.id))
        each.outcome = result(found[row.id])
    append(tx, paid)
    settle(tx, [found[entry.subject].split for entry in paid])


def decline(tx: Tx, command: Turn) -> RequestState:
    """The payer says no. Refuses `NotFound`, `RequestNotOpen`."""
    row = _locked(tx, command.request)
    if row.payer != command.by:
        raise _unknown(command.request)
    return finish(tx, row, State.DECLINED, command.by)


def cancel(tx: Tx, command: Turn) -> RequestState:
    """The asker takes the request back. Refuses `NotFound`, `RequestNotOpen`."""
    row = _locked(tx, command.request)
    if row.payee != command.by:
        raise _unknown(command.request)
    return finish(tx, row, State.CANCELLED, command.by)


def leave(tx: Tx, party: UUID, actor: UUID | None) -> None:
    """End all that a party asks for or is asked for, as it is closed: it cannot be paid any more.

    What it asks for is taken back, and what it is asked for is declined.
    """
    rows = store.lock_open(tx, party)
    for state in (State.CANCELLED, State.DECLINED):
        ended = [row for row in rows if (row.payer == party) is (state is State.DECLINED)]
        store.end(tx, [row.id for row in ended], state)
        append(tx, [_entry(row, actor or party, f"request.{state}") for row in ended])


def expire(tx: Tx, request: UUID) -> RequestState:
    """End a request whose time is over; the sweep's verb. Refuses `RequestNotOpen`."""
    row = _locked(tx, request)
    if row.state is not State.OPEN or row.expires_at > tx.now:
        raise model.RequestNotOpen(request=row.public, state=str(row.state))
    store.end(tx, [row.id], State.EXPIRED)
    append(tx, [_entry(row, None, "request.expired")])
    return result(msgspec.structs.replace(row, state=State.EXPIRED))


def remind(tx: Tx, command: Turn) -> RequestState:
    """Tell the payer again.

    Refuses `NotFound`, `RequestNotOpen`, `ReminderTooSoon`; `RequestRefused` where the payer has
    blocked the asker since.
    """
    row = _locked(tx, command.request)
    if row.payee != command.by:
        raise _unknown(command.request)
    refusal = model.check_reminder(row, tx.now)
    if refusal is not None:
        raise refusal
    for payer in contacts.blockers(tx, [row.payer] if row.payer else [], row.payee):
        raise model.RequestRefused(payer=public("par", payer))
    store.remind(tx, row.id)
    append(tx, [_entry(row, command.by, "request.reminded")])
    return result(row)


def finish(tx: Tx, row: PayRequest, state: State, by: UUID) -> RequestState:
    """End an open, locked request unpaid. Refuses `RequestNotOpen`."""
    refusal = model.check_open(row, tx.now)
    if refusal is not None:
        raise refusal
    store.end(tx, [row.id], state)
    append(tx, [_entry(row, by, f"request.{state}")])
    return result(msgspec.structs.replace(row, state=state))


def result(row: PayRequest) -> RequestState:
    """A request as a write answers it."""
    return RequestState(
        id=row.public,
        state=row.state,
        amount_minor=row.paid_minor or row.amount_minor,
        currency=row.currency,
        token=row.token if row.state is State.OPEN else None,
        transfer=None if row.transfer is None else public(TRANSFER, row.transfer),
    )


def _locked(tx: Tx, id_: UUID) -> PayRequest:
    row = store.lock(tx, [id_]).get(id_)
    if row is None:
        raise _unknown(id_)
    return row


def _unknown(id_: UUID) -> NotFound:
    return NotFound(noun="request", id=public(NOUN, id_))


def _entry(row: PayRequest, actor: UUID | None, verb: str, **more: str) -> Entry:
    sides = dict.fromkeys((row.payee, row.payer or row.paid_by))
    body: dict[str, int | str] = {"request": row.public, "currency": row.currency, **more}
    amount = row.paid_minor or row.amount_minor
    if amount is not None:
        body["amount_minor"] = amount
    return Entry(
        actor=actor,
        verb=verb,
        subject=row.id,
        parties=tuple(side for side in sides if side is not None),
        purpose="payment",
        body=body,
    )
