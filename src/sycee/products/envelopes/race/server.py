"""What dies in the race: processes that claim in batches as a lane's do, and one that sweeps.

A claiming process writes what each batch was told to a file, after the answer. Killed before that
it starts again at the same batch, with the same keys: what had committed is told again.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec

from sycee.kit.errors import Refusal
from sycee.products.envelopes import actions, jobs
from sycee.products.envelopes.actions import Claim, Claimed
from sycee.runtime import jobs as jobs_of_the_house
from sycee.runtime.db import Database
from sycee.runtime.jobs import Jobs, run_sweeps
from sycee.runtime.perform import Answer, Call, perform

BATCH_MOST = 250
TIMEOUT_MS = 20_000
SWEEP_SECONDS = 0.05


class Work(msgspec.Struct, frozen=True):
    """A process's part of a round: who claims what, so many times, and where answers are noted."""

    url: str
    seed: str
    tokens: list[str]
    people: list[UUID]
    claims: int
    notes: str


class Told(msgspec.Struct, array_like=True, frozen=True):
    """One answer: the claimed envelope's place and person's place; the amount, or the refusal."""

    envelope: int
    person: int
    minor: int
    refusal: str = ""


def claim_all(work: Work) -> None:
    """Make the claims that no note tells of yet, batch by batch."""
    chance, notes = Random(work.seed), Path(work.notes)
    done = read(notes)
    database = Database(work.url, size=2)
    try:
        made = 0
        with notes.open("ab", buffering=0) as file:
            while made < work.claims:
                batch = _batch(work, chance, made)
                made += len(batch)
                if made <= len(done):
                    continue
                calls = [_call(work, place, *each) for place, each in batch]
                answers = perform(database, calls, actions.claim, timeout_ms=TIMEOUT_MS)
                told = [
                    _told(each, answer) for (_, each), answer in zip(batch, answers, strict=True)
                ]
                file.write(msgspec.json.encode(told) + b"\n")
    finally:
        database.close()


def read(notes: Path) -> list[Told]:
    """What a process was told so far; a line that its death cut off is not there."""
    found: list[Told] = []
    if not notes.exists():
        return found
    whole, _, cut = notes.read_bytes().rpartition(b"\n")
    for line in whole.splitlines():
        found += msgspec.json.decode(line, type=list[Told])
    if cut:
        os.truncate(notes, len(whole) + 1 if whole else 0)
    return found


def sweep_forever(url: str) -> None:
    """Give back what is left of envelopes whose time is over, until somebody kills it."""
    # A row that claims hold for longer than a sweep may wait is swept the next time: no news here.
    logging.getLogger(jobs_of_the_house.__name__).setLevel(logging.CRITICAL)
    registry, database = Jobs(), Database(url, size=2)
    jobs.register(registry)
    while True:
        run_sweeps(database, registry)
        time.sleep(SWEEP_SECONDS)


def _batch(work: Work, chance: Random, made: int) -> list[tuple[int, tuple[int, int]]]:
    """The next claims by their number: the envelope's place and the person's.

    One in ten comes twice: with the same key, or with another.
    """
    size = min(chance.randint(1, BATCH_MOST), work.claims - made)
    batch: list[tuple[int, tuple[int, int]]] = []
    for number in range(made, made + size):
        if batch and chance.random() < 0.1:
            before, pair = chance.choice(batch)
            batch.append((before if chance.random() < 0.5 else number, pair))
        else:
            pair = chance.randrange(len(work.tokens)), chance.randrange(len(work.people))
            batch.append((number, pair))
    return batch


def _call(work: Work, number: int, envelope: int, person: int) -> Call[Claim]:
    by = work.people[person]
    key = f"{work.seed}/{number}"
    return Call(by, key, "envelope.claim", Claim(by, work.tokens[envelope]))


def _told(pair: tuple[int, int], answer: Answer) -> Told:
    if answer.refusal is not None:
        code = answer.refusal.code
        return Told(*pair, 0, code)
    result = answer.result
    assert not isinstance(result, Refusal)
    minor = result.amount_minor if isinstance(result, Claimed) else result["amount_minor"]
    return Told(*pair, minor)
