"""What the doctor asks of parties: that every account is its owner's, and the house's are its own.

An account's id follows from its owner, code and currency; so none of them can be changed unseen.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from uuid import UUID

from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.chart import POTS
from sycee.core.ledger.doctor import Difference, Finding, Kept, kept
from sycee.core.parties import store
from sycee.core.parties.model import FLOOR, account_id
from sycee.kit.ids import public
from sycee.runtime.db import Tx

_MOST = 100
_BY_PRODUCTS = POTS | {"bank"}
"""Accounts whose ids products choose, and whose balances they check."""


def owners(tx: Tx) -> Finding:
    """Each account's owner, code, currency and floor are those that it was opened with."""
    wrong = (account for account in kept(tx) if not _fits(account))
    differences = [
        Difference(public("acc", each.id), "as it was opened", _said(each))
        for each in islice(wrong, _MOST)
    ]
    strays = (row for row in store.all_accounts(tx) if row[3] != account_id(*row[:3]))
    differences += [
        Difference(public("acc", found), f"the {code} {currency} of {public('par', party)}", "not")
        for party, code, currency, found in islice(strays, _MOST - len(differences))
    ]
    return Finding("every account is its owner's, with the floor of its kind", differences)


def astray(noun: str, rows: Iterable[tuple[UUID, UUID, UUID, str]]) -> list[Difference]:
    """What a product holds that would not go back to an account of whoever it came from.

    `rows`: the id of what holds it, the account that it would go back to, the party, the currency.
    """
    found = (
        Difference(public(noun, id_), f"an account of {public('par', party)}", public("acc", to))
        for id_, to, party, currency in rows
        if to not in {account_id(party, code, currency) for code in FLOOR}
    )
    return list(islice(found, _MOST))


def _fits(account: Kept) -> bool:
    code, currency = account.code, account.currency
    if account.owner is not None:
        floor, expected = FLOOR.get(code), account_id(account.owner, code, currency)
    else:
        floor = 0 if code in POTS else None
        expected = account.id if code in _BY_PRODUCTS else ledger.house(code, currency)
    return (account.floor_minor, account.id) == (floor, expected)


def _said(account: Kept) -> str:
    owner = "the house" if account.owner is None else public("par", account.owner)
    floor = "none" if account.floor_minor is None else account.floor_minor
    return f"{account.code} {account.currency} of {owner}, floor {floor}"


checks = (owners,)
"""Handed to `core.ledger.doctor.examine(database, checks)`."""
