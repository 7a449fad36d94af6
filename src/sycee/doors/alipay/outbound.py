"""A call to an address that a shop gave: http or https, to a public machine, bounded in every way.

Where it may go is what webhooks say too, but plain http is the protocol's custom. No redirect is
followed; no more than a kilobyte is read; the whole takes a few seconds.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from sycee.core.journal.webhooks.address import LONGEST_URL, Forbidden, Target, resolve

ANSWER_BYTES = 1_024


class AddressRefused(Exception):
    """The address may not be called; the message says why and names no address."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: the status and the first kilobyte."""

    status: int
    body: bytes


def check_address(url: str) -> SplitResult:
    """The parts of an address that may be stored; raises `AddressRefused`. Nothing is resolved."""
    if len(url) > LONGEST_URL or any(ord(char) <= 32 or ord(char) > 126 for char in url):
        raise AddressRefused("not an address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("not an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise AddressRefused("not an http address")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("an address with a password")
    return parts


def post_form(url: str, body: bytes, media: str, *, private: bool, seconds: float) -> Heard:
    """POST a form; raises `AddressRefused`, or OSError and HTTPException for what went wrong."""
    check_address(url)
    try:
        target = resolve(url, allow_private=private)
    except Forbidden as refusal:
        raise AddressRefused(str(refusal)) from None
    sock = socket.create_connection((target.ip, target.port), timeout=seconds)
    # A machine that answers drop by drop never lets one read time out; this ends the whole call.
    line = [sock]
    alarm = threading.Timer(seconds, _hang_up, (line,))
    alarm.start()
    try:
        if target.secure:
            context = ssl.create_default_context()
            line[0] = context.wrap_socket(sock, server_hostname=target.host)
        return _exchange(line[0], target, body, media)
    finally:
        alarm.cancel()
        line[0].close()


def _exchange(sock: socket.socket, target: Target, body: bytes, media: str) -> Heard:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = sock
    headers = {"Host": target.authority, "Content-Type": media, "User-Agent": "Sycee"}
    connection.request("POST", target.path, body, headers)
    answer = connection.getresponse()
    return Heard(answer.status, answer.read(ANSWER_BYTES))


def _hang_up(line: list[socket.socket]) -> None:
    try:
        line[0].shutdown(socket.SHUT_RDWR)
    except OSError:
        return
