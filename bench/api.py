"""The API under load: payments through a lane, against an empty POST and one transaction each.

One database, one server process for each way of posting, 64 keep-alive connections; the loads
take turns, so that whatever else the machine does falls on all of them. The empty POST is answered
twice: by our own edge, and as a peer by Litestar, which knows the same keys. Every payment has its
own idempotency key. "limited" is the same payment by people of a tier with limits a payment, a
day and a year. At the end the ledger is asked whether exactly the accepted payments
were posted, and the usage of every limit whether it counted exactly them.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from bench.load import Payer, Sample, drive
from litestar import Litestar, get, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from sycee.core.ledger import accounts
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import apikeys, callers, parties
from sycee.core.parties.model import Kind, NewParty, Purse
from sycee.core.policy import limits
from sycee.doors.http.app import bounds_of, build
from sycee.doors.http.contents import Pong
from sycee.kit.ids import public, uuid7
from sycee.runtime import settings as installation
from sycee.runtime import telemetry
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.wiring import Wiring
from sycee.runtime.scratch import scratch

ROOT = Path(__file__).resolve().parent.parent
PAYERS = 128
FUNDS_MINOR = 10**12
TIER = "bench-payer"
SERVERS = {
    "lanes": "sycee.doors.http.app:create",
    "single": "bench.api:unbatched",
    "peer": "bench.api:peer",
    "bare": "bench.machine:create",
}

PING, PAY = "/v1/ping", "/v1/transfers"
LOADS = {
    "pay": ("lanes", PAY),
    "empty": ("lanes", PING),
    "single": ("single", PAY),
    "limited": ("lanes", PAY),
    "peer": ("peer", PING),
}
"""Each turn's loads, and the server and path of each."""

PACK = {
    "pack": "bench-payer",
    "limits": [
        {
            "name": f"bench-{window}",
            "jurisdiction": "CN",
            "tier": TIER,
            "product": product,
            "operation": "transfer",
            "currency": "CNY",
            "window": window,
            "amount_minor": FUNDS_MINOR,
            "from": "2020-01-01T00:00:00+08:00",
        }
        for window, product in {"single": "*", "day": "wallet", "year": "*"}.items()
    ],
}
"""What bounds the people of that tier: as much as a person in China meets, of whom a code at a
till counts by the day and an account of class II or III by the year."""


def unbatched() -> Litestar:
    """The same application with a transaction for each payment, as many at once as connections."""
    settings = installation.load()
    telemetry.configure("error")
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), size=settings.pool_size)
    bounds = dataclasses.replace(bounds_of(settings), lanes=False, threads=settings.pool_size)
    return build(database, bounds=bounds, owns_database=True)


