"""Who may do what, route by route: the table of roles against the real door."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.authenticator import Authenticator, unb64
from tests.stories.identity.conftest import Door, Phone, code

from sycee.core.parties import parties
from sycee.core.parties.identity import devices, sessions
from sycee.core.parties.identity.model import DeviceKind
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.scopes import OWN, SCOPES, SESSION_SCOPES, TABLE, Duty, Role
from sycee.doors.http import contents
from sycee.kit.ids import parse, public, uuid7
from sycee.oversight.regulator.demands import actions
from sycee.oversight.regulator.demands.actions import Receive
from sycee.oversight.regulator.demands.model import Extent, Field
from sycee.runtime.http.routes import Route

OWNERS = frozenset(SESSION_SCOPES)
MAY: dict[str, frozenset[str]] = {
    role: scopes | (frozenset({"session"}) if role in {"cashier", "auditor"} else OWNERS)
    for role, scopes in TABLE.items()
}
"""What a session of each role may do: its row of the table, and what sessions have besides."""

KINDS = {
    "person": Kind.PERSON,
    "mediator": Kind.PERSON,
    "merchant owner": Kind.MERCHANT,
    "cashier": Kind.MERCHANT,
    "biller": Kind.BILLER,
    "driver": Kind.DRIVER,
    "operator": Kind.OPERATOR,
    "auditor": Kind.OPERATOR,
    "regulator": Kind.REGULATOR,
}
ROUTES = contents.routes()


@pytest.fixture(scope="module", autouse=True)
def _master_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What webhook secrets are sealed with."""
    master = tmp_path_factory.mktemp("home") / "master.key"
    master.write_bytes(base64.b64encode(bytes(range(32))))
    master.chmod(0o600)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYCEE_MASTER_KEY_FILE", str(master))
        yield


@pytest.fixture(scope="module")
def people(door: Door) -> dict[str, Phone]:
    """Someone logged in for each row of the table."""
    made: dict[str, Phone] = {}
    for role, kind in KINDS.items():
        phone = Phone(door, Authenticator())
        with door.database.transaction() as tx:
            seated = parties.operator(tx) if kind is Kind.OPERATOR else None
            party = seated or parties.create(tx, NewParty(kind, role.title())).id
            if role == "mediator":
                parties.appoint(tx, party, Role.MEDIATOR)
            duty = Duty(role) if role in set(Duty) else Duty.OWNER
            bound = unb64(phone.key.public)
            device = devices.add(
                tx, party, kind=DeviceKind.BROWSER, role=str(duty),
                credential=uuid7().bytes, public_key=b"", bound_key=bound,
            )  # fmt: skip
            session, phone.cookie = sessions.open_(tx, device, bound)
        phone.session, phone.party = session.public_id, public("par", party)
        made[role] = phone
    return made


def ask(phone: Phone, route: Route) -> Any:
    """A signed request to a route with ids that name nothing."""
    nouns = {field.name: field.noun for field in route.path_fields}
    path = re.sub(
        r"\{([a-z_]+)(?::[a-z]+)?\}",
        lambda m: f"{nouns[m[1]]}_{'0' * 25}1" if nouns[m[1]] else "x",
        route.path,
    )
    body = {} if route.body is not None else None
    return phone.send(f"{route.method} {path}", body)


HARMLESS = {"DELETE /v1/session"}


@pytest.mark.parametrize("role", sorted(TABLE))
def test_each_role_reaches_the_routes_of_its_row_and_no_other(people, role):
    for route in ROUTES:
        if route.scope is None or f"{route.method} {route.path}" in HARMLESS:
            continue
        answer = ask(people[role], route)
        where = f"{role}: {route.method} {route.path} answered {answer.text[:200]}"
        assert answer.status_code != 401, where
        if route.scope in MAY[role]:
            assert answer.status_code < 500, where
            assert code_of(answer) != "scope-missing", where
        else:
            assert code(answer) == (403, "scope-missing"), where
            assert answer.json()["facts"] == {"needs": route.scope}


def code_of(answer: Any) -> str | None:
    """The code of a problem, None for an answer, be it a file or a stream."""
    return answer.json()["code"] if answer.status_code >= 400 else None


def seat(door: Door) -> Phone:
    """One more of the operator's people, with a device of their own that was just touched."""
    phone = Phone(door, Authenticator())
    bound = unb64(phone.key.public)
    with door.database.transaction() as tx:
        party = parties.operator(tx)
        assert party is not None
        device = devices.add(
            tx, party, kind=DeviceKind.BROWSER, role=str(Duty.OWNER),
            credential=uuid7().bytes, public_key=b"", bound_key=bound,
        )  # fmt: skip
        session, phone.cookie = sessions.open_(tx, device, bound)
    phone.session, phone.party = session.public_id, public("par", party)
    return phone


