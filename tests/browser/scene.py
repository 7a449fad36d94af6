"""A town in which something happened: one of everything that a screen can show.

The pictures are taken of it, and the tests that look at every screen look at it.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from base64 import b64encode
from datetime import date, timedelta
from typing import Any

import segno
from tests.browser.conftest import Town
from tests.browser.gateway import ask_gateway

from sycee.doors.alipay.seed import DEMO_APP

IBAN = "DE89370400440532013000"
ORDER = {
    "authority": "Harbour Authority",
    "legal_basis": "Act 7, section 2",
    "effect": "deny",
    "scope": {"products": ["rides"], "operations": ["credit"], "jurisdictions": ["CN", "DE"]},
    "notice": {
        "en": "Rides rest until Monday. Your money is safe.",
        "zh-CN": "乘车业务暂停至周一，您的资金安全。",
        "de": "Fahrten ruhen bis Montag. Ihr Geld ist sicher.",
    },
}


def money(minor: int) -> dict[str, Any]:
    """An amount on the wire."""
    return {"amount_minor": minor, "currency": "CNY"}


def photo() -> str:
    """A picture, as it is brought as evidence."""
    out = io.BytesIO()
    segno.make("It came in two pieces").save(out, kind="png", scale=8)
    return b64encode(out.getvalue()).decode()


def happened(town: Town) -> dict[str, str]:
    """Let one of everything happen around Ada and her shops; the ids by what they are of."""
    return {**_orders(town), **_payments(town), **_envelopes(town), **_shop(town), **_desk(town)}


def _trade(
    town: Town, shop: str, title: str, minor: int, buyer: str = "ada", **more: object
) -> str:
    line = {"title": title, "quantity": 1, "unit_price_minor": minor}
    body = {"currency": "CNY", "title": title, "buyer": town.id(buyer), "lines": [line]}
    return town.call(shop, "POST /v1/trades", body | more)["id"]


def _other_orders(town: Town) -> dict[str, str]:
    """Of Dora's at Lantern Books: one to be paid, work in parts, and a lesson that is shared."""
    parts = [
        {"title": "The drawing", "amount_minor": 3_000},
        {"title": "The shelf, oiled twice", "amount_minor": 9_000},
    ]
    work = {"delivery": "milestones", "category": "service", "milestones": parts}
    found = {
        "offered": _trade(town, "lantern", "A box of brushes", 5_600, "dora"),
        "work": _trade(town, "lantern", "A shelf for the window", 12_000, "dora", **work),
        "lesson": _trade(
            town, "lantern", "An hour of brush writing", 8_000, "dora", delivery="none"
        ),
    }
    for trade in (found["work"], found["lesson"]):
        town.call("dora", f"POST /v1/trades/{trade}/pay", {})
    share = {"payees": [{"party": town.id("ben"), "amount_minor": 5_000}], "request_ref": "ben"}
    town.call("lantern", f"POST /v1/trades/{found['lesson']}/split", share)
    return found


def _orders(town: Town) -> dict[str, str]:
    """An order in each state that looks different, of Ada's and at Lantern Books."""
    found = _other_orders(town)
    found["unpaid"] = _trade(town, "jade", "Longjing tea, 250 g · 西湖龙井", 16_800)
    for name, title, minor in (
        ("paid", "A reading lamp with a green shade", 23_900),
        ("sent", "The Dream of the Red Chamber, in two volumes", 12_800),
        ("refund", "A map of the town", 4_500),
        ("disputed", "A teapot of Yixing clay", 36_000),
        ("ended", "Ink, black", 2_800),
    ):
        trade = found[name] = _trade(town, "lantern", title, minor)
        town.call("ada", f"POST /v1/trades/{trade}/pay", {})
        if name != "paid":
            parcel = {"carrier": "SF", "tracking_number": "SF1024816210"}
            town.call("lantern", f"POST /v1/trades/{trade}/ship", parcel)
    town.call("ada", f"POST /v1/trades/{found['ended']}/confirm", {})
    thanks = {"of": town.id("ada"), "stars": 5, "comment": "Paid at once, and said thank you."}
    town.call("lantern", f"POST /v1/trades/{found['ended']}/ratings", thanks)
    wish = {"amount_minor": 1_500, "reason": "not-as-described"}
    town.call("ada", f"POST /v1/trades/{found['refund']}/refund", wish)
    quarrel = f"POST /v1/trades/{found['disputed']}/dispute"
    town.call("ada", quarrel, {"reason": "damaged"})
    town.call("ada", f"{quarrel}/evidence", {"text": "It came in two pieces."})
    town.call("ada", f"{quarrel}/evidence", {"content_type": "image/png", "content": photo()})
    town.call("lantern", f"{quarrel}/evidence", {"text": "It left here whole, in straw."})
    return found


