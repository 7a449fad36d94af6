"""A door over one database, and people who come in with software authenticators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.testing import TestClient
from tests.authenticator import ORIGIN, Authenticator
from tests.conftest import Template
from tests.stories.http.promises import watched

from sycee.core.parties.identity import demo
from sycee.doors.http import contents
from sycee.doors.http.app import build
from sycee.kit.clock import ManualClock
from sycee.kit.ids import parse
from sycee.runtime.db import Database
from sycee.runtime.http.rates import Rate
from sycee.runtime.http.wiring import Bounds, Wiring


class Phone:
    """A person's device: its authenticator, its browser's key, its cookie and session."""

    def __init__(self, door: Door, authenticator: Authenticator | None = None) -> None:
        self.door = door
        self.authenticator = authenticator or Authenticator()
        self.key = self.authenticator.key
        self.cookie: str | None = None
        self.session = self.party = self.device = ""
        self.codes: list[str] = []

    @property
    def party_id(self) -> UUID:
        return parse("par", self.party)

    def browser(self, credential: dict[str, Any]) -> dict[str, Any]:
        """The body of a finishing request."""
        return {"credential": credential, "device_key": self.key.public}

    def enter(self, answer: Any) -> Phone:
        """Keep what a finishing request gave."""
        assert answer.status_code == 201, answer.text
        body = answer.json()
        self.party, self.device, self.session = body["party"], body["device"], body["session"]
        self.codes = body["recovery_codes"] or self.codes
        self.cookie = cookie_of(answer)
        return self

    def register(self, handle: str = "", **more: Any) -> Phone:
        """Register, under a fresh handle unless one is given."""
        handle = handle or f"someone.{uuid4().hex[:12]}"
        body = {"handle": handle, "display_name": handle.title(), **more}
        offer = self.door.send("POST /v1/registrations", body).json()
        return self.make("registrations", offer)

    def make(self, place: str, offer: dict[str, Any]) -> Phone:
        """Make a passkey for an offer."""
        made = self.authenticator.register(offer["options"])
        path = f"POST /v1/{place}/{offer['challenge']}"
        return self.enter(self.door.send(path, self.browser(made)))

    def log_in(self, **bent: Any) -> Any:
        """Log in; the answer, whatever it is."""
        offer = self.door.send("POST /v1/logins").json()
        credential = self.authenticator.get(offer["options"], **bent)
        return self.door.send(f"POST /v1/logins/{offer['challenge']}", self.browser(credential))

    def send(self, request: str, body: object = None, **bent: Any) -> Any:
        """A signed request in this session; `bent` changes one thing on the way."""
        method, target = request.split(" ")
        raw = b"" if body is None else json.dumps(body).encode()
        key = bent.get("idempotency_key", str(uuid4()))
        proof = self.key.proof(
            bent.get("signed_method", method),
            bent.get("signed_target", target),
            bent.get("signed_body", raw),
            session=bent.get("signed_session", self.session),
            idempotency_key=bent.get("signed_key", key),
            now=bent.get("now", self.door.now()),
            nonce=bent.get("nonce"),
        )
        headers = {
            "cookie": f"__Host-sycee={self.cookie}",
            "origin": ORIGIN,
            "sec-fetch-site": "same-origin",
            "idempotency-key": key,
            "content-type": "application/json",
            "sycee-proof": bent.get("proof", proof),
        }
        headers |= bent.get("headers", {})
        given = {name: value for name, value in headers.items() if value is not None}
        return self.door.client.request(method, target, content=raw, headers=given)


class Door:
    """The HTTP door on one database."""

    def __init__(self, client: TestClient, database: Any, wiring: Wiring | None = None) -> None:
        self.client, self.database, self._wiring = client, database, wiring

    @property
    def wiring(self) -> Wiring:
        """What the server's routes share, where it runs in this process."""
        assert self._wiring is not None
        return self._wiring

    def now(self) -> float:
        """What this database's clock says."""
        return self.database.clock.now().timestamp()

    def forget(self) -> None:
        """As if a few seconds had passed: sessions are looked up again."""
        assert self.wiring.sessions is not None
        self.wiring.sessions.forget()

    def send(self, request: str, body: object = None, **headers: str) -> Any:
        """A request without a session."""
        method, target = request.split(" ")
        given = {"idempotency-key": str(uuid4()), **headers}
        self.client.cookies.clear()
        return self.client.request(method, target, json=body, headers=given)

    def phone(self) -> Phone:
        """A fresh device."""
        return Phone(self)

    def journal(self, party: UUID) -> list[str]:
        """The verbs that concern a party, in order."""
        with self.database.connection() as conn:
            rows = conn.execute(
                "SELECT verb FROM journal.entry WHERE %s = ANY(parties) ORDER BY xid, ordinal",
                (party,),
            ).fetchall()
        return [verb for (verb,) in rows]


def cookie_of(answer: Any) -> str:
    """The cookie of an answer, after checking how it is locked to this site."""
    text = answer.headers["set-cookie"]
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"} <= set(text.split("; "))
    return text.split(";")[0].removeprefix("__Host-sycee=")


@pytest.fixture(scope="module")
def clock() -> ManualClock:
    """A clock that stands until a test moves it, shared by the stories of a file."""
    return ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def door(main_template: Template, clock: ManualClock) -> Iterator[Door]:
    """The whole door, shared by the stories of a file: each brings its own people."""
    name, url = main_template.clone()
    database = Database(url, clock=clock)
    plenty = Rate(10_000, 100_000)
    bounds = Bounds(stranger_rate=plenty, session_rate=plenty, stream_seconds=0)
    declared = [*contents.routes(), *demo.routes]
    app = build(database, bounds=bounds, declared=declared)
    with watched(app) as seen, TestClient(seen) as client:
        yield Door(client, database, app.state.wiring)
    database.close()
    main_template.drop(name)


@pytest.fixture
def handle() -> str:
    """A handle that nobody has."""
    return f"li.{uuid4().hex[:12]}"


def code(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


__all__ = ["Door", "Phone", "code", "cookie_of"]
