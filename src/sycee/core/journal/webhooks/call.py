"""One HTTP call to an endpoint: bounded in time and size, to a checked address, no redirects."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from sycee.core.journal.webhooks.address import Forbidden, Target, resolve
from sycee.core.journal.webhooks.model import Outcome

BODY_LIMIT_BYTES = 16 * 1024
"""How much of an answer is read (and thrown away) so that the far end can finish sending it."""


@dataclass(slots=True)
class Deadline:
    """Ends the connection when the time is up: httpx's timeouts are each for one read only.

    A copy of the descriptor is shut down, which also ends a TLS handshake under way.
    """

    seconds: float
    passed: bool = False
    _copies: list[int] = field(default_factory=list)
    _timer: threading.Timer | None = None

    def __enter__(self) -> Deadline:
        self._timer = threading.Timer(self.seconds, self._end)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        for copy in self._copies:
            os.close(copy)

    def trace(self, name: str, about: dict[str, Any]) -> None:
        """httpcore's trace hook: keep a copy of the descriptor once connected."""
        if name == "connection.connect_tcp.complete":
            stream = about["return_value"]
            self._copies.append(os.dup(stream.get_extra_info("socket").fileno()))
            if self.passed:
                self._end()

    def _end(self) -> None:
        self.passed = True
        for copy in self._copies:
            with socket.socket(fileno=os.dup(copy)) as far:
                try:
                    far.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # it has ended by itself


class Caller:
    """Calls endpoints. `timeout_seconds` bounds a whole attempt, from connecting to the answer.

    `trust` says which certificates to believe (None = those that httpx believes by itself).
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        timeout_seconds: float = 10.0,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.allow_private = allow_private
        self.timeout_seconds = timeout_seconds
        self._client = httpx2.Client(
            verify=trust or True,
            timeout=timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    def close(self) -> None:
        self._client.close()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """POST `body` as JSON; whatever happens is an outcome, never an exception."""
        started = time.monotonic()
        status: int | None = None
        error: str | None = None
        retry_after: int | None = None
        try:
            target = resolve(url, allow_private=self.allow_private)
            status, retry_after = self._send(target, headers, body)
        except Forbidden as refused:
            error = str(refused)
        except httpx2.TimeoutException:
            error = "timeout"
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as failure:
            error = type(failure).__name__
        passed = time.monotonic() - started
        if error is not None and passed >= self.timeout_seconds:
            error = "timeout"
        return Outcome(status, error, int(passed * 1_000), retry_after)

    def _send(
        self, target: Target, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, int | None]:
        sent = {
            "host": target.authority,
            "content-type": "application/json",
            "user-agent": "sycee-webhooks/1",
            "accept-encoding": "identity",
            **headers,
        }
        with Deadline(self.timeout_seconds) as deadline:
            extensions = {"trace": deadline.trace, "sni_hostname": target.host}
            with self._client.stream(
                "POST", target.url, headers=sent, content=body, extensions=extensions
            ) as answer:
                _drain(answer)
        return answer.status_code, _retry_after(answer.headers.get("retry-after"))


def _drain(answer: httpx2.Response) -> None:
    """Read a bounded part of the body; what the status said stands even if this breaks off."""
    read = 0
    try:
        for part in answer.iter_raw():
            read += len(part)
            if read >= BODY_LIMIT_BYTES:
                return
    except httpx2.HTTPError:
        return


def _retry_after(text: str | None) -> int | None:
    """Seconds of a `Retry-After` header; a date is ignored."""
    return int(text) if text and len(text) <= 6 and text.isascii() and text.isdigit() else None
