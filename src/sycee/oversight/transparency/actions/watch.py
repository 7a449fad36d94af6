"""Witnesses: who is asked to cosign. Asking one more, or one less, is itself in the log."""

from __future__ import annotations

from uuid import UUID

import msgspec

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.kit.errors import NotFound
from sycee.kit.ids import public, uuid7
from sycee.oversight.transparency import store
from sycee.oversight.transparency.model import notes
from sycee.oversight.transparency.model.refusals import WitnessKeyUnfit, WitnessKnown
from sycee.runtime.db import Tx

NOUN = "wit"
"""What a witness's public id begins with."""


class Ask(msgspec.Struct, frozen=True):
    """Ask a witness, from now on, to cosign every checkpoint."""

    by: UUID
    key: str
    url: str


class Dismiss(msgspec.Struct, frozen=True):
    """Ask a witness no longer."""

    by: UUID
    witness: UUID


class Asked(msgspec.Struct, frozen=True):
    """A witness, by its id and its key's name."""

    id: str
    name: str


def ask(tx: Tx, command: Ask) -> Asked:
    """Add a witness; raises `WitnessKeyUnfit`, `WitnessKnown`."""
    try:
        key = notes.verifier(command.key)
    except ValueError as error:
        raise WitnessKeyUnfit(rule=str(error)) from None
    if key.kind != notes.COSIGNATURE:
        raise WitnessKeyUnfit(rule="the key is of a log, not of a witness")
    for known in store.witnesses(tx):
        if known.key == key.text:
            raise WitnessKnown(witness=public(NOUN, known.id))
    id_ = uuid7()
    store.add_witness(tx, id_, key.text, command.url.rstrip("/"))
    _note(tx, command.by, "asked", id_)
    return Asked(public(NOUN, id_), key.name)


def dismiss(tx: Tx, command: Dismiss) -> Asked:
    """Remove a witness; what it has cosigned stays. Raises `NotFound`."""
    found = [one for one in store.witnesses(tx) if one.id == command.witness]
    if not found or not store.remove_witness(tx, command.witness):
        raise NotFound(noun="witness", id=public(NOUN, command.witness))
    _note(tx, command.by, "dismissed", command.witness)
    return Asked(public(NOUN, command.witness), notes.verifier(found[0].key).name)


def _note(tx: Tx, by: UUID, what: str, witness: UUID) -> None:
    body = {"witness": public(NOUN, witness)}
    append(tx, [Entry(by, f"witness.{what}", witness, (by,), "oversight", body)])
