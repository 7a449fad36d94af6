"""Who signs for this house's log: the key is the house's own, kept with the vault's."""

from __future__ import annotations

from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sycee.core.parties.identity import site
from sycee.core.parties.keyring import Keyring
from sycee.oversight.transparency.actions.seal import Signer


def signer(keyring: Keyring) -> Signer:
    """The signer of a log that begins here; one that has begun keeps its name."""
    key = Ed25519PrivateKey.from_private_bytes(keyring.house_key("log"))
    return Signer(f"{urlsplit(site.here().origin).netloc}/log", key)
