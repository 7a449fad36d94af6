"""Red envelopes on New Year's Eve: how many shares are taken a second, durably?

One scratch database. Over the action path, as a lane runs it (`perform` in batches): claims on many
envelopes, claims on one hot envelope, refusals of an empty one, and the same hot claims with a
transaction each, by turns. Then over HTTP from many connections, each claim with the
gesture of a hand. At the end every pot, every sum and
every person's share is examined.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import secrets
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

from bench.api import serving

from sycee.core.ledger import accounts, doctor
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import apikeys, parties
from sycee.core.parties.keyring import Keyring, Master
from sycee.core.parties.model import Kind, NewParty
from sycee.kit.ids import uuid7
from sycee.products.envelopes import actions, checks
from sycee.products.envelopes.actions import Claim, Send
from sycee.products.envelopes.keyed import NAME
from sycee.products.envelopes.model import gesture, shares
from sycee.products.envelopes.model.envelope import Bounds, EnvelopeEmpty
from sycee.products.envelopes.store import envelopes as store
from sycee.runtime.db import Database
from sycee.runtime.perform import Call, perform, perform_one
from sycee.runtime.scratch import scratch

BATCH = 250
PEOPLE = 4_000
CONNECTIONS = 64
TIMEOUT_MS = 60_000


def run(url: str, quick: bool = False) -> dict[str, float]:
    """`claims_many_per_s, claims_hot_per_s, claims_http_per_s, refusals_per_s,
    hot_vs_claim_a_transaction`, from one run. Raises AssertionError when a unit is missing."""
    with (
        scratch(url, "bench") as own,
        scratch(url, "bench_keys", folder="migrations/keys") as keys_url,
        _vault(keys_url) as key,
    ):
        return _measure(own, 1 if quick else 4, key)


@contextmanager
def _vault(keys_url: str) -> Iterator[bytes]:
    """A vault for the servers of this bench; yields the key by which gestures are challenged."""
    master = secrets.token_bytes(32)
    given = {
        "SYCEE_KEYS_URL": keys_url,
        "SYCEE_MASTER_KEY": base64.b64encode(master).decode(),
    }
    before = {variable: os.environ.get(variable) for variable in given}
    os.environ.update(given)
    try:
        database = Database(keys_url, size=1)
        yield Keyring(database, Master(master)).house_key(NAME)
        database.close()
    finally:
        for variable, value in before.items():
            os.environ.pop(variable)
            if value is not None:
                os.environ[variable] = value


class _Town:
    """People with wallets, one of them rich, and the envelopes that the rich one sends."""

    def __init__(self, url: str, people: int) -> None:
        self.database = Database(url, size=20)
        with self.database.transaction(timeout_ms=TIMEOUT_MS) as tx:
            store.set_bounds(tx, Bounds(1_000_000, 10**9))
            self.people = [
                parties.create(tx, NewParty(Kind.PERSON, f"Bench {n}")).id for n in range(people)
            ]
            parties.purse(tx, self.people, "CNY")
            self.rich = parties.create(tx, NewParty(Kind.PERSON, "Rich")).id
            purse = parties.account(tx, self.rich, "wallet", "CNY")
            bank = accounts.open_house(tx, "bank", "CNY")
            post_all(tx, [Transfer(uuid7(), bank, purse, 10**12, "deposit.demo")])

    def send(self, count: int) -> str:
        """A lucky envelope of so many shares; its token."""
        command = Send(self.rich, shares.Kind.LUCKY, count * 500, "CNY", count)
        call = Call(self.rich, str(uuid7()), "envelope.send", command)
        answer = perform_one(self.database, call, actions.send, timeout_ms=TIMEOUT_MS)
        return answer.unwrap().token

    def wishes(self, tokens: Sequence[str], each: int) -> list[Call[Claim]]:
        """`each` different people for every token, in turn over the tokens."""
        return [
            _call(self.people[(n + shift * 37) % len(self.people)], token)
            for n in range(each)
            for shift, token in enumerate(tokens)
        ]


def _call(by: UUID, token: str) -> Call[Claim]:
    return Call(by, secrets.token_hex(12), "envelope.claim", Claim(by, token))


def _measure(url: str, n: int, key: bytes) -> dict[str, float]:
    town = _Town(url, PEOPLE)
    try:
        many = [town.send(50) for _ in range(40 * n)]
        figures = {
            "claims_many_per_s": _rate(town, town.wishes(many, 50), 2),
        }
        hots, singles = [], []
        for _ in range(2 * n):
            hots.append(_rate(town, town.wishes([town.send(PEOPLE)], PEOPLE), 1))
            calls = town.wishes([town.send(PEOPLE)], PEOPLE)[:600]
            singles.append(_single(town, calls))
        figures["claims_hot_per_s"] = statistics.median(hots)
        figures["refusals_per_s"] = _refusals(town, n)
        figures["hot_vs_claim_a_transaction"] = statistics.median(
            hot / single for hot, single in zip(hots, singles, strict=True)
        )
        figures["claims_http_per_s"] = _over_http(url, town, n, key)
        verdict = doctor.examine(town.database, checks.checks)
        assert verdict.ok, f"a unit is missing: {verdict}"
    finally:
        town.database.close()
    return figures


def _batches(calls: Sequence[Call[Claim]]) -> Iterator[Sequence[Call[Claim]]]:
    for start in range(0, len(calls), BATCH):
        yield calls[start : start + BATCH]


def _rate(town: _Town, calls: Sequence[Call[Claim]], lanes: int) -> float:
    """Claims a second in batches, from so many lanes at once; each must get a share."""
    parts = list(_batches(calls))

    def work(lane: int) -> None:
        for part in parts[lane::lanes]:
            answers = perform(town.database, part, actions.claim, timeout_ms=TIMEOUT_MS)
            assert all(answer.refusal is None for answer in answers)

    began = time.perf_counter()
    with ThreadPoolExecutor(lanes) as pool:
        list(pool.map(work, range(lanes)))
    return len(calls) / (time.perf_counter() - began)


def _single(town: _Town, calls: Sequence[Call[Claim]]) -> float:
    """The same with a transaction a claim, from 16 threads."""

    def one(call: Call[Claim]) -> None:
        answers = perform(town.database, [call], actions.claim, timeout_ms=TIMEOUT_MS)
        assert answers[0].refusal is None

    began = time.perf_counter()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, calls))
    return len(calls) / (time.perf_counter() - began)


def _refusals(town: _Town, n: int) -> float:
    """Refusals a second of an empty envelope, asked of the database, in batches."""
    token = town.send(1)
    perform(town.database, [_call(town.people[0], token)], actions.claim)
    calls = [_call(by, token) for by in town.people[1:] * n]
    began = time.perf_counter()
    for part in _batches(calls):
        for answer in perform(town.database, part, actions.claim, timeout_ms=TIMEOUT_MS):
            assert isinstance(answer.refusal, EnvelopeEmpty)
    return len(calls) / (time.perf_counter() - began)


def _over_http(url: str, town: _Town, n: int, key: bytes) -> float:
    """Claims a second over HTTP: keep-alive connections, people with a gesture each.

    Everybody has opened one before, so their keys are remembered, as in the bench of the API.
    """
    takers = town.people[:2_000]
    count = len(takers) + 5_000 * n
    with town.database.transaction(timeout_ms=TIMEOUT_MS) as tx:
        keys = [apikeys.issue(tx, each, "bench", ["transfers:write"])[1] for each in takers]
    tokens = [town.send(100) for _ in range(count // 100)]
    requests = []
    for place in range(count):  # every envelope is opened by a hundred different people
        taker = place % len(takers)
        body = _opening(takers[taker], tokens[(place // 100) % len(tokens)], key)
        requests.append(
            f"POST /v1/envelope-claims HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {keys[taker]}\r\nIdempotency-Key: {secrets.token_hex(8)}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
    with serving(url) as port:
        asyncio.run(_drive(port, requests[: len(takers)]))
        began = time.perf_counter()
        statuses = asyncio.run(_drive(port, requests[len(takers) :]))
        taken = time.perf_counter() - began
    assert set(statuses) == {b"200"}, set(statuses)
    return len(statuses) / taken


def _opening(by: UUID, token: str, key: bytes) -> str:
    """A claim's body with the press of a hand, as the wallet sends it."""
    bound = hashlib.sha256(token.encode()).digest()
    made_ms = time.time_ns() // 1_000_000 - 1_000
    challenge = gesture.challenge(key, bound, by, made_ms)
    trace = [[0, 180, 400], [96, 181, 402], [181, 181, 403], [266, 182, 403]]
    return json.dumps({"token": token, "gesture": {"challenge": challenge, "trace": trace}})


