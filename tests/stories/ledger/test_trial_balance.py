"""The trial balance sums what the accounts hold, line by line."""

from __future__ import annotations

from pathlib import Path

from sycee.core.ledger import trial
from sycee.doors.cli import town
from sycee.runtime.db import Database


def test_debits_equal_credits_and_each_line_is_signed_to_its_side(
    database: Database, tmp_path: Path
) -> None:
    town.seed(database, tmp_path)
    with database.read() as tx:
        lines = {line.code: line for line in trial.balance(tx)}
    money = sum(resident.money_minor for resident in town.RESIDENTS)
    assert {line.currency for line in lines.values()} == {town.CURRENCY}
    assert lines["bank"].balance_minor == lines["wallet"].balance_minor == money
    assert (lines["bank"].cls, lines["wallet"].cls) == ("asset", "liability")
    assert sum(line.debits_minor for line in lines.values()) == money
    assert sum(line.credits_minor for line in lines.values()) == money
    assert lines["merchant"].accounts == 3
