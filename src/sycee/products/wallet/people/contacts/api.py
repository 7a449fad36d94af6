"""Routes of contacts, and the look before one pays."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.vault import OPENING_REFUSALS, SEALING_REFUSALS
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import public
from sycee.products.wallet.people.contacts import actions, desk
from sycee.products.wallet.people.contacts.actions import Kept
from sycee.products.wallet.people.contacts.desk import (
    ContactBody,
    ContactEntry,
    ContactView,
    Export,
    ImportBody,
    PayeeView,
)
from sycee.products.wallet.people.contacts.model import ContactIsSelf, ContactsFull
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import direct, read, write

_KEEPING = (Invalid, NotFound, ContactIsSelf, ContactsFull, *SEALING_REFUSALS)


@read(
    "/v1/payees/{payee}",
    scope="transfers:read",
    gives=PayeeView,
    refuses=(Invalid, NotFound),
)
def payee(database: Database, *, caller: Caller, payee: str) -> PayeeView:
    """Look at whom you are about to pay, by public id or by handle.

    Handles are looked up exactly as they are, and not often: 30 at once, then one every ten
    seconds.
    """
    return desk.payee(database, caller.party, payee)


@read(
    "/v1/contacts",
    scope="contacts:read",
    gives=Listing[ContactView],
    refuses=(Invalid, *OPENING_REFUSALS),
)
def contacts(
    database: Database,
    *,
    caller: Caller,
    page: Page,
    favourite: bool | None = None,
    nicknames: bool = False,
) -> Listing[ContactView]:
    """List your contacts, with the last payment to each.

    `nicknames=true` opens your own names for them, which leaves a row in the journal.
    """
    return desk.page(database, caller.party, page, favourite, nicknames)


@direct(
    "/v1/contacts/{party:par}", method="PUT", scope="contacts:write", gives=Kept, refuses=_KEEPING
)
def keep(database: Database, body: ContactBody, *, caller: Caller, key: str, party: UUID) -> object:
    """Keep a contact, or change one: what is left out is taken away."""
    entry = ContactEntry(public("par", party), body.nickname, body.favourite, body.blocked)
    return desk.keep(database, caller.party, key, [entry])


@write(
    "/v1/contacts/{party:par}",
    "contact.forget",
    actions.forget,
    method="DELETE",
    scope="contacts:write",
    gives=Kept,
    refuses=(NotFound,),
)
def forget(*, caller: Caller, party: UUID) -> actions.Forget:
    """Remove a contact."""
    return actions.Forget(caller.party, party)


@direct("/v1/contact-imports", scope="contacts:write", gives=Kept, refuses=_KEEPING)
def take_in(database: Database, body: ImportBody, *, caller: Caller, key: str) -> object:
    """Take contacts in, up to 200 at once; whole or not at all."""
    return desk.keep(database, caller.party, key, body.contacts)


@read("/v1/contact-exports", scope="contacts:read", gives=Export, refuses=OPENING_REFUSALS)
def export(database: Database, *, caller: Caller) -> Export:
    """Read all your contacts at once, as an import takes them; it leaves a row in the journal."""
    return desk.export(database, caller.party)


routes = [payee, contacts, keep, forget, take_in, export]
