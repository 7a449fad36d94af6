"""How a device computes a pay code, and what may be wrong with one. Pure.

    step  = ⌊seconds since 1970 / 10⌋, by a clock set to the server's
    mac   = HMAC-SHA-256(seed, "sycee-pay-code-1" ‖ 00 ‖ device ‖ step ‖ serial)
    check = (the first 8 bytes of mac as a whole number) mod 10^8
    code  = "29" ‖ locator (7 digits) ‖ serial (1 digit) ‖ check (8 digits)

`seed` has 32 bytes, `device` is the 16 bytes of its id, `step` 8 bytes big-endian, `serial` one
byte from 0 to 9: it counts the codes that the device showed in one step. The idea is that of TOTP
(RFC 6238); the locator says whose seed to try, so that a till needs nothing but the digits.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from sycee.core.tender.model import COMPUTED_PREFIX, MandateRefusal
from sycee.kit.clock import EPOCH
from sycee.kit.errors import Kind

STEP_SECONDS = 10
LIFE_SECONDS = 60
"""How long a code may be shown, by the device's own clock."""

AHEAD_STEPS = 1
BEHIND_STEPS = LIFE_SECONDS // STEP_SECONDS
SEARCH_STEPS = 2 * 3_600 // STEP_SECONDS
"""How far around now a code that fits no valid step is looked for, to say that a clock is wrong."""

SEED_BYTES = 32
LOCATORS = 10**7
_CHECKS = 10**8
_DOMAIN = b"sycee-pay-code-1\x00"
_LENGTH = 18


class Seed(msgspec.Struct, frozen=True):
    """What a device and the server share. `locator` is not a secret, and several may have it."""

    locator: int
    device: UUID
    party: UUID
    seed: bytes
    ceiling_minor: int
    currency: str
    made_at: datetime

    def __repr__(self) -> str:
        return f"Seed({self.device})"  # the seed stays out of logs


class Parts(msgspec.Struct, frozen=True):
    """A code taken apart."""

    locator: int
    serial: int
    check: int


@dataclass(unsafe_hash=True)
class PayCodeOffTime(MandateRefusal):
    """The pay code was computed for another time.

    `seconds` is how far the phone's clock was from the server's when it made the code: ahead of it,
    or behind where it is negative (or the code was shown that long ago). Let the phone go online
    once, so that it learns the time, or set its clock; then show a fresh code.
    """

    code = "pay-code-off-time"
    kind = Kind.CONFLICT
    seconds: int


@dataclass(unsafe_hash=True)
class WrongCodesLimited(MandateRefusal):
    """Too many wrong pay codes from this payee.

    Whoever reads codes off phones is seldom wrong; whoever guesses is. No code is looked at before
    `retry_after_seconds` are over, not even a right one.
    """

    code = "wrong-codes-limited"
    kind = Kind.LIMIT
    retry_after_seconds: int


def new_seed() -> bytes:
    """256 bits from the system's random source."""
    return secrets.token_bytes(SEED_BYTES)


def new_locator() -> int:
    """Seven digits from the system's random source."""
    return secrets.randbelow(LOCATORS)


def step_of(moment: datetime) -> int:
    """The step that a moment is in."""
    return (moment - EPOCH) // timedelta(seconds=STEP_SECONDS)


def begins_at(step: int) -> datetime:
    """When a step begins."""
    return EPOCH + step * timedelta(seconds=STEP_SECONDS)


def check_of(seed: bytes, device: UUID, step: int, serial: int) -> int:
    """The check digits as a number."""
    message = _DOMAIN + device.bytes + step.to_bytes(8) + bytes((serial,))
    return int.from_bytes(hmac.digest(seed, message, "sha256")[:8]) % _CHECKS


def compute(seed: bytes, device: UUID, locator: int, step: int, serial: int = 0) -> str:
    """The code that a device shows."""
    check = check_of(seed, device, step, serial)
    return f"{COMPUTED_PREFIX}{locator:07d}{serial}{check:08d}"


def parts(code: str) -> Parts | None:
    """A computed code taken apart; None for any other text."""
    computed = code.startswith(COMPUTED_PREFIX) and len(code) == _LENGTH
    if not (computed and code.isascii() and code.isdigit()):
        return None
    return Parts(int(code[2:9]), int(code[9]), int(code[10:]))


def find_step(seed: Seed, shown: Parts, now: int) -> int | None:
    """The valid step that a code was computed for; None if it was for no such step."""
    for step in range(now + AHEAD_STEPS, now - BEHIND_STEPS - 1, -1):
        if check_of(seed.seed, seed.device, step, shown.serial) == shown.check:
            return step
    return None


def find_off_time(seed: Seed, shown: Parts, now: int) -> PayCodeOffTime | None:
    """How wrong the clock was that a code was computed by, if that is what is wrong with it."""
    for distance in range(1, SEARCH_STEPS + 1):
        for step in (now - distance, now + distance):
            if check_of(seed.seed, seed.device, step, shown.serial) == shown.check:
                return PayCodeOffTime(seconds=(step - now) * STEP_SECONDS)
    return None


def expires_at(step: int) -> datetime:
    """When a code of a step can no longer be taken."""
    return begins_at(step + 1) + timedelta(seconds=LIFE_SECONDS)
