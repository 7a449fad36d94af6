"""How long a session lives and rests, and what it may do on each device."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sycee.core.parties.identity.model import Session, SessionKind
from sycee.core.parties.model import Kind
from sycee.core.parties.scopes import DUTIES, Duty, Role, of_session, permitted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUARTER, MOMENT = timedelta(minutes=15), timedelta(microseconds=1)


def session(kind: SessionKind, life: timedelta) -> Session:
    """A session that was last seen at noon."""
    id_ = UUID(int=1)
    return Session(id_, id_, id_, kind, NOON, NOON, NOON, NOON + life, None)


def test_a_wallet_that_rests_for_a_quarter_of_an_hour_is_locked_and_lives_on():
    wallet = session(SessionKind.WALLET, timedelta(days=30))
    assert not wallet.locked(NOON + QUARTER - MOMENT)
    assert wallet.locked(NOON + QUARTER)
    assert wallet.ends_at() == NOON + timedelta(days=30)


def test_a_console_that_rests_is_over_and_never_locked():
    console = session(SessionKind.CONSOLE, timedelta(hours=12))
    assert console.ends_at() == NOON + QUARTER
    assert not console.locked(NOON + timedelta(hours=1))
    late = session(SessionKind.CONSOLE, timedelta(minutes=1))
    assert late.ends_at() == NOON + timedelta(minutes=1), "however much it is used"


@pytest.mark.parametrize("kind", Kind)
def test_an_owner_may_all_that_the_party_may_and_staff_a_part_of_it(kind):
    owner = of_session(kind, [Role.MEDIATOR], Duty.OWNER)
    assert owner > permitted(kind, [Role.MEDIATOR])
    for duty in DUTIES[kind] - {Duty.OWNER}:
        staff = of_session(kind, [Role.MEDIATOR], duty)
        assert "session" in staff < owner
        assert staff - {"session"} < permitted(kind, [])


def test_a_cashier_sells_and_an_auditor_only_looks():
    cashier = of_session(Kind.MERCHANT, [], Duty.CASHIER)
    assert {scope for scope in cashier if scope.endswith(":write")} == {"sales:write"}
    auditor = of_session(Kind.OPERATOR, [], Duty.AUDITOR)
    assert {scope for scope in auditor if not scope.endswith(":read")} == {"session"}
