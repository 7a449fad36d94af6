"""At the gate of every route: who is calling, how often, and with what scope."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from psycopg import Error

from sycee.kit.errors import Refusal
from sycee.runtime.http.caller import Caller, Keyring
from sycee.runtime.http.lookups import AsyncResolve, Lookups
from sycee.runtime.http.problems import (
    Busy,
    RateExceeded,
    ScopeMissing,
    Stranger,
    Unauthenticated,
)
from sycee.runtime.http.rates import Meter, Rate, neighbourhood
from sycee.runtime.http.requests import Headers
from sycee.runtime.http.sessions import Presented, Sessions

HeaderList = list[tuple[bytes, bytes]]


class Guard:
    """Keys, scopes and rates of one server process.

    A request with a valid key counts against that key, one to a public route against its address.
    Each secret that turns out to be wrong counts against the address too, apart, so that nobody can
    try many, and who only reads what is public keeps no session out that comes from there.
    """

    def __init__(
        self,
        resolve: AsyncResolve,
        key_rate: Rate,
        stranger_rate: Rate,
        session_rate: Rate,
        sessions: Sessions | None = None,
    ) -> None:
        self._lookups = Lookups(resolve)
        self._sessions = sessions
        self._keyring = Keyring()
        self._by_key = Meter(key_rate)
        self._by_address = Meter(stranger_rate)
        self._wrong = Meter(stranger_rate)
        self._by_session = Meter(session_rate)
        self._pending: dict[tuple[bytes, str], asyncio.Task[Caller]] = {}
        self._renewing: set[asyncio.Task[None]] = set()

    async def admit(
        self, authorization: bytes | None, address: str, needs: str | None, extra: HeaderList
    ) -> Caller | None:
        """The caller, or None on a public route (`needs` None); appends the `RateLimit-*` headers.

        Refuses `Unauthenticated` and its kind, `RateExceeded`, `ScopeMissing`, `Busy`.
        """
        if needs is None:
            _count(self._by_address, neighbourhood(address), "address", extra)
            return None
        found = self._keyring.find(authorization or b"", address)
        if found is None:
            caller = await self._ask(authorization, address, extra)
        else:
            caller, due = found
            if due:
                self._renew(authorization or b"", address)
        _count(self._by_key, caller.key_id, "key", extra)
        return self._permit(caller, needs)

    def _permit(self, caller: Caller, needs: str) -> Caller:
        if needs not in caller.scopes:
            raise ScopeMissing(needs)
        return caller

    def has_session(self, headers: Headers) -> bool:
        """Whether a request comes with a session's cookie and without an API key."""
        return (
            self._sessions is not None
            and b"cookie" in headers
            and b"authorization" not in headers
            and self._sessions.cookie(headers) is not None
        )

    async def admit_session(
        self, presented: Presented, address: str, needs: str, extra: HeaderList
    ) -> Caller:
        """The caller of a session, once the request's signature holds.

        Refuses `Unauthenticated` and its kind, `CrossSite`, `RateExceeded`, `ScopeMissing`, `Busy`.
        """
        assert self._sessions is not None, "has_session was asked first"
        place = neighbourhood(address)
        self._check_wrong(place, self._sessions.knew(presented.headers))
        try:
            caller = await self._sessions.admit(presented)
        except Unauthenticated:
            _count(self._wrong, place, "address", extra)
            raise
        _count(self._by_session, caller.key_id, "session", extra)
        return self._permit(caller, needs)

    async def still(self, headers: Headers, address: str) -> bool:
        """Whether a key or a session that was let in before is still good.

        For answers that stay open; as everywhere, what ended is found out within 5 seconds.
        """
        authorization = headers.get(b"authorization", b"")
        try:
            if self._sessions is not None and self.has_session(headers):
                await self._sessions.still(headers)
            elif self._keyring.find(authorization, address) is None:
                await self._look_up(authorization, address)
        except Unauthenticated:
            return False
        except Busy:
            return True
        return True

    async def _ask(self, authorization: bytes | None, address: str, extra: HeaderList) -> Caller:
        """Look the key up; requests that come with it meanwhile wait for the same answer."""
        place = neighbourhood(address)
        self._check_wrong(place, self._keyring.knew(authorization or b"", address))
        try:
            name = (authorization or b"", address)
            task = self._pending.get(name)
            if task is None:
                task = asyncio.ensure_future(self._look_up(*name))
                self._pending[name] = task
                task.add_done_callback(lambda _: self._pending.pop(name, None))
            return await asyncio.shield(task)
        except Unauthenticated:
            self._keyring.forget(authorization or b"", address)
            _count(self._wrong, place, "address", extra)
            raise

    def _check_wrong(self, place: str, knew: bool) -> None:
        """Refuse `RateExceeded` where too many secrets were wrong; one that was good is looked at.

        Or whoever shares a shop's network could keep its tills out by guessing.
        """
        wait = 0.0 if knew else self._wrong.wait(place)
        if wait > 0:
            raise RateExceeded(per="address", retry_after_seconds=int(wait) + 1)

    def _renew(self, authorization: bytes, address: str) -> None:
        """Look a key up again while it is still remembered, so that nobody has to wait for it."""
        task = asyncio.ensure_future(self._renewed(authorization, address))
        self._renewing.add(task)
        task.add_done_callback(self._renewing.discard)

    async def _renewed(self, authorization: bytes, address: str) -> None:
        try:
            # What else goes wrong is met, and told, by whoever comes when the memory has ended.
            with suppress(Busy, Error):
                await self._look_up(authorization, address)
        except Unauthenticated:
            self._keyring.forget(authorization, address)

    async def _look_up(self, authorization: bytes, address: str) -> Caller:
        sort, _, secret = authorization.partition(b" ")
        if sort.lower() != b"bearer" or not secret.isascii() or not 10 <= len(secret) <= 200:
            raise Unauthenticated
        since = time.monotonic()
        try:
            caller = await self._lookups.ask((secret.decode(), address))
        except Busy:
            raise
        except Refusal as refusal:
            raise Stranger(refusal) from None
        self._keyring.keep(authorization, address, caller, since=since)
        return caller


def _count(meter: Meter, name: object, per: str, extra: HeaderList) -> None:
    left, wait = meter.take(name)
    extra.append((b"ratelimit-limit", b"%d" % meter.rate.burst))
    extra.append((b"ratelimit-remaining", b"%d" % left))
    extra.append((b"ratelimit-reset", b"%d" % meter.reset_seconds(left)))
    if wait > 0:
        raise RateExceeded(per=per, retry_after_seconds=int(wait) + 1)
