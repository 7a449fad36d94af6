"""The vault: what identifies a person, sealed; opened only behind a journal row that says so.

Two ways to keep a sealed text. `seal` keeps a party's own fields (name, e-mail, telephone, address)
in `parties.vault_field`. `seal_text` gives the bytes to the caller, who keeps them in a row of its
own (a dispute's statement, a shipment's address) and opens them with `open_texts`; `seal_file` and
`open_file` do so with bytes. All are bound
to subject, field and version, so bytes moved to another row do not open.

Opening commits a row `vault.open` for each subject, with the purpose and the fields of theirs, in a
transaction of its own, and only then asks for keys. So never call it inside `perform`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.parties import readings, sealing, vaultrows
from sycee.core.parties.keyring import KeyMissing, Keyring, Keys, SubjectForgotten
from sycee.core.parties.personal import consents
from sycee.core.parties.purposes import Purpose
from sycee.core.parties.readings import Reading
from sycee.core.parties.sealing import DataKey, SealBroken
from sycee.kit.errors import Forbidden, Invalid, Kind, Refusal
from sycee.kit.ids import public
from sycee.runtime.db import Database, Tx

INDEXED = frozenset({"email", "phone"})
"""Fields that `find` can look up."""

SUBJECTS_MAX = 1_000
_NOTE_TIMEOUT_MS = 5_000


@dataclass(unsafe_hash=True)
class PurposeUnknown(Refusal):
    """The vault does not open for that purpose.

    Purposes are a closed list; see the vault's reference.
    """

    code = "vault-purpose-unknown"
    kind = Kind.INVALID


class VaultAbsent(Refusal):
    """This server keeps no personal texts.

    It was started without the vault's keys, so texts can be neither sealed nor opened here.
    """

    code = "vault-absent"
    kind = Kind.CONFLICT


SEALING_REFUSALS = (VaultAbsent, SubjectForgotten)
"""Why a text cannot be sealed with its writer's key."""

OPENING_REFUSALS = (*SEALING_REFUSALS, KeyMissing, SealBroken)
"""Why a sealed text cannot be opened."""


class _Desk:
    """Where the door leaves the keys when it starts."""

    keyring: Keyring | None = None


def use(keyring: Keyring | None) -> None:
    """Give the products the vault's keys; a door calls it once, at its start."""
    _Desk.keyring = keyring


def keys() -> Keyring:
    """The vault's keys; raises `VaultAbsent`."""
    if _Desk.keyring is None:
        raise VaultAbsent()
    return _Desk.keyring


@dataclass(frozen=True, slots=True)
class SealedText:
    """A sealed text, or a file, that a product kept in its own row."""

    subject: UUID
    field: str
    sealed: bytes = dataclasses.field(repr=False)


Opened = dict[str, str]

Kept = Callable[[Tx], UUID | None]
"""Asked in the transaction that notes a reading: the demand that keeps it from its person."""


def seal(
    keys: Keys,
    tx: Tx,
    subject: UUID,
    fields: Mapping[str, str],
    *,
    actor: UUID | None = None,
) -> None:
    """Keep fields of a party, sealed; a field that is there already gets its next version.

    `email` and `phone` are also entered in the blind index. `keys` is the keyring, or better a
    `keyring.sealer([subject])` made before the transaction, which then asks no other server.
    Refuses `Invalid`, `SubjectForgotten`.
    """
    key = keys.key(subject)
    vaultrows.lock_subject(tx, subject)
    if vaultrows.erased(tx, [subject]):
        raise SubjectForgotten(subject=public("par", subject))
    before = vaultrows.versions(tx, subject)
    for name, text in fields.items():
        version = before.get(name, 0) + 1
        vaultrows.save_field(
            tx, subject, name, version, sealing.seal(key, subject, name, text, version)
        )
        if name in INDEXED:
            vaultrows.drop_index(tx, subject, name)
            vaultrows.save_index(tx, sealing.blind(keys.index_key(), name, text), subject, name)
    names: list[int | str] = sorted(fields)
    append(tx, [Entry(actor, "vault.seal", subject, (subject,), "self", {"fields": names})])