def peer() -> Litestar:
    """The empty POST as Litestar answers it by its own means, behind the same guard."""
    settings = installation.load()
    telemetry.configure("error")
    assert settings.database_url is not None
    database = Database(settings.database_url.get_secret_value(), size=2)
    wiring = Wiring(database, partial(callers.admit, database), bounds_of(settings))

    async def known(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        key = connection.headers.get("authorization", "").encode()
        await wiring.guard.admit(key, "127.0.0.1", "accounts:read", [])

    @post(PING, guards=[known], status_code=200)
    async def ping() -> Pong:
        return Pong(ok=True)

    @get("/readyz")
    async def ready() -> str:
        return "ready"

    return Litestar([ping, ready], openapi_config=None, logging_config=None)


def run(url: str, quick: bool = False) -> dict[str, float]:
    """`api_per_s, api_vs_empty, api_vs_one_tx, api_p99_ms, pay_per_s, api_vs_litestar`, of one run.

    On a new database of its own on the server of `url`. Raises AssertionError when what the ledger
    holds differs from what was answered.
    """
    with scratch(url, "bench") as own:
        return _measure(own, quick)


def _measure(url: str, quick: bool) -> dict[str, float]:
    database = Database(url, size=2)
    try:
        with database.transaction() as tx:
            limits.load(tx, PACK)
        payers, limited = people(database, "standard"), people(database, TIER)
        posted_before = _posted(database)
        turns = _turns(url, payers, limited, *((3, 1.0) if quick else (6, 4.0)))
        posted = _posted(database) - posted_before
        _verify(database, [*payers, *limited], posted, turns)
        _verify_usage(database, limited)
    finally:
        database.close()
    return _figures(turns)


def _turns(
    url: str, payers: list[Payer], limited: list[Payer], rounds: int, seconds: float
) -> dict[str, list[Sample]]:
    """Loads in turn; the first of each kind warms up and counts only for the verification."""
    turns: dict[str, list[Sample]] = {name: [] for name in LOADS}
    with ExitStack() as stack:
        kinds = {kind for kind, _ in LOADS.values()}
        ports = {kind: stack.enter_context(serving(url, kind)) for kind in kinds}
        for turn in range(rounds + 1):
            for name, (kind, path) in LOADS.items():
                people = limited if name == "limited" else payers
                sample = drive(ports[kind], path, people, seconds if turn else 0.7)
                turns[name].append(sample)
    return turns


def people(database: Database, tier: str) -> list[Payer]:
    """Payers of a tier with funds and a key each; also for other benches."""
    with database.transaction(timeout_ms=30_000) as tx:
        people = [
            parties.create(tx, NewParty(Kind.PERSON, f"Bench {i}", tier=tier))
            for i in range(PAYERS)
        ]
        purses = parties.purse(tx, [person.id for person in people], "CNY")
        accounts.open_house(tx, "bank", "CNY")
        bank = accounts.house("bank", "CNY")
        found = [purse for purse in purses.values() if isinstance(purse, Purse)]
        post_all(
            tx,
            [Transfer(uuid7(), bank, each.account, FUNDS_MINOR, "deposit.demo") for each in found],
        )
        return [_payer(tx, purses[person.id]) for person in people]


def _payer(tx: Tx, purse: object) -> Payer:
    assert isinstance(purse, Purse)
    scopes = ["accounts:read", "transfers:write"]
    _, secret = apikeys.issue(tx, purse.party, "bench", scopes)
    return Payer(public("par", purse.party), secret, purse.account)


def _posted(database: Database) -> int:
    with database.connection() as conn:
        row = conn.execute("SELECT count(*) FROM wallet.transfers").fetchone()
    assert row is not None
    return row[0]


def _verify(
    database: Database, payers: list[Payer], posted: int, turns: dict[str, list[Sample]]
) -> None:
    """Exactly the accepted payments were posted, and they moved money only among the payers.

    The load generator hangs up at the end of a turn, so of each turn's last payments, at most one a
    connection, the answers were never read: those alone may be posted without being counted.
    """
    paid = [sample for name in ("pay", "single", "limited") for sample in turns[name]]
    accepted = sum(sample.accepted for sample in paid)
    unread = sum(sample.unread_at_most for sample in paid)
    refused = sum(sample.refused for samples in turns.values() for sample in samples)
    assert refused == 0, f"{refused} requests were refused"
    assert accepted <= posted <= accepted + unread, f"{accepted} accepted, {posted} posted"
    with database.read() as tx:
        balances = accounts.read(tx, [payer.account for payer in payers])
        kept = tx.conn.execute(
            "SELECT count(*) FROM runtime.keys WHERE NOT refused AND scope = ANY(%s)",
            ([balance.owner for balance in balances.values()],),
        ).fetchone()
    assert kept == (posted,), f"{kept} keys hold a payment, {posted} were posted"
    total = sum(balance.balance for balance in balances.values())
    assert total == FUNDS_MINOR * len(payers), "money appeared or vanished"
    moved = sum(balance.debits_posted for balance in balances.values())
    assert moved == posted, f"the ledger moved {moved} units for {posted} payments of one unit"


def _verify_usage(database: Database, limited: list[Payer]) -> None:
    """Each payer's usage of each window that adds up is the number and sum of its payments."""
    with database.read() as tx:
        balances = accounts.read(tx, [payer.account for payer in limited]).values()
        paid = {balance.owner: balance.debits_posted for balance in balances}
        rows = tx.conn.execute(
            """
            SELECT party, limit_id, sum(amount_minor)::bigint, sum(count)::bigint
            FROM policy.usage WHERE party = ANY(%s) GROUP BY party, limit_id
            """,
            (list(paid),),
        ).fetchall()
    counting = sum(limit["window"] != "single" for limit in PACK["limits"])
    payers = sum(paid_minor > 0 for paid_minor in paid.values())
    assert len(rows) == counting * payers, "a limit counted nobody's payments"
    for party, _, amount_minor, count in rows:
        assert amount_minor == count == paid[party], "a limit counted wrong"


def _figures(turns: dict[str, list[Sample]]) -> dict[str, float]:
    counted = {name: samples[1:] for name, samples in turns.items()}

    def vs(other: str) -> float:
        pairs = zip(counted["pay"], counted[other], strict=True)
        return statistics.median(pay.per_second / rest.per_second for pay, rest in pairs)

    return {
        "api_per_s": statistics.median(sample.per_second for sample in counted["pay"]),
        "api_vs_empty": vs("empty"),
        "api_vs_one_tx": vs("single"),
        "api_p99_ms": statistics.median(sample.p99_ms for sample in counted["pay"]),
        "pay_per_s": statistics.median(sample.per_second for sample in counted["limited"]),
        "api_vs_litestar": vs("peer"),
    }


@contextmanager
def serving(url: str, kind: str = "lanes") -> Iterator[int]:
    """A server process of its own; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", SERVERS[kind], "--port", str(port)]
    command += ["--http", "sycee.runtime.http.heads:BoundedHeads"]  # all of it as `up` does
    command += ["--no-access-log", "--no-server-header", "--no-proxy-headers"]
    command += ["--log-level", "error"]
    rates = {"SYCEE_RATE_PER_SECOND": "1000000", "SYCEE_RATE_BURST": "1000000"}
    # The package where this process found it, installed or not.
    found = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    environment = {**os.environ, **rates, "SYCEE_DATABASE_URL": url, "PYTHONPATH": found}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _await_ready(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(15)


def _await_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server stopped before it was ready"
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise AssertionError("the server was not ready within 15 s")


if __name__ == "__main__":
    for name, value in run(sys.argv[1], quick="--quick" in sys.argv).items():
        print(f"{name:16} {value:,.2f}")
