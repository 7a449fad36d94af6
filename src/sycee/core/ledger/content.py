"""Permanent idempotency: what an item said when its id was first used, against what it says now."""

from __future__ import annotations

from datetime import datetime

from sycee.core.ledger.chart import CODES
from sycee.core.ledger.model import (
    Capture,
    Expire,
    Extend,
    Hold,
    Item,
    Kind,
    Release,
    Reversal,
    Row,
    Sweep,
    Transfer,
)
from sycee.kit.clock import micros

_KINDS: dict[type, Kind] = {
    Transfer: Kind.TRANSFER,
    Sweep: Kind.SWEEP,
    Reversal: Kind.REVERSAL,
    Capture: Kind.CAPTURE,
    Hold: Kind.HOLD,
    Release: Kind.RELEASE,
    Extend: Kind.EXTEND,
    Expire: Kind.EXPIRE,
}


def _time(moment: datetime | None) -> object:
    if moment is None:
        return None
    return micros(moment) if moment.tzinfo is not None else moment


def _claim(item: Item, linked: int | None) -> list[tuple[str, object]]:
    """The fields of an item by name, as a row would carry them, in order of comparison."""
    fields: list[tuple[str, object]] = [("kind", _KINDS[type(item)])]
    if isinstance(item, Transfer | Sweep | Hold):
        fields.append(("debit", item.debit.int))
    if isinstance(item, Transfer | Sweep | Hold | Capture):
        fields.append(("credit", item.credit.int if item.credit is not None else None))
    if isinstance(item, Sweep):
        fields.append(("limit_minor", item.limit_minor))
    elif isinstance(item, Transfer | Hold | Reversal | Capture | Release):
        fields.append(("amount_minor", item.amount_minor))
    if isinstance(item, Transfer | Sweep | Reversal | Hold | Capture):
        fields.append(("code", CODES.get(item.code, item.code)))
        fields.append(("subject", item.subject))
    if isinstance(item, Reversal):
        fields.append(("reverses", item.reverses.int))
    if isinstance(item, Capture | Release | Extend | Expire):
        fields.append(("hold", item.hold.int))
    if isinstance(item, Capture):
        fields.append(("final", item.final))
    if isinstance(item, Hold | Extend):
        fields.append(("expires_at", _time(item.expires_at)))
    if isinstance(item, Hold):
        fields.append(("capture_at", _time(item.capture_at)))
    fields.append(("effective_at", _time(item.effective_at)))
    fields.append(("group", linked))
    return fields


def _record(row: Row) -> dict[str, object]:
    """The same fields as the log has them."""
    final = row.kind == Kind.FINAL_CAPTURE
    plain = row.kind in (Kind.TRANSFER, Kind.HOLD)
    return {
        "kind": Kind.CAPTURE if final else Kind(row.kind),
        "debit": row.debit,
        "credit": row.credit,
        "limit_minor": row.asked_minor,
        "amount_minor": row.amount_minor if plain else row.asked_minor,
        "code": row.code,
        "subject": row.subject,
        "reverses": row.reverses,
        "hold": row.hold,
        "final": final,
        "expires_at": row.expires_us,
        "capture_at": row.capture_us,
        "effective_at": row.effective_us,
        "group": row.linked,
    }


def difference(item: Item, linked: int | None, row: Row) -> str | None:
    """The first field in which an item differs from the row of its id; None = the same content."""
    record = _record(row)
    for field, value in _claim(item, linked):
        if record[field] != value or (type(value) is bool and record[field] is not value):
            return field
    return None
