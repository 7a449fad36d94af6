"""Who looked at my data: the list over HTTP, its proofs, and what a forger runs into."""

from __future__ import annotations

import copy
import json
import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Template
from tests.stories.http.server import House, vaulted

from sycee.core.ledger import doctor
from sycee.core.parties import vault
from sycee.core.parties.purposes import GROUNDS, Purpose
from sycee.doors.cli.app import main
from sycee.oversight.transparency import checks, reading, signing
from sycee.oversight.transparency.jobs import seal_all
from sycee.oversight.transparency.model import chain, notes, opening


@pytest.fixture(scope="module")
def house(main_template: Template, keys_template: Template) -> Iterator[House]:
    """A house with its vault, and a log that the vault's key signs."""
    with vaulted(main_template, keys_template) as house:
        yield house


@pytest.fixture(scope="module")
def pages(house: House) -> list[dict[str, Any]]:
    """A list of five readings, sealed, in pages of two; the first row that one sees is the last."""
    ada, operator = house.person("Ada"), house.operator()
    keys = vault.keys()
    with house.database.transaction() as tx:
        vault.seal(keys, tx, ada.party, {"name": "Ada Lovelace", "phone": "+44 20 7946 0000"})
    readers = [None, operator.party, ada.party, None, operator.party]
    for number, actor in enumerate(readers):
        purpose = Purpose.SELF if actor == ada.party else Purpose.FRAUD_CASE
        fields = ["name", "phone"][: 1 + number % 2]
        vault.open(house.database, keys, actor, [ada.party], fields, purpose, f"cas_{number}")
    found = house.get("/v1/me/readings", ada, limit=2).json()
    assert found["checkpoint"] is None, "seen at once, before anything is sealed"
    assert [row["sequence"] for row in found["items"]] == [5, 4]
    until = time.monotonic() + 20
    while True:
        seal_all(house.database, signing.signer(keys))
        made, cursor = [], None
        while cursor or not made:
            more = {"cursor": cursor} if cursor else {}
            made.append(house.get("/v1/me/readings", ada, limit=2, **more).json())
            cursor = made[-1]["next"]
        if all(row["index"] is not None for page in made for row in page["items"]):
            return made
        assert time.monotonic() < until
        time.sleep(0.02)


def taken(pages: list[dict[str, Any]]) -> list[opening.Opening]:
    return [opening.read(json.dumps(page).encode()) for page in pages]


def wrong(pages: list[dict[str, Any]]) -> list[str]:
    return chain.complaints(taken(pages), notes.verifier(pages[0]["key"]))


def test_a_person_sees_who_looked_and_why_newest_first(pages):
    rows = [row for page in pages for row in page["items"]]
    assert [row["sequence"] for row in rows] == [5, 4, 3, 2, 1]
    assert {page["total"] for page in pages} == {5}
    assert [row["who"]["role"] for row in rows] == ["operator", "house", "you", "operator", "house"]
    assert [row["who"]["name"] for row in rows] == ["House", None, "Ada", "House", None]
    newest = rows[0]
    assert (newest["fields"], newest["case"], newest["basis"]) == (["name"], "cas_4", "legal-duty")
    assert newest["because"] == GROUNDS[Purpose.FRAUD_CASE].text


def test_the_whole_list_is_checked_without_the_house(pages, tmp_path, capsys):
    key = notes.verifier(pages[0]["key"])
    for page in taken(pages):
        stated = opening.signed(page, key)
        assert {each.verdict for each in opening.check(page, stated)} == {"proved"}
    file = tmp_path / "readings.jsonl"
    file.write_text("".join(json.dumps(page) + "\n" for page in pages))
    assert main(["log", "verify", str(file), "--key", key.text]) == 0
    assert "5 rows, sound." in capsys.readouterr().out
    entries = {**pages[0], "items": [{**pages[0]["items"][0], "index": None}]}
    del entries["standing"]  # as `/v1/log/entries` tells them, of which none can be missing
    file.write_text(json.dumps(entries))
    assert main(["log", "verify", str(file), "--key", key.text]) == 0
    assert "1 of them not sealed yet" in capsys.readouterr().out
    file.write_text("".join(json.dumps(page) + "\n" for page in pages[:2]))
    assert main(["log", "verify", str(file), "--key", key.text]) == 1
    assert "reading 1 is missing" in capsys.readouterr().out
    file.write_text("".join(json.dumps({**page, "standing": None}) + "\n" for page in pages))
    assert main(["log", "verify", str(file), "--key", key.text]) == 1
    assert "the end of the list is missing" in capsys.readouterr().out
    for field, lie in (
        ("at", "2020-01-01T00:00:00Z"),
        ("actor", None),
        ("who", {"role": "you", "id": None, "name": None}),
        ("fields", []),
        ("case", "cas_5"),
        ("data", {"sequence": 5}),
        ("salt", "!"),
    ):
        first, *rest = pages
        row, *others = first["items"]
        told = [{**first, "items": [{**row, field: lie}, *others]}, *rest]
        file.write_text("".join(json.dumps(page) + "\n" for page in told))
        assert main(["log", "verify", str(file), "--key", key.text]) == 1, field
        assert "other" in (said := capsys.readouterr().out) or "malformed" in said


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_reading_left_out_shows(pages, number):
    cut = copy.deepcopy(pages)
    for page in cut:
        page["items"] = [row for row in page["items"] if row["sequence"] != number]
    assert wrong(cut) == [f"reading {number} is missing"]