async def _drive(port: int, requests: Sequence[bytes]) -> list[bytes]:
    """Send all requests over the connections, as fast as answers come; their statuses."""
    loop = asyncio.get_running_loop()
    crowd = _Crowd(requests, loop.create_future())
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: _Connection(crowd), "127.0.0.1", port)
    await crowd.done
    return crowd.statuses


class _Crowd:
    """What the connections share: the requests that wait, and the answers."""

    def __init__(self, requests: Sequence[bytes], done: asyncio.Future[None]) -> None:
        self.waiting = list(reversed(requests))
        self.statuses: list[bytes] = []
        self.count, self.done = len(requests), done


class _Connection(asyncio.Protocol):
    """One connection: the next request as soon as an answer is read, as cheaply as can be."""

    def __init__(self, crowd: _Crowd) -> None:
        self._crowd, self._seen = crowd, b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        if self._crowd.waiting:
            self._transport.write(self._crowd.waiting.pop())
        else:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._seen += data
        end = self._seen.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._seen[:end].lower()
        at = head.index(b"content-length: ") + 16
        if len(self._seen) < end + 4 + int(head[at:].split(b"\r\n", 1)[0]):
            return
        self._seen = b""
        crowd = self._crowd
        crowd.statuses.append(head[9:12])
        self._send()
        if len(crowd.statuses) == crowd.count and not crowd.done.done():
            crowd.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None and not self._crowd.done.done():
            self._crowd.done.set_exception(exc)


if __name__ == "__main__":
    for figure, value in run(sys.argv[1], "--quick" in sys.argv).items():
        print(f"{figure:28}{value:14,.2f}")
