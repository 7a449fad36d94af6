"""Checking a proof of `/v1/liabilities/proofs` with nothing but itself and the published total."""

from __future__ import annotations

from base64 import b64decode
from uuid import UUID

import msgspec

from sycee.oversight.transparency.liabilities import model
from sycee.oversight.transparency.liabilities.model import Part, Root
from sycee.oversight.transparency.liabilities.reading import ProofView


class Outcome(msgspec.Struct, frozen=True):
    """One account's verdict; `balance_minor` is None when the proof proves nothing."""

    account: str
    currency: str
    day: str
    root: str
    sum_minor: int
    balance_minor: int | None


def read(text: bytes) -> list[ProofView]:
    """The proofs in a file; raises ValueError for what is not such a file."""
    return msgspec.json.decode(text, type=list[ProofView])


def check(proof: ProofView) -> Outcome:
    """Whether an account's balance is in the total that the proof names."""
    total = proof.total
    proved = None
    try:
        root = Root(
            total.epoch,
            total.currency,
            total.height,
            total.sum_minor,
            b64decode(total.root, validate=True),
        )
        parts = [
            Part(part.balance_minor, part.index, b64decode(part.path, validate=True))
            for part in proof.parts
        ]
        account = UUID(hex=proof.account_bytes)
        proved = model.verify(b64decode(proof.secret, validate=True), account, parts, root)
    except ValueError:
        pass
    if proved != proof.balance_minor:
        proved = None
    return Outcome(
        proof.account, total.currency, str(total.day_on), total.root, total.sum_minor, proved
    )
