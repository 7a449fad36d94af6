"""What the ledger refuses, in order of precedence: of two reasons the earlier one is given."""

from __future__ import annotations

from dataclasses import dataclass

from sycee.kit.errors import Kind, Refusal


class LedgerRefusal(Refusal):
    """The ledger refused."""


@dataclass(unsafe_hash=True)
class BatchTooLarge(LedgerRefusal):
    """The batch has too many items.

    A call posts at most `limit` items; split it.
    """

    code = "batch-too-large"
    kind = Kind.INVALID
    items: int
    limit: int


@dataclass(unsafe_hash=True)
class GroupNotContiguous(LedgerRefusal):
    """The members of a link group do not stand together in the batch.

    Every member of the group is refused; put them side by side. `group` is the number given.
    """

    code = "group-not-contiguous"
    kind = Kind.INVALID
    group: int


@dataclass(unsafe_hash=True)
class IdExistsWithDifferent(LedgerRefusal):
    """An item with this id was posted before, with other content.

    `field` names the first field that differs. Ids are permanent: use a new one for a new item.
    """

    code = "id-exists-with-different"
    kind = Kind.CONFLICT
    id: str
    field: str


@dataclass(unsafe_hash=True)
class IdNotAccepted(LedgerRefusal):
    """A new id must be a version 7 UUID made within 24 hours of the ledger's clock."""

    code = "id-not-accepted"
    kind = Kind.INVALID
    id: str
    rule: str


@dataclass(unsafe_hash=True)
class AmountNotAllowed(LedgerRefusal):
    """An amount is a whole number of minor units from 1 to 2^53."""

    code = "amount-not-allowed"
    kind = Kind.INVALID
    field: str


@dataclass(unsafe_hash=True)
class CodeUnknown(LedgerRefusal):
    """The ledger's chart has no such transfer code."""

    code = "code-unknown"
    kind = Kind.INVALID
    name: str


@dataclass(unsafe_hash=True)
class DatesNotAllowed(LedgerRefusal):
    """The dates of a hold, or an effective time, contradict each other or the clock.

    Times carry a zone; a hold ends after now, captures itself before it expires and only towards a
    named payee; an extension ends later than the hold did.
    """

    code = "dates-not-allowed"
    kind = Kind.INVALID
    field: str
    rule: str


@dataclass(unsafe_hash=True)
class TransferNotFound(LedgerRefusal):
    """There is no such transfer to reverse.

    Holds, releases and reversals themselves cannot be reversed.
    """

    code = "transfer-not-found"
    kind = Kind.NOT_FOUND
    transfer: str


@dataclass(unsafe_hash=True)
class HoldNotFound(LedgerRefusal):
    """There is no such hold; a hold that was refused never existed."""

    code = "hold-not-found"
    kind = Kind.NOT_FOUND
    hold: str


@dataclass(unsafe_hash=True)
class AccountNotFound(LedgerRefusal):
    """There is no such account."""

    code = "account-not-found"
    kind = Kind.NOT_FOUND
    account: str


@dataclass(unsafe_hash=True)
class SameAccount(LedgerRefusal):
    """Debit and credit are the same account."""

    code = "same-account"
    kind = Kind.INVALID
    account: str


@dataclass(unsafe_hash=True)
class CurrencyMismatch(LedgerRefusal):
    """The two accounts have different currencies.

    Exchange is a group of two transfers through the house's position accounts.
    """

    code = "currency-mismatch"
    kind = Kind.CONFLICT
    debit: str
    credit: str


@dataclass(unsafe_hash=True)
class AccountClosed(LedgerRefusal):
    """The account is closed; nothing posts to it."""

    code = "account-closed"
    kind = Kind.CONFLICT
    account: str


@dataclass(unsafe_hash=True)
class AccountFrozen(LedgerRefusal):
    """The account is frozen; only reversals, releases and expiries post to it."""

    code = "account-frozen"
    kind = Kind.CONFLICT
    account: str


@dataclass(unsafe_hash=True)
class AlreadyReversed(LedgerRefusal):
    """The transfer was reversed before, wholly or so far that less is left than asked."""

    code = "already-reversed"
    kind = Kind.CONFLICT
    transfer: str
    left_minor: int


@dataclass(unsafe_hash=True)
class HoldClosed(LedgerRefusal):
    """The hold has ended: captured, released or expired."""

    code = "hold-closed"
    kind = Kind.CONFLICT
    hold: str


@dataclass(unsafe_hash=True)
class HoldExpired(LedgerRefusal):
    """The hold's time is over; it can only be released or expired."""

    code = "hold-expired"
    kind = Kind.CONFLICT
    hold: str


@dataclass(unsafe_hash=True)
class HoldNotDue(LedgerRefusal):
    """The hold's time is not over yet, so it cannot be expired; release it instead."""

    code = "hold-not-due"
    kind = Kind.CONFLICT
    hold: str


@dataclass(unsafe_hash=True)
class HoldExceeded(LedgerRefusal):
    """The hold has less left than asked."""

    code = "hold-exceeded"
    kind = Kind.CONFLICT
    hold: str
    left_minor: int


@dataclass(unsafe_hash=True)
class SweepWithoutLimit(LedgerRefusal):
    """The sweep has no end: neither a limit nor a bound on its accounts."""

    code = "sweep-without-limit"
    kind = Kind.INVALID
    id: str


@dataclass(unsafe_hash=True)
class FloorReached(LedgerRefusal):
    """The account has too little available.

    `available_minor` is what it has, holds taken off; `floor_minor` is the least it must keep.
    """

    code = "floor-reached"
    kind = Kind.CONFLICT
    account: str
    available_minor: int
    floor_minor: int


@dataclass(unsafe_hash=True)
class CeilingReached(LedgerRefusal):
    """The account would hold too much.

    `available_minor` counts what is reserved to come in; `ceiling_minor` is the most it may hold.
    """

    code = "ceiling-reached"
    kind = Kind.LIMIT
    account: str
    available_minor: int
    ceiling_minor: int


@dataclass(unsafe_hash=True)
class SumTooLarge(LedgerRefusal):
    """The account's debits or credits, posted and pending, would pass 2^62."""

    code = "sum-too-large"
    kind = Kind.LIMIT
    account: str


@dataclass(unsafe_hash=True)
class GroupFailed(LedgerRefusal):
    """Another member of the link group was refused, so none of it was posted.

    `culprit` is that member's place in the batch, counted from 0.
    """

    code = "group-failed"
    kind = Kind.CONFLICT
    culprit: int


PRECEDENCE: tuple[type[LedgerRefusal], ...] = (
    BatchTooLarge,
    GroupNotContiguous,
    IdExistsWithDifferent,
    IdNotAccepted,
    AmountNotAllowed,
    CodeUnknown,
    DatesNotAllowed,
    TransferNotFound,
    HoldNotFound,
    AccountNotFound,
    SameAccount,
    CurrencyMismatch,
    AccountClosed,
    AccountFrozen,
    AlreadyReversed,
    HoldClosed,
    HoldExpired,
    HoldNotDue,
    HoldExceeded,
    SweepWithoutLimit,
    FloorReached,
    CeilingReached,
    SumTooLarge,
    GroupFailed,
)
"""Of two reasons to refuse an item, the one that stands earlier here is given."""
