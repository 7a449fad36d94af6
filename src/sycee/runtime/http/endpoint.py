"""Running a declared route: one ASGI application for each path."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any

import msgspec
from psycopg_pool import TooManyRequests

from sycee.kit.clock import micros
from sycee.kit.errors import Refusal
from sycee.runtime import telemetry
from sycee.runtime.db import NO_DATABASE
from sycee.runtime.http import problems, requests, routes, streams
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.metrics import Track
from sycee.runtime.http.problems import (
    Busy,
    MethodNotAllowed,
    Refused,
    Unavailable,
    Unforeseen,
)
from sycee.runtime.http.requests import Headers
from sycee.runtime.http.routes import Route, Sort
from sycee.runtime.http.sessions import Presented
from sycee.runtime.http.shapes import File
from sycee.runtime.http.wiring import Wiring
from sycee.runtime.lanes import LaneFull
from sycee.runtime.perform import Answer, Call, perform_one

_encode = msgspec.json.Encoder().encode

Header = tuple[bytes, bytes]
HeaderList = list[Header]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_Response = tuple[bytes | AsyncGenerator[bytes], int, Header]
"""A body, its status and its content type."""

_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", problems.MEDIA)
_ALWAYS: HeaderList = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
_REPLAY = (b"idempotent-replay", b"true")


class Endpoint:
    """The routes of one path, run on one `Wiring`."""

    def __init__(self, declared: Sequence[Route], wiring: Wiring) -> None:
        self._runners = {route.method: _Runner(route, wiring) for route in declared}
        self.tracks = [runner.track for runner in self._runners.values()]
        get = self._runners.get("GET")
        if get is not None and get.route.sort is not Sort.STREAM:
            self._runners["HEAD"] = get
        self._allow = ", ".join(sorted(self._runners))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """One request, answered in every case but the caller's own departure."""
        headers = requests.headers_of(scope["headers"])
        request = requests.request_id(headers)
        runner = self._runners.get(scope["method"])
        if runner is None:
            return answer_refusal(send, MethodNotAllowed(self._allow), request)
        return runner.serve(scope, headers, request, receive, send)


class _Request(msgspec.Struct):
    """A request on its way: what came, who it is, and the headers that its answer will have."""

    scope: Scope
    headers: Headers
    id: str
    receive: Receive
    extra: HeaderList
    caller: Caller | None = None


