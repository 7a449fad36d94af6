"""Checkpoints and their signatures, as others read them. Pure.

Source: C2SP signed-note, tlog-checkpoint and tlog-cosignature. A checkpoint is three lines (origin,
size, root in base64) and an empty one; then a line a signature: an em dash, the signer's name, and
base64 of a key id (4 bytes) and what that kind of key makes. The log signs the text with Ed25519; a
witness signs the text with the time before it.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

ED25519 = 0x01
COSIGNATURE = 0x04
NOTE_MAX_BYTES = 16_384
ID_BYTES = 4
SIGNATURES_MAX = 64

_NAME = re.compile(r"[^\s+]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_LINE = re.compile(r"— (?P<name>[^\s+]{1,200}) (?P<blob>[A-Za-z0-9+/]{8,}={0,2})")
"""Of any length, for signatures of other kinds stand beside ours: the whole note is bounded."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the log said it is: its name, how many leaves, and their root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with a name: of the log (`kind` 1) or of a witness (`kind` 4)."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """`name+id+key`: the key as it is handed out."""
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint and the signature lines below it, none of them verified yet."""

    checkpoint: Checkpoint
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole note as it travels."""
        return self.checkpoint.text + "\n" + "".join(f"{line}\n" for line in self.lines)


def verifier(text: str) -> Verifier:
    """The inverse of `Verifier.text`; raises ValueError."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or _NAME.fullmatch(parts[0]) is None:
        raise ValueError("a key is name+id+base64")
    blob = b64decode(parts[2], validate=True)
    if len(blob) != 33 or blob[0] not in (ED25519, COSIGNATURE):
        raise ValueError("the key must be an Ed25519 key of kind 1 or 4")
    found = Verifier(parts[0], blob[0], blob[1:])
    if found.id.hex() != parts[1]:
        raise ValueError("the key's id is not its own")
    return found


def verifier_of(name: str, key: Ed25519PrivateKey, kind: int = ED25519) -> Verifier:
    """The public side of a private key."""
    return Verifier(name, kind, key.public_key().public_bytes_raw())


def sign(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey) -> str:
    """The log's own signature line."""
    own = verifier_of(name, key)
    return f"— {name} {b64encode(own.id + key.sign(checkpoint.text.encode())).decode()}"


def cosign(checkpoint: Checkpoint, name: str, key: Ed25519PrivateKey, at: int) -> str:
    """A witness's line: it saw this checkpoint, consistent with all before, at `at` (Unix s)."""
    own = verifier_of(name, key, COSIGNATURE)
    blob = own.id + at.to_bytes(8, "big") + key.sign(_timed(checkpoint, at))
    return f"— {name} {b64encode(blob).decode()}"


def read(text: str) -> Note:
    """A note taken apart; raises ValueError for what is not one."""
    if len(text.encode()) > NOTE_MAX_BYTES:
        raise ValueError("the note is too long")
    body, found, below = text.partition("\n\n")
    lines = body.split("\n")
    if not found or len(lines) < 3 or not below.endswith("\n"):
        raise ValueError("a checkpoint has three lines, an empty one, and signatures")
    if len(lines) > 3:
        raise ValueError("this log's checkpoints have no extension lines")
    if _NAME.fullmatch(lines[0]) is None or _SIZE.fullmatch(lines[1]) is None:
        raise ValueError("the origin or the size is malformed")
    root = b64decode(lines[2], validate=True)
    if len(root) != 32 or b64encode(root).decode() != lines[2]:
        raise ValueError("the root must be 32 bytes in base64")
    signatures = below[:-1].split("\n")
    if len(signatures) > SIGNATURES_MAX or not all(map(_well_formed, signatures)):
        raise ValueError("a signature line is malformed")
    return Note(Checkpoint(lines[0], int(lines[1]), root), tuple(signatures))


def _well_formed(line: str) -> bool:
    match = _LINE.fullmatch(line)
    try:
        return match is not None and len(b64decode(match["blob"], validate=True)) > ID_BYTES
    except ValueError:
        return False


def signed_by(note: Note, key: Verifier) -> int | None:
    """When this key signed the note: Unix seconds of a witness, 0 of the log; None = it has not."""
    for line in note.lines:
        match = _LINE.fullmatch(line)
        if match is None or match["name"] != key.name:
            continue
        blob = b64decode(match["blob"])
        at = _verified(note.checkpoint, key, blob) if blob[:4] == key.id else None
        if at is not None:
            return at
    return None


def _verified(checkpoint: Checkpoint, key: Verifier, blob: bytes) -> int | None:
    at, text, signature = 0, checkpoint.text.encode(), blob[4:]
    if key.kind == COSIGNATURE:
        at = int.from_bytes(blob[4:12], "big")
        text, signature = _timed(checkpoint, at), blob[12:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text)
    except InvalidSignature:
        return None
    return at


def _timed(checkpoint: Checkpoint, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{checkpoint.text}".encode()
