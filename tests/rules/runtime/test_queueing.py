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


def test_the_committed_figures_are_what_the_page_says_they_should_be(figures: dict[str, float]):
    """A lone call is as fast as without a lane; nobody starves; a flood takes a few megabytes."""
    assert figures["idle_vs_one_tx"] == pytest.approx(1, abs=0.1)
    assert [f"lane_per_s_{n}" in figures for n in CLIENTS] == [True] * 10
    assert (CLIENTS[0], CLIENTS[-1]) == (1, 512)
    assert figures["lane_vs_one_tx"] > 5
    assert figures["fair_wait_vs_drain"] < 0.3
    assert figures["full_grown_mb"] < 10
