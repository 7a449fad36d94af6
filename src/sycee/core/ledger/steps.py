"""The rules of sweeps, reversals and holds: one function a kind of item. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sycee.core.ledger.chart import CODES
from sycee.core.ledger.model import (
    Account,
    Capture,
    Expire,
    Extend,
    Hold,
    HoldState,
    Kind,
    Outcome,
    Release,
    Reversal,
    Sweep,
)
from sycee.core.ledger.refusals import (
    AccountClosed,
    AccountFrozen,
    AccountNotFound,
    AlreadyReversed,
    DatesNotAllowed,
    HoldClosed,
    HoldExceeded,
    HoldExpired,
    HoldNotDue,
    HoldNotFound,
    LedgerRefusal,
    SweepWithoutLimit,
    TransferNotFound,
)
from sycee.core.ledger.ruling import Rerun, Ruling
from sycee.kit.clock import micros
from sycee.kit.money import MAX_MINOR


def sweep(ruling: Ruling, k: int, item: Sweep) -> Outcome:
    """What is there, up to the limit; a row even of nothing."""
    refusal = ruling.unfit_fields(k, item.limit_minor, "limit_minor", optional=True)
    refusal = refusal or ruling.unfit_pair(item.debit, item.credit)
    if refusal is not None:
        return refusal
    accounts = ruling.world.accounts
    debit, credit = accounts[item.debit.int], accounts[item.credit.int]
    there = debit.room_to_debit()
    if there is None and debit.credit_normal:
        there = debit.credits - debit.debits - debit.debits_pending
    limits = [x for x in (item.limit_minor, there, credit.room_to_credit()) if x is not None]
    if not limits:
        return SweepWithoutLimit(str(item.id))
    amount = max(0, min(*limits, MAX_MINOR))
    blocked = ruling.blocked(debit, credit, amount) if amount else None
    if blocked is not None:
        return blocked
    debit.debits += amount
    credit.credits += amount
    return ruling.record(
        k, debit, credit, amount, CODES[item.code], Kind.SWEEP, asked=item.limit_minor
    )


def reversal(ruling: Ruling, k: int, item: Reversal) -> Outcome:
    """Back from the credit side to the debit side, never more than is left."""
    world = ruling.world
    refusal = ruling.unfit_fields(k, item.amount_minor, optional=True)
    if refusal is not None:
        return refusal
    row = world.rows.get(item.reverses.int)
    if row is None or row.kind >= Kind.HOLD or row.kind == Kind.REVERSAL or row.credit is None:
        return TransferNotFound(str(item.reverses))
    if row.credit not in world.accounts or row.debit not in world.accounts:
        raise Rerun
    refusal = ruling.unfit_pair(UUID(int=row.credit), UUID(int=row.debit), even_frozen=True)
    if refusal is not None:
        return refusal
    left = row.amount_minor - world.reversed.get(row.id, 0)
    amount = left if item.amount_minor is None else item.amount_minor
    if left <= 0 or amount > left:
        return AlreadyReversed(str(item.reverses), left)
    debit, credit = world.accounts[row.credit], world.accounts[row.debit]
    blocked = ruling.blocked(debit, credit, amount)
    if blocked is not None:
        return blocked
    debit.debits += amount
    credit.credits += amount
    world.reversed[row.id] = world.reversed.get(row.id, 0) + amount
    return ruling.record(
        k,
        debit,
        credit,
        amount,
        CODES[item.code],
        Kind.REVERSAL,
        asked=item.amount_minor,
        reverses=row.id,
    )


def hold(ruling: Ruling, k: int, item: Hold) -> Outcome:
    """Reserve on the payer, and on the payee if one is named."""
    world = ruling.world
    refusal = ruling.unfit_fields(k, item.amount_minor) or _unfit_dates(world.now_us, item)
    if refusal is not None:
        return refusal
    debit = world.accounts.get(item.debit.int)
    if item.credit is not None:
        refusal = ruling.unfit_pair(item.debit, item.credit)
    elif debit is not None and debit.closed:
        refusal = AccountClosed(str(item.debit))
    elif debit is not None and debit.frozen:
        refusal = AccountFrozen(str(item.debit))
    if debit is None or refusal is not None:
        return refusal or AccountNotFound(str(item.debit))
    credit = None if item.credit is None else world.accounts[item.credit.int]
    blocked = ruling.blocked(debit, credit, item.amount_minor)
    if blocked is not None:
        return blocked
    debit.debits_pending += item.amount_minor
    if credit is not None:
        credit.credits_pending += item.amount_minor
    state = HoldState(
        id=ruling.ids[k],
        debit=debit.id,
        credit=None if credit is None else credit.id,
        code=CODES[item.code],
        subject=item.subject,
        amount_minor=item.amount_minor,
        captured_minor=0,
        released_minor=0,
        expires_us=_micros(item.expires_at),
        capture_us=_micros(item.capture_at),
        closed_us=None,
    )
    world.holds[state.id] = state
    ruling.new_holds.add(state.id)
    return ruling.record(
        k,
        debit,
        None,
        item.amount_minor,
        state.code,
        Kind.HOLD,
        named=state.credit,
        expires_us=state.expires_us,
        capture_us=state.capture_us,
    )


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else micros(moment)


def _unfit_dates(now_us: int, item: Hold) -> LedgerRefusal | None:
    expires, capture = item.expires_at, item.capture_at
    for field, moment in (("expires_at", expires), ("capture_at", capture)):
        if moment is None:
            continue
        if moment.tzinfo is None:
            return DatesNotAllowed(field, "must carry a time zone")
        if micros(moment) <= now_us:
            return DatesNotAllowed(field, "must be later than now")
    if capture is None:
        return None
    if item.credit is None:
        return DatesNotAllowed("capture_at", "needs a payee named in credit")
    if expires is not None and capture >= expires:
        return DatesNotAllowed("capture_at", "must be earlier than expires_at")
    return None


def _hold_of(ruling: Ruling, id: UUID) -> HoldState | LedgerRefusal:
    """The hold an item works on, open or not."""
    world = ruling.world
    state = world.holds.get(id.int)
    if state is None:
        return HoldNotFound(str(id))
    if state.debit not in world.accounts or (
        state.credit is not None and state.credit not in world.accounts
    ):
        raise Rerun
    return state


def _open_hold(ruling: Ruling, id: UUID) -> HoldState | LedgerRefusal:
    """The hold an item gives something back of."""
    state = _hold_of(ruling, id)
    if isinstance(state, HoldState) and state.closed_us is not None:
        return HoldClosed(str(id))
    return state


def _free(ruling: Ruling, state: HoldState, amount: int) -> tuple[Account, Account | None]:
    """Take an amount off what the hold reserves."""
    accounts = ruling.world.accounts
    debit = accounts[state.debit]
    named = None if state.credit is None else accounts[state.credit]
    debit.debits_pending -= amount
    if named is not None:
        named.credits_pending -= amount
    return debit, named


def _note(ruling: Ruling, k: int, state: HoldState) -> None:
    """Mark the hold as changed, and as closed when nothing is left of it."""
    if state.left_minor == 0:
        state.closed_us = ruling.first_us + k
    if state.id not in ruling.new_holds:
        ruling.changed_holds.add(state.id)


def capture(ruling: Ruling, k: int, item: Capture) -> Outcome:
    """Pay out of the reservation; the payer's bounds were tested when it was made."""
    world = ruling.world
    refusal = ruling.unfit_fields(k, item.amount_minor, optional=True)
    if refusal is not None:
        return refusal
    state = _hold_of(ruling, item.hold)
    if not isinstance(state, HoldState):
        return state
    refusal = ruling.unfit_pair(UUID(int=state.debit), item.credit)
    if refusal is not None:
        return refusal
    if state.closed_us is not None:
        return HoldClosed(str(item.hold))
    if state.expires_us is not None and state.expires_us <= world.now_us:
        return HoldExpired(str(item.hold))
    left = state.left_minor
    amount = left if item.amount_minor is None else item.amount_minor
    if amount > left:
        return HoldExceeded(str(item.hold), left)
    freed = left if item.final else amount
    debit, _ = _free(ruling, state, freed)
    credit = world.accounts[item.credit.int]
    blocked = ruling.blocked_payee(credit, amount)
    if blocked is not None:
        _free(ruling, state, -freed)
        return blocked
    debit.debits += amount
    credit.credits += amount
    state.captured_minor += amount
    state.released_minor += freed - amount
    _note(ruling, k, state)
    return ruling.record(
        k,
        debit,
        credit,
        amount,
        CODES[item.code],
        Kind.FINAL_CAPTURE if item.final else Kind.CAPTURE,
        asked=item.amount_minor,
        hold=state.id,
    )


