"""The words of the ledger: accounts, the items of a batch, and what posting answers. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import NamedTuple, TypeAlias
from uuid import UUID

import msgspec

from sycee.core.ledger.refusals import LedgerRefusal
from sycee.kit.money import MAX_MINOR

BATCH_MAX = 10_000
"""The most items of one call to `post`."""

SUM_MAX = 2**62 - 1
"""The most that an account's debits (or credits), posted and pending together, may reach."""

ID_WINDOW_SECONDS = 24 * 3600
"""How far the time in a new id may be from the ledger's clock, either way."""


class Kind(IntEnum):
    """What a row of the log is. Below 10 it moves money; from 10 on it moves a reservation."""

    TRANSFER = 1
    SWEEP = 2
    REVERSAL = 3
    CAPTURE = 4
    FINAL_CAPTURE = 5
    HOLD = 10
    RELEASE = 11
    EXTEND = 12
    EXPIRE = 13


class NewAccount(msgspec.Struct, frozen=True):
    """An account to open: `owner` None is the house; `code` a name of the chart.

    `floor` and `ceiling` bound the available balance, in minor units, on the account's normal side
    (None = no bound).
    """

    id: UUID
    owner: UUID | None
    code: str
    currency: str
    floor: int | None = None
    ceiling: int | None = None


class Balance(msgspec.Struct, frozen=True):
    """An account as it stands: four sums in minor units, its bounds and its state."""

    id: UUID
    owner: UUID | None
    code: str
    currency: str
    credit_normal: bool
    debits_posted: int
    credits_posted: int
    debits_pending: int
    credits_pending: int
    floor: int | None
    ceiling: int | None
    frozen: bool
    closed: bool

    @property
    def balance(self) -> int:
        """What is posted, signed to the account's normal side."""
        net = self.credits_posted - self.debits_posted
        return net if self.credit_normal else -net

    @property
    def available(self) -> int:
        """The balance less what holds reserve on the way out; what the floor is tested against."""
        reserved = self.debits_pending if self.credit_normal else self.credits_pending
        return self.balance - reserved

    @property
    def expected(self) -> int:
        """The balance plus what holds reserve on the way in; what the ceiling is tested against."""
        reserved = self.credits_pending if self.credit_normal else self.debits_pending
        return self.balance + reserved


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """Move `amount_minor` (1 … 2^53) from `debit` to `credit`."""

    id: UUID
    debit: UUID
    credit: UUID
    amount_minor: int
    code: str
    subject: UUID | None = None
    group: int | None = None
    effective_at: datetime | None = None


class Sweep(msgspec.Struct, frozen=True, gc=False):
    """Move what is there, up to `limit_minor` (None = all of it); what moved is in the outcome.

    "There" is what the debit account has above its floor (without a floor it stops at 0) and what
    the credit account has room for. Nothing there posts a row of amount 0, so that a late duplicate
    of the id cannot move money either.
    """

    id: UUID
    debit: UUID
    credit: UUID
    limit_minor: int | None
    code: str
    subject: UUID | None = None
    group: int | None = None
    effective_at: datetime | None = None


class Reversal(msgspec.Struct, frozen=True, gc=False):
    """Move `amount_minor` (None = what is left) of a former transfer back; at most once in full."""

    id: UUID
    reverses: UUID
    amount_minor: int | None = None
    code: str = "correction"
    subject: UUID | None = None
    group: int | None = None
    effective_at: datetime | None = None


class Hold(msgspec.Struct, frozen=True, gc=False):
    """Reserve `amount_minor` on `debit`, and its arrival on `credit` if that is named.

    After `expires_at` it cannot be captured. At `capture_at` the worker captures the rest towards
    `credit`.
    """

    id: UUID
    debit: UUID
    amount_minor: int
    code: str
    subject: UUID | None = None
    expires_at: datetime | None = None
    capture_at: datetime | None = None
    credit: UUID | None = None
    group: int | None = None
    effective_at: datetime | None = None


class Capture(msgspec.Struct, frozen=True, gc=False):
    """Pay `amount_minor` (None = the rest) of a hold to `credit`; `final` frees what then remains.

    May be repeated, towards different payees, until nothing is left.
    """

    id: UUID
    hold: UUID
    credit: UUID
    amount_minor: int | None
    code: str
    final: bool = False
    subject: UUID | None = None
    group: int | None = None
    effective_at: datetime | None = None


