"""The pay page: what an order is, and a field for a pay code. Plain HTML without any script."""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec

from sycee.core.parties import parties
from sycee.doors.alipay import protocol, signature, store, trades
from sycee.doors.alipay.gateway import Gate
from sycee.doors.alipay.methods.words import moment, money
from sycee.doors.alipay.model import Order
from sycee.doors.alipay.translation import fault_of
from sycee.doors.alipay.users import claim
from sycee.kit.errors import Refusal
from sycee.products.escrow.model.trade import State, Trade
from sycee.runtime.db import Tx
from sycee.runtime.perform import Call, perform_one

_STYLE = """
:root{color-scheme:light dark;--ink:#221f1b;--paper:#faf8f4;--line:#d9d3c7;--accent:#a3301a}
@media(prefers-color-scheme:dark){
:root{--ink:#e9e4da;--paper:#191714;--line:#3d3830;--accent:#ec7a61}}
body{font:16px/1.6 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:26rem;padding:3rem 1.25rem}
h1{font-size:1.1rem;font-weight:600}
p.sum{font-size:2.5rem;margin:.5rem 0;font-variant-numeric:tabular-nums}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;border-top:1px solid var(--line);
padding-top:1rem}
dd{margin:0;overflow-wrap:anywhere}label{display:block;margin:1.5rem 0 .25rem}
input,button{font:inherit;padding:.6rem .75rem;border:1px solid var(--line);border-radius:.25rem;
box-sizing:border-box;width:100%;background:transparent;color:inherit}
button{margin-top:.75rem;background:var(--accent);border-color:var(--accent);color:var(--paper);
cursor:pointer}
a{color:var(--accent)}p.word{border-left:3px solid var(--accent);padding-left:.75rem}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
_STATES = {
    State.WAIT_BUYER_PAY: "等待付款 · Waiting for payment",
    State.WAIT_SELLER_SHIP: "已付款，等待发货 · Paid; the shop will send the goods",
    State.WAIT_BUYER_CONFIRM: "已付款，等待确认收货 · Paid; waiting for your confirmation",
    State.FINISHED: "交易完成 · Finished",
    State.CLOSED: "交易关闭 · Closed",
}


class PayByPage(msgspec.Struct, frozen=True):
    """A buyer's payment on the page."""

    order: str
    auth_code: str


class Paid(msgspec.Struct, frozen=True):
    """The trade that was paid."""

    trade: str


@dataclass(frozen=True, slots=True)
class View:
    """A page and its status."""

    status: int
    html: str

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Nothing is kept, loaded, framed or told to the next site."""
        return [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-security-policy", _POLICY.encode()),
            (b"cache-control", b"no-store"),
            (b"referrer-policy", b"no-referrer"),
        ]


def plain(status: int, words: str) -> View:
    """A page that only says something."""
    return _page(status, "Sycee", f"<h1>{html.escape(words)}</h1>")


def show(gate: Gate, token: str, words: str = "") -> View:
    """The page of an order."""
    with gate.database.read() as tx:
        order = store.read_order_by_token(tx, token)
        if order is None:
            return plain(404, "没有这笔订单 · There is no such order")
        trade = trades.read(tx, order.trade_id)
        shop = parties.get(tx, trade.sellers[0]).display_name
    parts = [f"<h1>{html.escape(shop)}</h1>", f'<p class="sum">¥ {money(trade.total_minor)}</p>']
    if words:
        parts.append(f'<p class="word" role="alert">{html.escape(words)}</p>')
    rows = (
        ("商品 · For", trade.title),
        ("订单 · Order", order.out_trade_no),
        ("状态 · State", _STATES[trade.state]),
    )
    parts.append("<dl>")
    parts += [f"<dt>{name}</dt><dd>{html.escape(text)}</dd>" for name, text in rows]
    parts.append("</dl>")
    parts.append(_next(gate, order, trade))
    return _page(400 if words else 200, shop, "".join(parts))


def _next(gate: Gate, order: Order, trade: Trade) -> str:
    """The form while the order waits for its payment; then the way back to the shop."""
    if trade.state is State.WAIT_BUYER_PAY:
        return (
            '<form method="post"><label for="auth_code">付款码 · Pay code</label>'
            '<input id="auth_code" name="auth_code" inputmode="numeric" pattern="[0-9]{16,24}"'
            ' autocomplete="one-time-code" required><button>确认付款 · Pay</button></form>'
        )
    if order.return_url is None or not trade.paid_minor:
        return ""
    link = html.escape(return_link(gate, order, trade), quote=True)
    return f'<p><a id="return" href="{link}">返回商户 · Back to the shop</a></p>'


def pay(gate: Gate, token: str, body: bytes) -> View:
    """Pay with the code that was typed."""
    form = protocol.read_parameters(body)
    code = form.get("auth_code", b"").decode("ascii", "replace").replace(" ", "")
    with gate.database.read() as tx:
        order = store.read_order_by_token(tx, token)
    if order is None:
        return plain(404, "没有这笔订单 · There is no such order")

    def action(tx: Tx, command: PayByPage) -> Paid:
        found = trades.read(tx, order.trade_id)
        trades.pay(tx, found.sellers[0], order.trade_id, command.auth_code, gate.tender_key)
        return Paid(found.public)

    with gate.database.read() as tx:
        seller = trades.read(tx, order.trade_id).sellers[0]
    sent = hashlib.sha256(f"{token}|{code}".encode()).hexdigest()
    call = Call(seller, f"alipay:page:{sent}", "alipay.page", PayByPage(order.trade_no, code))
    try:
        perform_one(gate.database, call, action).unwrap()
    except Refusal as refusal:
        return show(gate, token, fault_of(refusal, "").sub_msg)
    return show(gate, token)


def return_link(gate: Gate, order: Order, trade: Trade) -> str:
    """The shop's `return_url` with what the protocol adds, signed."""
    assert order.return_url is not None
    with gate.database.transaction() as tx:
        seller = claim(tx, trade.sellers[0])
    values = {
        "app_id": order.app_id,
        "auth_app_id": order.app_id,
        "charset": order.charset,
        "method": f"{order.method}.return",
        "out_trade_no": order.out_trade_no,
        "seller_id": seller,
        "timestamp": moment(gate.database.clock.now()) or "",
        "total_amount": money(trade.total_minor),
        "trade_no": order.trade_no,
        "version": "1.0",
    }
    content = protocol.notice_content(values, order.charset)
    values["sign_type"] = order.sign_type
    values["sign"] = signature.sign(gate.keyring.key, content, order.sign_type)
    joint = "&" if "?" in order.return_url else "?"
    return order.return_url + joint + urlencode(values, encoding=order.charset)


def _page(status: int, title: str, body: str) -> View:
    text = (
        '<!doctype html><html lang="zh"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style><main>{body}</main></html>"
    )
    return View(status, text)
