"""What `openapi.json` promises is what the server does."""

from __future__ import annotations

import base64
import gc
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks as every
from schemathesis.transport.requests import ManagedCookiesSession
from tests.conftest import Template
from tests.stories.http.server import serving

from sycee.core.parties import apikeys, parties
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.scopes import SCOPES
from sycee.doors.http import contents
from sycee.kit.errors import Refusal
from sycee.runtime.db import Database
from sycee.runtime.http.openapi import refusals_of
from sycee.runtime.http.wiring import Bounds

COMMITTED = Path(__file__).resolve().parents[2] / "openapi.json"
EXAMPLES = int(os.environ.get("SYCEE_TEST_API_EXAMPLES", "4"))
schema = schemathesis.openapi.from_dict(contents.openapi())

CHECKS = (
    every.not_a_server_error,
    every.status_code_conformance,
    every.content_type_conformance,
    every.response_schema_conformance,
    every.response_headers_conformance,
)
"""Negative data is refused, and positive data is not malformed; but a rule may still refuse it."""


@pytest.fixture(scope="module")
def server(main_template: Template, tmp_path_factory: Any) -> Iterator[tuple[str, str]]:
    """The real application on a real database, and the key of an operator with every scope."""
    name, url = main_template.clone()
    master = tmp_path_factory.mktemp("home") / "master.key"
    master.write_bytes(base64.b64encode(secrets.token_bytes(32)))
    master.chmod(0o600)
    database = Database(url)
    with database.transaction() as tx:
        operator = parties.create(tx, NewParty(Kind.OPERATOR, "House"))
        _, secret = apikeys.issue(tx, operator.id, "contract", list(SCOPES))
    with (
        pytest.MonkeyPatch.context() as patch,
        serving(database, Bounds(stream_seconds=0)) as address,
    ):
        patch.setenv("SYCEE_MASTER_KEY_FILE", str(master))
        yield address, secret
    database.close()
    main_template.drop(name)


@pytest.fixture(scope="module")
def session() -> Iterator[ManagedCookiesSession]:
    """One connection for all cases, and no cookie of one in the next.

    What the machine says of proxies is not asked for each.
    """
    with ManagedCookiesSession() as session:
        session.trust_env = False
        session.headers.clear()
        yield session


@pytest.fixture(scope="module", autouse=True)
def collected_later() -> Iterator[None]:
    """No garbage collection meanwhile.

    Warnings are errors: what another test left open would be reported in the midst of a case, and
    while CPython 3.11 compiles, even as a fault of its own ("AST constructor recursion depth").
    """
    gc.disable()
    yield
    gc.enable()
    gc.collect()


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
)
def test_every_route_keeps_its_promises(
    case: schemathesis.Case, server: tuple[str, str], session: ManagedCookiesSession
):
    address, secret = server
    headers = {"Authorization": f"Bearer {secret}"}
    response = case.call(base_url=address, headers=headers, session=session)
    case.validate_response(response, checks=list(CHECKS), headers=headers)
    assert response.status_code < 500


def test_the_committed_description_is_the_one_the_code_gives():
    committed = COMMITTED.read_text(encoding="utf-8")
    assert committed == contents.openapi_text(), "run: ./sycee docs"


def test_every_route_declares_refusals_that_the_house_knows():
    for route in contents.routes():
        for refusal in refusals_of(route):
            assert Refusal.registry[refusal.code] is refusal


def test_operation_ids_are_unique_and_name_their_slice():
    names = [route.name for route in contents.routes()]
    assert len(names) == len(set(names))
    assert all(name.count(".") == 1 for name in names)


def test_every_operation_has_a_summary_an_answer_and_a_way_to_fail():
    document = json.loads(contents.openapi_text())
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation["summary"], f"{method} {path}"
            assert any(status.startswith("2") for status in operation["responses"])
            assert "500" in operation["responses"]
