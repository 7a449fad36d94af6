"""The verbs of the wallet: policy → lock → decide → post → save → journal, many at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import model as ledger
from sycee.core.ledger.post import post
from sycee.core.ledger.refusals import FloorReached, GroupFailed
from sycee.core.parties import parties
from sycee.core.parties.model import Purse
from sycee.core.policy import ceilings
from sycee.core.policy.check import Rules, ask, check, take_back
from sycee.core.policy.model import Grade, Operation, Request
from sycee.core.tender import mandates
from sycee.core.tender.model import Use
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import public, uuid7s
from sycee.products.wallet import model, store
from sycee.products.wallet.model import PRODUCT, Made, PayCode, Row, State, Transfer
from sycee.runtime.db import Tx

CODES = {"wallet": "wallet.transfer", "merchant": "wallet.pay"}
"""Why money moved, by the kind of the payee's purse."""


Purses = dict[tuple[int, str], Purse | Refusal]
"""By party, as the number of its UUID, since each is looked up several times an order."""


class _Order(NamedTuple):
    """A command and the id its transfer gets if it is made."""

    id: UUID
    command: Transfer


class _Docket:
    """The orders of a batch, each with its outcome once it has one."""

    def __init__(self, orders: Sequence[_Order]) -> None:
        self.orders = orders
        self.outcomes: list[Made | Refusal | None] = [None] * len(orders)

    @property
    def standing(self) -> list[_Order]:
        """The orders without an outcome, in order."""
        pairs = zip(self.orders, self.outcomes, strict=True)
        return [order for order, outcome in pairs if outcome is None]

    def sift(
        self, ask: Callable[[Sequence[_Order]], Sequence[Made | Refusal | None]]
    ) -> list[_Order]:
        """Ask about the standing orders and note the answers; returns those refused by it."""
        places = [i for i, outcome in enumerate(self.outcomes) if outcome is None]
        asked = [self.orders[i] for i in places]
        refused: list[_Order] = []
        for i, answer in zip(places, ask(asked) if asked else (), strict=True):
            self.outcomes[i] = answer
            if isinstance(answer, Refusal):
                refused.append(self.orders[i])
        return refused


def transfer(
    tx: Tx, commands: Sequence[Transfer], *, code: str | None = None
) -> list[Made | Refusal]:
    """Pay `payee` from `payer`'s wallet, each command on its own: one refused costs no other.

    `code` says why the money moves; without it a shop is paid by `wallet.pay`, anyone else by
    `wallet.transfer`.

    Order of refusals: `Invalid`, `TransferToSelf`; `PartyRestricted`, `PartyClosed` and
    `PartyHasNoPurse` of the payer; `PayeeUnknown`, `PayeeCannotReceive`; `ProductSuspended`,
    `LimitReached`, `ApprovalNeeded`; `OutRefUsed`; the mandate's; then the ledger's, in the
    payer's words.
    """
    ids = uuid7s(len(commands), tx.now_ms)
    docket = _Docket([_Order(*pair) for pair in zip(ids, commands, strict=True)])
    docket.sift(lambda orders: [model.check(order.command) for order in orders])
    standing = docket.standing
    currencies = {order.command.currency for order in standing}
    asked = ask(tx, [(PRODUCT, Operation.TRANSFER)], currencies)  # travels with the purses
    purses = _purses(tx, standing)
    rules = asked.answer()
    docket.sift(lambda orders: [_admit(order.command, purses) for order in orders])
    docket.sift(lambda orders: check(tx, [_request(o, purses, code) for o in orders], rules))
    without_ref = docket.sift(lambda orders: _claim_refs(tx, orders))
    unapproved = docket.sift(lambda orders: _consume(tx, orders))
    _hold_to_ceilings(tx, docket.standing, purses, rules)
    unposted = docket.sift(lambda orders: _post(tx, orders, purses, code))
    if without_ref or unapproved or unposted:
        back = (*without_ref, *unapproved, *unposted)
        take_back(tx, [_request(order, purses, code) for order in back])
        _free_refs(tx, (*unapproved, *unposted))
        _restore(tx, unposted)
    made = [
        (order, outcome)
        for order, outcome in zip(docket.orders, docket.outcomes, strict=True)
        if isinstance(outcome, Made)
    ]
    _save(tx, made)
    return [outcome for outcome in docket.outcomes if outcome is not None]


