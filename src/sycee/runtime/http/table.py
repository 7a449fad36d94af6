"""From a path to its endpoint: whole paths at once, paths with fields segment by segment."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sycee.runtime.http import problems, requests
from sycee.runtime.http.endpoint import Endpoint, Receive, Send, answer_refusal
from sycee.runtime.http.metrics import Track
from sycee.runtime.http.routes import Route
from sycee.runtime.http.wiring import Wiring


@dataclass(slots=True)
class _Node:
    """What may stand at one place of a path; a literal segment goes before a field."""

    literal: dict[str, _Node] = field(default_factory=dict)
    any: _Node | None = None
    endpoint: Endpoint | None = None
    names: tuple[str, ...] = ()


class Table:
    """All declared routes as one ASGI application; what it does not know is `RouteUnknown`.

    Litestar's own handlers for ASGI applications cannot have fields in their path (2.25 looks their
    parameters up by method), and its others cost twice an empty request.
    """

    def __init__(self, declared: Sequence[Route], wiring: Wiring) -> None:
        self._whole: dict[str, Endpoint] = {}
        self._root = _Node()
        self.tracks: list[Track] = []
        by_shape: dict[str, list[Route]] = {}
        for route in declared:
            parts = ["{}" if part[:1] == "{" else part for part in route.path.split("/")]
            by_shape.setdefault("/".join(parts), []).append(route)
        for shape, routes in by_shape.items():
            endpoint = Endpoint(routes, wiring)
            self.tracks.extend(endpoint.tracks)
            self._add(shape, routes, endpoint)

    def _add(self, shape: str, routes: list[Route], endpoint: Endpoint) -> None:
        names = tuple(f.name for f in routes[0].path_fields)
        assert all(tuple(f.name for f in route.path_fields) == names for route in routes), (
            f"{shape}: its routes name their fields differently"
        )
        if not names:
            self._whole[shape] = endpoint
        node = self._root
        for part in shape.strip("/").split("/"):
            if part == "{}":
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.literal.setdefault(part, _Node())
        node.endpoint, node.names = endpoint, names

    def find(self, path: str) -> tuple[Endpoint, dict[str, str]] | None:
        """The endpoint of a path and the texts of its fields."""
        whole = self._whole.get(path)
        if whole is not None:
            return whole, {}
        node, values = self._root, []
        for part in path.strip("/").split("/"):
            found = node.literal.get(part)
            if found is None:
                found = node.any
                if found is None:
                    return None
                values.append(part)
            node = found
        if node.endpoint is None:
            return None
        return node.endpoint, dict(zip(node.names, values, strict=True))

    def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        found = self.find(scope["path"])
        if found is None:
            headers = requests.headers_of(scope["headers"])
            return answer_refusal(send, problems.RouteUnknown(), requests.request_id(headers))
        endpoint, scope["path_params"] = found
        return endpoint(scope, receive, send)
