"""Export: everything that is kept of a person, as one document that a program can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.journal import read as journal
from sycee.core.journal.model import Cursor, Row
from sycee.core.parties import accountviews, apikeys, parties, views
from sycee.core.parties.accountviews import AccountView, LineView
from sycee.core.parties.identity import devices, sessions
from sycee.core.parties.identity.model import Device, Session
from sycee.core.parties.notices import NOTICE, NOTICES
from sycee.core.parties.personal import consents, details, sources
from sycee.core.parties.personal.consents import Receipt
from sycee.core.parties.personal.sources import ROWS_MAX, paged, walk
from sycee.core.parties.purposes import CONSENTED, GROUNDS
from sycee.core.parties.scopes import permitted
from sycee.core.parties.vault import VaultAbsent
from sycee.core.parties.views import KeyView, PartyView
from sycee.kit.errors import Forbidden
from sycee.kit.ids import public
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller

FORMAT = "sycee-export-1"


READS = frozenset(
    f"{what}:read" for what in ("accounts", "contacts", "journal", "parties", "trades", "transfers")
)
"""By which scopes the parts of an export are read elsewhere."""


class PurposeView(msgspec.Struct, frozen=True):
    """Why the vault may be opened: the purpose, what makes it lawful, and the sentence.

    Where it rests on consent, `asks` is the question by language, and `notice` its version.
    """

    purpose: str
    basis: str
    text: str
    asks: dict[str, str] | None
    notice: str | None


class ExportView(msgspec.Struct, frozen=True):
    """Everything that is kept of you.

    `details` are what you told of yourself. `kept` holds the rest by kind, newest first, each row
    as you see it elsewhere; `cut` names kinds with more rows than an export takes, of which the
    newest are here.
    """

    format: str
    made_at: datetime
    party: PartyView
    details: dict[str, str]
    purposes: list[PurposeView]
    consents: list[Receipt]
    accounts: list[AccountView]
    api_keys: list[KeyView]
    kept: dict[str, list[Any]]
    cut: list[str]


def check_reader(database: Database, caller: Caller) -> None:
    """Refuse `Forbidden` to a caller that could not read some part of the export by itself.

    A scope that nobody may have for such a party is not asked for.
    """
    with database.read() as tx:
        party = parties.get(tx, caller.party)
    for scope in sorted(READS & permitted(party.kind, party.roles)):
        if scope not in caller.scopes:
            raise Forbidden(needs=scope)


def purposes() -> list[PurposeView]:
    """The closed list."""
    return [
        PurposeView(
            str(purpose),
            str(ground.basis),
            ground.text,
            NOTICES[NOTICE].get(purpose),
            NOTICE if purpose in CONSENTED else None,
        )
        for purpose, ground in GROUNDS.items()
    ]


def export(database: Database, party: UUID, most: int = ROWS_MAX) -> ExportView:
    """Everything of a party, of each kind the newest `most` rows.

    What is sealed is opened for `self`, which leaves its rows in the journal.
    """
    kept: dict[str, list[Any]] = {}
    for source in sources.all_sources():
        for kind, rows in source.rows.items():
            kept[kind] = rows(database, party, most)
    kept["statements"] = _statements(database, party, most)
    kept["journal"] = _journal(database, party, most)
    with database.read() as tx:
        kept["devices"] = [_device(each) for each in devices.of_party(tx, party)]
        kept["sessions"] = [_session(each) for each in sessions.of_party(tx, party)]
    opened = _details(database, party)
    with database.read() as tx:
        return ExportView(
            format=FORMAT,
            made_at=tx.now,
            party=views.party_view(parties.get(tx, party)),
            details=opened,
            purposes=purposes(),
            consents=paged(consents.listing)(database, party, most),
            accounts=accountviews.accounts(tx, party),
            api_keys=[
                views.key_view(key) for key in apikeys.page(tx, party, after=None, limit=1_000)
            ],
            kept=msgspec.to_builtins(kept),
            cut=sorted(kind for kind, rows in kept.items() if len(rows) >= most),
        )


def _device(device: Device) -> dict[str, Any]:
    return {
        "id": public("dev", device.id),
        "kind": device.kind,
        "added_at": device.added_at,
        "used_at": device.used_at,
        "revoked_at": device.revoked_at,
    }


def _session(session: Session) -> dict[str, Any]:
    return {
        "id": session.public_id,
        "device": public("dev", session.device),
        "opened_at": session.opened_at,
        "seen_at": session.seen_at,
    }


def _details(database: Database, party: UUID) -> dict[str, str]:
    try:
        return details.own(database, party).fields
    except VaultAbsent:
        return {}


def _statements(database: Database, party: UUID, most: int) -> list[Any]:
    with database.read() as tx:
        mine = parties.accounts_of(tx, party)
    found = [
        {"account": public("acc", each.account), "line": line}
        for each in mine
        for lines in _lines(database, each.account, most)
        for line in lines
    ]
    found.sort(key=lambda row: row["line"].posted_at, reverse=True)
    return found[:most]


def _lines(database: Database, account: UUID, most: int) -> Iterator[Sequence[LineView]]:
    def ask(tx: Tx, until: datetime | None, limit: int) -> Sequence[LineView]:
        return accountviews.newest(tx, account, until, limit)

    return walk(database, ask, lambda line: line.posted_at, most)


def _journal(database: Database, party: UUID, most: int) -> list[Any]:
    def ask(tx: Tx, before: Cursor | None, limit: int) -> Sequence[Row]:
        return journal.latest_of(tx, party, before, limit)

    chunks = walk(database, ask, lambda row: row.cursor, most)
    return [_told(row) for rows in chunks for row in rows]


def _told(row: Row) -> dict[str, Any]:
    return {
        "id": public("evt", row.id),
        "at": row.at,
        "actor": None if row.actor is None else public("par", row.actor),
        "verb": row.verb,
        "purpose": row.purpose,
        "content": row.body,
    }
