"""An envelope's rules on values: what may be one, who gets none and why, and how it empties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.products.envelopes.model import crew, envelope, shares
from sycee.products.envelopes.model.envelope import (
    Bounds,
    Envelope,
    EnvelopeEmpty,
    EnvelopeExpired,
    EnvelopeForNewcomers,
    EnvelopeNotForYou,
    EnvelopeTooLarge,
    PasswordTriesOver,
    PasswordWrong,
    State,
    Taker,
)

ADA, BEN, CREW = (UUID(int=n) for n in (7, 8, 9))
NOW = datetime(2026, 2, 17, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SENT = Envelope(
    id=UUID(int=1),
    sender=UUID(int=2),
    account=UUID(int=3),
    kind=shares.Kind.EQUAL,
    currency="CNY",
    amount_minor=1_000,
    count=5,
    cover="red",
    password=None,
    salt=b"salt",
    named=(),
    commitment=b"",
    seed=b"",
    state=State.OPEN,
    taken=0,
    claimed=0,
    claimed_minor=0,
    refunded_minor=0,
    returned=(),
    created_at=NOW - timedelta(hours=1),
    expires_at=NOW + timedelta(hours=23),
    ended_at=None,
)
NAME = public("env", SENT.id)
LOCKED = {"password": envelope.digest(b"salt", "spring")}


def sent(**changes: Any) -> Envelope:
    return msgspec.structs.replace(SENT, **changes)


@pytest.mark.parametrize(
    ("amount", "currency", "count", "field"),
    [
        (0, "CNY", 1, "amount_minor"),
        (2**53 + 1, "CNY", 2, "amount_minor"),
        (100, "XXX", 1, "currency"),
        (100, "CNY", 0, "shares"),
        (9, "CNY", 10, "shares"),
    ],
)
def test_what_cannot_be_an_envelope_is_refused_by_field(
    amount: int, currency: str, count: int, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        envelope.check(amount, currency, count, Bounds(10, 2**53))
    assert refused.value.field == field


def test_an_envelope_has_so_many_shares_of_so_much_in_the_mean_and_not_more() -> None:
    bounds = Bounds(count_max=10, share_max_minor=200)
    for amount, count in ((10, 10), (2_000, 10), (200, 1), (1, 1)):
        envelope.check(amount, "CNY", count, bounds)
    for amount, count in ((11, 11), (2_001, 10), (201, 1)):
        with pytest.raises(EnvelopeTooLarge) as refused:
            envelope.check(amount, "CNY", count, bounds)
        assert refused.value == EnvelopeTooLarge(10, 200)


@pytest.mark.parametrize(
    ("changes", "taker", "refusal"),
    [
        ({}, {}, None),
        ({"named": (BEN, ADA)}, {}, None),
        ({"named": (BEN,)}, {}, EnvelopeNotForYou(NAME)),
        ({"crew": CREW}, {"member": True}, None),
        ({"crew": CREW}, {}, EnvelopeNotForYou(NAME)),
        ({"crew": CREW, "named": (ADA,)}, {}, EnvelopeNotForYou(NAME)),
        ({"newcomers": True}, {"joined_at": SENT.created_at + TICK}, None),
        ({"newcomers": True}, {"joined_at": SENT.created_at}, EnvelopeForNewcomers(NAME)),
        ({"newcomers": True}, {}, EnvelopeForNewcomers(NAME)),
        ({"expires_at": NOW + TICK}, {}, None),
        ({"expires_at": NOW}, {}, EnvelopeExpired(NAME)),
        ({"state": State.EXPIRED}, {}, EnvelopeExpired(NAME)),
        ({"taken": 4}, {}, None),
        ({"taken": 5}, {}, EnvelopeEmpty(NAME)),
        ({"taken": 5, "returned": (3,)}, {}, None),
        (LOCKED, {"said": "spring"}, None),
        (LOCKED, {"said": "summer"}, PasswordWrong(NAME, 9)),
        (LOCKED, {}, PasswordWrong(NAME, 9)),
        (LOCKED, {"said": "summer", "tries": 9}, PasswordWrong(NAME, 0)),
        (LOCKED, {"said": "spring", "tries": 9}, None),
        (LOCKED, {"said": "spring", "tries": 10}, PasswordTriesOver(NAME)),
        ({**LOCKED, "wrong": 199}, {"said": "spring"}, None),
        ({**LOCKED, "wrong": 200}, {"said": "spring"}, PasswordTriesOver(NAME)),
        ({"wrong": 200}, {"tries": 10}, None),
    ],
    ids=str,
)
def test_who_gets_no_share_is_told_why(
    changes: dict[str, Any], taker: dict[str, Any], refusal: Any
) -> None:
    assert envelope.refuse(sent(**changes), Taker(ADA, **taker), NOW) == refusal


def test_of_several_reasons_the_first_in_order_is_told() -> None:
    reasons: list[tuple[dict[str, Any], Any]] = [
        ({"taken": 5}, EnvelopeEmpty(NAME)),
        (LOCKED, PasswordWrong(NAME, 9)),
        ({"wrong": 200}, PasswordTriesOver(NAME)),
        ({"expires_at": NOW}, EnvelopeExpired(NAME)),
        ({"newcomers": True}, EnvelopeForNewcomers(NAME)),
        ({"named": (BEN,)}, EnvelopeNotForYou(NAME)),
    ]
    changes: dict[str, Any] = {}
    for more, refusal in reasons:
        changes |= more
        assert envelope.refuse(sent(**changes), Taker(ADA, "summer"), NOW) == refusal


@pytest.mark.parametrize("spelling", ["spring", "SPRING", " s p\nring ", "ｓｐｒｉｎｇ"])
def test_case_width_and_spaces_of_a_password_do_not_matter(spelling: str) -> None:
    assert envelope.spoken(b"key", spelling) == envelope.spoken(b"key", "Spring")
    assert envelope.spoken(b"key", spelling) != envelope.spoken(b"other", spelling)
    assert envelope.spoken(b"key", spelling) != envelope.spoken(b"key", "summer")
    assert envelope.digest(b"one", "x") != envelope.digest(b"two", "x")


def test_shares_are_taken_in_turn_and_one_that_came_back_goes_first() -> None:
    one, place = envelope.take(sent())
    assert (place, one.taken, one.left) == (0, 1, 4)
    two, place = envelope.take(one)
    assert (place, two.taken, two.left) == (1, 2, 3)
    back = envelope.put_back(envelope.put_back(two, 1), 0)
    assert (back.returned, back.taken, back.left) == ((1, 0), 2, 5)
    again, place = envelope.take(back)
    assert (place, again.returned, again.taken, again.left) == (1, (0,), 2, 4)


def test_an_envelope_is_empty_with_its_last_share_and_not_before() -> None:
    before = envelope.settle(sent(taken=4), 4, 800, NOW)
    assert (before.state, before.ended_at, before.held_minor) == (State.OPEN, None, 200)
    after = envelope.settle(msgspec.structs.replace(before, taken=5), 1, 200, NOW)
    assert (after.state, after.ended_at, after.held_minor) == (State.EMPTY, NOW, 0)
    assert (after.claimed, after.claimed_minor) == (5, 1_000)
    unpaid = envelope.settle(sent(taken=5, returned=(2,)), 4, 800, NOW)
    assert (unpaid.state, unpaid.ended_at) == (State.OPEN, None)


def test_at_its_end_what_is_left_goes_back_once() -> None:
    left = sent(taken=2, claimed=2, claimed_minor=400, expires_at=NOW)
    assert envelope.expire(left, NOW - TICK) is None
    done = envelope.expire(left, NOW)
    assert done is not None
    assert (done.state, done.refunded_minor, done.ended_at) == (State.EXPIRED, 600, NOW)
    assert done.held_minor == 0
    assert envelope.expire(done, NOW) is None
    assert envelope.expire(sent(state=State.EMPTY, expires_at=NOW), NOW) is None
    assert envelope.hear(envelope.hear(sent())).wrong == 2


def test_a_group_is_kept_by_somebody_and_has_room_for_so_many() -> None:
    group = crew.Crew(CREW, ADA, crew.Emblem.CLUB, crew.MEMBERS_MAX - 1, NOW)
    full = crew.grown(group, BEN)
    assert (full.members, full.owner) == (500, ADA)
    with pytest.raises(crew.GroupFull) as refused:
        crew.grown(full, BEN)
    assert refused.value == crew.GroupFull(500, 50)
    assert crew.grown(msgspec.structs.replace(group, members=0), BEN).owner == BEN
    assert crew.grown(msgspec.structs.replace(group, members=1), BEN).owner == ADA
    for leaver, heir, owner in ((ADA, BEN, BEN), (ADA, None, ADA), (BEN, CREW, ADA)):
        smaller = crew.shrunk(full, leaver, heir)
        assert (smaller.members, smaller.owner) == (499, owner)
