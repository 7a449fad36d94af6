"""Counting a batch against limits: what it would use, whether all fits, who is refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sycee.core.policy.model import (
    TOUCHLESS,
    ApprovalNeeded,
    Limit,
    LimitReached,
    Usage,
    UsageKey,
    left,
    reached,
)
from sycee.core.policy.windows import resets_at


@dataclass(frozen=True, slots=True)
class Claim:
    """One request that some limits bound: where it adds to, in order of precedence."""

    amount_minor: int
    counted: Sequence[tuple[Limit, UsageKey]]
    now: datetime
    zone: str


LARGEST_SUM = 2**62


def contribution(claims: Iterable[Claim]) -> dict[UsageKey, Usage]:
    """What the whole batch would use, to be added before it is decided.

    A claim larger than one of its limits cannot be accepted and adds nothing; neither does anything
    to a sum that could leave BIGINT: the decision's correction adds what was accepted.
    """
    sums: dict[UsageKey, Usage] = {}
    for claim in claims:
        amount_minor, count = claim.amount_minor, 1
        for limit, _ in claim.counted:
            if limit.amount_minor is not None and amount_minor > limit.amount_minor:
                amount_minor = count = 0
                break
        for _, key in claim.counted:
            usage = sums.get(key)
            if usage is None:
                usage = sums[key] = Usage()
            usage.amount_minor += amount_minor
            usage.count += count
    for usage in sums.values():
        if usage.amount_minor > LARGEST_SUM:
            usage.amount_minor = 0
    return sums


def all_fit(
    claims: Sequence[Claim], added: dict[UsageKey, Usage], after: dict[UsageKey, Usage]
) -> bool:
    """Whether no limit is passed even once all claims have used what they ask for.

    `added` is their contribution and `after` what stands with it. Usage only grows within a batch,
    so if this holds nothing is left to decide.
    """
    asked = sum(len(claim.counted) for claim in claims)
    if sum(usage.count for usage in added.values()) < asked:
        return False  # a hopeless claim, which was not added
    if sum(claim.amount_minor for claim in claims) > LARGEST_SUM:
        return False
    for claim in claims:
        for limit, key in claim.counted:
            usage = after[key]
            if limit.amount_minor is not None and usage.amount_minor > limit.amount_minor:
                return False
            if limit.count is not None and usage.count > limit.count:
                return False
    return True


def decide(
    claims: Sequence[Claim], used: dict[UsageKey, Usage]
) -> list[LimitReached | ApprovalNeeded | None]:
    """Decide in order: claim k sees what the accepted ones before it used.

    `used` is what stood before the batch and is brought up to date in place; a refused claim uses
    nothing of any limit.
    """
    return [_decide_one(claim, used) for claim in claims]


def _decide_one(claim: Claim, used: dict[UsageKey, Usage]) -> LimitReached | ApprovalNeeded | None:
    for limit, key in claim.counted:
        amount, count = left(limit, used[key])
        if (amount is not None and claim.amount_minor > amount) or count == 0:
            if limit.id == TOUCHLESS:
                return ApprovalNeeded(currency=limit.currency, left_minor=amount or 0)
            return reached(limit, used[key], resets_at(limit.window, claim.now, claim.zone))
    for _, key in claim.counted:
        used[key].amount_minor += claim.amount_minor
        used[key].count += 1
    return None
