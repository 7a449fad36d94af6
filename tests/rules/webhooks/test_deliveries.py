"""The ladder, patterns, payloads, and how secrets are sealed and sign."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from standardwebhooks.webhooks import Webhook

from sycee.core.journal.model import Row
from sycee.core.journal.webhooks import secrets
from sycee.core.journal.webhooks.model import (
    LADDER_SECONDS,
    MOST_PATTERNS,
    check_events,
    payload,
    wait,
)
from sycee.core.journal.webhooks.secrets import PURPOSE
from sycee.kit.errors import Invalid
from sycee.runtime.sealer import KeySealer

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROW = Row(
    xid=7, ordinal=0, id=UUID(int=1), at=AT, actor=None, verb="trade.paid", subject=UUID(int=2),
    parties=(UUID(int=3),), purpose="payment", version=1,
    body={"trade": "trd_1", "amount_minor": 5, "note": "茶"}, salt=None, leaf=b"",
)  # fmt: skip


def test_the_wait_grows_along_the_ladder_with_some_jitter() -> None:
    for tries, seconds in enumerate(LADDER_SECONDS, start=1):
        waits = [wait(tries) for _ in range(50)]
        assert all(w is not None and abs(w.total_seconds() / seconds - 1) <= 0.2 for w in waits)
        assert len(set(waits)) > 10


def test_after_the_last_rung_nothing_more_is_tried() -> None:
    assert wait(len(LADDER_SECONDS)) is not None
    assert wait(len(LADDER_SECONDS) + 1) is None
    assert wait(len(LADDER_SECONDS) + 1, retry_after_seconds=60) is None


def test_a_longer_wait_is_granted_when_asked_for_but_not_a_shorter_one() -> None:
    assert wait(1, 600) == timedelta(seconds=600)
    assert wait(1, 999_999) == timedelta(hours=24)
    shorter = wait(2, 1)
    assert shorter is not None
    assert shorter >= timedelta(seconds=240)


def test_patterns_are_kept_sorted_and_once() -> None:
    events = ["trade.*", "*", "trade.*", "top-up.asked"]
    assert check_events(events) == ("*", "top-up.asked", "trade.*")
    assert check_events(["*"]) == check_events(["*"] * MOST_PATTERNS) == ("*",)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [""],
        ["Trade.paid"],
        ["trade.**"],
        ["*.paid"],
        ["trade."],
        ["a b"],
        ["%"],
        ["*"] * 51,
        ["trade.payed"],
        ["trades.*"],
        ["trade.paid.*"],
        ["trade"],
    ],
    ids=str,
)
def test_a_pattern_that_matches_no_verb_is_refused(events: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        check_events(events)
    assert refused.value.field.startswith("events")
    assert len(events) <= MOST_PATTERNS + 1, "one more than may be"


def test_an_endpoint_keeps_a_pattern_that_is_no_event_any_more() -> None:
    assert check_events(["trade.payed", "trade.paid"], ("trade.payed",))
    with pytest.raises(Invalid) as refused:
        check_events(["trade.paid", "trade.payed"], ("trade.*",))
    assert refused.value.field == "events[1]"


def test_the_body_is_the_same_bytes_whatever_zone_the_row_came_in() -> None:
    elsewhere = datetime(2026, 3, 1, 20, tzinfo=timezone(timedelta(hours=8)))
    assert payload(msgspec.structs.replace(ROW, at=elsewhere)) == payload(ROW)
    assert json.loads(payload(ROW)) == {
        "id": "evt_00000000000000000000000001",
        "type": "trade.paid",
        "timestamp": "2026-03-01T12:00:00Z",
        "subject": str(UUID(int=2)),
        "data": {"trade": "trd_1", "amount_minor": 5, "note": "茶"},
    }


def test_the_body_is_the_same_bytes_in_whatever_order_its_members_were_kept() -> None:
    turned = dict(reversed(ROW.body.items()))
    assert payload(msgspec.structs.replace(ROW, body=turned)) == payload(ROW)


def test_there_is_one_signature_for_each_live_secret() -> None:
    old, new = secrets.make(), secrets.make()
    headers = secrets.headers([new, old], "evt_1", AT, payload(ROW))
    expected = [Webhook(one).sign("evt_1", AT, payload(ROW).decode()) for one in (new, old)]
    assert headers["webhook-signature"] == " ".join(expected)
    assert secrets.show(new) != secrets.show(old)


def test_the_signature_is_the_one_of_the_specification() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    raw = b'{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = secrets.headers([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, raw)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    assert secrets.show(key) == secret


def test_a_sealed_secret_opens_for_its_endpoint_and_key_alone() -> None:
    sealer, secret = KeySealer(bytes(range(32)), PURPOSE), secrets.make()
    sealed = sealer.seal(UUID(int=1), secret)
    assert secret not in sealed
    assert sealer.seal(UUID(int=1), secret) != sealed
    assert sealer.open(UUID(int=1), sealed) == secret
    with pytest.raises(InvalidTag):
        sealer.open(UUID(int=2), sealed)
    with pytest.raises(InvalidTag):
        KeySealer(bytes(32), PURPOSE).open(UUID(int=1), sealed)
    with pytest.raises(InvalidTag):
        sealer.open(UUID(int=1), sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_a_short_master_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeySealer(b"short", PURPOSE)
