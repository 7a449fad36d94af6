"""Where a webhook may go: no private address, whatever name it hides behind.

The name is resolved once, every address it has is checked, and the call goes to the address that
was checked: a name that answers differently the second time (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from sycee.kit.errors import Invalid

LONGEST_URL = 500
_NAT64 = IPv6Network("64:ff9b::/96")
_INSIDE = tuple(ip_network(each) for each in ("192.0.0.0/24", "168.63.129.16/32", "fec0::/10"))
"""What looks public and is answered by the cloud or the site that asks: RFC 6890's assignments for
protocols (Oracle's metadata), the host of an Azure machine, site-local IPv6 (RFC 3879)."""

_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".localdomain", ".home.arpa")


class Forbidden(Exception):
    """The name leads to an address that webhooks may not reach, or nowhere."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address for a URL: connect to `ip`, speak to `host`."""

    ip: str
    host: str
    port: int
    secure: bool
    path: str

    @property
    def url(self) -> str:
        ip = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{'https' if self.secure else 'http'}://{ip}:{self.port}{self.path}"

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.secure else 80
        return host if self.port == usual else f"{host}:{self.port}"


def check_url(url: str, *, allow_private: bool) -> str:
    """`url` itself, or `Invalid`: https with a public name, without user or fragment.

    With `allow_private` (demo and tests) http and private addresses are fine too.
    """
    parts = _split(url)
    schemes = ("https", "http") if allow_private else ("https",)
    if parts.scheme not in schemes:
        raise Invalid(field="url", rule=f"must begin with {' or '.join(schemes)}://")
    if parts.username is not None:  # empty before a password alone
        raise Invalid(field="url", rule="must not carry a user or a password")
    if parts.fragment:
        raise Invalid(field="url", rule="must not have a fragment")
    host = (parts.hostname or "").rstrip(".")
    if not allow_private:
        literal = _literal(host)
        named = host.endswith(_LOCAL_NAMES) or "." not in host
        if (literal is None and named) or (literal is not None and not is_public(literal)):
            raise Invalid(field="url", rule="must lead to a public address")
    return url


def resolve(url: str, *, allow_private: bool) -> Target:
    """The checked address to call; raises `Forbidden` (also when the name does not resolve)."""
    parts = _split(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Forbidden("name-not-found") from None
    ip = choose([str(entry[4][0]) for entry in found], allow_private=allow_private)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(ip, host, port, secure, path)


def choose(found: Sequence[str], *, allow_private: bool) -> str:
    """The address to call of those that a name has; raises `Forbidden`.

    One private address among several is enough to refuse: which one gets called would be chance.
    """
    addresses = [ip_address(one.partition("%")[0]) for one in found]
    if not allow_private and not all(map(is_public, addresses)):
        raise Forbidden("address-not-public")
    # IPv4 first: every receiver still has it.
    return str(min(addresses, key=lambda one: one.version))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the public internet, its embedded IPv4 address included."""
    inner: IPv4Address | None = None
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            inner = address.teredo[1]
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return is_public(inner)
    inside = any(address in network for network in _INSIDE)
    special = address.is_multicast or address.is_reserved or inside
    return address.is_global and not special


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST_URL or not url.isascii() or any(char <= " " for char in url):
        raise Invalid(field="url", rule=f"must have at most {LONGEST_URL} plain ASCII characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid(field="url", rule="must be a URL") from None
    if not parts.hostname or port == 0:
        raise Invalid(field="url", rule="must name a host")
    return parts


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is written as; also `127.1` or `0x7f000001`, which resolvers take."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
