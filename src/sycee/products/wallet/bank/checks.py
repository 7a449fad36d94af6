"""What the doctor asks of bank money: the bank's books and ours say the same, line by line."""

from __future__ import annotations

from uuid import UUID

from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.doctor import Difference, Finding, unlike
from sycee.kit.ids import public
from sycee.products.wallet.bank import findings, model
from sycee.products.wallet.bank.actions import posting
from sycee.products.wallet.bank.store import lines as store
from sycee.products.wallet.bank.store import payments
from sycee.runtime.db import Tx


def _balance(tx: Tx, id_: UUID) -> int:
    found = ledger.read(tx, [id_]).get(id_)
    return 0 if found is None else found.balance


def books(tx: Tx) -> Finding:
    """What the ledger has in the bank is what the bank's lines add up to."""
    differences = [
        Difference(public(model.ACCOUNT, a.id), str(expected), str(found))
        for a in store.accounts(tx)
        if (expected := store.booked_net(tx, a.id)) != (found := _balance(tx, a.id))
    ]
    return Finding("the ledger's bank accounts equal the bank's lines", differences)


def balances(tx: Tx) -> Finding:
    """And it is the bank's own closing balance, with what no statement has shown yet."""
    differences: list[Difference] = []
    for account in store.accounts(tx):
        kept = store.statements(tx, account.id)
        if not kept:
            continue
        since = kept[-1].closing_minor - kept[0].opening_minor + store.unshown_net(tx, account.id)
        found = _balance(tx, account.id)
        if found != since:
            name = public(model.ACCOUNT, account.id)
            differences.append(Difference(name, str(since), str(found)))
    return Finding("the ledger's bank accounts equal the bank's closing balances", differences)


def waiting(tx: Tx) -> Finding:
    """What is in transit and in the queue is what the payments and the lines there add up to."""
    differences: list[Difference] = []
    known = store.accounts(tx)
    for currency in sorted({a.currency for a in known}):
        queued = sum(store.queued_net(tx, a.id) for a in known if a.currency == currency)
        for code, expected in (
            (posting.TRANSIT, payments.in_transit(tx, currency)),
            (posting.UNMATCHED, queued),
        ):
            found = _balance(tx, ledger.house(code, currency))
            if found != expected:
                differences.append(Difference(f"{code} {currency}", str(expected), str(found)))
    return Finding("money in transit and in the bank's queue is accounted for", differences)


def chain(tx: Tx) -> Finding:
    """Each statement adds up and begins where the one before it ended."""
    differences = [
        Difference(f"{each.fault} on {each.on}", str(each.expected_minor), str(each.found_minor))
        for account in store.accounts(tx)
        for each in findings.examine(store.statements(tx, account.id))
    ]
    return Finding("the bank's statements follow each other", differences)


_LINES = ("bank.in", "bank.out", "bank.return", "bank.assign", "bank.own")
_PAYMENTS = ("bank.withdraw", "bank.send-back", "bank.reject")


def moves(tx: Tx) -> Finding:
    """What became of each line and of each payment out is what the ledger says of it."""
    lines = ((id_, {code: minor, end: minor}) for id_, minor, code, end in store.moved(tx))
    out = ((id_, {code: minor, end: minor}) for id_, minor, code, end in payments.moved(tx))
    differences = unlike(tx, model.LINE, _LINES, lines)
    differences += unlike(tx, model.PAYMENT, _PAYMENTS, out)
    return Finding("the ledger tells of bank lines and payments what they tell", differences)


checks = [books, balances, waiting, chain, moves]
"""Handed to `core.ledger.doctor.examine(database, checks)`."""
