"""Running a declared route: one ASGI application for each path."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Sequence
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

HeaderList = list[tuple[bytes, bytes]]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

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


class _Runner:
    """One route: from the request's headers to the last byte of its answer."""

    def __init__(self, route: Route, wiring: Wiring) -> None:
        self.route = route
        self.wiring = wiring
        self.track = Track(f"{route.method} {route.path}")
        self._raw = route.raw
        self._limit = max(wiring.bounds.body_bytes, self._raw.limit_bytes if self._raw else 0)
        json = route.body is not None and self._raw is None
        self._decoder = msgspec.json.Decoder(route.body) if json else None
        self._query = routes.query_struct(route)
        work = {Sort.READ: self._read, Sort.DIRECT: self._direct, Sort.STREAM: self._stream}
        self._work = work.get(route.sort, self._write)

    async def serve(
        self, scope: Scope, headers: Headers, request: str, receive: Receive, send: Send
    ) -> None:
        started = time.perf_counter()
        extra: HeaderList = [(b"x-request-id", request.encode()), *_ALWAYS]
        status = 500
        leaving = receive
        try:
            guard, needs = self.wiring.guard, self.route.scope
            if needs is not None and guard.has_session(headers):
                caller, receive = await self._signed(scope, headers, needs, receive, extra)
            else:
                caller = await guard.admit(
                    headers.get(b"authorization"), requests.client_of(scope), needs, extra
                )
            body, status, media = await self._work(scope, headers, caller, receive, extra)
        except Exception as error:  # the one place where an error becomes an answer
            refusal = refusal_of(error, request, self.track.route)
            if refusal is None:
                return
            status, media = problems.status_of(refusal), _PROBLEM
            body = problems.body_of(refusal, request, status)
            if isinstance(refusal, problems.DoorRefusal):
                extra.extend(refusal.headers())
        extra.append(media)
        if isinstance(body, bytes):
            extra.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": extra})
        if isinstance(body, bytes):
            await send({"type": "http.response.body", "body": body})
        else:
            await self._pour(body, leaving, send, request)
        self.track.note(status, time.perf_counter() - started)

    async def _signed(
        self, scope: Scope, headers: Headers, needs: str, receive: Receive, extra: HeaderList
    ) -> tuple[Caller, Receive]:
        """The caller of a session, whose signature covers the body: it is read first, and kept."""
        body = await requests.body_bytes(headers, receive, self._limit)
        presented = Presented(scope["method"], requests.target_of(scope), headers, body)
        address = requests.client_of(scope)
        caller = await self.wiring.guard.admit_session(presented, address, needs, extra)
        return caller, requests.kept(body)

    def _arguments(self, scope: Scope, caller: Caller | None) -> dict[str, Any]:
        route = self.route
        given: dict[str, Any] = routes.read_query(route, self._query, scope["query_string"])
        if route.path_fields:
            raw = scope["path_params"]
            for field in route.path_fields:
                given[field.name] = field.read(raw[field.name])
        if "caller" in route.wants:
            given["caller"] = caller
        return given

    async def _body(self, headers: Headers, receive: Receive, given: dict[str, Any]) -> None:
        if self._decoder is not None:
            requests.check_media(headers)
            body = await requests.body_bytes(headers, receive, self._limit)
            given["body"] = requests.decode(self._decoder, body)
        elif self._raw is not None:
            requests.check_media(headers, self._raw.media)
            body = await requests.body_bytes(headers, receive, self._limit)
            given["body"] = self._raw(body)  # Raw

    async def _read(
        self,
        scope: Scope,
        headers: Headers,
        caller: Caller | None,
        receive: Receive,
        extra: HeaderList,
    ) -> tuple[bytes, int, tuple[bytes, bytes]]:
        given = self._arguments(scope, caller)
        await self._body(headers, receive, given)
        wants = self.route.wants
        if "tx" in wants:
            result = await self._run(self._snapshot, _whose(caller, scope), given)
        elif "database" in wants:
            result = await self._run(self._on_database, _whose(caller, scope), given)
        else:
            result = self.route.function(**given)
        if isinstance(result, File):
            extra.extend(result.headers())
            return result.content, self.route.status, (b"content-type", result.media.encode())
        return _encode(result), self.route.status, _JSON

    async def _run(
        self, work: Callable[[dict[str, Any]], Any], whose: Hashable, given: dict[str, Any]
    ) -> Any:
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

    async def _stream(
        self, scope: Scope, headers: Headers, caller: Caller | None, _: Receive, extra: HeaderList
    ) -> tuple[AsyncGenerator[bytes], int, tuple[bytes, bytes]]:
        assert caller is not None, "a stream has a scope, so it has a caller"
        self.wiring.check_streams(caller.party)
        given = self._arguments(scope, caller)
        seen = headers.get(b"last-event-id", b"").decode("latin-1") or None

        def poll(after: str | None) -> Awaitable[streams.Strand]:
            return self.wiring.pool.run(caller.party, self._snapshot, given | {"after": after})

        address = requests.client_of(scope)

        def still() -> Awaitable[bool]:
            return self.wiring.guard.still(headers, address)

        first = await poll(seen)
        self.wiring.check_streams(caller.party)  # others may have begun meanwhile
        extra.append((b"x-accel-buffering", b"no"))  # or a proxy would keep it back
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

    async def _direct(
        self,
        scope: Scope,
        headers: Headers,
        caller: Caller | None,
        receive: Receive,
        extra: HeaderList,
    ) -> tuple[bytes, int, tuple[bytes, bytes]]:
        key = requests.idempotency_key(headers)
        given = self._arguments(scope, caller)
        await self._body(headers, receive, given)
        if "key" in self.route.wants:
            given["key"] = key
        if "address" in self.route.wants:
            given["address"] = requests.client_of(scope)
        result = await self._run(self._on_database, _whose(caller, scope), given)
        if isinstance(result, routes.Reply):
            extra.extend(result.headers)
            result = result.result
        return _encode(result), self.route.status, _JSON

    async def _write(
        self,
        scope: Scope,
        headers: Headers,
        caller: Caller | None,
        receive: Receive,
        extra: HeaderList,
    ) -> tuple[bytes, int, tuple[bytes, bytes]]:
        route = self.route
        key = requests.idempotency_key(headers)
        given = self._arguments(scope, caller)
        await self._body(headers, receive, given)
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
            extra.append(_REPLAY)
        if answer.refusal is None:
            return answer.body, route.status, _JSON
        status = problems.status_of(answer.refusal)
        return problems.body_of(answer.refusal, extra[0][1].decode(), status), status, _PROBLEM


def _whose(caller: Caller | None, scope: Scope) -> Hashable:
    """Whose turn a request takes: its party's, or on a public route its address's."""
    return requests.client_of(scope) if caller is None else caller.party


def _whole(work: Callable[[dict[str, Any]], Any], given: dict[str, Any]) -> Any:
    """What is slow to make is slow to encode: neither is for the event loop."""
    result = work(given)
    return result if isinstance(result, File | routes.Reply) else msgspec.Raw(_encode(result))


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
    status = problems.status_of(refusal)
    body = problems.body_of(refusal, request, status)
    headers: HeaderList = [
        (b"x-request-id", request.encode()),
        *_ALWAYS,
        _PROBLEM,
        (b"content-length", b"%d" % len(body)),
    ]
    if isinstance(refusal, problems.DoorRefusal):
        headers.extend(refusal.headers())
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
