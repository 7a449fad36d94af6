"""`./sycee orders`: the regulator's orders in the terminal, signed by a person of this house."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cyclopts import App, Parameter
from rich.table import Table

from sycee.core.parties import parties
from sycee.doors.cli import tables
from sycee.doors.cli.servers import opened, servers
from sycee.kit.ids import parse, public, uuid7
from sycee.oversight.regulator.orders import (
    desk,
    history,
    issuing,
    packet,
    reading,
    restored,
    store,
)
from sycee.oversight.regulator.orders.document import NOUN, Document, canonical, signed_text
from sycee.oversight.regulator.orders.issuing import Decide, Propose, Register, Taken
from sycee.runtime.db import Database
from sycee.runtime.http.pages import Page
from sycee.runtime.settings import Settings, SettingsError, load

orders = App(name="orders", help="Issue, approve and follow the regulator's orders.")
As = Annotated[str, Parameter(name="--as", show_default=True)]


@dataclass(frozen=True, slots=True)
class Signer:
    """A person of the operator's: a key file in the home folder."""

    party: UUID
    credential: UUID
    key: UUID
    private: Ed25519PrivateKey

    def signed(self, text: bytes) -> str:
        return base64.b64encode(self.private.sign(text)).decode()


@contextlib.contextmanager
def house() -> Iterator[tuple[Settings, Database]]:
    """The settings and the database of this installation, for one command."""
    settings = load()
    with servers(settings) as found, opened(settings, found) as (database, _):
        yield settings, database


def signer_of(settings: Settings, database: Database, name: str) -> Signer:
    """The person of this name; their key is made and registered when they first sign."""
    if not name.isidentifier():
        raise SettingsError("a signer's name has letters, digits and _ only")
    folder = settings.home / "signers"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{name}.key"
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()))
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(path.read_bytes()))
    raw = private.public_key().public_bytes_raw()
    with database.transaction() as tx:
        party = parties.operator(tx)
        if party is None:
            raise SettingsError("this house has no operator yet; `./sycee up` seats one")
        credential = UUID(bytes=hashlib.sha256(b"sycee signer" + raw).digest()[:16])
        known = next((key for key in store.keys(tx, party=party) if key.public == raw), None)
        if known is None:
            asked = Register(party, credential, base64.b64encode(raw).decode())
            key = parse(issuing.KEY, issuing.register(tx, asked).id)
        else:
            key = known.id
    return Signer(party, credential, key, private)


def _document(file: Path) -> Document:
    try:
        said = history.read(file.read_text("utf-8"))
        return msgspec.convert({"id": public(NOUN, uuid7()), **said}, Document)
    except ValueError as error:
        raise SettingsError(f"{file.name} is no order: {error}") from None


def _tell(taken: Taken) -> int:
    print(f"{taken.id} {taken.state}")
    if taken.state == "proposed":
        print(f"It waits for a second person: ./sycee orders approve {taken.id} --as NAME")
    if taken.already_sent:
        print(f"{taken.already_sent} payments were already sent to the bank.")
    return 0


@orders.command(name="list")
def list_() -> int:
    """List the orders, newest first."""
    with house() as (_, database), database.read() as tx:
        rows = reading.orders(tx, Page(limit=100)).items
    if not rows:
        print("There are no orders.")
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("order", "state", "effect", "authority", "from"):
        table.add_column(name, no_wrap=name != "authority")
    for row in rows:
        since = "" if row.effective_at is None else f"{row.effective_at:%Y-%m-%d %H:%M %Z}"
        table.add_row(row.id, row.state, row.order.effect, row.order.authority, since)
    tables.show(table)
    return 0


@orders.command
def show(order: str, /) -> int:
    """Show one order in full, with what was already sent when it was issued."""
    with house() as (_, database), database.read() as tx:
        _print(reading.order(tx, parse(NOUN, order)))
    return 0


@orders.command
def preview(file: Path, /) -> int:
    """Show what an order in a file would stop right now; nothing is changed.

    Parameters
    ----------
    file
        The order in YAML or JSON; `docs/operating/orders.md` shows one.
    """
    with house() as (_, database), database.read() as tx:
        _print(reading.preview(tx, _document(file)))
    return 0


@orders.command
def issue(file: Path, /, *, signer: As = "first") -> int:
    """Sign an order in a file and hand it in; one that only tightens bites at once.

    Parameters
    ----------
    file
        The order in YAML or JSON. Without an `id` it gets one.
    signer
        Who signs; a key is made and registered at the first use of a name.
    """
    document = _document(file)
    with house() as (settings, database):
        who = signer_of(settings, database, signer)
        signature = who.signed(signed_text(canonical(document)))
        command = Propose(who.party, who.credential, who.key, signature, document)
        taken = desk.propose(database, command).unwrap()
        restored.write(database, settings.home)
    return _tell(taken)


@orders.command
def approve(order: str, /, *, signer: As = "second") -> int:
    """Approve a proposed order as another person; it is issued at once.

    Parameters
    ----------
    order
        The order's id.
    signer
        Who signs; someone else than the one who proposed it.
    """
    id_ = parse(NOUN, order)
    with house() as (settings, database):
        who = signer_of(settings, database, signer)
        with database.read() as tx:
            text = canonical(reading.order(tx, id_).order)
        signature = who.signed(signed_text(text, "approval"))
        word = Decide(who.party, who.credential, id_, who.key, signature)
        taken = desk.approve(database, word).unwrap()
        restored.write(database, settings.home)
    return _tell(taken)


@orders.command(name="packet")
def packet_(order: str, /, *, pdf: Path | None = None) -> int:
    """Print the packet for the authority: order, signatures, what was sent, what is in flight.

    Parameters
    ----------
    order
        The order's id.
    pdf
        Write it to this file as PDF instead.
    """
    with house() as (_, database), database.read() as tx:
        made = packet.make(tx, parse(NOUN, order))
    if pdf is None:
        _print(made)
    else:
        pdf.write_bytes(packet.on_paper(made).content)
        print(pdf)
    return 0


@orders.command
def export() -> int:
    """Bring the file of orders beside the database up to date, and say where it is."""
    with house() as (settings, database):
        made = restored.write(database, settings.home)
        print(f"{settings.home / restored.FILE}: {len(made.orders)} orders")
    return 0


@orders.command
def reopen(file: Path | None = None, /) -> int:
    """Open a restored house again, after its orders are read from the file of them.

    Parameters
    ----------
    file
        The file of orders; the one in the home folder unless another is named.
    """
    with house() as (settings, database):
        found = restored.kept(settings.home) if file is None else restored.read(file)
        added = restored.reopen(database, settings.home, found)
    print(f"Open. {added} orders were missing and are in force again by their dates.")
    return 0


@orders.command
def replay(name: str | None = None, /) -> int:
    """Replay a historical order on a database of its own; without a name, list them.

    Parameters
    ----------
    name
        Such as `pboc-2014`.
    """
    if name is None:
        for each in history.names():
            print(f"{each:<10} {history.load(each).title}")
        return 0
    story, wrong = history.load(name), 0
    print(story.title)
    with servers(load()) as found, history.empty_house(found.database_url) as (database, clock):
        for seen in history.replay(database, clock, story):
            right = seen.expected == seen.found
            wrong += not right
            mark = "✓" if right else "✗"
            print(f"{mark} {seen.at:%Y-%m-%d %H:%M:%S %z}  {seen.what}: {seen.found}")
    return 1 if wrong else 0


def _print(value: Any) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
