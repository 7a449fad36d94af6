"""`./sycee doctor`: whether this installation is sound, and every unit of money accounted for."""

from __future__ import annotations

import contextlib
import importlib
import platform
import shutil
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from sycee import __version__
from sycee.core.parties.keyring import Keyring
from sycee.doors.cli.servers import Servers, opened, servers
from sycee.runtime import migrate as migrations
from sycee.runtime import verdicts
from sycee.runtime.db import Database
from sycee.runtime.settings import Settings, load
from sycee.runtime.verdicts import Checked

CHECKS = (
    "sycee.core.parties.checks",
    "sycee.products.escrow.checks",
    "sycee.products.envelopes.checks",
    "sycee.products.wallet.checks",
    "sycee.products.wallet.bank.checks",
    "sycee.oversight.transparency.checks",
)
"""Modules whose `checks` add to what the ledger's own doctor looks at."""

_FREE_BYTES = 2 * 1024**3
_SHOWN = 5
_MIGRATIONS = ", migrations"


def doctor(*, json: bool = False) -> int:
    """Check the installation, and re-derive every balance from the transfers.

    It changes nothing, may run beside a living system, and ends with 1 if anything is wrong. Its
    verdict is kept, so that the console can show the last one.

    Parameters
    ----------
    json
        Print one JSON object instead of lines.
    """
    settings = load()
    with servers(settings) as found:
        looks = [*_installation(settings), *_databases(found)]
        current = all(look.ok for look in looks if look.what.endswith(_MIGRATIONS))
        with opened(settings, found) as (database, keyring):
            if current:
                looks += [_master_key(keyring), *_money(database)]
            else:
                looks.append(Checked("Books", False, "not examined: first run `./sycee migrate`"))
            sound = all(look.ok for look in looks)
            _keep(database, sound, looks)
    if json:
        import msgspec

        print(msgspec.json.encode({"ok": sound, "checks": looks}).decode())
        return 0 if sound else 1
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for look in looks:
        mark = ("✓", "green") if look.ok else ("✗", "bold red")
        mark = ("!", "yellow") if look.advice else mark
        seen = f"  {look.seen}" if look.seen else ""
        console.print(Text.assemble(mark, f" {look.what}", (seen, "dim")))
    console.print("Everything is accounted for." if sound else "Something is wrong; see above.")
    return 0 if sound else 1


def _installation(settings: Settings) -> Iterator[Checked]:
    yield Checked("Sycee", True, f"{__version__} on Python {platform.python_version()}")
    if settings.home.is_dir():
        free = shutil.disk_usage(settings.home).free
        seen = f"{free / 1024**3:.1f} GB at {settings.home}"
        yield Checked("Free disk", free >= _FREE_BYTES, seen)


def _databases(found: Servers) -> Iterator[Checked]:
    identities: list[object] = []
    for name, url, folder in (
        ("Database", found.database_url, "migrations"),
        ("Keys' database", found.keys_url, "migrations/keys"),
    ):
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as conn:
            version = conn.info.server_version // 10_000
            durable = conn.execute(
                "SELECT current_setting('fsync'), current_setting('full_page_writes')"
            ).fetchone()
            identity = conn.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
        identities.append(identity)
        safe = durable == ("on", "on")
        seen = f"PostgreSQL {version}" + ("" if safe else ", not durable: fsync is off")
        yield Checked(name, version >= 15 and safe, seen)
        missing = [each.name for each in migrations.status(url, folder) if each.applied_at is None]
        yield Checked(
            f"{name}{_MIGRATIONS}",
            not missing,
            f"missing: {', '.join(missing)}" if missing else "up to date",
        )
    apart = identities[0] != identities[1]
    seen = "a cluster of their own" if apart else "in one cluster with what they seal: move them"
    yield Checked("Vault's keys", True, seen, advice=not apart)


def _master_key(keyring: Keyring) -> Checked:
    fits = keyring.fits()
    return Checked("Master key", fits, "opens the vault's keys" if fits else "is another one")


def _keep(database: Database, sound: bool, looks: list[Checked]) -> None:
    """Write the verdict down, where the database is up to date and may be written to."""
    unable = (psycopg.errors.UndefinedTable, psycopg.errors.ReadOnlySqlTransaction)
    with contextlib.suppress(*unable), database.transaction() as tx:
        verdicts.keep(tx, sound, looks)


def _money(database: Database) -> Iterator[Checked]:
    from sycee.core.ledger import doctor as ledger

    began = time.monotonic()
    verdict = ledger.examine(database, list(_extra_checks()))
    for finding in verdict.checks:
        shown = [
            f"{each.subject}: should be {each.expected}, is {each.found}"
            for each in finding.differences[:_SHOWN]
        ]
        more = len(finding.differences) - len(shown)
        yield Checked(
            finding.check, finding.ok, "; ".join(shown) + (f"; and {more} more" * (more > 0))
        )
    yield Checked("Books", verdict.ok, f"examined in {time.monotonic() - began:.1f} s")


def _extra_checks() -> Iterator[Any]:
    for name in CHECKS:
        yield from importlib.import_module(name).checks
