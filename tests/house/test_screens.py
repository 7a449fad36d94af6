"""The desks' screens: each route that a desk may call is called by one, each step has its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sycee.products.escrow import model

WEB = Path(__file__).parents[2] / "web"
ESCROW = Path(model.__file__).parent


def steps() -> set[str]:
    """The verbs that a trade's timeline may show, as the escrow's rules name them."""
    text = "".join(path.read_text() for path in sorted(ESCROW.glob("*.py")))
    named = set(re.findall(r'"((?:trade|refund|dispute|milestone)\.[a-z-]+)"', text))
    turned = re.findall(r'_turned\((?:[^()]|\([^()]*\))*?"([a-z]+)"', text)
    return named | {f"refund.{verb}" for verb in turned}


def test_the_steps_are_found() -> None:
    assert {"trade.created", "dispute.evidence-added", "refund.opened", "refund.postponed"} <= (
        steps()
    )


@pytest.mark.parametrize("app", ["wallet", "merchant", "console"])
@pytest.mark.parametrize("lang", ["en", "zh", "de"])
def test_every_step_of_a_trade_has_words(app: str, lang: str) -> None:
    text = (WEB / app / "texts" / f"{lang}.ts").read_text()
    assert [verb for verb in sorted(steps()) if f"'{verb}':" not in text] == []
