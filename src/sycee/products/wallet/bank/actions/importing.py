"""Taking a statement: every new line is booked in one transaction, or none of the file is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post
from sycee.core.ledger.refusals import CeilingReached, SumTooLarge
from sycee.core.parties import parties
from sycee.core.parties.model import Purse
from sycee.core.policy import ceilings, outgoing
from sycee.core.policy.check import check, give_back, take_back
from sycee.core.policy.model import LimitReached, Operation, Request
from sycee.kit.errors import Refusal
from sycee.kit.ids import public
from sycee.products.wallet.bank import findings, matching, model
from sycee.products.wallet.bank.actions import posting
from sycee.products.wallet.bank.actions.items import Content, Import, Imported, Item, statement_id
from sycee.products.wallet.bank.camt import Entry, Statement
from sycee.products.wallet.bank.model import (
    Account,
    BankFileInvalid,
    BankFileKnown,
    BankLineDiffers,
    Line,
    LineState,
    Payment,
    PaymentState,
    Why,
)
from sycee.products.wallet.bank.store import lines as store
from sycee.products.wallet.bank.store import payments
from sycee.runtime.db import Tx


def take(tx: Tx, command: Import, content: Content) -> Imported:
    """Book a file's new lines. Refuses `BankFileKnown`, `BankLineDiffers`, `BankFileInvalid`."""
    store.lock_accounts(tx, [account.id for account, _ in content.statements])
    first = store.file_of(tx, command.sha256)
    if first is not None:
        raise BankFileKnown(file=public(model.FILE, first))
    items, shown, known, waiting = _new(tx, content)
    _decide(tx, items)
    _find_purses(tx, items)
    _ask(tx, items)
    _free_limits(tx, items)
    _post(tx, items)
    lines = [_line(tx, item, content) for item in items]
    if lines:
        store.insert_lines(tx, lines)
    _settle(tx, items)
    for (account, statement), ids in zip(content.statements, shown, strict=True):
        _keep(tx, content.file, account, statement, ids)
    store.insert_file(tx, command.sha256, content.file, content.kind, len(lines), known, command.by)
    append(tx, _entries(items, command, content))
    states = [line.state for line in lines]
    return Imported(
        file=public(model.FILE, content.file),
        kind=content.kind,
        statements=len(content.statements),
        lines=len(lines),
        known=known,
        waiting=waiting,
        credited=states.count(LineState.TOP_UP),
        booked=states.count(LineState.BOOKED),
        returned=states.count(LineState.BANK_RETURN),
        unmatched=states.count(LineState.UNMATCHED),
        findings=_findings(tx, content),
    )


def _new(tx: Tx, content: Content) -> tuple[list[Item], list[list[UUID]], int, int]:
    """New lines in order, the lines that each statement shows, how many were known, and left."""
    items: list[Item] = []
    shown: list[list[UUID]] = []
    known = waiting = 0
    here: dict[tuple[UUID, str], tuple[int, list[UUID]]] = {}
    notified = content.kind.startswith("camt.054")
    for account, statement in content.statements:
        before = store.known_entries(tx, account.id, [e.identity for e in statement.entries])
        ids: list[UUID] = []
        waiting += statement.pending
        again = store.has_statement(tx, account.id, statement_id(account, statement))
        for entry in statement.entries:
            seen = here.get((account.id, entry.identity)) or before.get(entry.identity)
            if seen is not None:
                _check_same(entry, seen)
                known += len(seen[1])
            elif again and not entry.lasting:  # named by how it was read, which may have changed
                known += len(entry.parts)
                continue
            elif notified and not entry.lasting:
                waiting += len(entry.parts)
                continue
            else:
                made = [Item(account, entry, n, part) for n, part in enumerate(entry.parts)]
                items.extend(made)
                seen = (entry.amount_minor, [item.id for item in made])
                here[account.id, entry.identity] = seen
            ids.extend(seen[1])
        shown.append(ids)
    return items, shown, known, waiting


def _check_same(entry: Entry, seen: tuple[int, list[UUID]]) -> None:
    if seen[0] != entry.amount_minor:
        raise BankLineDiffers(
            line=public(model.LINE, seen[1][0]),
            before_minor=seen[0],
            now_minor=entry.amount_minor,
        )


def _decide(tx: Tx, items: Sequence[Item]) -> None:
    """Match each line; what an earlier line of the file did to a payment counts for the later."""
    asked = payments.top_ups(tx, [ref for item in items for ref in item.part.references])
    named = payments.payments(tx, [id_ for item in items for id_ in item.part.payments])
    here = {item.account.id for item in items}
    top_ups = {id_: {k: v for k, v in asked.items() if v.account == id_} for id_ in here}
    known = {id_: {k: v for k, v in named.items() if v.account == id_} for id_ in here}
    for item in items:
        mine, ours = top_ups[item.account.id], known[item.account.id]
        item.decision = decision = matching.decide(item.part, mine, ours)
        if decision.top_up is not None:
            mine[decision.top_up.reference] = msgspec.structs.replace(decision.top_up, line=item.id)
        if decision.payment is not None:
            ours[decision.payment.id] = _turned(decision.payment, decision.state, tx.now)