class Release(msgspec.Struct, frozen=True, gc=False):
    """Free `amount_minor` (None = the rest) of a hold, expired or not."""

    id: UUID
    hold: UUID
    amount_minor: int | None = None
    group: int | None = None
    effective_at: datetime | None = None


class Extend(msgspec.Struct, frozen=True, gc=False):
    """Let a hold that has not expired expire later."""

    id: UUID
    hold: UUID
    expires_at: datetime
    group: int | None = None
    effective_at: datetime | None = None


class Expire(msgspec.Struct, frozen=True, gc=False):
    """Free the rest of a hold whose time is over."""

    id: UUID
    hold: UUID
    group: int | None = None
    effective_at: datetime | None = None


Item: TypeAlias = Transfer | Sweep | Reversal | Hold | Capture | Release | Extend | Expire
"""Anything a batch may contain."""


class Posted(msgspec.Struct, frozen=True, gc=False):
    """An item that stands in the log; `existed` = it stood there before this call.

    The balances are those right after it, signed to each account's normal side. A row that moves a
    reservation has no credit side. An Extend has the amount still held.
    """

    id: UUID
    amount_minor: int
    posted_at: datetime
    debit_balance_after: int
    credit_balance_after: int | None
    existed: bool = False


Outcome: TypeAlias = Posted | LedgerRefusal
"""What posting answers to one item."""


class Row(NamedTuple):
    """A row of the log: ids as whole numbers, times in microseconds since 1970, in COPY order."""

    id: int
    debit: int
    credit: int | None
    amount_minor: int
    code: int
    kind: int
    posted_us: int
    debit_after: int
    credit_after: int | None
    subject: UUID | None
    asked_minor: int | None
    linked: int | None
    reverses: int | None
    hold: int | None
    effective_us: int | None
    expires_us: int | None
    capture_us: int | None


class Account(msgspec.Struct, gc=False):
    """An account under lock, as the rules see it; its sums are changed in place."""

    id: int
    currency: str
    code: int
    debits: int = 0
    credits: int = 0
    debits_pending: int = 0
    credits_pending: int = 0
    floor: int | None = None
    ceiling: int | None = None
    frozen: bool = False
    closed: bool = False
    last_us: int = 0
    credit_normal: bool = True

    @property
    def sums(self) -> tuple[int, int, int, int]:
        """Debits and credits posted, debits and credits pending."""
        return (self.debits, self.credits, self.debits_pending, self.credits_pending)

    @sums.setter
    def sums(self, sums: tuple[int, int, int, int]) -> None:
        self.debits, self.credits, self.debits_pending, self.credits_pending = sums

    def balance(self) -> int:
        """What is posted, signed to the normal side."""
        net = self.credits - self.debits
        return net if self.credit_normal else -net

    def room_to_debit(self) -> int | None:
        """What may still be debited before a bound is reached; None = no bound. May be negative."""
        if self.credit_normal:
            if self.floor is None:
                return None
            return self.credits - self.debits - self.debits_pending - self.floor
        if self.ceiling is None:
            return None
        return self.ceiling - (self.debits + self.debits_pending - self.credits)

    def room_to_credit(self) -> int | None:
        """What may still be credited before a bound is reached; None = no bound."""
        if self.credit_normal:
            if self.ceiling is None:
                return None
            return self.ceiling - (self.credits + self.credits_pending - self.debits)
        if self.floor is None:
            return None
        return self.debits - self.credits - self.credits_pending - self.floor


class HoldState(msgspec.Struct):
    """A hold under the lock of its debit account."""

    id: int
    debit: int
    credit: int | None
    code: int
    subject: UUID | None
    amount_minor: int
    captured_minor: int
    released_minor: int
    expires_us: int | None
    capture_us: int | None
    closed_us: int | None

    @property
    def left_minor(self) -> int:
        return self.amount_minor - self.captured_minor - self.released_minor


def amount_ok(amount: object) -> bool:
    """Whether an amount is a whole number from 1 to 2^53."""
    return type(amount) is int and 0 < amount <= MAX_MINOR
