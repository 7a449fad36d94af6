"""The log over HTTP: public proofs, and one's own rows for oneself alone."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.conftest import Template
from tests.stories.http.server import House, housed
from tests.stories.transparency.conftest import SIGNER, sealed, write

from sycee.doors.cli.app import main
from sycee.oversight.transparency.model import merkle, notes, opening


@pytest.fixture(scope="module")
def house(main_template: Template) -> Iterator[House]:
    with housed(main_template) as house:
        yield house


def grown(house: House, count: int) -> None:
    """So many more rows, sealed."""
    with house.database.read() as tx:
        rows = tx.conn.execute("SELECT count(*) FROM journal.entry").fetchone()
    assert rows is not None
    write(house.database, count)
    sealed(house.database, rows[0] + count)


def hashes(texts: list[str]) -> list[bytes]:
    return [b64decode(text) for text in texts]


def test_anyone_reads_the_checkpoint_and_checks_a_proof_against_it(house: House):
    grown(house, 300)
    shown = house.client.get("/v1/log").json()
    assert shown["key"] == SIGNER.verifier
    text = house.client.get("/log/checkpoint").text
    stated = notes.read(text).checkpoint
    assert stated.size == shown["size"]
    proof = house.client.get("/v1/log/inclusion", params={"index": 5}).json()
    leaf = b64decode(proof["leaf_hash"])
    assert merkle.includes(5, stated.size, leaf, hashes(proof["proof"]), stated.root)
    grew = house.client.get("/v1/log/consistency", params={"from_size": 7}).json()
    roots = b64decode(grew["from_root"]), b64decode(grew["root"])
    assert merkle.consistent(7, stated.size, *roots, hashes(grew["proof"]))


def test_the_tree_is_rebuilt_from_its_tiles_alone(house: House):
    grown(house, 520)
    stated = notes.read(house.client.get("/log/checkpoint").text).checkpoint
    full, rest = divmod(stated.size, 256)
    names = [f"{n:03d}" for n in range(full)] + ([f"{full:03d}.p/{rest}"] if rest else [])
    body = b"".join(house.client.get(f"/log/tile/0/{name}").content for name in names)
    assert merkle.root([body[i : i + 32] for i in range(0, len(body), 32)]) == stated.root
    assert house.client.get(f"/log/tile/0/{full + 1:03d}").status_code == 404
    assert house.client.get("/log/tile/9/000").status_code == 404


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("inclusion?index=99999999", "invalid-field"),
        ("inclusion?index=0&size=99999999", "log-shorter"),
        ("inclusion?index=0&size=0", "invalid-field"),
        ("inclusion?index=-1", "invalid-field"),
        ("consistency?from_size=0", "invalid-field"),
        ("consistency?from_size=5&size=4", "invalid-field"),
    ],
)
def test_what_the_log_cannot_prove_is_refused(house: House, path: str, code: str):
    grown(house, 10)
    answer = house.client.get(f"/v1/log/{path}")
    assert answer.json()["code"] == code


def test_ones_own_rows_come_in_either_order_and_each_once(house: House):
    ada, bob = house.person("Ada", minor=1_000), house.person("Bob")
    body = {"payee": bob.id, "amount_minor": 30, "currency": "CNY"}
    for _ in range(4):
        assert house.post("/v1/transfers", ada, body).status_code == 200
    grown(house, 1)

    def listed(**asked: bool | str) -> list[str]:
        page = house.get("/v1/log/entries", ada, limit=2, **asked).json()
        ids = [item["id"] for item in page["items"]]
        return ids + (listed(**asked | {"cursor": page["next"]}) if page["has_more"] else [])

    assert len(oldest := listed()) > 4
    assert listed(newest=True) == oldest[::-1]


def test_a_person_opens_her_own_rows_and_proves_each_without_the_house(
    house: House, tmp_path, capsys
):
    ada, bob = house.person("Ada", minor=1_000), house.person("Bob")
    body = {"payee": bob.id, "amount_minor": 30, "currency": "CNY"}
    assert house.post("/v1/transfers", ada, body).status_code == 200
    grown(house, 3)
    page = house.get("/v1/log/entries", ada).json()
    verbs = [item["verb"] for item in page["items"]]
    assert "transfer.made" in verbs
    read = opening.read(json.dumps(page).encode())
    stated = opening.signed(read, notes.verifier(SIGNER.verifier))
    assert {each.verdict for each in opening.check(read, stated)} == {"proved"}
    seen_by_bob = house.get("/v1/log/entries", bob).json()["items"]
    assert "transfer.made" in [item["verb"] for item in seen_by_bob]
    stranger = house.person("Eve")
    grown(house, 1)
    hers = house.get("/v1/log/entries", stranger).json()["items"]
    assert not {item["id"] for item in hers} & {item["id"] for item in page["items"]}

    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(page) + "\n")
    assert main(["log", "verify", str(file), "--key", SIGNER.verifier]) == 0
    assert "sound" in capsys.readouterr().out
    page["items"][-1]["data"]["amount_minor"] = 3
    file.write_text(json.dumps(page))
    assert main(["log", "verify", str(file)]) == 1
    assert "shown otherwise" in capsys.readouterr().out
    page["items"][-1]["canonical"] = page["items"][-1]["canonical"].replace(
        '"amount_minor":30', '"amount_minor":3'
    )
    file.write_text(json.dumps(page))
    assert main(["log", "verify", str(file)]) == 1
    assert "not in the log" in capsys.readouterr().out
    other = notes.verifier_of(SIGNER.name, Ed25519PrivateKey.generate()).text
    assert main(["log", "verify", str(file), "--key", other]) == 1


def test_only_the_operator_asks_a_witness(house: House):
    key = notes.verifier_of("teahouse.example", SIGNER.key, notes.COSIGNATURE).text
    body = {"key": key, "url": "http://127.0.0.1:9911/"}
    assert house.post("/v1/log/witnesses", house.person("Ada"), body).status_code == 403
    operator = house.operator()
    wrong = house.post("/v1/log/witnesses", operator, body | {"key": SIGNER.verifier})
    assert wrong.json()["code"] == "witness-key-unfit"
    asked = house.post("/v1/log/witnesses", operator, body)
    assert asked.status_code == 200
    assert asked.json()["name"] == "teahouse.example"
