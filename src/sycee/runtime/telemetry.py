"""Telemetry: JSON log lines with an allow-list of fields, metrics for Prometheus, optional spans.

Nothing that a person typed reaches a log: a field that is not in `ALLOWED` is dropped, an exception
is its type and its places in the code without its message, and a line of a library is its template
without its arguments.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, TextIO
from uuid import UUID

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

ALLOWED = frozenset(
    """
    event level timestamp logger request_id version
    method route status duration_ms bytes replayed
    action code kind refusal batch outcome
    party account trade transfer hold subject job webhook endpoint mandate
    currency count attempt attempts due lane queue
    host port pid state name cluster migration sqlstate
    exception frames
    """.split()
)
"""The only names of fields that a log line or a span may carry: ids, counts, states, places."""

TEXT_LIMIT = 200
"""Characters of a text in a log line; what is longer is cut."""

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being served; it is in every line and in every answer."""

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

Event = MutableMapping[str, Any]


def _add_request_id(logger: object, method: str, event: Event) -> Event:
    current = request_id.get()
    if current is not None:
        event["request_id"] = current
    return event


def _describe_exception(logger: object, method: str, event: Event) -> Event:
    """`exc_info` as the type's name and the last places in the code; never its message."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()[1]
    elif isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        kind = type(given)
        event["exception"] = f"{kind.__module__}.{kind.__qualname__}"
        frames = traceback.extract_tb(given.__traceback__)[-8:]
        event["frames"] = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames]
        sqlstate = getattr(given, "sqlstate", None)
        if isinstance(sqlstate, str):
            event["sqlstate"] = sqlstate
    return event


def _plain(value: object) -> object:
    """A value a line may hold; None for a kind that could hide anything."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value if len(value) <= TEXT_LIMIT else value[:TEXT_LIMIT] + "…"
    if isinstance(value, (UUID, datetime, date)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value[:32]]
    return None


def keep_allowed(logger: object, method: str, event: Event) -> Event:
    """Drop every field that is not in `ALLOWED`, and every value that is not plain."""
    kept = {name: _plain(value) for name, value in event.items() if name in ALLOWED}
    return {name: value for name, value in kept.items() if value is not None}


class _LibraryLines(logging.Handler):
    """Lines of libraries (uvicorn, psycopg): the template they were written with, no arguments."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            log = structlog.get_logger()
            fields: dict[str, Any] = {"logger": record.name}
            if record.exc_info and record.exc_info[1] is not None:
                fields["exc_info"] = record.exc_info[1]
            level = "error" if record.levelno >= 40 else record.levelname.lower()
            getattr(log, level, log.info)(str(record.msg), **fields)
        except Exception:
            self.handleError(record)


def configure(level: str = "info", *, stream: TextIO | None = None) -> None:
    """Send log lines of at least `level` to `stream` (standard error) as JSON, one a line."""
    number = _LEVELS[level]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_request_id,
            _describe_exception,
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_LibraryLines()]
    # A library's everyday lines (each request, each query) are not ours to print.
    root.setLevel(max(number, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "psycopg", "psycopg.pool"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def log(**fields: object) -> Any:
    """A logger with fields bound to it: `log(lane="pay").warning("lane.full", queue=4000)`."""
    return structlog.get_logger().bind(**fields)


# Metrics. One registry a process; a name is made once and found again.

REGISTRY = CollectorRegistry(auto_describe=True)
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_made: dict[str, Counter | Gauge | Histogram] = {}
SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def counter(name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
    """A count that only grows, named `sycee_<name>_total` on the page."""
    made = _made.get(name) or Counter(f"sycee_{name}", meaning, labels, registry=REGISTRY)
    return _kept(name, made, Counter)


def gauge(name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    """A value that goes up and down."""
    made = _made.get(name) or Gauge(f"sycee_{name}", meaning, labels, registry=REGISTRY)
    return _kept(name, made, Gauge)


def histogram(
    name: str,
    meaning: str,
    labels: Sequence[str] = (),
    buckets: Sequence[float] = SECONDS_BUCKETS,
) -> Histogram:
    """A distribution, by default of seconds."""
    made = _made.get(name) or Histogram(
        f"sycee_{name}", meaning, labels, registry=REGISTRY, buckets=buckets
    )
    return _kept(name, made, Histogram)


def _kept(name: str, made: Any, kind: type[Any]) -> Any:
    if not isinstance(made, kind):
        raise TypeError(f"the metric {name!r} is a {type(made).__name__.lower()}")
    return _made.setdefault(name, made)


# Spans, where the package `opentelemetry-api` (the extra `otel`) is installed.

try:
    from opentelemetry import trace as _trace
except ImportError:  # the extra is not installed
    _trace = None


@contextmanager
def span(name: str, **fields: object) -> Iterator[None]:
    """A span of OpenTelemetry around a block, with allowed fields only; nothing without it."""
    if _trace is None:
        yield
        return
    # Not `record_exception`: it would copy the message.
    with _trace.get_tracer("sycee").start_as_current_span(
        name, attributes=attributes(fields), record_exception=False, set_status_on_exception=False
    ):
        yield


def attributes(fields: Mapping[str, object]) -> dict[str, Any]:
    """The fields that a span may carry, in kinds that OpenTelemetry knows."""
    return dict(keep_allowed(None, "", dict(fields)))
