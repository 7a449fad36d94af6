"""What people write and attach: sealed before the transaction, opened only behind a journal row.

A command carries a text's fingerprint in the text's place; the sealed bytes travel beside it.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec

from sycee.core.parties import vault
from sycee.core.parties.vault import Purpose, SealedText
from sycee.kit.errors import NotFound, Refusal
from sycee.kit.ids import parse, public
from sycee.products.escrow import actions, reading
from sycee.products.escrow.actions import AddEvidence, Rate
from sycee.products.escrow.bodies import EvidenceBody, RatingBody
from sycee.products.escrow.model import disputes
from sycee.products.escrow.store import records
from sycee.runtime.db import Database
from sycee.runtime.http.caller import Caller
from sycee.runtime.perform import Call, perform_one

EVIDENCE, COMMENT = "escrow.evidence", "escrow.rating"


class EvidenceContent(msgspec.Struct, frozen=True):
    """A text, or a file in base64 with its type."""

    id: str
    text: str | None
    content_type: str | None
    content: bytes | None


class CommentContent(msgspec.Struct, frozen=True):
    """What one party wrote with its stars for another."""

    by: str
    of: str
    text: str


def add_evidence(
    database: Database, caller: Caller, key: str, trade: UUID, body: EvidenceBody
) -> object:
    """Seal a text or a file and put it in; the stored answer for a known key."""
    disputes.check_evidence(body.text, body.content_type, body.content)
    content, fingerprint = body.content, None
    if content is not None:
        keys = vault.keys().sealer([caller.party])
        sealed = vault.seal_file(keys, caller.party, EVIDENCE, content)
    else:
        sealed, fingerprint = _seal(caller.party, EVIDENCE, body.text or "")
    command = AddEvidence(
        trade=trade,
        by=caller.party,
        text_fingerprint=fingerprint,
        content_type=body.content_type if content is not None else None,
        sha256=None if content is None else hashlib.sha256(content).hexdigest(),
        size_bytes=None if content is None else len(content),
    )
    return perform_one(
        database,
        Call(caller.party, key, "escrow.add-evidence", command),
        lambda tx, c: actions.add_evidence(tx, c, sealed=sealed, content=content),
    ).unwrap()


def rate(database: Database, caller: Caller, key: str, trade: UUID, body: RatingBody) -> object:
    """Rate the other side, with the comment sealed."""
    sealed = fingerprint = None
    if body.comment is not None:
        sealed, fingerprint = _seal(caller.party, COMMENT, body.comment)
    command = Rate(trade, caller.party, body.stars, parse("par", body.of, "of"), fingerprint)
    return perform_one(
        database,
        Call(caller.party, key, "escrow.rate", command),
        lambda tx, c: actions.rate(tx, c, sealed=sealed),
    ).unwrap()


def open_comment(
    database: Database, caller: Caller, trade: UUID, by: UUID, of: UUID
) -> CommentContent:
    """What was written with a rating, for the sides of the trade.

    It is opened as evidence is: the look is in the journal and in its writer's list first.
    """
    with database.read() as tx:
        reading.own(tx, trade, caller)
        sealed = records.rating_comment(tx, trade, by, of)
    case = public("trd", trade)
    if sealed is None:
        raise NotFound(noun="comment", id=case)
    purpose = Purpose.SELF if by == caller.party else Purpose.PAYMENT
    texts = [SealedText(by, COMMENT, sealed)]
    (text,) = vault.open_texts(database, vault.keys(), caller.party, texts, purpose, case)
    if isinstance(text, Refusal):
        raise text
    return CommentContent(public("par", by), public("par", of), text)


def _seal(party: UUID, field: str, text: str) -> tuple[bytes, str]:
    keys = vault.keys().sealer([party])
    return (
        vault.seal_text(keys, party, field, text),
        vault.fingerprint(keys, party, field, text),
    )


def open_evidence(database: Database, caller: Caller, trade: UUID, piece: UUID) -> EvidenceContent:
    """One piece of evidence, for both sides of the dispute and the mediator.

    A text or a file, looking leaves a row in the journal and in its writer's list of readings, and
    only then is anything shown. What someone reads of their own is noted as that.
    """
    with database.read() as tx:
        reading.heard(tx, trade, caller)
        found = records.evidence_content(tx, trade, piece)
    if found is None:
        raise NotFound(noun="evidence", id=public("evd", piece))
    purpose = Purpose.SELF if found.party == caller.party else Purpose.DISPUTE
    case, keys = public("trd", trade), vault.keys()
    sealed = SealedText(found.party, EVIDENCE, found.sealed)
    text = content = None
    if found.content_type is None:
        (text,) = vault.open_texts(database, keys, caller.party, [sealed], purpose, case)
        if isinstance(text, Refusal):
            raise text
    elif found.bare:
        vault.note_seen(database, caller.party, found.party, EVIDENCE, purpose, case)
        content = found.sealed
    else:
        content = vault.open_file(database, keys, caller.party, sealed, purpose, case)
    return EvidenceContent(public("evd", piece), text, found.content_type, content)
