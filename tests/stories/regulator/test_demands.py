"""Demands of governments: complete or sent back, narrowed, seen by two, answered sealed, told."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tests.conftest import Template
from tests.stories.http.server import House, Person, code, vaulted

from sycee.core.parties import readings, vault
from sycee.doors.cli.app import main
from sycee.kit.clock import ManualClock, SystemClock
from sycee.kit.ids import parse, uuid7
from sycee.oversight.regulator.demands import actions, desk, jobs
from sycee.oversight.regulator.demands.actions import Approve
from sycee.oversight.regulator.demands.desk import Answer
from sycee.oversight.regulator.demands.model import DemandNeedsAnother, Extent, Field
from sycee.oversight.transparency import signing
from sycee.oversight.transparency.jobs import seal_all
from sycee.oversight.transparency.model import chain, notes, opening
from sycee.oversight.transparency.report import reading
from sycee.runtime.jobs import Jobs, run_sweeps

REQUEST = "Give us the name of whoever bought the teapot on the ninth. — Det. Insp. Kwan"


@pytest.fixture(scope="module")
def house(main_template: Template, keys_template: Template) -> Iterator[House]:
    """A house with a vault, on a clock that a test moves."""
    with vaulted(main_template, keys_template, ManualClock(SystemClock().now())) as house:
        yield house


@pytest.fixture
def ada(house: House) -> Person:
    """A person with a name and a telephone in the vault, and some money."""
    person = house.person("Ada", minor=1_000)
    with house.database.transaction() as tx:
        vault.seal(vault.keys(), tx, person.party, {"name": "Ada King", "phone": "+44 20 7946"})
    return person


def now(house: House) -> datetime:
    return house.database.clock.now()


def advance(house: House, by: timedelta) -> None:
    clock = house.database.clock
    assert isinstance(clock, ManualClock)
    clock.advance(by)


def demand(house: House, *people: Person, days: int = 0, **more: Any):
    """What a clerk types in when a letter comes."""
    body: dict[str, Any] = {
        "text": REQUEST,
        "authority": "Harbour Police",
        "legal_basis": "Warrant 77",
        "offence": "theft",
        "asked": {
            "subjects": [each.id for each in people],
            "fields": ["name", "phone", "statement"],
            "since": (now(house) - timedelta(days=30)).isoformat(),
            "until": (now(house) + timedelta(days=1)).isoformat(),
        },
    }
    if days:
        body["gag_until"] = (now(house) + timedelta(days=days)).isoformat()
        body["gag_basis"] = "Court order 5"
    return house.post("/v1/demands", house.operator(), body | more)


def grant(house: House, id_: str, *fields: Field) -> Extent:
    """Two people grant some fields of a demand; the second from a device of their own."""
    asked = house.get(f"/v1/demands/{id_}", house.operator()).json()["asked"]
    granted = {"subjects": asked["subjects"], "fields": list(fields)}
    first = house.post(f"/v1/demands/{id_}/approve", house.operator(), {"granted": granted})
    assert first.json()["state"] == "approved-once"
    operator = house.operator()
    again = house.post(f"/v1/demands/{id_}/approve", operator, {"granted": granted})
    assert code(again) == "demand-needs-another", "two API keys are one pair of eyes"
    extent = Extent(tuple(asked["subjects"]), fields)
    with house.database.transaction() as tx:
        word = Approve(operator.party, uuid7(), parse("dmd", id_), extent)
        assert actions.approve(tx, word).state == "granted"
        with pytest.raises(actions.DemandNotStanding):
            actions.approve(tx, word)
    return extent


def answered(house: House, id_: str) -> tuple[Answer, bytes, dict[str, Any]]:
    """The answer as handed over, the authority's key, and what it reads with it."""
    private = X25519PrivateKey.generate()
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    done = house.post(f"/v1/demands/{id_}/answer", house.operator(), {"recipient": public})
    assert done.status_code == 200, done.text
    answer = Answer(**done.json())
    key = private.private_bytes_raw()
    return answer, key, json.loads(desk.unseal(answer, key))


