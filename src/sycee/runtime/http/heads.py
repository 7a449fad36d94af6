"""The head of a request: bounded, and one that asks for another protocol read as any other.

**Bounded**: uvicorn with httptools takes one of any size. A header that comes in pieces is copied
for each piece, in the loop that answers everybody, and what has come of it is kept. So a connection
that sends this much without a byte of a body is closed; that holds for the address, the headers,
and for what may stand between and behind the chunks.

**Another protocol**: a client that offers HTTP/2 over plain HTTP, as Java's does with each first
request (`Upgrade: h2c`), may be answered in HTTP/1.1 (RFC 9110, 7.8). httptools ends such a request
where its head ends, without its body, so the head is read once more without the offer.
"""

from __future__ import annotations

from typing import Any

from httptools import HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
"""As much as h11 takes, by which uvicorn reads where there is no httptools."""


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol for one connection; what passes the bound is answered with 400."""

    _headed = 0
    _offer: bytes | None = None  # the head of a request that offered something, without the offer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parser = _Parser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own

    def data_received(self, data: bytes) -> None:
        """Read on. One piece, a quarter of a megabyte at most, is read before it is counted."""
        self._headed += len(data)
        super().data_received(data)
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
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has come to its end."""
        if self._offer is None:
            self._headed = 0
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
