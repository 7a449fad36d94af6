"""A shop shows codes: signed, static or for one sale; whoever alters one is found out."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from tests.stories.http.server import Person, code
from tests.stories.shops.conftest import Market

from sycee.core.journal import read as journal
from sycee.kit.money import EXPONENT
from sycee.products.wallet.qr import tlv
from sycee.products.wallet.qr.currencies import NUMBER
from sycee.products.wallet.qr.decode import Decoded, decode


def make(market: Market, by: Person, **body: Any) -> dict[str, Any]:
    made = market.send("POST /v1/codes", by, {"currency": "CNY", **body})
    assert made.status_code == 201, made.text
    return made.json()


def pay(market: Market, payer: Person, shop: Person, minor: int, **more: Any) -> Any:
    body = {"payee": shop.id, "amount_minor": minor, "currency": "CNY", **more}
    return market.send("POST /v1/transfers", payer, body)


def resolve(market: Market, by: Person, text: str) -> Any:
    return market.send("POST /v1/codes/resolve", by, {"text": text})


def test_a_code_for_a_sale_is_resolved_paid_and_then_closed(market: Market):
    ann, shop = market.resident("ann", minor=5_000), market.shop()
    made = make(market, shop, amount_minor=1_234, tips=True)
    assert (made["sort"], made["state"]) == ("dynamic", "open")
    seen = resolve(market, ann, made["text"]).json()
    assert (seen["profile"], seen["first_time"], seen["mine"]) == ("Sycee", True, False)
    assert (seen["amount_minor"], seen["currency"]) == (1_234, "CNY")
    assert seen["fields"]["amount"] == "12.34"
    offer = seen["offer"]
    assert (offer["payee"]["id"], offer["payee"]["verified"], offer["state"]) == (
        shop.id, False, "open",
    )  # fmt: skip
    paid = pay(market, ann, shop, 1_334, tip_minor=100, code=made["text"])
    assert paid.status_code == 200, paid.text
    kept = market.get(f"/v1/codes/{made['id']}", shop).json()
    assert (kept["state"], kept["transfer"], kept["payments"]) == ("paid", paid.json()["id"], 1)
    assert (kept["paid_minor"], kept["tip_minor"], kept["refunded_minor"]) == (1_334, 100, 0)
    again = pay(market, ann, shop, 1_234, code=made["token"])
    assert (code(again), again.json()["facts"]["state"]) == ("offer-not-open", "paid")
    assert resolve(market, ann, made["text"]).json()["first_time"] is False
    with market.database.read() as tx:
        told = journal.since(tx, None, 100, verbs=["code.*"], party=shop.party)
    assert [row.verb for row in told] == ["code.made", "code.paid"]
    assert told[1].body["transfer"] == paid.json()["id"]


def test_of_eight_who_pay_one_code_at_once_the_first_does(market: Market):
    shop = market.shop()
    payers = [market.resident(f"p{n}", minor=500 if n else 0) for n in range(8)]
    made = make(market, shop, amount_minor=300)
    body = {"payee": shop.id, "amount_minor": 300, "currency": "CNY", "code": made["text"]}
    answers = market.race([("POST /v1/transfers", payer, body) for payer in payers])
    assert sorted(each.status_code for each in answers) == [200, *[409] * 7]
    assert {code(each) for each in answers if each.status_code == 409} <= {
        "offer-not-open", "insufficient-funds",
    }  # fmt: skip
    assert market.purse(shop) == 300
    assert sorted(map(market.balance, payers)) == [0, 200, *[500] * 6]


def bent(text: str, tag: str, value: str) -> str:
    """The code with one field changed and a checksum that is right again."""
    root = tlv.parse(text) | {tag: value}
    body = tlv.write({name: each for name, each in root.items() if name != "63"}) + tlv.CRC_TAG
    return body + tlv.crc(body)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("26", "0005sycee0130par_00000000000000000000000000"),
        ("54", "0.01"),
        ("59", "Someone Else"),
        ("80", "0005sycee0122AAAAAAAAAAAAAAAAAAAAAA"),
        ("81", "0005sycee0286" + "A" * 86),
    ],
)
def test_a_code_that_was_altered_is_refused_and_moves_nothing(market: Market, tag, value):
    ann, shop = market.resident("ann", minor=500), market.shop()
    made = make(market, shop, amount_minor=300)
    forged = bent(made["text"], tag, value)
    assert isinstance(decode(forged), Decoded), "a till that trusts the text alone would take it"
    assert code(resolve(market, ann, forged)) == "code-altered"
    assert code(pay(market, ann, shop, 300, code=forged)) == "code-altered"
    assert market.balance(ann) == 500
    assert pay(market, ann, shop, 300, code=made["text"]).status_code == 200


def test_a_code_that_was_moved_about_is_still_the_same_code(market: Market):
    ann, shop = market.resident("ann", minor=500), market.shop()
    made = make(market, shop, amount_minor=300)
    root = tlv.parse(made["text"])
    middle = sorted(set(root) - {"00", "63"}, reverse=True)
    text = tlv.write({tag: root[tag] for tag in ("00", *middle)}) + tlv.CRC_TAG
    assert resolve(market, ann, text + tlv.crc(text)).status_code == 200


def test_a_code_is_paid_as_it_says_and_no_other_way(market: Market):
    ann, shop, other = market.resident("ann", minor=900), market.shop(), market.shop("peach")
    text = make(market, shop, amount_minor=300)["text"]
    cases = [
        (pay(market, ann, other, 300, code=text), "offer-differs", "payee"),
        (pay(market, ann, shop, 299, code=text), "offer-differs", "amount_minor"),
        (pay(market, ann, shop, 301, code=text), "offer-differs", "amount_minor"),
        (pay(market, ann, shop, 301, code=text, tip_minor=1), "tip-not-taken", None),
        (
            pay(market, ann, shop, 300, code=text[:-1] + ("1" if text[-1] == "0" else "0")),
            "code-unreadable",
            None,
        ),
        (pay(market, ann, shop, 300, code="A" * 22), "not-found", None),
        (pay(market, ann, shop, 300, code=text, link="A" * 22), "invalid-field", "link"),
    ]
    for answer, refusal, field in cases:
        assert (code(answer), answer.json()["facts"].get("field")) == (refusal, field)
    assert (market.balance(ann), market.purse(shop)) == (900, 0)


def test_a_code_on_the_wall_binds_its_payers_to_the_limit_of_static_codes(market: Market):
    ann, shop = market.resident("ann", minor=200_000), market.shop()
    made = make(market, shop, place="Old Town")
    assert (made["sort"], made["expires_at"]) == ("static", None)
    assert resolve(market, ann, made["text"]).json()["fields"]["city"] == "Old Town"
    first = pay(market, ann, shop, 30_000, code=made["text"])
    assert pay(market, ann, shop, 20_000, code=made["token"]).status_code == 200
    over = pay(market, ann, shop, 1, code=made["text"])
    assert code(over) == "limit-reached"
    facts = over.json()["facts"]
    assert (facts["limit"], facts["pack"], facts["left_minor"]) == (
        "static-code-a-day", "cn-barcode", 0,
    )  # fmt: skip
    sale = make(market, shop, amount_minor=60_000)
    assert pay(market, ann, shop, 60_000, code=sale["text"]).status_code == 200
    back = {"amount_minor": 10_000, "reason": "faulty"}
    market.send(f"POST /v1/transfers/{first.json()['id']}/refunds", shop, back)
    assert pay(market, ann, shop, 10_000, code=made["text"]).status_code == 200
    kept = market.get("/v1/codes", shop, state="open").json()["items"]
    assert [(each["id"], each["payments"], each["refunded_minor"]) for each in kept] == [
        (made["id"], 3, 10_000),
    ]  # fmt: skip


def test_a_code_ends_by_its_time_or_by_its_maker(market: Market):
    ann, shop, other = market.resident("ann", minor=900), market.shop(), market.shop("peach")
    sale, wall = make(market, shop, amount_minor=300), make(market, shop)
    assert code(market.send(f"DELETE /v1/codes/{wall['id']}", other)) == "not-found"
    closed = market.send(f"DELETE /v1/codes/{wall['id']}", shop).json()
    assert closed == {"id": wall["id"], "state": "closed"}
    assert pay(market, ann, shop, 1, code=wall["text"]).json()["facts"]["state"] == "closed"
    market.clock.advance(timedelta(minutes=15))
    assert resolve(market, ann, sale["text"]).json()["offer"]["state"] == "expired"
    assert pay(market, ann, shop, 300, code=sale["text"]).json()["facts"]["state"] == "expired"
    assert code(market.send(f"DELETE /v1/codes/{sale['id']}", shop)) == "offer-not-open"


def test_a_code_carries_what_it_has_room_for(market: Market):
    shop = market.shop()
    most = make(market, shop, amount_minor=999_999_999_999, place="  ")
    assert decode(most["text"]).fields["amount"] == "9999999999.99"  # pyright: ignore
    body = {"currency": "CNY", "amount_minor": 2**53}
    assert code(market.send("POST /v1/codes", shop, body)) == "invalid-field"
    assert NUMBER.keys() == EXPONENT.keys()


def test_codes_of_other_schemes_are_read_and_not_paid(market: Market):
    ann, shop = market.resident("ann", minor=900), market.shop()
    seen = resolve(market, ann, "upi://pay?pa=shop@bank&pn=Shop&am=12.50&cu=INR").json()
    assert (seen["profile"], seen["amount_minor"], seen["currency"]) == ("UPI", 1_250, "INR")
    assert (seen["offer"], seen["first_time"], seen["mine"]) == (None, None, False)
    refused = pay(market, ann, shop, 5, code="upi://pay?pa=shop@bank&pn=Shop")
    assert (code(refused), refused.json()["facts"]) == ("code-not-ours", {"profile": "UPI"})
    assert code(resolve(market, ann, "https://example.org")) == "code-unreadable"


def test_the_drawing_reads_back_as_the_text(market: Market):
    shop = market.shop()
    made = make(market, shop, amount_minor=300)
    drawn = market.get(f"/v1/codes/{made['id']}/image.svg", shop)
    assert drawn.headers["content-type"] == "image/svg+xml"
    # A QR code alone is looked for: other readers see a bar code in such a pattern now and then.
    sort = zxingcpp.barcode_formats_from_str("QRCode")
    found = zxingcpp.read_barcodes(raster(drawn.text, scale=3), sort)
    assert [each.text for each in found] == [made["text"]]
    assert code(market.get(f"/v1/codes/{made['id']}/image.svg", market.shop())) == "not-found"


def raster(svg: str, scale: int) -> memoryview:
    """The drawing as grey pixels: it is one path of horizontal strokes, one module high."""
    size = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # pyright: ignore
    rows = [bytearray(b"\xff" * size) for _ in range(size)]
    x, y = 0, 0.5
    path = re.search(r'class="qrline"[^>]* d="([^"]+)"', svg)[1]  # pyright: ignore
    for command, numbers in re.findall(r"([Mmh])([^Mmh]+)", path):
        steps = [float(each) for each in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            rows[int(y)][x : x + int(steps[0])] = bytes(int(steps[0]))
            x += int(steps[0])
        else:
            x = int(steps[0]) + (x if command == "m" else 0)
            y = steps[1] + (y if command == "m" else 0)
    pixels = b"".join(b"".join(bytes([v]) * scale for v in row) * scale for row in rows)
    return memoryview(pixels).cast("B", [size * scale, size * scale])