def sealed(house: House, person: Person) -> dict[str, Any]:
    """A person's list once all of it is in the log."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        seal_all(house.database, signing.signer(vault.keys()))
        page = house.get("/v1/me/readings", person).json()
        if page["checkpoint"] and all(row["index"] is not None for row in page["items"]):
            return page
        time.sleep(0.02)
    pytest.fail("the list was not sealed")


@pytest.mark.parametrize(
    ("lack", "named"),
    [
        ({"legal_basis": " "}, ["legal_basis"]),
        ({"authority": "", "text": " "}, ["authority", "text"]),
        ({"asked": {"subjects": [], "fields": []}}, ["subjects", "fields"]),
        ({"gag_until": "2099-01-01T00:00:00Z"}, ["gag_basis"]),
    ],
)
def test_a_demand_that_lacks_what_the_law_wants_is_sent_back(house, ada, lack, named):
    refused = demand(house, ada, **lack)
    assert code(refused) == "demand-incomplete"
    assert refused.json()["facts"]["missing"] == named


def test_a_gag_without_an_end_in_sight_is_refused(house, ada):
    assert code(demand(house, ada, days=400)) == "invalid-field"


def test_two_people_narrow_it_and_the_authority_alone_reads_what_was_granted(
    house, ada, tmp_path, capsys
):
    made = demand(house, ada)
    assert made.status_code == 201, made.text
    id_ = made.json()["id"]
    early = house.post(
        f"/v1/demands/{id_}/answer",
        house.operator(),
        {"recipient": base64.b64encode(b"k" * 32).decode()},
    )
    assert code(early) == "demand-not-standing"
    wider = {"granted": {"subjects": [ada.id], "fields": ["address"]}}
    refused = house.post(f"/v1/demands/{id_}/approve", house.operator(), wider)
    assert code(refused) == "demand-grant-wider"
    grant(house, id_, Field.NAME)
    answer, key, read = answered(house, id_)
    assert read["people"] == [{"person": ada.id, "details": {"name": "Ada King"}}]
    assert "20 7946" not in str(read), "the telephone was asked for, and not granted"
    assert (
        house.get(f"/v1/demands/{id_}/answer", house.operator()).json()["sealed"] == answer.sealed
    )
    (tmp_path / "answer.json").write_bytes(msgspec.json.encode(answer))
    (tmp_path / "private.key").write_text(base64.b64encode(key).decode())
    files = [str(tmp_path / name) for name in ("answer.json", "private.key")]
    assert main(["demand", "unseal", *files]) == 0
    assert json.loads(capsys.readouterr().out) == read
    with pytest.raises(ValueError, match="not sealed for this key"):
        desk.unseal(answer, X25519PrivateKey.generate().private_bytes_raw())
    (row,) = house.get("/v1/me/readings", ada).json()["items"]
    assert (row["purpose"], row["fields"], row["case"]) == ("legal-order", ["name"], id_)
    text = house.post(f"/v1/demands/{id_}/text", house.operator()).json()["text"]
    assert text == REQUEST
    shown = house.get(f"/v1/demands/{id_}", house.operator()).json()
    assert (shown["asked"]["fields"], shown["granted"]["fields"]) == (
        ["name", "phone", "statement"],
        ["name"],
    )
    with house.database.connection() as conn:
        dump = conn.execute("SELECT string_agg(d::text, '') FROM regulator.demand AS d").fetchone()
    assert dump is not None
    assert REQUEST.encode().hex() not in dump[0]


def test_a_gag_leaves_no_gap_and_ends_by_itself(house, ada, tmp_path, capsys):
    id_ = demand(house, ada, days=30).json()["id"]
    vault.open(house.database, vault.keys(), None, [ada.party], ["name"], "payout")
    grant(house, id_, Field.NAME, Field.PHONE)
    _, _, read = answered(house, id_)
    assert read["people"][0]["details"] == {"name": "Ada King", "phone": "+44 20 7946"}
    vault.open(house.database, vault.keys(), None, [ada.party], ["name"], "payout")

    page = sealed(house, ada)
    key = notes.verifier(page["key"])
    assert [row["sequence"] for row in page["items"]] == [2, 1], "no number is left out"
    assert id_ not in json.dumps(page)
    assert chain.complaints([opening.read(json.dumps(page).encode())], key) == []
    assert id_ not in house.get("/v1/log/entries", ada).text
    report = house.client.get("/v1/transparency/report").json()
    assert id_ not in json.dumps(report), "nothing of it is shown but that it is there"
    assert len(report["sealed"]) == 3
    day_zero = {row["leaf_hash"] for row in report["sealed"]}

    worker = Jobs()
    jobs.register(worker)
    run_sweeps(house.database, worker)
    assert house.get("/v1/me/readings", ada).json()["total"] == 2, "not a day early"
    advance(house, timedelta(days=30, seconds=1))
    run_sweeps(house.database, worker)
    page = sealed(house, ada)
    newest = page["items"][0]
    assert (newest["sequence"], newest["case"]) == (3, id_)
    assert newest["fields"] == ["name", "phone"]
    assert newest["disclosed"]["verb"] == "vault.sealed"
    assert newest["disclosed"]["index"] < page["items"][1]["index"], "it stood there all along"
    file = tmp_path / "readings.json"
    file.write_text(json.dumps(page))
    assert main(["log", "verify", str(file), "--key", key.text]) == 0
    assert "4 rows, sound." in capsys.readouterr().out
    page["items"][0]["disclosed"]["canonical"] = page["items"][1]["canonical"]
    file.write_text(json.dumps(page))
    assert main(["log", "verify", str(file), "--key", key.text]) == 1
    capsys.readouterr()

    report = house.client.get("/v1/transparency/report").json()
    assert report["sealed"] == []
    mine = [row for row in report["items"] if row["data"]["id"] == id_]
    assert [row["verb"] for row in mine] == ["demand.received", "demand.granted", "demand.answered"]
    leaves = {base64.b64encode(made).decode() for row in mine if (made := leaf(row))}
    assert leaves == day_zero, "what was shown sealed is what opened"
    assert (mine[2]["data"]["narrowed"], mine[2]["data"]["provided"]) == (True, 1)
    assert ada.id not in json.dumps(report), "the report names nobody"


def test_a_gag_that_ends_while_the_vault_is_asked_hides_no_reading(house, ada):
    id_ = demand(house, ada, days=1).json()["id"]
    grant(house, id_, Field.NAME)
    with ThreadPoolExecutor(1) as pool:
        with house.database.transaction(timeout_ms=10_000) as tx:
            readings.lock(tx, [ada.party])  # somebody looks at the moment, so the opening waits
            answering = pool.submit(answered, house, id_)
            while not waits(house):
                time.sleep(0.005)
            advance(house, timedelta(days=1, seconds=1))
            worker = Jobs()
            jobs.register(worker)
            run_sweeps(house.database, worker)
            assert house.get(f"/v1/demands/{id_}", house.operator()).json()["told_at"]
        answering.result()
    (row,) = house.get("/v1/me/readings", ada).json()["items"]
    assert (row["case"], row["fields"]) == (id_, ["name"])


def waits(house: House) -> bool:
    with house.database.connection() as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ).fetchone()
    assert row is not None
    return row[0] > 0


def test_a_statement_that_is_cut_says_so(house, ada, monkeypatch):
    house.give(ada.party, 500)
    for most, whole in ((1, False), (2, True)):
        monkeypatch.setattr(desk, "LINES_MAX", most)
        id_ = demand(house, ada).json()["id"]
        asked = house.get(f"/v1/demands/{id_}", house.operator()).json()["asked"]
        extent = msgspec.convert(asked, Extent)
        for _ in range(2):
            with house.database.transaction() as tx:
                word = Approve(house.operator().party, uuid7(), parse("dmd", id_), extent)
                actions.approve(tx, word)
        (one,) = answered(house, id_)[2]["people"]
        assert (len(one["statement"]), one["statement_whole"]) == (most, whole)


def leaf(row: dict[str, Any]) -> bytes | None:
    return opening.leaf(
        opening.Opened(**{k: row[k] for k in opening.Opened.__struct_fields__ if k in row})
    )


def test_anyone_counts_the_report_again_without_the_house(
    house, ada, tmp_path, capsys, monkeypatch
):
    id_ = demand(house, ada).json()["id"]
    declined = house.post(f"/v1/demands/{id_}/decline", house.operator())
    assert declined.json()["state"] == "declined"
    until = time.monotonic() + 20
    while True:
        seal_all(house.database, signing.signer(vault.keys()))
        report = house.client.get("/v1/transparency/report").json()
        rows = report["items"]
        if rows and rows[-1]["data"]["id"] == id_ and all(row["proof"] for row in rows):
            break
        assert time.monotonic() < until
        time.sleep(0.02)
    assert report["totals"]["declined"] == 1
    for name, value in (
        ("DATABASE_URL", house.database.url),
        ("KEYS_URL", vault.keys().database.url),
        ("HOME", str(tmp_path)),
    ):
        monkeypatch.setenv(f"SYCEE_{name}", value)
    assert main(["demand", "list"]) == main(["demand", "report"]) == 0
    out = capsys.readouterr().out
    assert "Harbour" in out
    assert "declined      1" in out
    file = tmp_path / "report.json"
    file.write_text(json.dumps(report))
    assert main(["demand", "recount", str(file), "--key", report["key"]]) == 0
    report["totals"]["declined"] = 0
    file.write_text(json.dumps(report))
    assert main(["demand", "recount", str(file)]) == 1
    report["totals"] = {**report["totals"], "declined": 0, "demands": report["totals"]["demands"]}
    report["items"] = [row for row in rows if row["data"]["id"] != id_]
    file.write_text(json.dumps(report))
    assert main(["demand", "recount", str(file)]) == 1, "a demand left out is missed in the totals"
    assert "totals" in capsys.readouterr().out


def test_a_long_report_comes_in_pieces_that_add_up(house, ada):
    for _ in range(2):
        id_ = demand(house, ada).json()["id"]
        assert house.post(f"/v1/demands/{id_}/decline", house.operator()).status_code == 200
    demand(house, ada, days=30)
    with house.database.read() as tx:
        whole, (totals, shut) = reading.report(tx), reading.summary(tx)
        parts = list(reading.pieces(tx, most=2))
    assert len(parts) > 2
    assert [row for part in parts for row in part.items] == whole.items
    assert [row for part in parts for row in part.sealed] == whole.sealed
    assert whole.next is None
    assert (totals, shut) == (whole.totals, len(whole.sealed))
    assert totals.declined == sum(part.totals.declined for part in parts) >= 2
    rest = house.client.get("/v1/transparency/report", params={"cursor": parts[0].next}).json()
    assert [row["id"] for row in rest["items"]] == [row.id for row in whole.items][
        len(parts[0].items) :
    ]
    wrong = house.client.get("/v1/transparency/report", params={"cursor": "!"})
    assert wrong.json()["code"] == "invalid-field"


def test_one_person_in_one_seat_grants_nothing(house, ada):
    id_ = demand(house, ada).json()["id"]
    device, operator = uuid7(), house.operator()
    extent = Extent((ada.id,), (Field.NAME,))
    with house.database.transaction() as tx:
        actions.approve(tx, Approve(operator.party, device, parse("dmd", id_), extent))
        with pytest.raises(DemandNeedsAnother):
            actions.approve(tx, Approve(operator.party, device, parse("dmd", id_), extent))
        wider = Extent((ada.id,), (Field.NAME, Field.PHONE))
        with pytest.raises(actions.DemandGrantDiffers):
            actions.approve(tx, Approve(operator.party, uuid7(), parse("dmd", id_), wider))
    assert house.get("/v1/demands", ada).status_code == 403
