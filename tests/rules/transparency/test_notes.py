"""Checkpoints as signed notes: what is signed verifies, and nothing else does."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.oversight.transparency.model import notes
from sycee.oversight.transparency.model.notes import Checkpoint, Note

KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log").digest())
OTHER = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"other").digest())
STATED = Checkpoint("house.example/log", 7, bytes(range(32)))
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def note(*lines: str) -> str:
    return Note(STATED, lines).text


def own() -> str:
    return notes.sign(STATED, STATED.origin, KEY)


def test_a_checkpoint_is_three_lines_and_its_signatures() -> None:
    root = b64encode(bytes(range(32))).decode()
    assert STATED.text == f"house.example/log\n7\n{root}\n"
    assert note(own()) == f"{STATED.text}\n{own()}\n"
    assert notes.read(note(own())).checkpoint == STATED


def test_the_key_of_the_published_example_has_the_published_id() -> None:
    # golang.org/x/mod/sumdb/note, whose scheme C2SP signed-note describes.
    read = notes.verifier(PETER)
    assert (read.name, read.kind, read.id.hex()) == ("PeterNeumann", 1, "c74f20a3")
    assert read.text == PETER


def test_a_note_is_verified_by_its_own_key_and_no_other() -> None:
    read = notes.read(note(own()))
    assert notes.signed_by(read, notes.verifier_of(STATED.origin, KEY)) == 0
    assert notes.signed_by(read, notes.verifier_of(STATED.origin, OTHER)) is None
    assert notes.signed_by(read, notes.verifier_of("another.example", KEY)) is None


def test_a_witness_signs_the_time_with_the_text() -> None:
    line = notes.cosign(STATED, "teahouse.example", OTHER, 1_800_000_000)
    read = notes.read(note(own(), line))
    key = notes.verifier_of("teahouse.example", OTHER, notes.COSIGNATURE)
    assert notes.signed_by(read, key) == 1_800_000_000
    assert notes.signed_by(read, notes.verifier_of("teahouse.example", OTHER)) is None


def test_what_the_log_and_a_witness_sign_is_spelled_as_the_standards_spell_it() -> None:
    told = notes.sign(STATED, STATED.origin, KEY).removeprefix(f"— {STATED.origin} ")
    line = notes.cosign(STATED, "teahouse.example", OTHER, 1_800_000_000)
    seen = b64decode(line.removeprefix("— teahouse.example "))
    KEY.public_key().verify(b64decode(told)[4:], STATED.text.encode())
    timed = f"cosignature/v1\ntime 1800000000\n{STATED.text}".encode()
    OTHER.public_key().verify(seen[12:], timed)
    kind = bytes([4]) + OTHER.public_key().public_bytes_raw()
    assert seen[:4] == hashlib.sha256(b"teahouse.example\n" + kind).digest()[:4]
    assert seen[4:12] == (1_800_000_000).to_bytes(8, "big")


def test_a_line_of_a_kind_that_is_not_known_is_passed_over() -> None:
    # C2SP tlog-cosignature: an ML-DSA-44 signature has 2,420 bytes, beside the id and the time.
    other = f"— teahouse.example {b64encode(bytes(4 + 8 + 2_420)).decode()}"
    line = notes.cosign(STATED, "teahouse.example", OTHER, 1_800_000_000)
    key = notes.verifier_of("teahouse.example", OTHER, notes.COSIGNATURE)
    assert notes.signed_by(notes.read(note(own(), other, line)), key) == 1_800_000_000


@pytest.mark.parametrize("place", [0, 18, 20, 40])
def test_a_note_with_one_character_changed_does_not_verify(place: int) -> None:
    text = note(own())
    forged = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
    try:
        read = notes.read(forged)
    except ValueError:
        return
    assert notes.signed_by(read, notes.verifier_of(STATED.origin, KEY)) is None


ROOT = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        f"a\n1\n{ROOT}\n",
        f"a\n1\n{ROOT}\n\n",
        f"a\n01\n{ROOT}\n\n— a AAAAAAAAAAAA\n",
        f"a\n-1\n{ROOT}\n\n— a AAAAAAAAAAAA\n",
        f"a\n1\n{ROOT[:-4]}\n\n— a AAAAAAAAAAAA\n",
        f"a b\n1\n{ROOT}\n\n— a AAAAAAAAAAAA\n",
        "a\n1\n\n— a AAAAAAAAAAAA\n",
        f"a\n1\n{ROOT[:-2]}B=\n\n— a AAAAAAAAAAAA\n",  # the same root, spelled otherwise
        f"a\n1\n!{ROOT}\n\n— a AAAAAAAAAAAA\n",
        f"a\n1\n{ROOT}\n\n— a AAAAAAAAAAAA\n- a AAAAAAAAAAAA\n",
        f"a\n1\n{ROOT}\n\n" + f"— a {'A' * 400}\n" * 41,
        f"a\n1\n{ROOT}\nmore\n\n— a AAAAAAAAAAAA\n",
        f"a\n1\n{ROOT}\n\n- a AAAAAAAAAAAA\n",
        f"a\n1\n{ROOT}\n\n— a AAAAAAAAAAAA",
        f"a\n1\n{ROOT}\n\n— a AAAAAAAAA\n",
        f"a\n1\n{ROOT}\n\n" + "— a AAAAAAAAAAAA\n" * 65,
        "a" * 20_000,
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        notes.read(text)


def test_a_note_may_have_as_many_signatures_as_it_may_have() -> None:
    assert len(notes.read(f"a\n1\n{ROOT}\n\n" + "— a AAAAAAAAAAAA\n" * 64).lines) == 64


def key_of(name: str, blob: bytes) -> str:
    """A key as it would be handed out, with an id that is its own."""
    id_ = hashlib.sha256(f"{name}\n".encode() + blob).digest()[:4].hex()
    return f"{name}+{id_}+{b64encode(blob).decode()}"


def test_a_key_is_read_as_it_is_pasted() -> None:
    assert notes.verifier(f" {PETER}\n").text == PETER
    assert notes.verifier(key_of("a", b"\x04" + bytes(32))).kind == notes.COSIGNATURE


@pytest.mark.parametrize(
    "text",
    ["", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
     "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX", "a+00000000+AQ==",
     "a+00000000+é", PETER.replace("+AR", "+!AR"), key_of("a", b"\x02" + bytes(32)),
     key_of("a", b"\x01" + bytes(33)), key_of("a", b"\x01" + bytes(31)),
     key_of("a b", b"\x01" + bytes(32)), key_of("", b"\x01" + bytes(32))],
)  # fmt: skip
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        notes.verifier(text)
