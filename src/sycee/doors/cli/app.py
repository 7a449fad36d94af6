"""The table of commands, and what happens when one goes wrong."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence

from cyclopts import App, CycloptsError, Group

from sycee import __version__
from sycee.kit.errors import Invalid, Refusal
from sycee.runtime import memory

_RUN = Group("Run Sycee", sort_key=1)
_USE = Group("Use it", sort_key=2)
_CARE = Group("Look after it", sort_key=3)
_BUILD = Group("Work on Sycee", sort_key=4)

COMMANDS: tuple[tuple[str, str, Group], ...] = (
    ("up", "sycee.doors.cli.up:up", _RUN),
    ("work", "sycee.doors.cli.work:work", _RUN),
    ("town", "sycee.doors.cli.living.app:town", _USE),
    ("demo", "sycee.doors.cli.demo.app:demo", _USE),
    ("trades", "sycee.doors.cli.trades:trades", _USE),
    ("keys", "sycee.doors.cli.keys:keys", _USE),
    ("bank", "sycee.doors.cli.bank:bank", _USE),
    ("envelope", "sycee.doors.cli.envelope:envelope", _USE),
    ("qr", "sycee.doors.cli.qr:qr", _USE),
    ("receipt", "sycee.doors.cli.receipt:receipt", _USE),
    ("orders", "sycee.doors.cli.orders:orders", _USE),
    ("safeguarding", "sycee.doors.cli.safeguarding:safeguarding", _USE),
    ("person", "sycee.doors.cli.person:person", _USE),
    ("demand", "sycee.doors.cli.demand:demand", _USE),
    ("log", "sycee.doors.cli.log:log", _USE),
    ("count", "sycee.doors.cli.count:count", _USE),
    ("liabilities", "sycee.doors.cli.liabilities:liabilities", _USE),
    ("doctor", "sycee.doors.cli.doctor:doctor", _CARE),
    ("migrate", "sycee.doors.cli.migrate:migrate", _CARE),
    ("policy", "sycee.doors.cli.policy:policy", _CARE),
    ("retention", "sycee.doors.cli.retention:retention", _CARE),
    ("bench", "sycee.doors.cli.bench:bench", _BUILD),
    ("test", "sycee.doors.cli.suite:suite", _BUILD),
    ("web", "sycee.doors.cli.web:web", _BUILD),
    ("simulate", "sycee.doors.cli.simulate:simulate", _BUILD),
    ("docs", "sycee.doors.cli.docs:docs", _BUILD),
    ("version", "sycee.doors.cli.version:version", _BUILD),
)
"""Name, `module:function` (imported when it is used) and group. To add a command, add a line."""

app = App(
    name="sycee",
    help="Escrow, wallets and the money behind them on one double-entry ledger."
    " Start with `./sycee up`.",
    version=__version__,
    help_format="markdown",
    result_action="return_int_as_exit_code_else_zero",
    group_commands=Group("Commands", sort_key=9),
)
for _name, _target, _group in COMMANDS:
    app.command(_target, name=_name, group=_group)
app["--help"].group = app["--version"].group = Group("Options", sort_key=10)


def main(tokens: Sequence[str]) -> int:
    """Run the command in `tokens`; its exit code. What goes wrong is one line on standard error.

    0 is success, 1 a failure that the line explains, 2 a command that was not understood, 130 an
    interruption. `SYCEE_TRACE=1` shows where an error arose.
    """
    from sycee.runtime.settings import warn_unknown

    warn_unknown()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # where the terminal has fewer letters than we
    everything = not tokens or tokens[0] in app.help_flags  # the list has each one's own sentence
    with memory.loading():
        for name, _, _ in COMMANDS:
            if everything or name == tokens[0]:
                app[name]  # imports it
    try:
        return app(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        name = " ".join(("./sycee", *(error.command_chain or ())))
        print(f"sycee: {_one_line(error)} (see `{name} --help`)", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `./sycee … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("SYCEE_TRACE"):
            traceback.print_exc()
        print(f"sycee: {_explain(error)}", file=sys.stderr)
        return 1


def _one_line(error: object) -> str:
    return " ".join(str(error).split())


def _refused(refusal: Refusal) -> str:
    """What was refused, as a person reads it; the code is what the problems are listed by."""
    if isinstance(refusal, Invalid):
        return f"{refusal.field}: {refusal.rule} ({refusal.code})"
    facts = refusal.facts().items()
    told = [f"{name.replace('_', ' ')} {value}" for name, value in facts if value is not None]
    return f"{refusal.title} ({refusal.code}{': ' * bool(told)}{', '.join(told)})"


def _explain(error: Exception) -> str:
    """The sentence of an error that was foreseen; name and words of any other."""
    from psycopg import OperationalError
    from psycopg.errors import UndefinedColumn, UndefinedTable
    from psycopg_pool import PoolTimeout

    from sycee.core.parties.keyring import MasterKeyWrong
    from sycee.runtime.migrate import MigrationError
    from sycee.runtime.postgres import PostgresError
    from sycee.runtime.settings import SettingsError

    if isinstance(error, Refusal):
        return _one_line(_refused(error))
    if isinstance(error, (MasterKeyWrong, MigrationError, PostgresError, SettingsError)):
        return _one_line(error)
    if isinstance(error, (OperationalError, PoolTimeout)):
        return f"the database cannot be used: {_one_line(error)}"
    if isinstance(error, (UndefinedTable, UndefinedColumn)):
        return "the database is not up to date; `./sycee migrate` brings it up to date"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    name = type(error).__name__
    return f"unforeseen {name}: {_one_line(error)} (SYCEE_TRACE=1 shows where)"
