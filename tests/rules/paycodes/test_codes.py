"""How a code is computed and checked: the vectors of the page, the window, a clock that is off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sycee.core.paycodes import model
from sycee.core.paycodes.safe import PURPOSE, Safe
from sycee.core.tender.model import is_code
from sycee.runtime.sealer import KeySealer

DEVICE = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SEED = model.Seed(1_234_567, DEVICE, UUID(int=1), bytes(range(32)), 5_000, "CNY", NOW)
STEP = model.step_of(NOW)


@pytest.mark.parametrize(
    ("seed", "device", "locator", "step", "serial", "code"),
    [
        (bytes(range(32)), DEVICE, 1_234_567, 176_417_280, 0, "291234567060355169"),
        (bytes(range(32)), DEVICE, 1_234_567, 176_417_280, 9, "291234567928829246"),
        (b"\xff" * 32, UUID(int=0), 0, 0, 0, "290000000043560821"),
    ],
)
def test_a_device_computes_the_codes_of_the_page(seed, device, locator, step, serial, code):
    assert model.compute(seed, device, locator, step, serial) == code
    assert is_code(code)


def shown(step: int, serial: int = 0) -> model.Parts:
    parts = model.parts(model.compute(SEED.seed, DEVICE, SEED.locator, step, serial))
    assert parts is not None
    return parts


@pytest.mark.parametrize("age", range(-1, 7))
def test_a_code_is_valid_from_ten_seconds_early_to_a_minute_late(age: int):
    assert model.find_step(SEED, shown(STEP - age, 3), STEP) == STEP - age


@pytest.mark.parametrize("seconds", [20, -70, 3_600, -3_600, 7_200, -7_200])
def test_a_clock_that_is_off_is_told_by_how_much(seconds: int):
    parts = shown(STEP + seconds // 10)
    assert model.find_step(SEED, parts, STEP) is None
    assert model.find_off_time(SEED, parts, STEP) == model.PayCodeOffTime(seconds)


def test_a_code_of_another_day_or_device_is_not_recognised():
    assert model.find_off_time(SEED, shown(STEP - 8_640), STEP) is None
    parts = model.parts(model.compute(bytes(32), DEVICE, SEED.locator, STEP))
    assert parts is not None
    assert model.find_step(SEED, parts, STEP) is None
    assert model.find_off_time(SEED, parts, STEP) is None


def test_a_code_is_taken_apart_into_whose_which_and_what_proves_it():
    assert model.parts("291234567928829246") == model.Parts(1_234_567, 9, 28_829_246)


def test_a_step_is_ten_seconds_and_its_code_lives_a_minute_longer():
    assert model.begins_at(STEP) == NOW
    end = NOW + timedelta(seconds=10)
    assert model.step_of(end - timedelta(microseconds=1)) == STEP == model.step_of(end) - 1
    assert model.expires_at(STEP) == end + timedelta(minutes=1)


@pytest.mark.parametrize(
    "text", ["", "28" + "0" * 16, "29" + "0" * 15, "29" + "٣" * 16, "29x", "29" + "x" * 16]
)
def test_what_no_device_computes_is_not_taken_apart(text: str):
    assert model.parts(text) is None


def test_a_payee_that_guesses_is_stopped_and_comes_back_with_time():
    safe = Safe(KeySealer(bytes(32), PURPOSE))
    for _ in range(20):
        assert safe.limited(DEVICE, NOW) is None
        safe.wrong(DEVICE, NOW)
    limited = safe.limited(DEVICE, NOW)
    assert limited is not None
    assert limited.retry_after_seconds == 10
    assert safe.limited(UUID(int=2), NOW) is None
    assert safe.limited(DEVICE, NOW.replace(second=10)) is None


def test_a_seed_stays_out_of_logs():
    assert "0001" not in repr(SEED).replace("\\x", "")
    assert repr(SEED.seed) not in repr(SEED)