def _turned(payment: Payment, line: LineState, now: datetime) -> Payment:
    """A payment after a line of it; one that came back stays so, whatever is booked later."""
    if line is LineState.BANK_RETURN:
        return msgspec.structs.replace(payment, state=PaymentState.RETURNED)
    returned = payment.state is PaymentState.RETURNED
    state = PaymentState.RETURNED if returned else PaymentState.BOOKED
    return msgspec.structs.replace(payment, state=state, booked_at=now)


def _find_purses(tx: Tx, items: Sequence[Item]) -> None:
    """Who cannot receive goes to the queue; a party's own money comes back to it even restricted.

    A stranger's money that could not be sent back has no purse: it is a stranger's again.
    """
    wanted = [item for item in items if item.wants_purse]
    owners: dict[str, set[UUID]] = {}
    for item in wanted:
        if item.party is not None:
            owners.setdefault(item.account.currency, set()).add(item.party)
    found = {
        (party, currency): purse
        for currency, those in sorted(owners.items())
        for party, purse in parties.purse(tx, those, currency).items()
    }
    for item in wanted:
        purse = None if item.party is None else found[item.party, item.account.currency]
        top_up = item.decision.state is LineState.TOP_UP
        if isinstance(purse, Purse) and not (top_up and purse.refusal is not None):
            item.purse = purse
        else:
            _queue(item, Why.PARTY_CANNOT_RECEIVE if item.party else Why.NO_REFERENCE)


def _queue(item: Item, why: Why) -> None:
    """To the queue, remembering whom it was meant for."""
    item.purse = None
    item.decision = msgspec.structs.replace(item.decision, state=LineState.UNMATCHED, why=why)


def _ask(tx: Tx, items: Sequence[Item]) -> None:
    """Policy: a top-up is a credit, with limits; a return a refund, which only an order stops."""
    asked: list[tuple[Item, Request]] = []
    for item in items:
        if item.purse is None:
            continue
        top_up = item.decision.state is LineState.TOP_UP
        payment = item.decision.payment
        item.request = posting.request(
            item.purse,
            Operation.CREDIT if top_up else Operation.REFUND,
            item.part.amount_minor,
            item.account.currency,
            "bank.in" if top_up else "bank.return",
            begun_at=None if payment is None else payment.created_at,
        )
        asked.append((item, item.request))
    answers = check(tx, [request for _, request in asked])
    for (item, _), refusal in zip(asked, answers, strict=True):
        if refusal is not None:
            limit = isinstance(refusal, LimitReached)
            _queue(item, Why.LIMIT_REACHED if limit else Why.SUSPENDED)


def _free_limits(tx: Tx, items: Sequence[Item]) -> None:
    """Give back what withdrawals that came back have used, before any account is locked."""
    for item in items:
        payment = item.decision.payment
        if item.purse is not None and payment is not None and _comes_back(item):
            used = posting.payout(item.purse, item.part.amount_minor, item.account.currency)
            give_back(tx, [used], payment.created_at)


def _comes_back(item: Item) -> bool:
    """Whether a line is somebody's own money that the bank sent back."""
    return item.request is not None and item.request.operation is Operation.REFUND


def _post(tx: Tx, items: Sequence[Item]) -> None:
    """Book all lines; a purse that refuses its money sends it to the queue instead.

    Own money first, with the bounds of its wallets off; the other money brings them again.
    """
    houses = {
        (code, currency): posting.house(tx, code, currency)
        for currency in sorted({item.account.currency for item in items})
        for code in (posting.TRANSIT, posting.UNMATCHED)
    }
    touched = {item.purse.account for item in items if item.purse is not None}
    touched.update(houses.values(), (item.account.id for item in items))
    queued: list[Item] = []
    for own_money, bring in ((True, ceilings.let_back), (False, ceilings.hold)):
        booked = [item for item in items if _comes_back(item) is own_money]
        for currency in sorted({item.account.currency for item in booked}):
            purses = [item.purse for item in booked if item.account.currency == currency]
            bring(tx, currency, lambda purses=purses: purses, beside=touched)
        queued += _book(tx, booked, houses)
    take_back(tx, [item.request for item in queued if item.request is not None])
    _book(tx, queued, houses)


def _book(tx: Tx, items: Sequence[Item], houses: Mapping[tuple[str, str], UUID]) -> list[Item]:
    """Post lines. Those whose purse refuses go to the queue, and are returned: post them again."""
    queued: list[Item] = []
    outcomes = post(tx, [_transfer(tx, item, houses) for item in items])
    for item, outcome in zip(items, outcomes, strict=True):
        if not isinstance(outcome, Refusal):
            continue
        if item.purse is None:
            raise _past(outcome)
        full = isinstance(outcome, CeilingReached)
        _queue(item, Why.LIMIT_REACHED if full else Why.PARTY_CANNOT_RECEIVE)
        queued.append(item)
    return queued


