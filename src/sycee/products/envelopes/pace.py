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

PERSON = Rate.every(1, 60)
DEVICE = Rate.every(1, 40)
PROGRAM = Rate.every(2, 20)
DELAY_MOST_MS = 300

_persons, _devices, _programs = Meter(PERSON), Meter(DEVICE), Meter(PROGRAM)


def count(caller: Caller) -> None:
    """Count one opening; refuses `RateExceeded`. On the event loop only."""
    _take(_persons, caller.party, "person")
    _take(_devices, caller.device or caller.key_id, "device")


def hold_back(caller: Caller) -> int:
    """How many milliseconds a suspected program waits; refuses `RateExceeded`."""
    _take(_programs, caller.party, "program")
    return secrets.randbelow(DELAY_MOST_MS + 1)


def _take(meter: Meter, name: object, per: str) -> None:
    _, wait = meter.take(name)
    if wait > 0:
        raise RateExceeded(per=per, retry_after_seconds=int(wait) + 1)
