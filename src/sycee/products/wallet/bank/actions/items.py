"""What an import works on: the command, what the file says, and each new line on its way."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from sycee.core.parties.model import Purse
from sycee.core.policy.model import Request
from sycee.products.wallet.bank import matching
from sycee.products.wallet.bank.actions import posting
from sycee.products.wallet.bank.camt import Entry, Part, Statement
from sycee.products.wallet.bank.model import Account, LineState, Why


class Import(msgspec.Struct, frozen=True):
    """The command: a file, by the SHA-256 of its bytes. What it says travels beside it."""

    sha256: str
    by: UUID | None


class Content(msgspec.Struct, frozen=True):
    """What a file says: its statements with their accounts, and each new part's sealed names."""

    file: UUID
    kind: str
    statements: Sequence[tuple[Account, Statement]]
    sealed: dict[UUID, bytes]


class Imported(msgspec.Struct, frozen=True):
    """What an import came to.

    `lines` were new, `known` were taken before, `waiting` are left for the statement (not booked
    yet, or a notification of an entry that the bank gave no lasting reference). Of the new ones:
    `credited` to top-ups, `booked` and `returned` payments, `unmatched` in the queue. `accepted`
    and `rejected` count payments that a status report speaks of. `findings` count statements that
    do not fit.
    """

    file: str
    kind: str
    statements: int = 0
    lines: int = 0
    known: int = 0
    waiting: int = 0
    credited: int = 0
    booked: int = 0
    returned: int = 0
    unmatched: int = 0
    accepted: int = 0
    rejected: int = 0
    findings: int = 0


def statement_id(account: Account, statement: Statement) -> UUID:
    """The id of a statement: the same in every file that has it."""
    said = (statement.name, statement.sequence, statement.opening, statement.closing)
    return posting.line_id(account.id, f"statement|{(*said, statement.net_minor)!r}", 0)


class Item:
    """A new line on its way: the part it came from, what it is decided to be, and its purse."""

    def __init__(self, account: Account, entry: Entry, place: int, part: Part) -> None:
        self.account, self.entry, self.place, self.part = account, entry, place, part
        self.id = posting.line_id(account.id, entry.identity, place)
        self.decision = matching.queue(Why.NO_REFERENCE)
        self.purse: Purse | None = None
        self.request: Request | None = None

    @property
    def party(self) -> UUID | None:
        if self.decision.top_up is not None:
            return self.decision.top_up.party
        return None if self.decision.payment is None else self.decision.payment.party

    @property
    def wants_purse(self) -> bool:
        return self.decision.state in (LineState.TOP_UP, LineState.BANK_RETURN)
