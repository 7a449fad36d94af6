"""`./sycee envelope`: checking that an envelope was fair."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from cyclopts import App

from sycee.kit.money import format_major
from sycee.products.envelopes import reading
from sycee.products.envelopes.model import shares
from sycee.products.envelopes.reading import ProofView

envelope = App(name="envelope", help="Check red envelopes without trusting this house.")

_WRONG = {
    "commitment": "the seed is not the one that was promised",
    "sum": "the shares do not sum to the amount",
    "claims": "somebody got another share than was fixed",
}


@envelope.command
def verify(file: Path, /) -> int:
    """Check that an envelope's shares were fixed before the first was taken; no server is asked.

    Ends with 0 when it is fair, 1 when it is not, 2 while it is open and its seed a secret.

    Parameters
    ----------
    file
        The answer of `/v1/envelopes/{id}/proof`; `-` reads standard input.
    """
    raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        told = msgspec.json.decode(raw, type=ProofView)
        verdict = reading.verdict(told)
    except ValueError as error:
        print(f"unfair: this is no proof ({type(error).__name__})")
        return 1
    if verdict == "open":
        print(f"open: {told.envelope} has not ended; its commitment is {told.commitment}")
        return 2
    if verdict != "fair":
        print(f"unfair: {_WRONG[verdict]}")
        return 1
    fixed = shares.split(bytes.fromhex(told.seed or ""), told.kind, told.amount_minor, told.shares)
    taken = {place for place, _ in told.claims}
    for place, minor in enumerate(fixed):
        mark = "taken" if place in taken else "left"
        print(f"{place + 1:>5}  {format_major(minor, told.currency):>12}  {mark}")
    print(f"fair: {told.envelope} fell as it was fixed at creation")
    return 0
