"""The trade's own row: lock it, read it, save it; and what finds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from sycee.products.escrow.model.terms import Terms
from sycee.products.escrow.model.trade import (
    Delivery,
    Dispute,
    Line,
    Milestone,
    Refund,
    RefundState,
    Share,
    State,
    Trade,
)
from sycee.runtime.db import Place, Tx


class Parts(msgspec.Struct, frozen=True):
    """What of a trade is kept as one document."""

    lines: tuple[Line, ...]
    shares: tuple[Share, ...]
    milestones: tuple[Milestone, ...]
    terms: Terms


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Parts).decode

_TRADE: LiteralString = """
    t.id, t.state, t.delivery, t.buyer, t.buyer_account, t.fee_account, t.currency, t.fee_bps,
    t.category, t.channel, t.out_ref, t.title, t.freight_minor, t.total_minor, t.paid_minor,
    t.released_minor, t.fee_minor, t.refunded_minor, t.reclaimed_minor, t.pay_by, t.ship_by,
    t.confirm_by, t.paused_left_seconds, t.extended, t.created_at, t.paid_at, t.shipped_at,
    t.ended_at, t.parts::text
"""
_REFUND: LiteralString = """
    trade, id, seller, amount_minor, returns, reason, state, respond_by, opened_at, ended_at,
    request_ref, carrier, tracking_number
"""
_DISPUTE: LiteralString = """
    trade, id, opened_by, reason, opened_at, evidence_by, buyer_pieces, seller_pieces, ruled_at,
    ruled_by
"""
_PIN: LiteralString = """
    SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
           set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
           set_config('enable_material', 'off', true)
"""
_UNPIN: LiteralString = """
    SELECT set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true),
           set_config('enable_seqscan', 'on', true), set_config('enable_bitmapscan', 'on', true),
           set_config('enable_material', 'on', true)
