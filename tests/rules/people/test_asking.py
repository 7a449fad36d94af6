"""Requests and gifts on values: what may be done with one, by whom, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sycee.kit.errors import Invalid, NotFound
from sycee.products.wallet.people.gifts import model as gifts
from sycee.products.wallet.people.gifts.model import Card, Gift, GiftIsOwn, GiftNotWaiting, Why
from sycee.products.wallet.people.requests import model as requests
from sycee.products.wallet.people.requests.model import (
    PayRequest,
    ReminderTooSoon,
    RequestAmountDiffers,
    RequestNotOpen,
    State,
)

ADA, BEN, CID, POST = (UUID(int=n) for n in (7, 8, 9, 10))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
ASKED = PayRequest(
    id=UUID(int=1),
    payee=ADA,
    payer=BEN,
    amount_minor=100,
    currency="CNY",
    token=None,
    split=None,
    memo=False,
    state=State.OPEN,
    transfer=None,
    paid_by=None,
    paid_minor=None,
    reminders=0,
    reminded_at=None,
    created_at=NOW - DAY,
    expires_at=NOW + DAY,
    ended_at=None,
)
NAME = ASKED.public
LINK: dict[str, Any] = {"payer": None, "token": "abc"}
GIFT = Gift(
    id=UUID(int=2),
    sender=ADA,
    recipient=BEN,
    digest=None,
    amount_minor=100,
    currency="CNY",
    card=Card.PLAIN,
    memo=False,
    state=gifts.State.WAITING,
    claimed_by=None,
    created_at=NOW - DAY,
    expires_at=NOW + DAY,
    ended_at=None,
    account=UUID(int=3),
    why=None,
    transfer=None,
)
LINKED: dict[str, Any] = {"recipient": None, "digest": b"abc"}


@pytest.mark.parametrize(
    ("changes", "by", "token", "wanted", "answer"),
    [
        ({}, BEN, None, None, 100),
        ({}, BEN, None, 100, 100),
        ({}, BEN, None, 99, RequestAmountDiffers(NAME, 100)),
        ({"amount_minor": None}, BEN, None, 7, 7),
        ({}, CID, None, None, NotFound("request", NAME)),
        ({}, CID, "abc", None, NotFound("request", "")),
        (LINK, CID, "abc", None, 100),
        (LINK, CID, "abd", None, NotFound("request", "")),
        (LINK, CID, None, None, NotFound("request", NAME)),
        ({"state": State.PAID}, BEN, None, 99, RequestNotOpen(NAME, "paid")),
        ({"expires_at": NOW}, BEN, None, None, RequestNotOpen(NAME, "expired")),
        (
            {"expires_at": NOW, "state": State.DECLINED},
            BEN,
            None,
            1,
            RequestNotOpen(NAME, "declined"),
        ),
        ({"expires_at": NOW + TICK}, BEN, None, None, 100),
    ],
    ids=str,
)
def test_a_request_is_paid_by_whom_it_asks_and_as_it_asks(
    changes: dict[str, Any], by: UUID, token: str | None, wanted: int | None, answer: Any
) -> None:
    row = msgspec.structs.replace(ASKED, **changes)
    assert requests.check_payment(row, by, token, wanted, NOW) == answer


def test_an_open_amount_is_said_by_the_payer_and_an_unknown_request_says_nothing() -> None:
    row = msgspec.structs.replace(ASKED, amount_minor=None)
    refusal = requests.check_payment(row, BEN, None, None, NOW)
    assert isinstance(refusal, Invalid)
    assert refusal.field == "amount_minor"
    assert requests.check_payment(None, BEN, None, None, NOW) == NotFound("request", "")


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, None),
        ({"created_at": NOW - DAY + TICK}, ReminderTooSoon(NOW + TICK)),
        ({"reminded_at": NOW - DAY, "reminders": 2}, None),
        ({"reminded_at": NOW - DAY + TICK, "reminders": 2}, ReminderTooSoon(NOW + TICK)),
        ({"reminded_at": NOW - DAY, "reminders": 3}, ReminderTooSoon(None)),
        (LINK, ReminderTooSoon(None)),
        ({"state": State.CANCELLED, "reminders": 3}, RequestNotOpen(NAME, "cancelled")),
    ],
    ids=str,
)
def test_a_payer_is_reminded_three_times_a_day_apart(changes: dict[str, Any], answer: Any) -> None:
    assert requests.check_reminder(msgspec.structs.replace(ASKED, **changes), NOW) == answer


@pytest.mark.parametrize(
    ("expiry", "usual", "longest"), [(requests.expiry, 30, 366), (gifts.expiry, 14, 90)]
)
def test_a_request_and_a_gift_have_a_last_moment(expiry: Any, usual: int, longest: int) -> None:
    last = NOW + longest * DAY
    assert expiry(NOW, None) == NOW + usual * DAY
    assert [expiry(NOW, at) for at in (NOW + TICK, last)] == [NOW + TICK, last]
    for wanted in (NOW, last + TICK, last.replace(tzinfo=None)):
        with pytest.raises(Invalid) as refused:
            expiry(NOW, wanted)
        assert refused.value.field == "expires_at"


@pytest.mark.parametrize(
    ("changes", "by", "digest", "refusal"),
    [
        ({}, BEN, None, None),
        ({}, ADA, None, GiftIsOwn(GIFT.public)),
        ({}, CID, None, NotFound("gift", GIFT.public)),
        ({}, CID, b"abc", NotFound("gift", GIFT.public)),
        (LINKED, CID, b"abc", None),
        (LINKED, CID, b"abd", NotFound("gift", GIFT.public)),
        (LINKED, CID, None, NotFound("gift", GIFT.public)),
        (LINKED, ADA, b"abc", GiftIsOwn(GIFT.public)),
        ({"expires_at": NOW + TICK}, BEN, None, None),
        ({"expires_at": NOW}, BEN, None, GiftNotWaiting(GIFT.public, "returned", "expired")),
        ({"state": gifts.State.CLAIMED}, BEN, None, GiftNotWaiting(GIFT.public, "claimed", None)),
        (
            {"state": gifts.State.RETURNED, "why": Why.DECLINED, "expires_at": NOW},
            BEN,
            None,
            GiftNotWaiting(GIFT.public, "returned", "declined"),
        ),
    ],
    ids=str,
)
def test_a_gift_is_opened_by_whom_it_is_for_while_it_waits(
    changes: dict[str, Any], by: UUID, digest: bytes | None, refusal: Any
) -> None:
    gift = msgspec.structs.replace(GIFT, **changes)
    assert gifts.check_open(gift, by, digest, NOW) == refusal


def test_a_gift_ends_once_and_says_how() -> None:
    assert gifts.check_open(None, BEN, None, NOW) == NotFound("gift", "")
    opened = gifts.claimed(GIFT, BEN, POST, NOW)
    assert (opened.state, opened.claimed_by) == (gifts.State.CLAIMED, BEN)
    back = gifts.returned(GIFT, Why.TAKEN_BACK, POST, NOW)
    assert (back.state, back.why, back.claimed_by) == (gifts.State.RETURNED, Why.TAKEN_BACK, None)
    assert {(each.transfer, each.ended_at) for each in (opened, back)} == {(POST, NOW)}
