"""The page over HTTP: `/p/{token}`, shown by GET, and paid with a typed pay code by POST."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

from litestar import route
from litestar.types import ASGIApp

from sycee.doors.checkout import links, page
from sycee.doors.checkout.bill import Bill, Orders, State
from sycee.doors.checkout.page import View
from sycee.doors.checkout.texts import Texts, spoken
from sycee.runtime.db import Database
from sycee.runtime.http.problems import Busy
from sycee.runtime.http.rates import Meter, Rate, neighbourhood
from sycee.runtime.http.requests import client_of
from sycee.runtime.http.wiring import Wiring

BODY_MOST = 2_048
"""Bytes of a form with one pay code; more is not read as one."""

FORM = b"application/x-www-form-urlencoded"
GUESSES = Rate(per_second=1.0, burst=20)
"""How often one address may try a pay code."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Checkout:
    """The pages of one server process. `origin` is the one address that passkeys belong to."""

    def __init__(self, origin: str, orders: Orders) -> None:
        self._origin, self._orders = origin, orders
        self._host = urlsplit(origin).netloc.encode()
        self._guesses = Meter(GUESSES)

    def handlers(self) -> list[Any]:
        """The Litestar handlers; they run on the application's own `wiring`.

        A route and not a mount: a mount at `/p` takes whatever begins with it, `/problems/…` too.
        """

        async def bill() -> ASGIApp:
            return self._serve

        return [route("/p/{token:path}", http_method=["GET", "HEAD", "POST"])(bill)]

    async def _serve(self, scope: Any, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        query = parse_qs(scope["query_string"].decode("latin-1"))
        texts = spoken(
            headers.get(b"accept-language", b"").decode("latin-1"), query.get("lang", [""])[0]
        )
        token = scope["path"].removeprefix("/p/").strip("/")
        wiring: Wiring = scope["litestar_app"].state.wiring
        short = b"application/json" in headers.get(b"accept", b"")
        location = b""
        try:
            if scope["method"] == "POST":
                view = await self._paid(wiring, scope, receive, texts, token)
            elif not short and headers.get(b"host", self._host) != self._host:
                location = f"{self._origin}/p/{quote(token, safe='')}".encode()
                view = View(307, b"")
            else:
                typing = query.get("by") == ["code"]
                view = await wiring.pool.run(
                    client_of(scope), self._shown, wiring.database, texts, token, short, typing
                )
        except Busy:
            view = page.plain(503, texts, texts.again)
        given = [*view.headers(), (b"content-length", b"%d" % len(view.body))]
        given += [(b"location", location)] if location else []
        await send({"type": "http.response.start", "status": view.status, "headers": given})
        body = b"" if scope["method"] == "HEAD" else view.body
        await send({"type": "http.response.body", "body": body})

    def _find(self, database: Database, token: str) -> Bill | None:
        if _TOKEN.fullmatch(token) is None:
            return None  # PostgreSQL does not take every text that a path can hold
        return links.find(database, token) or self._orders.bill(database, token)

    def _shown(
        self, database: Database, texts: Texts, token: str, short: bool, typing: bool
    ) -> View:
        bill = self._find(database, token)
        if bill is None:
            return page.plain(404, texts, texts.unknown, texts.unknown_why)
        if short:
            return page.facts(bill)
        return page.show(bill, texts, self._origin, typing=typing and bill.by_code)

    async def _paid(
        self, wiring: Wiring, scope: Any, receive: Receive, texts: Texts, token: str
    ) -> View:
        """The page after a pay code was typed."""
        client = neighbourhood(client_of(scope))
        if self._guesses.take(client)[1] > 0:
            return page.plain(429, texts, texts.again)
        form = await _form(scope, receive)
        if form is None:
            return page.plain(400, texts, texts.wrong_form)
        code = form.get("auth_code", "").replace(" ", "")
        return await wiring.pool.run(client, self._pay, wiring.database, texts, token, code)

    def _pay(self, database: Database, texts: Texts, token: str, code: str) -> View:
        bill = self._find(database, token)
        if bill is None:
            return page.plain(404, texts, texts.unknown, texts.unknown_why)
        if not bill.by_code:
            return page.plain(405, texts, texts.wrong_form)
        refused = None
        if bill.state is State.OPEN:
            refused = self._orders.pay(database, token, code)
        bill = self._find(database, token) or bill
        word = "" if refused is None else texts.why(refused.code)
        return page.show(bill, texts, self._origin, typing=True, word=word)


async def _form(scope: Any, receive: Receive) -> dict[str, str] | None:
    """The fields of a form in the body; None for another media type, or for too much."""
    headers = dict(scope["headers"])
    media = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    body, more = b"", True
    while more and len(body) <= BODY_MOST:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] != "http.disconnect" and message.get("more_body", False)
    if media != FORM or len(body) > BODY_MOST:
        return None
    return dict(parse_qsl(body.decode("utf-8", "replace")))
