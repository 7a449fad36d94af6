"""Counts and durations of requests, kept as plain numbers and collected when Prometheus asks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.registry import Collector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds in seconds; one more bucket holds the rest."""


class Track:
    """One route's requests: a count per status, a histogram of seconds."""

    __slots__ = ("buckets", "route", "seconds", "statuses")

    def __init__(self, route: str) -> None:
        self.route = route
        self.statuses: dict[int, int] = {}
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    def note(self, status: int, seconds: float) -> None:
        """Count one answer. Only called on the event loop."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.buckets[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds


class RequestCollector(Collector):
    """The tracks of all routes as two metric families."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.tracks = tracks

    def collect(self) -> Iterable[CounterMetricFamily | HistogramMetricFamily]:
        """`sycee_http_requests_total` and `sycee_http_request_seconds`."""
        count = CounterMetricFamily(
            "sycee_http_requests", "Requests answered.", labels=("route", "status")
        )
        spread = HistogramMetricFamily(
            "sycee_http_request_seconds", "From the headers to the answer.", labels=("route",)
        )
        for track in self.tracks:
            statuses = track.statuses.copy()  # it is counted on while this is written
            for status, number in sorted(statuses.items()):
                count.add_metric((track.route, str(status)), number)
            running, rows = 0, []
            for bound, number in zip((*map(str, BUCKETS), "+Inf"), track.buckets, strict=True):
                running += number
                rows.append((bound, running))
            spread.add_metric((track.route,), rows, track.seconds)
        return (count, spread)


class RoomCollector(Collector):
    """How much of what a server keeps room for is taken now."""

    def __init__(
        self, pool: Callable[[], int], slow: Callable[[], int], streams: Callable[[], int]
    ) -> None:
        self._pool, self._slow, self._streams = pool, slow, streams

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """`sycee_http_threaded`, `sycee_http_slow` and `sycee_http_streams`."""
        return (
            GaugeMetricFamily(
                "sycee_http_threaded",
                "Requests that wait for a thread or have one.",
                self._pool(),
            ),
            GaugeMetricFamily(
                "sycee_http_slow",
                "Requests that wait for a thread for what takes long, or have one.",
                self._slow(),
            ),
            GaugeMetricFamily("sycee_http_streams", "Streams that are open.", self._streams()),
        )
