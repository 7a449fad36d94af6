"""How long to wait before something that failed or was refused is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

Backoff = Callable[[int], timedelta]

FIRST_SECONDS = 2
"""The wait after the first failure; each further one is twice as long."""

LONGEST_SECONDS = 3_600
"""No wait is longer: whatever stood in the way, an hour after it has gone all is well."""

_MOST_DOUBLINGS = (LONGEST_SECONDS // FIRST_SECONDS).bit_length()


def doubling(attempt: int) -> timedelta:
    """2, 4, 8 … seconds, at most an hour, ± 20 % so that a crowd spreads out."""
    seconds = FIRST_SECONDS * 2 ** min(attempt - 1, _MOST_DOUBLINGS)
    return timedelta(seconds=min(seconds, LONGEST_SECONDS) * random.uniform(0.8, 1.2))
