"""The verb of a payment with a memo: the wallet's own transfer, and the sealed text beside it."""

from __future__ import annotations

import msgspec

from sycee.kit.ids import parse
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import NOUN, Made, Transfer
from sycee.products.wallet.people import memos
from sycee.products.wallet.shops.offers.paying import graded
from sycee.runtime.db import Tx


class Pay(msgspec.Struct, frozen=True):
    """A transfer, and the fingerprint of what goes with it."""

    transfer: Transfer
    fingerprint: str | None


def pay(tx: Tx, command: Pay, *, sealed: bytes | None) -> Made:
    """Pay, and hang the memo on the transfer. Refuses as `wallet.transfer`."""
    made = wallet.pay(tx, graded(tx, [command.transfer])[0])
    transfer = command.transfer
    memos.keep(tx, parse(NOUN, made.id), transfer.payer, transfer.payee, sealed)
    return made
