"""Routes of the ledger as a whole; a party's own accounts are in `core/parties`."""

from __future__ import annotations

from sycee.core.ledger import trial
from sycee.core.ledger.trial import TrialLine
from sycee.runtime.db import Tx
from sycee.runtime.http.routes import read


@read("/v1/trial-balance", scope="operator", gives=list[TrialLine])
def trial_balance(tx: Tx) -> list[TrialLine]:
    """Read the trial balance: every kind of account with its live totals."""
    return trial.balance(tx)


routes = [trial_balance]
