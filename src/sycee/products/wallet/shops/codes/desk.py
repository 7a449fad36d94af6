"""Making codes, and drawing them."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
import segno

from sycee.kit.ids import parse, public
from sycee.products.wallet.shops.offers import actions, model, reading
from sycee.products.wallet.shops.offers.actions import Make
from sycee.products.wallet.shops.offers.model import Sort
from sycee.products.wallet.shops.offers.reading import CodeView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.shapes import Amount, Body, Currency, File
from sycee.runtime.perform import Call, perform_one

Place = Annotated[str, msgspec.Meta(max_length=15, pattern=r"^[A-Za-z0-9 .-]*\Z")]
Category = Annotated[
    str, msgspec.Meta(pattern=r"^[0-9]{4}\Z", description="The merchant category, ISO 18245.")
]


class CodeBody(Body, frozen=True):
    """A code to be: with an amount for one sale, without one for the wall.

    One for a sale expires after 15 minutes, unless `expires_at` says otherwise.
    """

    currency: Currency
    amount_minor: Amount | None = None
    tips: bool = False
    expires_at: datetime | None = None
    place: Place = ""
    category: Category = "0000"


class Svg(File, frozen=True):
    """A drawing."""

    MEDIA = ("image/svg+xml",)


def make(database: Database, caller: Caller, key: str, body: CodeBody) -> CodeView:
    """Make a code and show it; the same one for a known key. Refuses as `actions.make`."""
    sort = Sort.STATIC if body.amount_minor is None else Sort.DYNAMIC
    command = Make(
        caller.party,
        sort,
        body.currency,
        body.amount_minor,
        once=sort is Sort.DYNAMIC,
        tips=body.tips,
        place=body.place,
        category=body.category,
        expires_at=body.expires_at,
        device=caller.device,
    )
    id_ = made(database, Call(caller.party, key, "code.make", command), model.CODE)
    with database.read() as tx:
        return reading.code(tx, caller.party, id_)


def made(database: Database, call: Call[Make], noun: str, sealed: bytes | None = None) -> UUID:
    """The id of the offer that a call makes, or made when its key was new."""
    result = perform_one(
        database, call, lambda tx, command: actions.make(tx, command, sealed=sealed)
    ).unwrap()
    return parse(noun, msgspec.to_builtins(result)["id"])


def image(tx: Tx, payee: UUID, id_: UUID) -> Svg:
    """A code as an SVG drawing: error correction M, a quiet zone of four modules."""
    drawn = io.BytesIO()
    segno.make(reading.code_text(tx, payee, id_), error="m", micro=False, boost_error=False).save(
        drawn, kind="svg", border=4, omitsize=True, xmldecl=False, light="#fff"
    )
    return Svg(drawn.getvalue(), Svg.MEDIA[0], f"{public(model.CODE, id_)}.svg")
