"""SQL of `identity.staff`, and of the devices that name a member: one function a query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sycee.core.parties.identity.staff.model import Member
from sycee.core.parties.scopes import Duty
from sycee.runtime.db import Tx

COLUMNS = "shop, id, person, duty, refund_minor, currency, added_at, removed_at"


def _member(row: Sequence[Any]) -> Member:
    typed: tuple[Any, ...] = (*row[:3], Duty(row[3]), *row[4:])
    return Member(*typed)


def insert(tx: Tx, member: Member) -> None:
    """Add someone."""
    tx.conn.execute(
        """
        INSERT INTO identity.staff (shop, id, person, duty, refund_minor, currency, added_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        """,
        (
            member.shop,
            member.id,
            member.person,
            member.duty,
            member.refund_minor,
            member.currency,
            member.added_at,
        ),
    )


def of_shop(tx: Tx, shop: UUID) -> list[Member]:
    """Everyone who works for a party now, in order of adding."""
    rows = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM identity.staff WHERE shop = %s AND removed_at IS NULL ORDER BY id
        """,
        (shop,),
    ).fetchall()
    return [_member(row) for row in rows]


def find(tx: Tx, shop: UUID, id_: UUID) -> Member | None:
    """Someone who works for a party now."""
    row = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM identity.staff WHERE shop = %s AND id = %s AND removed_at IS NULL
        """,
        (shop, id_),
    ).fetchone()
    return _member(row) if row else None


def lock(tx: Tx, shop: UUID, id_: UUID) -> Member | None:
    """`find` under an exclusive row lock."""
    row = tx.conn.execute(
        f"""
        SELECT {COLUMNS} FROM identity.staff
        WHERE shop = %s AND id = %s AND removed_at IS NULL FOR UPDATE
        """,
        (shop, id_),
    ).fetchone()
    return _member(row) if row else None


def set_limit(tx: Tx, member: Member) -> None:
    """Note what someone may give back in a day."""
    tx.conn.execute(
        "UPDATE identity.staff SET refund_minor = %s, currency = %s WHERE shop = %s AND id = %s",
        (member.refund_minor, member.currency, member.shop, member.id),
    )


def remove(tx: Tx, member: Member) -> None:
    """Note that someone left."""
    tx.conn.execute(
        "UPDATE identity.staff SET removed_at = %s WHERE shop = %s AND id = %s",
        (tx.now, member.shop, member.id),
    )


def devices_of(tx: Tx, shop: UUID, ids: Sequence[UUID]) -> list[tuple[UUID, UUID, bool]]:
    """(member, device, whether it stands) of the devices asked in for members."""
    return tx.conn.execute(
        """
        SELECT staff, id, revoked_at IS NULL FROM identity.device
        WHERE party = %s AND staff = ANY(%s) ORDER BY id
        """,
        (shop, list(ids)),
    ).fetchall()


def shops_of(tx: Tx, people: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(person, shop) of where people work now."""
    return tx.conn.execute(
        """
        SELECT person, shop FROM identity.staff
        WHERE person = ANY(%s) AND removed_at IS NULL ORDER BY person, id
        """,
        (list(people),),
    ).fetchall()
