"""What a lane counts: plain numbers, collected when Prometheus asks."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500)
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Spread:
    """A histogram: how many values fell into each bucket, and their sum."""

    __slots__ = ("bounds", "buckets", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.buckets = [0] * (len(bounds) + 1)
        self.total = 0.0

    def note(self, value: float) -> None:
        """Count one value."""
        self.buckets[bisect_left(self.bounds, value)] += 1
        self.total += value

    def add_to(self, family: HistogramMetricFamily, labels: Sequence[str]) -> None:
        """The histogram as Prometheus counts: each bucket with all below it."""
        running, rows = 0, []
        for bound, number in zip((*map(str, self.bounds), "+Inf"), self.buckets, strict=True):
            running += number
            rows.append((bound, running))
        family.add_metric(labels, rows, self.total)


class Tally:
    """One lane's numbers. Each is written by one thread at a time or may miss a beat, not a sum."""

    __slots__ = ("failed", "in_flight", "sizes", "splits", "turned_away", "waits")

    def __init__(self) -> None:
        self.in_flight = 0
        self.turned_away = 0
        self.splits = 0
        self.failed = 0
        self.sizes = Spread(SIZES)
        self.waits = Spread(SECONDS)

    def began(self, batch: Sequence[Any]) -> None:
        """A batch was taken out of the line."""
        now = time.monotonic()
        self.in_flight += len(batch)
        self.sizes.note(len(batch))
        for waiting in batch:
            self.waits.note(now - waiting.since)

    def ended(self, batch: Sequence[Any], outcomes: Sequence[object], splits: int) -> None:
        """A batch has its outcomes."""
        self.in_flight -= len(batch)
        self.splits += splits
        self.failed += sum(isinstance(outcome, Exception) for outcome in outcomes)


class LaneCollector(Collector):
    """The lanes of a server as metric families; `lanes` is read anew each time."""

    def __init__(self, lanes: Mapping[str, Any], restarts: Callable[[], int]) -> None:
        self._lanes, self._restarts = lanes, restarts

    def collect(self) -> Iterable[Metric]:
        """Depth, calls in flight, batch sizes, waits, splits, failures, callers turned away."""
        label = ("lane",)
        depth = GaugeMetricFamily("sycee_lane_depth", "Calls that wait.", labels=label)
        flying = GaugeMetricFamily("sycee_lane_in_flight", "Calls in transactions.", labels=label)
        sizes = HistogramMetricFamily("sycee_lane_batch_size", "Calls in a batch.", labels=label)
        waits = HistogramMetricFamily("sycee_lane_wait_seconds", "In the queue.", labels=label)
        splits = CounterMetricFamily("sycee_lane_splits", "Poisoned batches split.", labels=label)
        failed = CounterMetricFamily("sycee_lane_failures", "Calls without answer.", labels=label)
        away = CounterMetricFamily("sycee_lane_turned_away", "Calls to a full lane.", labels=label)
        for name, lane in sorted(dict(self._lanes).items()):
            tally: Tally = lane.tally
            depth.add_metric((name,), lane.depth)
            flying.add_metric((name,), tally.in_flight)
            tally.sizes.add_to(sizes, (name,))
            tally.waits.add_to(waits, (name,))
            splits.add_metric((name,), tally.splits)
            failed.add_metric((name,), tally.failed)
            away.add_metric((name,), tally.turned_away)
        restarts = CounterMetricFamily(
            "sycee_lane_restarts", "Starts of the lanes' process after it had died."
        )
        restarts.add_metric((), self._restarts())
        return (depth, flying, sizes, waits, splits, failed, away, restarts)
