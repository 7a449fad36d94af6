"""The table of contents: every method this gateway answers."""

from __future__ import annotations

from sycee.doors.alipay.gateway import Method
from sycee.doors.alipay.methods import changes, orders, queries, transfers

TABLE: dict[str, Method] = {
    "alipay.trade.create": orders.create,
    "alipay.trade.precreate": orders.precreate,
    "alipay.trade.pay": orders.pay,
    "alipay.trade.page.pay": orders.page,
    "alipay.trade.wap.pay": orders.page,
    "alipay.trade.query": queries.trade,
    "alipay.trade.close": changes.close,
    "alipay.trade.cancel": changes.cancel,
    "alipay.trade.refund": changes.refund,
    "alipay.trade.fastpay.refund.query": queries.refund,
    "alipay.trade.orderinfo.sync": changes.ship,
    "alipay.trade.settle.confirm": changes.settle,
    "alipay.trade.order.settle": changes.split,
    "alipay.fund.trans.uni.transfer": transfers.send,
    "alipay.fund.trans.toaccount.transfer": transfers.send_to_account,
    "alipay.fund.trans.common.query": transfers.query,
    "alipay.fund.trans.order.query": transfers.query,
    "alipay.open.app.alipaycert.download": queries.certificate,
}
