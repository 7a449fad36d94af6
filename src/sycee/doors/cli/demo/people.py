"""The people of the demo as callers of `/v1`, each with a key of their own."""

from __future__ import annotations

from typing import Any

import httpx2

from sycee.doors.cli.town import CURRENCY, Credential
from sycee.kit.ids import token


class Person:
    """Someone with an API key; what is refused raises with the server's own sentence."""

    def __init__(self, address: str, credential: Credential) -> None:
        self.id = credential.id
        self.name = credential.name
        self._client = httpx2.Client(
            base_url=address,
            headers={"authorization": f"Bearer {credential.key}"},
            timeout=10.0,
        )

    def get(self, path: str) -> Any:
        """Read something."""
        return self._answer(self._client.get(path))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Do something, once: a fresh key each time."""
        headers = {"idempotency-key": token()}
        return self._answer(self._client.post(path, json=body or {}, headers=headers))

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Set something."""
        headers = {"idempotency-key": token()}
        return self._answer(self._client.put(path, json=body, headers=headers))

    def balance_minor(self) -> int:
        """What is in their purse."""
        held = [row for row in self.get("/v1/balances") if row["currency"] == CURRENCY]
        return sum(row["balance_minor"] for row in held)

    def close(self) -> None:
        self._client.close()

    def _answer(self, response: httpx2.Response) -> Any:
        if response.status_code >= 400:
            problem = response.json()
            raise DemoError(f"{problem['title']} {problem['facts']}")
        return response.json()


class DemoError(Exception):
    """The demo met a refusal it did not expect."""
