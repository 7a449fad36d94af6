"""Load on an HTTP server from 64 keep-alive connections: by wrk where it is installed."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from uuid import UUID

import uvloop

CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Payer:
    """Someone who pays: public id, key, account."""

    id: str
    key: str
    account: UUID


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn of load. `unread_at_most` answers were on the way when it hung up."""

    per_second: float
    p99_ms: float
    accepted: int
    refused: int
    unread_at_most: int


def drive(port: int, path: str, payers: list[Payer], seconds: float) -> Sample:
    """POST to `path` for `seconds`: `/v1/transfers` with a payment of one unit, else empty."""
    if shutil.which("wrk"):
        return _wrk(port, path, payers, seconds)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_own(port, path, payers, seconds))


_LUA = """
local heads, tails, run, n = {HEADS}, {TAILS}, "{RUN}", 0
function request()
  n = n + 1
  if #tails == 0 then return heads[n % #heads + 1] .. "\\r\\n" end
  return heads[n % #heads + 1] .. "Idempotency-Key: " .. run .. n .. "\\r\\n" ..
    tails[(n + 1 + math.floor(n / #heads)) % #tails + 1]
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"us":%d,"refused":%d,"lost":%d,"p99":%f}\\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(99)))
end
"""


def _parts(path: str, payers: list[Payer]) -> tuple[list[str], list[str]]:
    """What every request begins and ends with; the key goes between."""
    heads = [
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {payer.key}\r\n"
        for payer in payers
    ]
    if path != "/v1/transfers":
        return [f"{head}Content-Length: 0\r\n" for head in heads], []
    tails = []
    for payer in payers:
        body = json.dumps({"payee": payer.id, "amount_minor": 1, "currency": "CNY"})
        size = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        tails.append(size + body)
    return heads, tails


def _wrk(port: int, path: str, payers: list[Payer], seconds: float) -> Sample:
    heads, tails = _parts(path, payers)
    script = _LUA.replace("{HEADS}", _table(heads)).replace("{TAILS}", _table(tails))
    script = script.replace("{RUN}", f"{secrets.token_hex(8)}-")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "load.lua"
        file.write_text(script, encoding="utf-8")
        target = f"http://127.0.0.1:{port}{path}"
        whole = max(1, round(seconds))
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{whole}s", "-s", str(file), target]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    said = json.loads(ran.stdout.strip().splitlines()[-1])
    assert said["lost"] == 0, f"{said['lost']} connections failed"
    return Sample(
        per_second=said["requests"] / (said["us"] / 1e6),
        p99_ms=said["p99"] / 1e3,
        accepted=said["requests"] - said["refused"],
        refused=said["refused"],
        unread_at_most=CONNECTIONS,
    )


def _table(rows: list[str]) -> str:
    return "{" + ",".join(json.dumps(row) for row in rows) + "}"


class _Client(asyncio.Protocol):
    """One connection that sends the next request as soon as it has read an answer."""

    def __init__(self, load: _Load, first: int) -> None:
        self._load, self._next = load, first
        self._seen = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        if time.perf_counter() >= self._load.until:
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(self._load.request(self._next))
        self._next += CONNECTIONS

    def data_received(self, data: bytes) -> None:
        self._seen += data
        end = self._seen.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._seen[:end].lower()
        at = head.index(b"content-length: ") + 16
        size = int(head[at:].split(b"\r\n", 1)[0])
        if len(self._seen) < end + 4 + size:
            return
        self._seen = b""
        self._load.note(head[9:12], time.perf_counter() - self._sent_at)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.left(exc)


class _Load:
    """What the connections share: the requests to send, the answers counted."""

    def __init__(self, path: str, payers: list[Payer], seconds: float) -> None:
        heads, tails = _parts(path, payers)
        self._heads = [head.encode() for head in heads]
        self._tails = [tail.encode() for tail in tails]
        self._run = secrets.token_hex(8).encode()
        self.until = time.perf_counter() + seconds
        self.accepted = self.refused = 0
        self.seconds: list[float] = []
        self._open = CONNECTIONS
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def request(self, n: int) -> bytes:
        head = self._heads[n % len(self._heads)]
        if not self._tails:
            return head + b"\r\n"
        tail = self._tails[(n + 1 + n // len(self._heads)) % len(self._tails)]
        return b"%sIdempotency-Key: %s-%d\r\n%s" % (head, self._run, n, tail)

    def note(self, status: bytes, seconds: float) -> None:
        self.seconds.append(seconds)
        if status == b"200":
            self.accepted += 1
        else:
            self.refused += 1

    def left(self, error: Exception | None) -> None:
        self._open -= 1
        if self.done.done():
            return
        if error is not None:
            self.done.set_exception(error)
        elif self._open == 0:
            self.done.set_result(None)


async def _own(port: int, path: str, payers: list[Payer], seconds: float) -> Sample:
    load = _Load(path, payers, seconds)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for first in range(CONNECTIONS):
        await loop.create_connection(lambda n=first: _Client(load, n), "127.0.0.1", port)
    await load.done
    taken = time.perf_counter() - started
    times = sorted(load.seconds)
    return Sample(
        per_second=len(times) / taken,
        p99_ms=times[int(len(times) * 0.99)] * 1e3,
        accepted=load.accepted,
        refused=load.refused,
        unread_at_most=0,
    )
