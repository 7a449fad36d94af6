"""The transparency log in the form that others' programs read: checkpoint and tiles (C2SP).

Beside them stands the page that checks proofs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from litestar import Request, Response, get
from litestar.params import FromPath

from sycee.doors.web import static
from sycee.oversight.transparency import reading
from sycee.oversight.transparency.model import tiles
from sycee.runtime.db import Tx
from sycee.runtime.http.problems import RouteUnknown
from sycee.runtime.http.requests import client_of
from sycee.runtime.http.wiring import Wiring

R = TypeVar("R")
_FOR_GOOD = {"cache-control": "public, max-age=31536000, immutable"}
_NOW = {"cache-control": "no-store"}
_PAGE = {
    "content-security-policy": "frame-ancestors 'none'",  # the rest stands in the page itself
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def handlers() -> list[Any]:
    """The Litestar handlers of the log."""
    return [checkpoint, tile, page]


@get("/log/checkpoint")
async def checkpoint(request: Request[Any, Any, Any]) -> Response[str]:
    """The newest checkpoint: a signed note, with a line of each witness that has cosigned it."""
    found = await _read(request, reading.checkpoint)
    text = reading.checkpoint_text(found)
    return Response(text, media_type="text/plain", headers=_NOW)


@get("/log/tile/{path:path}")
async def tile(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
    """A tile, or as much of one as is asked for: `/log/tile/0/x001/234.p/56`."""
    asked = tiles.read_path(path.lstrip("/"))
    if asked is None:
        raise RouteUnknown
    found = await _read(request, lambda tx: reading.tile(tx, *asked))
    if found is None:
        raise RouteUnknown
    return Response(found, media_type="application/octet-stream", headers=_FOR_GOOD)


@get("/log/verify", sync_to_thread=False)
def page() -> Response[bytes]:
    """The page that checks proofs by itself; saved, it needs neither this house nor a network."""
    found = static.verifier()
    if found is None:
        raise RouteUnknown
    return Response(found, media_type="text/html", headers=_PAGE)


async def _read(request: Request[Any, Any, Any], ask: Callable[[Tx], R]) -> R:
    wiring: Wiring = request.app.state.wiring

    def work() -> R:
        with wiring.database.read() as tx:
            return ask(tx)

    return await wiring.pool.run(client_of(request.scope), work)
