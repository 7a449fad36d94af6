"""Routes of trades: only their parties see them; for anybody else there is no such trade."""

from sycee.products.escrow.api import disputes, refunds, trades

routes = [*trades.routes, *refunds.routes, *disputes.routes]
