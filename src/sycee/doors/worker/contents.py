"""The table of contents of the worker: every slice's sweeps and handlers."""

from __future__ import annotations

import importlib
import importlib.util

from sycee.runtime.jobs import Jobs

MODULES = (
    "sycee.core.policy.jobs",
    "sycee.core.tender.jobs",
    "sycee.core.journal.webhooks.jobs",
    "sycee.products.escrow.jobs",
    "sycee.products.wallet.jobs",
    "sycee.doors.alipay.jobs",
)
"""Each has `register(jobs)`."""


def jobs() -> Jobs:
    """A registry with everything the house does later or at a deadline."""
    registry = Jobs()
    for name in filter(importlib.util.find_spec, MODULES):
        importlib.import_module(name).register(registry)
    return registry
