"""Whatever a role sends, by any route, it gets nothing that is another's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks as every
from tests.conftest import Template
from tests.contract.cast import MINOR, ROLES, SECRET, Cast, aimed, cast_of

from sycee.core.parties.scopes import SESSION_SCOPES, TABLE
from sycee.doors.http import contents

schema = schemathesis.openapi.from_dict(contents.openapi())
ROUTES = {route.name: route for route in contents.routes()}
CHECKS = [every.not_a_server_error, every.status_code_conformance]
OWN_END = {"identity.log_out", "personal.erase_me"}
"""Ends the session that asks, or its party."""

BOOKS = {"accounts", "account", "account_activity", "transfer", "subject", "trial_balance"}
DESK = {"operator": {"trades.find", "trades.timeline", *(f"ledger.{each}" for each in BOOKS)}}
"""What a role sees of others by its work: the operator keeps the books, and looks into trades."""


@pytest.fixture(scope="module")
def cast(
    main_template: Template, keys_template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cast]:
    master = tmp_path_factory.mktemp("home") / "master"
    for cast in cast_of(main_template, keys_template, master):
        cast.told = told_at_home(cast)  # before any role has touched anything
        yield cast


def test_the_resident_has_one_of_nearly_everything(cast: Cast):
    assert {"tfr", "req", "gft", "env", "top", "wdr", "sch", "spl", "mdt", "whe", "lnk", "cod",
            "trd", "acc", "key", "par"} <= set(cast.owned)  # fmt: skip


@schema.parametrize()
@settings(
    max_examples=1,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
)
def test_no_route_answers_a_role_with_what_is_anothers(case: schemathesis.Case, cast: Cast):
    route = ROUTES[case.operation.definition.raw["operationId"]]
    path = re.sub(
        r"\{([a-z_]+)\}",
        lambda m: cast.owned.get(nouns(route.name).get(m[1], ""), str(case.path_parameters[m[1]])),
        case.operation.path,
    )
    query = urlencode(aimed(dict(case.query or {}), cast.owned), doseq=True)
    body = aimed(case.body, cast.owned) if isinstance(case.body, (dict, list)) else None
    before = cast.held()
    for role in ROLES:
        if route.name in OWN_END or not may(role, route.scope):
            continue
        answer = cast.phones[role].send(f"{route.method} {path}{'?' * bool(query)}{query}", body)
        if answer.status_code == 401:
            cast.phones[role] = cast.log_in(role)
            continue
        case.validate_response(answer, checks=CHECKS)
        seen = leaks(answer.text) and route.name not in DESK.get(role, ())
        assert not seen, (role, route.method, path, answer.text[:300])
    assert cast.held() >= before, f"{route.method} {path} took the resident's money"


def nouns(name: str) -> dict[str, str]:
    """Which noun each parameter of a route's path names."""
    return {field.name: field.noun or "" for field in ROUTES[name].path_fields}


def may(role: str, scope: str | None) -> bool:
    """Whether a session of the role has a scope."""
    held = set(TABLE[role]) | set(SESSION_SCOPES)
    return scope is None or scope in held


def leaks(text: str) -> bool:
    """Whether an answer tells anything that the resident alone has."""
    return SECRET in text or str(MINOR) in text


def test_the_resident_is_told_what_the_roles_are_not(cast: Cast):
    wanted = {"wallet.find", "trades.find", "requests.request", "gifts.gift"}
    assert wanted <= cast.told
    assert len(cast.told) >= 20, sorted(cast.told)


def told_at_home(cast: Cast) -> set[str]:
    """The routes by which the resident herself is told what she alone has."""
    told: set[str] = set()
    for route in ROUTES.values():
        if route.method != "GET":
            continue
        path = route.path
        for field in route.path_fields:
            name = cast.owned.get(field.noun or "", "x")
            path = re.sub(rf"\{{{field.name}(:[a-z]+)?\}}", name, path)
        if leaks(cast.ask(f"GET {path}").text):
            told.add(route.name)
    return told
