"""The outlet seals under the master key, wherever the installation keeps it."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from sycee.core.journal.webhooks import outlet
from sycee.runtime.settings import SettingsError, load

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def test_a_key_from_the_environment_opens_what_the_same_key_in_a_file_sealed(
    tmp_path: Path,
) -> None:
    (tmp_path / "master.key").write_text(KEY + "\n")
    by_file = outlet.made(load(home=tmp_path)).sealer
    by_setting = outlet.made(load(home=tmp_path / "none", master_key=SecretStr(KEY))).sealer
    endpoint = UUID(int=7)
    assert by_setting.open(endpoint, by_file.seal(endpoint, b"whsec")) == b"whsec"


@pytest.mark.parametrize(
    ("demo", "said", "allowed"),
    [(False, None, False), (True, None, True), (True, False, False), (False, True, True)],
)
def test_private_addresses_are_called_in_the_demo_unless_something_else_is_said(
    demo: bool, said: bool | None, allowed: bool
) -> None:
    given = {"demo": demo, "webhooks_allow_private": said, "call_timeout_seconds": 3}
    made = outlet.made(load(master_key=SecretStr(KEY), **given)).caller
    assert (made.allow_private, made.timeout_seconds) == (allowed, 3)


def test_without_a_master_key_there_is_no_outlet(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="master key"):
        outlet.made(load(home=tmp_path))
