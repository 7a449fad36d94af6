"""What a cluster is told: its settings and who may connect. Written anew at every start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ADMIN = "postgres"
"""The superuser; only the supervisor uses it."""

OWNER = "sycee"
"""The role that Sycee connects as; it owns the database and may make others."""

DATABASE = "sycee"

_MB = 1024 * 1024

_COMMON = {
    "listen_addresses": "",  # the socket is the only way in
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "ISO, YMD",
    "lc_messages": "C",
    "jit": "off",
    "random_page_cost": "1.1",
    "idle_in_transaction_session_timeout": "60s",
    # Sooner than a statement runs out of time: what is found to be a deadlock is run again.
    "deadlock_timeout": "200ms",
    # The log names what failed, never the values: no statements, parameters, details or contexts.
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_line_prefix": "%m [%p] %e ",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

_KEYS = {
    # Small, and forgetful on purpose: destroying a key must leave no copy in an archived log, and
    # log segments (1 MB, see `initdb`) that are done with are deleted, not kept to be written over.
    "shared_buffers": "16MB",
    "max_connections": "50",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "archive_mode": "off",
    "wal_recycle": "off",
    "min_wal_size": "2MB",
    "max_wal_size": "16MB",
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "autovacuum_max_workers": "1",
}


def memory_bytes() -> int:
    """The machine's memory in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def settings(name: str, *, lz4: bool, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings of the cluster `name`; `keys` is small, any other is sized for the machine.

    An eighth of the memory, at most 2 GB, goes to shared buffers. `extra` overrides.
    """
    chosen = dict(_COMMON)
    if name == "keys":
        chosen.update(_KEYS)
    else:
        memory_mb = memory_bytes() // _MB
        chosen.update(
            {
                "shared_buffers": f"{min(2048, max(128, memory_mb // 8))}MB",
                "effective_cache_size": f"{max(256, memory_mb // 2)}MB",
                "max_connections": "200",
                "wal_buffers": "64MB",
                # A large batch is flushed while it runs, not all at its commit, under its locks.
                "wal_writer_delay": "10ms",
                "min_wal_size": "256MB",
                "max_wal_size": "4GB",
                "checkpoint_timeout": "15min",
                "checkpoint_completion_target": "0.9",
                "wal_compression": "lz4" if lz4 else "off",
            }
        )
    chosen.update(extra or {})
    return chosen


def quoted(value: str) -> str:
    """A value as postgresql.conf wants it."""
    return "'" + value.replace("'", "''") + "'"


def listed(folder: Path) -> str:
    """A folder as the one member of a list of folders, whatever characters it has."""
    return '"' + str(folder).replace('"', '""') + '"'


def text(rows: Mapping[str, str]) -> str:
    """The whole of the settings file; the one that initdb writes is not read."""
    lines = ["# Written by Sycee at every start; changes here are lost."]
    lines += [f"{key} = {quoted(value)}" for key, value in sorted(rows.items())]
    return "\n".join(lines) + "\n"


def access(tcp: bool = False) -> str:
    """The file `pg_hba.conf`: a password (SCRAM) on the socket; no one else, no other way."""
    rows = [
        "# Written by Sycee at every start; changes here are lost.",
        f"local all {ADMIN} scram-sha-256",
        f"local all {OWNER} scram-sha-256",
    ]
    if tcp:
        rows.append(f"host all {OWNER} samehost scram-sha-256")
    return "\n".join(rows) + "\n"
