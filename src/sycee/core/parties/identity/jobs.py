"""Identity's retention: challenges, sessions and counters that are over go after a while."""

from __future__ import annotations

from sycee.core.parties.identity import recoveryrows, sessionrows
from sycee.runtime.jobs import Jobs
from sycee.runtime.retention import Rule

RULES = (
    Rule(
        "identity.challenge",
        "Challenges for passkeys that were given out and have expired.",
        days=1,
        purge=sessionrows.purge_challenges,
    ),
    Rule(
        "identity.session",
        "Sessions that have ended: which device was logged in, and when.",
        days=90,
        purge=sessionrows.purge,
    ),
    Rule(
        "identity.attempt",
        "Counters of wrong tries that have run out.",
        days=1,
        purge=recoveryrows.purge,
    ),
)


def register(jobs: Jobs) -> None:
    """Add what identity keeps to the worker's registry."""
    for rule in RULES:
        jobs.keep(rule)
