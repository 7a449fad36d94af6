"""Mandates decided on values: codes, and why a use is refused, in order of precedence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sycee.core.tender.model import (
    Mandate,
    MandateAmountDiffers,
    MandateCeilingExceeded,
    MandateCurrencyDiffers,
    MandateExpired,
    MandatePayeeDiffers,
    MandateRevoked,
    MandateSpent,
    MandateUnknown,
    Use,
    id_of,
    is_code,
    is_computed,
    new_code,
    refuse,
)
from sycee.kit.ids import public

PAYER, SHOP, OTHER, TRADE = (UUID(int=n) for n in range(1, 5))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CODE = "281234567890123456"
MANDATE = Mandate(
    id=id_of(CODE),
    kind="pay-code",
    payer=PAYER,
    account=UUID(int=9),
    ceiling_minor=1_000,
    currency="CNY",
    payee=SHOP,
    issued_at=NOW - timedelta(seconds=10),
    expires_at=NOW + timedelta(seconds=50),
)
USE = Use(CODE, SHOP, 1_000, "CNY", TRADE)
NAME = public("mdt", MANDATE.id)
SPENT = {"spent_at": NOW, "spent_by": TRADE, "spent_to": SHOP, "spent_minor": 1_000}


def refused(mandate: dict[str, Any] | None = None, **use: Any) -> Any:
    changed = msgspec.structs.replace(MANDATE, **(mandate or {}))
    return refuse(changed, msgspec.structs.replace(USE, **use), NOW)


def test_a_code_has_eighteen_digits_beginning_with_28() -> None:
    codes = {new_code() for _ in range(1_000)}
    assert len(codes) == 1_000
    assert all(is_code(code) and code.startswith("28") and len(code) == 18 for code in codes)
    assert len({code[2] for code in codes}) == 10


@pytest.mark.parametrize(
    "text", ["", "28", CODE[:-1], CODE + "0", "27" + CODE[2:], CODE + "\n", "28" + "१" * 16]
)
def test_what_is_no_code_is_not_looked_up(text: str) -> None:
    assert not is_code(text)


def test_a_code_that_a_phone_computed_begins_with_29() -> None:
    assert [is_computed(first + CODE[2:]) for first in ("29", "28", "92")] == [True, False, False]


def test_the_id_comes_from_the_code_and_the_key_and_gives_neither_away() -> None:
    assert id_of(CODE) == id_of(CODE)
    assert len({id_of(CODE), id_of(CODE, b"key"), id_of(CODE[:-1] + "7")}) == 3
    assert id_of(CODE).version == 8
    assert len({id_of(str(n)).int >> 62 & 3 for n in range(16)}) == 1  # the variant of RFC 9562
    assert len({id_of(str(n)).int & 1 for n in range(16)}) == 2
    assert CODE not in str(id_of(CODE).int)


def test_a_use_within_the_mandate_goes_ahead() -> None:
    assert refused() is None
    assert refused({"payee": None}, payee=OTHER) is None


@pytest.mark.parametrize(
    ("mandate", "use", "refusal"),
    [
        ({**SPENT}, {"subject": OTHER}, MandateSpent(NAME)),
        ({**SPENT}, {"amount_minor": 999}, MandateSpent(NAME)),
        ({**SPENT}, {"payee": OTHER}, MandateSpent(NAME)),
        ({"revoked_at": NOW}, {}, MandateRevoked(NAME)),
        ({"expires_at": NOW}, {}, MandateExpired(NAME)),
        ({}, {"payee": OTHER}, MandatePayeeDiffers(NAME)),
        ({}, {"currency": "EUR"}, MandateCurrencyDiffers(NAME, "CNY")),
        ({}, {"amount_minor": 1_001}, MandateCeilingExceeded(NAME, 1_000)),
        ({"kind": "standing"}, {}, MandateUnknown()),
        ({}, {"tender": MANDATE.id}, MandateUnknown()),
    ],
    ids=str,
)
def test_a_use_beyond_the_mandate_is_refused(
    mandate: dict[str, Any], use: dict[str, Any], refusal: Any
) -> None:
    assert refused(mandate, **use) == refusal


def test_refusals_come_in_their_order() -> None:
    wrong: dict[str, Any] = {"payee": OTHER, "currency": "EUR", "amount_minor": 5_000}
    gone: dict[str, Any] = {"revoked_at": NOW, "expires_at": NOW}
    assert isinstance(refused({**SPENT, **gone}, **wrong), MandateSpent)
    assert isinstance(refused(gone, **wrong), MandateRevoked)
    assert isinstance(refused({"expires_at": NOW}, **wrong), MandateExpired)
    assert isinstance(refused({}, **wrong), MandatePayeeDiffers)
    assert isinstance(refused({}, currency="EUR", amount_minor=5_000), MandateCurrencyDiffers)


def test_the_same_use_again_is_no_second_use() -> None:
    assert refused(SPENT) is None
    assert refused({**SPENT, "revoked_at": NOW, "expires_at": NOW}) is None


@pytest.mark.parametrize(
    ("changes", "use", "refusal"),
    [
        ({}, {}, None),
        ({}, {"by": None}, MandateUnknown()),
        ({}, {"by": SHOP}, MandateUnknown()),
        ({**SPENT}, {"by": SHOP}, MandateUnknown()),
        ({"expires_at": NOW + timedelta(microseconds=1)}, {}, None),
        ({}, {"amount_minor": 999}, MandateAmountDiffers(NAME, 1_000)),
        ({}, {"amount_minor": 1_001}, MandateAmountDiffers(NAME, 1_000)),
        ({"kind": "standing"}, {"by": None, "amount_minor": 999}, None),
        ({"kind": "standing"}, {"amount_minor": 1_001}, MandateCeilingExceeded(NAME, 1_000)),
        ({}, {"tender": CODE}, MandateUnknown()),
    ],
    ids=str,
)
def test_an_approval_is_its_payers_own_and_holds_to_the_unit(
    changes: dict[str, Any], use: dict[str, Any], refusal: Any
) -> None:
    asked = {"tender": MANDATE.id, "by": PAYER, **use}
    assert refused({"kind": "approval", **changes}, **asked) == refusal


def test_an_unknown_code_says_nothing() -> None:
    assert refuse(None, USE, NOW) == MandateUnknown()
    assert MandateUnknown().facts() == {}


def test_a_mandate_does_not_show_its_code_in_a_log() -> None:
    shown = msgspec.structs.replace(MANDATE, code=CODE)
    assert CODE not in repr(shown)
    assert CODE not in str(shown)
    assert str(shown) == f"Mandate({NAME}, pay-code)"
