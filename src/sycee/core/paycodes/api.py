"""Routes of pay codes: made by the server one at a time, or computed by a phone offline."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.parties.identity import sessions
from sycee.core.parties.identity.model import TOUCH_REFUSALS
from sycee.core.paycodes import actions, model
from sycee.core.paycodes.model import Seed
from sycee.core.tender import actions as tender
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import parse, public
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.routes import direct, read, write
from sycee.runtime.http.shapes import Amount, Body, Currency, public_id

PayeeId = Annotated[str, public_id("par")]


class PayCodeBody(Body, frozen=True):
    """A pay code to be: the most it may take, for whom (left out = anyone), and for how long."""

    ceiling_minor: Amount
    currency: Currency
    payee: PayeeId | None = None
    seconds: Annotated[int, msgspec.Meta(ge=5, le=300)] = 60


class EnrolBody(Body, frozen=True):
    """The most that one code of this device may take."""

    ceiling_minor: Amount
    currency: Currency


class SeedView(msgspec.Struct, frozen=True):
    """A device's seed (32 bytes in base64url), shown this once, and what else it computes from.

    `server_time` is for the device to learn how far its own clock is off: it adds the difference.
    """

    device: str
    device_uuid: UUID
    locator: str
    seed: str
    step_seconds: int
    life_seconds: int
    ceiling_minor: int
    currency: str
    server_time: datetime

    def __repr__(self) -> str:
        return f"SeedView({self.device})"  # the seed stays out of logs


class EnrolmentView(msgspec.Struct, frozen=True):
    """A device that may show codes offline."""

    device: str
    locator: str
    ceiling_minor: int
    currency: str
    made_at: datetime


class EnrolmentsView(msgspec.Struct, frozen=True):
    """One's devices that may show codes offline, and the server's time."""

    items: list[EnrolmentView]
    server_time: datetime


@direct(
    "/v1/pay-codes",
    scope="tender:write",
    gives=tender.PayCode,
    refuses=(Invalid, tender.WalletMissing, *TOUCH_REFUSALS),
    status=201,
)
def issue_pay_code(database: Database, body: PayCodeBody, *, caller: Caller) -> tender.PayCode:
    """Make a pay code for one payment from one's own wallet, after a touch of the passkey.

    The answer shows it this once; nothing is reserved, so the payment may still find too little.
    """
    sessions.check_fresh(database, caller)
    payee = None if body.payee is None else parse("par", body.payee, "payee")
    with database.transaction() as tx:
        return tender.issue(
            tx, caller.party, body.ceiling_minor, body.currency, payee, body.seconds
        )


@direct(
    "/v1/offline-codes",
    scope="devices:write",
    gives=SeedView,
    refuses=(Invalid, *TOUCH_REFUSALS),
    status=201,
)
def enrol_offline_codes(database: Database, body: EnrolBody, *, caller: Caller) -> SeedView:
    """Give this device a seed to compute pay codes from while it is offline.

    Needs a passkey touched within five minutes. Again gives a fresh seed and voids the old one.
    """
    with database.transaction() as tx:
        sessions.check_touched(tx, caller)
        made = actions.enrol(
            tx, caller.party, sessions.device_of(caller), body.ceiling_minor, body.currency
        )
    return _shown(made)


def _shown(seed: Seed) -> SeedView:
    return SeedView(
        device=public("dev", seed.device),
        device_uuid=seed.device,
        locator=f"{seed.locator:07d}",
        seed=base64.urlsafe_b64encode(seed.seed).rstrip(b"=").decode(),
        step_seconds=model.STEP_SECONDS,
        life_seconds=model.LIFE_SECONDS,
        ceiling_minor=seed.ceiling_minor,
        currency=seed.currency,
        server_time=seed.made_at,
    )


@read("/v1/offline-codes", scope="devices:write", gives=EnrolmentsView)
def list_offline_codes(tx: Tx, *, caller: Caller) -> EnrolmentsView:
    """List one's devices that may show pay codes offline, and read the server's clock."""
    rows = [
        EnrolmentView(
            public("dev", seed.device),
            f"{seed.locator:07d}",
            seed.ceiling_minor,
            seed.currency,
            seed.made_at,
        )
        for seed in actions.seeds_of(tx, caller.party)
    ]
    return EnrolmentsView(rows, tx.now)


@write(
    "/v1/offline-codes/{device:dev}",
    "paycodes.drop",
    actions.drop,
    scope="devices:write",
    gives=actions.Dropped,
    refuses=(NotFound,),
    method="DELETE",
)
def drop_offline_codes(*, caller: Caller, device: UUID) -> actions.Drop:
    """Take a device's seed back: its codes are worth nothing from now on."""
    return actions.Drop(party=caller.party, device=device)


routes = [issue_pay_code, enrol_offline_codes, list_offline_codes, drop_offline_codes]
