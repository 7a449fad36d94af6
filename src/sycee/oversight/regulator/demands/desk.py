"""What stands between the door and the verbs: the request is sealed, the answer is made and sealed.

An answer is JSON of what was granted and nothing else, sealed to the authority's X25519 key by HPKE
(RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; `info` is the demand's id).
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from sycee.core.parties import accountviews, parties, vault
from sycee.core.parties.purposes import Purpose
from sycee.core.parties.vault import SealedText
from sycee.kit.errors import Invalid, NotFound, Refusal
from sycee.kit.ids import parse, public
from sycee.oversight.regulator.demands import actions, model, store
from sycee.oversight.regulator.demands.actions import Demanded, Receive
from sycee.oversight.regulator.demands.model import NOUN, Demand, Extent, Field
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.pages import MOST, Page, decode
from sycee.runtime.perform import Call, perform_one

TEXT = "demand.text"
FORMAT = "sycee-demand-answer-1"
LINES_MAX = 50_000
"""Most lines of one person in an answer; one that is cut says so."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Answer(msgspec.Struct, frozen=True):
    """A sealed answer in base64, and the digest of its bytes."""

    id: str
    sealed: str
    sha256: str


def receive(database: Database, command: Receive, text: str, key: str) -> Any:
    """Take a demand with its text, word for word. Refuses `DemandIncomplete`, `Invalid`,
    `NotFound`."""
    actions.check_complete(text, command)
    id_ = actions.new_id()
    sealed = vault.seal_text(vault.keys().sealer([id_]), id_, TEXT, text)
    return perform_one(
        database,
        Call(command.by, key, "demand.receive", command),
        lambda tx, c: actions.receive(tx, c, id_=id_, sealed=sealed),
    ).unwrap()


def text(database: Database, actor: UUID, id_: UUID) -> str:
    """The request word for word; opening it leaves a trace. Refuses `NotFound`."""
    with database.read() as tx:
        demand = store.read(tx, id_)
    if demand is None:
        raise NotFound(noun="demand", id=public(NOUN, id_))
    sealed = SealedText(id_, TEXT, demand.sealed)
    (opened,) = vault.open_texts(
        database, vault.keys(), actor, [sealed], Purpose.LEGAL_ORDER, demand.public_id
    )
    if isinstance(opened, Refusal):
        raise opened
    return opened


def answer(database: Database, by: UUID, id_: UUID, recipient: str) -> Answer:
    """Open what was granted, and seal it to the authority's key.

    Each reading is in the person's list at once, or at the end of the gag. Answered twice, it gives
    `DemandNotStanding`: the first answer is kept. Refuses `NotFound`, `Invalid` for a key.
    """
    public_key = _key(recipient)
    with database.read() as tx:
        demand = actions.granted(store.read(tx, id_), id_)
    extent = model.extent(demand.granted or b"")
    found = _gather(database, by, demand, extent)
    content = {
        "format": FORMAT,
        "demand": demand.public_id,
        "request_sha256": demand.sha256.hex(),
        "granted": extent,
        "people": found,
    }
    plain = msgspec.json.encode(content)
    sealed = _SUITE.encrypt(plain, public_key, demand.public_id.encode())
    with database.transaction() as tx:
        actions.answer(tx, id_, by, sealed, len(found))
    return view(demand, sealed)


def _gather(database: Database, by: UUID, demand: Demand, extent: Extent) -> list[dict[str, Any]]:
    people = [parse("par", subject) for subject in extent.subjects]
    names = [str(field) for field in sorted(extent.fields)]
    opened = vault.open(
        database,
        vault.keys(),
        by,
        people,
        names,
        Purpose.LEGAL_ORDER,
        demand.public_id,
        kept=partial(actions.kept_under, id_=demand.id),
    )
    found: list[dict[str, Any]] = []
    for person in people:
        told = opened[person]
        one: dict[str, Any] = {"person": public("par", person)}
        one["details"] = {"refused": told.code} if isinstance(told, Refusal) else told
        if Field.STATEMENT in extent.fields:
            lines, whole = _statement(database, person, extent.since, extent.until)
            one |= {"statement": lines, "statement_whole": whole}
        found.append(one)
    return found


def _statement(
    database: Database, person: UUID, since: datetime | None, until: datetime | None
) -> tuple[list[Any], bool]:
    """A person's lines, account by account, and whether these are all that there are."""
    lines: list[Any] = []
    with database.read() as tx:
        mine = parties.accounts_of(tx, person)
    for account in mine:
        after: str | None = None
        while True:
            with database.read() as tx:
                page = _page(tx, person, account.account, since, until, after)
            lines += page.items
            if len(lines) > LINES_MAX:
                return lines[:LINES_MAX], False
            if page.next is None:
                break
            after = decode(page.next)
    return lines, True


def _page(
    tx: Tx,
    person: UUID,
    account: UUID,
    since: datetime | None,
    until: datetime | None,
    after: str | None,
) -> accountviews.StatementView:
    return accountviews.statement(tx, person, account, since, until, Page(MOST, after))


def view(demand: Demand, sealed: bytes) -> Answer:
    """An answer as it is handed over."""
    return Answer(demand.public_id, b64encode(sealed).decode(), model.digest_of(sealed).hex())


def unseal(answer: Answer, private: bytes) -> bytes:
    """What is in an answer, for whoever has the private key; raises ValueError."""
    key = X25519PrivateKey.from_private_bytes(private)
    try:
        return _SUITE.decrypt(b64decode(answer.sealed, validate=True), key, answer.id.encode())
    except InvalidTag:
        raise ValueError("it was not sealed for this key") from None


def _key(text: str) -> X25519PublicKey:
    try:
        return X25519PublicKey.from_public_bytes(b64decode(text, validate=True))
    except ValueError:
        raise Invalid(field="recipient", rule="must be an X25519 key, 32 bytes in base64") from None


__all__ = ["Answer", "Demanded", "answer", "receive", "text", "unseal", "view"]
