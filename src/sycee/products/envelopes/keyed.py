"""What is kept under a key of the house: spoken passwords, short codes, proofs of a gesture.

The key is in the keys' cluster, beside those of the vault and wrapped like them, so that whoever
holds this database alone can guess no password. It is asked for once and remembered.
"""

from __future__ import annotations

import secrets

from sycee.core.parties import vault
from sycee.core.parties.vault import VaultAbsent

NAME = "envelopes"
_PROCESS = secrets.token_bytes(32)


def key() -> bytes:
    """The house's key for envelopes; raises `VaultAbsent`."""
    return vault.keys().house_key(NAME)


def gesture_key() -> bytes:
    """The key of challenges: without a vault one of this process, as they live for minutes."""
    try:
        return key()
    except VaultAbsent:
        return _PROCESS