def test_a_list_that_hides_a_reading_by_counting_anew_shows(pages):
    cut = copy.deepcopy(pages)
    rows = [row for page in cut for row in page["items"]]
    gone = rows[2]
    for row in rows[:2]:
        row["data"]["sequence"] -= 1
    rows[1]["data"]["previous"] = gone["data"]["previous"]
    cut[1]["items"].remove(gone)
    assert wrong(cut) == ["reading 5 is missing"]
    for page in cut:
        page["standing"] = page["standing"].replace("\n5\n", "\n4\n")
    assert wrong(cut) == ["the end of the list is not signed by this key"]


def test_an_exchanged_row_breaks_the_chain(pages):
    bent = copy.deepcopy(pages)
    row = bent[1]["items"][0]
    row["canonical"] = row["canonical"].replace("cas_2", "cas_9")
    assert wrong(bent) == ["reading 3 is not the one that the next one names"]


@pytest.mark.parametrize(
    ("sequence", "complaint"),
    [
        (3, "two readings have the number 3"),
        (0, "there is a reading before the first"),
        (6, "reading 6 lies beyond the 5 that are signed for"),
        (None, "a reading does not say its place in the list"),
    ],
)
def test_a_row_put_in_shows_even_when_nothing_is_left_to_prove_it_by(pages, sequence, complaint):
    row = copy.deepcopy(pages[1]["items"][0])
    told = json.loads(row["canonical"])
    told["body"] |= {"case": "cas_9", "sequence": sequence}
    row |= {"case": "cas_9", "sequence": sequence, "salt": None}
    if sequence is None:
        del told["body"]["sequence"], row["sequence"]
    row |= {"canonical": json.dumps(told), "data": told["body"]}
    put = [{**pages[0], "items": [row, *pages[0]["items"]]}, *pages[1:]]
    page = taken(put)[0]
    first = opening.check(page, opening.signed(page, notes.verifier(page.key)))[0]
    assert first.verdict == "erased", "by itself it is nothing bad"
    assert wrong(put) == [complaint]


def test_nobody_sees_the_list_of_another(house):
    eve = house.person("Eve")
    mine = house.get("/v1/me/readings", eve).json()
    assert (mine["items"], mine["total"], mine["standing"]) == ([], 0, None)
    operator = house.key(house.operator(), "parties:read")
    assert house.get("/v1/me/readings", operator).status_code == 403


def test_proofs_of_before_still_verify_when_their_person_is_forgotten(house, tmp_path, capsys):
    keys, ida = vault.keys(), house.person("Ida")
    with house.database.transaction() as tx:
        vault.seal(keys, tx, ida.party, {"name": "Ida Rhodes"})
    vault.open(house.database, keys, None, [ida.party], ["name"], Purpose.FRAUD_CASE)
    until = time.monotonic() + 20
    while (page := house.get("/v1/me/readings", ida).json())["items"][0]["index"] is None:
        seal_all(house.database, signing.signer(keys))
        assert time.monotonic() < until
        time.sleep(0.02)
    file = tmp_path / "before.json"
    file.write_text(json.dumps(page))
    assert house.post("/v1/me/erase", ida).json()["state"] == "erased"
    with house.database.read() as tx:
        before = reading.log(tx).size
    while True:
        seal_all(house.database, signing.signer(keys))
        with house.database.read() as tx:
            log = reading.log(tx)
        if log.size > before:
            break
        assert time.monotonic() < until
        time.sleep(0.02)
    assert main(["log", "verify", str(file), "--key", log.key]) == 0
    assert "1 row, sound." in capsys.readouterr().out
    stated = notes.read(page["checkpoint"]).checkpoint
    sizes = {"from_size": stated.size, "size": log.size}
    grew = house.client.get("/v1/log/consistency", params=sizes).json()
    assert b64decode(grew["from_root"]) == stated.root, "the tree that it was proved in only grew"
    assert doctor.examine(house.database, checks.checks).ok
