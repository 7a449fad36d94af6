"""`./sycee docs`: writes the reference from the code, or says which page has fallen behind."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Any

import sycee
from sycee.core.journal import verbs
from sycee.core.ledger import chart
from sycee.core.parties import scopes
from sycee.kit.errors import Refusal
from sycee.runtime.settings import SettingsError, listing, repository

NOTE = "<!-- Written by `./sycee docs`. Change the code it is taken from, not this page. -->"

_CODE = re.compile(r"^- `([a-z0-9-]+)`", re.M)
_METHODS = ("get", "post", "put", "patch", "delete")


def refusals() -> list[type[Refusal]]:
    """Every refusal of the house, by code; imports every module so that none is missed."""
    for module in pkgutil.walk_packages(sycee.__path__, "sycee."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    known = Refusal.registry.items()
    return [cls for _, cls in sorted(known) if cls.__module__.startswith("sycee.")]


def problems() -> str:
    """One heading per refusal: its title, status, facts, and what to do about it."""
    from sycee.runtime.http.problems import status_of_class

    page = [
        "# Problems",
        "Every refusal of the house by its `code`, which never changes. Over `/v1` a refusal is an "
        "`application/problem+json` (RFC 9457) with the members `type` (`/problems/` and the "
        "code), `title`, `status`, `code`, `kind`, `facts` and `request_id`. A refused command "
        "moves no money. Its refusal is stored on its idempotency key, so the same call gives the "
        "same answer for good; use a new key for a new attempt.",
    ]
    for cls in refusals():
        title, _, rest = cleandoc(cls.__doc__ or "").partition("\n")
        page += [f"## {cls.code}", f"**{title}** Status {status_of_class(cls)}, {cls.kind}."]
        page += [_paragraphs(rest)] if rest.strip() else []
        if is_dataclass(cls) and fields(cls):
            facts = ", ".join(f"`{f.name}` ({_type(f.type)})" for f in fields(cls))
            page.append(f"Facts: {facts}.")
    return _join(page)


def settings() -> str:
    """One row per setting: its variable, default and meaning."""
    rows = [
        (f"`{row.variable}`", f"`{row.default}`" if row.default else "", _sentence(row.meaning))
        for row in listing()
    ]
    return _join(
        [
            "# Settings",
            "Every setting is an environment variable, read once when a process starts. None has "
            "to be set. A variable that begins with `SYCEE_` and is no setting is reported.",
            _table(("Variable", "Default", "Meaning"), rows),
        ]
    )


def ledger_codes() -> str:
    """The chart of accounts and the codes of transfers."""
    accounts = [
        (
            str(line.number),
            f"`{line.name}`",
            str(line.cls),
            "credit" if line.credit_normal else "debit",
            line.sentence,
        )
        for line in chart.CHART.values()
    ]
    reasons = [(str(r.number), f"`{r.name}`", r.sentence) for r in chart.REASONS.values()]
    ranges = ", ".join(f"{name} {first}-{first + 99}" for name, first in chart.RANGES.items())
    return _join(
        [
            "# Ledger codes",
            "Numbers are permanent: rows carry them. Names are what people and `/v1` use.",
            "## Accounts",
            "The normal side is the one that raises the balance.",
            _table(("Number", "Account", "Class", "Normal side", "What it is"), accounts),
            "## Transfers",
            f"Each product has a hundred numbers of its own: {ranges}.",
            _table(("Number", "Code", "Why money moved"), reasons),
        ]
    )


def events() -> str:
    """What the journal tells of and a webhook can subscribe to, by its noun."""
    rows = [
        (f"`{noun}.*`", ", ".join(f"`{noun}.{what}`" for what in happens.split()))
        for noun, happens in verbs.NOUNS.items()
    ]
    return _join(
        [
            "# Events",
            "What the journal tells its parties, over `/v1/events` and by webhooks. A webhook "
            "endpoint subscribes to events by name, to all of a noun, or to `*`.",
            _table(("All of a noun", "Events"), rows),
        ]
    )


def api_scopes() -> str:
    """What a caller may do, which kinds of party may hold which scope, and the table of roles."""
    rows = []
    for scope, sentence in scopes.SCOPES.items():
        holders = [str(kind) for kind, held in scopes.KIND_SCOPES.items() if scope in held]
        holders += [f"{role} (role)" for role, held in scopes.ROLE_SCOPES.items() if scope in held]
        rows.append((f"`{scope}`", sentence, ", ".join(holders)))
    sessions = [(f"`{scope}`", sentence) for scope, sentence in scopes.SESSION_SCOPES.items()]
    names = {scope: f"`{scope}`" for scope in scopes.SCOPES}
    roles = [
        (role, ", ".join(name for scope, name in names.items() if scope in held))
        for role, held in scopes.TABLE.items()
    ]
    return _join(
        [
            "# Scopes",
            "An API key carries scopes; each route of `/v1` needs at most one of them. A key can "
            "hold only what its party may do.",
            _table(("Scope", "Allows", "Held by"), rows),
            "## Sessions",
            "A session may do all that its party and its device's duty allow, and besides what no "
            "API key can:",
            _table(("Scope", "Allows"), sessions),
            "## Roles",
            "Who may do what. A cashier works at a merchant's device, an auditor at one of the "
            "operator's; a mediator is a person with the role.",
            _table(("Role", "Scopes"), roles),
        ]
    )


def api() -> str:
    """One entry per operation of `/v1`: what it does, its scope, and how it can be refused."""
    from sycee.doors.http import contents

    document = contents.openapi()
    operations = list(_operations(document))
    everywhere = set.intersection(*(set(_refusals(one)) for _, _, one in operations))
    page = [
        "# API",
        f"`/v1`, version {document['info']['version']}, in short. `openapi.json` in the project's "
        "folder, and `/openapi.json` on a running server, is the whole of it, with every type; "
        "`/docs` there shows it as a page.",
        _paragraphs(document["info"].get("description") or ""),
        f"Every route can refuse with {_linked(sorted(everywhere))}; below, only what is more.",
    ]
    groups: dict[str, list[str]] = {}
    for path, method, operation in operations:
        more = [code for code in _refusals(operation) if code not in everywhere]
        scope = operation.get("x-scope")
        parts = [
            f"### {method.upper()} {path}",
            _sentence(operation.get("summary")),
            _paragraphs(operation.get("description") or ""),
            (f"Scope `{scope}`. " if scope else "Public. ")
            + f"Answers {min(operation['responses'])}."
            + (f" Refuses: {_linked(more)}." if more else ""),
        ]
        groups.setdefault(operation["tags"][0], []).append("\n\n".join(filter(None, parts)))
    for tag, entries in groups.items():
        page += [f"## {tag}", *entries]
    return _join(page)


def commands() -> str:
    """Every command of `./sycee` with its options."""
    from sycee.doors.cli.app import app

    given, sys.argv = sys.argv, ["sycee"]  # the usage lines are made from the program's name
    try:
        page = app.generate_docs(output_format="markdown", include_hidden=False)
    finally:
        sys.argv = given
    _, contents, body = page.partition("## Table of Contents")
    intro = "Every command, its options and what it ends with. 0 is success, 1 a failure that one "
    intro += "line on standard error explains, 2 a command that was not understood."
    return _join(
        ["# Commands", intro, contents + body.replace("```console", "```text usage").rstrip()]
    )


def openapi() -> str:
    """The OpenAPI document of `/v1` as it is committed at the root of the project."""
    from sycee.doors.http import contents

    return contents.openapi_text()


PAGES: dict[str, Callable[[], str]] = {
    "openapi.json": openapi,
    "docs/reference/api.md": api,
    "docs/reference/commands.md": commands,
    "docs/reference/events.md": events,
    "docs/reference/ledger-codes.md": ledger_codes,
    "docs/reference/problems.md": problems,
    "docs/reference/scopes.md": api_scopes,
    "docs/reference/settings.md": settings,
}
"""What is written from the code, each with the function that writes it."""


def stale(root: Path) -> list[str]:
    """Names of the pages under `root` that differ from what the code says now."""
    return [
        name
        for name, page in PAGES.items()
        if not (root / name).is_file() or (root / name).read_text("utf-8") != page()
    ]


def write(root: Path) -> list[str]:
    """Write every page under `root` that has fallen behind and return their names."""
    behind = stale(root)
    for name in behind:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(PAGES[name](), "utf-8")
    return behind


def docs(*, check: bool = False) -> int:
    """Write docs/reference and openapi.json from the code.

    Parameters
    ----------
    check
        Write nothing; end with 1 and name the pages that have fallen behind.
    """
    root = repository()
    if root is None:
        raise SettingsError("the docs are in the source tree; run this from a checkout")
    behind = stale(root) if check else write(root)
    for name in behind:
        print(f"{name} {'has fallen behind; run ./sycee docs' if check else 'written'}")
    return 1 if check and behind else 0


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in sorted(document.get("paths", {}).items()):
        for method in _METHODS:
            if method in methods:
                yield path, method, methods[method]


def _refusals(operation: dict[str, Any]) -> list[str]:
    """Codes of the refusals that an operation declares, by status."""
    found = []
    for _, answer in sorted(operation["responses"].items()):
        found += _CODE.findall(answer.get("description", ""))
    return found


def _linked(codes: list[str]) -> str:
    return ", ".join(f"[`{code}`](problems.md#{code})" for code in codes)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
                     for row in lines)  # fmt: skip


def _paragraphs(text: str) -> str:
    """Text with each paragraph on one line."""
    parts = cleandoc(text).strip().split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts).strip()


def _sentence(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if not line or line.endswith((".", "!", "?")) else line + "."


def _type(annotation: object) -> str:
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return f"`{name}`"


def _join(parts: list[str]) -> str:
    text = "\n\n".join(parts) + "\n"
    return f"{NOTE}\n\n{text}" if text.startswith("# ") else text
