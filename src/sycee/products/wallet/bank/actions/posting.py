"""What the verbs share: the house's accounts, one transfer, one journal row."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time
from uuid import UUID

from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.parties.model import Purse
from sycee.core.policy.model import Initiator, Operation, Request
from sycee.kit.ids import public, uuid8
from sycee.products.wallet.model import PRODUCT
from sycee.runtime.db import Tx

TRANSIT = "bank-transit"
UNMATCHED = "bank-unmatched"
CAPITAL = "capital"


def house(tx: Tx, code: str, currency: str) -> UUID:
    """A house account, opened if it does not stand yet."""
    return accounts.open_house(tx, code, currency)


def move(
    tx: Tx,
    debit: UUID,
    credit: UUID,
    amount_minor: int,
    code: str,
    subject: UUID,
    on: date | None = None,
) -> Transfer:
    """A transfer to post; `on` is the bank's day."""
    return Transfer(
        id=tx.new_id(),
        debit=debit,
        credit=credit,
        amount_minor=amount_minor,
        code=code,
        subject=subject,
        effective_at=None if on is None else datetime.combine(on, time(), UTC),
    )


def request(
    purse_: Purse,
    operation: Operation,
    minor: int,
    currency: str,
    code: str,
    *,
    channel: str = "job",
    initiator: Initiator = Initiator.CUSTOMER,
    begun_at: datetime | None = None,
) -> Request:
    """The question to policy about a party's money; a statement's lines come in by a job."""
    return Request(
        product=PRODUCT,
        operation=operation,
        party=purse_.party,
        jurisdiction=purse_.jurisdiction,
        amount_minor=minor,
        currency=currency,
        tier=purse_.tier,
        code=code,
        zone=purse_.zone,
        channel=channel,
        initiator=initiator,
        accounts=(purse_.account,),
        begun_at=begun_at,
    )


def payout(purse_: Purse, minor: int, currency: str) -> Request:
    """What a withdrawal counts as."""
    return request(purse_, Operation.PAYOUT, minor, currency, "bank.withdraw", channel="api")


def note(
    verb: str,
    noun: str,
    subject: UUID,
    *,
    actor: UUID | None,
    party: UUID | None,
    purpose: str = "payment",
    **body: int | str,
) -> Entry:
    """A row of the journal."""
    return Entry(
        actor=actor,
        verb=verb,
        subject=subject,
        parties=() if party is None else (party,),
        purpose=purpose,
        body={"id": public(noun, subject), **body},
    )


def line_id(account: UUID, entry: str, part: int) -> UUID:
    """The id of a bank line: the same whenever it is read (UUID version 8 of a SHA-256)."""
    return uuid8(hashlib.sha256(f"sycee bank line|{account}|{entry}|{part}".encode()).digest())
