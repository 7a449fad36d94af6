"""What this process remembers of empty envelopes, so that losers cost the database nothing.

An envelope that is empty stays empty, so a refusal from memory is as right as one from the
database. Winners are remembered with it: one who asks again goes on to the stored claim. The memory
learns from the database, once a second, what was emptied since, and forgets the oldest when full.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from psycopg import Error
from psycopg_pool import PoolClosed, PoolTimeout

from sycee.kit.ids import public
from sycee.products.envelopes.model.envelope import NOUN, EnvelopeEmpty
from sycee.products.envelopes.store import claims as claimrows
from sycee.products.envelopes.store import envelopes as store
from sycee.runtime.db import NIL, Database

KEPT = 20_000
"""Links and ids of empty envelopes remembered at once."""

LEARNED_AT_ONCE = 500
EVERY_SECONDS = 1
LOOK_BACK = timedelta(seconds=10)
"""Rows become visible when they commit, which is a little after the time that stands in them."""


class SoldOut:
    """The memory of one process, and the thread that feeds it."""

    def __init__(self, database: Database, *, most: int = KEPT) -> None:
        self._database, self._most = database, most
        self._known: OrderedDict[bytes, tuple[UUID, frozenset[UUID]]] = OrderedDict()
        self._since: datetime = database.clock.now() - timedelta(hours=1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sold-out", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def check(self, token: str, by: UUID, envelope: UUID | None = None) -> None:
        """Refuse `EnvelopeEmpty` for whoever has no share of an envelope known to be empty.

        By its link, or by its id.
        """
        name = sha256(token.encode()).digest() if envelope is None else envelope.bytes
        known = self._known.get(name)
        if known is not None and by not in known[1]:
            raise EnvelopeEmpty(envelope=public(NOUN, known[0]))

    def learn(self) -> int:
        """Take in what was emptied since the last time; how many envelopes were new."""
        fresh, moment, after = 0, self._since - LOOK_BACK, NIL
        with self._database.read() as tx:
            while found := store.emptied_since(tx, moment, after, LEARNED_AT_ONCE):
                for digest, envelope, _ in found:
                    if digest not in self._known:
                        taken = claimrows.claimed(tx, envelope)
                        winners = frozenset(party for party, *_ in taken)
                        self._known[digest] = self._known[envelope.bytes] = envelope, winners
                        fresh += 1
                _, after, moment = found[-1]
                self._since = max(self._since, moment)
                if len(found) < LEARNED_AT_ONCE:
                    break
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return fresh

    def _work(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            try:
                self.learn()
            except (Error, PoolClosed, PoolTimeout):
                continue  # a database that is away is asked again; until then nobody is refused


class _Desk:
    memory: SoldOut | None = None


def use(memory: SoldOut | None) -> None:
    """Let this process refuse from this memory; None = ask the database every time."""
    _Desk.memory = memory


def check(token: str, by: UUID, envelope: UUID | None = None) -> None:
    """`SoldOut.check` of this process's memory, where it has one."""
    if _Desk.memory is not None:
        _Desk.memory.check(token, by, envelope)
