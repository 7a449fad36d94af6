"""Nothing is posted after an order, from four processes; and the count would show it."""

from __future__ import annotations

import pytest
from bench import gate


@pytest.mark.parametrize("gated", [True, False])
def test_no_payment_of_four_processes_comes_after_an_order(database_url: str, gated: bool) -> None:
    figures = gate.measure(database_url, orders=15, turns=0, gated=gated)
    assert figures["payments_beside"] > 0
    if gated:
        assert figures["postings_after_order"] == 0
        assert figures["payments_refused"] > 0
        assert figures["order_to_effect_p99_ms"] <= 1_000
    else:
        assert figures["postings_after_order"] > 0
