"""What stands between the door and the verbs: files are read and names sealed before any write.

A command carries a digest in the place of a file or a name; what they say travels beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from sycee.core.parties import vault
from sycee.core.parties.identity import sessions
from sycee.core.parties.model import check_name
from sycee.core.parties.vault import Purpose, SealedText
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import parse, public, uuid7
from sycee.products.wallet.approvals import actions as approvals
from sycee.products.wallet.approvals.actions import Asked
from sycee.products.wallet.approvals.model import WITHDRAWAL, Wish
from sycee.products.wallet.bank import camt, iban, model, pain, xml
from sycee.products.wallet.bank.actions import importing, paying, posting, queue, withdrawing
from sycee.products.wallet.bank.actions.items import Content, Import, Imported
from sycee.products.wallet.bank.model import (
    Account,
    BankAccountUnknown,
    BankFileTooLong,
    BankLineWithoutSender,
)
from sycee.products.wallet.bank.store import lines as store
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.perform import HOUSE, Answer, Call, perform_one

PAYEE, LINE = "bank.payee", "bank.line"
TIMEOUT_MS = 20_000


class Names(msgspec.Struct, frozen=True):
    """What is sealed of the other side: whose account, which account, and the text with it."""

    name: str | None
    number: str | None
    text: str | None


def take(database: Database, content: bytes, *, by: UUID | None, key: str | None = None) -> Answer:
    """Read a file from the bank and take it, whole or not at all.

    Refusals are in the answer, but for those of reading: `BankFileUnreadable`,
    `BankFileUnknownKind`, `BankFileInvalid`, `BankFileIncomplete`, `BankFileTooLong`,
    `BankAccountUnknown`, `BankCurrencyDiffers` are raised.
    """
    kind, body = xml.read(content)
    command = Import(hashlib.sha256(content).hexdigest(), by)
    call = Call(by or HOUSE, key, "bank.import", command)
    if kind.startswith("pain.002"):
        report, file = pain.report(body), uuid7()
        return perform_one(
            database,
            call,
            lambda tx, c: paying.answer(tx, c, file=file, kind=kind, report=report),
            timeout_ms=TIMEOUT_MS,
        )
    if not kind.startswith("camt"):
        raise model.BankFileUnknownKind()
    said = _content(database, kind, body)
    return perform_one(
        database, call, lambda tx, c: importing.take(tx, c, said), timeout_ms=TIMEOUT_MS
    )


def _content(database: Database, kind: str, body: xml.Element) -> Content:
    with database.read() as tx:
        accounts = {account.number: account for account in store.accounts(tx)}
    currencies = {number: account.currency for number, account in accounts.items()}
    found = camt.statements(kind, body, currencies)
    for place, statement in enumerate(found, 1):
        if statement.number not in accounts:
            raise BankAccountUnknown(place=place)
    count = sum(len(entry.parts) for statement in found for entry in statement.entries)
    if count > model.LINES_MAX:
        raise BankFileTooLong(lines=count, limit=model.LINES_MAX)
    file = uuid7()
    pairs = [(accounts[statement.number], statement) for statement in found]
    return Content(file, kind, pairs, _sealed(database, file, pairs))


def _sealed(
    database: Database, file: UUID, pairs: Sequence[tuple[Account, camt.Statement]]
) -> dict[UUID, bytes]:
    """The other side of each new incoming line, sealed with a key of the file's own.

    Only a line that goes to the queue keeps it, until it is settled.
    """
    said: dict[UUID, Names] = {}
    with database.read() as tx:
        for account, statement in pairs:
            known = store.known_entries(tx, account.id, [e.identity for e in statement.entries])
            for entry in statement.entries:
                if entry.identity in known:
                    continue
                for place, part in enumerate(entry.parts):
                    names = Names(part.name, part.number, part.text)
                    if names != Names(None, None, None):
                        said[posting.line_id(account.id, entry.identity, place)] = names
    if not said:
        return {}
    sealer = vault.keys().sealer([file])
    return {id_: _seal(sealer, file, LINE, names) for id_, names in said.items()}


def _seal(sealer: vault.Keys, subject: UUID, field: str, names: Names) -> bytes:
    return vault.seal_text(sealer, subject, field, msgspec.json.encode(names).decode())


class Destination(NamedTuple):
    """Where a withdrawal goes: as it is sealed, and what stands for it without saying it."""

    text: str
    fingerprint: str
    number: str
    name: str


def _destination(sealer: vault.Keys, party: UUID, number: str, name: str) -> Destination:
    names = Names(check_name(name, "name"), iban.check(number), None)
    text = msgspec.json.encode(names).decode()
    mark = vault.fingerprint(sealer, party, PAYEE, text)
    return Destination(text, mark, iban.check(number), names.name or "")


def ask_withdrawal(
    database: Database, caller: Caller, minor: int, currency: str, number: str, name: str
) -> Asked:
    """Ask for the approval of a withdrawal: amount, IBAN and name are what is signed.

    Neither the IBAN nor the name is kept for it. Raises `IbanInvalid`, `Invalid`.
    """
    where = _destination(vault.keys().sealer([caller.party]), caller.party, number, name)
    wish = Wish(
        WITHDRAWAL,
        withdrawing.authority(where.fingerprint),
        minor,
        currency,
        to=(where.number, where.name),
    )
    return approvals.offer(database, caller, wish, where.name)


def withdraw(
    database: Database,
    caller: Caller,
    key: str,
    minor: int,
    currency: str,
    number: str,
    name: str,
    mandate: str | None = None,
) -> Answer:
    """Seal to whom the money goes, and take it out.

    A session brings the mandate of an approval, or has touched its passkey a moment ago. Raises
    `SessionUnknown`, `TouchNeeded`, `IbanInvalid`, `Invalid`.
    """
    if mandate is None:
        sessions.check_fresh(database, caller)
    party = caller.party
    sealer = vault.keys().sealer([party])
    where = _destination(sealer, party, number, name)
    command = withdrawing.Withdraw(
        party=party,
        amount_minor=minor,
        currency=currency,
        fingerprint=where.fingerprint,
        mandate=msgspec.UNSET if mandate is None else parse("mdt", mandate, "mandate"),
    )
    sealed, id_ = vault.seal_text(sealer, party, PAYEE, where.text), uuid7()
    return perform_one(
        database,
        Call(party, key, "bank.withdraw", command),
        lambda tx, c: withdrawing.withdraw(tx, c, id_=id_, sealed=sealed),
    )


def assignment(line: UUID, party: str | None, payments: Sequence[str], by: UUID) -> queue.Assign:
    """The command for a line that belongs to a party, or books payments. Raises `Invalid`."""
    named = tuple(parse(model.PAYMENT, each, "payments") for each in payments)
    return queue.Assign(
        line=line,
        party=None if party is None else parse("par", party, "party"),
        by=by,
        payments=named or msgspec.UNSET,
    )


def send_back(database: Database, by: UUID, key: str, line: UUID) -> Answer:
    """Look up where a line's money came from, which leaves a trace, and send it back there."""
    names = look(database, by, line, Purpose.PAYOUT)
    call = Call(by, key, "bank.send-back", queue.SendBack(line=line, by=by))
    usable = names is not None and names.number is not None and iban.valid(names.number)

    def act(tx: Tx, command: queue.SendBack) -> queue.Settled:
        if not usable:
            queue.check_waiting(tx, command.line)
            raise BankLineWithoutSender(line=public(model.LINE, line))
        return queue.send_back(tx, command)

    return perform_one(database, call, act)


