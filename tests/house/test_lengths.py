"""What is typed in the web apps may be as long as `/v1` takes it: neither cut short nor refused."""

from __future__ import annotations

import json
import re

import pytest

TYPED = {
    "memo": ["GiftBody.memo", "RequestBody.memo"],
    "title": ["TradeBody.title", "LineBody.title", "MilestoneBody.title"],
    "key": ["sycee.core.parties.api.KeyBody.name"],
    "name": ["DetailsBody.name"],
    "email": ["DetailsBody.email"],
    "address": ["DetailsBody.address"],
}
TYPED["memo"] += [
    "sycee.products.wallet.people.payments.desk.PaymentBody.memo",
    "sycee.products.wallet.people.splits.desk.SplitBody.memo",
]


@pytest.fixture(scope="module")
def most(root) -> dict[str, int]:
    text = (root / "web" / "shared" / "most.ts").read_text()
    return {name: int(number) for name, number in re.findall(r"^  (\w+): (\d+),$", text, re.M)}


@pytest.mark.parametrize("name", TYPED)
def test_a_text_is_as_long_as_the_api_takes_it(root, most, name):
    schemas = json.loads((root / "openapi.json").read_text())["components"]["schemas"]
    for each in TYPED[name]:
        body, _, member = each.rpartition(".")
        assert f'"maxLength": {most[name]}' in json.dumps(schemas[body]["properties"][member]), each


def test_no_screen_counts_a_memo_of_its_own(root):
    fields = [
        field
        for path in (root / "web").glob("[!n]*/**/*.svelte")
        for field in re.findall(r"<Field[^>]*bind:value=\{memo\}[^>]*>", path.read_text())
    ]
    assert len(fields) >= 4
    assert [field for field in fields if "maxlength={MOST.memo}" not in field] == []
