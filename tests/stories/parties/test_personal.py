"""A person's rights over HTTP: consents, details, export, and being forgotten."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.conftest import Template
from tests.stories.http.server import House, Person, bearer, code, vaulted

from sycee.core.journal.webhooks import endpoints
from sycee.core.ledger import doctor
from sycee.core.parties import parties, vault
from sycee.core.parties.keyring import SubjectForgotten
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.personal import exporting, printed
from sycee.core.parties.personal.sources import ROWS_MAX
from sycee.doors.cli.app import main
from sycee.runtime.sealer import KeySealer

DETAILS = {"name": "Ada Lovelace", "email": "ada@tea.example", "birth_date": "1815-12-10"}


@pytest.fixture(scope="module")
def house(main_template: Template, keys_template: Template) -> Iterator[House]:
    """A served house with a vault."""
    with vaulted(main_template, keys_template) as house:
        yield house


def send(house: House, method: str, path: str, person: Person, body: object = None):
    headers = {**bearer(person), "Idempotency-Key": str(time.monotonic_ns())}
    return house.client.request(method, path, json=body, headers=headers)


@pytest.fixture
def ada(house: House) -> Person:
    """A person who told of herself."""
    person = house.person("Ada")
    kept = send(house, "PATCH", "/v1/me/details", person, DETAILS)
    assert kept.json() == {"party": person.id, "fields": ["birth-date", "email", "name"]}
    return person


def look(house: House, operator: Person, person: Person, purpose: str = "support"):
    body = {"fields": ["name"], "purpose": purpose, "case": "cas_7"}
    return house.post(f"/v1/parties/{person.id}/details", operator, body)


def test_support_looks_while_the_person_agrees_and_not_a_moment_longer(house: House, ada: Person):
    operator = house.operator()
    assert code(look(house, operator, ada)) == "consent-missing"
    assert house.get("/v1/me/readings", ada).json()["total"] == 0, "nothing was opened"
    receipt = house.post("/v1/me/consents", ada, {"purpose": "support", "language": "de"}).json()
    again = house.post("/v1/me/consents", ada, {"purpose": "support"}).json()
    assert again == receipt
    assert receipt["lawful_basis"] == "consent"
    assert receipt["pii_controller"] == operator.id
    assert look(house, operator, ada).json()["fields"] == {"name": "Ada Lovelace"}
    (row,) = house.get("/v1/me/readings", ada).json()["items"]
    assert (row["who"]["role"], row["purpose"], row["case"]) == ("operator", "support", "cas_7")
    withdrawn = send(house, "DELETE", f"/v1/me/consents/{receipt['id']}", ada)
    assert withdrawn.json()["state"] == "withdrawn"
    assert code(look(house, operator, ada)) == "consent-missing"
    assert look(house, operator, ada, "identity-check").status_code == 200
    (listed,) = house.get("/v1/me/consents", ada).json()["items"]
    assert listed == withdrawn.json()
    eve = house.person("Eve")
    assert code(send(house, "DELETE", f"/v1/me/consents/{receipt['id']}", eve)) == "not-found"


def test_a_receipt_holds_the_very_sentence_that_was_agreed_to(house: House, ada: Person):
    (asked,) = [
        row for row in house.client.get("/v1/purposes").json() if row["purpose"] == "notification"
    ]
    assert {"en", "zh", "de"} == set(asked["asks"])
    body = {"purpose": "notification", "language": "zh-Hans", "notice": "purposes-1"}
    assert code(house.post("/v1/me/consents", ada, body)) == "consent-notice-differs"
    body |= {"notice": asked["notice"], "language": "tlh"}
    assert code(house.post("/v1/me/consents", ada, body)) == "invalid-field"
    assert house.get("/v1/me/consents", ada).json()["items"] == []
    receipt = house.post("/v1/me/consents", ada, {**body, "language": "zh-Hans"}).json()
    assert receipt["purpose_text"] == asked["asks"]["zh"]
    assert (receipt["notice"], receipt["language"]) == (asked["notice"], "zh-Hans")
    assert all(
        row["asks"] is row["notice"] is None
        for row in house.client.get("/v1/purposes").json()
        if row["basis"] != "consent"
    )


def test_what_the_law_or_a_contract_wants_takes_no_consent(house: House, ada: Person):
    given = house.post("/v1/me/consents", ada, {"purpose": "payout"})
    assert code(given) == "consent-not-needed"
    listed = {row["purpose"]: row["basis"] for row in house.client.get("/v1/purposes").json()}
    assert (listed["payout"], listed["support"]) == ("contract", "consent")
    assert house.post("/v1/me/consents", ada, {"purpose": "curiosity"}).status_code == 422


def test_a_correction_replaces_what_was_told(house: House, ada: Person):
    assert send(house, "PATCH", "/v1/me/details", ada, {"name": "Ada King"}).status_code == 200
    told = house.get("/v1/me/details", ada).json()["fields"]
    assert told == {"name": "Ada King", "email": "ada@tea.example", "birth-date": "1815-12-10"}
    assert code(send(house, "PATCH", "/v1/me/details", ada, {})) == "invalid-field"
    for wrong in ({"email": "nobody"}, {"birth_date": "yesterday"}, {"shoe_size": "44"}):
        assert send(house, "PATCH", "/v1/me/details", ada, wrong).status_code == 422


def test_nobody_is_born_tomorrow_or_on_a_day_that_is_none(house: House, ada: Person):
    today = datetime.now(UTC).date()
    told = {"birth_date": today.isoformat()}
    assert send(house, "PATCH", "/v1/me/details", ada, told).status_code == 200
    for wrong in ((today + timedelta(days=2)).isoformat(), "2099-01-01", "2001-02-30"):
        answer = send(house, "PATCH", "/v1/me/details", ada, {"birth_date": wrong})
        assert code(answer) == "invalid-field"
        assert answer.json()["facts"]["field"] == "birth_date"
    kept = house.get("/v1/me/details", ada).json()["fields"]
    assert kept["birth-date"] == today.isoformat()


def test_an_export_holds_everything_that_is_kept(house: House, ada: Person):
    bob = house.person("Bob")
    house.give(ada.party, 1_000)
    body = {"payee": bob.id, "amount_minor": 30, "currency": "CNY", "memo": "for the tea"}
    assert house.post("/v1/payments", ada, body).status_code == 200
    envelope = {"amount_minor": 100, "currency": "CNY", "shares": 2, "kind": "lucky"}
    house.post("/v1/envelopes", ada, envelope)
    split: dict[str, Any] = {"total_minor": 90, "currency": "CNY", "rule": "equal"}
    split["parts"] = [{"party": ada.id}, {"party": bob.id}]
    assert house.post("/v1/splits", ada, split).status_code == 201
    start = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    dated = {"payee": bob.id, "amount_minor": 10, "currency": "CNY", "starts_on": start}
    planned = house.post("/v1/schedules", ada, {**dated, "every": "week", "times": 2})
    assert planned.status_code == 201, planned.text
    whole = house.post("/v1/me/export", ada).json()
    assert whole["party"]["id"] == ada.id
    assert whole["details"]["email"] == "ada@tea.example"
    kept = whole["kept"]
    assert [row["amount_minor"] for row in kept["transfers"]] == [30]
    assert [row["text"] for row in kept["memos"]] == ["for the tea"]
    assert len(kept["envelopes_sent"]) == 1
    assert [row["total_minor"] for row in kept["splits"]] == [90]
    assert [row["amount_minor"] for row in kept["schedules"]] == [10]
    assert {row["line"]["amount_minor"] for row in kept["statements"]} >= {1_000, -30}
    assert {"transfer.made", "vault.seal"} <= {row["verb"] for row in kept["journal"]}
    assert whole["cut"] == []
    paper = house.post("/v1/me/export-file", ada)
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
    assert ada.id in paper.headers["content-disposition"]
    assert ROWS_MAX > 10_000
    stranger = house.post("/v1/me/export", bob).json()
    assert "ada@tea.example" not in str(stranger)
    assert [row["text"] for row in stranger["kept"]["memos"]] == ["for the tea"]


def test_an_export_takes_every_scope_by_which_a_part_of_it_is_read(house: House, ada: Person):
    narrow = house.key(ada, "parties:read", "accounts:read")
    for path in ("/v1/me/export", "/v1/me/export-file"):
        answer = house.post(path, narrow)
        assert (code(answer), answer.json()["facts"]) == ("forbidden", {"needs": "contacts:read"})


def test_an_export_that_is_cut_holds_the_newest_and_its_paper_says_how_many(
    house: House, ada: Person, monkeypatch: pytest.MonkeyPatch
):
    bob = house.person("Bob")
    house.give(ada.party, 1_000)
    for minor in range(1, 6):
        body = {"payee": bob.id, "amount_minor": minor, "currency": "CNY", "memo": f"no. {minor}"}
        assert house.post("/v1/payments", ada, body).status_code == 200
    whole = house.post("/v1/me/export", ada).json()["kept"]
    export = msgspec.to_builtins(exporting.export(house.database, ada.party, 2))
    kept = export["kept"]
    assert [row["amount_minor"] for row in kept["transfers"]] == [5, 4]
    assert [row["line"]["amount_minor"] for row in kept["statements"]] == [-5, -4]
    assert [row["text"] for row in whole["memos"]] == [f"no. {minor}" for minor in (5, 4, 3, 2, 1)]
    times = [row["at"] for row in kept["journal"]]
    assert times == sorted(times, reverse=True)
    assert times[0] >= whole["journal"][0]["at"]
    assert [row["text"] for row in kept["memos"]] == ["no. 5", "no. 4"]
    assert {"transfers", "statements", "journal", "memos"} <= set(export["cut"])
    paper = house.post("/v1/me/export-file", ada).content
    monkeypatch.setattr(printed, "ROWS_MAX", 2)
    assert len(house.post("/v1/me/export-file", ada).content) < len(paper)


def test_nobody_is_forgotten_while_something_of_theirs_is_open(house: House, ada: Person):
    house.give(ada.party, 500)
    envelope = {"amount_minor": 100, "currency": "CNY", "shares": 2, "kind": "lucky"}
    sent = house.post("/v1/envelopes", ada, envelope)
    assert sent.status_code == 201, sent.text
    refused = house.post("/v1/me/erase", ada)
    assert (refused.status_code, code(refused)) == (409, "erasure-waits")
    kinds = {each.split()[0] for each in refused.json()["facts"]["open"]}
    assert kinds == {"balance", "envelope"}
    assert house.get("/v1/me/details", ada).json()["fields"]["name"] == "Ada Lovelace"
    assert code(house.post("/v1/me/erase", house.operator())) == "erasure-not-for-house"


def test_the_forgotten_leave_books_that_add_up_and_nothing_to_read(house: House, ada: Person):
    bob = house.person("Bob")
    house.give(ada.party, 40)
    assert house.pay(ada, bob, 40).status_code == 200
    hook = {"url": "https://203.0.113.7/ada-lovelace", "events": ["*"]}
    with house.database.transaction() as tx:
        endpoints.create(tx, KeySealer(b"k" * 32, "test"), ada.party, hook["url"], hook["events"])
    link = {"currency": "CNY", "amount_minor": 1, "title": "Ada's notes", "title_public": True}
    link["return_url"] = "https://ada.example/"
    token = house.post("/v1/links", ada, link).json()["token"]
    assert house.get(f"/v1/links/{token}", bob).json()["title"] == "Ada's notes"
    done = house.post("/v1/me/erase", ada, key="bye")
    assert done.json() == {"party": ada.id, "state": "erased"}
    assert house.get("/v1/me/details", ada).status_code in (401, 403, 409)
    with pytest.raises(SubjectForgotten):
        vault.open_one(house.database, vault.keys(), None, ada.party, ["name"], "fraud-case")
    assert code(look(house, house.operator(), ada, "fraud-case")) == "vault-subject-forgotten"
    shown = house.get(f"/v1/parties/{ada.id}", house.operator()).json()
    assert (shown["display_name"], shown["status"]) == ("Forgotten", "closed")
    with house.database.connection() as conn:
        left = conn.execute(
            "SELECT count(*) FROM parties.vault_field WHERE party = %s", (ada.party,)
        ).fetchone()
    assert left == (0,)
    assert house.pay(bob, ada, 5).status_code in (403, 409), "nobody pays the forgotten"
    shown = house.get(f"/v1/links/{token}", bob).json()
    assert (shown["title"], shown["return_url"], shown["state"]) == (None, None, "closed")
    with house.database.read() as tx:
        assert endpoints.of(tx, ada.party) == [], "and nothing is sent to them"
    assert doctor.examine(house.database).ok


@pytest.fixture
def desk(house: House, tmp_path, monkeypatch) -> Iterator[None]:
    """The command line works on this house."""
    keyring, master = vault.keys(), base64.b64encode(b"m" * 32).decode()
    for name, value in (
        ("DATABASE_URL", house.database.url),
        ("KEYS_URL", keyring.database.url),
        ("MASTER_KEY", master),
        ("HOME", str(tmp_path)),
    ):
        monkeypatch.setenv(f"SYCEE_{name}", value)
    yield
    vault.use(keyring)  # a command has keys of its own


def test_no_pay_code_is_printed_for_who_may_not_pay(house: House, desk: None, capsys):
    with house.database.transaction() as tx:
        payer = parties.create(tx, NewParty(Kind.PERSON, "Eve", handle="eve"))
        parties.account(tx, payer.id, "wallet", "CNY")
    for turn, refused in ((parties.restrict, "restricted"), (parties.close, "closed")):
        with house.database.transaction() as tx:
            turn(tx, payer.id)
        assert main(["keys", "paycode", "--of", "eve"]) == 1
        told = capsys.readouterr()
        assert (told.out, told.err) == (
            "",
            f"sycee: The party is {refused}. (party-{refused}: party {payer.public_id})\n",
        )


def test_the_desk_forgets_who_asked_by_letter(house: House, ada: Person, desk: None, capsys):
    keyring = vault.keys()
    house.operator()
    assert house.get("/v1/me/details", ada).status_code == 200
    assert main(["person", "readings", ada.id]) == 0
    assert "1 readings" in capsys.readouterr().out
    house.give(ada.party, 1)
    assert main(["person", "forget", ada.id]) == 1
    assert "still open" in capsys.readouterr().err
    assert house.pay(ada, house.person("Bob"), 1).status_code == 200
    assert main(["person", "forget", ada.id]) == 0
    with pytest.raises(SubjectForgotten):
        keyring.key(ada.party)
    assert main(["person", "forget", "nobody.here"]) == 1
