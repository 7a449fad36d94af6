"""Route by route: nothing without a key, nothing without the scope."""

from __future__ import annotations

import re
from typing import Any

from tests.stories.http.server import House, Person, bearer, code, serving

from sycee.core.parties.scopes import SCOPES, SESSION_SCOPES
from sycee.doors.http import contents
from sycee.runtime.db import Database
from sycee.runtime.http.rates import Rate
from sycee.runtime.http.routes import Route
from sycee.runtime.http.wiring import Bounds

PUBLIC = {
    "envelopes.cover",
    "counts.budget",
    "envelopes.proof",
    "liabilities.rows",
    "gifts.link",
    "liabilities.totals",
    "links.show",
    "orders.notices",
    "personal.list_purposes",
    "receipts.check",
    "transparency.consistency",
    "transparency.inclusion",
    "transparency.show",
    "report.transparency_report",
    "identity.begin_registration",
    "identity.finish_registration",
    "identity.begin_login",
    "identity.finish_login",
    "identity.begin_recovery",
    "identity.finish_recovery",
    "identity.accept_invitation",
    "identity.add_device",
}
"""The declared routes that need no key, by operation id: each is a decision. These are the ways in;
each answers a challenge, a recovery code or an invitation."""


def call(house: House, route: Route, headers: dict[str, str]) -> Any:
    """A request to a route with ids that name nothing."""
    nouns = {field.name: field.noun for field in route.path_fields}
    path = re.sub(
        r"\{([a-z_]+)(?::[a-z]+)?\}",
        lambda m: f"{nouns[m[1]]}_{'0' * 25}1" if nouns[m[1]] else "x",
        route.path,
    )
    body = {} if route.body is not None else None
    sent = {"Idempotency-Key": "k", **headers}
    return house.client.request(route.method, path, json=body, headers=sent)


def test_a_stranger_gets_nothing_on_any_route(database: Database):
    often = Rate(per_second=1_000, burst=1_000)  # so that nobody has to wait for the next try
    with serving(database, Bounds(stranger_rate=often)) as address:
        house = House(database, address)
        for route in contents.routes():
            if route.name not in PUBLIC:
                refused = call(house, route, {})
                assert (refused.status_code, code(refused)) == (401, "unauthenticated"), route.name
        house.client.close()


def test_a_key_gets_nothing_without_the_scope_of_the_route(house: House):
    operator = house.operator()
    without: dict[str, Person] = {}
    for route in contents.routes():
        if route.scope is None:
            continue
        if route.scope not in without:
            others = sorted(set(SCOPES) - {route.scope})
            without[route.scope] = house.key(operator, *others)
        refused = call(house, route, bearer(without[route.scope]))
        assert (refused.status_code, code(refused)) == (403, "scope-missing"), route.name
        assert refused.json()["facts"] == {"needs": route.scope}


def test_every_route_that_needs_no_key_is_listed_here():
    assert {route.name for route in contents.routes() if route.scope is None} == PUBLIC


def test_every_scope_of_a_route_is_in_the_table_of_scopes():
    assert {route.scope for route in contents.routes()} <= {*SCOPES, *SESSION_SCOPES, None}
