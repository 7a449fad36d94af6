"""Asking for an approval, giving it, and setting what may go without one."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.core.parties.identity import challenges, devices, passkeys, sessionrows, sessions
from sycee.core.parties.identity.challenges import Challenge
from sycee.core.parties.identity.model import ChallengeUnknown, DeviceKind, PasskeyCopied
from sycee.core.parties.identity.site import here
from sycee.core.policy import check as policy
from sycee.core.tender import mandates
from sycee.core.tender.model import APPROVAL
from sycee.kit.clock import from_micros, micros
from sycee.kit.ids import parse, public, uuid7
from sycee.kit.money import check_amount, check_currency
from sycee.products.wallet.approvals import model
from sycee.products.wallet.approvals.model import (
    ApprovalNotYours,
    Payment,
    PaymentShownDiffers,
    Wish,
)
from sycee.products.wallet.model import PayeeUnknown, TransferToSelf
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller

PURPOSE = "approval"


class Shown(msgspec.Struct, frozen=True):
    """What the browser may show by itself (Secure Payment Confirmation)."""

    payee_name: str
    payee_origin: str
    currency: str
    value: str
    instrument_name: str
    instrument_icon: str


class Asked(msgspec.Struct, frozen=True):
    """A payment to approve: `text` is what is signed, `options` how the passkey is asked.

    `options` is null on a demo device, which has no passkey: answer with no credential.
    """

    id: str
    text: str
    options: dict[str, Any] | None
    payment: Shown
    expires_at: datetime


class Given(msgspec.Struct, frozen=True):
    """An approval that was given: pay with this mandate, once, until it expires."""

    mandate: str
    expires_at: datetime


class Allowance(msgspec.Struct, frozen=True):
    """What may go in a day without a touch."""

    currency: str
    amount_minor: int


def ask(database: Database, caller: Caller, payee: UUID, minor: int, currency: str) -> Asked:
    """Ask for the approval of a payment. Refuses as `offer`, and `PayeeUnknown`."""
    wish = Wish(model.PURPOSE, payee, minor, currency, party=payee)
    with database.read() as tx:
        name = _payee(tx, payee)
    return offer(database, caller, wish, name)


def offer(database: Database, caller: Caller, wish: Wish, name: str) -> Asked:
    """Offer something to be approved; `name` is who is shown to be paid.

    Refuses `Invalid`, `ApprovalNotYours`, `TransferToSelf`.
    """
    check_amount(wish.amount_minor)
    check_currency(wish.currency)
    if caller.device is None:
        raise ApprovalNotYours
    if wish.party == caller.party:
        raise TransferToSelf(party=public("par", caller.party))
    with database.transaction() as tx:
        device = devices.read(tx, caller.device)
        nonce = secrets.token_bytes(model.NONCE_BYTES)
        expires_ms = micros(tx.now + model.LIFE) // 1_000
        payment = Payment(
            caller.party,
            wish.payee,
            wish.amount_minor,
            wish.currency,
            nonce,
            expires_ms,
            wish.purpose,
            wish.to,
            wish.terms,
        )
        draft = _draft(wish, payment, device.id)
        made = Challenge(uuid7(), payment.challenge, caller.party, draft)
        expires_at = from_micros(expires_ms * 1_000)
        sessionrows.insert_challenge(
            tx, made.id, PURPOSE, made.challenge, made.party, draft, expires_at
        )
    site = here()
    options = passkeys.request_options(payment.challenge, allow=[device.credential], site=site)
    return Asked(
        id=made.public_id,
        text=payment.text,
        options=None if device.kind is DeviceKind.DEMO else options,
        payment=Shown(
            *(name, site.origin, wish.currency, payment.value),
            instrument_name=model.INSTRUMENT,
            instrument_icon=model.ICON,
        ),
        expires_at=expires_at,
    )


def _draft(wish: Wish, payment: Payment, device: UUID) -> dict[str, Any]:
    """What is kept until the answer: ids and amounts. The lines are in the challenge alone."""
    return {
        "purpose": wish.purpose,
        "payee": public("par", wish.payee),
        "party": None if wish.party is None else public("par", wish.party),
        "amount_minor": wish.amount_minor,
        "currency": wish.currency,
        "device": public("dev", device),
        "nonce": b64encode(payment.nonce).decode(),
        "expires_ms": payment.expires_ms,
    }


def give(database: Database, caller: Caller, id_: UUID, credential: dict[str, Any] | None) -> Given:
    """Give an approval: the touch is verified, and becomes a mandate for exactly that payment.

    Refuses `ApprovalNotYours`, `ChallengeUnknown`, `ChallengeExpired`, what a passkey's answer may
    be refused for, `PaymentShownDiffers`, and the payer's standing.
    """
    given = challenges.take(database, id_, PURPOSE)
    if caller.device is None or given.party != caller.party:
        raise ChallengeUnknown()
    if given.draft["device"] != public("dev", caller.device):
        raise ApprovalNotYours
    payment = _payment(given)
    try:
        with database.transaction() as tx:
            _verify(tx, given, caller.device, payment, credential)
            return _mandate(tx, given, payment, caller.device)
    except PasskeyCopied as refusal:
        with database.transaction() as tx:
            devices.suspect(tx, parse("dev", refusal.device, "device"))
        raise


def allow(database: Database, caller: Caller, currency: str, amount_minor: int) -> Allowance:
    """Set one's daily allowance, after a touch; refuses `TouchNeeded`, `Invalid`."""
    with database.transaction() as tx:
        sessions.check_touched(tx, caller)
        policy.allow(tx, caller.party, currency, amount_minor)
        body: dict[str, Any] = {"currency": currency, "amount_minor": amount_minor}
        entry = Entry(
            caller.party, "allowance.set", caller.party, (caller.party,), "security", body
        )
        append(tx, [entry])
    return Allowance(currency, amount_minor)


