"""The queueing model of a lane, held against the figures that are in the repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench import queueing
from bench.lanes import CLIENTS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    return json.loads((ROOT / "docs/internals/lanes.json").read_text("utf-8"))["figures"]


def test_the_model_is_within_fifteen_percent_of_what_was_measured(figures: dict[str, float]):
    fixed, each = queueing.fitted(figures)
    for clients in CLIENTS:
        assert queueing.rate(clients, fixed, each) == pytest.approx(
            figures[f"lane_per_s_{clients}"], rel=0.15
        )


def test_the_page_of_new_year_holds_the_models_table(figures: dict[str, float]):
    page = (ROOT / "docs/operating/new-year.md").read_text("utf-8")
    assert "\n".join(queueing.table(figures)) in page


def test_beyond_the_wall_no_batch_is_large_enough():
    assert queueing.open_batch(5_000, 3.15, 0.111) == pytest.approx(35, rel=0.02)
    assert queueing.open_batch(9_100, 3.15, 0.111) == float("inf")
