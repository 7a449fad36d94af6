"""Items that stand or fall together, and ids that were posted before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.rules.ledger.batches import NOW_US, A, B, C, decide, fresh

from sycee.core.ledger.content import difference
from sycee.core.ledger.model import (
    SUM_MAX,
    Capture,
    Expire,
    Extend,
    Hold,
    HoldState,
    Item,
    Posted,
    Release,
    Reversal,
    Row,
    Sweep,
    Transfer,
)
from sycee.core.ledger.refusals import (
    AccountNotFound,
    FloorReached,
    GroupFailed,
    GroupNotContiguous,
    IdExistsWithDifferent,
)
from sycee.core.ledger.survey import Span, effects, legs, references, spans
from sycee.kit.clock import from_micros
from sycee.kit.money import MAX_MINOR

NOBODY, HELD = UUID(int=9), UUID(int=77)
SOON = from_micros(NOW_US) + timedelta(hours=1)


def pay(debit: UUID, credit: UUID, amount: Any, **rest: Any) -> Transfer:
    return Transfer(fresh(), debit, credit, amount, "test", **rest)


def hold(**changes: Any) -> HoldState:
    fields = dict.fromkeys(("credit", "subject", "expires_us", "capture_us", "closed_us"))
    amounts = {"amount_minor": 40, "captured_minor": 0, "released_minor": 0}
    return HoldState(**{"id": HELD.int, "debit": 1, "code": 999, **fields, **amounts, **changes})


def test_the_first_member_that_fails_is_the_culprit() -> None:
    run = decide(
        [
            pay(C, A, 1),
            pay(A, C, 60, group=4),
            pay(A, C, 60, group=4),
            pay(A, NOBODY, 60, group=4),
            pay(A, C, 101),
        ]
    )
    assert run.outcomes[1:4] == [GroupFailed(2), FloorReached(str(A), 41, 0), GroupFailed(2)]
    assert run.said[4] == "ok"
    assert run.decision.refused == [1, 2, 3]


def test_a_group_that_names_an_unknown_account_or_hold_fails_by_name() -> None:
    run = decide([pay(A, C, 60, group=4), pay(A, NOBODY, 1, group=4)])
    assert run.outcomes == [GroupFailed(1), AccountNotFound(str(NOBODY))]
    run = decide([pay(A, C, 60, group=4), Release(fresh(), NOBODY, group=4)])
    assert run.said == ["group-failed", "hold-not-found"]
    assert (run.sums(A), run.rows) == ((0, 100, 0, 0), [])


def test_only_members_carry_the_link_of_their_group() -> None:
    items: list[Item] = [pay(A, C, 1), pay(A, C, 2, group=4), pay(A, C, 3, group=4), pay(A, C, 4)]
    items.append(Sweep(fresh(), A, C, 5, "test", group=7))
    items.append(pay(A, C, 6))
    first, last = items[1].id.int, items[4].id.int
    assert [row.linked for row in decide(items).rows] == [None, first, first, None, last, None]
    failed = decide([pay(A, C, 101, group=4), pay(A, C, 4)])
    assert [row.linked for row in failed.rows] == [None]


def test_a_group_of_which_some_stood_before_is_another_group() -> None:
    paid, more = pay(A, C, 2, group=4), pay(A, C, 3, group=4)
    (row,) = decide([paid]).rows
    run = decide([pay(A, C, 1), paid, more], rows=[row])
    assert run.outcomes[1] == IdExistsWithDifferent(str(paid.id), "group")
    assert (run.outcomes[2], run.said[0]) == (GroupFailed(1), "ok")
    late = decide([pay(A, C, 1), more, paid], rows=[row._replace(linked=more.id.int)])
    assert late.outcomes[1:] == [GroupFailed(2), IdExistsWithDifferent(str(paid.id), "group")]
    worse = decide([more, paid, pay(A, C, 101, group=4)], rows=[row._replace(linked=more.id.int)])
    assert worse.outcomes == [GroupFailed(2), GroupFailed(2), FloorReached(str(A), 97, 0)]


def test_what_stood_before_answers_as_it_did_and_moves_nothing() -> None:
    paid, other = pay(A, C, 2), pay(A, C, 2, group=4)
    rows = decide([paid, other]).rows
    run = decide([pay(C, B, 5), paid, other], rows=rows)
    again = Posted(paid.id, 2, from_micros(NOW_US + 1), 98, 2, existed=True)
    assert run.outcomes[1] == again
    assert run.said == ["ok", "exists", "exists"]
    assert (run.sums(A), run.decision.repeated) == ((0, 100, 0, 0), [1, 2])
    more = decide([Transfer(paid.id, A, C, 3, "test")], rows=rows)
    assert more.outcomes == [IdExistsWithDifferent(str(paid.id), "amount_minor")]


def test_a_failed_group_leaves_an_older_hold_and_a_newer_one_as_they_were() -> None:
    old = hold(expires_us=NOW_US + 5)
    new = Hold(fresh(), A, 7, "test", group=4)
    run = decide(
        [
            new,
            Extend(fresh(), HELD, SOON, group=4),
            Capture(fresh(), HELD, C, 5, "test", group=4),
            Release(fresh(), HELD, group=4),
            Release(fresh(), new.id, group=4),
            pay(A, C, 101, group=4),
            Release(fresh(), new.id),
        ],
        holds=[old],
        debits_pending=40,
    )
    assert run.said[5:] == ["floor-reached", "hold-not-found"]
    assert old == hold(expires_us=NOW_US + 5)
    assert (run.sums(A), run.sums(C)) == ((0, 100, 40, 0), (0, 0, 0, 0))
    assert run.decision.new_holds == set()
    assert run.decision.changed_holds <= {HELD.int}
    assert set(run.decision.world.holds) == {HELD.int}


def test_a_failed_group_takes_back_what_it_reversed_and_its_ids_alone() -> None:
    paid, other = pay(A, C, 20), pay(A, C, 30)
    inner = pay(A, C, 1, group=4)
    run = decide(
        [
            paid,
            other,
            Reversal(fresh(), paid.id, 5),
            inner,
            Reversal(fresh(), paid.id, group=4),
            Reversal(fresh(), other.id, group=4),
            pay(A, C, 101, group=4),
            Reversal(fresh(), paid.id),
            Reversal(fresh(), other.id),
            Reversal(fresh(), inner.id),
        ]
    )
    assert run.said[7:] == ["ok", "ok", "transfer-not-found"]
    assert run.moved == [20, 30, 5, 15, 30]


def test_a_batch_is_cut_into_groups_and_loose_stretches() -> None:
    assert spans([None, None, 4, 4, None, 5, 4]) == [
        Span(0, 2, None, False),
        Span(2, 4, 4, True),
        Span(4, 5, None, False),
        Span(5, 6, 5, False),
        Span(6, 7, 4, True),
    ]
    assert spans([]) == []
    run = decide([pay(A, C, 1, group=4), pay(A, C, 1), pay(A, C, 1, group=4)])
    assert run.outcomes[0] == run.outcomes[2] == GroupNotContiguous(4)
    assert (run.moved, run.decision.refused) == ([1], [0, 2])


TRANSFER = pay(A, B, 5)
ITEMS: list[Item] = [
    TRANSFER,
    Sweep(fresh(), A, C, 5, "test"),
    Hold(fresh(), A, 5, "test", credit=B, expires_at=SOON + timedelta(1), capture_at=SOON),
    Reversal(fresh(), TRANSFER.id, 5),
    Capture(fresh(), HELD, C, 5, "test"),
    Capture(fresh(), HELD, C, 5, "test", final=True),
    Release(fresh(), HELD, 5),
    Extend(fresh(), HELD, SOON),
    Expire(fresh(), HELD),
]
OTHERS: dict[str, Any] = {
    "debit": C,
    "credit": A,
    "limit_minor": 6,
    "amount_minor": 6,
    "code": "wallet.pay",
    "subject": UUID(int=8),
    "reverses": NOBODY,
    "hold": NOBODY,
    "expires_at": SOON + timedelta(2),
    "capture_at": SOON + timedelta(3),
    "effective_at": SOON,
}


def logged(item: Item) -> Row:
    """The row of an item that was accepted."""
    gone = isinstance(item, Expire)
    held = [hold(expires_us=NOW_US if gone else NOW_US + 1)]
    items: list[Item] = [TRANSFER, item] if isinstance(item, Reversal) else [item]
    run = decide(items, holds=held, debits_pending=40)
    assert run.said[-1] == "ok"
    return run.rows[-1]


def changed(item: Item, field: str) -> Item:
    values = {name: getattr(item, name) for name in item.__struct_fields__}
    value = not values[field] if field == "final" else OTHERS[field]
    return type(item)(**{**values, field: value})


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: type(item).__name__)
def test_an_item_that_says_anything_else_differs_in_that(item: Item) -> None:
    row = logged(item)
    assert difference(item, None, row) is None
    assert difference(item, item.id.int, row) == "group"
    fields = [name for name in item.__struct_fields__ if name not in ("id", "group")]
    assert [difference(changed(item, name), None, row) for name in fields] == fields
    others = [other for other in ITEMS if type(other) is not type(item)]
    assert {difference(other, None, row) for other in others} == {"kind"}


def test_what_asked_for_the_rest_is_the_same_however_much_that_was() -> None:
    rest: list[Item] = [
        Reversal(fresh(), TRANSFER.id),
        Capture(fresh(), HELD, C, None, "test"),
        Release(fresh(), HELD),
        Sweep(fresh(), A, C, None, "test"),
    ]
    rows = [logged(item) for item in rest]
    assert [row.amount_minor for row in rows] == [5, 40, 40, 60]
    assert [difference(*pair) for pair in zip(rest, [None] * 4, rows, strict=True)] == [None] * 4
    unknown = Transfer(fresh(), A, B, 5, "999")
    assert difference(unknown, None, logged(TRANSFER)) == "code"


def test_true_is_not_one_and_the_first_difference_is_named() -> None:
    assert difference(pay(A, B, True), None, logged(pay(A, B, 1))) == "amount_minor"
    wrong = pay(C, A, 6)
    assert difference(wrong, 3, logged(TRANSFER)) == "debit"
    loose = Hold(fresh(), A, 5, "test")
    assert difference(loose, None, logged(loose)) is None
    bare = Extend(fresh(), HELD, SOON.replace(tzinfo=None))
    assert difference(bare, None, logged(ITEMS[7])) == "expires_at"


def test_what_an_item_names_is_locked() -> None:
    older = {HELD.int: hold(credit=2)}
    row = logged(TRANSFER)
    known = {row.id: row}
    named = [legs(item, older, known) for item in ITEMS]
    assert named == [{1, 2}, {1, 3}, {1, 2}, {1, 2}, {1, 2, 3}, {1, 2, 3}, {1, 2}, {1, 2}, {1, 2}]
    unnamed = [legs(item, {HELD.int: hold()}, {}) for item in ITEMS[3:7]]
    assert unnamed == [set(), {1, 3}, {1, 3}, {1}]
    assert [legs(item, {}, {}) for item in ITEMS[4:]] == [{3}, {3}, set(), set(), set()]
    assert legs(Hold(fresh(), A, 5, "test"), {}, {}) == {1}
    reserved = {row.id: row._replace(credit=None)}
    assert legs(ITEMS[3], {}, reserved) == set()
    assert references(ITEMS) == ({HELD.int}, {TRANSFER.id.int})
    assert references(ITEMS[:3]) == (set(), set())


def test_the_net_effect_counts_what_is_sure_and_names_the_rest() -> None:
    found = effects(
        [
            pay(A, B, 5),
            pay(A, C, 7),
            pay(B, A, 1),
            pay(UUID(int=4), UUID(int=5), 0),
            pay(UUID(int=4), UUID(int=6), MAX_MINOR + 1),
            pay(UUID(int=11), UUID(int=12), "7"),
            pay(UUID(int=11), UUID(int=12), True),
            Hold(fresh(), A, 3, "test", credit=B),
            Hold(fresh(), A, 4, "test", credit=B),
            Hold(fresh(), UUID(int=10), 4, "test"),
            Hold(fresh(), UUID(int=7), 0, "test", credit=UUID(int=8)),
            Sweep(fresh(), B, NOBODY, None, "test"),
        ],
        {},
        {},
    )
    assert found.debits == {1: 12, 2: 1}
    assert found.credits == {2: 5, 3: 7, 1: 1}
    assert (found.debits_pending, found.credits_pending) == ({1: 7, 10: 4}, {2: 7})
    assert found.others == {2, 4, 5, 6, 7, 8, 9, 11, 12}
    assert (found.accounts(), found.exact) == ({*range(1, 13)}, True)
    alone = effects([Hold(fresh(), A, 3, "test"), Hold(fresh(), B, 3, "test", credit=C)], {}, {})
    assert alone.accounts() == {1, 2, 3}


@pytest.mark.parametrize(("times", "exact"), [(511, True), (512, False)])
def test_a_sum_that_could_overflow_on_any_side_counts_nothing(times: int, exact: bool) -> None:
    paid = effects([pay(A, B, MAX_MINOR)] * times + [pay(C, A, 1)], {}, {})
    held = effects([Hold(fresh(), A, MAX_MINOR, "test", credit=B)] * times, {}, {})
    taken = effects([pay(C, A, 1)] + [pay(B, A, MAX_MINOR)] * times, {}, {})
    assert [found.exact for found in (paid, held, taken)] == [exact] * 3
    assert (paid.accounts(), held.accounts()) == ({1, 2, 3}, {1, 2})
    assert bool(held.credits_pending) is exact
    brim = effects([pay(A, B, MAX_MINOR)] * 511 + [pay(A, B, MAX_MINOR - 1)], {}, {})
    assert (brim.exact, brim.debits) == (True, {1: SUM_MAX})


def test_accounts_that_may_differ_from_the_net_effect_are_those_of_odd_items() -> None:
    run = decide([pay(A, C, 1), pay(C, B, 500), Hold(fresh(), A, 1, "test")])
    assert run.decision.doubtful() == {2, 3}
    swept = decide([pay(A, C, 1), Sweep(fresh(), A, B, 1, "test")])
    assert swept.decision.doubtful() == {1, 2}
    assert decide([pay(A, C, 1), Hold(fresh(), A, 1, "test")]).decision.doubtful() == set()
