"""Limit packs: dated data that comes in by `load`, for no value of a regime is in the code.

A pack is YAML or JSON:

    pack: cn-accounts
    title: Payment accounts of individuals, classes I to III
    source: PBOC order 43/2015
    zone: Asia/Shanghai
    limits:
      - {name: class-1, jurisdiction: CN, tier: class-1, operation: debit transfer, currency: CNY,
         window: lifetime, amount_minor: 100_000, from: 2016-07-01}

A day without a time is its midnight in `zone`. Left out, `jurisdiction`, `tier`, `product`,
`operation`, `code` and `grade` mean any (`*`). `until` ends a rule; a rule that changes is a new
rule with a later `from`, under the same name, and the old one gets its `until`. If it bounds the
same thing over the same window, what was used under the old one counts under it.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from sycee.core.policy import store
from sycee.core.policy.model import ANY, Limit, Operation, Window
from sycee.kit.errors import Invalid
from sycee.kit.ids import uuid8
from sycee.kit.money import MAX_MINOR, check_currency
from sycee.runtime.db import Tx

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]*\Z", max_length=80)]
_Filter = Annotated[str, msgspec.Meta(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9.-]*)\Z", max_length=40)]
_Filters = Annotated[
    str, msgspec.Meta(pattern=r"^(\*|[a-z-]+\.[a-z-]+( [a-z-]+\.[a-z-]+)*)\Z", max_length=200)
]
_Amount = Annotated[int, msgspec.Meta(ge=0, le=MAX_MINOR)]
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: _Name
    currency: str
    window: Window
    from_: Any = msgspec.field(name="from")
    jurisdiction: _Filter = ANY
    tier: _Filter = ANY
    product: _Filter = ANY
    operation: str = ANY
    code: _Filters = ANY
    grade: Literal["*", "static", "plain", "double", "signed"] = ANY
    amount_minor: _Amount | None = None
    count: _Amount | None = None
    until: Any = None


class _Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pack: _Name
    limits: list[_Rule]
    title: str = ""
    source: str = ""
    zone: str = "UTC"


def read(path: Path) -> dict[str, Any]:
    """A pack from a YAML or JSON file; raises `Invalid` (field `pack`) when it is neither."""
    return read_text(path.read_bytes())


def shipped() -> dict[str, dict[str, Any]]:
    """The packs that come with the house, by name."""
    found = {}
    for file in sorted((files("sycee.core.policy") / "packs").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".yaml"):
            pack = read_text(file.read_bytes())
            found[str(pack["pack"])] = pack
    return found


def difference(tx: Tx, pack: Mapping[str, Any]) -> list[tuple[str, Limit]]:
    """What loading a pack would change: `new`, `ends` (another end), or `same`, for each rule.

    Raises `Invalid` as `load` would.
    """
    limits = parse(pack)
    known = {limit.id: limit for limit in loaded(tx, limits[0].pack)} if limits else {}
    changes: list[tuple[str, Limit]] = []
    for place, limit in enumerate(limits):
        before = known.get(limit.id)
        if before is None:
            changes.append(("new", limit))
            continue
        _check_unchanged(f"limits[{place}]", before, limit)
        changes.append(("same" if before.until_at == limit.until_at else "ends", limit))
    return changes


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
    for limit in sorted(limits, key=lambda each: each.from_at):
        if limit.id not in known:
            known[limit.id] = _counting_on(limit, known.values())
        store.save_limit(tx, msgspec.structs.replace(known[limit.id], until_at=limit.until_at))
    return limits


def end(tx: Tx, pack: str, at: datetime | None) -> None:
    """End every limit of a pack at a moment, or let them stand: whatever they said is kept."""
    store.lock_exclusive(tx, [store.lock_key(store.LIMITS)])
    for limit in loaded(tx, pack):
        until = None if at is None else max(at, limit.from_at + timedelta(microseconds=1))
        store.save_limit(tx, msgspec.structs.replace(limit, until_at=until))


def _counting_on(limit: Limit, known: Iterable[Limit]) -> Limit:
    """A new rule, with the counter of the one that it supersedes."""
    former = [each for each in known if limit.continues(each)]
    if not former:
        return limit
    last = max(former, key=lambda each: each.from_at)
    return msgspec.structs.replace(limit, counter=last.counted_under)


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
    try:
        zone = ZoneInfo(read_pack.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(field="zone", rule="must be a zone that IANA lists") from None
    limits = [
        _limit(read_pack.pack, f"limits[{place}]", rule, zone)
        for place, rule in enumerate(read_pack.limits)
    ]
    _check_overlap(limits)
    return limits


def _moment(field: str, given: object, zone: ZoneInfo) -> datetime:
    """A time with its zone; a day is its midnight in the pack's zone."""
    if isinstance(given, str):
        with contextlib.suppress(ValueError):
            given = datetime.fromisoformat(given) if "T" in given else date.fromisoformat(given)
    if isinstance(given, date) and not isinstance(given, datetime):
        return datetime.combine(given, time(), zone)
    if isinstance(given, datetime) and given.tzinfo is not None:
        return given
    raise Invalid(field=field, rule="must be a day, or a time with its zone")


def _limit(pack: str, field: str, rule: _Rule, zone: ZoneInfo) -> Limit:
    check_currency(rule.currency, f"{field}.currency")
    asked = rule.operation.split(" ")
    if rule.operation != ANY and not set(asked) <= set(Operation):
        known = ", ".join(Operation)
        raise Invalid(field=f"{field}.operation", rule=f"must be * or some of {known}")
    from_at = _moment(f"{field}.from", rule.from_, zone)
    until_at = None if rule.until is None else _moment(f"{field}.until", rule.until, zone)
    if rule.amount_minor is None and rule.count is None:
        raise Invalid(field=f"{field}.amount_minor", rule="amount_minor or count must be given")
    if rule.window in (Window.SINGLE, Window.BALANCE) and rule.amount_minor is None:
        raise Invalid(field=f"{field}.amount_minor", rule=f"a {rule.window} limit bounds an amount")
    if until_at is not None and until_at <= from_at:
        raise Invalid(field=f"{field}.until", rule="must be later than from")
    return Limit(
        id=_id(pack, rule.name, from_at),
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
        from_at=from_at,
        until_at=until_at,
        grade=rule.grade,
        code=rule.code,
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
        if name not in ("until_at", "counter") and getattr(before, name) != getattr(after, name):
            raise Invalid(
                field=f"{field}.{name}",
                rule="differs from the rule in the database: write a new one with a later from",
            )


def _id(pack: str, name: str, from_at: datetime) -> UUID:
    """The same rule gets the same id wherever the pack is loaded (UUID version 8)."""
    text = f"{pack}\x00{name}\x00{from_at.timestamp()!r}"
    return uuid8(hashlib.sha256(text.encode()).digest())


def read_text(raw: bytes) -> dict[str, Any]:
    """A pack from the bytes of a YAML or JSON file; raises `Invalid` (field `pack`)."""
    try:
        return msgspec.yaml.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(field="pack", rule=f"is not a YAML or JSON object: {error}") from None
