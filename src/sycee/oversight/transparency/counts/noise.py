"""The noise, drawn by OpenDP: whole numbers by exact arithmetic, and what they cost.

A count is released by the geometric mechanism (Ghosh, Roughgarden & Sundararajan, 2009). One person
changes the counts by at most `bound` in sum, so noise of scale bound ÷ ε costs ε of everybody's
privacy: pure differential privacy, a person the unit. Losses of several questions add up. The only
floats are that scale and a probability; no amount is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ALPHA = 0.05
"""In one case of twenty an answer is further off than its margin."""

ROUNDING = 1e-9


def mechanism(bound: int, epsilon_milli: int) -> Any:
    """The measurement that is used, made by OpenDP and asked what it costs before it is used."""
    # 260 MB that only this needs, so it is loaded when somebody asks.
    from opendp.domains import atom_domain, vector_domain
    from opendp.measurements import make_geometric
    from opendp.metrics import l1_distance
    from opendp.mod import enable_features

    enable_features("contrib")
    space = vector_domain(atom_domain(T="i64")), l1_distance(T="i64")
    made = make_geometric(*space, scale=scale(bound, epsilon_milli))
    assert made.map(bound) <= epsilon_milli / 1_000 * (1 + ROUNDING), "it costs what was said"
    return made


def release(counts: Sequence[int], bound: int, epsilon_milli: int) -> list[int]:
    """Counts with noise; they may come out negative, which is what keeps them true on average."""
    return [int(each) for each in mechanism(bound, epsilon_milli)(list(counts))]


def margin(bound: int, epsilon_milli: int) -> int:
    """By how much an answer is wrong at most, in 19 cases of 20."""
    from opendp.accuracy import discrete_laplacian_scale_to_accuracy

    return int(discrete_laplacian_scale_to_accuracy(scale(bound, epsilon_milli), ALPHA))


def scale(bound: int, epsilon_milli: int) -> float:
    """How widely the noise is spread."""
    return bound * 1_000 / epsilon_milli
