"""Tender's retention: mandates that expired unspent are deleted after a while."""

from __future__ import annotations

from sycee.core.tender import mandates
from sycee.runtime.jobs import Jobs
from sycee.runtime.retention import Rule


def register(jobs: Jobs) -> None:
    """Add what tender keeps to the worker's registry."""
    jobs.keep(
        Rule(
            "tender.mandate",
            "Pay codes and mandates that expired unspent: known as expired rather than unknown.",
            days=7,
            purge=mandates.purge,
        )
    )
