"""A shop in one file, on Python's standard library alone: `python shop.py HOUSE KEY PORT`.

It asks for a payment link for each order (`POST /v1/links`), shows the checkout button, and sends
the goods when a webhook says that the link was paid, never because a browser came back. HOUSE is
the address of Sycee, KEY an API key of the shop's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import sys
import time
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOODS = {"brush": ("A brush and ink", 6_880), "paper": ("Fifty sheets of rice paper", 2_300)}
TOLERANCE_SECONDS = 300
LARGEST_BODY_BYTES = 65_536


class House:
    """The few calls of `/v1` that a shop needs."""

    def __init__(self, address: str, key: str) -> None:
        self.address, self._key = address, key

    def post(self, path: str, body: dict[str, Any], once: str) -> dict[str, Any]:
        """One write. `once` names it: sent twice, it still happens once."""
        return self.send("POST", path, body, once)

    def send(
        self, method: str, path: str, body: dict[str, Any] | None = None, once: str = ""
    ) -> Any:
        """One call, and what the house answers."""
        headers = {"authorization": f"Bearer {self._key}", "content-type": "application/json"}
        if once:
            headers["idempotency-key"] = once
        sent = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.address + path, sent, headers, method=method)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)


class Shop:
    """Orders by number; a real shop keeps them in its database."""

    def __init__(self, house: House, address: str) -> None:
        self.house, self.address = house, address
        self.orders: dict[str, dict[str, Any]] = {}
        hooks, endpoints = f"{address}/hooks", "/v1/webhook-endpoints"
        for old in house.send("GET", endpoints):  # of an earlier start, whose secret is lost
            if old["url"] == hooks:
                house.send("DELETE", f"{endpoints}/{old['id']}", once=str(uuid.uuid4()))
        made = house.post(endpoints, {"url": hooks, "events": ["link.paid"]}, str(uuid.uuid4()))
        self._secret = base64.b64decode(made["secret"].removeprefix("whsec_"))

    def order(self, item: str) -> str:
        """A new order and the link it is paid by; its number."""
        title, price = GOODS[item]
        number = uuid.uuid4().hex
        link = self.house.post(
            "/v1/links",
            {
                "amount_minor": price,
                "currency": "CNY",
                "title": title,
                "title_public": True,
                "return_url": f"{self.address}/orders/{number}",
            },
            once=number,
        )
        self.orders[number] = {
            "title": title, "price": price, "link": link["id"], "token": link["token"],
            "paid": False,
        }  # fmt: skip
        print(f"ordered: {title}, {price / 100:.2f} CNY", flush=True)
        return number

    def verify(self, headers: Any, body: bytes) -> bool:
        """Whether a call is the house's, and fresh (the Standard Webhooks specification)."""
        message, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
            return False
        signed = f"{message}.{stamp}.".encode() + body
        digest = hmac.new(self._secret, signed, hashlib.sha256).digest()
        wanted = "v1," + base64.b64encode(digest).decode()
        given = headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(wanted, each) for each in given)

    def hear(self, event: dict[str, Any]) -> None:
        """A link was paid. The same event may come twice; the second changes nothing."""
        for order in self.orders.values():
            if order["link"] == event["data"]["link"] and not order["paid"]:
                order["paid"] = event["data"]["amount_minor"] >= order["price"]
                print(f"paid: {order['title']}; the parcel goes out", flush=True)


class Pages(BaseHTTPRequestHandler):
    """The shop's own site."""

    shop: Shop

    def do_GET(self) -> None:
        """The goods, or one order."""
        number = self.path.removeprefix("/orders/").partition("?")[0]
        if self.path == "/":
            rows = "".join(
                f'<li>{html.escape(title)} <b>¥{price / 100:.2f}</b> <form method="post" '
                f'action="/orders?{name}"><button>Order {html.escape(title)}</button></form></li>'
                for name, (title, price) in GOODS.items()
            )
            self._page(200, f"<h1>Four Treasures</h1><ul>{rows}</ul>")
        elif number in self.shop.orders:
            self._order(self.shop.orders[number])
        else:
            self._page(404, "<h1>There is no such page</h1>")

    def _order(self, order: dict[str, Any]) -> None:
        title, house = html.escape(order["title"]), self.shop.house.address
        if order["paid"]:
            self._page(200, f"<h1>{title}</h1><p>Paid. Your parcel is on its way.</p>")
            return
        link = f"{house}/p/{order['token']}"
        self._page(
            200,
            f"<h1>{title}</h1><p>Waiting for your payment; look again after you paid.</p>"
            f'<sycee-pay token="{order["token"]}"><a href="{link}">Pay</a></sycee-pay>',
        )

    def do_POST(self) -> None:
        """An order, or a word from the house."""
        size = int(self.headers.get("content-length") or 0)
        if size > LARGEST_BODY_BYTES:
            self._page(413, "<h1>Too much</h1>")
            return
        body = self.rfile.read(size)
        path, _, item = self.path.partition("?")
        if path == "/hooks":
            good = self.shop.verify(self.headers, body)
            if good:
                self.shop.hear(json.loads(body))
            self._page(200 if good else 400, "")
        elif path == "/orders" and item in GOODS:
            number = self.shop.order(item)
            self.send_response(303)
            self.send_header("location", f"/orders/{number}")
            self.end_headers()
        else:
            self._page(404, "<h1>There is no such page</h1>")

    def _page(self, status: int, body: str) -> None:
        house = self.shop.house.address
        text = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Four Treasures</title>'
            f'<link rel="icon" href="data:,"><script src="{house}/checkout.js" defer></script>'
            f"<main>{body}</main></html>"
        ).encode()
        self.send_response(status)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header(
            "content-security-policy",
            f"default-src 'none'; script-src {house}; img-src data:; form-action 'self'",
        )
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: what the shop does is printed, not each request."""


def main() -> None:
    """Open the shop until Ctrl-C."""
    house, key, port = sys.argv[1:]
    address = f"http://localhost:{port}"
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Pages)
    Pages.shop = Shop(House(house, key), address)
    print("open", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
