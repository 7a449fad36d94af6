"""The head of a request: bounded in size and time, and an offer of another protocol passed over.

**Bounded**: uvicorn with httptools takes one of any size. A header that comes in pieces is copied
for each piece, in the loop that answers everybody, and what has come of it is kept. So a connection
that sends this much without a byte of a body is closed; that holds for the address, the headers,
and for what may stand between and behind the chunks.

**In time**: uvicorn waits for the rest of a request for as long as its sender likes, and each that
waits holds a connection of the few thousand that a process may have. So a head has to come within
`WAIT_SECONDS`, and so has each `PACE_BYTES` of a body; a connection that is slower is closed.

**Another protocol**: a client that offers HTTP/2 over plain HTTP, as Java's does with each first
request (`Upgrade: h2c`), may be answered in HTTP/1.1 (RFC 9110, 7.8). httptools ends such a request
where its head ends, without its body, so the head is read once more without the offer.
"""

from __future__ import annotations

from asyncio import TimerHandle
from typing import Any

from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
"""As much as h11 takes, by which uvicorn reads where there is no httptools."""


WAIT_SECONDS = 30.0
PACE_BYTES = 32 * 1024


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol for one connection; what passes the bound is answered with 400."""

    _headed = 0
    _owed = PACE_BYTES  # bytes of a body until there is time again
    _due: TimerHandle | None = None  # when the connection is closed, unless more has come
    _ended = False  # whether what came last had the end of a request in it
    _offer: bytes | None = None  # the head of a request that offered something, without the offer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parser = _Parser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own

    def connection_made(self, transport: Any) -> None:
        """Somebody is there."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """They have left."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._owed = PACE_BYTES
        self._due = self.loop.call_later(WAIT_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def data_received(self, data: bytes) -> None:
        """Read on. One piece, a quarter of a megabyte at most, is read before it is counted."""
        self._headed += len(data)
        self._ended = False
        super().data_received(data)
        if self._due is None and not self._ended:
            self._wait()
        if self._headed > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_headers_complete(self) -> None:
        """A head has come."""
        if self.parser.should_upgrade() and any(name == b"upgrade" for name, _ in self.headers):
            self._offer = self._without_offer()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body has come."""
        self._headed = 0
        self._owed -= len(body)
        if self._owed <= 0:
            self._wait()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has come to its end."""
        if self._offer is None:
            self._headed = 0
            self._ended = True
            self._stop_waiting()
            super().on_message_complete()

    def declined(self) -> bytes:
        """The head that was just read, without the offer in it; nothing if there was none."""
        head, self._offer = self._offer, None
        return head or b""

    def _without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join((*lines, b"", b""))


class _Parser(HttpRequestParser):
    """httptools', for a server that speaks one protocol."""

    def __init__(self, protocol: BoundedHeads) -> None:
        super().__init__(protocol)
        self._protocol = protocol

    def feed_data(self, data: Any) -> None:
        pieces = [memoryview(data)]
        while pieces:
            piece = pieces.pop()
            try:
                super().feed_data(piece)
            except HttpParserUpgrade as offer:
                pieces += [piece[offer.args[0] :], memoryview(self._protocol.declined())]
