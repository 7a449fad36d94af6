"""A month taken home: read here, as a table, as a bank's message, on paper; and receipts."""

from __future__ import annotations

import base64
import contextlib
import csv
import hashlib
import io
import json
import zlib
from datetime import timedelta
from re import DOTALL, findall
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from tests.rules.bank.test_files import standard
from tests.stories.http.server import Person, code
from tests.stories.people.conftest import Street

from sycee.products.wallet.statements import model as periods
from sycee.products.wallet.statements.model import Format
from sycee.products.wallet.statements.sheet import guarded


def account(street: Street, person: Person) -> str:
    return street.get("/v1/balances", person).json()[0]["account"]


def file(street: Street, person: Person, format: str, **more: Any) -> Any:
    given = {"account": account(street, person), "format": format, **more}
    return street.get("/v1/statement-files", person, **given)


@pytest.fixture(scope="module")
def friends(street: Street) -> tuple[Person, Person, str]:
    """Ann has paid 李雷 twice, once with a memo that a spreadsheet would run, and was paid once."""
    ann, lei = street.person("Ann", minor=10_000), street.person("李雷", minor=500)
    said = {"payee": lei.id, "amount_minor": 1_250, "currency": "CNY", "memo": "=1+1 tea"}
    made = street.send("POST /v1/payments", ann, said).json()
    street.pay(ann, lei, 300)
    street.pay(lei, ann, 25)
    return ann, lei, made["id"]


def test_the_running_balance_leads_from_opening_to_closing(street: Street, friends: Any):
    ann, lei, _ = friends
    seen = street.get("/v1/statements", ann, account=account(street, ann), limit=3).json()
    rest = street.get("/v1/statements", ann, account=seen["account"], cursor=seen["next"]).json()
    lines = seen["items"] + rest["items"]
    assert [line["amount_minor"] for line in lines] == [10_000, -1_250, -300, 25]
    balance = seen["opening_minor"]
    for line in lines:
        balance += line["amount_minor"]
        assert line["balance_after_minor"] == balance
    assert balance == seen["closing_minor"] == street.balance(ann) == rest["closing_minor"]
    assert lines[0]["counterparty"] is None
    assert lines[1]["counterparty"]["id"] == lei.id
    assert lines[1]["counterparty"]["display_name"] == "李雷"


def test_a_table_says_everything_and_no_cell_is_a_formula(street: Street, friends: Any):
    ann, lei, transfer = friends
    answer = file(street, ann, "csv", memos=True)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="statement-acc_')
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["kind"] for row in rows[:1] + rows[-1:]] == ["opening", "closing"]
    assert (rows[0]["balance_after"], rows[-1]["balance_after"]) == ("0.00", "84.75")
    paid = rows[2]
    assert paid["transfer"] == transfer
    assert (paid["amount"], paid["balance_after"], paid["memo"]) == ("-12.50", "87.50", "'=1+1 tea")
    assert paid["posted_at_local"].endswith("+08:00")
    assert paid["posted_at_utc"].endswith("Z")
    assert "=1+1" not in file(street, ann, "csv").text
    theirs = file(street, lei, "csv", memos=True).text
    assert "'=1+1 tea" in theirs


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", " =1", "＝1"])
def test_what_begins_like_a_formula_is_guarded(text: str):
    assert guarded(text) == "'" + text


def test_a_plain_text_stays_as_it_is():
    assert guarded("Tea & cake = 3") == "Tea & cake = 3"


def test_the_banks_message_passes_the_standards_own_schema(street: Street, friends: Any):
    ann, _, transfer = friends
    answer = file(street, ann, Format.CAMT, memos=True)
    root = etree.fromstring(answer.content)
    schema = standard("camt.053.001.08")
    assert schema.validate(root), schema.error_log
    space = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}

    def said(path: str) -> list[str]:
        return [str(each.text) for each in root.iterfind(f".//c:{path}", space)]

    assert said("Bal/c:Amt") == ["0.00", "84.75"]
    assert said("Ntry/c:Amt") == ["100.00", "12.50", "3.00", "0.25"]
    assert said("Ntry/c:CdtDbtInd") == ["CRDT", "DBIT", "DBIT", "CRDT"]
    assert said("Ntry/c:NtryRef")[1] == transfer
    assert said("Cdtr/c:Pty/c:Nm") == ["李雷", "李雷"]
    assert said("RmtInf/c:Ustrd") == ["=1+1 tea"]


