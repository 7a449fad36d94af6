"""Charging pay codes, many at once: the hot verb of a till."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from sycee.core.paycodes.actions import Shown, present
from sycee.core.tender import mandates
from sycee.core.tender.model import Mandate, Use, is_computed
from sycee.kit.errors import Refusal
from sycee.kit.ids import uuid7
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import Made, PayCode, Transfer
from sycee.runtime.db import Tx


class Charge(msgspec.Struct, frozen=True):
    """The command: `payee` takes an amount by the code that it was shown, at `device` if one is.

    `tip_minor` is how much of the amount is a tip.
    """

    payee: UUID
    code: str
    amount_minor: int
    currency: str
    tip_minor: int = 0
    device: UUID | None = None


def charge(tx: Tx, commands: Sequence[Charge]) -> list[Made | Refusal]:
    """Charge pay codes, issued or computed by a phone, each once; one refused costs no other.

    Refusals: `WrongCodesLimited`, `PayCodeOffTime`, `WalletMissing`, then the mandate's, then those
    of `wallet.transfer`. A code whose payment is refused can be charged again while it lives.
    """
    outcomes: list[Made | Refusal | None] = []
    outcomes.extend(present(tx, [Shown(each.code, each.payee) for each in commands]))
    places = [i for i, outcome in enumerate(outcomes) if outcome is None]
    uses = [_use(commands[i]) for i in places]
    orders: dict[int, tuple[Mandate, Transfer]] = {}
    for i, spent in zip(places, mandates.consume_all(tx, uses), strict=True):
        if isinstance(spent, Mandate):
            orders[i] = spent, _order(spent.payer, commands[i])
        else:
            outcomes[i] = spent
    made = wallet.transfer(tx, [order for _, order in orders.values()])
    for i, outcome in zip(orders, made, strict=True):
        outcomes[i] = outcome
        if isinstance(outcome, Refusal):
            mandates.restore(tx, [orders[i][0]])
    return [outcome for outcome in outcomes if outcome is not None]


def _use(command: Charge) -> Use:
    return Use(command.code, command.payee, command.amount_minor, command.currency, uuid7())


def _order(payer: UUID, command: Charge) -> Transfer:
    return Transfer(
        payer,
        command.payee,
        command.amount_minor,
        command.currency,
        channel="qr",
        tip_minor=command.tip_minor,
        device=command.device,
        pay_code=PayCode.COMPUTED if is_computed(command.code) else PayCode.ISSUED,
    )
