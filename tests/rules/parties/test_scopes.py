"""Who may hold which scope."""

from __future__ import annotations

import re

import pytest

from sycee.core.parties.model import Kind
from sycee.core.parties.scopes import KIND_SCOPES, ROLE_SCOPES, SCOPES, Role, permitted


def test_only_the_operator_may_act_as_the_operator():
    assert [kind for kind in Kind if "operator" in permitted(kind, Role)] == [Kind.OPERATOR]


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.MERCHANT, Kind.BILLER, Kind.DRIVER])
def test_a_customer_rules_on_disputes_only_as_a_mediator(kind):
    assert "disputes:rule" not in permitted(kind, [])
    assert "disputes:rule" in permitted(kind, [Role.MEDIATOR])


def test_a_regulator_moves_no_money():
    assert not any(
        scope.endswith(":write")
        for scope in permitted(Kind.REGULATOR, []) - {"keys:write", "oversight:write"}
    )


def test_every_kind_and_role_grants_scopes_of_the_table():
    assert set(KIND_SCOPES) == set(Kind)
    assert set(ROLE_SCOPES) == set(Role)
    for granted in [*KIND_SCOPES.values(), *ROLE_SCOPES.values()]:
        assert granted <= set(SCOPES)


def test_every_scope_is_explained_by_a_sentence():
    assert [s for s in SCOPES if not re.fullmatch(r"[a-z]+(:[a-z]+)?", s)] == []
    assert [s for s, text in SCOPES.items() if not text.endswith(".")] == []
