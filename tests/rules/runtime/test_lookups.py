"""Keys are looked up together, and again before anybody has to wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from uuid import UUID

import pytest

from sycee.kit.errors import NotFound, Refusal
from sycee.runtime.http import caller as remembering
from sycee.runtime.http import guard as guarding
from sycee.runtime.http import lookups
from sycee.runtime.http.caller import CACHE_SECONDS, RENEWED_AFTER, Caller, Keyring, PresentedKey
from sycee.runtime.http.guard import Guard
from sycee.runtime.http.lookups import Lookups
from sycee.runtime.http.problems import RateExceeded, Stranger, Unauthenticated
from sycee.runtime.http.rates import Rate

SCOPES = frozenset({"accounts:read"})


class Desk:
    """Answers questions when it is told to, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[list[PresentedKey]] = []
        self.open = asyncio.Event()
        self.gone: set[str] = set()

    async def resolve(self, presented: Sequence[PresentedKey]) -> Sequence[Caller | Refusal]:
        self.asked.append(list(presented))
        await self.open.wait()
        return [self._one(secret) for secret, _ in presented]

    def _one(self, secret: str) -> Caller | Refusal:
        if secret in self.gone:
            return NotFound("key", secret)
        return Caller(UUID(int=int(secret[-1:] or 0)), UUID(int=7), SCOPES)


