"""The table of contents of `/v1`: every slice's routes, and the one that does nothing."""

from __future__ import annotations

import importlib
from functools import cache

import msgspec

from sycee import __version__
from sycee.core.parties import callers
from sycee.core.parties.identity import sessions
from sycee.core.parties.personal import sources
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.openapi import Json, document
from sycee.runtime.http.routes import Route, read

MODULES = (
    "sycee.core.parties.api",
    "sycee.core.parties.identity.api",
    "sycee.core.parties.personal.api",
    "sycee.core.parties.identity.staff.api",
    "sycee.core.ledger.api",
    "sycee.doors.http.operating",
    "sycee.core.journal.api",
    "sycee.core.journal.webhooks.api",
    "sycee.doors.alipay.api",
    "sycee.core.tender.api",
    "sycee.core.paycodes.api",
    "sycee.products.escrow.api",
    "sycee.products.wallet.api",
    "sycee.products.wallet.approvals.api",
    "sycee.products.wallet.bank.api",
    "sycee.products.wallet.tills.api",
    "sycee.products.wallet.refunds.api",
    "sycee.products.wallet.shops.codes.api",
    "sycee.products.wallet.shops.links.api",
    "sycee.products.wallet.shops.sales.api",
    "sycee.products.envelopes.api",
    "sycee.products.envelopes.groups.api",
    "sycee.products.envelopes.watch.api",
    "sycee.oversight.regulator.orders.api",
    "sycee.oversight.regulator.safeguarding.api",
    "sycee.oversight.regulator.demands.api",
    "sycee.oversight.transparency.api",
    "sycee.oversight.transparency.liabilities.api",
    "sycee.oversight.transparency.readings.api",
    "sycee.oversight.transparency.report.api",
    "sycee.oversight.transparency.counts.api",
    "sycee.products.wallet.people.contacts.api",
    "sycee.products.wallet.people.categories.api",
    "sycee.products.wallet.people.payments.api",
    "sycee.products.wallet.people.requests.api",
    "sycee.products.wallet.people.gifts.api",
    "sycee.products.wallet.people.splits.api",
    "sycee.products.wallet.people.schedules.api",
    "sycee.products.wallet.statements.api",
    "sycee.products.wallet.receipts.api",
)

PERSONAL = (
    "sycee.products.escrow.personal",
    "sycee.products.envelopes.personal",
    "sycee.products.wallet.personal",
    "sycee.products.wallet.people.personal",
)
"""Modules whose `source` says what their slice keeps of a person, and what is still open."""

STRANGERS = (*callers.INVALID, *sessions.INVALID)
"""Why a key or a session opens nothing."""

ABOUT = """One double-entry ledger with escrow and wallets on it.

Amounts are whole minor units of an ISO 4217 currency. Every write carries an `Idempotency-Key`: the
same key and body give the same answer for good, marked `Idempotent-Replay: true`. Whatever is
refused is `application/problem+json` with a permanent `code`; `/problems/{code}` explains each.
Lists come a page at a time: pass `next` as `cursor`. Callers authenticate with
`Authorization: Bearer sk_…`; a revoked key stops within 5 seconds. People log in with a passkey: a
session is a cookie and a signature on each request (`Sycee-Proof`) by the key of their browser."""


class Pong(msgspec.Struct, frozen=True):
    """The caller is known."""

    ok: bool


@read("/v1/ping", method="POST", scope="accounts:read", gives=Pong)
def ping(*, caller: Caller) -> Pong:
    """Check an API key: authenticates, then does nothing."""
    return Pong(ok=caller is not None)


def personal() -> None:
    """Let the core ask every slice what it keeps of a person."""
    sources.use([importlib.import_module(name).source for name in PERSONAL])


@cache
def routes() -> list[Route]:
    """Every declared route of the house."""
    personal()
    found = [ping]
    for name in MODULES:
        found.extend(importlib.import_module(name).routes)
    return found


@cache
def openapi() -> Json:
    """The OpenAPI 3.1 document of `/v1`."""
    return document(routes(), title="Sycee", version=__version__, about=ABOUT, strangers=STRANGERS)


def openapi_text() -> str:
    """The document as it is committed: indented, in UTF-8, with a final line break."""
    return msgspec.json.format(msgspec.json.encode(openapi()), indent=2).decode() + "\n"
