"""An order's document on values: what contradicts itself, what it stops, and where it stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sycee.core.policy.model import InFlight, Initiator, Operation, Window
from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.oversight.regulator.orders import meaning
from sycee.oversight.regulator.orders.document import (
    Bound,
    Document,
    Effect,
    Pending,
    Scope,
    canonical,
    check,
    signed_text,
)
from sycee.oversight.regulator.orders.refusals import (
    OrderContradicts,
    OrderInPast,
    OrderNamesUnknown,
)
from sycee.oversight.regulator.orders.states import State, state_of
from sycee.oversight.regulator.orders.store import Order

ORDER, OTHER, ACCOUNT = UUID(int=1), UUID(int=2), UUID(int=3)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICK, HOUR = timedelta(microseconds=1), timedelta(hours=1)
LIMIT: dict[str, Any] = {"effect": Effect.LIMIT, "limit": Bound("CNY", Window.DAY, 1_000)}
LIFT: dict[str, Any] = {"effect": Effect.ALLOW, "supersedes": (public("ord", OTHER),)}


def order(effect: Effect = Effect.DENY, **more: Any) -> Document:
    return Document(public("ord", ORDER), "PBOC", "Article 1", effect, **more)


def scope(**names: Any) -> dict[str, Any]:
    return {"scope": Scope(**names)}


@pytest.mark.parametrize(
    "said",
    [
        {},
        scope(products=("wallet", "*"), channels=("qr",), operations=("payout", "*")),
        scope(accounts=(public("acc", ACCOUNT),)),
        {"effect": Effect.FREEZE},
        {"effect": Effect.WITHDRAW_ONLY},
        LIMIT,
        {"effect": Effect.LIMIT, "limit": Bound("CNY", Window.DAY, count=3)},
        {**LIMIT, **scope(operations=("debit",))},
        LIFT,
        {"supersedes": (public("ord", OTHER),)},
        {"effective_at": NOW - timedelta(minutes=5)},
        {"effective_at": NOW + HOUR, "review_at": NOW + HOUR + TICK},
        {"in_flight": Pending(InFlight.COMPLETE, NOW + TICK)},
        {"in_flight": Pending(InFlight.REVERSE)},
    ],
    ids=str,
)
def test_a_document_that_says_one_thing_is_an_order(said: dict[str, Any]) -> None:
    check(order(**said), NOW)


@pytest.mark.parametrize(
    ("said", "refusal", "field"),
    [
        ({"supersedes": (public("ord", ORDER),)}, OrderContradicts, "supersedes"),
        ({"supersedes": ("ord_1",)}, Invalid, "order.supersedes"),
        (scope(products=("tea",)), OrderNamesUnknown, "order.scope.products"),
        (scope(channels=("tea",)), OrderNamesUnknown, "order.scope.channels"),
        (scope(operations=("debit", "tea")), OrderNamesUnknown, "order.scope.operations"),
        (scope(accounts=("acc_1",)), Invalid, "order.scope.accounts"),
        ({"limit": Bound("CNY", Window.DAY, 1)}, OrderContradicts, "limit"),
        ({"effect": Effect.LIMIT}, OrderContradicts, "limit"),
        (
            {"effect": Effect.LIMIT, "limit": Bound("XXX", Window.DAY, 1)},
            Invalid,
            "order.limit.currency",
        ),
        ({"effect": Effect.LIMIT, "limit": Bound("CNY", Window.DAY)}, OrderContradicts, "limit"),
        ({**LIMIT, **scope(channels=("qr",))}, OrderContradicts, "scope"),
        ({**LIMIT, **scope(accounts=(public("acc", ACCOUNT),))}, OrderContradicts, "scope"),
        ({**LIMIT, "exemptions": ("wallet.pay",)}, OrderContradicts, "scope"),
        ({"effect": Effect.ALLOW}, OrderContradicts, "supersedes"),
        ({**LIFT, **scope(products=("wallet",))}, OrderContradicts, "scope"),
        ({**LIFT, "exemptions": ("wallet.pay",)}, OrderContradicts, "scope"),
        ({**LIFT, "in_flight": Pending(InFlight.REVERSE)}, OrderContradicts, "scope"),
        (
            {"effect": Effect.FREEZE, **scope(operations=("debit",))},
            OrderContradicts,
            "scope.operations",
        ),
        (
            {"effect": Effect.WITHDRAW_ONLY, **scope(operations=("debit",))},
            OrderContradicts,
            "scope.operations",
        ),
        (
            {"effective_at": NOW - timedelta(minutes=5) - TICK},
            OrderInPast,
            "order.effective_at",
        ),
        ({"in_flight": Pending(InFlight.HOLD, NOW + HOUR)}, OrderContradicts, "in_flight.deadline"),
        (
            {"in_flight": Pending(InFlight.COMPLETE, NOW)},
            Invalid,
            "order.in_flight.deadline",
        ),
        (
            {"in_flight": Pending(InFlight.COMPLETE, NOW + HOUR), "effective_at": NOW + HOUR},
            Invalid,
            "order.in_flight.deadline",
        ),
        ({"review_at": NOW}, Invalid, "order.review_at"),
        ({"review_at": NOW + HOUR, "effective_at": NOW + HOUR}, Invalid, "order.review_at"),
    ],
    ids=str,
)
def test_a_document_that_contradicts_itself_is_refused_by_field(
    said: dict[str, Any], refusal: type[Exception], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        check(order(**said), NOW)
    assert getattr(refused.value, "field", None) == field


def test_two_people_are_needed_to_loosen_and_one_to_tighten() -> None:
    assert [order(**said).loosens for said in ({}, LIMIT, LIFT)] == [False, False, True]
    assert order(supersedes=(public("ord", OTHER),)).loosens
    assert order(Effect.ALLOW).loosens
    assert order().uuid == ORDER
    assert signed_text(b"{}") == b"sycee order v1\n{}"
    assert signed_text(b"{}", "approval") == b"sycee approval v1\n{}"
    with pytest.raises(Invalid) as refused:
        check(Document("ord_1", "PBOC", "Article 1", Effect.DENY), NOW)
    assert refused.value.field == "order.id"


def test_a_document_has_one_spelling() -> None:
    said = order(effective_at=NOW, notice={"zh": "停", "en": "Stop"}, **scope(products=("wallet",)))
    assert canonical(said).decode() == (
        '{"id":"ord_00000000000000000000000001","authority":"PBOC","legal_basis":"Article 1",'
        '"effect":"deny","scope":{"products":["wallet"],"channels":[],"operations":[],'
        '"jurisdictions":[],"customer_classes":[],"accounts":[]},"document_sha256":null,'
        '"supersedes":[],"limit":null,"exemptions":[],"effective_at":"2026-03-01T12:00:00Z",'
        '"in_flight":{"policy":"hold","deadline":null},"review_at":null,'
        '"notice":{"en":"Stop","zh":"停"}}'
    )


INTO = ("credit", "debit", "transfer", "onboard", "draw")
"""All operations but the ways out."""


@pytest.mark.parametrize(
    ("effect", "named", "about"),
    [
        (Effect.FREEZE, (), ("*",)),
        (Effect.WITHDRAW_ONLY, (), INTO),
        (Effect.DENY, (), INTO),
        (Effect.DENY, ("payout", "debit", "payout"), ("payout", "debit")),
        (Effect.DENY, ("payout", "*"), ("*",)),
        (Effect.CUSTOMER_INITIATED_ONLY, (), ("*",)),
        (Effect.CUSTOMER_INITIATED_ONLY, ("debit",), ("debit",)),
        (Effect.LIMIT, (), INTO),
    ],
)
def test_only_an_order_that_says_so_stops_the_ways_out(
    effect: Effect, named: tuple[str, ...], about: tuple[str, ...]
) -> None:
    assert meaning.operations(order(effect, scope=Scope(operations=named))) == about


def test_an_order_shuts_a_gate_for_each_of_what_it_names() -> None:
    said = order(
        scope=Scope(
            products=("wallet", "escrow", "wallet"),
            channels=("qr", "qr"),
            operations=("debit", "payout"),
            jurisdictions=("CN",),
            customer_classes=("class-1",),
            accounts=(public("acc", ACCOUNT),),
        ),
        exemptions=("wallet.tip",),
        in_flight=Pending(InFlight.COMPLETE, NOW + HOUR),
    )
    stops = meaning.stops(said, NOW)
    cells = [(stop.product, stop.operation, stop.jurisdiction) for stop in stops]
    assert cells == [
        ("wallet", Operation.DEBIT, "CN"),
        ("wallet", Operation.PAYOUT, "CN"),
        ("escrow", Operation.DEBIT, "CN"),
        ("escrow", Operation.PAYOUT, "CN"),
    ]
    for stop in stops:
        assert (stop.order_id, stop.effective_at, stop.exempt) == (ORDER, NOW, ("wallet.tip",))
        assert (stop.channels, stop.tiers, stop.accounts) == (("qr",), ("class-1",), (ACCOUNT,))
        assert (stop.in_flight, stop.deadline) == (InFlight.COMPLETE, NOW + HOUR)
        assert stop.initiator is None


def test_an_order_that_names_nothing_is_about_everything() -> None:
    (frozen,) = meaning.stops(order(Effect.FREEZE), NOW)
    assert (frozen.product, frozen.operation, frozen.jurisdiction) == ("*", "*", "*")
    assert (frozen.channels, frozen.tiers, frozen.accounts) == ((), (), ())
    anything = Scope(channels=("qr", "*"), customer_classes=("*",))
    (any_,) = meaning.stops(order(Effect.FREEZE, scope=anything), NOW)
    assert (any_.channels, any_.tiers) == ((), ())
    (customers,) = meaning.stops(order(Effect.CUSTOMER_INITIATED_ONLY), NOW)
    assert customers.initiator is Initiator.HOUSE
    assert [meaning.stops(order(**said), NOW) for said in (LIMIT, LIFT)] == [[], []]


def test_a_limit_becomes_a_pack_with_a_rule_for_each_of_what_it_names() -> None:
    everything = meaning.limits(order(**LIMIT), NOW)
    assert everything["pack"] == f"order-{ORDER}"
    (rule,) = everything["limits"]
    assert rule == {
        "name": "any.any.any.any",
        "product": "*",
        "operation": " ".join(INTO),
        "jurisdiction": "*",
        "tier": "*",
        "currency": "CNY",
        "window": "day",
        "amount_minor": 1_000,
        "count": None,
        "from": NOW.isoformat(),
    }
    named = Scope(
        products=("wallet",),
        operations=("debit", "payout"),
        jurisdictions=("CN",),
        customer_classes=("class-1", "class-2"),
    )
    rules = meaning.limits(order(**LIMIT, scope=named), NOW)["limits"]
    assert [rule["name"] for rule in rules] == [
        "wallet.debit.cn.class-1",
        "wallet.debit.cn.class-2",
        "wallet.payout.cn.class-1",
        "wallet.payout.cn.class-2",
    ]
    assert {(rule["jurisdiction"], rule["product"]) for rule in rules} == {("CN", "wallet")}
    assert [rule["operation"] for rule in rules] == ["debit", "debit", "payout", "payout"]
    assert [rule["tier"] for rule in rules] == ["class-1", "class-2"] * 2


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ({}, State.PROPOSED),
        ({"effective_at": NOW}, State.PROPOSED),
        ({"issued_at": NOW}, State.PROPOSED),
        ({"declined_at": NOW}, State.DECLINED),
        ({"declined_at": NOW, "issued_at": NOW, "effective_at": NOW}, State.DECLINED),
        ({"issued_at": NOW, "effective_at": NOW}, State.IN_FORCE),
        ({"issued_at": NOW, "effective_at": NOW + TICK}, State.DATED),
        ({"issued_at": NOW, "effective_at": NOW, "ends_at": NOW + TICK}, State.IN_FORCE),
        ({"issued_at": NOW, "effective_at": NOW, "ends_at": NOW}, State.ENDED),
        ({"issued_at": NOW, "effective_at": NOW + HOUR, "ends_at": NOW}, State.ENDED),
    ],
    ids=str,
)
def test_an_order_stands_where_its_steps_and_the_time_have_brought_it(
    steps: dict[str, Any], state: State
) -> None:
    taken: dict[str, Any] = dict.fromkeys(
        ("issued_at", "effective_at", "declined_at", "ends_at", "ended_by", "approver", "cut")
    )
    row = Order(ORDER, b"", ORDER, ORDER, ORDER, b"", NOW, **taken | steps)
    assert state_of(row, NOW) is state