def pay(tx: Tx, command: Transfer, *, code: str | None = None) -> Made:
    """`transfer` for one command; raises its refusal."""
    (outcome,) = transfer(tx, [command], code=code)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _purses(tx: Tx, orders: Sequence[_Order]) -> Purses:
    """Both sides' purses in one query for each currency."""
    by_currency: dict[str, set[UUID]] = {}
    for _, command in orders:
        sides = by_currency.setdefault(command.currency, set())
        sides.add(command.payer)
        sides.add(command.payee)
    return {
        (party.int, currency): purse
        for currency, sides in sorted(by_currency.items())
        for party, purse in parties.purse(tx, sides, currency).items()
    }


def _admit(command: Transfer, purses: Purses) -> Refusal | None:
    payer = purses[command.payer.int, command.currency]
    own = payer.refusal if isinstance(payer, Purse) else payer
    if own is not None:
        return own
    payee = purses[command.payee.int, command.currency]
    if isinstance(payee, NotFound):
        return model.PayeeUnknown(payee=public("par", command.payee))
    if not isinstance(payee, Purse) or payee.refusal is not None:
        return model.PayeeCannotReceive(payee=public("par", command.payee))
    return None


def _purse(purses: Purses, party: UUID, currency: str) -> Purse:
    found = purses[party.int, currency]
    assert isinstance(found, Purse), "an admitted order has both purses"
    return found


def _code(purses: Purses, command: Transfer, code: str | None) -> str:
    return code or CODES[_purse(purses, command.payee, command.currency).code]


def _request(order: _Order, purses: Purses, code: str | None) -> Request:
    command = order.command
    payer = _purse(purses, command.payer, command.currency)
    payee = _purse(purses, command.payee, command.currency)
    return question(command, payer, payee, _code(purses, command, code))


def question(command: Transfer, payer: Purse, payee: Purse, code: str) -> Request:
    """What policy is asked about a payment."""
    return Request(
        product=PRODUCT,
        operation=Operation.TRANSFER,
        party=command.payer,
        jurisdiction=payer.jurisdiction,
        amount_minor=command.amount_minor,
        currency=command.currency,
        tier=payer.tier,
        code=code,
        zone=payer.zone,
        grade=_grade(command),
        touchless=command.touchless,
        channel=command.channel,
        accounts=(payer.account, payee.account),
    )


def _grade(command: Transfer) -> Grade:
    """How surely the payer approved: a phone that shows a code is one factor, a touch before it
    another."""
    if command.unproven:
        return Grade.STATIC
    if command.pay_code is not msgspec.UNSET:
        return Grade.PLAIN if command.pay_code is PayCode.COMPUTED else Grade.DOUBLE
    return Grade.PLAIN if command.touchless else Grade.SIGNED


def _claim_refs(tx: Tx, orders: Sequence[_Order]) -> list[Refusal | None]:
    """Claim the references that orders carry; whoever does not get its own is refused."""
    wanted: dict[tuple[UUID, str], UUID] = {}
    for id_, command in orders:
        if command.out_ref is not None:
            wanted.setdefault((command.payer, command.out_ref), id_)
    if not wanted:
        return [None] * len(orders)
    held = store.claim_refs(tx, [(payer, ref, id_) for (payer, ref), id_ in wanted.items()])
    return [_ref_refusal(order, held) for order in orders]


def _ref_refusal(order: _Order, held: dict[tuple[UUID, str], UUID]) -> Refusal | None:
    ref = order.command.out_ref
    if ref is None or held[order.command.payer, ref] == order.id:
        return None
    holder = held[order.command.payer, ref]
    return model.OutRefUsed(out_ref=ref, transfer=public(model.NOUN, holder))


def _consume(tx: Tx, orders: Sequence[_Order]) -> list[Refusal | None]:
    """Spend the approvals that orders bring; an order without one was asked about before."""
    uses = [
        Use(
            command.mandate,
            command.payee,
            command.amount_minor,
            command.currency,
            subject=id_,
            by=command.payer,
        )
        for id_, command in orders
        if command.mandate is not None
    ]
    if not uses:
        return [None] * len(orders)
    outcomes = iter(mandates.consume_all(tx, uses))
    found = [None if order.command.mandate is None else next(outcomes) for order in orders]
    return [outcome if isinstance(outcome, Refusal) else None for outcome in found]


