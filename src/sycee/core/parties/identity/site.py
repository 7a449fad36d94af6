"""Where passkeys belong: the relying party's id and the one origin that may use them."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from sycee.runtime import settings as installation


@dataclass(frozen=True, slots=True)
class Site:
    """`origin` is scheme, host and port as a browser writes them; `rp_id` is the host."""

    rp_id: str
    origin: str
    name: str = "Sycee"


def of(address: str) -> Site:
    """The site at an address. An IP address cannot have passkeys: a loopback one is `localhost`."""
    parts = urlsplit(address)
    host = parts.hostname or "localhost"
    try:
        if ipaddress.ip_address(host).is_loopback:
            host = "localhost"
    except ValueError:
        pass  # a name, as it should be
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, standard) else f":{parts.port}"
    return Site(host, f"{parts.scheme}://{host}{port}")


@cache
def here() -> Site:
    """The site of this installation's settings (`SYCEE_PUBLIC_URL`, else host and port)."""
    return of(installation.load().address)
