"""What an order means: the stops it makes, or the limits. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product
from typing import Any

from sycee.core.policy.gates import Stop
from sycee.core.policy.model import ANY, Initiator, Operation
from sycee.kit.ids import parse
from sycee.oversight.regulator.orders.document import Document, Effect

WAYS_OUT = frozenset({Operation.REFUND, Operation.PAYOUT, Operation.REPAY})
"""How customers get at what is theirs, or out of debt. Only an order that says so stops these."""

_OTHERS = tuple(operation for operation in Operation if operation not in WAYS_OUT)
_OF_ALL = (Effect.FREEZE, Effect.CUSTOMER_INITIATED_ONLY)


def operations(document: Document) -> tuple[str, ...]:
    """The operations that an order is about; `*` for every one."""
    named = document.scope.operations
    if named:
        return (ANY,) if ANY in named else tuple(dict.fromkeys(named))
    return (ANY,) if document.effect in _OF_ALL else tuple(map(str, _OTHERS))


def stops(document: Document, at: datetime) -> list[Stop]:
    """The gates that an order in force from `at` shuts; none for a limit or a lift."""
    if document.effect in (Effect.ALLOW, Effect.LIMIT):
        return []
    scope, order = document.scope, document.uuid
    house = document.effect is Effect.CUSTOMER_INITIATED_ONLY
    return [
        Stop(
            product=one,
            operation=ANY if operation == ANY else Operation(operation),
            jurisdiction=place,
            exempt=document.exemptions,
            order_id=order,
            effective_at=at,
            channels=_all(scope.channels),
            tiers=_all(scope.customer_classes),
            initiator=Initiator.HOUSE if house else None,
            accounts=tuple(parse("acc", account) for account in scope.accounts),
            in_flight=document.in_flight.policy,
            deadline=document.in_flight.deadline,
        )
        for one, operation, place in _grid(document, operations(document))
    ]


def pack(document: Document) -> str:
    """The pack of an order's limits."""
    return f"order-{document.uuid}"


def limits(document: Document, at: datetime) -> dict[str, Any]:
    """The pack of limits that an order in force from `at` brings.

    Where it names no operations, those that it bounds share the one bound.
    """
    bound = document.limit
    assert bound is not None
    tiers = _all(document.scope.customer_classes) or (ANY,)
    said = bool(document.scope.operations)
    return {
        "pack": pack(document),
        "limits": [
            {
                "name": ".".join(word.lower().replace(ANY, "any") for word in (*cell, tier)),
                "product": cell[0],
                "operation": cell[1] if said else " ".join(operations(document)),
                "jurisdiction": cell[2],
                "tier": tier,
                "currency": bound.currency,
                "window": str(bound.window),
                "amount_minor": bound.amount_minor,
                "count": bound.count,
                "from": at.isoformat(),
            }
            for cell in _grid(document, operations(document) if said else (ANY,))
            for tier in tiers
        ],
    }


def _grid(document: Document, named: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    scope = document.scope
    return product(
        _all(scope.products) or (ANY,),
        named,
        _all(scope.jurisdictions) or (ANY,),
    )


def _all(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names without repetition; none when any will do."""
    return () if ANY in names else tuple(dict.fromkeys(names))