def test_two_people_who_touched_their_passkeys_grant_a_demand(people, door, clock):
    wanted, by = Extent((people["person"].party,), (Field.NAME,)), people["operator"].party
    asked = Receive(parse("par", by), "Police", "Warrant", "", "00" * 32, wanted, None, None)
    id_ = uuid7()
    with door.database.transaction() as tx:
        demand = actions.receive(tx, asked, id_=id_, sealed=b"sealed").id
    body = {"granted": {"subjects": list(wanted.subjects), "fields": ["name"]}}
    first, second = seat(door), seat(door)
    clock.advance(timedelta(minutes=5))
    stale = first.send(f"POST /v1/demands/{demand}/approve", body)
    assert code(stale) == (403, "touch-needed")
    first, second = seat(door), seat(door)
    said = first.send(f"POST /v1/demands/{demand}/approve", body)
    assert said.json()["state"] == "approved-once"
    again = first.send(f"POST /v1/demands/{demand}/approve", body)
    assert code(again) == (403, "demand-needs-another")
    wanted = {"name": "second", "scopes": ["keys:write", "operator"]}
    made = first.send("POST /v1/api-keys", wanted).json()
    bearer = {"authorization": f"Bearer {made['secret']}"}
    by_it = door.send("POST /v1/api-keys", wanted, **bearer).json()
    turned = door.send(f"POST /v1/api-keys/{by_it['key']['id']}/rotate", {}, **bearer).json()
    for key in (made, by_it, turned):
        bearer = {"authorization": f"Bearer {key['secret']}"}
        alone = door.send(f"POST /v1/demands/{demand}/approve", body, **bearer)
        assert code(alone) == (403, "demand-needs-another"), "a key that one makes is no second one"
    said = second.send(f"POST /v1/demands/{demand}/approve", body)
    assert said.json()["state"] == "granted"


def test_every_role_may_log_out(people):
    for phone in people.values():
        assert phone.send("DELETE /v1/session").status_code == 200


def test_every_route_names_a_scope_of_the_tables():
    assert {route.scope for route in ROUTES} <= {*SCOPES, *SESSION_SCOPES, None}
    assert not set(SCOPES) & set(SESSION_SCOPES)


def test_the_table_says_of_each_kind_and_duty_who_it_is():
    assert set(KINDS) == set(TABLE) == set(MAY)
    assert TABLE["person"] == OWN
    assert not any(scope.endswith(":write") for scope in TABLE["auditor"])
    assert [s for s in sorted(TABLE["cashier"]) if s.endswith(":write")] == ["sales:write"]
    assert [role for role, held in TABLE.items() if "operator" in held] == ["operator"]
    assert [role for role, held in TABLE.items() if "disputes:rule" in held] == [
        "operator",
        "mediator",
    ]


def test_a_merchant_asks_a_cashiers_till_in_and_it_may_only_sell(door: Door):
    owner = door.phone().register(kind="merchant")
    asked = owner.send("POST /v1/invitations", {"duty": "cashier"}).json()
    path = f"POST /v1/invitations/{asked['invitation']}"
    till = door.phone()
    till.make("device-registrations", door.send(path, {"secret": asked["secret"]}).json())
    me = till.send("GET /v1/me").json()
    assert me["party"]["id"] == owner.party
    assert set(me["scopes"]) == MAY["cashier"]
    assert code(till.send("GET /v1/devices")) == (403, "scope-missing")
    assert code(till.send("POST /v1/invitations", {})) == (403, "scope-missing")
    assert owner.send(f"DELETE /v1/devices/{till.device}").status_code == 200


@pytest.mark.parametrize("duty", ["cashier", "auditor"])
def test_a_person_has_neither_cashiers_nor_auditors(door: Door, duty):
    li = door.phone().register()
    assert code(li.send("POST /v1/invitations", {"duty": duty})) == (403, "forbidden")


def test_a_dismissed_mediator_rules_no_more(door: Door):
    li = door.phone().register()
    with door.database.transaction() as tx:
        parties.appoint(tx, li.party_id, Role.MEDIATOR)
    door.forget()
    assert "disputes:rule" in li.send("GET /v1/me").json()["scopes"]
    with door.database.transaction() as tx:
        parties.dismiss(tx, li.party_id, Role.MEDIATOR)
    door.forget()
    assert "disputes:rule" not in li.send("GET /v1/me").json()["scopes"]
