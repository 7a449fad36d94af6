"""Limit packs: what is wrong with one is said by the name of the field."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from sycee.core.policy import limits
from sycee.core.policy.model import Grade, Operation, Request, Window
from sycee.kit.errors import Invalid
from sycee.kit.ids import uuid7

RULE = {
    "name": "class-1-lifetime",
    "jurisdiction": "CN",
    "tier": "class-1",
    "operation": "debit",
    "currency": "CNY",
    "window": "lifetime",
    "amount_minor": 100_000,
    "from": "2016-07-01T00:00:00+08:00",
}


def pack(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"pack": "cn-2016", "limits": [RULE | change for change in changes]}


def without(field: str) -> dict[str, Any]:
    rule = {name: value for name, value in RULE.items() if name != field}
    return {"pack": "cn-2016", "limits": [rule]}


def field_of(wrong: dict[str, Any]) -> str:
    with pytest.raises(Invalid) as refused:
        limits.parse(wrong)
    assert refused.value.rule
    return refused.value.field


def test_a_pack_is_read_with_its_dates_and_filters() -> None:
    (rule,) = limits.parse(pack({"until": "2026-01-01T00:00:00+08:00", "code": "wallet.pay"}))
    assert (rule.pack, rule.name, rule.window) == ("cn-2016", "class-1-lifetime", Window.LIFETIME)
    assert (rule.product, rule.tier, rule.operation) == ("*", "class-1", "debit")
    assert rule.code == "wallet.pay"
    assert rule.from_at.isoformat() == "2016-07-01T00:00:00+08:00"
    assert rule.until_at is not None


def test_the_same_rule_has_the_same_id_everywhere() -> None:
    (one,), (other,) = limits.parse(pack({})), limits.parse(pack({"amount_minor": 5}))
    (later,) = limits.parse(pack({"from": "2017-07-01T00:00:00+08:00"}))
    assert one.id == other.id
    assert str(one.id) == "11c713d7-8b08-8d6f-93e7-4769748d5be0", (
        "which is what a database loaded it under"
    )
    assert later.id != one.id


def test_the_packs_that_come_with_the_house_say_where_they_are_from() -> None:
    packs = limits.shipped()
    assert set(packs) == {"cn-accounts", "cn-barcode", "cn-ecny", "cn-envelopes", "in-ppi"}
    for pack_ in packs.values():
        assert pack_["title"]
        assert pack_["source"]
        assert limits.parse(pack_)


def test_the_classes_of_chinas_accounts_are_as_published() -> None:
    rules = {rule.tier: rule for rule in limits.parse(limits.shipped()["cn-accounts"])}
    assert {tier: (rule.window, rule.amount_minor) for tier, rule in rules.items()} == {
        "class-1": (Window.LIFETIME, 1_000_00),
        "class-2": (Window.YEAR, 100_000_00),
        "class-3": (Window.YEAR, 200_000_00),
    }
    assert rules["class-1"].from_at.isoformat() == "2016-07-01T00:00:00+08:00"
    assert not rules["class-1"].applies(request(Operation.PAYOUT, tier="class-1"))
    assert rules["class-1"].applies(request(Operation.TRANSFER, tier="class-1"))


def test_the_grades_of_chinas_bar_codes_are_as_published() -> None:
    rules = limits.parse(limits.shipped()["cn-barcode"])
    assert {rule.grade: rule.amount_minor for rule in rules} == {
        "static": 500_00,
        "plain": 1_000_00,
        "double": 5_000_00,
    }
    asked = request(Operation.TRANSFER, grade=Grade.SIGNED)
    assert not any(rule.applies(asked) for rule in rules)


def test_a_day_in_a_pack_is_a_midnight_in_its_zone_in_yaml_and_json() -> None:
    text = b"""
pack: tea
zone: Europe/Berlin
limits:
  - {name: a, currency: EUR, window: day, amount_minor: 5, from: 2026-03-29, until: 2026-03-30}
