"""`./sycee policy`: limit packs, which say what may be paid by whom, and since when."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Any

from cyclopts import App
from rich.table import Table

from sycee.core.policy import limits
from sycee.core.policy.model import Limit
from sycee.doors.cli import tables
from sycee.doors.cli.servers import opened, servers
from sycee.kit.errors import Invalid
from sycee.kit.money import format_major
from sycee.runtime.settings import load as settings

policy = App(name="policy", help="Load and see limit packs: dated data of what may be paid.")


@policy.command
def packs() -> int:
    """List the packs that come with Sycee, and where their figures are from."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("pack", "rules", "title", "source"):
        table.add_column(name)
    for name, pack in limits.shipped().items():
        table.add_row(name, str(len(pack["limits"])), pack["title"], pack["source"])
    tables.show(table)
    return 0


@policy.command
def load(pack: str, /) -> int:
    """Bring a pack into force, each rule by its dates; loading it again changes nothing.

    Parameters
    ----------
    pack
        A file, YAML or JSON, or the name of a pack that comes with Sycee.
    """
    found_pack = _pack(pack)
    with servers(settings()) as found, opened(settings(), found) as (database, _):
        with database.read() as tx:
            changes = limits.difference(tx, found_pack)
        with database.transaction(timeout_ms=5_000) as tx:
            limits.load(tx, found_pack)
    changed = [limit for what, limit in changes if what != "same"]
    print(f"{found_pack['pack']}: {len(changed)} rules changed, {len(changes)} in all.")
    return 0


@policy.command
def check(pack: str, /) -> int:
    """Say what loading a pack would change; changes nothing.

    Parameters
    ----------
    pack
        A file, YAML or JSON, or the name of a pack that comes with Sycee.
    """
    with (
        servers(settings()) as found,
        opened(settings(), found) as (database, _),
        database.read() as tx,
    ):
        changes = limits.difference(tx, _pack(pack))
    _print([(what, limit) for what, limit in changes])
    return 0


@policy.command
def show(pack: str, /) -> int:
    """List the rules of a pack as they stand in the database.

    Parameters
    ----------
    pack
        The pack's name.
    """
    with (
        servers(settings()) as found,
        opened(settings(), found) as (database, _),
        database.read() as tx,
    ):
        rules = limits.loaded(tx, pack)
    if not rules:
        print(f"No rule of {pack} is loaded; `./sycee policy packs` lists what can be.")
        return 0
    _print([("", limit) for limit in rules])
    return 0


def _pack(name: str) -> dict[str, Any]:
    shipped = limits.shipped()
    if name in shipped:
        return shipped[name]
    path = Path(name)
    if not path.is_file():
        raise Invalid("pack", f"must be a file or one of {', '.join(shipped)}")
    return limits.read(path)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d}" if at.time() == time() else f"{at:%Y-%m-%d %H:%M %Z}"


def _print(rows: list[tuple[str, Limit]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "rule", "tier", "grade", "operation", "window", "amount", "from", "until"):
        table.add_column(name, no_wrap=name != "operation")
    for what, limit in rows:
        amount = (
            f"{limit.count} times"
            if limit.amount_minor is None
            else f"{format_major(limit.amount_minor, limit.currency)} {limit.currency}"
        )
        until = "" if limit.until_at is None else _moment(limit.until_at)
        table.add_row(
            what,
            limit.name,
            limit.tier,
            limit.grade,
            limit.operation,
            str(limit.window),
            amount,
            _moment(limit.from_at),
            until,
        )
    tables.show(table)
