"""The explorer: from a line of the chart to its accounts, their rows, and a subject's money."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.ledger import statements
from sycee.core.ledger.chart import BY_NUMBER, CHART, CODE_NAMES, POTS, REASONS
from sycee.core.ledger.model import Balance, Kind
from sycee.core.ledger.store import accounts as account_store
from sycee.core.ledger.store import explorer as store
from sycee.kit.clock import micros
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import parse, public
from sycee.runtime.db import Tx
from sycee.runtime.http.pages import Listing, Page


class LedgerAccount(msgspec.Struct, frozen=True):
    """An account of the books. `owner` None is the house; balances are signed to its normal side.

    `floor_minor` and `ceiling_minor` bound what is available; None = no bound.
    """

    id: str
    owner: str | None
    code: str
    cls: str = msgspec.field(name="class")
    currency: str
    balance_minor: int
    available_minor: int
    debits_minor: int
    credits_minor: int
    floor_minor: int | None
    ceiling_minor: int | None
    frozen: bool
    closed: bool


class Movement(msgspec.Struct, frozen=True):
    """A row as one account sees it; amounts are signed to that account's normal side."""

    id: str
    posted_at: datetime
    kind: str
    code: str
    subject: UUID | None
    counterparty: str
    amount_minor: int
    balance_after_minor: int


class LedgerTransfer(msgspec.Struct, frozen=True):
    """A row of the log: what moved, for what, and the balances it left behind.

    `credit` is None for what only reserves. `subject` is the trade, envelope or bank line it is
    about; `linked` the first row of its group, `reverses` the row it takes back.
    """

    id: str
    kind: str
    code: str
    reason: str
    debit: LedgerAccount
    credit: LedgerAccount | None
    amount_minor: int
    currency: str
    posted_at: datetime
    effective_at: datetime
    debit_after_minor: int
    credit_after_minor: int | None
    subject: UUID | None
    linked: UUID | None
    reverses: UUID | None
    hold: UUID | None


class Stream(msgspec.Struct, frozen=True):
    """Money that moved between two accounts with one code: how often, how much, and when."""

    debit: str
    credit: str
    code: str
    count: int
    amount_minor: int
    first_at: datetime
    last_at: datetime


class SubjectMoney(msgspec.Struct, frozen=True):
    """The money of one trade, envelope or payment: accounts, and the streams between them.

    `pot` is the account that holds for it, when it has one.
    """

    subject: UUID
    pot: str | None
    accounts: list[LedgerAccount]
    streams: list[Stream]


def accounts(tx: Tx, code: str | None, owner: str | None, page: Page) -> Listing[LedgerAccount]:
    """One page of accounts, in order of id; of one line of the chart, of one party, or of both.

    Raises `Invalid` for a name that is not on the chart, a party that is none, a foreign cursor.
    """
    if code is not None and code not in CHART:
        raise Invalid(field="code", rule="must be a name of the chart of accounts")
    after = page.after_id("acc")
    if owner is not None:
        numbers = list(BY_NUMBER) if code is None else [CHART[code].number]
        ids = store.of_owner(tx, parse("par", owner, "owner"), numbers, after, page.fetch)
    elif code is not None:
        ids = store.of_code(tx, CHART[code].number, after, page.fetch)
    else:
        ids = store.of_all(tx, after, page.fetch)
    found = account_store.read(tx, ids)
    return page.of([_account(found[id]) for id in ids], key=lambda each: each.id)


def account(tx: Tx, id: UUID) -> LedgerAccount:
    """One account; raises `NotFound`."""
    found = account_store.read(tx, [id]).get(id)
    if found is None:
        raise NotFound(noun="account", id=public("acc", id))
    return _account(found)


def activity(tx: Tx, id: UUID, page: Page) -> Listing[Movement]:
    """One page of an account's movements, newest first; raises `NotFound`, `Invalid`."""
    account(tx, id)
    _, entries = statements.latest(tx, id, statements.position(page.after), page.fetch)
    moments = {public("tfr", each.id): str(micros(each.posted_at)) for each in entries}
    return page.of([_movement(each) for each in entries], key=lambda each: moments[each.id])


def transfer(tx: Tx, id: UUID) -> LedgerTransfer:
    """One row of the log; raises `NotFound`."""
    row = store.transfer(tx, id)
    if row is None:
        raise NotFound(noun="transfer", id=public("tfr", id))
    typed: tuple[Any, ...] = row
    _, debit, credit, amount, code, kind, posted, effective, *rest = typed
    debit_after, credit_after, subject, linked, reverses, hold = rest
    found = account_store.read(tx, [each for each in (debit, credit) if each is not None])
    name = _reason(code)
    return LedgerTransfer(
        id=public("tfr", id),
        kind=_kind(Kind(kind)),
        code=name,
        reason=REASONS[name].sentence if name in REASONS else name,
        debit=_account(found[debit]),
        credit=None if credit is None else _account(found[credit]),
        amount_minor=amount,
        currency=found[debit].currency,
        posted_at=posted,
        effective_at=effective or posted,
        debit_after_minor=debit_after,
        credit_after_minor=credit_after,
        subject=subject,
        linked=linked,
        reverses=reverses,
        hold=hold,
    )


def money(tx: Tx, subject: str) -> SubjectMoney:
    """What moved for a subject, by its public id or UUID; raises `Invalid`, `NotFound`."""
    id = _subject(subject)
    own = account_store.read(tx, [id]).get(id)
    pot = own is not None and own.code in POTS  # a shop's whole life on an account is no subject
    rows = store.flows(tx, id, pot=pot)
    named = {side for row in rows for side in row[:2]} | {id}
    found = account_store.read(tx, list(named))
    if not rows and id not in found:
        raise NotFound(noun="subject", id=subject)
    return SubjectMoney(
        subject=id,
        pot=public("acc", id) if pot else None,
        accounts=[_account(each) for each in sorted(found.values(), key=lambda a: a.id)],
        streams=[
            Stream(public("acc", debit), public("acc", credit), _reason(code), *rest)
            for debit, credit, code, *rest in rows
        ],
    )


def _reason(number: int) -> str:
    return CODE_NAMES.get(number, str(number))


def _subject(text: str) -> UUID:
    noun, mark, _ = text.partition("_")
    if mark:
        return parse(noun, text, "subject")
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(field="subject", rule="must be a public id or a UUID") from None


def _kind(kind: Kind) -> str:
    return kind.name.lower().replace("_", "-")


def _movement(entry: statements.Entry) -> Movement:
    return Movement(
        id=public("tfr", entry.id),
        posted_at=entry.posted_at,
        kind=_kind(entry.kind),
        code=entry.code,
        subject=entry.subject,
        counterparty=public("acc", entry.counterparty),
        amount_minor=entry.amount_minor,
        balance_after_minor=entry.balance_after_minor,
    )


def _account(found: Balance) -> LedgerAccount:
    return LedgerAccount(
        id=public("acc", found.id),
        owner=None if found.owner is None else public("par", found.owner),
        code=found.code,
        cls=str(CHART[found.code].cls),
        currency=found.currency,
        balance_minor=found.balance,
        available_minor=found.available,
        debits_minor=found.debits_posted,
        credits_minor=found.credits_posted,
        floor_minor=found.floor,
        ceiling_minor=found.ceiling,
        frozen=found.frozen,
        closed=found.closed,
    )