class _Runner:
    """One route: from the request's headers to the last byte of its answer."""

    def __init__(self, route: Route, wiring: Wiring) -> None:
        self.route = route
        self.wiring = wiring
        self.track = Track(f"{route.method} {route.path}")
        raw = route.raw
        self._limit = max(wiring.bounds.body_bytes, raw.limit_bytes if raw else 0)
        self._media = raw.media if raw else "application/json"
        self._parse: Callable[[bytes], Any] | None = raw
        if route.body is not None and raw is None:
            self._parse = partial(requests.decode, msgspec.json.Decoder(route.body))
        self._query = routes.query_struct(route)
        work = {Sort.READ: self._read, Sort.DIRECT: self._direct, Sort.STREAM: self._stream}
        self._work = work.get(route.sort, self._write)

    async def serve(
        self, scope: Scope, headers: Headers, request: str, receive: Receive, send: Send
    ) -> None:
        started = time.perf_counter()
        extra: HeaderList = [(b"x-request-id", request.encode()), *_ALWAYS]
        asked = _Request(scope, headers, request, receive, extra)
        try:
            asked.caller = await self._admit(asked)
            body, status, media = await self._work(asked)
        except Exception as error:  # the one place where an error becomes an answer
            refusal = refusal_of(error, request, self.track.route)
            if refusal is None:
                return
            body, status, media = _refused(refusal, request)
            if isinstance(refusal, problems.DoorRefusal):
                extra.extend(refusal.headers())
        extra.append(media)
        if isinstance(body, bytes):
            extra.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": extra})
        if isinstance(body, bytes):
            await send({"type": "http.response.body", "body": body})
        else:
            await self._pour(body, receive, send, request)
        self.track.note(status, time.perf_counter() - started)

    def _admit(self, asked: _Request) -> Awaitable[Caller | None]:
        """Who asks; None on a public route."""
        guard, needs = self.wiring.guard, self.route.scope
        if needs is not None and guard.has_session(asked.headers):
            return self._signed(asked, needs)
        key = asked.headers.get(b"authorization")
        return guard.admit(key, requests.client_of(asked.scope), needs, asked.extra)

    async def _signed(self, asked: _Request, needs: str) -> Caller:
        """The caller of a session, whose signature covers the body: it is read first, and kept."""
        scope, headers = asked.scope, asked.headers
        body = await requests.body_bytes(headers, asked.receive, self._limit)
        asked.receive = requests.kept(body)
        presented = Presented(scope["method"], requests.target_of(scope), headers, body)
        address = requests.client_of(scope)
        return await self.wiring.guard.admit_session(presented, address, needs, asked.extra)

    async def _given(self, asked: _Request) -> dict[str, Any]:
        """What the route's function is called with: query, path, caller and body."""
        route, scope = self.route, asked.scope
        given: dict[str, Any] = routes.read_query(route, self._query, scope["query_string"])
        for field in route.path_fields:
            given[field.name] = field.read(scope["path_params"][field.name])
        if "caller" in route.wants:
            given["caller"] = asked.caller
        if self._parse is not None:
            requests.check_media(asked.headers, self._media)
            content = await requests.body_bytes(asked.headers, asked.receive, self._limit)
            given["body"] = self._parse(content)
        return given

    async def _read(self, asked: _Request) -> _Response:
        given = await self._given(asked)
        if "tx" in self.route.wants:
            result = await self._run(self._snapshot, asked, given)
        elif "database" in self.route.wants:
            result = await self._run(self._on_database, asked, given)
        else:
            result = self.route.function(**given)
        if isinstance(result, File):
            asked.extra.extend(result.headers())
            return result.content, self.route.status, (b"content-type", result.media.encode())
        return _encode(result), self.route.status, _JSON

    async def _run(
        self, work: Callable[[dict[str, Any]], Any], asked: _Request, given: dict[str, Any]
    ) -> Any:
        """Work on a thread, in the turn of the caller's party or, of a stranger, of its address."""
        caller = asked.caller
        whose: Hashable = requests.client_of(asked.scope) if caller is None else caller.party
        slow = self.route.slow
        if callable(slow):
            slow = slow(given["body"])
        if slow:
            return await self.wiring.slow.run(whose, _whole, work, given)
        return await self.wiring.pool.run(whose, work, given)

    def _snapshot(self, given: dict[str, Any]) -> Any:
        with self.wiring.database.read() as tx:
            return self.route.function(tx, **given)

    def _on_database(self, given: dict[str, Any]) -> Any:
        return self.route.function(self.wiring.database, **given)

    async def _stream(self, asked: _Request) -> _Response:
        caller, headers = asked.caller, asked.headers
        assert caller is not None, "a stream has a scope, so it has a caller"
        self.wiring.check_streams(caller.party)
        given = await self._given(asked)
        seen = headers.get(b"last-event-id", b"").decode("latin-1") or None

        def poll(after: str | None) -> Awaitable[streams.Strand]:
            return self.wiring.pool.run(caller.party, self._snapshot, given | {"after": after})

        address = requests.client_of(asked.scope)

        def still() -> Awaitable[bool]:
            return self.wiring.guard.still(headers, address)

        first = await poll(seen)
        self.wiring.check_streams(caller.party)  # others may have begun meanwhile
        asked.extra.append((b"x-accel-buffering", b"no"))  # or a proxy would keep it back
        chunks = streams.follow(poll, first, self.wiring.bounds.stream_seconds, still)
        counted = self.wiring.streamed(caller.party, chunks)
        return counted, self.route.status, (b"content-type", streams.MEDIA)

    async def _pour(
        self, chunks: AsyncGenerator[bytes], receive: Receive, send: Send, request: str
    ) -> None:
        """A stream to its end; what breaks it is only logged, as the client comes back."""
        try:
            await streams.pour(chunks, receive, send)
        except Exception as error:
            refusal_of(error, request, self.track.route)

    async def _direct(self, asked: _Request) -> _Response:
        key = requests.idempotency_key(asked.headers)
        given = await self._given(asked)
        if "key" in self.route.wants:
            given["key"] = key
        if "address" in self.route.wants:
            given["address"] = requests.client_of(asked.scope)
        result = await self._run(self._on_database, asked, given)
        if isinstance(result, routes.Reply):
            asked.extra.extend(result.headers)
            result = result.result
        return _encode(result), self.route.status, _JSON

    async def _write(self, asked: _Request) -> _Response:
        route, caller = self.route, asked.caller
        key = requests.idempotency_key(asked.headers)
        given = await self._given(asked)
        assert caller is not None, "a write has a scope, so it has a caller"
        assert route.verb is not None
        assert route.action is not None
        call = Call(caller.party, key, route.verb, route.function(**given))
        if route.pause is not None:
            now_ms = micros(self.wiring.database.clock.now()) // 1_000
            await self.wiring.hold(route.pause(given["body"], caller, now_ms))
        answer: Answer
        if route.sort is Sort.HOT:
            answer = await self.wiring.submit(route.verb, route.action, call)
        else:
            database = self.wiring.database
            answer = await self.wiring.pool.run(
                caller.party, perform_one, database, call, route.action
            )
        if answer.replayed:
            asked.extra.append(_REPLAY)
        if answer.refusal is not None:
            return _refused(answer.refusal, asked.id)
        return answer.body, route.status, _JSON


def _whole(work: Callable[[dict[str, Any]], Any], given: dict[str, Any]) -> Any:
    """What is slow to make is slow to encode: neither is for the event loop."""
    result = work(given)
    return result if isinstance(result, File | routes.Reply) else msgspec.Raw(_encode(result))


def _refused(refusal: Refused, request: str) -> tuple[bytes, int, Header]:
    status = problems.status_of(refusal)
    return problems.body_of(refusal, request, status), status, _PROBLEM


def refusal_of(error: Exception, request: str, route: str) -> Refused | None:
    """What an error is on the wire; None when the caller has left and there is nobody to tell."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, LaneFull):
        return Busy(error.retry_after_seconds)
    if isinstance(error, TooManyRequests):
        return Busy()
    if isinstance(error, NO_DATABASE):
        telemetry.log(request_id=request, route=route).warning("database.gone", exc_info=error)
        return Unavailable()
    if isinstance(error, ConnectionResetError):
        return None
    telemetry.log(request_id=request, route=route).error("request.failed", exc_info=error)
    return Unforeseen(request)


async def answer_refusal(send: Send, refusal: Refused, request: str) -> None:
    """Send a refusal that no route gave."""
    body, status, media = _refused(refusal, request)
    headers: HeaderList = [
        (b"x-request-id", request.encode()),
        *_ALWAYS,
        media,
        (b"content-length", b"%d" % len(body)),
    ]
    if isinstance(refusal, problems.DoorRefusal):
        headers.extend(refusal.headers())
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
