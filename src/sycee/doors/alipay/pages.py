"""Orders of this gateway as bills of the pay page (`doors/checkout`), and paying them there."""

from __future__ import annotations

import hashlib
from urllib.parse import urlencode

import msgspec

from sycee.core.parties import parties
from sycee.doors.alipay import protocol, signature, store, trades
from sycee.doors.alipay.keyring import Keyring
from sycee.doors.alipay.methods.words import moment, money
from sycee.doors.alipay.model import CURRENCY, Order
from sycee.doors.alipay.users import claim
from sycee.doors.checkout.bill import Bill
from sycee.doors.checkout.bill import State as Standing
from sycee.kit.errors import Refusal
from sycee.kit.ids import public
from sycee.products.escrow.model.trade import State, Trade
from sycee.products.wallet.people import faces
from sycee.runtime.db import Database, Tx
from sycee.runtime.perform import Call, perform_one


class PayByPage(msgspec.Struct, frozen=True):
    """A buyer's payment on the page."""

    order: str
    auth_code: str


class Paid(msgspec.Struct, frozen=True):
    """The trade that was paid."""

    trade: str


class Pages:
    """The orders that `page.pay`, `wap.pay` and `precreate` made, each by its token."""

    def __init__(self, keyring: Keyring, tender_key: bytes = b"") -> None:
        self._keyring, self._tender_key = keyring, tender_key

    def bill(self, database: Database, token: str) -> Bill | None:
        """The order of a token; once it is paid, with the signed way back to the shop."""
        with database.read() as tx:
            order = store.read_order_by_token(tx, token)
            if order is None:
                return None
            trade = trades.read(tx, order.trade_id)
            shop = faces.of(parties.get(tx, trade.sellers[0]))
        paid = trade.state is not State.WAIT_BUYER_PAY and trade.paid_minor > 0
        back = order.return_url is not None and paid
        return Bill(
            token=token,
            payee=public("par", trade.sellers[0]),
            shop=shop.display_name,
            verified=shop.verified,
            title=trade.title,
            number=order.out_trade_no,
            amount_minor=trade.total_minor,
            currency=CURRENCY,
            state=Standing.PAID if paid else _UNPAID.get(trade.state, Standing.CLOSED),
            by_code=True,
            return_url=self.return_link(database, order, trade) if back else None,
            trade=order.trade_no,
        )

    def pay(self, database: Database, token: str, code: str) -> Refusal | None:
        """Pay with a code that was typed; the refusal, if it was refused."""
        with database.read() as tx:
            order = store.read_order_by_token(tx, token)
            assert order is not None, "a bill that was found has an order"
            seller = trades.read(tx, order.trade_id).sellers[0]

        def action(tx: Tx, command: PayByPage) -> Paid:
            trades.pay(tx, seller, order.trade_id, command.auth_code, self._tender_key, typed=True)
            return Paid(public("trd", order.trade_id))

        sent = hashlib.sha256(f"{token}|{code}".encode()).hexdigest()
        call = Call(seller, f"alipay:page:{sent}", "alipay.page", PayByPage(order.trade_no, code))
        try:
            perform_one(database, call, action).unwrap()
        except Refusal as refusal:
            return refusal
        return None

    def return_link(self, database: Database, order: Order, trade: Trade) -> str:
        """The shop's `return_url` with what the protocol adds, signed."""
        assert order.return_url is not None
        with database.transaction() as tx:
            seller = claim(tx, trade.sellers[0])
        values = {
            "app_id": order.app_id,
            "auth_app_id": order.app_id,
            "charset": order.charset,
            "method": f"{order.method}.return",
            "out_trade_no": order.out_trade_no,
            "seller_id": seller,
            "timestamp": moment(database.clock.now()) or "",
            "total_amount": money(trade.total_minor),
            "trade_no": order.trade_no,
            "version": "1.0",
        }
        content = protocol.notice_content(values, order.charset)
        values["sign_type"] = order.sign_type
        values["sign"] = signature.sign(self._keyring.key, content, order.sign_type)
        address, mark, place = order.return_url.partition("#")
        joint = "&" if "?" in address else "?"
        query = urlencode(values, encoding=order.charset, errors="replace")
        return address + joint + query + mark + place


_UNPAID = {State.WAIT_BUYER_PAY: Standing.OPEN, State.CLOSED: Standing.CLOSED}
