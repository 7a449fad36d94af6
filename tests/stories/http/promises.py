"""What a server refuses is held against its description: no code comes that is not promised.

Every story over HTTP goes through this, so a refusal that a route forgot to declare shows in the
story that meets it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sycee.doors.http import contents

Promised = frozenset[tuple[int, str]]


@cache
def _operations() -> list[tuple[re.Pattern[str], str, dict[str, Promised]]]:
    """Each path, and the (status, code) that each method of it promises; fixed paths first."""
    document = contents.openapi()
    found = []
    for path, item in sorted(document["paths"].items(), key=lambda each: each[0].count("{")):
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        methods = {name.upper(): _promised(document, one) for name, one in item.items()}
        found.append((pattern, path, methods))
    return found


def _promised(document: dict[str, Any], operation: dict[str, Any]) -> Promised:
    codes = set()
    for status, response in operation["responses"].items():
        named = response.get("$ref", "").rpartition("/")[2]
        said = document["components"]["responses"][named] if named else response
        schema = said["content"].get("application/problem+json", {}).get("schema", {})
        for part in schema.get("allOf", ()):
            codes |= {(int(status), code) for code in _enum(part)}
    return frozenset(codes)


def _enum(part: dict[str, Any]) -> list[str]:
    return part.get("properties", {}).get("code", {}).get("enum", [])


@contextmanager
def watched(app: Any) -> Iterator[Any]:
    """The application, watched; at the end it must have refused nothing but what is promised."""
    promises = _Promises(app)
    yield promises
    assert not promises.broken, "not in openapi.json:\n" + "\n".join(sorted(promises.broken))


class _Promises:
    """`broken` are the answers that the description does not have."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.broken: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = 0

        async def watch(message: Any) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                kind = dict(message["headers"]).get(b"content-type")
                refused = message["status"] if kind == b"application/problem+json" else 0
            elif refused:
                self._look(scope, refused, message["body"])
            await send(message)

        await self._app(scope, receive, watch)

    def _look(self, scope: Any, status: int, body: bytes) -> None:
        code, method = json.loads(body)["code"], scope["method"]
        for pattern, path, methods in _operations():
            if pattern.fullmatch(scope["path"]):
                if (status, code) not in methods.get(method, {(405, "method-not-allowed")}):
                    self.broken.add(f"{method} {path} answered {status} {code}")
                return
