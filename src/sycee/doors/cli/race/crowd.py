"""The crowd's connections: each sends the next claim when it has read the last one's answer.

As cheaply as can be, because the crowd shares the machine with what it tries. A connection that is
cut, or waits for too long, hands its claim back as unanswered and connects anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from hashlib import sha256
from uuid import UUID

import msgspec

from sycee.doors.cli.race.play import Play, Want
from sycee.products.envelopes.model import gesture

ANSWER_SECONDS = 20.0
AWAY_SECONDS = 0.1
SLOW_SECONDS = 1.0
PRESS_MS = 1_000
TRACE = "[[0,180,400],[96,181,402],[181,181,403],[266,182,403]]"


class _Share(msgspec.Struct):
    amount_minor: int


class _Problem(msgspec.Struct):
    code: str


_share = msgspec.json.Decoder(_Share).decode
_problem = msgspec.json.Decoder(_Problem).decode


class Crowd:
    """People with keys, who claim over connections to some servers until it is closed.

    `fault` is the first thing that was not as it should be.
    """

    def __init__(self, play: Play, people: list[tuple[UUID, str]], key: bytes) -> None:
        self.play, self._people, self._key = play, people, key
        self.fault: AssertionError | None = None
        self._lines: list[_Line] = []
        self._open = True

    async def connect(self, ports: list[int], each: int) -> None:
        """So many connections to each server."""
        self._lines = [_Line(self, port) for port in ports for _ in range(each)]
        for line in self._lines:
            await line.connect()

    async def tend(self) -> None:
        """Give work to connections that had none; cut those that wait for too long."""
        while self._open:
            await asyncio.sleep(0.005)
            late = time.monotonic() - ANSWER_SECONDS
            for line in self._lines:
                line.tend(late)

    def close(self) -> None:
        """Hang up."""
        self._open = False
        for line in self._lines:
            line.abort()

    @property
    def open(self) -> bool:
        return self._open and self.fault is None

    def request(self, want: Want) -> bytes:
        """A claim as bytes, with the press of a hand unless a program makes it."""
        party, secret = self._people[want.person]
        token = want.envelope.token
        shown = ""
        if want.by_hand:
            made_ms = time.time_ns() // 1_000_000 - PRESS_MS
            bound = sha256(token.encode()).digest()
            challenge = gesture.challenge(self._key, bound, party, made_ms)
            shown = f',"gesture":{{"challenge":"{challenge}","trace":{TRACE}}}'
        body = f'{{"token":"{token}"{shown}}}'
        return (
            f"POST /v1/envelope-claims HTTP/1.1\r\nHost: race\r\nAuthorization: Bearer {secret}\r\n"
            f"Idempotency-Key: {want.key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def hear(self, want: Want, status: int, body: bytes) -> None:
        """One answer."""
        try:
            if status == 200:
                self.play.got(want, _share(body).amount_minor)
            elif status == 429:
                asyncio.get_running_loop().call_later(SLOW_SECONDS, self.play.slowed, want)
            elif status >= 500:
                self.play.unanswered(want)
            else:
                self.play.refused(want, _problem(body).code)
        except AssertionError as fault:
            self.fault = self.fault or fault


class _Line(asyncio.Protocol):
    """One connection, or the wish for one."""

    def __init__(self, crowd: Crowd, port: int) -> None:
        self._crowd, self._port = crowd, port
        self._transport: asyncio.Transport | None = None
        self._want: Want | None = None
        self._since = 0.0
        self._seen = b""

    async def connect(self) -> None:
        """Connect, however long the server is away."""
        loop = asyncio.get_running_loop()
        while self._crowd.open:
            with contextlib.suppress(OSError):
                await loop.create_connection(lambda: self, "127.0.0.1", self._port)
                return
            await asyncio.sleep(AWAY_SECONDS)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue] uvloop's own
        self._seen = b""
        self._send()

    def tend(self, late: float) -> None:
        if self._transport is None:
            return
        if self._want is None:
            self._send()
        elif self._since < late:
            self._transport.abort()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _send(self) -> None:
        if self._transport is None or not self._crowd.open:
            return
        self._want = self._crowd.play.next()
        if self._want is not None:
            self._since = time.monotonic()
            self._transport.write(self._crowd.request(self._want))

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
        body, self._seen = self._seen[end + 4 : end + 4 + size], b""
        want, self._want = self._want, None
        assert want is not None, "an answer to nothing"
        self._crowd.hear(want, int(head[9:12]), body)
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if not self._crowd.open:
            return
        want, self._want = self._want, None
        if want is not None:
            self._crowd.play.unanswered(want)
        self._reconnecting = asyncio.get_running_loop().create_task(self.connect())
