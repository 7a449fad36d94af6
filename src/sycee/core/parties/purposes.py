"""Why someone may look at what identifies a person: the closed list, and what each rests on. Pure.

The bases are those of Art. 6(1) GDPR: (b) contract, (c) legal duty, (a) consent.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Purpose(StrEnum):
    """Why someone opens the vault. A closed list: a new purpose is a decision, not a string."""

    SELF = "self"
    DELIVERY = "delivery"
    PAYMENT = "payment"
    PAYOUT = "payout"
    DISPUTE = "dispute"
    SUPPORT = "support"
    NOTIFICATION = "notification"
    IDENTITY_CHECK = "identity-check"
    FRAUD_CASE = "fraud-case"
    LEGAL_ORDER = "legal-order"


class Basis(StrEnum):
    """What makes a purpose lawful."""

    CONTRACT = "contract"
    LEGAL_DUTY = "legal-duty"
    CONSENT = "consent"


class Ground(NamedTuple):
    """What a purpose rests on, and the sentence that a person reads once it has happened."""

    basis: Basis
    text: str


GROUNDS: dict[Purpose, Ground] = {
    Purpose.SELF: Ground(Basis.CONTRACT, "You looked at it yourself."),
    Purpose.DELIVERY: Ground(Basis.CONTRACT, "Goods you bought had to be brought to you."),
    Purpose.PAYMENT: Ground(
        Basis.CONTRACT, "You or the other side of a payment looked at what was written with it."
    ),
    Purpose.PAYOUT: Ground(Basis.CONTRACT, "Your money was sent to the bank account you named."),
    Purpose.DISPUTE: Ground(
        Basis.CONTRACT, "A dispute about your trade was read by its sides or its mediator."
    ),
    Purpose.SUPPORT: Ground(Basis.CONSENT, "Support looked, as you allowed it to."),
    Purpose.NOTIFICATION: Ground(Basis.CONSENT, "A message was sent to you, as you allowed."),
    Purpose.IDENTITY_CHECK: Ground(
        Basis.LEGAL_DUTY, "The law has the house know its customers: who you are was checked."
    ),
    Purpose.FRAUD_CASE: Ground(
        Basis.LEGAL_DUTY, "A payment looked like fraud, which the house has to look into."
    ),
    Purpose.LEGAL_ORDER: Ground(
        Basis.LEGAL_DUTY, "An authority demanded it, and two people here granted that."
    ),
}
"""Every purpose with its ground."""

CONSENTED = frozenset(
    purpose for purpose, ground in GROUNDS.items() if ground.basis is Basis.CONSENT
)
"""The purposes for which the vault opens only while the person agrees."""
