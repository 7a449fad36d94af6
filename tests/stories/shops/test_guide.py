"""The guides for shops are programs, and they work."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest
from tests.stories.http.server import Person
from tests.stories.shops.conftest import Market

GUIDES = Path(__file__).resolve().parents[3] / "docs" / "guides"


def run(page: str, blocks: int) -> None:
    """Carry a page out."""
    text = (GUIDES / page).read_text()
    found = re.findall(r"^```python[^\n]*\n(.*?)^```", text, re.M | re.S)
    assert len(found) == blocks
    names: dict[str, object] = {}
    for block in found:
        exec(compile(block, page, "exec"), names)  # noqa: S102 - our own page, as printed
    client = names["shop"]
    assert isinstance(client, httpx2.Client)
    client.close()


@pytest.fixture
def shop(market: Market, monkeypatch: pytest.MonkeyPatch) -> Person:
    shop = market.shop()
    monkeypatch.setenv("SYCEE_GUIDE_URL", market.address)
    monkeypatch.setenv("SYCEE_GUIDE_KEY", shop.secret)
    return shop


def test_the_guide_to_the_till_runs_as_it_is_printed(
    market: Market, shop: Person, monkeypatch: pytest.MonkeyPatch
):
    ann = market.resident("ann", minor=10_000)
    made = market.send("POST /v1/pay-codes", ann, {"ceiling_minor": 5_000, "currency": "CNY"})
    monkeypatch.setenv("SYCEE_GUIDE_CODE", made.json()["code"])
    run("till.md", 5)
    assert (market.balance(ann), market.purse(shop)) == (10_000 - 1_800, 1_800)


def test_the_guide_to_codes_and_links_runs_as_it_is_printed(
    market: Market, shop: Person, monkeypatch: pytest.MonkeyPatch
):
    ann = market.resident("ann", minor=10_000)
    monkeypatch.setenv("SYCEE_GUIDE_PAYER_KEY", ann.secret)
    run("shop-links.md", 4)
    assert (market.balance(ann), market.purse(shop)) == (10_000 - 3_400, 3_400)
