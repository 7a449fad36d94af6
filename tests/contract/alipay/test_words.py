"""What the gateway may have to refuse has a word of the protocol."""

from __future__ import annotations

from sycee.doors.alipay.translation import fault_of
from sycee.doors.http import contents
from sycee.kit.errors import Invalid, Refusal
from sycee.products.escrow.model.refusals import TradeSideDiffers

STEPS = ("pay", "cancel", "refund-now", "ship", "release", "split")
PLAIN = {"invalid-field", "not-found", "forbidden"}
"""What the gateway finds by itself before it asks, or what is an `INVALID_PARAMETER` indeed."""


class _Coded(Refusal):
    """A refusal of which only the code matters."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code  # pyright: ignore[reportAttributeAccessIssue]

    def facts(self) -> dict[str, object]:
        return {}


def test_each_refusal_of_the_steps_that_the_gateway_takes_has_a_word():
    paths = {"/v1/trades", *(f"/v1/trades/{{trade:trd}}/{step}" for step in STEPS)}
    routes = [each for each in contents.routes() if each.method == "POST" and each.path in paths]
    assert {route.path for route in routes} == paths
    codes = {refusal.code for route in routes for refusal in route.refuses} - PLAIN
    plain = fault_of(_Coded("invalid-field"), "alipay_trade_pay_response").node()["sub_code"]
    words = {
        code: fault_of(_Coded(code), "alipay_trade_pay_response").node()["sub_code"]
        for code in codes
    }
    assert {code for code, word in words.items() if word == plain} == set()


def test_parts_above_the_price_and_who_pays_itself_are_told_in_the_shops_words():
    def word(refusal: Refusal) -> str:
        return fault_of(refusal, "alipay_trade_pay_response").sub_code

    assert word(Invalid(field="royalties", rule="x")) == "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR"
    assert word(Invalid(field="royalties.party", rule="x")) == "ACQ.ROYALTY_RECEIVER_INVALID"
    paid = TradeSideDiffers(trade="trd_1", verb="pay", needs="buyer")
    assert word(paid) == "ACQ.BUYER_SELLER_EQUAL"
    released = TradeSideDiffers(trade="trd_1", verb="release", needs="buyer")
    assert word(released) == "ACQ.TRADE_STATUS_ERROR"
