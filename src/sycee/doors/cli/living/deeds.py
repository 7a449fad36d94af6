"""What neighbours do beside ordering: pay, tip, show a code, send, ask, share, give. Each is a call
or two of `/v1`; a deed that is refused did nothing.
"""

from __future__ import annotations

from sycee.doors.cli.demo.people import Person
from sycee.doors.cli.living.cast import Cast, chance, minor, one_of, sometimes
from sycee.doors.cli.town import CURRENCY

MEMOS = ("noodles", "奶茶", "bus", "Kaffee", "cinema", "groceries", "生日快乐", "rent", "شكرا")
POOR_MINOR = 8_000
TOP_UP_MINOR = 30_000
RICH_MINOR = 150_000
ASKED_MOST = 2


def buy(cast: Cast) -> str:
    """Pay at a shop, at the teahouse's code with a tip now and then."""
    who, shop = cast.neighbour(), cast.shop()
    body = {"payee": shop.id, "amount_minor": minor(300, 4_500), "currency": CURRENCY}
    if shop is cast.tipped:
        codes = shop.get("/v1/codes?state=open&limit=20")["items"]
        wall = [each for each in codes if each["amount_minor"] is None and each["tips"]]
        if wall:
            tip = one_of((0, 100, 200, 500))
            body |= {"code": wall[0]["text"], "tip_minor": tip}
            body["amount_minor"] += tip
    who.post("/v1/transfers", body)
    return "buy"


def show_code(cast: Cast) -> str:
    """Show a pay code at a till, which takes it."""
    who, shop = cast.neighbour(), cast.shop()
    price = minor(300, 3_000)
    shown = who.post("/v1/pay-codes", {"ceiling_minor": price, "currency": CURRENCY})
    shop.post("/v1/charges", {"code": shown["code"], "amount_minor": price, "currency": CURRENCY})
    return "show a code"


def send(cast: Cast) -> str:
    """Send a friend money, and a visitor now and then."""
    who, friend = cast.two()
    if sometimes(15):
        friend = one_of(cast.visitors)
    _pay(who, friend, minor(200, 3_000))
    return "send"


def ask(cast: Cast) -> str:
    """Settle what one is asked for, or ask a friend; a visitor now and then, who may be away."""
    who, friend = cast.two()
    asked = who.get("/v1/requests?direction=incoming&state=open&limit=20")["items"]
    if asked:
        verb = "pay" if sometimes(85) else "decline"
        who.post(f"/v1/requests/{asked[0]['id']}/{verb}", {})
        return verb
    if sometimes(10):
        friend = one_of(cast.visitors)
        open_ = friend.get("/v1/requests?direction=incoming&state=open&limit=20")["items"]
        if len(open_) >= ASKED_MOST:
            return "leave be"
    body = {"payer": friend.id, "amount_minor": minor(500, 3_000), "currency": CURRENCY}
    who.post("/v1/requests", body | {"memo": one_of(MEMOS)})
    return "ask"


def give(cast: Cast) -> str:
    """Put an envelope among three, who open it."""
    who, *others = chance.sample(cast.neighbours, 4)
    body = {"amount_minor": minor(600, 2_000), "currency": CURRENCY, "shares": 3}
    made = who.post("/v1/envelopes", body)
    for each in others:
        each.post("/v1/envelope-claims", {"token": made["token"]})
    return "give"


def give_back(cast: Cast) -> str:
    """A shop gives a part of its last sale back."""
    shop = cast.shop()
    sales = shop.get("/v1/sales?limit=1")["items"]
    left = sales[0]["amount_minor"] - sales[0]["refunded_minor"] if sales else 0
    if left < 200:
        return "leave be"
    body = {"amount_minor": left // 2, "reason": one_of(("faulty", "goodwill", "wrong-amount"))}
    shop.post(f"/v1/transfers/{sales[0]['transfer']}/refunds", body)
    return "give back"


def earn(cast: Cast) -> str:
    """Whoever runs low tops up from the bank; a shop that has much pays a helper's wage."""
    who, shop = cast.neighbour(), cast.shop()
    if who.balance_minor() < POOR_MINOR:
        asked = who.post("/v1/top-ups", {"amount_minor": TOP_UP_MINOR, "currency": CURRENCY})
        cast.pay_in(TOP_UP_MINOR, asked["reference"])
        return "top up"
    if shop.balance_minor() > RICH_MINOR:
        _pay(shop, who, minor(10_000, 20_000))
        return "pay a wage"
    return "leave be"


def _pay(who: Person, to: Person, amount_minor: int) -> None:
    body = {"payee": to.id, "amount_minor": amount_minor, "currency": CURRENCY}
    who.post("/v1/payments", body | {"memo": one_of(MEMOS)})
