"""Limit packs: dated data that comes in by `load`, for no value of a regime is in the code.

A pack is JSON: `{"pack": "cn-2016", "limits": [{"name": "class-1-lifetime", "jurisdiction": "CN",
"tier": "class-1", "product": "*", "operation": "debit", "currency": "CNY", "window": "lifetime",
"amount_minor": 100000, "from": "2016-07-01T00:00:00+08:00"}]}`. Left out, `jurisdiction`, `tier`,
`product` and `operation` mean any (`*`). `until` ends a rule; a rule that changes is a new rule
with a later `from`, under the same name, and the old one gets its `until`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import msgspec

from sycee.core.policy import store
from sycee.core.policy.model import ANY, Limit, Operation, Window
from sycee.kit.errors import Invalid
from sycee.kit.money import MAX_MINOR, check_currency
from sycee.runtime.db import Tx

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=80)]
_Filter = Annotated[str, msgspec.Meta(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9.-]*)$", max_length=40)]
_Aware = Annotated[datetime, msgspec.Meta(tz=True)]
_Amount = Annotated[int, msgspec.Meta(ge=0, le=MAX_MINOR)]
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name
    currency: str
    window: Window
    from_: _Aware = msgspec.field(name="from")
    jurisdiction: _Filter = ANY
    tier: _Filter = ANY
    product: _Filter = ANY
    operation: str = ANY
    amount_minor: _Amount | None = None
    count: _Amount | None = None
    until: _Aware | None = None


class _Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pack: _Name
    limits: list[_Rule]


def read(path: Path) -> dict[str, Any]:
    """A pack from a JSON file; raises `Invalid` (field `pack`) when it is not JSON."""
    return _decode(path.read_bytes())


def sandbox() -> dict[str, Any]:
    """The pack of the demo town: no limits at all."""
    return _decode((files("sycee.core.policy") / "packs" / "sandbox.json").read_bytes())


def load(tx: Tx, pack: Mapping[str, Any]) -> list[Limit]:
    """Bring a pack's limits into force by their dates; loading it again changes nothing.

    Rules that the pack no longer names stay as they are: to end one, give it an `until`. Takes the
    limits' lock exclusively. Raises `Invalid` naming the field, such as `limits[2].window`.
    """
    limits = parse(pack)
    store.lock_exclusive(tx, [store.lock_key(store.LIMITS)])
    if not limits:
        return []
    known = {limit.id: limit for limit in loaded(tx, limits[0].pack)}
    for place, limit in enumerate(limits):
        before = known.get(limit.id)
        if before is not None:
            _check_unchanged(f"limits[{place}]", before, limit)
        store.save_limit(tx, limit)
    return limits


def loaded(tx: Tx, pack: str) -> list[Limit]:
    """Every limit of a pack in the database, by name and date."""
    return store.to_limits(store.pack_limits(tx, pack))


def parse(pack: Mapping[str, Any]) -> list[Limit]:
    """The limits of a pack, checked; raises `Invalid` naming the field."""
    try:
        read_pack = msgspec.convert(dict(pack), _Pack)
    except msgspec.ValidationError as error:
        text = str(error)
        match = _PATH.search(text)
        field = match["path"] if match and match["path"] else "pack"
        raise Invalid(field=field, rule=_PATH.sub("", text)) from None
    limits = [
        _limit(read_pack.pack, f"limits[{place}]", rule)
        for place, rule in enumerate(read_pack.limits)
    ]
    _check_overlap(limits)
    return limits


def _limit(pack: str, field: str, rule: _Rule) -> Limit:
    check_currency(rule.currency, f"{field}.currency")
    if rule.operation != ANY and rule.operation not in set(Operation):
        known = ", ".join(Operation)
        raise Invalid(field=f"{field}.operation", rule=f"must be * or one of {known}")
    if rule.amount_minor is None and rule.count is None:
        raise Invalid(field=f"{field}.amount_minor", rule="amount_minor or count must be given")
    if rule.window is Window.SINGLE and rule.amount_minor is None:
        raise Invalid(field=f"{field}.amount_minor", rule="a single limit bounds an amount")
    if rule.until is not None and rule.until <= rule.from_:
        raise Invalid(field=f"{field}.until", rule="must be later than from")
    return Limit(
        id=_id(pack, rule.name, rule.from_),
        pack=pack,
        name=rule.name,
        jurisdiction=rule.jurisdiction,
        tier=rule.tier,
        product=rule.product,
        operation=rule.operation,
        currency=rule.currency,
        window=rule.window,
        amount_minor=rule.amount_minor,
        count=rule.count,
        from_at=rule.from_,
        until_at=rule.until,
    )


def _check_overlap(limits: Sequence[Limit]) -> None:
    """Two rules of one name must not hold at once: which one would count?"""
    last: dict[str, tuple[int, Limit]] = {}
    for place, limit in sorted(enumerate(limits), key=lambda item: (item[1].name, item[1].from_at)):
        before = last.get(limit.name)
        if before is not None:
            until = before[1].until_at
            if until is None or until > limit.from_at:
                raise Invalid(
                    field=f"limits[{before[0]}].until",
                    rule=f"must be at most the from of limits[{place}], which has the same name",
                )
        last[limit.name] = (place, limit)


def _check_unchanged(field: str, before: Limit, after: Limit) -> None:
    for name in Limit.__struct_fields__:
        if name != "until_at" and getattr(before, name) != getattr(after, name):
            raise Invalid(
                field=f"{field}.{name}",
                rule="differs from the rule in the database: write a new one with a later from",
            )


def _id(pack: str, name: str, from_at: datetime) -> UUID:
    """The same rule gets the same id wherever the pack is loaded (UUID version 8)."""
    text = f"{pack}\x00{name}\x00{from_at.timestamp()!r}"
    raw = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    return UUID(int=raw & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62)


def _decode(raw: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(field="pack", rule=f"is not a JSON object: {error}") from None
