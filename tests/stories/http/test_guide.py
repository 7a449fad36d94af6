"""The guide to `/v1` is one program, and it works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.stories.http.server import House

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "v1.md"


def test_the_guide_to_v1_runs_as_it_is_printed(house: House, monkeypatch: pytest.MonkeyPatch):
    ann, bob = house.person("Ann", minor=100_000), house.person("Bob")
    monkeypatch.setenv("SYCEE_GUIDE_URL", house.address)
    monkeypatch.setenv("SYCEE_GUIDE_KEY", ann.secret)
    monkeypatch.setenv("SYCEE_GUIDE_PAYEE", bob.id)
    blocks = re.findall(r"^```python[^\n]*\n(.*?)^```", GUIDE.read_text(), re.M | re.S)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), names)  # noqa: S102 - our own page, as printed
    assert len(blocks) == 4
    assert house.balance(bob) == 1_250
    client = names["client"]
    assert hasattr(client, "close")
    client.close()  # pyright: ignore[reportAttributeAccessIssue]
