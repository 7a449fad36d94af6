"""The desks' screens: each route that a desk may call is called by one, each step has its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.house import screens
from tests.house.screens import EXCUSED, PAGE, Spoken

from sycee.doors.http import contents
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


def test_each_route_of_the_desks_is_called_from_a_screen_or_excused() -> None:
    silent = {f"{method} {path}" for (method, path), (_, files) in screens.desks().items()
              if not files}  # fmt: skip
    assert silent - set(EXCUSED) == set(), "build its screen, or say why there is none"
    assert set(EXCUSED) - silent == set(), "a screen calls it now: the excuse is void"


def test_the_page_of_the_screens_is_as_it_is() -> None:
    assert PAGE.read_text() == screens.table(), "run `python -m tests.house.screens`"


def test_a_call_is_known_by_its_method_and_its_steps() -> None:
    route = next(
        each for each in contents.routes() if each.path == "/v1/orders/{order:ord}/approve"
    )
    way = ("", "v1", "orders", "{order}")
    assert screens.calls(route, Spoken("POST", (*way, "approve"), "x"))
    assert screens.calls(route, Spoken("POST", (*way, "*"), "x", frozenset({"approve"})))
    assert not screens.calls(route, Spoken("POST", (*way, "*"), "x", frozenset({"decline"})))
    assert not screens.calls(route, Spoken("GET", (*way, "approve"), "x"))
    assert not screens.calls(route, Spoken("POST", (*way, "packet"), "x"))