def _payee(tx: Tx, payee: UUID) -> str:
    """The payee's public name: what the payer is asked to look at."""
    found = parties.read(tx, [payee]).get(payee)
    if found is None:
        raise PayeeUnknown(payee=public("par", payee))
    return found.display_name


def _payment(given: Challenge) -> Payment:
    assert given.party is not None
    draft = given.draft
    return Payment(
        given.party,
        parse("par", draft["payee"], "payee"),
        draft["amount_minor"],
        draft["currency"],
        b64decode(draft["nonce"]),
        draft["expires_ms"],
        draft.get("purpose", model.PURPOSE),
    )


def _party(given: Challenge) -> UUID | None:
    """Who is to be paid, where that is a party."""
    name = given.draft.get("party", given.draft["payee"])
    return None if name is None else parse("par", name, "party")


def _verify(
    tx: Tx, given: Challenge, device: UUID, payment: Payment, credential: dict[str, Any] | None
) -> None:
    if credential is None:
        if devices.read(tx, device).kind is not DeviceKind.DEMO:
            raise ApprovalNotYours
        return
    kind = passkeys.kind_of(credential)
    touch = passkeys.verify_assertion(
        tx, payment.payer, credential, challenge=given.challenge, kind=kind, device=device
    )
    if touch.payment is not None:
        party = _party(given)
        if party is None:  # the browser's own sheet can show no account outside
            raise PaymentShownDiffers(field="payee")
        name = _payee(tx, party)
        field = model.differs(touch.payment, payment, name, here().origin)
        if field is not None:
            raise PaymentShownDiffers(field=field)


def _mandate(tx: Tx, given: Challenge, payment: Payment, device: UUID) -> Given:
    purse = parties.active_purse(tx, payment.payer, payment.currency)
    made = mandates.issue(
        tx,
        payment.payer,
        purse.account,
        payment.amount_minor,
        payment.currency,
        payment.payee,
        tx.now + model.LIFE,
        APPROVAL,
        device=device,
    )
    name = public("mdt", made.id)
    body: dict[str, Any] = {
        "mandate": name,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
    }
    if (party := _party(given)) is not None:
        body["payee"] = public("par", party)
    entry = Entry(
        payment.payer, f"{payment.purpose}.approved", made.id, (payment.payer,), "payment", body
    )
    append(tx, [entry])
    return Given(name, made.expires_at)
