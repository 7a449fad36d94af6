"""The rules: items in order, accounts as they stand, what is accepted and what is refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sycee.core.ledger.chart import CODES
from sycee.core.ledger.content import difference
from sycee.core.ledger.model import SUM_MAX, Hold, Item, Kind, Outcome, Posted, Row, Transfer
from sycee.core.ledger.refusals import (
    GroupFailed,
    GroupNotContiguous,
    IdExistsWithDifferent,
)
from sycee.core.ledger.ruling import STEPS, Ruling
from sycee.core.ledger.steps import RULES
from sycee.core.ledger.survey import Span, legs
from sycee.kit.clock import from_micros
from sycee.kit.money import MAX_MINOR

PIECE = 512
"""Items decided before their rows go out."""

_COUNTED: set[type] = {Transfer, Hold}  # what the net effects count in full


class Decision(Ruling):
    """The outcome of each item in order, and the rows and holds to write."""

    def run(self, spans: Sequence[Span]) -> None:
        """Decide every item; item k sees the effect of k - 1."""
        for _ in self.progress(spans):
            pass

    def progress(self, spans: Sequence[Span]) -> Iterator[int]:
        """The same, in pieces: yields how many rows are decided for good."""
        for span in spans:
            if span.group is None:
                for start in range(span.start, span.end, PIECE):
                    self._loose(start, min(start + PIECE, span.end))
                    yield len(self.rows)
                continue
            if span.broken:
                for k in range(span.start, span.end):
                    self._refuse(k, GroupNotContiguous(span.group))
            else:
                self._group(span)
            yield len(self.rows)

    def _loose(self, start: int, end: int) -> None:
        items, ids, known = self.items, self.ids, self.world.rows
        outcomes, careful = self.outcomes, bool(known) or self.track
        for k in range(start, end):
            item = items[k]
            if careful and ids[k] in known:
                outcome = self._again(k, item)
            elif type(item) is Transfer:
                outcome = self._transfer(k, item)
            else:
                outcome = RULES[type(item)](self, k, item)
            if type(outcome) is Posted:
                outcomes.append(outcome)
            else:
                self._refuse(k, outcome)

    def _refuse(self, k: int, refusal: Outcome) -> None:
        self.refused.append(k)
        self.outcomes.append(refusal)

    def _again(self, k: int, item: Item) -> Outcome:
        """The answer to an id that is in the log already."""
        row = self.world.rows[self.ids[k]]
        differs = difference(item, self.linked, row)
        if differs is not None:
            return IdExistsWithDifferent(str(item.id), differs)
        self.repeated.append(k)
        return Posted(
            item.id,
            row.amount_minor,
            from_micros(row.posted_us),
            row.debit_after,
            row.credit_after,
            True,
        )

    def _group(self, span: Span) -> None:
        """All members or none; a group that fails leaves nothing behind."""
        saved = self._save(span)
        self.linked = self.ids[span.start]
        outcomes: list[Posted] = []
        culprit, reason = -1, None
        for k in range(span.start, span.end):
            outcome = self._member(k)
            if isinstance(outcome, Posted):
                outcomes.append(outcome)
            else:
                culprit, reason = k, outcome
                break
        existed = [posted.existed for posted in outcomes]
        if reason is None and any(existed) and not all(existed):
            culprit = span.start + existed.index(True)
            reason = IdExistsWithDifferent(str(self.items[culprit].id), "group")
        self.linked = None
        if reason is None:
            self.outcomes.extend(outcomes)
            return
        self._restore(saved)
        for k in range(span.start, span.end):
            self._refuse(k, reason if k == culprit else GroupFailed(culprit))

    def _member(self, k: int) -> Outcome:
        item = self.items[k]
        if self.ids[k] in self.world.rows:
            return self._again(k, item)
        return (
            self._transfer(k, item) if type(item) is Transfer else RULES[type(item)](self, k, item)
        )

    def _save(self, span: Span) -> tuple[dict[int, tuple[int, ...]], dict[int, tuple], dict, int]:
        world = self.world
        members = self.items[span.start : span.end]
        sums: dict[int, tuple[int, ...]] = {}
        for item in members:
            for id in legs(item, world.holds, world.rows):
                if id in world.accounts:
                    sums[id] = world.accounts[id].sums
        named = {ref.int for item in members if (ref := getattr(item, "hold", None)) is not None}
        holds = {
            id: (hold.captured_minor, hold.released_minor, hold.expires_us, hold.closed_us)
            for id in named
            if (hold := world.holds.get(id)) is not None
        }
        return sums, holds, dict(world.reversed) if self.track else {}, len(self.rows)

    def _restore(self, saved: tuple) -> None:
        world = self.world
        sums, holds, reversed_, length = saved
        for id, before in sums.items():
            world.accounts[id].sums = before
        for id, before in holds.items():
            hold = world.holds[id]
            hold.captured_minor, hold.released_minor, hold.expires_us, hold.closed_us = before
        if self.track:
            world.reversed.clear()
            world.reversed.update(reversed_)
        for row in self.rows[length:]:
            id = row[0]
            world.rows.pop(id, None)  # pyright: ignore[reportArgumentType, reportCallIssue]
            if id in self.new_holds:
                self.new_holds.discard(id)  # pyright: ignore[reportArgumentType]
                del world.holds[id]  # pyright: ignore[reportArgumentType]
        del self.rows[length:]

    def doubtful(self) -> set[int]:
        """Accounts of items whose effect is not simply what they asked for."""
        world, items = self.world, self.items
        places = {*self.refused, *self.repeated}
        if not self.kinds <= _COUNTED:
            places.update(k for k, item in enumerate(items) if type(item) not in _COUNTED)
        found: set[int] = set()
        for k in places:
            found |= legs(items[k], world.holds, world.rows)
        return found

    def _transfer(self, k: int, item: Transfer) -> Outcome:
        """The rule of the plain transfer, written out: posting spends its time here."""
        amount = item.amount_minor
        code = CODES.get(item.code)
        accounts = self.world.accounts
        debit_id, credit_id = item.debit.int, item.credit.int
        debit, credit = accounts.get(debit_id), accounts.get(credit_id)
        if (
            debit is None
            or credit is None
            or code is None
            or k in self.unfit
            or type(amount) is not int
            or not 0 < amount <= MAX_MINOR
            or item.effective_at is not None
            or debit.currency != credit.currency
            or debit.frozen
            or debit.closed
            or credit.frozen
            or credit.closed
            or debit is credit
        ):
            return self._careful_transfer(k, item)
        if (
            not debit.credit_normal
            or not credit.credit_normal
            or credit.ceiling is not None
            or (
                debit.floor is not None
                and debit.credits - debit.debits - debit.debits_pending - amount < debit.floor
            )
        ):
            blocked = self.blocked(debit, credit, amount)
            if blocked is not None:
                return blocked
        debit.debits += amount
        credit.credits += amount
        if debit.debits + debit.debits_pending > SUM_MAX or (
            credit.credits + credit.credits_pending > SUM_MAX
        ):
            debit.debits -= amount
            credit.credits -= amount
            return self._careful_transfer(k, item)
        after = debit.credits - debit.debits
        debit_after = after if debit.credit_normal else -after
        after = credit.credits - credit.debits
        credit_after = after if credit.credit_normal else -after
        # fmt: off
        row = (
            self.ids[k], debit_id, credit_id, amount, code, 1, self.first_us + k,
            debit_after, credit_after, item.subject, None, self.linked,
            None, None, None, None, None,
        )
        # fmt: on
        self.rows.append(row)
        if self.track:
            self.world.rows[self.ids[k]] = Row(*row)
        return Posted(item.id, amount, self.first_at + STEPS[k], debit_after, credit_after)

    def _careful_transfer(self, k: int, item: Transfer) -> Outcome:
        """The same rule, step by step in order of precedence."""
        amount = item.amount_minor
        refusal = self.unfit_fields(k, amount) or self.unfit_pair(item.debit, item.credit)
        if refusal is not None:
            return refusal
        accounts = self.world.accounts
        debit, credit = accounts[item.debit.int], accounts[item.credit.int]
        blocked = self.blocked(debit, credit, amount)
        if blocked is not None:
            return blocked
        debit.debits += amount
        credit.credits += amount
        return self.record(k, debit, credit, amount, CODES[item.code], Kind.TRANSFER)
