"""`./sycee simulate`: random walks through trades, and a crowd that races for envelopes."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Annotated, Any

from cyclopts import App, Parameter, validators
from rich.console import Console

Count = Annotated[int, Parameter(validator=validators.Number(gte=1))]


simulate = App(name="simulate", help="Play out what chance does, and check every unit.")


@simulate.default
def trades(
    *,
    walks: Count = 100_000,
    stored: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 0,
    seed: int | None = None,
    workers: Count | None = None,
) -> int:
    """Walk through the life of random trades; money in = released + refunded + fees + held.

    The first failure ends it with 1 and names the walk that failed; the same seed, walks and
    workers repeat it.

    Parameters
    ----------
    walks
        Walks on the pure rules.
    stored
        Walks on a scratch database, which is dropped afterwards; one transaction a step.
    seed
        Where chance begins; a fresh one is drawn and printed otherwise.
    workers
        Processes; as many as there are cores otherwise.
    """
    from sycee.products.escrow.walks import pure

    console = Console(highlight=False)
    seed = secrets.randbits(32) if seed is None else seed
    workers = workers or os.cpu_count() or 1
    console.print(f"seed {seed}, workers {workers}")
    tally = _timed(console, "on the rules", walks, lambda: _shared(pure.run, walks, seed, workers))
    if stored:
        with _scratch() as url:
            tally += _timed(
                console, "on PostgreSQL", stored, lambda: _stored(url, stored, seed, workers)
            )
    for name, times in sorted(tally.items(), key=lambda item: -item[1]):
        console.print(f"  {times:>10,}  {name}")
    return 0


@simulate.command
def envelopes(
    *,
    claims: Count = 100_000,
    seed: int | None = None,
    servers: Count = 2,
    people: Annotated[int, Parameter(validator=validators.Number(gte=200))] = 1_000,
) -> int:
    """Race claims over HTTP for envelopes against their end, their refund and SIGKILL.

    Servers, their lanes and workers are killed at random and started again; a claim that had no
    answer is made again, with its key or another. 0 over-claims, 0 double claims, exact sums; what
    everybody was told is what is stored. The first that is not so ends it with 1.

    Parameters
    ----------
    claims
        How many claims are answered.
    seed
        Where chance begins; a fresh one is drawn and printed otherwise.
    servers
        API servers, each with its lanes' process; two workers run beside them.
    people
        How many people claim.
    """
    import tempfile
    from pathlib import Path

    from sycee.doors.cli.race.run import Course, run

    console = Console(highlight=False)
    seed = secrets.randbits(32) if seed is None else seed
    console.print(f"seed {seed}, {servers} servers")
    began = time.monotonic()

    def tell(tally: Counter[str]) -> None:
        killed = sum(times for name, times in tally.items() if name.endswith("killed"))
        seconds = time.monotonic() - began
        console.print(f"{tally['claims answered']:>11,} after {seconds:,.0f} s, {killed} killed")

    course = Course(claims=claims, servers=servers, people=people)
    with (
        _scratch() as url,
        _scratch("migrations/keys") as keys_url,
        tempfile.TemporaryDirectory() as home,
    ):
        tally = run(url, keys_url, Path(home), course, seed, tell)
    seconds = time.monotonic() - began
    console.print(f"{claims:,} claims raced in {seconds:.1f} s: none over, none twice, sums exact")
    for name, times in sorted(tally.items(), key=lambda item: -item[1]):
        console.print(f"  {times:>10,}  {name}")
    return 0


def _timed(
    console: Console, where: str, walks: int, run: Callable[[], Counter[str]]
) -> Counter[str]:
    began = time.monotonic()
    tally = run()
    console.print(f"{walks:,} walks {where} in {time.monotonic() - began:.1f} s: no unit lost")
    return tally


def _shared(
    run: Callable[..., Counter[str]], walks: int, seed: int, workers: int, *before: Any
) -> Counter[str]:
    """Spread walks over processes, each with a seed of its own."""
    shares = _shares(walks, workers)
    with ProcessPoolExecutor(len(shares)) as pool:
        running = [pool.submit(run, *before, n, seed + i) for i, n in enumerate(shares)]
        return sum((each.result() for each in running), Counter())


def _shares(walks: int, workers: int) -> Sequence[int]:
    return [n for i in range(workers) if (n := walks // workers + (i < walks % workers))]


def _stored(url: str, walks: int, seed: int, workers: int) -> Counter[str]:
    from sycee.core.ledger import doctor
    from sycee.products.escrow.checks import checks
    from sycee.products.escrow.walks import stored
    from sycee.runtime.db import Database

    tally = _shared(stored.run, walks, seed, workers, url)
    database = Database(url, size=1)
    try:
        verdict = doctor.examine(database, checks)
    finally:
        database.close()
    assert verdict.ok, [finding for finding in verdict.checks if not finding.ok]
    return tally


@contextlib.contextmanager
def _scratch(folder: str = "migrations") -> Iterator[str]:
    """A migrated database beside this installation's own, dropped at the end."""
    from sycee.doors.cli.servers import servers
    from sycee.runtime.scratch import scratch
    from sycee.runtime.settings import load

    with servers(load()) as found, scratch(found.database_url, "walks", folder=folder) as url:
        yield url
