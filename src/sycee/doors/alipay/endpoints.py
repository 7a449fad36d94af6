"""The gateway over HTTP: `/gateway.do`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import asgi

from sycee.doors.alipay import gateway, replies
from sycee.doors.alipay.faults import Fault, public
from sycee.doors.alipay.gateway import ERROR_NODE, Gate, Reply
from sycee.doors.alipay.keyring import Keyring
from sycee.doors.alipay.methods.table import TABLE
from sycee.doors.alipay.protocol import MAX_BODY_BYTES
from sycee.runtime.http.problems import Busy
from sycee.runtime.http.rates import Meter, Rate, neighbourhood
from sycee.runtime.http.requests import client_of
from sycee.runtime.http.wiring import Wiring

DRAIN_BYTES = 8 * MAX_BODY_BYTES
"""How much of a body that is too large is still read, so that its sender hears the answer."""

FORM = b"application/x-www-form-urlencoded"
PATH = "/gateway.do"
CALLS = Rate(per_second=500.0, burst=1_000)
"""How often one address may call the gateway."""

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]


class Door:
    """The gateway of one server process."""

    def __init__(self, keyring: Keyring, base_url: str, tender_key: bytes = b"") -> None:
        self._keyring, self._base_url, self._tender_key = keyring, base_url, tender_key
        self._calls = Meter(CALLS)

    def handlers(self) -> list[Any]:
        """The Litestar handler; it runs on the application's own `wiring`."""
        return [asgi(PATH, copy_scope=False)(_application(self.gateway))]

    def _gate(self, wiring: Wiring) -> Gate:
        return Gate(wiring.database, self._keyring, self._base_url, self._tender_key)

    async def gateway(self, wiring: Wiring, scope: Any, receive: Receive, send: Send) -> None:
        """`/gateway.do`: parameters in the query, in the form, or in both."""
        headers: HeaderList = [(b"cache-control", b"no-store")]
        try:
            client = neighbourhood(client_of(scope))
            if self._calls.take(client)[1] > 0:
                raise public("isv.app-call-limited")
            body = await _form(scope, receive)
            query = scope["query_string"]
            gate = self._gate(wiring)
            reply = await wiring.pool.run(client, gateway.answer, gate, TABLE, query, body)
        except Fault as fault:
            reply = Reply(replies.body(ERROR_NODE, fault.node(), None), "utf-8")
        except Busy:
            reply = Reply(
                replies.body(ERROR_NODE, public("aop.unknow-error").node(), None), "utf-8"
            )
        if reply.location is not None:
            await respond(send, 303, [*headers, (b"location", reply.location.encode())], b"")
            return
        headers.append((b"content-type", f"application/json;charset={reply.charset}".encode()))
        await respond(send, 200, headers, reply.body)


def _application(serve: Callable[[Wiring, Any, Receive, Send], Awaitable[None]]) -> Any:
    async def application(scope: Any, receive: Receive, send: Send) -> None:
        await serve(scope["litestar_app"].state.wiring, scope, receive, send)

    return application


async def _form(scope: Any, receive: Receive) -> bytes:
    """The form in the body, "" for a GET; a fault for another media type or a body too large."""
    headers = dict(scope["headers"])
    media = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    parts, size, more = [], 0, True
    while more and size <= DRAIN_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        piece = message.get("body", b"")
        size += len(piece)
        if size <= MAX_BODY_BYTES:
            parts.append(piece)
        more = message.get("more_body", False)
    if size > MAX_BODY_BYTES:
        raise public("isv.invalid-parameter", f"请求体超过 {MAX_BODY_BYTES} 字节")
    if size and media not in (FORM, b""):
        raise public("isv.invalid-content-type", "须为表单")
    return b"".join(parts)


async def respond(send: Send, status: int, headers: HeaderList, body: bytes) -> None:
    """One whole answer."""
    headers = [*headers, (b"x-content-type-options", b"nosniff")]
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