def release(ruling: Ruling, k: int, item: Release) -> Outcome:
    """Give back part or all of the reservation."""
    refusal = ruling.unfit_fields(k, item.amount_minor, optional=True)
    if refusal is not None:
        return refusal
    state = _open_hold(ruling, item.hold)
    if not isinstance(state, HoldState):
        return state
    amount = state.left_minor if item.amount_minor is None else item.amount_minor
    if amount > state.left_minor:
        return HoldExceeded(str(item.hold), state.left_minor)
    return _give_back(ruling, k, state, amount, Kind.RELEASE, item.amount_minor)


def _give_back(
    ruling: Ruling, k: int, state: HoldState, amount: int, kind: Kind, asked: int | None
) -> Outcome:
    debit, _ = _free(ruling, state, amount)
    state.released_minor += amount
    _note(ruling, k, state)
    return ruling.record(
        k,
        debit,
        None,
        amount,
        state.code,
        kind,
        asked=asked,
        hold=state.id,
        named=state.credit,
        subject=state.subject,
    )


def extend(ruling: Ruling, k: int, item: Extend) -> Outcome:
    """Let the hold live longer."""
    refusal = ruling.unfit_fields(k, None, optional=True)
    if refusal is None and item.expires_at.tzinfo is None:
        refusal = DatesNotAllowed("expires_at", "must carry a time zone")
    if refusal is not None:
        return refusal
    state = _hold_of(ruling, item.hold)
    if not isinstance(state, HoldState):
        return state
    if state.expires_us is None or micros(item.expires_at) <= state.expires_us:
        return DatesNotAllowed("expires_at", "must be later than the hold's own")
    debit = ruling.world.accounts[state.debit]
    for side in (state.debit, state.credit):
        if side is not None and ruling.world.accounts[side].frozen:
            return AccountFrozen(str(UUID(int=side)))
    if state.closed_us is not None:
        return HoldClosed(str(item.hold))
    if state.expires_us <= ruling.world.now_us:
        return HoldExpired(str(item.hold))
    state.expires_us = micros(item.expires_at)
    _note(ruling, k, state)
    return ruling.record(
        k,
        debit,
        None,
        state.left_minor,
        state.code,
        Kind.EXTEND,
        hold=state.id,
        named=state.credit,
        subject=state.subject,
        expires_us=state.expires_us,
    )


def expire(ruling: Ruling, k: int, item: Expire) -> Outcome:
    """Give back the rest of a hold whose time is over."""
    refusal = ruling.unfit_fields(k, None, optional=True)
    if refusal is not None:
        return refusal
    state = _open_hold(ruling, item.hold)
    if not isinstance(state, HoldState):
        return state
    if state.expires_us is None or state.expires_us > ruling.world.now_us:
        return HoldNotDue(str(item.hold))
    return _give_back(ruling, k, state, state.left_minor, Kind.EXPIRE, None)


RULES: dict[type, Callable[[Ruling, int, Any], Outcome]] = {
    Sweep: sweep,
    Reversal: reversal,
    Hold: hold,
    Capture: capture,
    Release: release,
    Extend: extend,
    Expire: expire,
}
"""The rule of each kind of item but the plain transfer, which `Decision` decides itself."""
