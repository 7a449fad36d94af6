"""The vault as the settings describe it: where its keys are, and the master key that opens them."""

from __future__ import annotations

from sycee.core.parties.keyring import Keyring, Master
from sycee.runtime.db import Database
from sycee.runtime.settings import Settings


def master(settings: Settings) -> Master:
    """The vault's master key: the one given, else the file's, which is made at need."""
    if settings.master_key is not None:
        return Master.parse(settings.master_key.get_secret_value())
    settings.master_key_path.parent.mkdir(parents=True, exist_ok=True)
    return Master.read(settings.master_key_path)


def open_vault(settings: Settings) -> Keyring | None:
    """The vault's keys, or None where no `SYCEE_KEYS_URL` says where they are."""
    if settings.keys_url is None:
        return None
    url = settings.keys_url.get_secret_value()
    return Keyring(Database(url, size=settings.keys_pool_size), master(settings))
