"""Server-sent events (WHATWG HTML, §9.2): what happens, as it happens, over one long answer.

A route of this sort is asked again and again for what came after a cursor; each event's id is the
cursor behind it, so a client that comes back with `Last-Event-ID` misses nothing and sees nothing
twice. A stream ends by itself after a while, and the client comes back: so its key or session is
looked at again, and a server that stops waits for nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import msgspec

MEDIA = b"text/event-stream"
POLL_SECONDS = 0.5
"""How often it is asked; the journal shows a row within half a second of its commit."""

QUIET_SECONDS = 10.0
"""After so long without an event a comment is sent, so that nobody between takes it for dead."""

_RETRY = b"retry: 1000\n\n"
_encode = msgspec.json.Encoder().encode


class Happening(msgspec.Struct, frozen=True):
    """An event: the cursor behind it, its type, and what is sent as JSON."""

    cursor: str
    type: str
    data: Any


class Strand(msgspec.Struct, frozen=True):
    """The events behind a cursor, and the cursor to ask with next."""

    events: list[Happening]
    after: str


Poll = Callable[[str | None], Awaitable[Strand]]


def frame(event: Happening) -> bytes:
    """An event as it goes over the wire; JSON has no line break that would end it early."""
    head = f"id: {event.cursor}\nevent: {event.type}\ndata: ".encode()
    return head + _encode(event.data) + b"\n\n"


def _place(strand: Strand) -> bytes:
    """A place without an event: whoever heard nothing yet comes back to here."""
    return f": here\nid: {strand.after}\n\n".encode()


async def follow(
    poll: Poll, first: Strand, seconds: float, still: Callable[[], Awaitable[bool]]
) -> AsyncGenerator[bytes]:
    """What is sent, chunk by chunk; an empty chunk is a chance to see that the caller has left.

    It ends after so many seconds, and at once when the caller is `still` let in no more.
    """
    started = told = time.monotonic()
    strand = first
    yield _RETRY + b"".join(map(frame, strand.events)) + _place(strand)
    while time.monotonic() < started + seconds:
        await asyncio.sleep(POLL_SECONDS)
        if not await still():
            return
        strand = await poll(strand.after)
        chunk = b"".join(map(frame, strand.events))
        if not chunk and time.monotonic() > told + QUIET_SECONDS:
            chunk = _place(strand)
        if chunk:
            told = time.monotonic()
        yield chunk


async def pour(
    chunks: AsyncGenerator[bytes],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Send chunks until there are no more, or until the caller has left."""
    leaving = asyncio.ensure_future(_left(receive))
    try:
        async for chunk in chunks:
            if leaving.done():
                return
            if chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    finally:
        leaving.cancel()
        await chunks.aclose()
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
