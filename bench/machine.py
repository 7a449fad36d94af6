"""How fast this machine is, by two yardsticks that Sycee has no part in.

The targets of the other benches were set beside these two, so a figure of theirs can be told from
the machine it was taken on: a bare ASGI application on uvicorn, one process that answers an empty
POST (50,000 a second where the targets were set), and COPY of narrow rows, five columns under a
primary key and two account indexes, in transactions of 8,000 (188,000 a second there).
"""

from __future__ import annotations

import random
import statistics
import struct
import sys
import time
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from bench.api import serving
from bench.load import Payer, drive

from sycee.kit.ids import uuid7
from sycee.runtime.scratch import scratch

ASGI_WHERE_TARGETS_WERE_SET = 50_000
COPY_WHERE_TARGETS_WERE_SET = 188_000

ACCOUNTS = 100_000
BATCH = 8_000

_TABLE: LiteralString = """
    CREATE TABLE narrow (id uuid PRIMARY KEY, debit uuid, credit uuid, amount_minor bigint,
        posted_at timestamptz DEFAULT now());
    CREATE INDEX ON narrow (debit, posted_at);
    CREATE INDEX ON narrow (credit, posted_at);
"""


async def _empty(scope: Any, receive: Any, send: Any) -> None:
    """Answers every request with nothing."""
    if scope["type"] != "http":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b""})


_HEADERS = [(b"content-length", b"0")]


def create() -> Any:
    """What uvicorn serves."""
    return _empty


def run(url: str, quick: bool = False) -> dict[str, float]:
    """`asgi_per_s, copy_narrow_per_s`, and each as a share of what it was elsewhere."""
    turns = 3 if quick else 7
    asgi = _asgi(url, turns)
    copied = _copied(url, turns)
    return {
        "asgi_per_s": asgi,
        "asgi_vs_elsewhere": asgi / ASGI_WHERE_TARGETS_WERE_SET,
        "copy_narrow_per_s": copied,
        "copy_narrow_vs_elsewhere": copied / COPY_WHERE_TARGETS_WERE_SET,
    }


def _asgi(url: str, turns: int) -> float:
    nobody = [Payer("par_nobody", "none", UUID(int=0))]
    with serving(url, "bare") as port:
        samples = [drive(port, "/", nobody, 2.0) for _ in range(turns)]
    return statistics.median(sample.per_second for sample in samples)


def _copied(url: str, turns: int) -> float:
    """The median turn of ten transactions each, on a database of its own."""
    with scratch(url, "bench", folder=None) as own, psycopg.connect(own, autocommit=True) as conn:
        conn.execute(_TABLE)
        return statistics.median(_turn(conn) for _ in range(turns))


def _turn(conn: psycopg.Connection[Any]) -> float:
    streams = [_stream() for _ in range(10)]
    began = time.perf_counter()
    for stream in streams:
        with conn.cursor().copy(_COPY) as copy:
            copy.write(stream)
    return len(streams) * BATCH / (time.perf_counter() - began)


_COPY: LiteralString = "COPY narrow (id, debit, credit, amount_minor) FROM STDIN (FORMAT binary)"


def _stream() -> bytes:
    """The rows of a batch as COPY reads them: three UUIDs and a bigint each."""
    rows = [b"PGCOPY\n\xff\r\n\0" + bytes(8)]
    for _ in range(BATCH):
        debit, credit = random.randrange(ACCOUNTS), random.randrange(ACCOUNTS)
        ids = (uuid7().bytes, debit.to_bytes(16), credit.to_bytes(16))
        row = struct.pack("!hi16si16si16siq", 4, 16, ids[0], 16, ids[1], 16, ids[2], 8, 1)
        rows.append(row)
    return b"".join([*rows, b"\xff\xff"])


if __name__ == "__main__":
    for figure, value in run(sys.argv[1], "--quick" in sys.argv).items():
        print(f"{figure:26}{value:14,.2f}")
