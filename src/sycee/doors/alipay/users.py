"""The 2088… numbers by which the protocol names people and shops."""

from __future__ import annotations

from uuid import UUID

from sycee.doors.alipay import store
from sycee.doors.alipay.faults import business
from sycee.doors.alipay.methods.fields import Fields
from sycee.doors.alipay.model import user_number
from sycee.runtime.db import Database, Tx

IDENTITY_TYPES = ("ALIPAY_USER_ID", "ALIPAY_USERID", "userId", "ALIPAY_LOGON_ID", "ALIPAY_LOGONID")
IDENTITY_TYPES += ("loginName",)


def claim(tx: Tx, party: UUID) -> str:
    """The number of a party, given to it if it has none yet."""
    attempt = 0
    while store.claim_user(tx, user_number(party, attempt), party) != party:
        attempt += 1
    return user_number(party, attempt)


def known(tx: Tx, party: UUID) -> str | None:
    """The number of a party, None if it has none yet."""
    attempt = 0
    while (owner := store.read_user(tx, user_number(party, attempt))) not in (None, party):
        attempt += 1
    return user_number(party, attempt) if owner == party else None


def number(database: Database, party: UUID | None) -> str:
    """The number of a party; written down at the first asking. "" for nobody."""
    if party is None:
        return ""
    with database.read() as tx:
        usual = user_number(party)
        if store.read_user(tx, usual) == party:
            return usual
    with database.transaction() as tx:
        return claim(tx, party)


def masked(user_id: str) -> str | None:
    """A number with its middle hidden, as receipts show it."""
    return f"{user_id[:4]}****{user_id[-4:]}" if user_id else None


def check_own(tx: Tx, row: Fields, name: str, shop: UUID) -> None:
    """A fault when a row names by number, as a side of the money that is the shop's, another."""
    number = row.maybe(name, 64)
    by_number = row.maybe(f"{name}_type", 64) in (None, "userId", "ALIPAY_USER_ID")
    if number is not None and by_number and store.read_user(tx, number) != shop:
        raise row.fault(name, " 须为商户自己")


def payee(tx: Tx, row: Fields, shop: UUID) -> UUID:
    """The party that a royalty row names by `trans_in`; it is the shop that pays."""
    if row.maybe("royalty_type", 64) not in (None, "transfer"):
        raise row.fault("royalty_type", " 只支持 transfer")
    check_own(tx, row, "trans_out", shop)
    kind = row.maybe("trans_in_type", 64)
    if kind is not None and kind not in IDENTITY_TYPES:
        raise row.fault("trans_in_type")
    found = store.read_user(tx, row.text("trans_in", 28))
    if found is None:
        raise business("ACQ.ROYALTY_RECEIVER_INVALID", "分账收款方不合法：不存在")
    return found
