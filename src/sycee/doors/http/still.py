"""Documents that stay as they are while the server lives: made once, packed once, named by hash."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from litestar import Request, Response


class Still:
    """One document. A browser that has it is told so; one that reads gzip gets a tenth of it."""

    def __init__(self, make: Callable[[], str], media: str, headers: Mapping[str, str]) -> None:
        self._make, self._media, self._headers = make, media, headers

    @cached_property
    def _plain(self) -> bytes:
        return self._make().encode()

    @cached_property
    def _packed(self) -> bytes:
        return gzip.compress(self._plain, mtime=0)

    @cached_property
    def _tag(self) -> str:
        return hashlib.sha256(self._plain).hexdigest()[:32]

    def answer(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        """As the request can read it; 304 where it has it already (RFC 9110, 13.1.2)."""
        packs = "gzip" in request.headers.get("accept-encoding", "")
        tag = f'"{self._tag}{"-gz" if packs else ""}"'
        headers = {
            **self._headers,
            "cache-control": "no-cache",
            "etag": tag,
            "vary": "accept-encoding",
        }
        if request.headers.get("if-none-match") == tag:
            return Response(b"", status_code=304, headers=headers)
        if packs:
            headers["content-encoding"] = "gzip"
        body = self._packed if packs else self._plain
        return Response(body, media_type=self._media, headers=headers)
