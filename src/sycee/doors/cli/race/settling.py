"""What is stored of envelopes that ended, against what everybody was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sycee.core.ledger import accounts, doctor
from sycee.doors.cli.race.play import Played
from sycee.products.envelopes import checks
from sycee.products.envelopes.model.envelope import State
from sycee.products.envelopes.store import claims as claimrows
from sycee.products.envelopes.store import envelopes as store
from sycee.runtime.db import Database

TIMEOUT_MS = 60_000
LONGEST = timedelta(seconds=7)
"""A claim counts by the time at which its transaction began; it is posted at the latest after its
14 statements, none of which takes longer than half a second."""


def closed(database: Database, envelopes: Sequence[Played]) -> list[Played]:
    """Those whose end is stored: nothing is taken from them any more."""
    with database.read(timeout_ms=TIMEOUT_MS) as tx:
        found = store.read(tx, [each.id for each in envelopes])
    return [each for each in envelopes if found[each.id].state is not State.OPEN]


def settle(database: Database, envelopes: Sequence[Played], people: Sequence[UUID]) -> Counter[str]:
    """Compare; AssertionError names the first envelope that was over-claimed, claimed twice, does
    not sum, or of which somebody was told otherwise than is stored."""
    tally: Counter[str] = Counter()
    with database.read(timeout_ms=TIMEOUT_MS) as tx:
        found = store.read(tx, [each.id for each in envelopes])
        for each in envelopes:
            kept, taken = found[each.id], claimrows.claimed(tx, each.id)
            sum_minor = sum(minor for _, _, minor, _ in taken)
            assert len(taken) <= kept.count, f"{each.id} was over-claimed"
            assert len({party for party, *_ in taken}) == len(taken), f"{each.id}: claimed twice"
            assert len({place for _, place, *_ in taken}) == len(taken), f"{each.id}: a place twice"
            assert (kept.claimed, kept.claimed_minor) == (len(taken), sum_minor), f"{each.id}: sum"
            assert sum_minor + kept.refunded_minor == kept.amount_minor, f"{each.id}: refund"
            late = [at for *_, at in taken if at >= kept.expires_at]
            assert all(at < kept.expires_at + LONGEST for at in late), f"{each.id}: after its end"
            stored = {party: minor for party, _, minor, _ in taken}
            told = {people[person]: minor for person, minor in each.told.items()}
            assert told == stored, f"{each.id}: told and stored differ"
            tally["shares taken"] += len(taken)
            tally["shares that were decided before the end and posted after it"] += len(late)
            tally["envelopes"] += 1
            tally["envelopes that ended with money in them"] += kept.refunded_minor > 0
    return tally


def examine(database: Database, everyone: Sequence[UUID], wealth_minor: int) -> None:
    """All wallets together hold what was there at the beginning, and the doctor finds nothing."""
    with database.read(timeout_ms=TIMEOUT_MS) as tx:
        held = sum(each.balance for each in accounts.owned(tx, everyone))
    assert held == wealth_minor, f"{wealth_minor - held} is missing"
    verdict = doctor.examine(database, checks.checks)
    assert verdict.ok, [finding for finding in verdict.checks if not finding.ok]
