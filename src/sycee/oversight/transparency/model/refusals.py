"""What can be asked of the log and is refused, in order of precedence."""

from __future__ import annotations

from dataclasses import dataclass

from sycee.kit.errors import Kind, Refusal


@dataclass(unsafe_hash=True)
class LogEmpty(Refusal):
    """Nothing has been sealed yet.

    The first checkpoint appears a second or two after the first action. Ask again then.
    """

    code = "log-empty"
    kind = Kind.NOT_FOUND


@dataclass(unsafe_hash=True)
class LogShorter(Refusal):
    """The log is not that long.

    `size` is how many leaves it has now. A checkpoint that claims more was not made by this log.
    """

    code = "log-shorter"
    kind = Kind.NOT_FOUND
    size: int


@dataclass(unsafe_hash=True)
class WitnessKeyUnfit(Refusal):
    """This is not the key of a witness.

    A witness's key is `name+id+base64` with an Ed25519 key of kind 4, as its program prints it.
    """

    code = "witness-key-unfit"
    kind = Kind.INVALID
    rule: str


@dataclass(unsafe_hash=True)
class WitnessKnown(Refusal):
    """A witness with this key is asked already.

    Remove the other one first if its address has changed.
    """

    code = "witness-known"
    kind = Kind.CONFLICT
    witness: str
