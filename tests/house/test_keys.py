"""No screen writes without a key that outlives a lost answer.

The type checker refuses a write without a `Key`, and only `newKey` makes one: `keyed.ts` holds the
calls that it must refuse, and `tests/browser/test_build.py` runs it. So it is enough that nobody
but `Once` asks for a key, and that each `Once` lives as long as its screen.
"""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
APPS = ("wallet", "merchant", "console", "page", "shared", "style", "verify")

KEYS = re.compile(r"\bnewKey\b|\bas Key\b|\brandomUUID\b")
MADE_IN = {
    "shared/api/client.ts": "makes them",
    "shared/once.ts": "keeps one until it is answered",
    "shared/api/entry.ts": "each way in has a challenge of its own and is never sent again",
    "shared/api/keyed.ts": "the calls that the type checker refuses",
}

KEEPER = re.compile(r"\bnew (?:Once|Act|Payment|Paying)\b")
LASTS = re.compile(r"^(?:  (?:private |const )|const )\w+ = new \w+")
"""Declared beside the screen's state or among a class's: not made anew by each press."""

SENT = re.compile(r"(?<![\w.])(?<!async )fetch\(|\bsendBeacon\(|\bXMLHttpRequest\b")
SENDERS = {
    "shared/api/client.ts": "signs what it sends",
    "page/bill.ts": "reads where a bill stands",
    "console/parts/metrics.ts": "reads the metrics",
}


def found(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """(file, line) of each line of the web apps with the pattern."""
    return [
        (str(path.relative_to(WEB)), line)
        for app in APPS
        for path in sorted((WEB / app).rglob("*"))
        if path.suffix in (".ts", ".svelte") and path.name != "schema.d.ts"
        for line in path.read_text().splitlines()
        if pattern.search(line)
    ]


def test_only_what_keeps_a_key_until_it_is_answered_makes_one() -> None:
    assert {file for file, _ in found(KEYS)} == set(MADE_IN)


def test_each_key_is_kept_as_long_as_its_screen_is_there() -> None:
    assert [
        (file, line)
        for file, line in found(KEEPER)
        if not LASTS.search(line) and file != "shared/act.svelte.ts"
    ] == []


def test_nothing_is_sent_past_the_client() -> None:
    assert {file for file, _ in found(SENT)} == set(SENDERS)


def test_the_type_checker_is_asked_to_refuse_a_write_without_a_key() -> None:
    text = (WEB / "shared/api/keyed.ts").read_text()
    assert len(re.findall(r"@ts-expect-error .*\n\s+client\.\w+\('", text)) == 4
    client = (WEB / "shared/api/client.ts").read_text()
    assert "header: { 'Idempotency-Key': string }" in client
    assert "options.key ?? ''" in client, "the client makes no key by itself"


def test_what_would_fool_the_checks_is_found() -> None:
    assert KEYS.search("const key = text as Key")
    assert KEEPER.search("await new Act().run('pay', pay)")
    assert not LASTS.search("    const act = new Act()")
    assert not LASTS.search("    await new Act().run('pay', pay)")
    assert LASTS.search("  private once = new Once()")
