"""What the house shows everybody, on one page without a login: `/transparency`.

The log's checkpoint and who has cosigned it, what is owed, the orders in force, what authorities
demanded, and what was counted. Each figure is one that a public route of `/v1` gives with proofs.
"""

from __future__ import annotations

import html
from datetime import datetime
from typing import Any

from litestar import Request, Response, get

from sycee.doors.http.pages import page
from sycee.doors.http.spoken import TEXTS, Texts, spoken
from sycee.kit.money import format_major
from sycee.oversight.regulator.orders import reading as orders
from sycee.oversight.transparency import reading as log
from sycee.oversight.transparency.counts import reading as counts
from sycee.oversight.transparency.liabilities import reading as liabilities
from sycee.oversight.transparency.model.refusals import LogEmpty
from sycee.oversight.transparency.report import reading as report
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.pages import Page
from sycee.runtime.http.requests import client_of
from sycee.runtime.http.wiring import Wiring

DAYS = 14
"""How many totals are listed; `/v1/liabilities` has them all."""


def handlers() -> list[Any]:
    """The Litestar handlers of this page."""
    return [transparency]


@get("/transparency")
async def transparency(request: Request[Any, Any, Any]) -> Response[str]:
    """What the house shows everybody; in English, Chinese or German as the browser asks."""
    wiring: Wiring = request.app.state.wiring
    language = spoken(request.headers.get("accept-language", ""))
    body = await wiring.pool.run(client_of(request.scope), _body, wiring.database, language)
    return page(TEXTS[language]["title"], body, language)


def lost(languages: str) -> Response[str]:
    """What a person reads at an address that leads nowhere."""
    language = spoken(languages)
    words = TEXTS[language]
    body = f"<h1>{_text(words['lost'])}</h1><p>{_text(words['lostWhy'])}</p>"
    found = page(words["lost"], f'{body}<p><a href="/">{_text(words["wallet"])}</a></p>', language)
    found.status_code = 404
    return found


def _body(database: Database, language: str) -> str:
    words = TEXTS[language]
    with database.read() as tx:
        parts = (
            f"<h1>{_text(words['title'])}</h1><p>{_text(words['why'])}</p>",
            _log(tx, words),
            _owed(tx, words),
            _orders(tx, words, language),
            _demands(tx, words),
            _counts(tx, words),
        )
    links = " · ".join(
        f'<a href="{path}">{_text(words[name])}</a>'
        for path, name in (
            ("/log/verify", "verify"),
            ("/v1/transparency/report", "report"),
            ("/v1/liabilities/rows", "rows"),
            ("/v1/counts/budget", "budget"),
        )
    )
    return "".join((*parts, f"<p>{links}</p>"))


def _log(tx: Tx, words: Texts) -> str:
    head = f'<h2 id="log">{_text(words["log"])}</h2>'
    try:
        found = log.log(tx)
    except LogEmpty:
        return f"{head}<p>{_text(words['empty'])}</p>"
    rows = [
        (words["size"], _figure(f"{found.size:,}", words)),
        (words["made"], _when(found.made_at)),
        (words["witnessed"], _figure(f"{found.witnessed_size:,}", words)),
        (words["key"], f"<code>{_text(found.key)}</code>"),
    ]
    note = f"<pre>{_text(found.checkpoint)}</pre>"
    return head + _facts(rows) + note


def _owed(tx: Tx, words: Texts) -> str:
    totals = liabilities.totals(tx, Page(limit=DAYS)).items
    head = f'<h2 id="owed">{_text(words["owed"])}</h2><p>{_text(words["owedWhy"])}</p>'
    if not totals:
        return f"{head}<p>{_text(words['none'])}</p>"
    rows = [
        (
            f"{each.day_on}",
            f"{each.currency} {_figure(_money(each), words)} <br><code>{_text(each.root)}</code>",
        )
        for each in totals
    ]
    return head + _facts(rows, "days")


def _money(each: liabilities.TotalView) -> str:
    whole, dot, cents = format_major(each.sum_minor, each.currency).partition(".")
    return f"{int(whole):,}{dot}{cents}"


def _orders(tx: Tx, words: Texts, language: str) -> str:
    parts = [f'<h2 id="orders">{_text(words["orders"])}</h2>']
    for row, document in orders.in_force(tx):
        spoken_in = orders.nearest(language, document.notice)
        notice = "" if spoken_in is None else document.notice[spoken_in]
        scope = ", ".join(document.scope.products) or words["everything"]
        since = row.effective_at or row.proposed_at
        parts.append(
            f"<h3>{_text(document.authority)}: {_text(document.effect)}</h3>"
            f'<p lang="{_text(spoken_in or language)}">{_text(notice)}</p>'
            + _facts(
                [
                    (words["scope"], _text(scope)),
                    (words["basis"], _text(document.legal_basis)),
                    (words["since"], _when(since)),
                ]
            )
        )
    if len(parts) == 1:
        parts.append(f"<p>{_text(words['noOrders'])}</p>")
    return "".join(parts)


def _demands(tx: Tx, words: Texts) -> str:
    totals, shut = report.summary(tx)
    names = ("demands", "people_named", "declined", "narrowed", "answered", "provided", "waiting")
    rows = [(words[name], _figure(f"{getattr(totals, name):,}", words)) for name in names]
    rows.append((words["sealed"], _figure(f"{shut:,}", words)))
    head = f'<h2 id="demands">{_text(words["report"])}</h2><p>{_text(words["reportWhy"])}</p>'
    return head + _facts(rows)


def _counts(tx: Tx, words: Texts) -> str:
    found = counts.budget(tx)
    budget = _epsilon(found.budget_milli)
    rows = [
        (words["quarter"], found.quarter),
        (words["spent"], _figure(f"{_epsilon(found.spent_milli)} / {budget} ε", words)),
    ]
    rows += [
        (_when(each.at), f"{_text(str(each.data['question']))} "
         f"{_figure(_epsilon(each.data['epsilon_milli']), words)} ε")
        for each in found.items
    ]  # fmt: skip
    return (
        f'<h2 id="counts">{_text(words["budget"])}</h2><p>{_text(words["budgetWhy"])}</p>'
        + _facts(rows)
    )


def _facts(rows: list[tuple[str, str]], kind: str = "facts") -> str:
    """A table of two columns; the second one is HTML already."""
    return (
        f'<table class="{kind}">'
        + "".join(f"<tr><td>{_text(name)}<td>{value}" for name, value in rows)
        + "</table>"
    )


def _figure(figure: str, words: Texts) -> str:
    """A figure as `1,234.05`, with the marks that the language writes."""
    return figure.translate(str.maketrans(",.", words["marks"]))


def _epsilon(milli: int) -> str:
    return f"{milli // 1_000}.{milli % 1_000:03d}"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _text(value: str) -> str:
    return html.escape(value)
