"""Orders by the routes of an authority, and what a customer then sees; and in the terminal."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.stories.http.server import House, Person, bearer

from sycee.core.parties.model import Kind
from sycee.doors.cli.app import main
from sycee.kit.ids import public, uuid7

STOP = {
    "authority": "The authority",
    "legal_basis": "Act 1, section 2",
    "effect": "deny",
    "scope": {"products": ["wallet"], "operations": ["transfer"]},
    "notice": {"en": "Payments are suspended.", "zh-CN": "支付暂停"},
}


class Signer:
    """Someone of a party with an API key and a signing key."""

    def __init__(self, house: House, person: Person) -> None:
        self.house, self.person = house, person
        self.private = Ed25519PrivateKey.generate()
        raw = self.private.public_key().public_bytes_raw()
        made = house.post("/v1/order-keys", person, {"public": base64.b64encode(raw).decode()})
        assert made.status_code == 201, made.text
        self.key = made.json()["id"]

    def propose(self, order: dict[str, Any]) -> dict[str, Any]:
        seen = self.house.post("/v1/order-previews", self.person, {"order": order})
        assert seen.status_code == 200, seen.text
        body = {"order": order, "key": self.key, "signature": self.sign(seen.json()["text"])}
        made = self.house.post("/v1/orders", self.person, body)
        assert made.status_code == 201, made.text
        return {**made.json(), "text": seen.json()["text"]}

    def sign(self, text: str, purpose: str = "order") -> str:
        plain = base64.b64decode(text).replace(b"sycee order", f"sycee {purpose}".encode(), 1)
        return base64.b64encode(self.private.sign(plain)).decode()

    def say(self, word: str, order: dict[str, Any], purpose: str) -> Any:
        body = {"key": self.key, "signature": self.sign(order["text"], purpose)}
        return self.house.post(f"/v1/orders/{order['id']}/{word}", self.person, body)


def test_an_order_from_preview_to_lift(house: House) -> None:
    house.operator()
    authority = house.person("The authority", kind=Kind.REGULATOR)
    ann = Signer(house, authority)
    same = Signer(house, house.key(authority, "oversight:read", "oversight:write"))
    bob = Signer(house, house.operator())
    may, lin = house.person("May", minor=1_000), house.person("Lin")
    assert house.pay(may, lin, 100).status_code == 200

    stop = {"id": public("ord", uuid7()), **STOP}
    seen = house.post("/v1/order-previews", authority, {"order": stop}).json()
    assert not seen["needs_two"]
    assert {"code": "wallet.transfer", "currency": "CNY", "count": 1, "amount_minor": 100,
            "spared": False} in seen["recent"]  # fmt: skip
    made = ann.propose(stop)
    assert made["state"] == "in-force"
    refused = house.pay(may, lin, 100)
    assert (refused.status_code, refused.json()["code"]) == (403, "product-suspended")
    told = house.client.get("/v1/notices", params={"language": "zh"}).json()
    assert [(one["language"], one["text"]) for one in told] == [("zh-CN", "支付暂停")]

    lift = {"id": public("ord", uuid7()), "authority": "The authority", "legal_basis": "Letter",
            "effect": "allow", "supersedes": [stop["id"]]}  # fmt: skip
    waits = ann.propose(lift)
    assert waits["state"] == "proposed"
    queue = house.get("/v1/orders", authority, state="proposed").json()["items"]
    assert [one["id"] for one in queue] == [lift["id"]]
    alone = ann.say("approve", waits, "approval")
    assert (alone.status_code, alone.json()["code"]) == (403, "order-needs-another")
    again = same.say("approve", waits, "approval")
    assert again.json()["code"] == "order-needs-another", "two API keys are one pair of eyes"
    assert bob.say("approve", waits, "approval").json()["state"] == "in-force"
    assert house.pay(may, lin, 100).status_code == 200

    shown = house.get(f"/v1/orders/{stop['id']}", authority).json()
    assert (shown["state"], shown["ended_by"]) == ("ended", lift["id"])
    gathered = house.get(f"/v1/orders/{stop['id']}/packet", authority).json()
    assert gathered["owed"] == [{"currency": "CNY", "amount_minor": 1_000}]
    printed = house.get(f"/v1/order-packets/{stop['id']}", authority)
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    keys = house.get("/v1/order-keys", authority).json()
    assert [one["id"] for one in keys] == [ann.key, same.key]
    gone = house.client.request(
        "DELETE",
        f"/v1/order-keys/{same.key}",
        headers={**bearer(authority), "Idempotency-Key": "gone"},
    )
    assert gone.status_code == 200
    events = [row["type"] for row in house.get("/v1/events", authority).json()["items"]]
    assert {"order.issued", "order.proposed", "order.ended"} <= set(events)


def test_a_proposal_can_be_declined_and_a_customer_has_no_say(house: House) -> None:
    ann = Signer(house, house.operator())
    stop = ann.propose({"id": public("ord", uuid7()), **STOP, "scope": {"products": ["card"]}})
    waits = ann.propose({"id": public("ord", uuid7()), "authority": "House", "legal_basis": "Own",
                         "effect": "allow", "supersedes": [stop["id"]]})  # fmt: skip
    assert ann.say("decline", waits, "decline").json()["state"] == "declined"
    assert house.get("/v1/orders", house.person("Kim")).status_code == 403


def test_orders_in_the_terminal(
    house: House,
    keys_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    house.operator()
    for name, value in (
        ("DATABASE_URL", house.database.url), ("KEYS_URL", keys_url), ("HOME", str(tmp_path)),
    ):  # fmt: skip
        monkeypatch.setenv(f"SYCEE_{name}", value)

    def run(*tokens: str, code: int = 0) -> str:
        assert main(["orders", *tokens]) == code
        return capsys.readouterr().out

    file = tmp_path / "order.yaml"
    file.write_text(
        "authority: The house\nlegal_basis: own\neffect: deny\nscope: {products: [rides]}\n"
    )
    assert '"needs_two": false' in run("preview", str(file))
    made = run("issue", str(file), "--as", "ann")
    id_ = made.split()[0]
    assert "in-force" in made
    assert id_ in run("list")
    file.write_text(f"authority: The house\nlegal_basis: own\neffect: allow\nsupersedes: [{id_}]\n")
    waits = run("issue", str(file), "--as", "ann").split()[0]
    run("approve", waits, "--as", "ann", code=1)
    assert "in-force" in run("approve", waits, "--as", "bob")
    assert '"state": "ended"' in run("show", id_)
    assert '"signers"' in run("packet", id_)
    paper = tmp_path / "packet.pdf"
    assert str(paper) in run("packet", id_, "--pdf", str(paper))
    assert paper.read_bytes().startswith(b"%PDF-")
    assert "orders.json" in run("export")
    assert "0 orders were missing" in run("reopen")
    assert "fca-2020" in run("replay")
    assert "✗" not in run("replay", "pboc-2018")
    file.write_text("effect: stop everything\n")
    run("issue", str(file), code=1)


def test_safeguarding_over_http_and_in_the_terminal(
    house: House,
    keys_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    operator = house.operator()
    house.person("Ida", minor=12_34)  # demo money: at no bank
    for name, value in (
        ("DATABASE_URL", house.database.url), ("KEYS_URL", keys_url), ("HOME", str(tmp_path)),
    ):  # fmt: skip
        monkeypatch.setenv(f"SYCEE_{name}", value)
    assert main(["safeguarding", "run"]) == 1
    (row,) = house.get("/v1/safeguarding", operator).json()["items"]
    shown = house.get(f"/v1/safeguarding/{row['id']}", operator).json()
    assert shown["top_up_minor"] == shown["requirement_minor"] > 0
    assert 12_34 in [one["amount_minor"] for one in shown["named"]]
    signed = house.post(f"/v1/safeguarding/{row['id']}/sign", operator)
    assert signed.json()["signatures"] == 1
    twice = house.post(f"/v1/safeguarding/{row['id']}/sign", operator)
    assert twice.json()["code"] == "safeguarding-run-signed"
    assert main(["safeguarding", "sign", row["id"], "--as", "bob"]) == 0
    capsys.readouterr()
    assert main(["safeguarding", "list"]) == 0
    assert main(["safeguarding", "report", row["id"]]) == 0
    out = capsys.readouterr().out
    assert row["id"] in out
    assert "signed_off,yes" in out
    assert main(["safeguarding", "report", row["id"], "--form", "json"]) == 0
    month = row["day_on"][:7]
    assert main(["safeguarding", "return", month]) == 0
    assert "form,REP027" in capsys.readouterr().out
    path = "/v1/safeguarding-returns"
    told = house.get(f"{path}/{month}", operator, currency="CNY").json()
    owed = told["section_5_at_end"]
    assert owed["shortfall_minor"] == shown["top_up_minor"]
    assert told["section_3_highest"] == {
        "on": row["day_on"], "requirement_minor": shown["requirement_minor"],
    }  # fmt: skip
    counted = told["section_7_reconciliations"]
    assert (counted["performed"], counted["unsigned"]) == (1, 0)
    assert row["day_on"] not in counted["missed"]
    for bad in ("2026-13", "june"):
        answer = house.get(f"{path}/{bad}", operator, currency="CNY")
        assert answer.json()["code"] == "invalid-field"
    nothing = house.get(f"{path}/{month}", operator, currency="EUR")
    assert nothing.status_code == 404
    assert main(["safeguarding", "run"]) == 0
