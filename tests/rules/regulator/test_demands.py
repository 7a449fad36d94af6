"""Demands and reconciliations on values: what is missing, what is wider, and what differs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sycee.oversight.regulator.demands import model
from sycee.oversight.regulator.demands.model import DemandGrantWider, Extent, Field
from sycee.oversight.regulator.safeguarding.model import Break, Run, Sort, compare

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
NAMES = Extent(("par_1", "par_2"), (Field.NAME, Field.EMAIL))
MONTH = Extent(("par_1",), (Field.STATEMENT,), NOW, NOW + timedelta(days=31))
ASKED: dict[str, Any] = {
    "authority": "court",
    "legal_basis": "Article 1",
    "text": "Tell us.",
    "asked": NAMES,
    "gag_until": None,
    "gag_basis": None,
}


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({}, ()),
        ({"asked": MONTH}, ()),
        ({"gag_until": NOW, "gag_basis": "Article 2"}, ()),
        ({"authority": " "}, ("authority",)),
        ({"legal_basis": "\t"}, ("legal_basis",)),
        ({"text": ""}, ("text",)),
        ({"text": " \n"}, ("text",)),
        ({"asked": Extent((), (Field.NAME,))}, ("subjects",)),
        ({"asked": Extent(("par_1",), ())}, ("fields",)),
        ({"asked": msgspec.structs.replace(MONTH, since=None)}, ("period",)),
        ({"asked": msgspec.structs.replace(MONTH, until=None)}, ("period",)),
        ({"asked": msgspec.structs.replace(MONTH, until=NOW)}, ("period",)),
        ({"asked": msgspec.structs.replace(MONTH, until=NOW + TICK)}, ()),
        ({"gag_until": NOW}, ("gag_basis",)),
        ({"gag_until": NOW, "gag_basis": " "}, ("gag_basis",)),
        ({"gag_basis": "Article 2"}, ("gag_until",)),
        (
            {"authority": "", "text": "", "asked": Extent((), ())},
            ("authority", "text", "subjects", "fields"),
        ),
    ],
    ids=str,
)
def test_what_a_demand_lacks_is_listed_in_order(
    changes: dict[str, Any], missing: tuple[str, ...]
) -> None:
    assert model.missing(**{**ASKED, **changes}) == missing


@pytest.mark.parametrize(
    ("asked", "changes", "field"),
    [
        (NAMES, {}, None),
        (NAMES, {"subjects": ("par_2",), "fields": (Field.EMAIL,)}, None),
        (NAMES, {"subjects": ()}, "subjects"),
        (NAMES, {"subjects": ("par_1", "par_3")}, "subjects"),
        (NAMES, {"fields": ()}, "fields"),
        (NAMES, {"fields": (Field.NAME, Field.PHONE)}, "fields"),
        (NAMES, {"since": NOW}, None),
        (MONTH, {}, None),
        (MONTH, {"since": NOW + TICK, "until": NOW + 2 * TICK}, None),
        (MONTH, {"since": NOW - TICK}, "since"),
        (MONTH, {"since": None}, "since"),
        (MONTH, {"until": NOW + timedelta(days=31) + TICK}, "until"),
        (MONTH, {"until": None}, "until"),
        (msgspec.structs.replace(MONTH, since=None), {"since": NOW}, "since"),
        (msgspec.structs.replace(MONTH, until=None), {"until": NOW}, "until"),
    ],
    ids=str,
)
def test_a_grant_lies_inside_what_was_demanded(
    asked: Extent, changes: dict[str, Any], field: str | None
) -> None:
    granted = msgspec.structs.replace(asked, **changes)
    if field is None:
        model.check_narrower(asked, granted)
        return
    with pytest.raises(DemandGrantWider) as refused:
        model.check_narrower(asked, granted)
    assert refused.value == DemandGrantWider(field)


def test_an_extent_has_one_spelling_and_reads_back() -> None:
    twice = Extent(("par_2", "par_1", "par_2"), (Field.NAME, Field.EMAIL, Field.NAME))
    assert twice.canonical == NAMES.canonical
    assert model.extent(MONTH.canonical) == MONTH
    assert model.details([Field.NAME, Field.STATEMENT, Field.PHONE]) == ["name", "phone"]


def test_nobody_is_told_before_the_last_moment_of_a_gag() -> None:
    demand = model.Demand(
        *(UUID(int=1), "court", "Article 1", "", b"", b"", b"", NOW, "Article 2", UUID(int=2)),
        *(NOW, model.State.ANSWERED, None, None, None, None),
    )
    assert [demand.gagged(at) for at in (NOW - TICK, NOW)] == [True, False]
    assert not msgspec.structs.replace(demand, gag_until=None).gagged(NOW)


def test_books_and_statement_are_compared_line_by_line() -> None:
    one, two, three, four, five = (UUID(int=n) for n in range(1, 6))
    books = {one: 100, two: -50, three: 7, five: 9}
    bank = {one: 100, three: 10, four: 50, five: 12}
    assert compare(books, bank) == [
        Break(Sort.MISSING_AT_BANK, two, -50),
        Break(Sort.MISSING_IN_BOOKS, four, -50),
        Break(Sort.AMOUNT_DIFFERS, three, -3),
        Break(Sort.AMOUNT_DIFFERS, five, -3),
    ]
    assert compare({one: 0}, {}) == [Break(Sort.MISSING_AT_BANK, one, 0)]


@pytest.mark.parametrize(
    ("owed", "held", "shortfall", "excess"), [(100, 70, 30, 0), (100, 130, 0, 30), (5, 5, 0, 0)]
)
def test_what_is_missing_at_the_bank_or_too_much_there(
    owed: int, held: int, shortfall: int, excess: int
) -> None:
    day = date(2026, 3, 1)
    run = Run(UUID(int=1), day, "CNY", NOW, 1, owed, owed, held, 1, 0, b"")
    assert (run.shortfall_minor, run.excess_minor) == (shortfall, excess)
