"""The page: who is paid and how much, a code to scan, ways on. It is whole without any script.

The built `web/page/index.html` is its frame, so it has the styles, the letters and the content
policy of the apps; the script that it names turns what is here into a page that pays by passkey.
"""

from __future__ import annotations

import html
import io
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import segno

from sycee.doors.checkout.bill import Bill, State
from sycee.doors.checkout.texts import Texts, amount
from sycee.doors.web.static import SECURITY, STATIC

REFRESH_SECONDS = 5
"""How often a page without a script looks whether it is paid."""

TICK = (
    '<svg class="tick" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/>'
    '<path d="m8 12 3 3 5-6"/></svg>'
)
"""What says from afar that it is paid."""

BARE = (
    '<!doctype html><html lang="__LANG__"><head><meta charset="utf-8"><title>__TITLE__</title>'
    "<!--head--></head><body><!--page--></body></html>"
)
"""The frame of an installation whose web app is not built: bare, and right."""


@dataclass(frozen=True, slots=True)
class View:
    """A page, or its facts for the page's own script, and its status."""

    status: int
    body: bytes
    media: bytes = b"text/html; charset=utf-8"

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Nothing is kept, framed or told to the next site."""
        given = [(b"content-type", self.media), (b"cache-control", b"no-store")]
        return [*given, (b"vary", b"accept, accept-language"), *SECURITY]


def facts(bill: Bill) -> View:
    """Where a bill stands, for the script: `state`, `amount_minor` and `return_url`."""
    said = {
        "state": str(bill.state),
        "amount_minor": bill.amount_minor,
        "return_url": _way_back(bill),
    }
    return View(200, json.dumps(said).encode(), b"application/json")


def plain(status: int, texts: Texts, title: str, why: str = "") -> View:
    """A page that only says something, with the way to the wallet."""
    on = f'<p class="ways"><a class="wallet" href="/wallet/">{texts.wallet}</a></p>'
    return _framed(status, texts, title, "", f"<h1>{_safe(title)}</h1><p>{_safe(why)}</p>{on}")


def show(bill: Bill, texts: Texts, origin: str, *, typing: bool = False, word: str = "") -> View:
    """The page of a bill; `typing` is the one with the field for a pay code."""
    head = ""
    if bill.state is State.OPEN and not typing:
        seconds = REFRESH_SECONDS
        head = f'<noscript><meta http-equiv="refresh" content="{seconds}"></noscript>'
    if bill.state is not State.OPEN:
        body = _ended(bill, texts)
    elif typing:
        body = _typed(texts, word)
    else:
        body = _ways(bill, texts, origin)
    status = 400 if word and bill.state is State.OPEN else 200
    return _framed(status, texts, f"{texts.pay} · {bill.shop}", head, _asked(bill, texts) + body)


LONG, LONGER = 11, 15
"""Letters of an amount above which it is drawn smaller, to stand on one line."""


def _asked(bill: Bill, texts: Texts) -> str:
    """Who, how much, what for."""
    badge = f'<span class="badge">{texts.verified}</span>' if bill.verified else ""
    price = texts.any_amount
    if bill.amount_minor is not None:
        price = amount(bill.amount_minor, bill.currency, texts.lang)
    elif bill.least_minor is not None:
        least = amount(bill.least_minor, bill.currency, texts.lang)
        price = texts.least.format(sum=least)
    look = " long" * (len(price) > LONG) + " longer" * (len(price) > LONGER)
    rows = [("", texts.for_, bill.title), ("", texts.order, bill.number)]
    rows.append((' class="state"', texts.state, getattr(texts, bill.state.value)))
    lines = "".join(
        f"<div{mark}><dt>{name}</dt><dd><bdi>{_safe(said)}</bdi></dd></div>"
        for mark, name, said in rows
        if said
    )
    return (
        f"<header><h1><bdi>{_safe(bill.shop)}</bdi></h1>{badge}</header>"
        f'<p class="sum money{look}">{price}</p><dl>{lines}</dl>'
    )


def _ways(bill: Bill, texts: Texts, origin: str) -> str:
    """By passkey where there is a script; by the wallet, by a camera and by a pay code always."""
    known: dict[str, Any] = {
        "token": bill.token,
        "payee": bill.payee,
        "shop": bill.shop,
        "amount_minor": bill.amount_minor,
        "currency": bill.currency,
        "least_minor": bill.least_minor,
        "most_minor": bill.most_minor,
        "tips": bill.tips,
        "trade": bill.trade,
        "return_url": _way_back(bill),
    }
    typed = f'<a href="?by=code">{texts.by_code}</a>' if bill.by_code else ""
    return (
        f'<div id="approve" data-bill="{_safe(json.dumps(known))}"></div>'
        f'<p class="ways"><a class="wallet" href="/wallet/p/{_safe(bill.token)}">{texts.wallet}</a>'
        f"{typed}</p>"
        f'<figure class="code">{_drawn(f"{origin}/p/{bill.token}", texts.scan)}'
        f"<figcaption><b>{texts.scan}</b> {texts.scan_why} {texts.waits}</figcaption></figure>"
    )


def _typed(texts: Texts, word: str) -> str:
    """The field for a pay code, for a page without a script."""
    alarm = f'<p class="word" role="alert">{_safe(word)}</p>' if word else ""
    return (
        f'{alarm}<form method="post"><label for="auth_code">{texts.code}</label>'
        '<input id="auth_code" name="auth_code" inputmode="numeric" pattern="[0-9 ]{16,30}"'
        f' autocomplete="off" required><p class="why">{texts.code_why}</p>'
        f'<button>{texts.pay_button}</button></form><p><a href="?">{texts.back_to_page}</a></p>'
    )


def _ended(bill: Bill, texts: Texts) -> str:
    """Paid, with the way back to the shop; or closed, with why nothing happens."""
    if bill.state is not State.PAID:
        return f'<p class="why">{texts.ended_why}</p>'
    back = _way_back(bill)
    link = f'<p><a class="wallet" id="return" href="{_safe(back)}">{texts.back}</a></p>'
    return f'{TICK}<p class="done" role="status">{texts.paid}</p>' + (link if back else "")


def _way_back(bill: Bill) -> str:
    return bill.return_url or ""


def _drawn(text: str, name: str) -> str:
    """A code as an image in the page; dark on white in either theme, as cameras want it."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=3, xmldecl=False, svgns=False, light="#fff", dark="#000",
        omitsize=True,
    )  # fmt: skip
    label = f'<svg role="img" aria-label="{_safe(name)}"'
    return out.getvalue().decode().replace("<svg", label, 1)


def _safe(text: str) -> str:
    return html.escape(text, quote=True)


@cache
def _frame() -> str:
    built = STATIC / "page" / "index.html"
    return built.read_text() if built.is_file() else BARE


def _framed(status: int, texts: Texts, title: str, head: str, body: str) -> View:
    text = _frame().replace("__LANG__", texts.lang).replace("__TITLE__", _safe(title))
    text = text.replace("<!--head-->", head)
    text = text.replace("<!--page-->", f'<main class="bill">{body}</main>')
    return View(status, text.encode())
