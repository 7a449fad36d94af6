"""Calls over TLS go to the checked address, but believe only the name's own certificate."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from sycee.core.journal.webhooks.call import Caller

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for a name, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


def answer_once(listener: socket.socket, path: Path, asked: list[str]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    try:
        with context.wrap_socket(listener.accept()[0], server_side=True) as far:
            request = b""
            while part := far.recv(65_536):
                request += part
                if request.endswith(b"\r\n\r\n{}"):
                    far.sendall(ANSWER)
                    return
    except OSError:
        return


@pytest.mark.parametrize(("name", "believed"), [("localhost", True), ("other.example", False)])
def test_the_certificate_must_be_the_one_of_the_name(
    tmp_path: Path, name: str, believed: bool
) -> None:
    path, asked = certificate(tmp_path, name), []
    trust = ssl.create_default_context(cafile=str(path))
    caller = Caller(allow_private=True, timeout_seconds=5, trust=trust)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        port = listener.getsockname()[1]
        thread = threading.Thread(target=answer_once, args=(listener, path, asked))
        thread.start()
        outcome = caller.post(f"https://localhost:{port}/", {}, b"{}")
        thread.join()
    caller.close()
    assert outcome.ok is believed
    assert asked == ["localhost"]
    assert outcome.error == (None if believed else "ConnectError")


def test_a_receiver_that_never_finishes_its_handshake_is_cut_off() -> None:
    caller = Caller(allow_private=True, timeout_seconds=0.5)
    done = threading.Event()

    def drip(listener: socket.socket) -> None:
        with listener.accept()[0] as far:
            for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 200:
                try:
                    far.sendall(bytes([byte]))
                except OSError:
                    return
                if done.wait(0.1):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        started = time.monotonic()
        outcome = caller.post(f"https://localhost:{listener.getsockname()[1]}/", {}, b"{}")
        passed = time.monotonic() - started
        done.set()
        thread.join()
    caller.close()
    assert outcome.error == "timeout"
    assert passed < 10, "it drips for twenty"
