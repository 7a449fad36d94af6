"""The head of a request, bounded: uvicorn with httptools takes one of any size.

A header that comes in pieces is copied for each piece, in the loop that answers everybody, and what
has come of it is kept. So a connection that sends this much without a byte of a body is closed;
that holds for the address, the headers, and for what may stand between and behind the chunks.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
"""As much as h11 takes, by which uvicorn reads where there is no httptools."""


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol for one connection; what passes the bound is answered with 400."""

    _headed = 0

    def data_received(self, data: bytes) -> None:
        """Read on. One piece, a quarter of a megabyte at most, is read before it is counted."""
        self._headed += len(data)
        super().data_received(data)
        if self._headed > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_body(self, body: bytes) -> None:
        """A piece of a body has come."""
        self._headed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has come to its end."""
        self._headed = 0
        super().on_message_complete()
