"""Where the door leaves the keys when it starts: accounts' secrets are made from one of them."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.keyring import Keyring
from sycee.kit.errors import Kind, Refusal
from sycee.oversight.transparency.liabilities.actions import secret_of

KEY = "liabilities"


class LiabilitiesKeyAbsent(Refusal):
    """This server cannot make the secrets of accounts.

    It was started without the vault's keys.
    """

    code = "liabilities-key-absent"
    kind = Kind.CONFLICT


class _Desk:
    keyring: Keyring | None = None


def use(keyring: Keyring | None) -> None:
    """Let this process make secrets with these keys."""
    _Desk.keyring = keyring


def secret(account: UUID) -> bytes:
    """An account's secret; raises `LiabilitiesKeyAbsent`."""
    if _Desk.keyring is None:
        raise LiabilitiesKeyAbsent
    return secret_of(_Desk.keyring.house_key(KEY), account)