"""


def _trade(row: tuple[Any, ...], refund: Refund | None, dispute: Dispute | None) -> Trade:
    parts = _decode(row[28])
    return Trade(
        id=row[0],
        state=State(row[1]),
        delivery=Delivery(row[2]),
        buyer=row[3],
        buyer_account=row[4],
        fee_account=row[5],
        currency=row[6],
        fee_bps=row[7],
        category=row[8],
        channel=row[9],
        out_ref=row[10],
        title=row[11],
        freight_minor=row[12],
        total_minor=row[13],
        paid_minor=row[14],
        released_minor=row[15],
        fee_minor=row[16],
        refunded_minor=row[17],
        reclaimed_minor=row[18],
        pay_by=row[19],
        ship_by=row[20],
        confirm_by=row[21],
        paused_left_seconds=row[22],
        extended=row[23],
        created_at=row[24],
        paid_at=row[25],
        shipped_at=row[26],
        ended_at=row[27],
        lines=parts.lines,
        shares=parts.shares,
        milestones=parts.milestones,
        terms=parts.terms,
        refund=refund,
        dispute=dispute,
    )


def refund_of(row: tuple[Any, ...]) -> Refund:
    """A refund from a row of `escrow.refund`, whose first column is the trade."""
    id_, seller, amount, returns, reason, state, *rest = row[1:]
    return Refund(id_, seller, amount, returns, reason, RefundState(state), *rest)


def read(tx: Tx, ids: Sequence[UUID]) -> list[Trade]:
    """The trades that exist among `ids`, unlocked, with what is open on them; newest first."""
    keys = list(ids)
    with tx.conn.pipeline():
        trades = tx.conn.execute(
            f"SELECT {_TRADE} FROM escrow.trade AS t WHERE t.id = ANY(%s) ORDER BY t.id DESC",
            (keys,),
        )
        refunds = _open_refunds(tx, keys)
        disputes = _open_disputes(tx, keys)
    return _joined(trades.fetchall(), refunds.fetchall(), disputes.fetchall())


def lock(tx: Tx, id: UUID) -> Trade | None:
    """One trade, locked until the transaction ends; its open refund and dispute are read after.

    Two statements, as one would pair the newest row with an older refund under READ COMMITTED.
    """
    with tx.conn.pipeline():
        trades = tx.conn.execute(
            f"SELECT {_TRADE} FROM escrow.trade AS t WHERE t.id = %s FOR UPDATE", (id,)
        )
        refunds = _open_refunds(tx, [id])
        disputes = _open_disputes(tx, [id])
    found = _joined(trades.fetchall(), refunds.fetchall(), disputes.fetchall())
    return found[0] if found else None


def lock_unpaid(tx: Tx, ids: Sequence[UUID]) -> list[Trade]:
    """Trades locked together in the order of their ids, to be paid; an open refund is not read.

    One UPDATE, since plural row locks must also work where the table is spread over nodes; its plan
    is pinned so that rows are locked in that order.
    """
    with tx.conn.pipeline():
        tx.conn.execute(_PIN)
        trades = tx.conn.execute(
            f"""
            UPDATE escrow.trade AS t SET extended = t.extended
            FROM unnest(%s::uuid[]) AS k (id)
            WHERE t.id = k.id
            RETURNING {_TRADE}
            """,
            (sorted(ids),),
        )
        tx.conn.execute(_UNPIN)
    return [_trade(row, None, None) for row in trades.fetchall()]


def _open_refunds(tx: Tx, ids: list[UUID]) -> Any:
    return tx.conn.execute(
        f"SELECT {_REFUND} FROM escrow.refund WHERE trade = ANY(%s) AND ended_at IS NULL", (ids,)
    )


def _open_disputes(tx: Tx, ids: list[UUID]) -> Any:
    return tx.conn.execute(
        f"SELECT {_DISPUTE} FROM escrow.dispute WHERE trade = ANY(%s) AND ruled_at IS NULL", (ids,)
    )


def _joined(
    trades: Sequence[tuple[Any, ...]],
    refunds: Sequence[tuple[Any, ...]],
    disputes: Sequence[tuple[Any, ...]],
) -> list[Trade]:
    refund = {row[0]: refund_of(row) for row in refunds}
    dispute = {row[0]: Dispute(*row[1:]) for row in disputes}
    return [_trade(row, refund.get(row[0]), dispute.get(row[0])) for row in trades]


def insert(tx: Tx, trade: Trade) -> None:
    """A new trade, with the roles of whom it concerns."""
    tx.conn.execute(
        """
        INSERT INTO escrow.trade (
            id, state, delivery, buyer, buyer_account, fee_account, currency, fee_bps, category,
            channel, out_ref, title, freight_minor, total_minor, paid_minor, released_minor,
            fee_minor, refunded_minor, reclaimed_minor, held_minor, pay_by, ship_by, confirm_by,
            paused_left_seconds, extended, created_at, paid_at, shipped_at, ended_at, parts
        ) VALUES (
            %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
            %s, %s, %s, %s, %s, %s, %s, %s::jsonb
        )
        """,
        (
            *(trade.id, trade.state, trade.delivery, trade.buyer, trade.buyer_account),
            *(trade.fee_account, trade.currency, trade.fee_bps, trade.category, trade.channel),
            *(trade.out_ref, trade.title, trade.freight_minor, trade.total_minor),
            *(trade.paid_minor, trade.released_minor, trade.fee_minor, trade.refunded_minor),
            *(trade.reclaimed_minor, trade.held_minor, trade.pay_by, trade.ship_by),
            *(trade.confirm_by, trade.paused_left_seconds, trade.extended, trade.created_at),
            *(trade.paid_at, trade.shipped_at, trade.ended_at, _parts(trade)),
        ),
    )
    insert_roles(tx, roles(trade))


def _parts(trade: Trade) -> str:
    return _encode(Parts(trade.lines, trade.shares, trade.milestones, trade.terms)).decode()


def roles(trade: Trade) -> list[tuple[UUID, UUID, str]]:
    """Whom a trade concerns, as `insert_roles` takes it.

    A payee that neither buys nor sells may not see the trade, but is owed a part of it.
    """
    found = {share.party: "payee" for share in trade.shares}
    found |= dict.fromkeys(trade.sellers, "seller")
    if trade.buyer is not None:
        found[trade.buyer] = "buyer"
    return [(party, trade.id, side) for party, side in found.items()]


def insert_roles(tx: Tx, roles: Sequence[tuple[UUID, UUID, str]]) -> None:
    """(party, trade, side) each; what is there already stays."""
    tx.conn.execute(
        """
        INSERT INTO escrow.role (party, trade, side)
        SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[])
        ON CONFLICT (party, trade) DO NOTHING
        """,
        ([r[0] for r in roles], [r[1] for r in roles], [r[2] for r in roles]),
    )


def save(tx: Tx, trades: Sequence[Trade]) -> None:
    """Write back what a verb may have changed, of any number of locked trades at once."""
    tx.conn.execute(
        """
        UPDATE escrow.trade AS t SET
            state = n.state, buyer = n.buyer, buyer_account = n.buyer_account,
            freight_minor = n.freight_minor, total_minor = n.total_minor,
            paid_minor = n.paid_minor, released_minor = n.released_minor,
            fee_minor = n.fee_minor, refunded_minor = n.refunded_minor,
            reclaimed_minor = n.reclaimed_minor, held_minor = n.held_minor, pay_by = n.pay_by,
            ship_by = n.ship_by, confirm_by = n.confirm_by,
            paused_left_seconds = n.paused_left_seconds, extended = n.extended,
            paid_at = n.paid_at, shipped_at = n.shipped_at, ended_at = n.ended_at,
            refund = n.refund, dispute = n.dispute, parts = n.parts::jsonb
        FROM unnest(
            %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::bigint[], %s::boolean[],
            %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::uuid[], %s::uuid[],
            %s::text[]
        ) AS n (
            id, state, buyer, buyer_account, freight_minor, total_minor, paid_minor, released_minor,
            fee_minor, refunded_minor, reclaimed_minor, held_minor, pay_by, ship_by, confirm_by,
            paused_left_seconds, extended, paid_at, shipped_at, ended_at, refund, dispute, parts
        )
        WHERE t.id = n.id
        """,
        [list(column) for column in zip(*(_changes(trade) for trade in trades), strict=True)],
    )


def save_paid(tx: Tx, trades: Sequence[Trade], now: datetime) -> None:
    """Write back what a payment changes and nothing else: the hot path's narrow `save`."""
    tx.conn.execute(
        """
        UPDATE escrow.trade AS t SET
            state = n.state, buyer = n.buyer, buyer_account = n.account,
            paid_minor = t.total_minor, held_minor = t.total_minor, pay_by = NULL,
            ship_by = n.ship_by, confirm_by = n.confirm_by, paid_at = %s
        FROM unnest(
            %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::timestamptz[], %s::timestamptz[]
        ) AS n (id, state, buyer, account, ship_by, confirm_by)
        WHERE t.id = n.id
        """,
        (
            now,
            [trade.id for trade in trades],
            [trade.state.value for trade in trades],
            [trade.buyer for trade in trades],
            [trade.buyer_account for trade in trades],
            [trade.ship_by for trade in trades],
            [trade.confirm_by for trade in trades],
        ),
    )


