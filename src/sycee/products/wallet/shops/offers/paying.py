"""Paying, many at once: the wallet's own transfers, and with them the codes and links they name."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import parties
from sycee.core.parties.model import Kind
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import parse, public
from sycee.products.wallet import actions as wallet
from sycee.products.wallet.model import NOUN, Made, Transfer
from sycee.products.wallet.shops.codes import text as codes
from sycee.products.wallet.shops.offers import model, store
from sycee.products.wallet.shops.offers.model import Offer, State
from sycee.runtime.db import Tx


def pay(tx: Tx, commands: Sequence[Transfer]) -> list[Made | Refusal]:
    """Make transfers; one that names a code or link must fit it, and marks it paid.

    Of several that want to pay an offer for one payment, the first does. Refusals:
    `CodeUnreadable`, `CodeNotOurs`, `CodeAltered`, `NotFound`; `OfferNotOpen`, `OfferDiffers`,
    `TipNotTaken`; then those of `wallet.transfer`.
    """
    commands = graded(tx, commands)
    if all(command.offer is None for command in commands):
        return wallet.transfer(tx, commands)
    outcomes: dict[int, Made | Refusal] = {}
    offers = _present(tx, commands, outcomes)
    rest = [i for i in range(len(commands)) if i not in outcomes]
    while rest:
        seen: set[UUID] = set()
        turn = [i for i in rest if not _again(offers.get(i), seen)]
        rest = sorted(set(rest) - set(turn))
        _round(tx, {i: commands[i] for i in turn}, offers, outcomes)
    return [outcomes[i] for i in range(len(commands))]


def graded(tx: Tx, commands: Sequence[Transfer]) -> list[Transfer]:
    """The payments, with those marked for which nothing shows where the payee's name comes from.

    A session that pays a shop and names neither a code, a link nor a request may have read the
    shop's id off a wall: it counts as by a static code, so that a client gains nothing by leaving
    the code out. A key is its owner's contract, and knows whom it pays.
    """
    bare = {
        command.payee
        for command in commands
        if command.offer is None and (command.touchless or command.mandate is not None)
    }
    found = parties.read(tx, bare) if bare else {}
    shops = {id_ for id_, party in found.items() if party.kind is not Kind.PERSON}
    return [
        msgspec.structs.replace(each, unproven=True)
        if each.offer is None
        and each.payee in shops
        and (each.touchless or each.mandate is not None)
        else each
        for each in commands
    ]


def _present(
    tx: Tx, commands: Sequence[Transfer], outcomes: dict[int, Made | Refusal]
) -> dict[int, Offer]:
    """The offers that commands name, by their place; those for one payment are locked."""
    tokens: dict[int, str] = {}
    for i, command in enumerate(commands):
        if command.offer is not None:
            token = codes.token_of(command.offer)
            if isinstance(token, Refusal):
                outcomes[i] = token
            else:
                tokens[i] = token
    known = store.by_tokens(tx, list(tokens.values()))
    locked = store.lock(tx, [offer.id for offer in known.values() if offer.once])
    found: dict[int, Offer] = {}
    for i, token in tokens.items():
        if token in known:
            found[i] = locked.get(known[token].id, known[token])
        else:
            outcomes[i] = NotFound(noun="offer", id="")
    return found


def _again(offer: Offer | None, seen: set[UUID]) -> bool:
    """Whether a turn has this offer for one payment already."""
    if offer is None or not offer.once:
        return False
    known = offer.id in seen
    seen.add(offer.id)
    return known


def _round(
    tx: Tx,
    commands: dict[int, Transfer],
    offers: dict[int, Offer],
    outcomes: dict[int, Made | Refusal],
) -> None:
    """Make transfers of which no two pay one offer, and note in `offers` what became of those."""
    orders: dict[int, Transfer] = {}
    for i, command in commands.items():
        offer = offers.get(i)
        refusal = None if offer is None else model.check(offer, command, tx.now)
        if refusal is not None:
            outcomes[i] = refusal
        else:
            orders[i] = command if offer is None else model.taken(offer, command)
    entries: list[Entry] = []
    made_all = wallet.transfer(tx, list(orders.values()))
    for (i, order), made in zip(orders.items(), made_all, strict=True):
        outcomes[i] = made
        offer = offers.get(i)
        if isinstance(made, Refusal) or offer is None:
            continue
        entries.append(_entry(offer, order, made))
        if offer.once:
            store.pay(tx, offer.id, parse(NOUN, made.id))
            paid = msgspec.structs.replace(offer, state=State.PAID)
            offers.update({k: paid for k, each in offers.items() if each.id == offer.id})
    append(tx, entries)


def _entry(offer: Offer, order: Transfer, made: Made) -> Entry:
    body: dict[str, int | str] = {
        offer.word: offer.public,
        "transfer": made.id,
        "payer": public("par", order.payer),
        "amount_minor": order.amount_minor,
        "tip_minor": order.tip_minor,
        "currency": order.currency,
    }
    sides = (offer.payee, order.payer)
    return Entry(order.payer, f"{offer.word}.paid", offer.id, sides, "payment", dict(body))
