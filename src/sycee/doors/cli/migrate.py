"""`./sycee migrate`."""

from __future__ import annotations

from sycee.doors.cli.servers import Servers, servers
from sycee.runtime import migrate as migrations
from sycee.runtime.settings import load

FOLDERS = {"database": "migrations", "keys": "migrations/keys"}
"""Which folder of SQL belongs to which database."""


def apply(found: Servers) -> list[str]:
    """Bring both databases up to date; what was applied now."""
    urls = {"database": found.database_url, "keys": found.keys_url}
    return [
        f"{which}: {name}"
        for which, folder in FOLDERS.items()
        for name in migrations.migrate(urls[which], folder)
    ]


def migrate(*, status: bool = False) -> int:
    """Bring the databases up to date; `up` does this by itself.

    Parameters
    ----------
    status
        Change nothing; list each migration and when it was applied. Ends with 1 if any is missing.
    """
    with servers(load()) as found:
        if not status:
            applied = apply(found)
            print("\n".join(applied) if applied else "Both databases are up to date.")
            return 0
        urls = {"database": found.database_url, "keys": found.keys_url}
        missing = 0
        for which, folder in FOLDERS.items():
            for each in migrations.status(urls[which], folder):
                missing += each.applied_at is None
                when = f"{each.applied_at:%Y-%m-%d %H:%M:%S %Z}" if each.applied_at else "missing"
                print(f"{which:<9} {each.name:<32} {when}")
    return 1 if missing else 0
