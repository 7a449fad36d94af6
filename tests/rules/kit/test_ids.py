"""Identifiers: RFC 9562 versions 7 and 8, and their public form."""

from __future__ import annotations

import time
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sycee.kit import ids
from sycee.kit.errors import Invalid

uuids = st.uuids()


def test_a_uuid7_has_the_version_the_variant_and_the_time() -> None:
    before = time.time_ns() // 1_000_000
    value = ids.uuid7()
    after = time.time_ns() // 1_000_000
    assert (value.version, value.variant) == (7, RFC_4122)
    assert before <= value.int >> 80 <= after


def test_the_name_based_example_of_rfc_9562_is_made_of_its_hash() -> None:
    named = bytes.fromhex("5c146b143c524afd938a375d0df1fbf6fe12a66b645f72f6158759387e51f3c8")
    assert ids.uuid8(named) == UUID("5c146b14-3c52-8afd-938a-375d0df1fbf6")  # appendix B.2


@given(st.binary(min_size=16, max_size=64))
def test_a_uuid8_keeps_122_bits_of_what_it_is_made_of(raw: bytes) -> None:
    value = ids.uuid8(raw)
    assert (value.version, value.variant) == (8, RFC_4122)
    assert (value.int ^ int.from_bytes(raw[:16])) & ~(0xF << 76 | 0b11 << 62) == 0


def test_the_example_of_rfc_9562_reads_as_its_time() -> None:
    example = UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")  # appendix A.6
    assert ids.made_at(example).isoformat() == "2022-02-22T19:22:22+00:00"
    assert ids.uuid7(0x017F22E279B0).int >> 76 == example.int >> 76


def test_ids_of_later_microseconds_sort_later() -> None:
    made = []
    for _ in range(200):
        made.append(ids.uuid7())
        time.sleep(0.00001)
    assert made == sorted(made)
    assert max(value.int >> 64 & 0xFFF for value in made) >= 2_048


def test_an_id_of_a_given_moment_is_random_in_all_its_other_bits() -> None:
    made = [ids.uuid7(5).int for _ in range(300)]
    assert {value >> 80 for value in made} == {5}
    free = [*range(62), *range(64, 76)]
    assert all({value >> bit & 1 for value in made} == {0, 1} for bit in free)


def test_many_uuid7s_at_once_ascend_and_share_their_time() -> None:
    made = ids.uuid7s(5_000, 0x017F22E279B0)
    assert made == sorted(set(made))
    assert {(value.version, value.variant) for value in made} == {(7, RFC_4122)}
    assert {value.int >> 80 for value in made} <= {0x017F22E279B0 + k for k in range(3)}
    assert len({value.int & (1 << 62) - 1 for value in made}) == 5_000
    assert ids.uuid7s(0) == []
    places = [(value.int >> 80) * 4_096 + (value.int >> 64 & 0xFFF) for value in made]
    assert places == list(range(places[0], places[0] + 5_000))
    assert {value.is_safe for value in made} == {UUID(int=0).is_safe}


def test_many_at_once_begin_in_the_lower_half_and_now() -> None:
    starts = [ids.uuid7s(1, 5)[0].int >> 64 & 0xFFF for _ in range(300)]
    assert 1_024 <= max(starts) < 2_048
    before = time.time_ns() // 1_000_000
    (value,) = ids.uuid7s(1)
    assert before <= value.int >> 80 <= time.time_ns() // 1_000_000


@given(uuids)
def test_a_public_id_reads_back(value: UUID) -> None:
    text = ids.public("trd", value)
    assert text.startswith("trd_")
    assert len(text) == 30
    assert ids.parse("trd", text) == value


@given(uuids, uuids)
def test_public_ids_sort_like_their_uuids(one: UUID, two: UUID) -> None:
    assert (one < two) == (ids.public("x", one) < ids.public("x", two))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "trd",
        "trd_",
        "acc_00000000000000000000000000",
        "trd_0000000000000000000000000u",
        "trd_8zzzzzzzzzzzzzzzzzzzzzzzzz",
        "trd_0000000000000000000000000",
        "trd_000000000000é0000000000000",
        "trd_000000000000٣0000000000000",
    ],
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ids.parse("trd", text, field="trade_id")
    assert refusal.value.field == "trade_id"


def test_tokens_are_128_random_bits_in_22_characters() -> None:
    tokens = {ids.token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {22}
