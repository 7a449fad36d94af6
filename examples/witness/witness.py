"""A witness: it cosigns a log's checkpoint only if the log has grown from what it saw before.

    python witness.py FOLDER NAME PORT LOG_KEY

Needs Python 3.11 and the package `cryptography`. FOLDER keeps its key and the last checkpoint it
has seen; it prints its own key, then answers `POST /add-checkpoint` (C2SP tlog-witness).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import tree
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BODY_MAX_BYTES = 65_536


class Witness:
    """One log's witness: what it saw last, and its word on what it is shown."""

    def __init__(self, folder: Path, name: str, log_key: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.name = name
        self.log, self.log_public = tree.parse_key(log_key)
        self.last = folder / "last"
        self.key = self._key(folder / "key")
        self.lock = threading.Lock()

    @staticmethod
    def _key(path: Path) -> Ed25519PrivateKey:
        if not path.exists():
            made = Ed25519PrivateKey.generate().private_bytes_raw()
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(made)
        return Ed25519PrivateKey.from_private_bytes(path.read_bytes())

    @property
    def public(self) -> str:
        """Its own key, for whoever runs the log and whoever relies on the witness."""
        raw = self.key.public_key().public_bytes_raw()
        id_ = tree.key_id(self.name, 4, raw).hex()
        return f"{self.name}+{id_}+{b64encode(bytes([4]) + raw).decode()}"

    def answer(self, body: str) -> tuple[int, str]:
        """Status and text for a request: 200 with a cosignature, or why not."""
        head, _, note = body.partition("\n\n")
        try:
            first, *rest = head.split("\n")
            old = int(first.removeprefix("old "))
            proof = [b64decode(each, validate=True) for each in rest]
            origin, size, root, text = tree.parse_checkpoint(note)
        except ValueError:
            return 400, "this is not a request to cosign\n"
        if origin != self.log:
            return 404, "this witness does not know that log\n"
        if not tree.signed(note, text, self.log, self.log_public):
            return 403, "the log's key has not signed this\n"
        with self.lock:
            return self._decide(old, size, root, proof, text)

    def _decide(
        self, old: int, size: int, root: bytes, proof: list[bytes], text: str
    ) -> tuple[int, str]:
        seen, seen_root = 0, b""
        if self.last.exists():
            number, _, rest = self.last.read_text("ascii").partition(" ")
            seen, seen_root = int(number), b64decode(rest)
        if old > size:
            return 400, "this checkpoint is older than what it is said to have grown from\n"
        if old != seen or (size == seen and root != seen_root):
            return 409, f"{seen}\n"
        if not tree.grew(seen, size, seen_root, root, proof):
            return 422, "the log has not grown from what this witness saw\n"
        # First remember, durably, then sign: a witness that forgets can be shown two pasts.
        with open(self.last.with_suffix(".part"), "w", encoding="ascii") as part:
            part.write(f"{size} {b64encode(root).decode()}")
            part.flush()
            os.fsync(part.fileno())
        os.replace(self.last.with_suffix(".part"), self.last)
        return 200, tree.cosign(text, self.name, self.key, int(time.time()))


def handler(witness: Witness) -> type[BaseHTTPRequestHandler]:
    """Its HTTP side."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            fits = length.isdecimal() and len(length) < 6 and 0 < int(length) <= BODY_MAX_BYTES
            if self.path != "/add-checkpoint" or not fits:
                self.send_error(404)
                return
            status, text = witness.answer(self.rfile.read(int(length)).decode("utf-8", "replace"))
            body = text.encode()
            self.send_response(status)
            kind = "text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8"
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the folder is the record."""

    return Handler


def main() -> None:
    """Run until interrupted."""
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    folder, name, port, log_key = sys.argv[1:]
    witness = Witness(Path(folder), name, log_key)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), handler(witness))
    print(witness.public, flush=True)
    print(f"answers at http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
