"""Someone with a phone: a passkey, a session bound to the browser's key, and nothing else."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2

from sycee.core.parties.identity import site
from sycee.core.paycodes import model as paycodes
from sycee.doors.cli.demo.authenticator import Authenticator
from sycee.doors.cli.demo.people import DemoError
from sycee.doors.cli.town import CURRENCY
from sycee.kit.ids import token


class Phone:
    """A person who has just registered with a passkey."""

    def __init__(self, address: str, name: str) -> None:
        self.name = name
        here = site.of(address)
        self._origin = here.origin
        self._authenticator = Authenticator(origin=here.origin, rp_id=here.rp_id)
        self._client = httpx2.Client(base_url=address, timeout=10.0)
        offer = self._ask(
            "/v1/registrations", {"handle": f"{name.lower()}.{token_word()}", "display_name": name}
        )
        made = self._authenticator.register(offer["options"])
        path = f"/v1/registrations/{offer['challenge']}"
        body = {"credential": made, "device_key": self._authenticator.key.public}
        answer = self._client.post(path, json=body, headers={"idempotency-key": token()})
        entered = self._answer(answer).json()
        self.id, self._session = entered["party"], entered["session"]
        text = answer.headers["set-cookie"]
        self._cookie = text.split(";")[0]
        self._seed: dict[str, Any] | None = None

    def send(self, method: str, target: str, body: object = None) -> httpx2.Response:
        """A request that this browser's key has signed; raises what is refused."""
        raw = b"" if body is None else json.dumps(body).encode()
        key = token()
        proof = self._authenticator.key.proof(
            method, target, raw, session=self._session, idempotency_key=key
        )
        headers = {
            "cookie": self._cookie,
            "origin": self._origin,
            "sec-fetch-site": "same-origin",
            "idempotency-key": key,
            "content-type": "application/json",
            "sycee-proof": proof,
        }
        return self._answer(self._client.request(method, target, content=raw, headers=headers))

    def get(self, target: str) -> Any:
        """Read something."""
        return self.send("GET", target).json()

    def post(self, target: str, body: object = None) -> Any:
        """Do something, once."""
        return self.send("POST", target, {} if body is None else body).json()

    def approve(self, payee: str, amount_minor: int) -> str:
        """Touch the passkey for one payee and one amount; the mandate that it makes."""
        wish = {"payee": payee, "amount_minor": amount_minor, "currency": CURRENCY}
        return self.sign("/v1/approvals", wish)

    def sign(self, path: str, wish: dict[str, Any]) -> str:
        """Touch the passkey for all that a wish says; the mandate that it makes."""
        offer = self.post(path, wish)
        touched = self._authenticator.get(offer["options"])
        return self.post(f"/v1/approvals/{offer['id']}", {"credential": touched})["mandate"]

    def enrol(self, ceiling_minor: int) -> None:
        """Fetch the seed from which pay codes are computed offline."""
        wish = {"ceiling_minor": ceiling_minor, "currency": CURRENCY}
        self._seed = self.post("/v1/offline-codes", wish)

    def offline_code(self) -> str:
        """The code that the phone shows now: computed, without a word to the server."""
        assert self._seed is not None, "enrolled before"
        text = self._seed["seed"]
        seed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        device, locator = UUID(self._seed["device_uuid"]), int(self._seed["locator"])
        return paycodes.compute(seed, device, locator, paycodes.step_of(datetime.now(UTC)))

    def balance_minor(self) -> int:
        """What is in the purse."""
        held = [row for row in self.get("/v1/balances") if row["currency"] == CURRENCY]
        return sum(row["balance_minor"] for row in held)

    def close(self) -> None:
        self._client.close()

    def _ask(self, path: str, body: dict[str, Any]) -> Any:
        sent = self._client.post(path, json=body, headers={"idempotency-key": token()})
        return self._answer(sent).json()

    def _answer(self, response: httpx2.Response) -> httpx2.Response:
        if response.status_code >= 400:
            problem = response.json()
            raise DemoError(f"{problem['title']} {problem['facts']}")
        return response


def token_word() -> str:
    """A few letters that no handle has yet."""
    return "".join(char for char in token().lower() if char.isalnum())[:10]
