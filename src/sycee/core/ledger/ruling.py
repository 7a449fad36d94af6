"""What every rule reads and writes: the world under lock, and the record of a batch. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sycee.core.ledger.chart import CODES
from sycee.core.ledger.model import (
    BATCH_MAX,
    SUM_MAX,
    Account,
    HoldState,
    Item,
    Kind,
    Outcome,
    Posted,
    Row,
    amount_ok,
)
from sycee.core.ledger.refusals import (
    AccountClosed,
    AccountFrozen,
    AccountNotFound,
    AmountNotAllowed,
    CeilingReached,
    CodeUnknown,
    CurrencyMismatch,
    DatesNotAllowed,
    FloorReached,
    IdNotAccepted,
    LedgerRefusal,
    SameAccount,
    SumTooLarge,
)
from sycee.kit.clock import from_micros, micros

STEPS = tuple(timedelta(microseconds=k) for k in range(BATCH_MAX + 1))


class Rerun(Exception):
    """Something the batch refers to came into being after its accounts were named: post again."""


@dataclass(slots=True)
class World:
    """What was read under the locks. The rules change `accounts` and `holds` in place.

    `rows` are log rows by id: those that items of the batch have already, and those they reverse;
    `reversed` is how much of a row was reversed. Times are microseconds since 1970: `now_us` is the
    ledger's clock, `base_us` the last moment before the batch; row k is posted at base + 1 + k.
    """

    now_us: int
    base_us: int
    accounts: dict[int, Account]
    holds: dict[int, HoldState] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    reversed: dict[int, int] = field(default_factory=dict)


class Ruling:
    """A batch being decided: outcomes in order, rows and holds to write, and the shared checks."""

    def __init__(
        self,
        items: Sequence[Item],
        ids: Sequence[int],
        unfit: set[int],
        world: World,
        *,
        track: bool,
    ) -> None:
        self.items, self.ids, self.unfit, self.world = items, ids, unfit, world
        self.outcomes: list[Outcome] = []
        self.rows: list[tuple[object, ...]] = []
        self.refused: list[int] = []
        self.repeated: list[int] = []
        self.kinds: set[type] = set(map(type, items))
        self.new_holds: set[int] = set()
        self.changed_holds: set[int] = set()
        self.linked: int | None = None
        self.first_us = world.base_us + 1
        self.first_at = from_micros(self.first_us)
        self.track = track  # whether an item may refer to an earlier one of the same batch

    def unfit_fields(
        self, k: int, amount: object, field: str = "amount_minor", *, optional: bool = False
    ) -> LedgerRefusal | None:
        """What is wrong with the item's own fields; an `optional` amount may be None."""
        item = self.items[k]
        if k in self.unfit:
            return IdNotAccepted(str(item.id), "must be a UUIDv7 made within 24 hours of now")
        if not amount_ok(amount) and not (optional and amount is None):
            return AmountNotAllowed(field)
        code = getattr(item, "code", None)
        if code is not None and code not in CODES:
            return CodeUnknown(str(code))
        if item.effective_at is not None and item.effective_at.tzinfo is None:
            return DatesNotAllowed("effective_at", "must carry a time zone")
        return None

    def unfit_pair(
        self, debit_id: UUID, credit_id: UUID, *, even_frozen: bool = False
    ) -> LedgerRefusal | None:
        """Why money cannot move between two accounts, whatever the amount."""
        debit = self.world.accounts.get(debit_id.int)
        credit = self.world.accounts.get(credit_id.int)
        if debit is None or credit is None:
            return AccountNotFound(str(debit_id if debit is None else credit_id))
        if debit is credit:
            return SameAccount(str(debit_id))
        if debit.currency != credit.currency:
            return CurrencyMismatch(debit.currency, credit.currency)
        if debit.closed or credit.closed:
            return AccountClosed(str(debit_id if debit.closed else credit_id))
        if (debit.frozen or credit.frozen) and not even_frozen:
            return AccountFrozen(str(debit_id if debit.frozen else credit_id))
        return None

    @staticmethod
    def blocked(debit: Account, credit: Account | None, amount: int) -> LedgerRefusal | None:
        """The bound that an amount would break: floors, then ceilings, then what a sum can hold."""
        room = debit.room_to_debit()
        other = None if credit is None else credit.room_to_credit()
        if (room is not None and amount > room) or (other is not None and amount > other):
            return _bound(debit, credit, amount)
        if debit.debits + debit.debits_pending + amount > SUM_MAX:
            return SumTooLarge(str(UUID(int=debit.id)))
        if credit is not None and credit.credits + credit.credits_pending + amount > SUM_MAX:
            return SumTooLarge(str(UUID(int=credit.id)))
        return None

    @staticmethod
    def blocked_payee(credit: Account, amount: int) -> LedgerRefusal | None:
        """The same for the receiving side alone."""
        room = credit.room_to_credit()
        if room is not None and amount > room:
            return _reached(credit, room, not credit.credit_normal)
        if credit.credits + credit.credits_pending + amount > SUM_MAX:
            return SumTooLarge(str(UUID(int=credit.id)))
        return None

    def record(
        self,
        k: int,
        debit: Account,
        credit: Account | None,
        amount: int,
        code: int,
        kind: Kind,
        *,
        asked: int | None = None,
        named: int | None = None,
        reverses: int | None = None,
        hold: int | None = None,
        subject: UUID | None = None,
        expires_us: int | None = None,
        capture_us: int | None = None,
    ) -> Posted:
        """Write the row of an accepted item whose effect is applied; `named` is a hold's payee."""
        item = self.items[k]
        posted_us = self.first_us + k
        debit_after = debit.balance()
        credit_after = None if credit is None else credit.balance()
        effective_us = None if item.effective_at is None else micros(item.effective_at)
        row = (
            self.ids[k],
            debit.id,
            named if credit is None else credit.id,
            amount,
            code,
            int(kind),
            posted_us,
            debit_after,
            credit_after,
            subject or getattr(item, "subject", None),
            asked,
            self.linked,
            reverses,
            hold,
            effective_us,
            expires_us,
            capture_us,
        )
        self.rows.append(row)
        if self.track:
            self.world.rows[self.ids[k]] = Row._make(row)  # pyright: ignore[reportArgumentType]
        return Posted(item.id, amount, self.first_at + STEPS[k], debit_after, credit_after)


def _bound(debit: Account, credit: Account | None, amount: int) -> LedgerRefusal | None:
    """The floor of either account if it breaks, else a ceiling."""
    room = debit.room_to_debit()
    other = None if credit is None else credit.room_to_credit()
    found: list[LedgerRefusal] = []
    if room is not None and amount > room:
        found.append(_reached(debit, room, debit.credit_normal))
    if credit is not None and other is not None and amount > other:
        found.append(_reached(credit, other, not credit.credit_normal))
    found.sort(key=lambda refusal: isinstance(refusal, CeilingReached))
    return found[0] if found else None


def _reached(account: Account, room: int, lowers: bool) -> LedgerRefusal:
    name = str(UUID(int=account.id))
    if lowers:
        floor = account.floor or 0
        return FloorReached(name, room + floor, floor)
    ceiling = account.ceiling or 0
    return CeilingReached(name, ceiling - room, ceiling)
