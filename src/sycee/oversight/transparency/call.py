"""Showing a checkpoint to a witness (C2SP tlog-witness, `POST <url>/add-checkpoint`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from sycee.core.journal.webhooks.call import Deadline

TIMEOUT_SECONDS = 10
"""For the whole call, however little of the answer comes at a time."""

ANSWER_MAX_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Seen:
    """What the witness answered: its lines, or the size it remembers, or neither."""

    status: int
    lines: tuple[str, ...] = ()
    size: int | None = None


def show(url: str, old: int, proof: Sequence[bytes], note: str) -> Seen:
    """Hand a witness a checkpoint with the proof that it grew from `old`.

    Raises `httpx2.HTTPError` when there is no answer in time, ValueError when it makes no sense or
    the address is none.
    """
    rows = [f"old {old}", *(b64encode(each).decode() for each in proof), "", note]
    try:
        status, body = _exchange(f"{url}/add-checkpoint", "\n".join(rows).encode())
    except httpx2.InvalidURL:
        raise ValueError("the witness's address is none") from None
    text = body.decode()
    if status == 200:
        return Seen(200, tuple(line for line in text.split("\n") if line))
    if status == 409:
        digits = text.strip()
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise ValueError("the witness names no size")
        return Seen(409, size=int(digits))
    return Seen(status)


def _exchange(url: str, content: bytes) -> tuple[int, bytes]:
    body = b""
    with (
        Deadline(TIMEOUT_SECONDS) as deadline,
        httpx2.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
        client.stream("POST", url, content=content, extensions={"trace": deadline.trace}) as answer,
    ):
        for part in answer.iter_bytes():
            body += part
            if len(body) > ANSWER_MAX_BYTES:
                raise ValueError("the witness's answer is too long")
    return answer.status_code, body
