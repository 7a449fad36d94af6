"""What may be wrong with a code that was scanned. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from sycee.kit.errors import Kind, Refusal


@dataclass(unsafe_hash=True)
class CodeUnreadable(Refusal):
    """This is no payment code that can be read.

    `reason` says what is wrong, `place` in which field: a bad checksum means that it was damaged or
    misread. Scan it again.
    """

    code = "code-unreadable"
    kind = Kind.INVALID
    reason: str
    place: str


@dataclass(unsafe_hash=True)
class CodeNotOurs(Refusal):
    """The code belongs to another scheme.

    `profile` names it. It can be read (`/v1/codes/resolve`), and paid only there.
    """

    code = "code-not-ours"
    kind = Kind.CONFLICT
    profile: str


@dataclass(unsafe_hash=True)
class CodeAltered(Refusal):
    """The code was forged or altered.

    It says that it is one of this house's, but the signature over it does not hold. Do not pay it;
    tell the shop whose name it carries. Nothing was moved.
    """

    code = "code-altered"
    kind = Kind.FORBIDDEN
