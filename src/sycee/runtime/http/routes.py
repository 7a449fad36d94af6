"""Declared routes: what an `api.py` is made of. See the example in the package's docstring."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_type_hints

import msgspec

from sycee.kit import ids
from sycee.kit.errors import Invalid, Refusal
from sycee.runtime.db import Database, Tx
from sycee.runtime.http import pages, requests
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.shapes import File, Raw

Pause = Callable[[Any, Caller, int], int]
"""Body, caller and the time in ms → how many milliseconds a hot call waits before its lane."""

Slow = bool | Callable[[Any], bool]
"""Whether it takes long; a function is asked of the body."""

_FIELD = re.compile(r"\{([a-z_]+)(?::([a-z]+))?\}")


class Sort(StrEnum):
    """How a route runs."""

    READ = "read"
    WRITE = "write"
    HOT = "hot"
    DIRECT = "direct"
    STREAM = "stream"


@dataclass(frozen=True, slots=True)
class PathField:
    """A `{name:noun}` of a path: a public id of that noun, or plain text when there is none."""

    name: str
    noun: str | None

    def read(self, text: str) -> Any:
        """Its value, a UUID or a str; raises `Invalid`."""
        if self.noun is not None:
            return ids.parse(self.noun, text, self.name)
        if not text or "\x00" in text or len(text) > 256:
            raise Invalid(field=self.name, rule="must have 1 to 256 characters")
        return text


@dataclass(frozen=True, slots=True)
class QueryField:
    """A query parameter: its type and default, and whether it may be repeated."""

    name: str
    type: Any
    default: Any
    many: bool


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path, with everything that runs it and that OpenAPI says of it."""

    sort: Sort
    method: str
    path: str
    name: str
    summary: str
    description: str
    scope: str | None
    gives: Any
    status: int
    refuses: tuple[type[Refusal], ...]
    tag: str
    function: Callable[..., Any]
    body: type[msgspec.Struct] | None
    path_fields: tuple[PathField, ...]
    query_fields: tuple[QueryField, ...]
    wants: frozenset[str]
    verb: str | None = None
    action: Callable[..., Any] | None = None
    pause: Pause | None = None
    slow: Slow = False

    @property
    def raw(self) -> type[Raw] | None:
        """The body's type where that is a file and not JSON."""
        return self.body if self.body is not None and issubclass(self.body, Raw) else None

    @property
    def file(self) -> type[File] | None:
        """The answer's type where that is a file and not JSON."""
        whole = isinstance(self.gives, type) and issubclass(self.gives, File)
        return self.gives if whole else None

    @property
    def writes(self) -> bool:
        """Whether it needs an `Idempotency-Key`."""
        return self.sort not in (Sort.READ, Sort.STREAM)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a direct route gives when headers go with it, such as a session's cookie."""

    result: Any
    headers: tuple[tuple[bytes, bytes], ...]


_GIVEN = {"tx", "database", "caller", "page", "body", "key", "address", "after"}


def read(
    path: str,
    *,
    scope: str | None,
    gives: Any,
    refuses: Sequence[type[Refusal]] = (),
    method: str = "GET",
    status: int = 200,
    slow: Slow = False,
) -> Callable[[Callable[..., Any]], Route]:
    """A route that only reads: `fn([tx | database], *, caller, page, path and query fields)`.

    `slow` where it looks at thousands of rows, or with such a body: that has threads of its own.
    """

    def declare(function: Callable[..., Any]) -> Route:
        route = _route(Sort.READ, method, path, scope, gives, status, refuses, function)
        return dataclasses.replace(route, slow=slow)

    return declare


def stream(
    path: str,
    *,
    scope: str,
    gives: Any,
    refuses: Sequence[type[Refusal]] = (),
) -> Callable[[Callable[..., Any]], Route]:
    """Server-sent events: `fn(tx, *, caller, after) -> Strand`, asked again and again.

    `after` is the cursor of the last event that the client has seen, None = from now on.
    """

    def declare(function: Callable[..., Any]) -> Route:
        return _route(Sort.STREAM, "GET", path, scope, gives, 200, refuses, function)

    return declare


def write(
    path: str,
    verb: str,
    action: Callable[[Tx, Any], Any],
    *,
    scope: str,
    gives: Any,
    refuses: Sequence[type[Refusal]] = (),
    method: str = "POST",
    status: int = 200,
) -> Callable[[Callable[..., Any]], Route]:
    """A write by a singular action, through `perform_one`; `fn` makes the action's command.

    `verb` ("escrow.ship") names the action in the digest of the call, for good.
    """

    def declare(function: Callable[..., Any]) -> Route:
        return _route(
            Sort.WRITE, method, path, scope, gives, status, refuses, function, verb, action
        )

    return declare


