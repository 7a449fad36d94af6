"""SQL of the schema `alipay`, one function a query."""

from __future__ import annotations

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import structs

from sycee.doors.alipay.model import App, Order, OwnApp, RequestRow, TransferRow
from sycee.runtime.db import Tx

_ORDER: LiteralString = """
    app_id, out_trade_no, trade_id, method, total_minor, currency, charset, sign_type, pay_token,
    notify_url, return_url, passback, created_at
"""


def insert_app(tx: Tx, app: App) -> None:
    """Register an app; an app of that number is given the new key and party."""
    tx.conn.execute(
        """
        INSERT INTO alipay.apps
            (app_id, party, public_key, cert_sn, sign_types, zones, demo_buyer, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (app_id) DO UPDATE SET
            party = excluded.party, public_key = excluded.public_key, cert_sn = excluded.cert_sn,
            sign_types = excluded.sign_types, zones = excluded.zones,
            demo_buyer = excluded.demo_buyer
        """,
        (*structs.astuple(app), tx.now),
    )


def read_app(tx: Tx, app_id: str) -> App | None:
    """The app of that number, unless it is disabled."""
    row = tx.conn.execute(
        """
        SELECT app_id, party, public_key, cert_sn, sign_types, zones, demo_buyer
        FROM alipay.apps WHERE app_id = %s AND disabled_at IS NULL
        """,
        (app_id,),
    ).fetchone()
    return None if row is None else App(*row)


def lock_apps(tx: Tx, party: UUID) -> None:
    """One change at a time of a shop's apps, so that their number can be bounded."""
    tx.conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 31))", (str(party),))


def insert_own_app(
    tx: Tx, app_id: str, party: UUID, public_key: str, sign_types: list[str], zones: list[str]
) -> bool:
    """Register a shop's app; false when the number is somebody's."""
    row = tx.conn.execute(
        """
        INSERT INTO alipay.apps (app_id, party, public_key, sign_types, zones, created_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (app_id) DO NOTHING RETURNING app_id
        """,
        (app_id, party, public_key, sign_types, zones, tx.now),
    ).fetchone()
    return row is not None


def set_key(tx: Tx, app_id: str, party: UUID, public_key: str) -> datetime | None:
    """Change the key of a shop's app in use, whose certificate is void then; when it was made."""
    row = tx.conn.execute(
        """
        UPDATE alipay.apps SET public_key = %s, cert_sn = NULL
        WHERE app_id = %s AND party = %s AND disabled_at IS NULL RETURNING created_at
        """,
        (public_key, app_id, party),
    ).fetchone()
    return None if row is None else row[0]


def lock_key(tx: Tx, app_id: str, party: UUID) -> str | None:
    """The public key of a shop's app in use, which stays until the end."""
    row = tx.conn.execute(
        """
        SELECT public_key FROM alipay.apps
        WHERE app_id = %s AND party = %s AND disabled_at IS NULL FOR UPDATE
        """,
        (app_id, party),
    ).fetchone()
    return None if row is None else row[0]


def set_certificate(tx: Tx, app_id: str, serial: str) -> None:
    """From now on this certificate names the app, and the one before does not."""
    tx.conn.execute("UPDATE alipay.apps SET cert_sn = %s WHERE app_id = %s", (serial, app_id))


def end_app(tx: Tx, app_id: str, party: UUID) -> OwnApp | None:
    """End a shop's app, or leave the end it had; None for an app that is not the shop's."""
    row = tx.conn.execute(
        """
        UPDATE alipay.apps SET disabled_at = COALESCE(disabled_at, %s)
        WHERE app_id = %s AND party = %s
        RETURNING app_id, public_key, cert_sn, created_at, disabled_at
        """,
        (tx.now, app_id, party),
    ).fetchone()
    return None if row is None else OwnApp(*row)


def apps_of(tx: Tx, party: UUID) -> list[OwnApp]:
    """A shop's last hundred apps, newest first, those that ended too."""
    rows = tx.conn.execute(
        """
        SELECT app_id, public_key, cert_sn, created_at, disabled_at FROM alipay.apps
        WHERE party = %s ORDER BY created_at DESC, app_id LIMIT 100
        """,
        (party,),
    ).fetchall()
    return [OwnApp(*row) for row in rows]


def owns_app(tx: Tx, app_id: str, party: UUID) -> bool:
    """Whether an app is a shop's, in use or ended."""
    row = tx.conn.execute(
        "SELECT FROM alipay.apps WHERE app_id = %s AND party = %s", (app_id, party)
    ).fetchone()
    return row is not None


def claim_user(tx: Tx, user_id: str, party: UUID) -> UUID:
    """Give a number to a party unless it is taken; whose it is now."""
    tx.conn.execute(
        "INSERT INTO alipay.users (user_id, party) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (user_id, party),
    )
    row = tx.conn.execute(
        "SELECT party FROM alipay.users WHERE user_id = %s", (user_id,)
    ).fetchone()
    assert row is not None, "a number just claimed has an owner"
    return row[0]


def read_user(tx: Tx, user_id: str) -> UUID | None:
    """The party of a number."""
    row = tx.conn.execute(
        "SELECT party FROM alipay.users WHERE user_id = %s", (user_id,)
    ).fetchone()
    return None if row is None else row[0]


def insert_order(tx: Tx, order: Order) -> bool:
    """Write an order unless its number is taken; waits for a twin that is being written."""
    found = tx.conn.execute(
        """
        INSERT INTO alipay.trades
            (app_id, out_trade_no, trade_id, method, total_minor, currency, charset, sign_type,
             pay_token, notify_url, return_url, passback, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (app_id, out_trade_no) DO NOTHING
        """,
        (
            order.app_id,
            order.out_trade_no,
            order.trade_id,
            order.method,
            order.total_minor,
            order.currency,
            order.charset,
            order.sign_type,
            order.pay_token,
            order.notify_url,
            order.return_url,
            order.passback,
            order.created_at,
        ),
    )
    return found.rowcount == 1


