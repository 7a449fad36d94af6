"""`./sycee qr`: payment codes at the terminal."""

from __future__ import annotations

import sys

import msgspec
from cyclopts import App

from sycee.products.wallet.qr.decode import Decoded
from sycee.products.wallet.qr.decode import decode as read

qr = App(name="qr", help="Read payment codes.")


@qr.command
def decode() -> int:
    """Read one JSON string a line from standard input; print one JSON object a line.

    A code that can be read gives `{"ok": true, "profile": …, "fields": …}`, any other
    `{"ok": false, "reason": …, "place": …}`, and so does a line that is no JSON string: there are
    as many answers as lines. Ends with 0 however many were refused.
    """
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(_answer(line)) + b"\n")
        sys.stdout.buffer.flush()  # who asks line by line is answered line by line
    return 0


def _answer(line: bytes) -> dict[str, object]:
    try:
        text = msgspec.json.decode(line, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {"ok": False, "reason": "not-a-json-string", "place": ""}
    found = read(text)
    if isinstance(found, Decoded):
        return {"ok": True, "profile": found.profile, "fields": found.fields}
    return {"ok": False, "reason": str(found.reason), "place": found.place}
