"""The people who live in the town by themselves: made once, with a key and test money each.

They have no handle, so nobody is offered to be one of them, and they live abroad: the limits of the
town's residents are not theirs. Their keys are in a file of mode 0600 in the home folder.
"""

from __future__ import annotations

import json
from pathlib import Path

from sycee.core.ledger import accounts
from sycee.core.parties import apikeys, callers, parties
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.scopes import permitted
from sycee.doors.cli.town import CURRENCY, STANDARD, Credential, deposit
from sycee.kit.errors import Refusal
from sycee.kit.ids import parse, public
from sycee.runtime import file
from sycee.runtime.db import Database

NAMES = (
    "Lin Yue",
    "Omar",
    "فاطمة",
    "Jonas",
    "Yuki",
    "נועה",
    "Amara",
    "Mateo",
    "Ingrid",
    "Zhao Min",
)
MONEY_MINOR = 80_000


def settle(database: Database, home: Path) -> list[Credential]:
    """Make the neighbours unless they are there; each one's credential. Safe at every start."""
    known = load(home)
    if known and _standing(database, known):
        return known
    made = [_move_in(database, name) for name in NAMES]
    _save(home, made)
    return made


def load(home: Path) -> list[Credential]:
    """The neighbours' credentials as the last start left them; none before the first."""
    try:
        rows = json.loads(_path(home).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return [Credential("", row["name"], row["id"], row["key"]) for row in rows]


def _standing(database: Database, known: list[Credential]) -> bool:
    """Whether these keys still open: the database may have been replaced."""
    with database.read() as tx:
        try:
            return all(
                callers.resolve(tx, each.key).party == parse("par", each.id) for each in known
            )
        except Refusal:
            return False


def _move_in(database: Database, name: str) -> Credential:
    with database.transaction(timeout_ms=5_000) as tx:
        made = NewParty(Kind.PERSON, name, "SG", "Asia/Singapore", STANDARD)
        party = parties.create(tx, made).id
        bank = accounts.open_house(tx, "bank", CURRENCY)
        deposit(tx, party, bank, parties.account(tx, party, "wallet", CURRENCY), MONEY_MINOR)
        secret = apikeys.issue(tx, party, "Demo", sorted(permitted(Kind.PERSON, ())))[1]
    return Credential("", name, public("par", party), secret)


def _path(home: Path) -> Path:
    return home / "neighbours.json"


def _save(home: Path, made: list[Credential]) -> None:
    rows = [{"name": each.name, "id": each.id, "key": each.key} for each in made]
    file.put(_path(home), json.dumps(rows, indent=2).encode())
