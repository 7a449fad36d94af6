"""The verb of refunds: policy → lock → decide → post → save → journal."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts
from sycee.core.ledger.model import Reversal
from sycee.core.ledger.post import post_all
from sycee.core.ledger.refusals import FloorReached, LedgerRefusal
from sycee.core.parties import parties
from sycee.core.parties.identity.staff import actions as staff
from sycee.core.parties.identity.staff.model import Working
from sycee.core.parties.model import Purse
from sycee.core.policy import ceilings
from sycee.core.policy.check import check_one, give_back
from sycee.core.policy.model import Operation, Request
from sycee.kit.clock import micros
from sycee.kit.errors import Forbidden, NotFound
from sycee.kit.ids import made_at, public
from sycee.kit.money import check_amount
from sycee.products.wallet import actions as wallet
from sycee.products.wallet import model as transfers
from sycee.products.wallet import store as rows
from sycee.products.wallet.model import PRODUCT, InsufficientFunds, Row, Transfer
from sycee.products.wallet.refunds import model, store
from sycee.products.wallet.refunds.model import CashierLimitReached, Reason, Refund
from sycee.runtime.db import Tx

CODE = "wallet.refund"


class Give(msgspec.Struct, frozen=True):
    """The command: `by` gives back a payment that it got; `device` is where, None for a key."""

    by: UUID
    transfer: UUID
    amount_minor: int
    reason: Reason
    device: UUID | None = None


class Refunded(msgspec.Struct, frozen=True):
    """Money went back. `left_minor` is what could still go back of the payment."""

    id: str
    transfer: str
    amount_minor: int
    tip_minor: int
    currency: str
    left_minor: int
    made_at: datetime


def give(tx: Tx, command: Give) -> Refunded:
    """Give back a payment, or part of it, to whoever made it: never more than was paid.

    Refuses `Invalid`; `NotFound`, and `Forbidden` for the payer itself; `ProductSuspended`,
    `LimitReached`; `RefundExceedsPayment`; `CashierLimitReached`; `InsufficientFunds` and what else
    the ledger says of the payee's own account, `PayeeCannotReceive` for the payer's.
    """
    check_amount(command.amount_minor)
    row = _paid(tx, command)
    purses = parties.purse(tx, [row.payer, row.payee], row.currency)
    payer, payee = _purse(purses[row.payer]), _purse(purses[row.payee])
    check_one(tx, _request(row, payer, payee, command.amount_minor))
    member = staff.working_at(tx, command.by, command.device, lock=True)
    locked = rows.lock(tx, row.id, command.by)
    assert locked is not None, "a transfer that was made stays"
    price, tip = model.parts(locked, command.amount_minor)
    refund = Refund(
        row.payer,
        tx.new_id(),
        row.id,
        row.payee,
        command.amount_minor,
        tip,
        row.currency,
        command.reason,
        command.device,
        tx.now,
    )
    _check_cashier(tx, refund, member)
    _free_limits(tx, refund, row, payer, payee)
    ceilings.let_back(tx, row.currency, lambda: [payer], beside=[payee.account])
    _post(tx, refund, price, payee.account)
    store.insert(tx, refund)
    rows.refund(tx, row, refund.amount_minor)
    left = locked.amount_minor - locked.refunded_minor - refund.amount_minor
    append(tx, [_entry(refund, left)])
    return _result(refund, left)


def _paid(tx: Tx, command: Give) -> Row:
    row = rows.find(tx, command.by, command.transfer)
    if row is None:
        raise NotFound(noun="transfer", id=public(transfers.NOUN, command.transfer))
    if row.payee != command.by:
        raise Forbidden(needs="payee")
    return row


def _purse(found: object) -> Purse:
    assert isinstance(found, Purse), "both sides of a payment have a purse"
    return found


def _request(row: Row, payer: Purse, payee: Purse, amount_minor: int) -> Request:
    return Request(
        product=PRODUCT,
        operation=Operation.REFUND,
        party=row.payee,
        jurisdiction=payee.jurisdiction,
        amount_minor=amount_minor,
        currency=row.currency,
        tier=payee.tier,
        code=CODE,
        zone=payee.zone,
        accounts=(payee.account, payer.account),
        begun_at=row.posted_at,
    )


def _check_cashier(tx: Tx, refund: Refund, member: Working | None) -> None:
    """Whether a cashier's limit of the shop's day has room; the owner and a key have none."""
    if member is None:
        return
    since = member.day_began_at
    first = UUID(int=micros(since) // 1_000 << 80)
    given = store.given_by(tx, refund.payee, member.devices, refund.currency, since, first)
    left = max(0, member.refund_limit(refund.currency) - given)
    if refund.amount_minor > left:
        raise CashierLimitReached(left_minor=left)


def _free_limits(tx: Tx, refund: Refund, row: Row, payer: Purse, payee: Purse) -> None:
    """Give the payer's use of limits back, before any account is locked: as a payment counts its
    use first, the two would otherwise wait for each other."""
    paid = transfers.as_paid(row, refund.amount_minor)
    give_back(tx, [wallet.question(paid, payer, payee, wallet.CODES[payee.code])], made_at(row.id))


def _post(tx: Tx, refund: Refund, price_minor: int, account: UUID) -> None:
    """The price and the tip go back as they came: by postings that name what they reverse."""
    items: list[Reversal] = []
    if price_minor:
        items.append(Reversal(refund.id, refund.transfer, price_minor, CODE, refund.transfer))
    if refund.tip_minor:
        tip = transfers.tip_id(refund.transfer)
        items.append(
            Reversal(transfers.tip_id(refund.id), tip, refund.tip_minor, CODE, refund.transfer)
        )
    try:
        post_all(tx, items)
    except FloorReached as refusal:
        available = accounts.read(tx, [account])[account].available
        raise InsufficientFunds(available_minor=max(0, available)) from refusal
    except LedgerRefusal as refusal:
        back = Transfer(refund.payee, refund.payer, refund.amount_minor, refund.currency)
        raise transfers.translate(refusal, back, account) from refusal


def _entry(refund: Refund, left_minor: int) -> Entry:
    body: dict[str, int | str] = {
        "refund": refund.public,
        "transfer": public(transfers.NOUN, refund.transfer),
        "payer": public("par", refund.payer),
        "payee": public("par", refund.payee),
        "amount_minor": refund.amount_minor,
        "tip_minor": refund.tip_minor,
        "currency": refund.currency,
        "reason": str(refund.reason),
        "left_minor": left_minor,
    }
    if refund.device is not None:
        body["device"] = public("dev", refund.device)
    sides = (refund.payer, refund.payee)
    return Entry(refund.payee, "transfer.refunded", refund.transfer, sides, "refund", dict(body))


def _result(refund: Refund, left_minor: int) -> Refunded:
    return Refunded(
        id=refund.public,
        transfer=public(transfers.NOUN, refund.transfer),
        amount_minor=refund.amount_minor,
        tip_minor=refund.tip_minor,
        currency=refund.currency,
        left_minor=left_minor,
        made_at=refund.made_at,
    )