def seal_text(keys: Keys, subject: UUID, field: str, text: str) -> bytes:
    """`text` sealed with the subject's key, for the caller to keep. See `open_texts`.

    Make `keys` a `keyring.sealer(subjects)` before the transaction. Refuses `Invalid` (64 KiB,
    valid Unicode), `SubjectForgotten`.
    """
    return sealing.seal(keys.key(subject), subject, field, text)


def seal_file(keys: Keys, subject: UUID, field: str, content: bytes) -> bytes:
    """A file sealed with the subject's key, for the caller to keep. See `open_file`, `seal_text`.

    `sealing.OVERHEAD_BYTES` longer; its size is the caller's to limit.
    """
    return sealing.seal_bytes(keys.key(subject), subject, field, content)


def fingerprint(keys: Keys, subject: UUID, field: str, text: str) -> str:
    """A digest of a text under the subject's key, for a command to carry in the text's place.

    The digest of a command is stored for good, so a text that a person could guess must not go into
    it; a retry of the same text gives the same fingerprint. Meaningless once the key is destroyed.
    """
    return sealing.fingerprint(keys.key(subject), field, text)


def find(keys: Keys, tx: Tx, field: str, text: str) -> list[UUID]:
    """The parties with this e-mail or telephone, without opening anything."""
    if field not in INDEXED:
        raise Invalid(field="field", rule=f"must be one of {', '.join(sorted(INDEXED))}")
    return vaultrows.by_index(tx, sealing.blind(keys.index_key(), field, text))


def fields(tx: Tx, subject: UUID) -> list[str]:
    """Which fields a party has sealed; says nothing of what is in them."""
    return sorted(vaultrows.versions(tx, subject))


def open(
    database: Database,
    keys: Keyring,
    actor: UUID | None,
    subjects: Iterable[UUID],
    fields: Sequence[str],
    purpose: Purpose | str,
    case: str | None = None,
    kept: Kept | None = None,
) -> dict[UUID, Opened | Refusal]:
    """The fields of up to 1,000 parties; a refusal stands in the place of a party that has none.

    `case` is the public id of what it is about. Where `kept` names a demand under a gag, the
    readings are journalled under it and not in the people's lists. A field never sealed is
    absent. In a party's place: `SubjectForgotten`, `KeyMissing`, `SealBroken`, `ConsentMissing`.
    Raises `PurposeUnknown`, `Forbidden` (the purpose `self` for someone else), `Invalid`; then
    nothing is journalled, as nothing is opened.
    """
    asked = dict.fromkeys(subjects, fields)
    wanted, missing = _note_opening(database, actor, asked, purpose, case, kept)
    with database.read() as tx:
        rows = vaultrows.sealed(tx, wanted, fields)
        erased = vaultrows.erased(tx, wanted)
    found = keys.find({row[0] for row in rows} - erased)
    opened: dict[UUID, Opened | Refusal] = {id_: missing.get(id_, {}) for id_ in sorted(asked)}
    for id_ in erased:
        opened[id_] = SubjectForgotten(subject=public("par", id_))
    for id_, name, version, sealed in rows:
        so_far = opened[id_]
        if isinstance(so_far, Refusal):
            continue
        text = _text(found[id_], id_, name, bytes(sealed), version)
        if isinstance(text, str):
            so_far[name] = text
        else:
            opened[id_] = text
    return opened


def open_one(
    database: Database,
    keys: Keyring,
    actor: UUID | None,
    subject: UUID,
    fields: Sequence[str],
    purpose: Purpose | str,
    case: str | None = None,
) -> Opened:
    """`open` for one party; raises the refusal."""
    opened = open(database, keys, actor, [subject], fields, purpose, case)[subject]
    if isinstance(opened, Refusal):
        raise opened
    return opened


def open_texts(
    database: Database,
    keys: Keyring,
    actor: UUID | None,
    texts: Sequence[SealedText],
    purpose: Purpose | str,
    case: str | None = None,
) -> list[str | Refusal]:
    """Texts that products kept, in order; a refusal in the place of one that does not open.

    The same rules as `open`: journalled first, at most 1,000 subjects.
    """
    asked: dict[UUID, set[str]] = {}
    for text in texts:
        asked.setdefault(text.subject, set()).add(text.field)
    found = _found(database, keys, actor, asked, purpose, case)
    return [_text(found[t.subject], t.subject, t.field, t.sealed, None) for t in texts]