def written(pdf: bytes) -> str:
    """What the sheets of a PDF draw, in the operators of its content streams."""
    streams = findall(rb"stream\r?\n(.*?)endstream", pdf, DOTALL)
    texts = []
    for stream in streams:
        with contextlib.suppress(ValueError, zlib.error):  # a font's own bytes
            raw = base64.a85decode(stream.strip().removesuffix(b"~>"))
            texts.append(zlib.decompress(raw).decode("latin-1"))
    return "\n".join(texts)


def test_the_paper_is_the_same_to_the_byte_and_has_chinese_names(street: Street, friends: Any):
    ann, _, _ = friends
    year = street.clock.now().astimezone(ZoneInfo("Asia/Shanghai")).year  # where ann's days are
    month = {"from_on": f"{year}-01-01", "to_on": f"{year}-12-31"}
    first = file(street, ann, "pdf", **month)
    assert first.headers["content-type"] == "application/pdf"
    assert first.content == file(street, ann, "pdf", **month).content
    assert b"NotoSansSC" in first.content
    assert b"/FontFile2" in first.content, "whoever opens it sees the letters"
    drawn = written(first.content)
    assert "(-12.50)" in drawn
    assert "(84.75 CNY)" in drawn


def test_a_period_and_a_file_have_limits(street: Street, friends: Any, monkeypatch: Any):
    ann, lei, _ = friends
    own = account(street, ann)
    long = {"from_on": "2025-01-01", "to_on": "2026-01-02"}
    assert code(street.get("/v1/statements", ann, account=own, **long)) == "invalid-field"
    backwards = {"from_on": "2026-01-02", "to_on": "2026-01-01"}
    assert code(street.get("/v1/statements", ann, account=own, **backwards)) == "invalid-field"
    assert street.get("/v1/statements", lei, account=own).status_code == 404
    assert street.get("/v1/statement-files", lei, account=own, format="csv").status_code == 404
    monkeypatch.setitem(periods.ROWS_MAX, Format.PDF, 3)
    assert code(file(street, ann, "pdf")) == "statement-too-long"
    tomorrow = street.clock.now().date() + timedelta(days=2)
    days = {"from_on": tomorrow.isoformat(), "to_on": tomorrow.isoformat()}
    empty = street.get("/v1/statements", ann, account=own, **days).json()
    assert (empty["items"], empty["opening_minor"]) == ([], empty["closing_minor"])


def test_a_receipt_is_genuine_and_every_flipped_field_is_named(street: Street, friends: Any):
    ann, lei, transfer = friends
    receipt = street.get(f"/v1/receipts/{transfer}", ann).json()
    assert receipt == street.get(f"/v1/receipts/{transfer}", lei).json()
    assert street.get(f"/v1/receipts/{transfer}", street.person("Eve")).status_code == 404
    facts = receipt["facts"]
    assert (facts["payer"], facts["payee"]) == (ann.id, lei.id)
    assert (facts["amount_minor"], len(facts["leaf"])) == (1_250, 64)
    # As a stranger makes it from what RFC 8785 says: none of the facts holds more than ASCII.
    by_name = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    assert receipt["digest"] == hashlib.sha256(by_name.encode()).hexdigest()

    def check(shown: Any) -> Any:
        return street.client.post("/v1/receipts/check", json=shown).json()

    assert check(receipt) == {"genuine": True, "differs": []}
    flipped = {
        "transfer": "tfr_" + "0" * 26, "amount_minor": 1_251, "version": 1, "reverses": transfer,
    }  # fmt: skip
    for name, value in facts.items():
        changed = flipped.get(name, json.dumps(value)[::-1])
        verdict = check({"facts": {**facts, name: changed}, "digest": receipt["digest"]})
        assert verdict == {"genuine": False, "differs": [name]}
    first = {**facts, "version": 1}  # as it was printed then: the members as they are answered
    as_listed = hashlib.sha256(json.dumps(first, separators=(",", ":")).encode()).hexdigest()
    assert check({"facts": first, "digest": as_listed}) == {"genuine": True, "differs": []}
    verdict = check({"facts": {**first, "amount_minor": 9}, "digest": as_listed})
    assert verdict == {"genuine": False, "differs": ["amount_minor"]}
    forged = {"facts": {**facts, "amount_minor": 9}, "digest": "0" * 64}
    assert check(forged) == {"genuine": False, "differs": ["digest"]}
    paper = street.get(f"/v1/receipt-files/{transfer}", ann)
    assert receipt["digest"] in written(paper.content)
