"""A person does in the wallet everything that `/v1` can: each route is called from a screen."""

from __future__ import annotations

import re
from pathlib import Path

from sycee.core.parties.scopes import SESSION_SCOPES, TABLE
from sycee.doors.http import contents
from sycee.runtime.http.routes import Route

WEB = Path(__file__).parents[2] / "web"
PERSON = TABLE["person"] | set(SESSION_SCOPES) | {None}
VERBS = {"call": "GET", "file": "GET", "listen": "GET"}
CALL = re.compile(
    r"(?:client\s*\.(get|post|put|patch|delete|call|file)(?:<[^(]*>)?|(listen)(?:<\w+>)?)"
    r"\(\s*(?:client,\s*)?(?:'([A-Z]+)',\s*)?['`](/v1/[^'`]*)['`](?:,\s*\{\},\s*'([A-Z]+)')?"
)
HOLE = r"\$\{[^}]*\}|\{\w+\}"
NAMED = re.compile(r"const path = '(/v1/[^']*)'\n\s*download\(await client\.file\(path")

SAME = "a screen reads the same by another route"
SHOP = "what a shop does: its app is the till, `web/merchant`"
PROGRAM = "for programs: keys, apps and webhooks are set up in `web/merchant`"
SELLER = "for who sells for a living, in `web/merchant`"
PUBLIC = "the house's own pages show it to everybody, without a wallet"
NOT_CALLED = {
    "GET /v1/accounts/{account}/statement": SAME,
    "GET /v1/balances": SAME,
    "GET /v1/directory/{handle}": SAME,
    "GET /v1/events": SAME,
    "GET /v1/gifts/{gift}": SAME,
    "GET /v1/offline-codes": SAME,
    "GET /v1/parties/{party}": SAME,
    "GET /v1/splits/{split}": SAME,
    "GET /v1/statements": SAME,
    "GET /v1/top-ups/{top_up}": SAME,
    "GET /v1/transfers": SAME,
    "GET /v1/transfers/{transfer}": SAME,
    "GET /v1/withdrawals/{withdrawal}": SAME,
    "POST /v1/ping": PROGRAM,
    "* /v1/api-keys*": PROGRAM,
    "* /v1/alipay-apps*": PROGRAM,
    "* /v1/webhook-endpoints*": PROGRAM,
    "* /v1/staff*": SHOP,
    "POST /v1/charges": SHOP,
    "* /v1/codes": SHOP,
    "* /v1/codes/{code}*": SHOP,
    "GET /v1/links": SHOP,
    "POST /v1/links": SHOP,
    "DELETE /v1/links/{link}": SHOP,
    "GET /v1/sales*": SHOP,
    "GET /v1/shops/totals": SHOP,
    "POST /v1/trades/{trade}/split": SELLER,
    "* /v1/pay-codes*": "the phone computes its own codes, with a network and without",
    "POST /v1/schedule-approvals": "a touch of a moment ago is asked for in its place",
    "POST /v1/withdrawal-approvals": "a touch of a moment ago is asked for in its place",
    "GET /v1/counts/budget": PUBLIC,
    "GET /v1/liabilities": PUBLIC,
    "GET /v1/log": PUBLIC,
    "GET /v1/log/inclusion": PUBLIC,
    "GET /v1/transparency/report": PUBLIC,
    "POST /v1/receipts/check": PUBLIC,
}
"""Routes that a person may call and no screen of the wallet does, each with the reason. `*` stands
for any method, or for whatever follows."""


def plain(route: Route) -> str:
    """`GET /v1/trades/{trade}`: a route as the web names it."""
    return f"{route.method} {re.sub(r':[a-z]+}', '}', route.path)}"


def calls(text: str) -> set[str]:
    """What a source calls, as `GET /v1/trades/*`: each hole is a star."""
    found = set()
    for verb, listened, named, path, late in CALL.findall(text):
        method = late or named or VERBS.get(verb or listened, verb.upper())
        found.add(f"{method} {re.sub(HOLE, '*', path)}")
    return found | {f"GET {re.sub(HOLE, '*', path)}" for path in NAMED.findall(text)}


def called() -> set[str]:
    """What the wallet calls, and what it shares with the other apps."""
    files = [
        file
        for folder in ("wallet", "shared")
        for end in ("*.svelte", "*.ts")
        for file in (WEB / folder).rglob(end)
        if file.name != "schema.d.ts"
    ]
    return {call for file in files for call in calls(file.read_text())}


def matches(pattern: str, text: str) -> bool:
    """Whether a text is the pattern's, in which a star is anything."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


def uncalled(made: set[str]) -> list[str]:
    """What a person may call, and none of these calls does."""
    wanted = [plain(route) for route in contents.routes() if route.scope in PERSON]
    shapes = {re.sub(HOLE, "*", each): each for each in wanted}
    exact = [re.compile(re.escape(each).replace(r"\*", "[^/]+")) for each in made]
    return sorted(
        each for shape, each in shapes.items() if not any(call.fullmatch(shape) for call in exact)
    )


def test_each_route_of_a_person_is_called_from_a_screen_or_has_a_reason_not_to_be():
    missing = [
        route
        for route in uncalled(called())
        if not any(matches(pattern, route) for pattern in NOT_CALLED)
    ]
    assert missing == []


def test_each_reason_is_for_a_route_that_is_there_and_not_called():
    left = uncalled(called())
    idle = [pattern for pattern in NOT_CALLED if not any(matches(pattern, each) for each in left)]
    assert idle == []


def test_calls_are_found_however_they_are_written():
    assert calls("client.get('/v1/me')") == {"GET /v1/me"}
    assert calls("client\n  .call<Face[]>('POST', '/v1/me/x')") == {"POST /v1/me/x"}
    assert calls("client.post(`/v1/gifts/{gift}/${what}`, {})") == {"POST /v1/gifts/*/*"}
    assert calls("client.file('/v1/me/export-file', {}, 'POST')") == {"POST /v1/me/export-file"}
    assert calls("listen<Event>(client, '/v1/events/stream', {") == {"GET /v1/events/stream"}
    assert "GET /v1/trades/{trade}" in uncalled({"GET /v1/trades"})
    assert "GET /v1/trades/{trade}" not in uncalled({"GET /v1/trades/*"})