def look(database: Database, by: UUID, line: UUID, purpose: Purpose) -> Names | None:
    """What the bank said of a line's other side; None when it said nothing, or it is wiped."""
    with database.read() as tx:
        row = store.line(tx, line)
    if row is None:
        raise NotFound(noun="bank-line", id=public(model.LINE, line))
    if row.sealed is None:
        return None
    text = SealedText(row.file, LINE, bytes(row.sealed))
    (opened,) = vault.open_texts(database, vault.keys(), by, [text], purpose)
    if isinstance(opened, Refusal):
        raise opened
    return msgspec.json.decode(opened, type=Names)


def own(database: Database, party: UUID, rows: Sequence[model.Payment]) -> list[Names | None]:
    """Where a party's own withdrawals go, opened for itself; None where it no longer opens."""
    texts = [SealedText(party, PAYEE, bytes(row.sealed or b"")) for row in rows]
    if not texts:
        return []
    opened = vault.open_texts(database, vault.keys(), party, texts, Purpose.SELF)
    return [
        None if isinstance(text, Refusal) else msgspec.json.decode(text, type=Names)
        for text in opened
    ]


def orders(database: Database, rows: Sequence[model.Payment]) -> list[pain.Order | Refusal]:
    """Payments with the names that their file needs, opened for this one purpose."""
    texts = [
        SealedText(row.seal_subject, PAYEE if row.line is None else LINE, bytes(row.sealed or b""))
        for row in rows
    ]
    opened = vault.open_texts(database, vault.keys(), None, texts, Purpose.PAYOUT)
    made: list[pain.Order | Refusal] = []
    for row, text in zip(rows, opened, strict=True):
        if isinstance(text, Refusal):
            made.append(text)
            continue
        names = msgspec.json.decode(text, type=Names)
        made.append(
            pain.Order(
                id=row.id,
                amount_minor=row.amount_minor,
                name=(names.name or "NOTPROVIDED")[:140],
                number=names.number or "",
                text="Withdrawal" if row.line is None else "Return of your payment",
            )
        )
    return made


__all__ = ["Imported", "Names", "look", "orders", "send_back", "take", "withdraw"]