def test_what_comes_while_a_question_runs_is_the_next_one() -> None:
    async def scene() -> None:
        desk = Desk()
        keys = Lookups(desk.resolve)
        first = asyncio.ensure_future(keys.ask(("key-1", "a")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        rest = [asyncio.ensure_future(keys.ask((f"key-{n}", "a"))) for n in range(2, 6)]
        await asyncio.sleep(0)
        desk.open.set()
        callers = await asyncio.gather(first, *rest)
        assert [len(question) for question in desk.asked] == [1, 4]
        assert [each.party.int for each in callers] == [1, 2, 3, 4, 5]

    asyncio.run(scene())


def test_a_question_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "MOST", 3)

    async def scene() -> None:
        desk = Desk()
        desk.open.set()
        keys = Lookups(desk.resolve)
        await asyncio.gather(*(keys.ask((f"key-{n}", "a")) for n in range(8)))
        assert [len(question) for question in desk.asked] == [3, 3, 2]

    asyncio.run(scene())


def test_a_refused_key_does_not_fail_its_neighbours() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.open.set()
        desk.gone.add("key-2")
        keys = Lookups(desk.resolve)
        answers = await asyncio.gather(
            *(keys.ask((f"key-{n}", "a")) for n in range(4)), return_exceptions=True
        )
        assert [isinstance(each, NotFound) for each in answers] == [False, False, True, False]

    asyncio.run(scene())


def test_a_question_that_fails_does_not_stop_the_next() -> None:
    async def scene() -> None:
        desk = Desk()
        desk.open.set()
        broken = [RuntimeError("the database is gone")]

        async def resolve(presented: Sequence[PresentedKey]) -> Sequence[Caller | Refusal]:
            if broken:
                raise broken.pop()
            return await desk.resolve(presented)

        keys = Lookups(resolve)
        with pytest.raises(RuntimeError):
            await keys.ask(("key-1", "a"))
        assert (await keys.ask(("key-1", "a"))).party.int == 1

    asyncio.run(scene())


class Hands:
    """A clock that is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        clock = SimpleNamespace(monotonic=lambda: self.now)  # the event loop keeps its own
        monkeypatch.setattr(remembering, "time", clock)
        monkeypatch.setattr(guarding, "time", clock)


def test_a_key_is_due_once_and_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands(monkeypatch)
    ring, caller = Keyring(), Caller(UUID(int=1), UUID(int=2), SCOPES)
    ring.keep(b"key", "a", caller, since=hands.now)
    assert ring.find(b"key", "a") == (caller, False)
    assert ring.find(b"key", "b") is None
    hands.now += CACHE_SECONDS * RENEWED_AFTER + 0.1
    assert ring.find(b"key", "a") == (caller, True)
    assert ring.find(b"key", "a") == (caller, False)
    hands.now = 1_000.0 + CACHE_SECONDS + 0.1
    assert ring.find(b"key", "a") is None


def test_a_key_is_not_remembered_beyond_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands(monkeypatch)
    ring, caller = Keyring(), Caller(UUID(int=1), UUID(int=2), SCOPES, left_seconds=1.5)
    ring.keep(b"key", "a", caller, since=hands.now)
    hands.now += 1.4
    assert ring.find(b"key", "a") is not None
    hands.now += 0.2
    assert ring.find(b"key", "a") is None


@pytest.mark.parametrize("gone", [False, True])
def test_a_key_in_use_is_renewed_beside_its_requests(
    monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    """Nobody waits for it; one that was revoked is let go of at once, not at its end."""
    hands = Hands(monkeypatch)

    async def scene() -> None:
        desk, fast = Desk(), Rate(1_000, 1_000)
        desk.open.set()
        guard = Guard(desk.resolve, fast, fast, fast)
        header = b"Bearer sk_secret_1"
        await guard.admit(header, "a", "accounts:read", [])
        hands.now += CACHE_SECONDS * RENEWED_AFTER + 0.1
        desk.open.clear()
        if gone:
            desk.gone.add("sk_secret_1")
        for _ in range(3):
            await asyncio.wait_for(guard.admit(header, "a", "accounts:read", []), 1)
        await asyncio.sleep(0.01)
        assert len(desk.asked) == 2, "once when it came, once when it was due"
        desk.open.set()
        await asyncio.sleep(0.01)
        hands.now += CACHE_SECONDS * RENEWED_AFTER - 0.2  # beyond the end of the first answer
        if gone:
            with pytest.raises((Stranger, Unauthenticated)):
                await guard.admit(header, "a", "accounts:read", [])
        else:
            desk.open.clear()
            await asyncio.wait_for(guard.admit(header, "a", "accounts:read", []), 1)

    asyncio.run(scene())


def test_an_address_is_slowed_down_for_what_it_does_and_ipv6_as_a_network() -> None:
    async def scene() -> None:
        desk, fast = Desk(), Rate(1_000, 1_000)
        desk.open.set()
        guard = Guard(desk.resolve, fast, Rate(0.001, 2), fast)

        async def reads(address: str) -> bool:
            try:
                await guard.admit(None, address, None, [])
            except RateExceeded:
                return False
            return True

        assert [await reads("192.0.2.1") for _ in range(3)] == [True, True, False]
        assert not await reads("::ffff:192.0.2.1")
        assert await reads("192.0.2.2")
        found = await guard.admit(b"Bearer sk_secret_1", "192.0.2.1", "accounts:read", [])
        assert found is not None, "who reads in public keeps no key out"
        network = [f"2001:db8::{host}" for host in ("1", "2:3", "ffff:ffff:ffff:ffff")]
        assert [await reads(address) for address in network] == [True, True, False]
        assert await reads("2001:db8:0:1::1")

    asyncio.run(scene())


def test_who_guesses_keeps_no_key_out_that_was_good(monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands(monkeypatch)

    async def scene() -> None:
        desk, fast = Desk(), Rate(1_000, 1_000)
        desk.open.set()
        desk.gone |= {"sk_secret_2", "sk_secret_3"}
        guard = Guard(desk.resolve, fast, Rate(0.001, 2), fast)

        async def comes(secret: bytes) -> None:
            await guard.admit(b"Bearer " + secret, "192.0.2.1", "accounts:read", [])

        await comes(b"sk_secret_1")
        for guess in (b"sk_secret_2", b"sk_secret_3"):
            with pytest.raises(Stranger):
                await comes(guess)
        hands.now += CACHE_SECONDS + 1
        for unknown in (b"sk_secret_3", b"sk_secret_4"):
            with pytest.raises(RateExceeded):
                await comes(unknown)
        await comes(b"sk_secret_1")

    asyncio.run(scene())
