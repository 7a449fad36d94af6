"""A gesture: what shows that a hand opened an envelope, as far as a network can show it. Pure.

The house gives a challenge for one person and one envelope: the time, and an HMAC over the three.
Whoever opens it sends the challenge back with the trace of a press: moments in milliseconds since
it began, and where the pointer was. The challenge must be of this person and envelope, at least
`LEAST_MS` old and not stale; the trace must last as long as a press and not be drawn with a ruler.

What this does: a program that opens links as they arrive is slower than a hand, and needs a request
more for each. What it does not: it proves no human. Whoever writes a program for this very house
can invent a trace. So nobody is refused for want of a gesture, who may be using a keyboard or a
screen reader; they are slowed down by a random moment, and share a stricter rate.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

LEAST_MS = 400
STALE_MS = 15 * 60_000
PRESS_LEAST_MS = 200
POINTS_LEAST = 3
POINTS_MOST = 120

Point = tuple[int, int, int]
"""Milliseconds since the press began, and where: x, y in whole pixels."""


def challenge(key: bytes, bound: bytes, party: UUID, now_ms: int) -> str:
    """What to send back with the press; `bound` says which envelope."""
    return f"{now_ms}.{_mac(key, bound, party, now_ms)}"


def convinces(
    key: bytes, bound: bytes, party: UUID, text: str, trace: Sequence[Point], now_ms: int
) -> bool:
    """Whether a challenge came back in time with a trace such as a hand leaves."""
    made, _, mac = text.partition(".")
    if not (made.isascii() and made.isdigit() and len(made) <= 15):
        return False
    age = now_ms - int(made)
    if not LEAST_MS <= age <= STALE_MS:
        return False
    if not hmac.compare_digest(mac.encode(), _mac(key, bound, party, int(made)).encode()):
        return False
    return POINTS_LEAST <= len(trace) <= POINTS_MOST and _by_hand(trace, age)


def _by_hand(trace: Sequence[Point], age_ms: int) -> bool:
    """Whether a trace goes forward, lasts, fits into its time, and is not drawn with a ruler."""
    steps = [after[0] - before[0] for before, after in pairwise(trace)]
    lasts = trace[-1][0] - trace[0][0]
    if trace[0][0] < 0 or min(steps) < 0 or not PRESS_LEAST_MS <= lasts <= age_ms:
        return False
    return len(set(steps)) > 1


def _mac(key: bytes, bound: bytes, party: UUID, made_ms: int) -> str:
    text = b"gesture\0" + bound + b"\0" + party.bytes + made_ms.to_bytes(8, "big")
    return hmac.digest(key, text, "sha256")[:16].hex()
