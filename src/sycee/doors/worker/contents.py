"""The table of contents of the worker: every slice's sweeps and jobs."""

from __future__ import annotations

from sycee.core.journal.webhooks import jobs as webhooks
from sycee.core.ledger import jobs as ledger
from sycee.core.parties import jobs as parties
from sycee.core.parties import vault
from sycee.core.parties.identity import jobs as identity
from sycee.core.parties.keyring import Keyring
from sycee.core.policy import jobs as policy
from sycee.core.tender import jobs as tender
from sycee.doors.alipay import jobs as alipay
from sycee.oversight.regulator.demands import jobs as demands
from sycee.oversight.regulator.orders import jobs as orders
from sycee.oversight.regulator.safeguarding import jobs as safeguarding
from sycee.oversight.transparency import jobs as transparency
from sycee.oversight.transparency.liabilities import jobs as liabilities
from sycee.products.envelopes import jobs as envelopes
from sycee.products.escrow import jobs as escrow
from sycee.products.wallet.bank import jobs as bank
from sycee.products.wallet.bank.store import lines as bank_lines
from sycee.products.wallet.people import jobs as people
from sycee.runtime import settings as installation
from sycee.runtime import verdicts
from sycee.runtime.jobs import KEPT, Jobs
from sycee.runtime.retention import Rule

FOR_GOOD = (
    Rule("ledger.transfers", "The books: rows are never changed or deleted."),
    Rule("journal.entry", "Who did what: ids and amounts, no personal data; proofs rest on it."),
    Rule("parties.party", "Parties by id; what names a person is in the vault, under its own key."),
)
"""What no slice may ever purge."""

SLICES = (ledger, identity, policy, tender, webhooks, demands, escrow, envelopes, alipay, people)


def jobs(keyring: Keyring) -> Jobs:
    """Everything the worker knows how to do; `keyring` is the vault's, for erasures."""
    vault.use(keyring)
    registry = Jobs()
    parties.register(registry, keyring, installation.load().home)
    bank.register(registry)
    orders.register(registry)
    safeguarding.register(registry, bank_lines.net_lines)
    transparency.register(registry, keyring)
    liabilities.register(registry, keyring)
    for slice_ in SLICES:
        slice_.register(registry)
    for rule in (*KEPT, verdicts.KEPT, *FOR_GOOD):
        registry.keep(rule)
    return registry
