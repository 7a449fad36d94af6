"""The demo town: a few people and shops with test money, made once, and their credentials.

The secrets of the demo's API keys are kept in a file of mode 0600 in the home folder, so that every
start can print them; the database holds only their hashes.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import apikeys, callers, parties
from sycee.core.parties.identity.staff import actions as staff
from sycee.core.parties.model import Kind, NewParty, OperatorSeated, Status
from sycee.core.parties.scopes import Duty, Role, permitted
from sycee.core.policy import limits
from sycee.doors.alipay.keyring import open_keyring
from sycee.doors.alipay.seed import seed_app
from sycee.kit.errors import Refusal
from sycee.kit.ids import public, uuid7
from sycee.products.escrow import actions as escrow
from sycee.products.escrow.actions import Configure
from sycee.products.escrow.model.terms import Terms
from sycee.products.wallet.shops.offers import actions as offers
from sycee.products.wallet.shops.offers.actions import Make
from sycee.products.wallet.shops.offers.model import Sort
from sycee.runtime import file
from sycee.runtime.db import Database, Tx
from sycee.runtime.settings import SettingsError

CURRENCY = "CNY"
OPERATOR = "townhall"
MEDIATOR = "mei"
FEE_CATEGORIES = ("goods", "direct")
FEE_BPS = 60
"""What the town takes from each sale: 0.6 %."""

SHOP = "lantern"
BUYER = "ada"
TEAHOUSE = "jade"
SHOPS = ("lantern", "jade", "grocer")
VISITORS = ("ada", "ben", "chen", "dora")
"""Whom the reader may be; who lives in the town by itself never acts for them."""

CASHIERS = {"ben": 20_000, "chen": 0}
"""Who works at the teahouse, and what they may give back in a day."""


@dataclass(frozen=True, slots=True)
class Resident:
    """Someone who lives in the demo town, and the test money they start with."""

    handle: str
    name: str
    kind: Kind
    money_minor: int = 0


RESIDENTS = (
    Resident(OPERATOR, "Town Hall", Kind.OPERATOR),
    Resident(MEDIATOR, "Mei, the mediator", Kind.PERSON),
    Resident("ada", "Ada", Kind.PERSON, 1_000_000),
    Resident("ben", "Ben", Kind.PERSON, 1_000_000),
    Resident("chen", "Chen Jing", Kind.PERSON, 500_000),
    Resident("dora", "Dora", Kind.PERSON, 250_000),
    Resident("lantern", "Lantern Books", Kind.MERCHANT),
    Resident("jade", "Jade Teahouse", Kind.MERCHANT),
    Resident("grocer", "Green Grocer", Kind.MERCHANT),
)
"""The town. The first four people carry test money; the shops earn theirs."""


PACKS = ("cn-accounts", "cn-barcode", "cn-envelopes")
"""The limits that people of the town live with."""

TIER, STANDARD = "class-3", "standard"


@dataclass(frozen=True, slots=True)
class Credential:
    """A resident's way in: public id, and the API key's secret."""

    handle: str
    name: str
    id: str
    key: str


def seed(database: Database, home: Path) -> list[Credential]:
    """Make the town if the database has no operator yet; every resident's credential.

    Safe to call at every start and from two processes at once: the operator's seat is the lock.
    Empty for a database whose operator is not the demo's.
    """
    with contextlib.suppress(OperatorSeated):  # another start was first, and has committed
        _settle(database)
    with database.read() as tx:
        found = {r.handle: _at_home(tx, r.handle) for r in RESIDENTS}
        operator = parties.operator(tx)
    if operator is None or operator != found[OPERATOR]:
        return []
    _open_shop(database, home, found)
    known = credentials(home)
    residents = [
        _credential(database, resident, id_, known.get(resident.handle))
        for resident in RESIDENTS
        if (id_ := found[resident.handle]) is not None
    ]
    _save(home, {each.handle: {"id": each.id, "key": each.key} for each in residents})
    return residents


def _at_home(tx: Tx, handle: str) -> UUID | None:
    """A resident by their handle; None for one who was forgotten, or whose account was closed."""
    id_ = parties.find(tx, handle)
    return None if id_ is None or parties.get(tx, id_).status is Status.CLOSED else id_


def credentials(home: Path) -> dict[str, Credential]:
    """The residents' credentials as the last start left them, by handle; empty without a town."""
    names = {resident.handle: resident.name for resident in RESIDENTS}
    return {
        handle: Credential(handle, names[handle], row["id"], row["key"])
        for handle, row in _load(home).items()
        if handle in names
    }


