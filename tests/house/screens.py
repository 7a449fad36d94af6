"""Which screen calls which route of `/v1`, read from the sources of the web apps.

Run as a program it writes the table of `docs/operating/screens.md` anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sycee.doors.http import contents
from sycee.runtime.http.routes import Route

ROOT = Path(__file__).parents[2]
WEB, PAGE = ROOT / "web", ROOT / "docs" / "operating" / "screens.md"

CONSOLE = {"operator", "disputes:rule", "oversight:read", "oversight:write"}
"""What the operator, a mediator, an auditor or a regulator may do beside what is anyone's own."""

TILL = {"sales:write", "keys:write", "webhooks:read", "webhooks:write", "trades:read",
        "trades:write"}  # fmt: skip
"""What a shop's owner or cashier does; the rest of a shop's own is done as a person does it."""

_LITERAL = re.compile(r"[`'\"](/v1/(?:\$\{(?:[^{}]|\{[^{}]*\})*\}|[^`'\"\s$])*)[`'\"]")
_VERB = re.compile(
    r"(?:\.(get|post|put|patch|delete|file)(?:<[^()]*?>)?\(\s*"
    r"|\.call(?:<[^()]*?>)?\(\s*'(GET|POST|PUT|PATCH|DELETE)',\s*)$"
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A path that a source names; the method, where the call says it."""

    method: str | None
    path: tuple[str, ...]
    file: str
    words: frozenset[str] = frozenset()
    """What stands in quotes in the same file: a step that is put together there is one of them."""


def spoken(folder: str) -> list[Spoken]:
    """Every path of `/v1` in an app's own sources."""
    found = []
    for path in sorted((WEB / folder).rglob("*")):
        if path.suffix not in (".ts", ".svelte") or path.name == "schema.d.ts":
            continue
        text = path.read_text()
        words = frozenset(re.findall(r"'([a-z-]+)'", text))
        for match in _LITERAL.finditer(text):
            verb = _VERB.search(text, max(0, match.start() - 120), match.start())
            method = (verb[1] or verb[2]).upper().replace("FILE", "GET") if verb else None
            way = re.sub(r"\$\{(?:[^{}]|\{[^{}]*\})*\}", "*", match[1]).partition("?")[0]
            steps = tuple(way.split("/"))
            found.append(Spoken(method, steps, str(path.relative_to(WEB)), words))
    return found


def calls(route: Route, said: Spoken) -> bool:
    """Whether a path in a source is this route."""
    steps = route.path.split("/")
    if len(steps) != len(said.path) or said.method not in (None, route.method):
        return False
    return all(
        mine == theirs
        or (mine.startswith("{") and theirs[:1] in ("{", "*"))
        or (theirs == "*" and mine in said.words)
        for mine, theirs in zip(steps, said.path, strict=True)
    )


def app_of(route: Route) -> str | None:
    """The app whose business a route is: `console`, `merchant`, or none of the desks'."""
    if route.scope in CONSOLE:
        return "console"
    return "merchant" if route.scope in TILL else None


def desks() -> dict[tuple[str, str], tuple[str, list[str]]]:
    """(method, path) of each route of the desks → its app, and the screens that call it."""
    apps = {app: [*spoken(app), *spoken("shared")] for app in ("console", "merchant")}
    return {
        (route.method, plain(route.path)): (
            app,
            sorted({each.file for each in apps[app] if calls(route, each)}),
        )
        for route in contents.routes()
        if (app := app_of(route)) is not None
    }


EXCUSED: dict[str, str] = {
    "POST /v1/trades/{trade}/confirm": "the buyer's word, given in the wallet",
    "POST /v1/trades/{trade}/extend": "the buyer's word, given in the wallet",
    "POST /v1/trades/{trade}/refund": "the buyer's wish, said in the wallet",
    "POST /v1/trades/{trade}/refund/modify": "the buyer's wish, said in the wallet",
    "POST /v1/trades/{trade}/refund/cancel": "the buyer's wish, said in the wallet",
    "POST /v1/trades/{trade}/refund/return": "the buyer sends the goods back, from the wallet",
}
"""What no desk's screen calls, and why."""


def table() -> str:
    """The page of the documentation: each route of the desks and where it is called."""
    lines = [HEAD]
    for app, title in (("console", "The console"), ("merchant", "The till")):
        lines += [f"## {title}", "", "| Route | Called from |", "| --- | --- |"]
        for (method, path), (whose, files) in desks().items():
            if whose == app:
                name = f"{method} {path}"
                where = ", ".join(f"`{file}`" for file in files)
                lines.append(f"| `{name}` | {where or EXCUSED.get(name, '')} |")
        lines.append("")
    return "\n".join(lines)


HEAD = """# What each desk's screens call

Each route of `/v1` that the operator, a mediator, an auditor, a regulator or a shop may call beside
what is anyone's own, with the files of `web` that call it, or why none does. A test keeps this page
true. What a person does with what is theirs, a shopkeeper does in the wallet.
"""


def plain(path: str) -> str:
    """A route's path as the reference writes it: `/v1/trades/{trade}`."""
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


if __name__ == "__main__":
    PAGE.write_text(table())