def _payments(town: Town) -> dict[str, str]:
    """What went to and fro between people, is asked for, planned, shared and given."""
    town.call("ada", f"PUT /v1/contacts/{town.id('ben')}", {"favourite": True})
    town.call("ada", f"PUT /v1/contacts/{town.id('chen')}", {"nickname": "静姐"})
    for payee, minor, memo in (("chen", 8_800, "生日快乐"), ("dora", 1_250, "Noodles")):
        town.call("ada", "POST /v1/payments", {**money(minor), "payee": payee, "memo": memo})
    tea = {"payee": town.id("jade"), **money(4_800)}
    sold = town.call("ada", "POST /v1/transfers", tea)["id"]
    paid = town.call(
        "ben", "POST /v1/payments", {**money(6_000), "payee": "ada", "memo": "The train to Suzhou"}
    )
    asked = town.call(
        "ben", "POST /v1/requests", {**money(3_500), "payer": "ada", "memo": "Cinema"}
    )
    later = (date.today() + timedelta(days=20)).isoformat()
    planned = {"payee": "mei", "every": "month", "starts_on": later, "times": 12, **money(50_000)}
    plan = town.call("ada", "POST /v1/schedules", planned)["id"]
    parts = [{"party": town.id(each)} for each in ("ada", "ben", "chen")]
    bill = {"total_minor": 26_400, "currency": "CNY", "rule": "equal", "parts": parts}
    town.call("ada", "POST /v1/splits", bill | {"memo": "Hotpot"})
    gift = {**money(8_800), "recipient": "ada", "card": "birthday", "memo": "Many happy returns!"}
    town.call("ben", "POST /v1/gifts", gift)
    given = town.call("ada", "POST /v1/gifts", {**money(52_000), "card": "wedding"})
    town.call("ada", "POST /v1/top-ups", money(30_000))
    town.call("ada", "POST /v1/withdrawals", {**money(20_000), "iban": IBAN, "name": "Ada"})
    return {
        "received": paid["id"],
        "bought": sold,
        "asked": asked["id"],
        "plan": plan,
        "gift": given["token"],
    }


def _envelopes(town: Town) -> dict[str, str]:
    """A group, an envelope in it that Ada opened, one to open, and one of her own."""
    group = town.call("ada", "POST /v1/groups", {"emblem": "club"})
    for member in ("ben", "chen", "dora"):
        town.call(member, "POST /v1/group-members", {"token": group["token"]})
    body = {"shares": 4, "group": group["group"]["id"] if "group" in group else group["id"]}
    opened = town.call("ben", "POST /v1/envelopes", money(8_888) | body | {"greeting": "luck"})
    for taker in ("chen", "ada", "dora"):
        town.call(taker, "POST /v1/envelope-claims", {"envelope": opened["id"]})
    shut = town.call("chen", "POST /v1/envelopes", money(6_666) | body | {"greeting": "fortune"})
    mine = town.call("ada", "POST /v1/envelopes", money(2_000) | {"shares": 5})
    town.call("ben", "POST /v1/envelope-claims", {"token": mine["token"]})
    return {
        "group": body["group"],
        "opened": opened["id"],
        "shut": shut["id"],
        "mine": mine["id"],
        "token": mine["token"],
    }


def _shop(town: Town) -> dict[str, str]:
    """Sales of every kind at Lantern Books, its links and endpoints."""
    for payer, minor in (("ben", 4_200), ("chen", 12_900), ("dora", 880), ("ada", 6_400)):
        sale = {"payee": town.id("lantern"), **money(minor)}
        sold = town.call(payer, "POST /v1/transfers", sale)["id"]
    link = {"currency": "CNY", "title": "A brush and ink", "title_public": True}
    fixed = town.call("lantern", "POST /v1/links", link | {"amount_minor": 60_000})
    free = {"least_minor": 500, "once": False, "tips": True, "title": "Reading evening"}
    open_ = town.call("lantern", "POST /v1/links", link | free)
    done = town.call("lantern", "POST /v1/links", link | {"amount_minor": 1_200, "title": "Map"})
    town.call(
        "ben",
        "POST /v1/transfers",
        {"payee": town.id("lantern"), **money(1_200), "link": done["token"]},
    )
    hook = {"url": "http://127.0.0.1:9/hook", "events": ["trade.*"]}
    made = town.call("lantern", "POST /v1/webhook-endpoints", hook)["endpoint"]["id"]
    for number, title, amount in (("BOOK_7", "A map of stars", "32.00"), ("BOOK_8", "Tea", "8.80")):
        code = town.call("ben", "POST /v1/pay-codes", {"ceiling_minor": 4_000, "currency": "CNY"})
        scan = {"out_trade_no": number, "total_amount": amount, "subject": title}
        scan |= {"scene": "bar_code", "auth_code": code["code"]}
        ask_gateway(town, "alipay.trade.pay", scan, notify_url="http://127.0.0.1:9/notify")
    return {
        "sale": sold,
        "link": fixed["id"],
        "fixed": fixed["token"],
        "free": open_["token"],
        "done": done["token"],
        "hook": made,
        "app": DEMO_APP,
    }


def _desk(town: Town) -> dict[str, str]:
    """An order in force, a demand that waits, and a party to look at."""
    file = town.home / "order.json"
    file.write_text(json.dumps(ORDER))
    issued = subprocess.run(
        [sys.executable, "-P", "-m", "sycee", "orders", "issue", str(file)],
        env={**os.environ, "SYCEE_HOME": str(town.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    asked = {"subjects": [town.id("chen")], "fields": ["name", "phone"]}
    letter = "Give us the name of whoever sold the teapot. — Det. Insp. Kwan"
    demand = {"text": letter, "asked": asked, "authority": "Harbour Police"}
    taken = town.call("townhall", "POST /v1/demands", demand | {"legal_basis": "Warrant 77"})
    purse = town.call("ada", "GET /v1/accounts")["items"][0]["id"]
    transfers = town.call("ada", f"GET /v1/accounts/{purse}/activity?limit=1")["items"]
    return {
        "order": issued.stdout.split()[0],
        "demand": taken["id"],
        "ada": town.id("ada"),
        "account": purse,
        "transfer": transfers[0]["id"],
    }
