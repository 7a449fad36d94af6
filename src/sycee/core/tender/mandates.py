"""Issuing, consuming and withdrawing mandates, in the transaction of the product that does so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sycee.core.parties.identity import devices
from sycee.core.tender import store
from sycee.core.tender.model import (
    PAY_CODE,
    Mandate,
    MandateRefusal,
    MandateSpent,
    MandateUnknown,
    Use,
    id_of,
    is_code,
    new_code,
    refuse,
)
from sycee.kit.errors import Invalid
from sycee.kit.ids import public, uuid7
from sycee.kit.money import check_amount, check_currency
from sycee.runtime.db import Tx

Outcome = Mandate | MandateRefusal


def issue(
    tx: Tx,
    payer: UUID,
    account: UUID,
    ceiling_minor: int,
    currency: str,
    payee: UUID | None,
    expires_at: datetime,
    kind: str = PAY_CODE,
    *,
    key: bytes = b"",
    device: UUID | None = None,
) -> Mandate:
    """Let `ceiling_minor` be taken once from the payer's account until `expires_at`.

    Of kind `pay-code`, the answer carries the code: 18 digits beginning with 28, once, stored only
    as a hash (keyed with `key`, which `consume` must then be given too). Any other kind is used by
    its id. With `device` it ends when that device is revoked. Raises `Invalid` for a bad amount,
    currency or a time that is past.
    """
    check_amount(ceiling_minor, "ceiling_minor")
    check_currency(currency)
    if expires_at <= tx.now:
        raise Invalid(field="expires_at", rule="must be in the future")
    while True:
        code = new_code() if kind == PAY_CODE else None
        mandate = Mandate(
            id=uuid7() if code is None else id_of(code, key),
            kind=kind,
            payer=payer,
            account=account,
            ceiling_minor=ceiling_minor,
            currency=currency,
            payee=payee,
            issued_at=tx.now,
            expires_at=expires_at,
            device=device,
            code=code,
        )
        if store.insert(tx, mandate):  # false once in 10^16 times the number of codes kept
            return mandate


def admit(tx: Tx, mandates: Sequence[Mandate]) -> None:
    """Take in mandates whose codes were computed elsewhere and checked by the caller.

    The id of each is `id_of` its code. One that is here already stays as it is, spent or not.
    """
    if mandates:
        store.insert_all(tx, mandates)


def consume(
    tx: Tx,
    tender: str | UUID,
    payee: UUID,
    amount_minor: int,
    currency: str,
    subject: UUID,
    *,
    key: bytes = b"",
    by: UUID | None = None,
) -> Mandate:
    """`consume_all` for one use; raises its refusal."""
    use = Use(tender, payee, amount_minor, currency, subject, by)
    outcome = consume_all(tx, [use], key=key)[0]
    if isinstance(outcome, MandateRefusal):
        raise outcome
    return outcome


def consume_all(tx: Tx, uses: Sequence[Use], *, key: bytes = b"") -> list[Outcome]:
    """Spend mandates, in order; an outcome each, of the same length.

    Each is good for one use. The same use again (subject, payee and amount) answers with the
    mandate as it was spent; any other is refused as `MandateSpent`. Two round trips for the
    whole batch. If the payment then fails without rolling back, `restore` makes it usable again.
    """
    ids = [_id(use, key) for use in uses]
    wanted = sorted({one for one in ids if one is not None})
    held = _living(tx, store.lock(tx, wanted)) if wanted else {}
    spent: dict[UUID, Use] = {}
    outcomes: list[Outcome] = []
    for use, one in zip(uses, ids, strict=True):
        mandate = held.get(one) if one is not None else None
        refusal = refuse(mandate, use, tx.now)
        if mandate is None or refusal is not None:
            outcomes.append(refusal or MandateUnknown())
            continue
        if mandate.spent_at is None:
            spent[mandate.id] = use
            mandate = held[mandate.id] = msgspec.structs.replace(
                mandate,
                spent_at=tx.now,
                spent_by=use.subject,
                spent_to=use.payee,
                spent_minor=use.amount_minor,
            )
        outcomes.append(mandate)
    if spent:
        store.spend(
            tx,
            list(spent),
            [use.subject for use in spent.values()],
            [use.payee for use in spent.values()],
            [use.amount_minor for use in spent.values()],
        )
    return outcomes


def _living(tx: Tx, held: dict[UUID, Mandate]) -> dict[UUID, Mandate]:
    """The same mandates; one that is unspent and whose device was revoked is revoked too."""
    given_on = {one.device for one in held.values() if one.device is not None}
    if not given_on:
        return held
    dead = given_on - devices.standing(tx, sorted(given_on))
    return {
        id_: msgspec.structs.replace(one, revoked_at=one.revoked_at or tx.now)
        if one.device in dead
        else one
        for id_, one in held.items()
    }


def restore(tx: Tx, mandates: Sequence[Mandate]) -> None:
    """Make mandates usable again that `consume_all` spent in this transaction.

    For a plural action whose payment was refused further on; one spent earlier stays spent.
    """
    held = [(one.id, one.spent_by) for one in mandates if one.spent_by is not None]
    if held:
        store.unspend(tx, [one for one, _ in held], [subject for _, subject in held])


def revoke(tx: Tx, mandate: UUID, payer: UUID) -> Mandate:
    """Withdraw the payer's own mandate; again changes nothing.

    Raises `MandateUnknown` for another's, `MandateSpent` when it is too late.
    """
    found = store.lock(tx, [mandate]).get(mandate)
    if found is None or found.payer != payer:
        raise MandateUnknown()
    if found.spent_at is not None:
        raise MandateSpent(mandate=public("mdt", mandate))
    store.revoke(tx, mandate)
    return msgspec.structs.replace(found, revoked_at=found.revoked_at or tx.now)


def read(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Mandate]:
    """Mandates by id, as they stand; unknown ids are left out."""
    return store.read(tx, ids)


def purge(tx: Tx, before: datetime, limit: int = 1_000) -> int:
    """Delete mandates that expired unspent before a moment; how many went."""
    return store.purge(tx, before, limit)


def _id(use: Use, key: bytes) -> UUID | None:
    if isinstance(use.tender, UUID):
        return use.tender
    return id_of(use.tender, key) if is_code(use.tender) else None
