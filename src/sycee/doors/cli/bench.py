"""`./sycee bench`: figures taken in one run, each a ratio or beside what it is compared with."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from sycee.doors.cli.servers import servers
from sycee.runtime.settings import SettingsError, load, repository

QUESTIONS: dict[str, str] = {
    "ledger": "How fast does the ledger post, against a raw COPY of the same rows?",
    "api": "How many durable payments a second does the API take, against an empty request?",
    "envelopes": "How many shares of red envelopes are taken a second, of many and of a hot one?",
    "lanes": "What does a lane gain with many callers, and cost with one or with too many?",
    "gate": "Does anything post after an order, and what does the gate cost?",
    "safeguarding": "How long does the daily reconciliation of all customers' money take?",
    "log": "Does sealing the journal keep up, and what does it cost whoever pays meanwhile?",
    "wallet": "How does the wallet's home open on a slow phone, by Lighthouse?",
    "machine": "How fast is this machine, beside the one that the targets were set on?",
    "qr": "How many damaged payment codes a second are read on one core, and does one raise?",
}
"""One file of `bench/` a question."""

_ALONE = frozenset({"qr", "wallet"})
"""Questions that need no database, or bring a whole town of their own."""


def bench(
    question: str,
    /,
    *,
    quick: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Measure one thing on scratch databases of its own; the books are checked at the end.

    Parameters
    ----------
    question
        A file of `bench/`: `ledger`, `api`, `log` …; a wrong name lists them all.
    quick
        End within 40 seconds, with smaller numbers of the same things.
    as_json
        Print `{"figures": {name: number}}` and nothing else.
    """
    if question not in QUESTIONS:
        raise SettingsError(f"there is no such bench; there are {', '.join(QUESTIONS)}")
    run = _loaded(question)
    if question in _ALONE:
        figures = run("", quick)
    else:
        with servers(load()) as found:
            figures = run(found.database_url, quick)
    if as_json:
        print(json.dumps({"figures": figures}))
        return 0
    table = Table(title=QUESTIONS[question], title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.0f}" if value >= 100 else f"{value:.3g}")
    Console().print(table)
    return 0


def _loaded(question: str) -> Callable[[str, bool], dict[str, float]]:
    """`run` of `bench/<question>.py`; the benches live in the source tree, not in the package."""
    root = repository()
    if root is None:
        raise SettingsError("the benches are in the source tree; run this from a checkout")
    if str(root) not in sys.path:  # the processes that a bench starts inherit it
        sys.path.insert(0, str(root))
    module = importlib.import_module(f"bench.{question}")
    return lambda url, quick: module.run(url, quick=quick)
