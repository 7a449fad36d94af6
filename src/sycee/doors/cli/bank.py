"""`./sycee bank`: the sandbox bank's process and its switches, and taking a bank's file."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from sycee.core.parties import vault
from sycee.doors.bank.books import Books
from sycee.doors.bank.sandbox import Bank
from sycee.doors.bank.seed import NUMBER
from sycee.doors.cli.servers import opened, servers
from sycee.doors.cli.stopping import Stopped, UntilEof, stop_at_eof, stopping
from sycee.kit.errors import Invalid
from sycee.kit.money import format_major, parse_major
from sycee.products.wallet.bank import desk, folders, xml
from sycee.products.wallet.bank.folders import Folders
from sycee.runtime.settings import Settings, load

bank = App(name="bank", help="The sandbox bank, and files from a bank.")


def _reason(_: object, reason: str) -> None:
    if not re.fullmatch(r"[A-Z0-9]{1,4}", reason):  # or the bank's answer would not be read
        raise ValueError("Must be a code of ISO 20022, such as AC01.")


Reason = Annotated[str, Parameter(validator=_reason)]


def _bank(settings: Settings) -> Bank:
    return Bank(Books(settings.home / "bank" / "sandbox.db"), Folders.under(settings.home))


@bank.default
def run(
    *,
    every: Annotated[float, Parameter(help="Seconds between looks at the folder.")] = 1.0,
    statement: Annotated[float, Parameter(help="Seconds between statements.")] = 60.0,
    until_eof: UntilEof = False,
) -> int:
    """Run the sandbox bank: it reads payment files and writes statements. Ctrl-C stops it."""
    stop = threading.Event()
    with stopping():
        try:
            if until_eof:
                stop_at_eof()
            _bank(load()).run(stop, every_seconds=every, statement_seconds=statement)
        except Stopped:
            stop.set()
    return 0


@bank.command
def pay_in(*, amount: str, reference: str | None = None, name: str = "A Customer") -> int:
    """Let a customer of the sandbox bank pay in.

    Parameters
    ----------
    amount
        In major units, such as 12.34.
    reference
        The top-up's reference; without one the money waits in the operator's queue.
    """
    one = _bank(load())
    currency = next((c for n, c, _, _ in one.books.accounts() if n == NUMBER), "CNY")
    minor = parse_major(amount, currency)
    if minor == 0:
        raise Invalid("amount", "must be more than 0")
    entry = one.pay_in(NUMBER, minor, reference=reference, name=name, sender=None)
    print(f"{format_major(entry.minor, currency)} {currency} paid in, as {entry.ref}")
    return 0


@bank.command(name="return")
def give_back(payment: str, /, *, reason: Reason = "AC04") -> int:
    """Let a booked payment come back.

    Parameters
    ----------
    payment
        Its EndToEndId: 32 hexadecimal digits.
    """
    entry = _bank(load()).give_back(payment, reason)
    print(f"{payment} comes back, as {entry.ref}")
    return 0


@bank.command
def reject(reason: Reason = "AC01", /) -> int:
    """Let the sandbox bank reject the next payment, with an ISO 20022 reason."""
    _bank(load()).books.wish("reject", reason)
    print(f"The next payment will be rejected ({reason}).")
    return 0


@bank.command
def delay(*, on: bool = True) -> int:
    """Let the sandbox bank book nothing until `--no-on`."""
    _bank(load()).books.wish("delay", "on" if on else None)
    print("Booking is held." if on else "Booking goes on.")
    return 0


@bank.command
def statement() -> int:
    """Let the sandbox bank write its statements now."""
    for path in _bank(load()).state():
        print(path)
    return 0


@bank.command(name="import")
def import_(file: Path, /) -> int:
    """Take a file of a bank: camt.053, camt.054 or pain.002, whole or not at all."""
    settings = load()
    with servers(settings) as found, opened(settings, found) as (database, keyring):
        vault.use(keyring)
        done = desk.take(database, folders.read(file), by=None).unwrap()
    for name in done.__struct_fields__:
        value = getattr(done, name)
        if value != 0:
            print(f"{name:<12}{value}")
    return 0


@bank.command
def check(file: Path, /) -> int:
    """Check a file against the schema of its kind, and take nothing."""
    kind, _ = xml.read(folders.read(file))
    print(f"{kind}: valid")
    return 0
