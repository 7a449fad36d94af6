"""What the routes of envelopes ask for beside a verb: sealing words, codes, gestures, a pause."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated
from uuid import UUID

import msgspec

from sycee.core.parties import vault
from sycee.core.parties.vault import Purpose, SealedText
from sycee.kit import ids
from sycee.kit.errors import Invalid, Refusal
from sycee.kit.ids import public
from sycee.products.envelopes import keyed, pace, reading, soldout
from sycee.products.envelopes.actions import Claim, codes, words
from sycee.products.envelopes.actions.codes import OwnLink, Shown
from sycee.products.envelopes.actions.words import Said, Say
from sycee.products.envelopes.model import envelope as rules
from sycee.products.envelopes.model import gesture
from sycee.products.envelopes.reading import EnvelopeView, WordsView
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.shapes import Body, public_id
from sycee.runtime.perform import Call, perform_one

Token = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Point = Annotated[list[int], msgspec.Meta(min_length=3, max_length=3)]
FIELD = "envelopes.words"


class GestureBody(Body, frozen=True):
    """The challenge of the envelope's view, and the press that opened it: [ms, x, y] each."""

    challenge: Annotated[str, msgspec.Meta(max_length=64)]
    trace: Annotated[list[Point], msgspec.Meta(max_length=gesture.POINTS_MOST)]


class ClaimBody(Body, frozen=True):
    """The link's token, or the envelope's id where it is for you by name or group.

    `gesture` shows that a hand opened it; without one the answer may come a little later.
    """

    token: Token | None = None
    envelope: Annotated[str, public_id(rules.NOUN)] | None = None
    password: Password | None = None
    gesture: GestureBody | None = None


def spoken(password: str | None) -> str | None:
    """A spoken password as commands carry it. Refuses `VaultAbsent`."""
    return None if password is None else rules.spoken(keyed.key(), password)


def claim(body: ClaimBody, caller: Caller) -> Claim:
    """The command of an opening. Refuses `Invalid`, `RateExceeded`, `EnvelopeEmpty` from memory."""
    pace.count(caller)
    if (body.token is None) is (body.envelope is None):
        raise Invalid("token", "must be given, or envelope")
    envelope = None if body.envelope is None else ids.parse(rules.NOUN, body.envelope, "envelope")
    token = body.token or ""
    soldout.check(token, caller.party, envelope)
    return Claim(caller.party, token, spoken(body.password), envelope)


def pause(body: ClaimBody, caller: Caller, now_ms: int) -> int:
    """How many milliseconds an opening waits: none after a gesture, a random moment without."""
    shown = body.gesture
    if shown is not None:
        trace = [(point[0], point[1], point[2]) for point in shown.trace]
        bound = _bound(body.token, body.envelope)
        key = keyed.gesture_key()
        if gesture.convinces(key, bound, caller.party, shown.challenge, trace, now_ms):
            return 0
    return pace.hold_back(caller)


def _bound(token: str | None, envelope: str | None) -> bytes:
    """What a challenge is bound to: the link, or the envelope where it was asked for by its id."""
    return sha256((token or envelope or "").encode()).digest()


def by_link(tx: Tx, party: UUID, token: str) -> EnvelopeView:
    """The envelope of a link, with a challenge while it may be opened; raises as the reading."""
    return _challenged(tx, party, reading.by_link(tx, party, token), token)


def one(tx: Tx, party: UUID, id_: UUID) -> EnvelopeView:
    """An envelope by its id, with a challenge while it may be opened; raises `NotFound`."""
    view = reading.one(tx, party, id_)
    return _challenged(tx, party, view, view.id)


def _challenged(tx: Tx, party: UUID, view: EnvelopeView, bound: str) -> EnvelopeView:
    if view.mine_minor is not None or view.state is not rules.State.OPEN:
        return view
    text = gesture.challenge(keyed.gesture_key(), _bound(bound, None), party, tx.now_ms)
    return msgspec.structs.replace(view, challenge=text)


def show_code(database: Database, sender: UUID, envelope: UUID) -> Shown:
    """A face-to-face code. Refuses `VaultAbsent`, `NotFound`, `EnvelopeExpired`."""
    key = keyed.key()
    with database.transaction() as tx:
        return codes.show(tx, key, sender, envelope)


def resolve_code(database: Database, by: UUID, code: str) -> OwnLink:
    """One's own link for a code. Refuses `VaultAbsent`, `CodeUnknown`, `CodeGuessesOver`."""
    key = keyed.key()
    with database.transaction() as tx:
        found = codes.resolve(tx, key, by, code)
    if isinstance(found, Refusal):
        raise found
    return found


def say(database: Database, caller: Caller, key: str, envelope: UUID, text: str) -> Said:
    """Seal a greeting or a thank-you and keep it; the stored answer for a known key."""
    shown = words.check(text)
    keys = vault.keys().sealer([caller.party])
    sealed = vault.seal_text(keys, caller.party, FIELD, shown)
    command = Say(caller.party, envelope, vault.fingerprint(keys, caller.party, FIELD, shown))
    return perform_one(
        database,
        Call(caller.party, key, "envelope.say", command),
        lambda tx, said: words.say(tx, said, sealed=sealed),
    ).unwrap()


def read_words(database: Database, party: UUID, envelope: UUID) -> list[WordsView]:
    """What is written on an envelope, opened behind a row in the journal. Raises `NotFound`."""
    with database.read() as tx:
        found, names = reading.words(tx, party, envelope)
    if not found:
        return []
    sealed = [SealedText(each.writer, FIELD, each.sealed) for each in found]
    case = public(rules.NOUN, envelope)
    texts = vault.open_texts(database, vault.keys(), party, sealed, Purpose.PAYMENT, case)
    return [
        WordsView(
            writer=public("par", each.writer),
            name=names.get(each.writer, ""),
            text=None if isinstance(text, Refusal) else text,
            written_at=each.written_at,
        )
        for each, text in zip(found, texts, strict=True)
    ]