def open_file(
    database: Database,
    keys: Keyring,
    actor: UUID | None,
    file: SealedText,
    purpose: Purpose | str,
    case: str | None = None,
) -> bytes:
    """A file that a product kept, by the same rules as `open_texts`; raises the refusal."""
    asked = {file.subject: (file.field,)}
    key = _found(database, keys, actor, asked, purpose, case)[file.subject]
    if isinstance(key, Refusal):
        raise key
    opened = sealing.unseal_bytes(key, file.subject, file.field, file.sealed)
    if isinstance(opened, Refusal):
        raise opened
    return opened


def _found(
    database: Database,
    keys: Keyring,
    actor: UUID | None,
    asked: Mapping[UUID, Collection[str]],
    purpose: Purpose | str,
    case: str | None,
) -> dict[UUID, DataKey | Refusal]:
    """The keys of subjects, once it is in the journal who opens what of them and why."""
    wanted, missing = _note_opening(database, actor, asked, purpose, case)
    with database.read() as tx:
        erased = vaultrows.erased(tx, wanted)
    found = {**keys.find(wanted), **missing}
    for id_ in erased:
        found[id_] = SubjectForgotten(subject=public("par", id_))
    return found


def note_seen(
    database: Database, actor: UUID | None, subject: UUID, field: str, purpose: Purpose, case: str
) -> None:
    """Commit the row of a reading of what a product keeps of a subject unsealed.

    The same rules as `open`; call it before anything is shown. Raises `SubjectForgotten` and
    `ConsentMissing` besides, and then nothing may be shown.
    """
    wanted, missing = _note_opening(database, actor, {subject: (field,)}, purpose, case)
    if subject in missing:
        raise missing[subject]
    with database.read() as tx:
        if vaultrows.erased(tx, wanted):
            raise SubjectForgotten(subject=public("par", subject))


def _text(
    key: DataKey | Refusal, subject: UUID, name: str, sealed: bytes, version: int | None
) -> str | SealBroken | Refusal:
    if isinstance(key, Refusal):
        return key
    return sealing.unseal(key, subject, name, sealed, version)


def _note_opening(
    database: Database,
    actor: UUID | None,
    asked: Mapping[UUID, Collection[str]],
    purpose: Purpose | str,
    case: str | None,
    kept: Kept | None = None,
) -> tuple[list[UUID], dict[UUID, Refusal]]:
    """Commit the rows that say who opens what of whom and why.

    Gives the subjects in order, and apart from them those whose consent is missing.
    """
    try:
        purpose = Purpose(purpose)
    except ValueError:
        raise PurposeUnknown() from None
    wanted = sorted(asked)
    if not 1 <= len(wanted) <= SUBJECTS_MAX:
        raise Invalid(field="subjects", rule=f"must be from 1 to {SUBJECTS_MAX}")
    if purpose is Purpose.SELF and wanted != [actor]:
        raise Forbidden(needs="a purpose other than self")
    more = {} if case is None else {"case": case}
    read = {
        id_: Reading([sealing.check_field(name) for name in names], more)
        for id_, names in asked.items()
    }
    with database.transaction(timeout_ms=_NOTE_TIMEOUT_MS) as tx:
        readings.lock(tx, wanted)
        missing = consents.missing(tx, wanted, purpose)
        granted = {id_: reading for id_, reading in read.items() if id_ not in missing}
        under = None if kept is None else kept(tx)
        if under is None:
            readings.note(tx, actor, readings.OPENED, str(purpose), granted)
        else:
            readings.note_sealed(tx, actor, str(purpose), granted, under)
    return sorted(granted), missing


__all__ = [
    "INDEXED",
    "OPENING_REFUSALS",
    "SEALING_REFUSALS",
    "KeyMissing",
    "Keyring",
    "Opened",
    "Purpose",
    "PurposeUnknown",
    "SealBroken",
    "SealedText",
    "SubjectForgotten",
    "VaultAbsent",
    "fields",
    "find",
    "fingerprint",
    "keys",
    "note_seen",
    "open",
    "open_file",
    "open_one",
    "open_texts",
    "seal",
    "seal_file",
    "seal_text",
    "use",
]