"""
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(text)
        file.flush()
        (rule,) = limits.parse(limits.read(Path(file.name)))
    assert rule.until_at is not None
    assert (rule.until_at - rule.from_at).total_seconds() == 24 * 3600
    assert (rule.until_at.astimezone(UTC) - rule.from_at.astimezone(UTC)).total_seconds() == 82_800
    (same,) = limits.parse(json.loads(json.dumps(limits.read_text(text), default=str)))
    assert same == rule


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"from": "2016-07-01T00:00:00"}, "limits[0].from"),
        ({"from": "soon"}, "limits[0].from"),
        ({"until": 7}, "limits[0].until"),
        ({"operation": "debit tea"}, "limits[0].operation"),
        ({"grade": "gold"}, "limits[0].grade"),
        ({"window": "balance", "amount_minor": None, "count": 3}, "limits[0].amount_minor"),
    ],
)
def test_what_is_new_in_a_rule_is_checked_too(change: dict[str, Any], field: str) -> None:
    assert field_of(pack(change)) == field


def request(operation: Operation, **more: Any) -> Request:
    return Request("wallet", operation, uuid7(), "CN", 100, "CNY", **more)


def test_a_pack_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "pack.json"
    path.write_text(json.dumps(pack({})))
    assert len(limits.parse(limits.read(path))) == 1


@pytest.mark.parametrize("raw", ["", "[]", "{", '{"pack": 1', "\x00"])
def test_a_file_that_is_no_pack_is_refused(tmp_path: Path, raw: str) -> None:
    path = tmp_path / "pack.json"
    path.write_text(raw)
    with pytest.raises(Invalid) as refused:
        limits.read(path)
    assert refused.value.field == "pack"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "XXX"}, "limits[1].currency"),
        ({"window": "week"}, "limits[1].window"),
        ({"operation": "spend"}, "limits[1].operation"),
        ({"amount_minor": -1}, "limits[1].amount_minor"),
        ({"amount_minor": 2**53 + 1}, "limits[1].amount_minor"),
        ({"amount_minor": "100"}, "limits[1].amount_minor"),
        ({"amount_minor": 1.5}, "limits[1].amount_minor"),
        ({"amount_minor": None}, "limits[1].amount_minor"),
        ({"amount_minor": None, "count": 3, "window": "single"}, "limits[1].amount_minor"),
        ({"count": -1}, "limits[1].count"),
        ({"from": "2016-07-01T00:00"}, "limits[1].from"),
        ({"from": "2016-07-01T00:00:00"}, "limits[1].from"),
        ({"until": "2016-07-01T00:00:00+08:00"}, "limits[1].until"),
        ({"name": ""}, "limits[1].name"),
        ({"name": "Class 1"}, "limits[1].name"),
        ({"tier": ""}, "limits[1].tier"),
    ],
    ids=str,
)
def test_a_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    assert field_of(pack({"name": "fine"}, change)) == field


@pytest.mark.parametrize("field", ["name", "currency", "window", "from"])
def test_a_missing_field_is_refused(field: str) -> None:
    with pytest.raises(Invalid) as refused:
        limits.parse(without(field))
    assert refused.value.field == "limits[0]"
    assert field in refused.value.rule


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": None, "count": 3, "window": "day"},
        {"amount_minor": 0, "window": "single"},
        {"operation": " ".join(Operation)},
        {"operation": "*"},
    ],
    ids=str,
)
def test_a_rule_bounds_an_amount_or_a_number_of_some_operations(change: dict[str, Any]) -> None:
    (rule,) = limits.parse(pack(change))
    assert (rule.amount_minor, rule.count) == (
        change.get("amount_minor", 100_000),
        change.get("count"),
    )


def test_what_is_wrong_with_the_pack_itself_is_said_of_it() -> None:
    assert field_of({"pack": "tea"}) == "pack"
    assert field_of({"pack": "Tea", "limits": []}) == "pack"
    assert field_of({**pack({}), "zone": "Mars/Base"}) == "zone"
    assert field_of({**pack({}), "zone": "../etc"}) == "zone"


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        limits.parse(pack({"ammount_minor": 1}))
    assert "ammount_minor" in refused.value.rule


def test_two_rules_of_one_name_may_not_hold_at_once() -> None:
    later = {"from": "2017-07-01T00:00:00+08:00"}
    assert field_of(pack({}, later)) == "limits[0].until"
    overlapping = {"until": "2017-07-01T00:00:01+08:00"}
    assert field_of(pack(overlapping, later)) == "limits[0].until"
    ended = {"until": "2017-07-01T00:00:00+08:00"}
    assert len(limits.parse(pack(ended, later))) == len(limits.parse(pack(later, ended))) == 2
