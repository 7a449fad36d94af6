"""The desks' screens: each route that a desk may call is called by one, each step has its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.house import screens
from tests.house.screens import EXCUSED, PAGE, Spoken

import sycee
from sycee.core.ledger import chart
from sycee.core.ledger import model as ledger
from sycee.core.ledger.store import checks as ledger_checks
from sycee.core.parties import model as parties
from sycee.core.parties.personal.details import DeskPurpose
from sycee.core.parties.scopes import Duty, Role
from sycee.core.policy.model import PRODUCTS, Operation
from sycee.doors.http import contents
from sycee.oversight.regulator.demands import model as demands
from sycee.oversight.regulator.orders import states as orders
from sycee.oversight.regulator.orders.document import Effect
from sycee.oversight.regulator.safeguarding.model import Sort
from sycee.oversight.transparency.counts.model import Question
from sycee.products.escrow import model
from sycee.products.wallet.bank.findings import Fault
from sycee.products.wallet.bank.model import Why

WEB = Path(__file__).parents[2] / "web"
SOURCES = Path(sycee.__file__).parent
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


@pytest.mark.parametrize("texts", ["shared/trading/texts", "console/texts"])
@pytest.mark.parametrize("lang", ["en", "zh", "de"])
def test_every_step_of_a_trade_has_words(texts: str, lang: str) -> None:
    text = (WEB / texts / f"{lang}.ts").read_text()
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


def checks() -> set[str]:
    """What the doctor says it looks at: of the installation, of the ledger, of the products."""
    doctor = (SOURCES / "doors/cli/doctor.py").read_text()
    found = set(re.findall(r'Checked\("([^"]+)"|\("([^"]+)", found\.', doctor))
    own = {one or other for one, other in found}
    own |= {f"{name}, migrations" for name in own if name.endswith(("Database", "database"))}
    products = " ".join(path.read_text() for path in SOURCES.rglob("checks.py"))
    return own | set(ledger_checks.CHECKS) | set(re.findall(r'Finding\(\s*"([^"]+)"', products))


NAMED: dict[str, set[str]] = {
    "chart": set(chart.CHART),
    "codes": set(chart.CODES),
    "transfers": {kind.name.lower().replace("_", "-") for kind in ledger.Kind},
    "kinds": {*parties.Kind, *Role},
    "parties/states": set(parties.Status),
    "gates/products": {*PRODUCTS, "*"},
    "gates/operations": {*Operation, "*"},
    "orders/effects": set(Effect),
    "orders/states": set(orders.State),
    "demands/states": set(demands.State),
    "demands/names": set(demands.Field),
    "runs/sorts": set(Sort),
    "bank/reasons": set(Why),
    "bank/faults": set(Fault),
    "details/purposes": set(DeskPurpose),
    "devices/duties": set(Duty),
    "counts/questions": set(Question),
    "checks": checks(),
}
"""Names of the house's own that the console shows: each in a part of its texts."""


def part(text: str, path: str) -> str:
    """The lines of one part of the texts, by its names from the outside in."""
    for depth, name in enumerate(path.split("/"), 1):
        indent = "  " * depth
        found = re.search(rf"^{indent}{name}: (\{{.*?^{indent}\}}|\{{[^\n]*\}})", text, re.M | re.S)
        assert found, f"the texts have no {path}"
        text = found[1]
    return text


def unsaid(lang: str, path: str, names: set[str]) -> set[str]:
    """Which of the names the console's texts of a language do not say."""
    said = part((WEB / "console" / "texts" / f"{lang}.ts").read_text(), path)
    return {
        name for name in names if not re.search(rf"(?<![\w-])['\"]?{re.escape(name)}['\"]?:", said)
    }


@pytest.mark.parametrize("lang", ["en", "zh", "de"])
@pytest.mark.parametrize("path", NAMED)
def test_every_name_that_the_console_shows_has_words_in_each_language(path: str, lang: str) -> None:
    assert unsaid(lang, path, NAMED[path]) == set()


def test_what_the_doctor_looks_at_is_found() -> None:
    assert {
        "Free disk",
        "Keys' database, migrations",
        "gifts that wait lie in their pots",
    } < checks()
    assert {"Books", "posted sums follow from the log"} < checks()


def test_a_name_without_words_is_found() -> None:
    assert unsaid("de", "transfers", {"hold", "levitate"}) == {"levitate"}