def hot(
    path: str,
    verb: str,
    action: Callable[[Tx, Sequence[Any]], Sequence[Any]],
    *,
    scope: str,
    gives: Any,
    refuses: Sequence[type[Refusal]] = (),
    status: int = 200,
    pause: Pause | None = None,
) -> Callable[[Callable[..., Any]], Route]:
    """A write by a plural action, through the lane named `verb`; `fn` makes one command.

    `pause` says how long a call waits before it enters the lane, outside of any transaction.
    """

    def declare(function: Callable[..., Any]) -> Route:
        route = _route(
            Sort.HOT, "POST", path, scope, gives, status, refuses, function, verb, action
        )
        return dataclasses.replace(route, pause=pause)

    return declare


def direct(
    path: str,
    *,
    scope: str | None,
    gives: Any,
    refuses: Sequence[type[Refusal]] = (),
    method: str = "POST",
    status: int = 200,
    slow: Slow = False,
) -> Callable[[Callable[..., Any]], Route]:
    """A write that sees to its own transaction, and whose answer is not stored.

    For answers that hold a secret shown once, and for reads that must leave a trace. `fn` gets
    `database`, and `key`, the Idempotency-Key, and `address`, the client's, if it asks for them.
    It may give a `Reply` for headers of its own. `slow` as of `read`.
    """

    def declare(function: Callable[..., Any]) -> Route:
        route = _route(Sort.DIRECT, method, path, scope, gives, status, refuses, function)
        return dataclasses.replace(route, slow=slow)

    return declare


def _route(
    sort: Sort,
    method: str,
    path: str,
    scope: str | None,
    gives: Any,
    status: int,
    refuses: Sequence[type[Refusal]],
    function: Callable[..., Any],
    verb: str | None = None,
    action: Callable[..., Any] | None = None,
) -> Route:
    hints = get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters
    path_fields = tuple(PathField(m[1], m[2]) for m in _FIELD.finditer(path))
    in_path = {field.name for field in path_fields}
    wants = frozenset(name for name in parameters if name in _GIVEN)
    missing = in_path - set(parameters)
    assert not missing, f"{path}: {function.__name__} does not take {missing}"
    assert scope is not None or "caller" not in wants, f"{path} is public: it has no caller"
    assert wants & {"tx", "database"} <= _allowed(sort), f"{path}: a {sort} does not get those"
    query = tuple(
        QueryField(name, hints[name], given.default, "list[" in str(hints[name]))
        for name, given in parameters.items()
        if name not in _GIVEN and name not in in_path
    )
    if "page" in wants:
        assert hints["page"] is pages.Page, f"{path}: page is a Page"
        query += (QueryField("limit", int | None, None, False),)
        query += (QueryField("cursor", str | None, None, False),)
    summary, _, description = inspect.cleandoc(function.__doc__ or "").partition("\n")
    assert summary, f"{path}: {function.__name__} needs a docstring: it is the route's summary"
    return Route(
        sort=sort,
        method=method,
        path=path,
        name=f"{function.__module__.removesuffix('.api').rpartition('.')[2]}.{function.__name__}",
        summary=summary.rstrip("."),
        description=description.strip(),
        scope=scope,
        gives=gives,
        status=status,
        refuses=tuple(refuses),
        tag=function.__module__.removesuffix(".api").rpartition(".")[2],
        function=function,
        body=hints["body"] if "body" in wants else None,
        path_fields=path_fields,
        query_fields=query,
        wants=wants,
        verb=verb,
        action=action,
    )


def _allowed(sort: Sort) -> frozenset[str]:
    if sort in (Sort.READ, Sort.STREAM):
        return frozenset({"tx", "database"})
    return frozenset({"database"}) if sort is Sort.DIRECT else frozenset()


def query_struct(route: Route) -> type[msgspec.Struct] | None:
    """The query parameters of a route as one struct type, or None when it has none."""
    if not route.query_fields:
        return None
    fields = [
        (f.name, f.type) if f.default is inspect.Parameter.empty else (f.name, f.type, f.default)
        for f in route.query_fields
    ]
    name = route.name.title().replace(".", "").replace("_", "") + "Query"
    return msgspec.defstruct(name, fields, frozen=True, kw_only=True)


def read_query(route: Route, struct: type[msgspec.Struct] | None, raw: bytes) -> dict[str, Any]:
    """The query's fields as keyword arguments of the route's function; raises `Invalid`."""
    if not raw and struct is None:
        return {}
    known = {field.name: field.many for field in route.query_fields}
    given: dict[str, Any] = {}
    for name, value in requests.query_of(raw):
        if name not in known:
            raise Invalid(field=name[:64], rule="is not a parameter of this route")
        if known[name]:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise Invalid(field=name, rule="may be given once")
        else:
            given[name] = value
    if struct is None:
        return {}
    try:
        read = msgspec.convert(given, struct, strict=False)
    except msgspec.ValidationError as error:
        field, rule = requests.place(str(error))
        raise Invalid(field=field, rule=rule) from None
    fields = {name: getattr(read, name) for name in known}
    if "page" in route.wants:
        fields["page"] = pages.asked(fields.pop("limit"), fields.pop("cursor"))
    return fields


__all__ = [
    "Caller",
    "Database",
    "Reply",
    "Route",
    "Sort",
    "direct",
    "hot",
    "read",
    "stream",
    "write",
]
