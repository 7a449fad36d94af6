"""The ASGI application: mounts the declared routes, and starts and stops what they share."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from prometheus_client import CollectorRegistry

from sycee.core.parties import callers, vault
from sycee.core.parties.identity import demo, sessions, site
from sycee.doors.alipay.endpoints import Door
from sycee.doors.alipay.keyring import open_keyring
from sycee.doors.alipay.pages import Pages
from sycee.doors.checkout.endpoints import Checkout
from sycee.doors.http import contents, eve, log, open, pace, pages
from sycee.doors.vault import open_vault
from sycee.doors.web.static import STATIC, Files
from sycee.kit.errors import Refusal
from sycee.products.envelopes import keyed, soldout
from sycee.runtime import han, memory, telemetry
from sycee.runtime import settings as installation
from sycee.runtime.backlog import BacklogCollector
from sycee.runtime.db import Database
from sycee.runtime.http import problems, requests
from sycee.runtime.http.endpoint import answer_refusal, refusal_of
from sycee.runtime.http.metrics import RequestCollector, RoomCollector
from sycee.runtime.http.problems import MethodNotAllowed, RouteUnknown
from sycee.runtime.http.rates import Rate
from sycee.runtime.http.routes import Route, Sort
from sycee.runtime.http.table import Table
from sycee.runtime.http.wiring import Bounds, Wiring
from sycee.runtime.lanes.tally import LaneCollector

SWITCH_SECONDS = 0.0005


class Doors(Litestar):
    """The application: `/v1` and the web app's files are answered at once, the rest by Litestar."""

    table: Table
    files: Files
    gate: pages.Gate

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, or the life of the server."""
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            scope["path"] = scope["path"].rstrip("/")
            await self.table(scope, receive, send)
        elif scope["type"] == "http" and self.files.holds(scope["path"]):
            await self.files(scope, receive, send)
        elif scope["type"] == "http" and (refusal := self.gate.refusal(scope)):
            given = requests.request_id(requests.headers_of(scope["headers"]))
            await answer_refusal(send, refusal, given)
        else:
            await super().__call__(scope, receive, send)


def create() -> Litestar:
    """The application of this installation's settings, for `uvicorn --factory`."""
    settings = installation.load()
    # A lane's thread asks for the interpreter after each of its round trips. At Python's usual 5 ms
    # the event loop, when it is busy, would hand it over only that seldom.
    sys.setswitchinterval(SWITCH_SECONDS)
    telemetry.configure(settings.log_level)
    if settings.database_url is None:
        raise installation.SettingsError("SYCEE_DATABASE_URL is not set")
    database = Database(settings.database_url.get_secret_value(), size=settings.pool_size)
    keyring = open_keyring(settings.home, database.clock.now())
    hosted = Checkout(site.here().origin, Pages(keyring))
    others = [*Door(keyring, settings.address).handlers(), *hosted.handlers()]
    keys = open_vault(settings)
    vault.use(keys)
    if keys is not None:
        keyed.key()  # asked for now, so that no request has to wait for it
    remembered = soldout.SoldOut(database)
    soldout.use(remembered)
    remembered.start()
    return build(
        database,
        bounds=bounds_of(settings),
        declared=declared_by(settings),
        others=others,
        owns_database=True,
    )


def declared_by(settings: installation.Settings) -> list[Route]:
    """The routes of a server with these settings: demo identities exist in demo mode alone."""
    return [
        *contents.routes(),
        *((*demo.routes, *pace.routes, *eve.routes) if settings.demo else ()),
    ]


def bounds_of(settings: installation.Settings) -> Bounds:
    """How much a server with these settings takes on."""
    return Bounds(
        lane_batch=settings.lane_batch_max,
        lane_queue=settings.lane_queue_max,
        lane_process=settings.lane_process,
        body_bytes=settings.body_limit_bytes,
        key_rate=Rate(settings.rate_per_second, settings.rate_burst),
    )


def build(
    database: Database,
    *,
    bounds: Bounds | None = None,
    declared: Sequence[Route] | None = None,
    others: Sequence[Any] = (),
    owns_database: bool = False,
) -> Litestar:
    """The application on one database.

    `others` are Litestar handlers of other doors of the same process; they find `database` and
    `wiring` (with its lanes) on `app.state`.
    """
    han.use(STATIC / "assets")
    wiring = Wiring(
        database,
        partial(callers.admit, database),
        bounds,
        admit=partial(sessions.admit, database),
        origin=site.here().origin,
    )
    routes = contents.routes() if declared is None else declared
    table = Table(routes, wiring)
    metrics = CollectorRegistry()
    metrics.register(RequestCollector(table.tracks))
    metrics.register(
        RoomCollector(lambda: wiring.pool.here, lambda: wiring.slow.here, wiring.streaming.total)
    )
    metrics.register(LaneCollector(wiring.lanes, lambda: wiring.lane_restarts))
    metrics.register(BacklogCollector(database))

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        if owns_database:  # a server of its own
            memory.settle()
        wiring.open([route.action for route in routes if route.sort is Sort.HOT and route.action])
        try:
            yield
        finally:
            wiring.close()
            if owns_database:
                database.close()

    app = Doors(
        [*pages.handlers(), *log.handlers(), *open.handlers(), *others],
        openapi_config=None,
        logging_config=None,
        exception_handlers={HTTPException: _problem, Refusal: _problem, Exception: _problem},
        lifespan=[lifespan],
    )
    app.table = table
    app.gate = pages.Gate(wiring.bounds.stranger_rate)
    app.files = Files(site.here().origin, demo=all(each in routes for each in demo.routes))
    app.state.database = database
    app.state.wiring = wiring
    app.state.metrics = pages.Exposition(telemetry.REGISTRY, metrics)
    return app


def _problem(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """What no declared route answered: an unknown route, a wrong method, a fault of ours."""
    given = requests.request_id(dict(request.scope["headers"]))
    refusal: problems.Refused | None
    if isinstance(error, HTTPException):
        refusal = _refusal_of_status(error)
    else:
        refusal = refusal_of(error, given, "?")
    if refusal is None:
        refusal = problems.Unavailable()
    if isinstance(refusal, RouteUnknown) and "text/html" in request.headers.get("accept", ""):
        return open.lost(request.headers.get("accept-language", ""))
    headers = {"x-request-id": given, "cache-control": "no-store"}
    if isinstance(refusal, problems.DoorRefusal):
        headers |= {name.decode(): value.decode() for name, value in refusal.headers()}
    return Response(
        problems.body_of(refusal, given),
        status_code=problems.status_of(refusal),
        media_type=problems.MEDIA.decode(),
        headers=headers,
    )


def _refusal_of_status(error: HTTPException) -> Refusal:
    if error.status_code == 404:
        return RouteUnknown()
    if error.status_code == 405:
        return MethodNotAllowed((error.headers or {}).get("Allow", "GET"))
    if error.status_code == 413:
        return problems.BodyTooLarge(requests.BODY_LIMIT_BYTES)
    return problems.Malformed(field="$", rule="is not a request this server reads")