def name_trade(tx: Tx, app_id: str, out_trade_no: str, trade_id: UUID) -> None:
    """Say which trade an order became."""
    tx.conn.execute(
        "UPDATE alipay.trades SET trade_id = %s WHERE app_id = %s AND out_trade_no = %s",
        (trade_id, app_id, out_trade_no),
    )


def set_notify_url(tx: Tx, app_id: str, out_trade_no: str, notify_url: str) -> None:
    """Tell a shop of later changes at another address than the order was made with."""
    tx.conn.execute(
        "UPDATE alipay.trades SET notify_url = %s WHERE app_id = %s AND out_trade_no = %s",
        (notify_url, app_id, out_trade_no),
    )


def set_return_url(tx: Tx, app_id: str, out_trade_no: str, return_url: str, method: str) -> None:
    """Send the payer back to another address, which is told the method that named it."""
    tx.conn.execute(
        "UPDATE alipay.trades SET return_url = %s, method = %s"
        " WHERE app_id = %s AND out_trade_no = %s",
        (return_url, method, app_id, out_trade_no),
    )


def read_order(tx: Tx, app_id: str, out_trade_no: str) -> Order | None:
    """An app's order by the shop's number."""
    row = tx.conn.execute(
        f"""
        SELECT {_ORDER} FROM alipay.trades WHERE app_id = %s AND out_trade_no = %s
        """,
        (app_id, out_trade_no),
    ).fetchone()
    return None if row is None else Order(*row)


def read_order_by_trade(tx: Tx, app_id: str, trade_id: UUID) -> Order | None:
    """An app's order by the trade's id."""
    row = tx.conn.execute(
        f"""
        SELECT {_ORDER} FROM alipay.trades WHERE trade_id = %s AND app_id = %s
        """,
        (trade_id, app_id),
    ).fetchone()
    return None if row is None else Order(*row)


def read_orders_of(tx: Tx, trade_ids: list[UUID]) -> list[Order]:
    """The orders that became these trades."""
    rows = tx.conn.execute(
        f"""
        SELECT {_ORDER} FROM alipay.trades WHERE trade_id = ANY(%s)
        """,
        (trade_ids,),
    ).fetchall()
    return [Order(*row) for row in rows]


def read_order_by_token(tx: Tx, token: str) -> Order | None:
    """The order of a pay page."""
    row = tx.conn.execute(
        f"""
        SELECT {_ORDER} FROM alipay.trades WHERE pay_token = %s
        """,
        (token,),
    ).fetchone()
    return None if row is None else Order(*row)


def insert_request(tx: Tx, app_id: str, row: RequestRow) -> bool:
    """Write what was done under a shop's number unless the number is taken."""
    found = tx.conn.execute(
        """
        INSERT INTO alipay.requests
            (app_id, trade_id, sort, out_request_no, amount_minor, digest, done_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        (
            app_id,
            row.trade_id,
            row.sort,
            row.out_request_no,
            row.amount_minor,
            row.digest,
            row.done_at,
        ),
    )
    return found.rowcount == 1


def read_request(
    tx: Tx, app_id: str, trade_id: UUID, sort: str, out_request_no: str
) -> RequestRow | None:
    """What was done under a shop's number."""
    row = tx.conn.execute(
        """
        SELECT trade_id, sort, out_request_no, amount_minor, digest, done_at
        FROM alipay.requests
        WHERE app_id = %s AND trade_id = %s AND sort = %s AND out_request_no = %s
        """,
        (app_id, trade_id, sort, out_request_no),
    ).fetchone()
    return None if row is None else RequestRow(*row)


def insert_transfer(tx: Tx, app_id: str, row: TransferRow) -> bool:
    """Write a transfer under its number unless the number is taken."""
    found = tx.conn.execute(
        """
        INSERT INTO alipay.transfers
            (app_id, out_biz_no, transfer_id, payee, amount_minor, paid_at)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        (app_id, row.out_biz_no, row.transfer_id, row.payee, row.amount_minor, row.paid_at),
    )
    return found.rowcount == 1


def name_transfer(tx: Tx, app_id: str, out_biz_no: str, transfer_id: UUID) -> None:
    """Say which transfer a number became."""
    tx.conn.execute(
        "UPDATE alipay.transfers SET transfer_id = %s WHERE app_id = %s AND out_biz_no = %s",
        (transfer_id, app_id, out_biz_no),
    )


def read_transfer(tx: Tx, app_id: str, out_biz_no: str) -> TransferRow | None:
    """A transfer by the shop's number."""
    row = tx.conn.execute(
        """
        SELECT out_biz_no, transfer_id, payee, amount_minor, paid_at FROM alipay.transfers
        WHERE app_id = %s AND out_biz_no = %s
        """,
        (app_id, out_biz_no),
    ).fetchone()
    return None if row is None else TransferRow(*row)


def read_transfer_by_id(tx: Tx, app_id: str, transfer_id: UUID) -> TransferRow | None:
    """A transfer by its own id."""
    row = tx.conn.execute(
        """
        SELECT out_biz_no, transfer_id, payee, amount_minor, paid_at FROM alipay.transfers
        WHERE transfer_id = %s AND app_id = %s
        """,
        (transfer_id, app_id),
    ).fetchone()
    return None if row is None else TransferRow(*row)
