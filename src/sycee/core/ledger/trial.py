"""The trial balance: every line of the chart with its live totals, in the order of the chart."""

from __future__ import annotations

import msgspec

from sycee.core.ledger.chart import BY_NUMBER
from sycee.core.ledger.store import trial as store
from sycee.runtime.db import Tx


class TrialLine(msgspec.Struct, frozen=True):
    """One kind of account in one currency. `balance_minor` is signed to its normal side."""

    code: str
    cls: str = msgspec.field(name="class")
    currency: str
    accounts: int
    debits_minor: int
    credits_minor: int
    balance_minor: int


def balance(tx: Tx) -> list[TrialLine]:
    """All lines that have an account; the debits of each currency sum to its credits."""
    lines: list[TrialLine] = []
    for number, currency, count, debits, credits in store.sums(tx):
        line = BY_NUMBER[number]
        net = credits - debits if line.credit_normal else debits - credits
        lines.append(TrialLine(line.name, str(line.cls), currency, count, debits, credits, net))
    return lines
