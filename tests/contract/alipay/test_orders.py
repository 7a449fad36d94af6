"""What a shop says of an order beside its price, and the numbers that are taken."""

from __future__ import annotations

from tests.contract.alipay.town import Town

ORDER = {"out_trade_no": "T1", "total_amount": "88.88", "subject": "元宝"}
PAY = "alipay.trade.pay"


def test_null_is_the_same_as_nothing(town: Town, web):
    given = {"settle_info": None, "royalty_info": None, "time_expire": None}
    order = {**ORDER, **given, "scene": "bar_code", "auth_code": town.paycode()}
    paid = town.call(web, PAY, order)
    settle = {"trade_no": paid["trade_no"], "out_request_no": "C1"}
    early = town.call(web, "alipay.trade.settle.confirm", settle)
    assert early["sub_code"] == "ACQ.TRADE_STATUS_ERROR"  # guaranteed: the buyer releases it
    direct = {**order, "out_trade_no": "T2", "goods_type": "0", "auth_code": town.paycode()}
    settle["trade_no"] = town.call(web, PAY, direct)["trade_no"]
    for info in ({"settle_detail_infos": None}, None):
        settled = town.call(web, "alipay.trade.settle.confirm", {**settle, "settle_info": info})
        assert settled["settle_amount"] == "88.88"
