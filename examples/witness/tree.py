"""What a witness must know of trees and notes: RFC 9162 §2.1.4.2 and C2SP signed-note, no more.

Nothing here is shared with the log's own code, on purpose: a witness that runs the log's code
repeats the log's mistakes.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)


def grew(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with the tree of `old` leaves that was seen."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof
    if old > new or not proof:
        return False
    if old & (old - 1) == 0:
        proof = [old_root, *proof]
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = _node(c, fr), _node(c, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = _node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes that name a key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def parse_key(text: str) -> tuple[str, bytes]:
    """Name and public key of a log's `name+id+base64`; raises ValueError."""
    name, id_, key = text.strip().split("+", 2)
    blob = b64decode(key, validate=True)
    if len(blob) != 33 or blob[0] != 1 or key_id(name, 1, blob[1:]).hex() != id_:
        raise ValueError("this is not the key of a log")
    return name, blob[1:]


def parse_checkpoint(note: str) -> tuple[str, int, bytes, str]:
    """Origin, size, root and the signed text of a note; raises ValueError."""
    body, found, _ = note.partition("\n\n")
    origin, size, root = body.split("\n")
    if not found or not size.isdigit() or str(int(size)) != size:
        raise ValueError("this is not a checkpoint")
    return origin, int(size), b64decode(root, validate=True), f"{body}\n"


def signed(note: str, text: str, name: str, public: bytes) -> bool:
    """Whether the log's key has signed the text."""
    for line in note.partition("\n\n")[2].splitlines():
        if not line.startswith(f"— {name} "):
            continue
        try:
            blob = b64decode(line.rpartition(" ")[2], validate=True)
            if blob[:4] != key_id(name, 1, public):
                continue
            Ed25519PublicKey.from_public_bytes(public).verify(blob[4:], text.encode())
        except (ValueError, InvalidSignature):
            continue
        return True
    return False


def cosign(text: str, name: str, key: Ed25519PrivateKey, now: int) -> str:
    """The witness's own line under a checkpoint: cosignature/v1, with the time in it."""
    public = key.public_key().public_bytes_raw()
    signature = key.sign(f"cosignature/v1\ntime {now}\n{text}".encode())
    blob = key_id(name, 4, public) + now.to_bytes(8, "big") + signature
    return f"— {name} {b64encode(blob).decode()}\n"