def _restore(tx: Tx, orders: Sequence[_Order]) -> None:
    """Make approvals usable again whose payment went no further."""
    wanted = {o.command.mandate: o.id for o in orders if o.command.mandate is not None}
    if wanted:
        found = mandates.read(tx, list(wanted)).values()
        mandates.restore(tx, [one for one in found if one.spent_by == wanted[one.id]])


def _hold_to_ceilings(tx: Tx, orders: Sequence[_Order], purses: Purses, rules: Rules) -> None:
    if not rules.ceilings:
        return
    by_currency: dict[str, set[int]] = {}
    for order in orders:
        by_currency.setdefault(order.command.currency, set()).add(order.command.payee.int)
    touched = {each.account for each in purses.values() if isinstance(each, Purse)}
    for currency, payees in by_currency.items():
        ceilings.hold(
            tx,
            currency,
            lambda c=currency, ps=payees: [purses[p, c] for p in ps],
            rules.ceilings,
            beside=touched,
        )


def _free_refs(tx: Tx, orders: Sequence[_Order]) -> None:
    refs = [(o.command.payer, o.command.out_ref) for o in orders if o.command.out_ref is not None]
    if refs:
        store.free_refs(tx, refs)


def _post(
    tx: Tx, orders: Sequence[_Order], purses: Purses, code: str | None
) -> list[Made | Refusal]:
    items: list[ledger.Item] = []
    for place, order in enumerate(orders):
        items += _items(order, purses, code, place)
    answers = iter(post(tx, items))
    outcomes: list[Made | Refusal] = []
    for id_, command in orders:
        posted = _together(answers, command)
        if isinstance(posted, Refusal):
            account = _purse(purses, command.payer, command.currency).account
            outcomes.append(model.translate(posted, command, account))
        else:
            outcomes.append(
                Made(
                    id=public(model.NOUN, id_),
                    amount_minor=command.amount_minor,
                    currency=command.currency,
                    state=State.POSTED,
                    posted_at=posted.posted_at,
                )
            )
    return outcomes


def _items(
    order: _Order, purses: Purses, code: str | None, place: int
) -> tuple[ledger.Transfer, ...]:
    """The posting of an order, and with a tip the two that are posted together or not at all."""
    id_, command = order
    debit = _purse(purses, command.payer, command.currency).account
    credit = _purse(purses, command.payee, command.currency).account
    why, price, tip = _code(purses, command, code), command.amount_minor, command.tip_minor
    if not tip:
        return (ledger.Transfer(id_, debit, credit, price, why, id_),)
    return (
        ledger.Transfer(id_, debit, credit, price - tip, why, id_, place),
        ledger.Transfer(model.tip_id(id_), debit, credit, tip, "wallet.tip", id_, place),
    )


def _together(answers: Iterator[ledger.Outcome], command: Transfer) -> ledger.Outcome:
    """The answer to an order's postings, which stand or fall together: the culprit's, if any."""
    posted = next(answers)
    if not command.tip_minor:
        return posted
    tip = next(answers)
    if isinstance(tip, FloorReached):  # what is left after the price was taken
        there = tip.available_minor + command.amount_minor - command.tip_minor
        return dataclasses.replace(tip, available_minor=there)
    return tip if isinstance(posted, GroupFailed) else posted


def _save(tx: Tx, made: Sequence[tuple[_Order, Made]]) -> None:
    """Keep the rows and tell the journal."""
    if not made:
        return
    rows = [
        Row(
            id=order.id,
            payer=order.command.payer,
            payee=order.command.payee,
            amount_minor=order.command.amount_minor,
            currency=order.command.currency,
            out_ref=order.command.out_ref,
            posted_at=outcome.posted_at,
            tip_minor=order.command.tip_minor,
            grade=model.grade_kept(order.command),
            device=order.command.device,
            origin=order.command.origin,
        )
        for order, outcome in made
    ]
    store.insert(tx, rows)
    answers = [outcome.id for _, outcome in made]
    append(tx, [_entry(*pair) for pair in zip(rows, answers, strict=True)])


def _entry(row: Row, named: str) -> Entry:
    body = {
        "transfer": named,
        "payer": public("par", row.payer),
        "payee": public("par", row.payee),
        "amount_minor": row.amount_minor,
        "currency": row.currency,
    }
    if row.tip_minor:
        body["tip_minor"] = row.tip_minor
    return Entry(
        actor=row.payer,
        verb="transfer.made",
        subject=row.id,
        parties=(row.payer, row.payee),
        purpose="payment",
        body=body,
    )
