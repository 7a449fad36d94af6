"""The page that checks proofs, saved as one file and opened without a network."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import Open, Town, ask
from tests.browser.test_computed_here import node

from sycee.doors.checkout.texts import amount
from sycee.doors.cli.app import main
from sycee.oversight.transparency.model import merkle


@pytest.fixture
def page(town: Town, opened: Open, tmp_path: Path, capsysbinary) -> Page:
    """The page as the command prints it, from a folder; it must be the one that is served."""
    assert main(["log", "page"]) == 0
    saved = tmp_path / "verify.html"
    saved.write_bytes(capsysbinary.readouterr().out)
    assert saved.read_bytes() == ask("GET", f"{town.address}/log/verify").content
    page = opened(width=1280).page
    page.goto(saved.as_uri())
    return page


def given(page: Page, found: Any) -> str:
    """What the page says of a text that is pasted."""
    page.locator("#text").fill(found if isinstance(found, str) else json.dumps(found))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#rows li").first).to_be_visible()
    return page.get_by_role("status").inner_text()


def settled(town: Town, request: str) -> dict[str, Any]:
    """A page of rows, once the last one is sealed."""
    return town.until(
        "ada",
        request,
        lambda found: found["items"] and all(row["index"] is not None for row in found["items"]),
    )


def test_rows_and_a_list_of_readings_are_checked_and_a_changed_one_is_named(
    town: Town, page: Page
) -> None:
    town.call("ada", "POST /v1/me/export")
    town.call("ada", "POST /v1/me/export")
    rows = settled(town, "GET /v1/log/entries?limit=20")
    assert "agrees with itself" in given(page, rows)
    page.locator("#key").fill(rows["key"])
    assert given(page, rows) == "Sound."
    changed = json.loads(json.dumps(rows))
    changed["items"][3]["canonical"] = changed["items"][3]["canonical"].replace(":", ": ", 1)
    assert given(page, changed) == "One thing is wrong."
    expect(page.locator("li.bad")).to_contain_text(changed["items"][3]["id"])
    forged = json.loads(json.dumps(rows))
    forged["checkpoint"] = forged["checkpoint"].replace("\n", "\n1", 1)
    assert given(page, forged) == "One thing is wrong."
    expect(page.locator("li.bad")).to_contain_text("has not signed")

    newest = {**rows["items"][-1], "index": None}  # sealed in a moment: nothing is proved of it
    assert given(page, {**rows, "items": [newest]}).startswith("One row is not sealed yet")
    for nothing in ([], "   "):
        assert given(page, nothing) == "One thing is wrong."

    whole = settled(town, "GET /v1/me/readings?limit=100")
    assert given(page, whole) == "Sound."
    expect(page.locator("li.good").last).to_contain_text("The list is whole")
    assert len(whole["items"]) >= 2
    first, *others = whole["items"]
    for lie in (
        {"who": {**first["who"], "role": "shop"}},
        {"who": {**first["who"], "id": None}},
        {"at": "2026-11-01T00:00:00Z"},
        {"fields": ["name"]},
        {"case": "cas_5"},
        {"id": others[0]["id"]},
    ):
        assert given(page, {**whole, "items": [{**first, **lie}, *others]}).startswith("One"), lie
    short = {**whole, "items": whole["items"][1:]}
    assert given(page, short) == "One thing is wrong."
    expect(page.locator("li.bad")).to_contain_text("not the one that was signed for")


def test_a_balance_is_in_the_total_and_another_is_not(town: Town, page: Page) -> None:
    proofs = town.until("ada", "GET /v1/liabilities/proofs", bool)  # once the day's total is there
    assert given(page, proofs) == "Sound."
    balance, currency = proofs[0]["balance_minor"], proofs[0]["total"]["currency"]
    expect(page.locator("li.good").first).to_contain_text(amount(balance, currency, "en"))
    expect(page.locator("li.plain").first).to_contain_text(proofs[0]["total"]["root"])
    more = json.loads(json.dumps(proofs))
    more[0]["balance_minor"] += 1
    more[0]["parts"][0]["balance_minor"] += 1
    assert "wrong" in given(page, more)
    less = json.loads(json.dumps(proofs))
    less[0]["total"]["sum_minor"] -= 100
    assert "wrong" in given(page, less)


def test_single_proofs_and_a_checkpoint_in_three_languages(town: Town, page: Page) -> None:
    note = ask("GET", f"{town.address}/log/checkpoint").text
    log = town.call("ada", "GET /v1/log")
    assert given(page, note) == "One thing is wrong."
    expect(page.locator("li.bad")).to_contain_text("Give the log’s key")
    page.locator("#key").fill(log["key"])
    assert given(page, note) == "Sound."
    page.locator("#language").select_option("zh")
    expect(page.get_by_role("heading")).to_have_text("验证证明")
    page.locator("#language").select_option("de")
    expect(page.get_by_role("heading")).to_have_text("Einen Beweis prüfen")
    proof = ask("GET", f"{town.address}/v1/log/consistency", params={"from_size": 1}).json()
    case = {
        "kind": "consistency", "size1": 1, "size2": proof["size"], "proof": proof["proof"],
        "root1": proof["from_root"], "root2": proof["root"],
    }  # fmt: skip
    page.locator("#text").fill(json.dumps(case))
    page.get_by_role("button", name="Prüfen", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("In Ordnung")


def test_growth_is_judged_in_the_browser_as_in_the_house() -> None:
    """Every pair of sizes up to 17, each with its own proof, and with one of another pair."""
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(17)]

    def text(value: bytes) -> str:
        return b64encode(value).decode()

    cases = []
    for old in range(1, 18):
        for new in range(old, 18):
            proof = [text(each) for each in merkle.consistency_proof(leaves[:new], old)]
            roots = text(merkle.root(leaves[:old])), text(merkle.root(leaves[:new]))
            cases.append([old, new, *roots, proof])
            cases.append([old, new, roots[1], roots[0], proof])
            cases.append([old, new, *roots, proof[1:]])
    script = """
        import { bytes, consistent } from './shared/proof.ts'
        const found = []
        for (const [old, size, one, two, proof] of given)
          found.push(await consistent(old, size, bytes(one), bytes(two), proof))
        console.log(JSON.stringify(found))
    """
    expected = [
        merkle.consistent(
            old, new, b64decode(one), b64decode(two), [b64decode(each) for each in proof]
        )
        for old, new, one, two, proof in cases
    ]
    assert node(script, cases) == expected
    assert expected.count(True) >= 153
