"""Showing a checkpoint to a witness (C2SP tlog-witness, `POST <url>/add-checkpoint`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

TIMEOUT_SECONDS = 10
ANSWER_MAX_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Seen:
    """What the witness answered: its lines, or the size it remembers, or neither."""

    status: int
    lines: tuple[str, ...] = ()
    size: int | None = None


def show(url: str, old: int, proof: Sequence[bytes], note: str) -> Seen:
    """Hand a witness a checkpoint with the proof that it grew from `old`.

    Raises `httpx2.HTTPError` when there is no answer, ValueError when it makes no sense.
    """
    rows = [f"old {old}", *(b64encode(each).decode() for each in proof), "", note]
    with (
        httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
        client.stream("POST", f"{url}/add-checkpoint", content="\n".join(rows).encode()) as answer,
    ):
        body = b""
        for part in answer.iter_bytes():
            body += part
            if len(body) > ANSWER_MAX_BYTES:
                raise ValueError("the witness's answer is too long")
    text = body.decode()
    if answer.status_code == 200:
        return Seen(200, tuple(line for line in text.split("\n") if line))
    if answer.status_code == 409:
        digits = text.strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise ValueError("the witness names no size")
        return Seen(409, size=int(digits))
    return Seen(answer.status_code)
