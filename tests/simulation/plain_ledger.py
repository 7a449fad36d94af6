"""A ledger as one would write it on paper: slow, obvious, and independent of the real one."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sycee.core.ledger.model import (
    Capture,
    Expire,
    Extend,
    Hold,
    Item,
    Release,
    Reversal,
    Sweep,
    Transfer,
)

Told = tuple[str, int | None]
"""A code and, when it posted, the amount."""


class No(Exception):
    """An item is refused with a code."""


@dataclass
class Paper:
    """One account: what was posted and what is reserved, signed to its normal side."""

    currency: str
    credit_normal: bool
    floor: int | None
    ceiling: int | None
    balance: int = 0
    going: int = 0
    coming: int = 0
    frozen: bool = False
    closed: bool = False

    def debit(self, amount: int) -> None:
        self._move(-amount if self.credit_normal else amount)

    def credit(self, amount: int) -> None:
        self._move(amount if self.credit_normal else -amount)

    def _move(self, change: int) -> None:
        after = self.balance + change
        if change < 0 and self.floor is not None and after - self.going < self.floor:
            raise No("floor-reached")
        if change > 0 and self.ceiling is not None and after + self.coming > self.ceiling:
            raise No("ceiling-reached")
        self.balance = after


@dataclass
class PlainLedger:
    """Accounts, holds and everything that was ever accepted."""

    accounts: dict[UUID, Paper] = field(default_factory=dict)
    holds: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    done: dict[UUID, tuple[Item, UUID | None, int, tuple[UUID, UUID] | None]] = field(
        default_factory=dict
    )
    reversed: dict[UUID, int] = field(default_factory=dict)

    def post(self, items: list[Item], now: datetime) -> list[Told]:
        """Post a batch, one item after the other, groups on a copy that may be thrown away."""
        groups = [item.group for item in items]
        runs = [list(run) for _, run in groupby(range(len(items)), key=lambda k: groups[k])]
        told: list[Told] = []
        for run in runs:
            group = groups[run[0]]
            if group is None:
                told += [self._alone(items[k], now) for k in run]
            elif sum(groups[other[0]] == group for other in runs) > 1:
                told += [("group-not-contiguous", None)] * len(run)
            else:
                told += self._group([items[k] for k in run], now)
        return told

    def _alone(self, item: Item, now: datetime, linked: UUID | None = None) -> Told:
        before = copy.deepcopy((self.accounts, self.holds, self.done, self.reversed))
        try:
            return self._one(item, now, linked)
        except No as no:
            self.accounts, self.holds, self.done, self.reversed = before
            return (str(no), None)

    def _group(self, items: list[Item], now: datetime) -> list[Told]:
        before = copy.deepcopy((self.accounts, self.holds, self.done, self.reversed))
        told: list[Told] = []
        for item in items:
            told.append(self._alone(item, now, items[0].id))
            if told[-1][0] not in ("ok", "exists"):
                break
        codes = [code for code, _ in told]
        culprit = next((k for k, code in enumerate(codes) if code not in ("ok", "exists")), None)
        if culprit is None and "exists" in codes and "ok" in codes:
            culprit = codes.index("exists")
            told[culprit] = ("id-exists-with-different", None)
        if culprit is None:
            return told
        self.accounts, self.holds, self.done, self.reversed = before
        return [told[k] if k == culprit else ("group-failed", None) for k in range(len(items))]

    def _one(self, item: Item, now: datetime, linked: UUID | None) -> Told:
        if item.id in self.done:
            old, old_linked, amount, _ = self.done[item.id]
            same = {**_fields(old), "linked": old_linked} == {**_fields(item), "linked": linked}
            if type(old) is type(item) and same:
                return ("exists", amount)
            raise No("id-exists-with-different")
        amount, legs = self._apply(item, now)
        self.done[item.id] = (item, linked, amount, legs)
        return ("ok", amount)

    def _apply(self, item: Item, now: datetime) -> tuple[int, tuple[UUID, UUID] | None]:
        if isinstance(item, Transfer):
            self._pair(item.debit, item.credit)
            self._move(item.debit, item.credit, item.amount_minor)
            return item.amount_minor, (item.debit, item.credit)
        if isinstance(item, Sweep):
            amount = self._there(item)
            self._move(item.debit, item.credit, amount)
            return amount, (item.debit, item.credit)
        if isinstance(item, Reversal):
            return self._reverse(item)
        if isinstance(item, Hold):
            return self._hold(item), None
        return self._step(item, now)

    def _pair(self, debit: UUID, credit: UUID, *, even_frozen: bool = False) -> None:
        if debit not in self.accounts or credit not in self.accounts:
            raise No("account-not-found")
        if debit == credit:
            raise No("same-account")
        pair = (self.accounts[debit], self.accounts[credit])
        if pair[0].currency != pair[1].currency:
            raise No("currency-mismatch")
        if pair[0].closed or pair[1].closed:
            raise No("account-closed")
        if (pair[0].frozen or pair[1].frozen) and not even_frozen:
            raise No("account-frozen")

    def _move(self, debit: UUID, credit: UUID, amount: int) -> None:
        if not amount:
            return
        refused = []
        for act in (self.accounts[debit].debit, self.accounts[credit].credit):
            try:
                act(amount)
            except No as no:
                refused.append(str(no))
        if refused:
            raise No(sorted(refused, reverse=True)[0])  # floors before ceilings

    def _there(self, item: Sweep) -> int:
        self._pair(item.debit, item.credit)
        debit, credit = self.accounts[item.debit], self.accounts[item.credit]
        ends = [item.limit_minor]
        if debit.credit_normal:
            ends.append(debit.balance - debit.going - (debit.floor or 0))
        elif debit.ceiling is not None:
            ends.append(debit.ceiling - debit.balance - debit.coming)
        if credit.credit_normal and credit.ceiling is not None:
            ends.append(credit.ceiling - credit.balance - credit.coming)
        elif not credit.credit_normal and credit.floor is not None:
            ends.append(credit.balance - credit.going - credit.floor)
        known = [end for end in ends if end is not None]
        if not known:
            raise No("sweep-without-limit")
        return max(0, min(known))

    def _reverse(self, item: Reversal) -> tuple[int, tuple[UUID, UUID]]:
        old, _, amount, legs = self.done.get(item.reverses, (None, None, 0, None))
        if legs is None or isinstance(old, Reversal):
            raise No("transfer-not-found")
        self._pair(legs[1], legs[0], even_frozen=True)
        left = amount - self.reversed.get(item.reverses, 0)
        asked = left if item.amount_minor is None else item.amount_minor
        if left <= 0 or asked > left:
            raise No("already-reversed")
        self._move(legs[1], legs[0], asked)
        self.reversed[item.reverses] = self.reversed.get(item.reverses, 0) + asked
        return asked, (legs[1], legs[0])

    def _hold(self, item: Hold) -> int:
        payer = self.accounts.get(item.debit)
        if item.credit is not None:
            self._pair(item.debit, item.credit)
        elif payer is None:
            raise No("account-not-found")
        elif payer.closed or payer.frozen:
            raise No("account-closed" if payer.closed else "account-frozen")
        self.holds[item.id] = {
            "debit": item.debit,
            "credit": item.credit,
            "left": item.amount_minor,
            "expires": item.expires_at,
            "open": True,
        }
        self._try(item)
        self._reserve(self.holds[item.id], item.amount_minor)
        return item.amount_minor

    def _try(self, item: Hold) -> None:
        """A hold needs the room that paying would need."""
        before = copy.deepcopy(self.accounts)
        other = item.credit
        if other is None:
            self.accounts[item.debit].debit(item.amount_minor)
        else:
            self._move(item.debit, other, item.amount_minor)
        self.accounts = before

    def _reserve(self, hold: dict[str, Any], amount: int) -> None:
        payer = self.accounts[hold["debit"]]
        if payer.credit_normal:
            payer.going += amount
        else:
            payer.coming += amount
        if hold["credit"] is not None:
            payee = self.accounts[hold["credit"]]
            if payee.credit_normal:
                payee.coming += amount
            else:
                payee.going += amount

    def _step(
        self, item: Capture | Release | Extend | Expire, now: datetime
    ) -> tuple[int, tuple[UUID, UUID] | None]:
        hold = self.holds.get(item.hold)
        if hold is None:
            raise No("hold-not-found")
        over = hold["expires"] is not None and hold["expires"] <= now
        if isinstance(item, Extend):
            return self._extend(item, hold, over), None
        if isinstance(item, Capture):
            self._pair(hold["debit"], item.credit)
        if not hold["open"]:
            raise No("hold-closed")
        if isinstance(item, Expire):
            if not over:
                raise No("hold-not-due")
            return self._free(hold, hold["left"]), None
        if isinstance(item, Capture) and over:
            raise No("hold-expired")
        amount = hold["left"] if item.amount_minor is None else item.amount_minor
        if amount > hold["left"]:
            raise No("hold-exceeded")
        if isinstance(item, Release):
            return self._free(hold, amount), None
        self._free(hold, hold["left"] if item.final else amount)
        payer = self.accounts[hold["debit"]]
        payer.balance += -amount if payer.credit_normal else amount
        self.accounts[item.credit].credit(amount)
        return amount, (hold["debit"], item.credit)

    def _extend(self, item: Extend, hold: dict[str, Any], over: bool) -> int:
        if hold["expires"] is None or item.expires_at <= hold["expires"]:
            raise No("dates-not-allowed")
        sides = [side for side in (hold["debit"], hold["credit"]) if side is not None]
        if any(self.accounts[side].frozen for side in sides):
            raise No("account-frozen")
        if not hold["open"]:
            raise No("hold-closed")
        if over:
            raise No("hold-expired")
        hold["expires"] = item.expires_at
        return hold["left"]

    def _free(self, hold: dict[str, Any], amount: int) -> int:
        self._reserve(hold, -amount)
        hold["left"] -= amount
        hold["open"] = hold["left"] > 0
        return amount


def _fields(item: Item) -> dict[str, Any]:
    return {
        name: getattr(item, name) for name in item.__struct_fields__ if name not in ("id", "group")
    }
