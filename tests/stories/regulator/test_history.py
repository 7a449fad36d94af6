"""The four historical orders, replayed on a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.conftest import Template

from sycee.doors.cli.app import main
from sycee.kit.clock import ManualClock
from sycee.oversight.regulator.orders import history
from sycee.runtime.db import Database


@pytest.mark.parametrize("name", history.names())
def test_history_repeats_itself(name: str, main_template: Template) -> None:
    story = history.load(name)
    clock = ManualClock(datetime(2014, 1, 1, tzinfo=UTC))
    database_name, url = main_template.clone()
    database = Database(url, clock=clock)
    seen = list(history.replay(database, clock, story))
    database.close()
    main_template.drop(database_name)
    wrong = [one for one in seen if one.expected != one.found]
    assert wrong == []
    assert len(seen) >= 6


def test_the_demo_tells_all_four_and_an_order_that_payments_race(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The four of the past are replayed above and are told by the same lines; here, one of them."""
    monkeypatch.setenv("SYCEE_DATABASE_URL", database_url)
    monkeypatch.setenv("SYCEE_KEYS_URL", database_url)
    assert main(["demo", "orders", "pboc-2018"]) == 0
    told = capsys.readouterr().out
    assert "1 April 2018" in told
    assert "limited" in told
    assert "0 that began after it were made" in told
    assert "✗" not in told


def test_all_four_are_shipped() -> None:
    assert history.names() == ["fca-2020", "pboc-2014", "pboc-2018", "rbi-2024"]
