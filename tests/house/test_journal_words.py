"""Every verb that the sources write into a person's log has words in the wallet."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from tests.house.test_screens import steps

import sycee
from sycee.core.journal.verbs import VERBS
from sycee.core.ledger import chart

WEB = Path(__file__).parents[2] / "web"
SOURCES = Path(sycee.__file__).parent
VERB = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*")

COMMANDS = {"Call", "write", "direct"}
"""Functions whose texts of that form name a request to the API, not what was done."""

PUT_TOGETHER = {
    "f'bank.line-{state}'": {f"bank.line-{what}" for what in ("assigned", "own", "returning")},
    "f'mandate.{what}'": {"mandate.issued", "mandate.revoked"},
    "f'order.{kind}'": {"order.ended", "order.kept"},
    "f'request.{state}'": {"request.declined", "request.cancelled"},
    "f'split.{state}'": {"split.closed", "split.cancelled"},
    "f'webhook-endpoint.{what}'": {
        f"webhook-endpoint.{what}" for what in ("created", "changed", "rotated", "removed")
    },
    "f'witness.{what}'": {"witness.asked", "witness.dismissed"},
    "f'{offer.word}.paid'": {"link.paid", "code.paid"},
    "f'{offer.word}.{what}'": {"link.made", "link.closed", "code.made", "code.closed"},
    "f'{payment.purpose}.approved'": {"payment.approved", "series.approved", "withdrawal.approved"},
}
"""Verbs that the sources put together, by the text that does it."""

HOUSE = {"bank", "count", "demand", "job", "liabilities", "order", "order-key", "safeguarding",
         "town", "witness"}  # fmt: skip
"""What the operator and authorities do: it stands in no person's log."""

UNTOLD = {"envelope.circle-found", "envelope.circle-seen"}
"""Written for the house alone."""

NO_VERBS = {"bank.send", "demo.json", "order.supersedes"}
"""A job, a file and a field, whose names have the form of a verb."""

HANDED_ON = {"core/parties/identity/entry.py"}
"""Modules that name a verb for another one to write."""


def texts(source: str) -> tuple[set[str], set[str]]:
    """The verbs in a module that writes into the journal, and those that it puts together."""
    tree = ast.parse(source)
    asked = {
        id(each)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) in COMMANDS
        for each in call.args
    }
    whole, made = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in asked:
            whole |= {node.value} if VERB.fullmatch(node.value) else set()
        elif isinstance(node, ast.JoinedStr):
            text = ast.unparse(node)
            form = r"f['\"](?:[a-z-]+|\{[^}]*\})+\.(?:[a-z-]+|\{[^}]*\})+['\"]"
            made |= {text} if re.fullmatch(form, text) else set()
    return whole, made


@cache
def written() -> tuple[set[str], set[str]]:
    """As `texts`, of all modules that write into the journal or name a verb for one that does."""
    whole, made = set[str](), set[str]()
    for path in sorted(SOURCES.rglob("*.py")):
        source = path.read_text()
        name = path.relative_to(SOURCES).as_posix()
        if name in HANDED_ON or re.search(
            r"from sycee\.core\.journal[.\w]* import .*(Entry|append)", source
        ):
            one, other = texts(source)
            whole |= one
            made |= other
        whole |= set(re.findall(rf'\bverb(?:: str)?\s*=\s*"({VERB.pattern})"', source))
    return whole - set(chart.CODES) - NO_VERBS, made


def personal() -> set[str]:
    """The verbs that may stand in a person's log, without those of a trade."""
    whole, _ = written()
    verbs = whole.union(*PUT_TOGETHER.values()) - UNTOLD - steps()
    return {verb for verb in verbs if verb.partition(".")[0] not in HOUSE}


def test_what_is_put_together_is_known() -> None:
    assert written()[1] == set(PUT_TOGETHER)


def test_verbs_are_found() -> None:
    assert {"group.made", "device.recovered", "key.issue", "link.paid", "session.opened"} <= (
        personal()
    )


def test_every_verb_is_in_the_list_of_events_and_no_other() -> None:
    assert written()[0].union(*PUT_TOGETHER.values()) | steps() == VERBS


@pytest.mark.parametrize("lang", ["en", "zh", "de"])
def test_every_verb_of_a_persons_log_has_words(lang: str) -> None:
    text = (WEB / "wallet" / "books" / "texts" / f"{lang}.ts").read_text()
    assert sorted(verb for verb in personal() if f"'{verb}':" not in text) == []


def test_a_verb_is_found_where_it_is_written() -> None:
    source = 'append(tx, [Entry(by, "lamp.lit", id_)])\nCall(party, "lamp.light")\nf"lamp.{what}"'
    assert texts(source) == ({"lamp.lit"}, {"f'lamp.{what}'"})
