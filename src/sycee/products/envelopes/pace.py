"""How fast a person and a device may open envelopes, and how much a suspected program waits.

In the memory of each server process, so with N servers a caller may be N times as fast. A device is
the one a session began on; an API key counts as a device. Whoever opens without a gesture shares
the stricter rate of programs and waits a random moment, before and outside any transaction.
"""

from __future__ import annotations

import secrets

from sycee.runtime.http.caller import Caller
from sycee.runtime.http.problems import RateExceeded
from sycee.runtime.http.rates import Meter, Rate

PERSON = Rate(per_second=2.0, burst=60)
DEVICE = Rate(per_second=1.0, burst=40)
PROGRAM = Rate(per_second=1.0, burst=20)
DELAY_MOST_MS = 300

_persons, _devices, _programs = Meter(PERSON), Meter(DEVICE), Meter(PROGRAM)


def count(caller: Caller) -> None:
    """Count one opening; refuses `RateExceeded`. On the event loop only."""
    _take(_persons, caller.party, "person")
    _take(_devices, caller.device or caller.key_id, "device")


def hold_back(caller: Caller) -> float:
    """How many seconds a suspected program waits; refuses `RateExceeded`."""
    _take(_programs, caller.party, "program")
    return secrets.randbelow(DELAY_MOST_MS + 1) / 1_000


def _take(meter: Meter, name: object, per: str) -> None:
    _, wait = meter.take(name)
    if wait > 0:
        raise RateExceeded(per=per, retry_after_seconds=int(wait) + 1)