def cast(home: Path, handles: Iterable[str]) -> dict[str, Credential]:
    """The credentials of the residents that a demo is played by; raises `SettingsError`."""
    known = credentials(home)
    if not known:
        raise SettingsError("there is no demo town here: `./sycee up` makes one")
    for handle in handles:
        if handle not in known:
            raise SettingsError(
                f"{handle} has left the demo town, and the demo cannot go without them;"
                f" delete {home} to begin anew"
            )
    return known


def _open_shop(database: Database, home: Path, found: dict[str, UUID | None]) -> None:
    """Let the bookshop's own client speak to the gateway, with Ada as the buyer in its examples."""
    shop, buyer = found[SHOP], found[BUYER]
    if shop is not None and buyer is not None:
        seed_app(database, open_keyring(home, database.clock.now()), shop, buyer)


def _settle(database: Database) -> None:
    """Everyone in one transaction, so that a killed seed leaves nothing behind."""
    with database.transaction(timeout_ms=5_000) as tx:
        if parties.operator(tx) is not None:
            return
        bank = accounts.open_house(tx, "bank", CURRENCY)
        accounts.open_house(tx, "fees", CURRENCY)
        for pack in PACKS:
            limits.load(tx, limits.shipped()[pack])
        for category in FEE_CATEGORIES:
            escrow.configure(tx, Configure(category, Terms(), FEE_BPS))
        made: dict[str, UUID] = {}
        for resident in RESIDENTS:
            party = made[resident.handle] = parties.create(
                tx,
                NewParty(
                    kind=resident.kind,
                    display_name=resident.name,
                    handle=resident.handle,
                    tier=TIER if resident.kind is Kind.PERSON else STANDARD,
                ),
            ).id
            code = "merchant" if resident.kind is Kind.MERCHANT else "wallet"
            purse = parties.account(tx, party, code, CURRENCY)
            if resident.handle == MEDIATOR:
                parties.appoint(tx, party, Role.MEDIATOR)
            if resident.money_minor:
                deposit(tx, party, bank, purse, resident.money_minor)
        _furnish(tx, made)


def _furnish(tx: Tx, residents: dict[str, UUID]) -> None:
    """What the teahouse has to be paid by, and who works there."""
    shop = residents[TEAHOUSE]
    for handle, refund_minor in CASHIERS.items():
        person = parties.get(tx, residents[handle])
        staff.add(tx, shop, person, Duty.CASHIER, refund_minor, CURRENCY)
    offers.make(tx, Make(shop, Sort.STATIC, CURRENCY, tips=True))
    tasting = Make(shop, Sort.LINK, CURRENCY, 8_800, tips=True, title="Tea tasting")
    offers.make(tx, tasting)


def deposit(tx: Tx, party: UUID, bank: UUID, purse: UUID, amount_minor: int) -> None:
    """Test money: the house says that its bank received it."""
    deposit = uuid7()
    post_all(tx, [Transfer(deposit, bank, purse, amount_minor, code="deposit.demo", subject=party)])
    body: dict[str, int | str] = {"amount_minor": amount_minor, "currency": CURRENCY}
    append(tx, [Entry(None, "deposit.made", deposit, (party,), "demo", body)])


def _credential(
    database: Database, resident: Resident, id_: UUID, known: Credential | None
) -> Credential:
    if known is not None and _opens(database, known.key, id_):
        return known
    secret = _issue(database, resident, id_)
    return Credential(resident.handle, resident.name, public("par", id_), secret)


def _opens(database: Database, secret: str, party: UUID) -> bool:
    """Whether a secret from the file is still this party's: the database may have been replaced."""
    with database.read() as tx:
        try:
            return callers.resolve(tx, secret).party == party
        except Refusal:
            return False


def _issue(database: Database, resident: Resident, id_: UUID) -> str:
    with database.transaction() as tx:
        scopes = permitted(resident.kind, parties.get(tx, id_).roles)
        return apikeys.issue(tx, id_, "Demo", sorted(scopes))[1]


def _path(home: Path) -> Path:
    return home / "demo.json"


def _load(home: Path) -> dict[str, dict[str, str]]:
    try:
        return dict(json.loads(_path(home).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _save(home: Path, secrets: dict[str, dict[str, str]]) -> None:
    file.put(_path(home), json.dumps(secrets, indent=2).encode())
