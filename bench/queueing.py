"""Does a queueing model foretell what a lane does? Compared with the figures of `bench lanes`.

A lane is one server that takes everybody who waits at once. A batch of b calls takes a + c·b: what
a transaction costs whatever its size, and what each call adds. N clients that each send the next
call when the last one is answered are all in the next batch, so b = N, up to the largest batch, and

    X(N) = b / (a + c·b)

`fitted` finds a and c; `python -m bench.queueing docs/internals/lanes.json` prints the comparison
as it stands in docs/operating/new-year.md.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.lanes import CLIENTS

BATCH_MOST = 500


def rate(clients: int, fixed_ms: float, each_ms: float) -> float:
    """Calls a second of a closed loop of clients."""
    batch = min(clients, BATCH_MOST)
    return 1_000 * batch / (fixed_ms + each_ms * batch)


def fitted(figures: Mapping[str, float]) -> tuple[float, float]:
    """`a` and `c` in ms with the least squared error of the logarithm over all numbers of clients.

    A grid, refined twice: two unknowns, ten points.
    """
    fixed, each, width = 3.0, 0.1, 0.9
    for _ in range(3):
        steps = [1 + width * n / 12 for n in range(-12, 13)]
        fixed, each = min(
            ((fixed * x, each * y) for x in steps for y in steps),
            key=lambda pair: sum(
                math.log(rate(n, *pair) / figures[f"lane_per_s_{n}"]) ** 2 for n in CLIENTS
            ),
        )
        width /= 8
    return fixed, each


def open_batch(per_second: float, fixed_ms: float, each_ms: float) -> float:
    """The mean batch when calls come by themselves: b = λ·(a + c·b); infinite beyond 1/c."""
    load = per_second * each_ms / 1_000
    return math.inf if load >= 1 else max(1.0, per_second * fixed_ms / 1_000 / (1 - load))


def table(figures: Mapping[str, float]) -> list[str]:
    """The comparison as rows of a Markdown table."""
    fixed, each = fitted(figures)
    rows = ["| clients | measured, per second | model | model over measured |", "|---|---|---|---|"]
    for n in CLIENTS:
        measured, foretold = figures[f"lane_per_s_{n}"], rate(n, fixed, each)
        rows.append(f"| {n} | {measured:,.0f} | {foretold:,.0f} | {foretold / measured:.2f} |")
    return rows


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["figures"]
    print("a = {:.2f} ms, c = {:.3f} ms".format(*fitted(given)))
    print("\n".join(table(given)))
