"""Receipts out of the ledger and the journal, for the two sides of a movement."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sycee.core.journal import read as journal
from sycee.core.ledger import accounts as ledger
from sycee.core.ledger import statements
from sycee.core.ledger.model import Balance
from sycee.core.ledger.statements import Movement
from sycee.core.parties import parties
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import parse, public
from sycee.kit.money import format_major
from sycee.products.wallet.model import NOUN
from sycee.products.wallet.people import faces
from sycee.products.wallet.receipts import model
from sycee.products.wallet.receipts.model import Facts, Receipt, Verdict
from sycee.products.wallet.statements.reading import meaning
from sycee.runtime.db import Tx
from sycee.runtime.http.shapes import File
from sycee.runtime.paper import LEFT, TOP, Paper

MADE = "transfer.made"


class ReceiptFile(File, frozen=True):
    """A receipt on paper."""

    MEDIA: ClassVar[tuple[str, ...]] = ("application/pdf",)


class _Found(NamedTuple):
    """A movement, its two accounts, and what a receipt says of it."""

    movement: Movement
    debit: Balance
    credit: Balance
    facts: Facts


def receipt(tx: Tx, party: UUID, transfer: UUID) -> Receipt:
    """The receipt of a movement that a party paid or received; raises `NotFound` for others."""
    return model.receipt(_own(tx, party, transfer).facts)


def check(tx: Tx, shown: Receipt, *, tell: bool = False) -> Verdict:
    """Whether a receipt is genuine; `tell` names wrong fields even without the right digest."""
    try:
        id_ = parse(NOUN, shown.facts.transfer)
    except Invalid:
        return model.judge(shown, None, tell=tell)
    found = _find(tx, id_)
    return model.judge(shown, None if found is None else found.facts, tell=tell)


def printed(tx: Tx, party: UUID, transfer: UUID) -> ReceiptFile:
    """The receipt on paper, with both names as they are now. Raises as `receipt`."""
    found = _own(tx, party, transfer)
    zone = parties.get(tx, party).zone
    named = faces.read(tx, (found.debit.owner, found.credit.owner))
    facts = found.facts
    paper = Paper(f"Receipt {facts.transfer}")
    paper.text(LEFT, TOP, "Receipt", size=16, bold=True)
    amount = f"{format_major(facts.amount_minor, facts.currency)} {facts.currency}"
    paper.text(LEFT, TOP - 32, amount, size=22, bold=True)
    paper.text(LEFT, TOP - 50, meaning(facts.code), quiet=True)
    paper.rule(TOP - 62)
    at = found.movement.posted_at
    rows = [
        ("Paid by", _name(found.debit, named)),
        ("Paid to", _name(found.credit, named)),
        ("When", f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} ({zone})"),
        *((name, "" if value is None else str(value)) for name, value in _rest(facts)),
        ("digest", model.digest(facts)),
    ]
    for place, (name, value) in enumerate(rows):
        y = TOP - 84 - 18 * place
        paper.text(LEFT, y, name, quiet=True)
        paper.text(LEFT + 92, y, value, room=400)
    words = "Anyone may check the digest: SHA-256 of the facts as JSON by RFC 8785."
    paper.text(LEFT, TOP - 100 - 18 * len(rows), words, size=8, quiet=True)
    return ReceiptFile(paper.done(), "application/pdf", f"receipt-{facts.transfer}.pdf")


def _rest(facts: Facts) -> list[tuple[str, object]]:
    return [(name, getattr(facts, name)) for name in Facts.__struct_fields__]


def _name(account: Balance, named: dict[UUID, faces.Face]) -> str:
    face = None if account.owner is None else named.get(account.owner)
    return account.code if face is None else face.display_name


def _own(tx: Tx, party: UUID, transfer: UUID) -> _Found:
    found = _find(tx, transfer)
    if found is None or party not in (found.debit.owner, found.credit.owner):
        raise NotFound(noun="transfer", id=public(NOUN, transfer))
    return found


def _find(tx: Tx, transfer: UUID) -> _Found | None:
    movement = statements.movement(tx, transfer)
    if movement is None:
        return None
    both = ledger.read(tx, [movement.debit, movement.credit])
    debit, credit = both[movement.debit], both[movement.credit]
    return _Found(movement, debit, credit, _facts(tx, movement, debit, credit))


def _facts(tx: Tx, movement: Movement, debit: Balance, credit: Balance) -> Facts:
    rows = journal.about(tx, movement.id, limit=20)
    leaf = next((row.leaf.hex() for row in rows if row.verb == MADE), None)
    return Facts(
        version=model.VERSION,
        transfer=public(NOUN, movement.id),
        kind=movement.kind.name.lower().replace("_", "-"),
        code=movement.code,
        currency=debit.currency,
        amount_minor=movement.amount_minor,
        payer=_party(debit),
        payee=_party(credit),
        debit=public("acc", debit.id),
        credit=public("acc", credit.id),
        subject=None if movement.subject is None else str(movement.subject),
        reverses=None if movement.reverses is None else public(NOUN, movement.reverses),
        posted_at=_time(movement.posted_at),
        leaf=leaf,
    )


def _party(account: Balance) -> str | None:
    return None if account.owner is None else public("par", account.owner)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
