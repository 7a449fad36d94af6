"""Accounts' secrets are made from one of the vault's keys."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties import vault
from sycee.core.parties.vault import VaultAbsent
from sycee.kit.errors import Kind, Refusal
from sycee.oversight.transparency.liabilities.actions import secret_of

KEY = "liabilities"


class LiabilitiesKeyAbsent(Refusal):
    """This server cannot make the secrets of accounts.

    It was started without the vault's keys.
    """

    code = "liabilities-key-absent"
    kind = Kind.CONFLICT


def secret(account: UUID) -> bytes:
    """An account's secret; raises `LiabilitiesKeyAbsent`."""
    try:
        return secret_of(vault.keys().house_key(KEY), account)
    except VaultAbsent:
        raise LiabilitiesKeyAbsent from None