def _past(refusal: Refusal) -> BankFileInvalid:
    """What a house account says to its file, which it refuses for one reason only."""
    assert isinstance(refusal, SumTooLarge), "a house account has no bounds"
    return BankFileInvalid(rule="the Amt of its entries take the account past 2^62 minor units")


def _transfer(tx: Tx, item: Item, houses: Mapping[tuple[str, str], UUID]) -> Transfer:
    currency, bank = item.account.currency, item.account.id
    state, incoming = item.decision.state, item.part.incoming
    if item.purse is not None:
        debit, credit = bank, item.purse.account
    else:
        code = posting.TRANSIT if state is LineState.BOOKED else posting.UNMATCHED
        other = houses[code, currency]
        debit, credit = (bank, other) if incoming else (other, bank)
    reason = "bank.return" if state is LineState.BANK_RETURN else "bank.in"
    return posting.move(
        tx,
        debit,
        credit,
        item.part.amount_minor,
        reason if incoming else "bank.out",
        item.id,
        item.entry.booked_on,
    )


def _line(tx: Tx, item: Item, content: Content) -> Line:
    decision = item.decision
    queued = decision.state is LineState.UNMATCHED
    meant = decision.top_up or decision.payment
    return Line(
        account=item.account.id,
        id=item.id,
        entry=item.entry.identity,
        part=item.place,
        incoming=item.part.incoming,
        amount_minor=item.part.amount_minor,
        booked_on=item.entry.booked_on,
        state=decision.state,
        reason=decision.why,
        party=item.party,
        subject=None if meant is None else meant.id,
        file=content.file,
        sealed=content.sealed.get(item.id) if queued else None,
        imported_at=tx.now,
        settled_at=None if queued else tx.now,
    )


def _settle(tx: Tx, items: Sequence[Item]) -> None:
    """Note on top-ups and payments what came of them. Queued money credits no top-up."""
    credited = [
        (top_up.reference, item.id, item.part.amount_minor)
        for item in items
        if item.decision.state is LineState.TOP_UP and (top_up := item.decision.top_up)
    ]
    turned: list[tuple[UUID, PaymentState, str | None]] = []
    for item in items:
        payment = item.decision.payment
        if payment is None:
            continue
        if item.decision.state is LineState.BOOKED:
            turned.append((payment.id, PaymentState.BOOKED, None))
            _sent_back(tx, payment)
        else:  # it came back, even where its owner's purse is closed and the queue has the money
            turned.append((payment.id, PaymentState.RETURNED, item.part.reason))
    if credited:
        payments.credit_top_ups(tx, credited)
    if turned:
        payments.turn(tx, turned)
        outgoing.answered(tx, [payment for payment, _, _ in turned])


def _sent_back(tx: Tx, payment: Payment) -> None:
    """The line whose money a booked payment sent back is done."""
    if payment.line is not None:
        store.settle(
            tx, payment.account, payment.line, LineState.RETURNED, party=None, subject=payment.id
        )


def _keep(tx: Tx, file: UUID, account: Account, statement: Statement, ids: list[UUID]) -> None:
    """Keep a statement that has both balances, and which lines it shows."""
    opening, closing = statement.opening, statement.closing
    if opening is None or closing is None:
        return
    id_, net = statement_id(account, statement), statement.net_minor
    row = (account.id, id_, file, statement.sequence, opening.on, closing.on)
    money = (opening.amount_minor, closing.amount_minor, net, len(ids))
    if store.insert_statement(tx, (*row, *money, tx.now)) and ids:
        store.insert_shown(tx, account.id, id_, ids)


def _findings(tx: Tx, content: Content) -> int:
    accounts = {account.id for account, _ in content.statements}
    return sum(len(findings.examine(store.statements(tx, id_))) for id_ in sorted(accounts))


_VERBS = {
    LineState.TOP_UP: "top-up.credited",
    LineState.BOOKED: "withdrawal.booked",
    LineState.BANK_RETURN: "withdrawal.returned",
}


def _entries(items: Sequence[Item], command: Import, content: Content) -> list[Any]:
    """A row for the file, and one for each line: of a matched one its party may read."""
    made = [
        posting.note(
            "bank.file-taken",
            model.FILE,
            content.file,
            actor=command.by,
            party=None,
            purpose="bank",
            kind=content.kind,
            sha256=command.sha256,
            lines=len(items),
        )
    ]
    for item in items:
        verb = _VERBS.get(item.decision.state, "bank.line-queued")
        meant = item.decision.top_up or item.decision.payment
        noun = model.TOP_UP if item.decision.top_up else model.PAYMENT
        made.append(
            posting.note(
                verb,
                model.LINE,
                item.id,
                actor=command.by,
                party=item.party,
                amount_minor=item.part.amount_minor,
                currency=item.account.currency,
                incoming=item.part.incoming,
                **({} if meant is None else {"of": public(noun, meant.id)}),
            )
        )
    return made
