"""Pages beside `/v1`: health, metrics, the description of the API and its problems.

No page has a script or loads anything; the one style sheet is in the page, named by its hash.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import inspect
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from sycee.doors.http import contents
from sycee.doors.http.still import Still
from sycee.kit.errors import Refusal, title_of
from sycee.runtime.db import Database
from sycee.runtime.http.openapi import Json
from sycee.runtime.http.problems import (
    RateExceeded,
    RouteUnknown,
    Unavailable,
    status_of_class,
)
from sycee.runtime.http.rates import Meter, Rate, neighbourhood
from sycee.runtime.http.requests import client_of

DOCUMENTS = ("/docs", "/openapi.json", "/problems", "/transparency", "/log/verify")
"""What the paths begin with that count against the address that asks."""

_STYLE = """
:root{color-scheme:light dark;--ink:#221f1b;--paper:#faf8f4;--line:#d9d3c7;--accent:#b3371f}
@media(prefers-color-scheme:dark){
:root{--ink:#e9e4da;--paper:#191714;--line:#3d3830;--accent:#ec7a61}}
body{font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:56rem;padding:2rem 1rem}
h1,h2{line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
a{color:var(--accent)}code,pre{font:14px/1.45 ui-monospace,monospace;overflow-wrap:anywhere}
pre{white-space:pre-wrap;border:1px solid var(--line);padding:.75rem}
details{border-bottom:1px solid var(--line);padding:.5rem 0}summary{cursor:pointer}
summary code{color:var(--accent);font-weight:600}
table{border-collapse:collapse;width:100%}td{padding:.25rem .75rem .25rem 0;vertical-align:top;
border-top:1px solid var(--line)}td a code{overflow-wrap:normal}
.days td:first-child{white-space:nowrap}
"""
_CODE = re.compile(r"`([^`]+)`")
_MEDIA = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")  # Litestar says it of every text
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Gate:
    """How often one address may ask for documents; not those by which a server is watched.

    Apart from the rate of strangers, or who reads much here could not use a key.
    """

    def __init__(self, rate: Rate) -> None:
        self._by_address = Meter(rate)

    def refusal(self, scope: Mapping[str, Any]) -> RateExceeded | None:
        """Why this request has to wait, if it has to."""
        if not scope["path"].startswith(DOCUMENTS):
            return None
        _, wait = self._by_address.take(neighbourhood(client_of(scope)))
        if wait == 0:
            return None
        return RateExceeded(per="address", retry_after_seconds=int(wait) + 1)


class Exposition:
    """The text of `/metrics`: who asks while it is being written shares the next one."""

    def __init__(self, *registries: CollectorRegistry) -> None:
        self._registries = registries
        self._writing: asyncio.Task[bytes] | None = None
        self._next: asyncio.Task[bytes] | None = None

    async def get(self) -> tuple[bytes, str]:
        """What was counted up to now, and its content type."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._write(self._writing))
        return await asyncio.shield(self._next), _MEDIA

    async def _write(self, before: asyncio.Task[bytes] | None) -> bytes:
        if before is not None:
            await asyncio.wait([before])
        self._writing, self._next = self._next, None
        return await asyncio.to_thread(self._text)  # asks the database too

    def _text(self) -> bytes:
        return b"".join(generate_latest(each) for each in self._registries)


def handlers() -> list[Any]:
    """The Litestar handlers of these pages."""
    return [healthz, readyz, metrics, description, reference, problem_list, problem]


@get("/healthz", sync_to_thread=False)
def healthz() -> dict[str, bool]:
    """The process answers."""
    return {"ok": True}


@get("/readyz")
async def readyz(request: Request[Any, Any, Any]) -> dict[str, bool]:
    """The process answers and reaches its database."""
    database: Database = request.app.state.database
    try:
        await asyncio.wait_for(asyncio.to_thread(_touch, database), 3.0)
    except Exception as error:
        raise Unavailable() from error
    return {"ok": True}


def _touch(database: Database) -> None:
    with database.connection() as conn:
        conn.execute("SELECT 1")


@get("/metrics")
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Counts and durations for Prometheus: of the process, its routes, lanes, and all jobs."""
    body, media = await request.app.state.metrics.get()
    return Response(body, media_type=media)


@get("/openapi.json", sync_to_thread=False)
def description(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The OpenAPI 3.1 document."""
    return _DESCRIPTION.answer(request)


@get("/docs", sync_to_thread=False)
def reference(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The same document for people."""
    return _REFERENCE.answer(request)


@get("/problems", sync_to_thread=False)
def problem_list(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Every refusal by its code."""
    return _PROBLEMS.answer(request)


def _problems() -> str:
    rows = "".join(
        f'<tr><td><a href="/problems/{code}"><code>{code}</code></a><td>{status_of_class(cls)}'
        f"<td>{_prose(title_of(cls))}"
        for code, cls in sorted(Refusal.registry.items())
    )
    return _dressed("Sycee: problems", f"<h1>Problems</h1><table>{rows}</table>")


@get("/problems/{code:str}", sync_to_thread=False)
def problem(code: FromPath[str]) -> Response[str]:
    """What one refusal means and what to do about it: where `type` of a problem leads."""
    cls = Refusal.registry.get(code)
    if cls is None:
        raise RouteUnknown
    title, _, rest = inspect.cleandoc(cls.__doc__ or code).partition("\n")
    more = "".join(f"<p>{_prose(text)}</p>" for text in rest.strip().split("\n\n") if text)
    head = f"<h1><code>{html.escape(code)}</code></h1><p>{_prose(title)}</p>"
    return page(code, f"{head}{more}<p>Status {status_of_class(cls)}, {cls.kind}.</p>")


def page(title: str, body: str, language: str = "en") -> Response[str]:
    """A page in the house's plain dress: no script, nothing loaded; `body` is HTML."""
    return Response(_dressed(title, body, language), media_type="text/html", headers=_HEADERS)


def _dressed(title: str, body: str, language: str = "en") -> str:
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style><main>{body}</main></html>"
    )


def _reference() -> str:
    api = contents.openapi()
    parts = [f"<h1>{html.escape(api['info']['title'])} {html.escape(api['info']['version'])}</h1>"]
    parts += [f"<p>{_prose(text)}</p>" for text in api["info"]["description"].split("\n\n")]
    parts.append(
        '<p><a href="/openapi.json">openapi.json</a> · <a href="/problems">problems</a></p>'
    )
    by_tag: dict[str, list[str]] = {}
    for path, item in api["paths"].items():
        for method, operation in item.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    for tag, operations in by_tag.items():
        parts.append(f'<h2 id="{html.escape(tag)}">{html.escape(tag)}</h2>{"".join(operations)}')
    parts.append("<h2>Types</h2>")
    for name, schema in api["components"]["schemas"].items():
        parts.append(f'<details id="{name}"><summary><code>{name}</code></summary>{_json(schema)}')
        parts.append("</details>")
    return _dressed("Sycee: the API", "".join(parts))


def _operation(path: str, method: str, operation: Json) -> str:
    scope = operation.get("x-scope")
    rows = "".join(
        f"<tr><td><code>{html.escape(p['name'])}</code><td>{p['in']}<td>{_json(p['schema'])}"
        for p in operation["parameters"]
    )
    answers = "".join(
        f"<tr><td>{status}<td>{_lines(_answer(answer)['description'])}"
        for status, answer in operation["responses"].items()
    )
    body = operation.get("requestBody")
    shape = _json(next(iter(body["content"].values()))["schema"]) if body else ""
    given = next(iter(operation["responses"][min(operation["responses"])]["content"].values()))
    return (
        f"<details><summary><code>{method.upper()} {html.escape(path)}</code> "
        f"{_prose(operation['summary'])}</summary>"
        f"<p>{_prose(operation.get('description', ''))}</p>"
        f"<p>{'Scope <code>' + html.escape(scope) + '</code>' if scope else 'Public'}</p>"
        f"<table>{rows}</table>{'<p>Body</p>' + shape if shape else ''}"
        f"<p>Answer</p>{_json(given['schema'])}<table>{answers}</table></details>"
    )


def _answer(answer: Json) -> Json:
    """An answer that many routes share, in place of its reference."""
    name = answer.get("$ref", "").rpartition("/")[2]
    return contents.openapi()["components"]["responses"][name] if name else answer


def _lines(text: str) -> str:
    return "<br>".join(_prose(line.removeprefix("- ")) for line in text.splitlines())


def _prose(text: str) -> str:
    """Text with its `code` marked as such."""
    return _CODE.sub(r"<code>\1</code>", html.escape(text))


def _json(value: Any) -> str:
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return f"<pre>{html.escape(text)}</pre>"


_DESCRIPTION = Still(contents.openapi_text, "application/json", {})
_REFERENCE = Still(_reference, "text/html", _HEADERS)
_PROBLEMS = Still(_problems, "text/html", _HEADERS)
