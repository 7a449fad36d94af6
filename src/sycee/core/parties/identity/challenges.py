"""Challenges: 256 random bits that are given out once and answered once, within five minutes."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sycee.core.parties.identity import sessionrows
from sycee.core.parties.identity.model import (
    CHALLENGE_LIFE,
    ChallengeExpired,
    ChallengeUnknown,
)
from sycee.kit.ids import public, uuid7
from sycee.runtime.db import Database, Tx


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge, whose it is if that is known, and what its answer will make."""

    id: UUID
    challenge: bytes
    party: UUID | None
    draft: dict[str, Any]

    @property
    def public_id(self) -> str:
        return public("chg", self.id)


def give(
    tx: Tx, purpose: str, *, party: UUID | None = None, draft: dict[str, Any] | None = None
) -> Challenge:
    """Give out a challenge for one purpose."""
    made = Challenge(uuid7(), secrets.token_bytes(32), party, draft or {})
    expires_at = tx.now + CHALLENGE_LIFE
    sessionrows.insert_challenge(
        tx, made.id, purpose, made.challenge, party, made.draft, expires_at
    )
    return made


def take(database: Database, id_: UUID, purpose: str) -> Challenge:
    """Use a challenge up, in a transaction of its own, before its answer is looked at.

    So a wrong answer costs the challenge too. Refuses `ChallengeUnknown`, `ChallengeExpired`.
    """
    with database.transaction() as tx:
        row = sessionrows.use_challenge(tx, id_, purpose)
        now = tx.now
    if row is None:
        raise ChallengeUnknown()
    challenge, party, draft, expires_at = row
    if now >= expires_at:
        raise ChallengeExpired()
    return Challenge(id_, bytes(challenge), party, draft)


def same(challenge: bytes, given: bytes) -> bool:
    """Whether two are the same, in constant time."""
    return hmac.compare_digest(challenge, given)