def _changes(trade: Trade) -> tuple[Any, ...]:
    return (
        *(trade.id, trade.state, trade.buyer, trade.buyer_account, trade.freight_minor),
        *(trade.total_minor, trade.paid_minor, trade.released_minor, trade.fee_minor),
        *(trade.refunded_minor, trade.reclaimed_minor, trade.held_minor, trade.pay_by),
        *(trade.ship_by, trade.confirm_by, trade.paused_left_seconds, trade.extended),
        *(trade.paid_at, trade.shipped_at, trade.ended_at),
        trade.refund.id if trade.refund else None,
        trade.dispute.id if trade.dispute else None,
        _parts(trade),
    )


def claim_out_ref(tx: Tx, seller: UUID, out_ref: str, trade: UUID) -> UUID:
    """The trade that has this reference of the seller's: `trade` itself, or the one before it."""
    row = tx.conn.execute(
        """
        INSERT INTO escrow.out_ref AS o (seller, out_ref, trade) VALUES (%s, %s, %s)
        ON CONFLICT (seller, out_ref) DO UPDATE SET trade = o.trade
        RETURNING trade
        """,
        (seller, out_ref, trade),
    ).fetchone()
    assert row is not None
    return row[0]


def by_out_ref(tx: Tx, seller: UUID, out_ref: str) -> UUID | None:
    """The id of the seller's trade under this reference."""
    row = tx.conn.execute(
        "SELECT trade FROM escrow.out_ref WHERE seller = %s AND out_ref = %s", (seller, out_ref)
    ).fetchone()
    return None if row is None else row[0]


def due_unpaid(tx: Tx, limit: int, after: Place) -> list[Place]:
    """Trades whose time to be paid is over, by that time and id."""
    return tx.conn.execute(
        """
        SELECT pay_by, id FROM escrow.trade
        WHERE pay_by <= %s AND (pay_by, id) > (%s, %s)
        ORDER BY pay_by, id LIMIT %s
        """,
        (tx.now, *after, limit),
    ).fetchall()


def due_unshipped(tx: Tx, limit: int, after: Place) -> list[Place]:
    """Trades whose time to ship is over, by that time and id."""
    return tx.conn.execute(
        """
        SELECT ship_by, id FROM escrow.trade
        WHERE ship_by <= %s AND (ship_by, id) > (%s, %s)
        ORDER BY ship_by, id LIMIT %s
        """,
        (tx.now, *after, limit),
    ).fetchall()


def due_unconfirmed(tx: Tx, limit: int, after: Place) -> list[Place]:
    """Trades whose time to confirm is over, by that time and id."""
    return tx.conn.execute(
        """
        SELECT confirm_by, id FROM escrow.trade
        WHERE confirm_by <= %s AND (confirm_by, id) > (%s, %s)
        ORDER BY confirm_by, id LIMIT %s
        """,
        (tx.now, *after, limit),
    ).fetchall()
