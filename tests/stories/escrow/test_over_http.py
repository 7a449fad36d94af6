"""Trades over HTTP: all the way by `/v1`, who sees what, and texts that only the vault can read."""

from __future__ import annotations

import base64
import hashlib

import httpx2
import pytest
from tests.stories.http.server import House, Person

from sycee.core.ledger import accounts, doctor
from sycee.core.parties import forgetting, parties, vault
from sycee.core.policy import limits
from sycee.products.escrow.checks import checks

from .conftest import LINE, make, step


def test_a_trade_goes_its_whole_way(house: House, buyer: Person, shop: Person) -> None:
    trade = make(house, shop, buyer, out_ref="A-1")
    assert step(house, buyer, trade, "pay", {})["state"] == "wait-seller-ship"
    parcel = {"carrier": "sf", "tracking_number": "SF1"}
    assert step(house, shop, trade, "ship", parcel)["shipment"].startswith("shp_")
    assert step(house, buyer, trade, "confirm")["state"] == "finished"
    assert (house.balance(buyer), house.balance(shop)) == (90_000, 9_940)
    verbs = [row["verb"] for row in house.get(f"/v1/trades/{trade}/timeline", shop).json()]
    assert verbs[0] == "trade.created"
    assert verbs[-1] == "trade.finished"
    assert doctor.examine(house.database, checks).ok


def test_the_same_key_pays_once(house: House, buyer: Person, shop: Person) -> None:
    trade = make(house, shop, buyer)
    path = f"/v1/trades/{trade}/pay"
    first = house.post(path, buyer, {}, key="pay-1")
    again = house.post(path, buyer, {}, key="pay-1")
    assert first.json() == again.json()
    assert again.headers["idempotent-replay"] == "true"
    assert house.post(path, buyer, {}, key="pay-2").json()["code"] == "trade-not-payable"
    assert house.balance(buyer) == 90_000


def test_a_trade_is_paid_at_the_price_that_the_payer_was_shown_or_not_at_all(
    house: House, buyer: Person, shop: Person
) -> None:
    trade = make(house, shop, buyer)
    step(house, shop, trade, "change-price", {"prices": [{"line": 0, "unit_price_minor": 12_000}]})
    for wrong in (10_000, 12_001, 1):
        answer = house.post(f"/v1/trades/{trade}/pay", buyer, {"amount_minor": wrong})
        assert answer.status_code == 409
        problem = answer.json()
        assert problem["code"] == "trade-total-differs"
        assert problem["facts"]["total_minor"] == 12_000
    answer = house.post(f"/v1/trades/{trade}/pay", buyer, {"amount_minor": 0})
    assert answer.json()["code"] == "malformed-payload"
    assert house.balance(buyer) == 100_000
    assert step(house, buyer, trade, "pay", {"amount_minor": 12_000})["state"] == "wait-seller-ship"
    assert house.balance(buyer) == 88_000


def test_for_anybody_else_there_is_no_such_trade(
    house: House, buyer: Person, shop: Person, judge: Person
) -> None:
    trade, stranger = make(house, shop, buyer), house.person("Stranger", minor=50_000)
    for path in ("", "/timeline", "/records"):
        assert house.get(f"/v1/trades/{trade}{path}", buyer).status_code == 200
        assert house.get(f"/v1/trades/{trade}{path}", stranger).status_code == 404
        assert house.get(f"/v1/trades/{trade}{path}", judge).status_code == 404
        assert house.get(f"/v1/trades/{trade}{path}", house.operator()).status_code == 200
    assert house.post(f"/v1/trades/{trade}/pay", stranger, {}).status_code == 404
    assert house.balance(stranger) == 50_000


def test_an_order_for_whoever_comes_is_seen_by_who_has_its_link_until_one_has_paid(
    house: House, buyer: Person, shop: Person
) -> None:
    body = {"currency": "CNY", "title": "tea", "lines": [LINE]}
    trade = house.post("/v1/trades", shop, body).json()["id"]
    stranger = house.person("Stranger")
    assert house.get(f"/v1/trades/{trade}", stranger).json()["total_minor"] == 10_000
    assert house.post(f"/v1/trades/{trade}/cancel", stranger).status_code == 404
    assert step(house, buyer, trade, "pay", {})["state"] == "wait-seller-ship"
    assert house.get(f"/v1/trades/{trade}", stranger).status_code == 404
    given_up = house.post("/v1/trades", shop, body).json()["id"]
    step(house, shop, given_up, "cancel")
    assert house.get(f"/v1/trades/{given_up}", stranger).status_code == 404


def test_lists_are_ones_own_newest_first_a_page_at_a_time(
    house: House, buyer: Person, shop: Person
) -> None:
    made = [make(house, shop, buyer, out_ref=f"L-{n}") for n in range(5)]
    step(house, buyer, made[2], "pay", {})
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = house.get("/v1/trades", buyer, limit=2, **more).json()
        seen += [trade["id"] for trade in page["items"]]
        cursor = page["next"]
        if not page["has_more"]:
            break
    assert seen == made[::-1]
    waiting = house.get("/v1/trades", buyer, state="wait-seller-ship").json()["items"]
    assert [trade["id"] for trade in waiting] == [made[2]]
    found = house.get("/v1/trades", shop, out_ref="L-3").json()["items"]
    assert [trade["id"] for trade in found] == [made[3]]
    assert house.get("/v1/trades", shop, side="buyer").json()["items"] == []


def test_a_quarrel_is_told_in_confidence_and_ruled(
    house: House, buyer: Person, shop: Person, judge: Person
) -> None:
    trade = make(house, shop, buyer)
    step(house, buyer, trade, "pay", {})
    step(house, shop, trade, "ship", {})
    step(house, buyer, trade, "dispute", {"reason": "broken"})
    told = step(house, buyer, trade, "dispute/evidence", {"text": "The pot was cracked."})
    photo = b"not really a photo"
    file = {"content_type": "image/png", "content": base64.b64encode(photo).decode()}
    step(house, shop, trade, "dispute/evidence", file)
    with house.database.read() as tx:
        rows = tx.conn.execute("SELECT sealed, content, sha256 FROM escrow.evidence").fetchall()
    kept = b"|".join(bytes(part or b"") for *parts, _ in rows for part in parts)
    assert b"cracked" not in kept
    assert photo not in kept
    assert hashlib.sha256(photo).digest() in [bytes(sha) for *_, sha in rows if sha]
    desk = [each["id"] for each in house.get("/v1/disputes", judge).json()["items"]]
    assert trade in desk
    read = house.get(f"/v1/trades/{trade}/evidence/{told['evidence']}", judge)
    assert read.json()["text"] == "The pot was cracked."
    share = [{"party": shop.id, "amount_minor": 4_000}]
    ruling = {"to_buyer_minor": 5_900, "to_payees": share, "fee_minor": 100}
    refused = house.post(f"/v1/trades/{trade}/dispute/ruling", shop, ruling)
    assert refused.status_code == 403
    wrong = house.post(f"/v1/trades/{trade}/dispute/ruling", judge, {**ruling, "to_buyer_minor": 1})
    assert wrong.json()["code"] == "ruling-unbalanced"
    assert step(house, judge, trade, "dispute/ruling", ruling)["state"] == "finished"
    assert (house.balance(buyer), house.balance(shop)) == (95_900, 4_000)
    step(house, buyer, trade, "ratings", {"of": shop.id, "stars": 2, "comment": "Careless."})
    records = house.get(f"/v1/trades/{trade}/records", shop).json()
    assert records["ratings"][0]["stars"] == 2
    assert [each["size_bytes"] for each in records["evidence"]] == [None, len(photo)]
    kept = house.post("/v1/me/export", buyer).json()["kept"]
    assert [each["text"] for each in kept["dispute_evidence"]] == ["The pot was cracked."]
    assert [each["text"] for each in kept["ratings_given"]] == ["Careless."]
    shops = house.post("/v1/me/export", shop).json()["kept"]
    assert [(each["by"], each["stars"]) for each in shops["ratings_got"]] == [(buyer.id, 2)]
    (mine,) = shops["dispute_evidence"]
    assert (mine["text"], mine["sha256"]) == (None, hashlib.sha256(photo).hexdigest())


def test_a_file_from_before_files_were_sealed_is_read_by_the_same_rules(
    house: House, buyer: Person, shop: Person, judge: Person
) -> None:
    trade = make(house, shop, buyer)
    step(house, buyer, trade, "pay", {})
    step(house, buyer, trade, "dispute", {})
    photo = {"content_type": "image/png", "content": base64.b64encode(b"a photo").decode()}
    file = step(house, shop, trade, "dispute/evidence", photo)["evidence"]
    with house.database.transaction() as tx:
        tx.conn.execute(
            "UPDATE escrow.evidence SET content = %s, size_bytes = NULL WHERE sha256 IS NOT NULL",
            (b"a photo",),
        )
    path = f"/v1/trades/{trade}/evidence/{file}"
    assert base64.b64decode(house.get(path, judge).json()["content"]) == b"a photo"
    pieces = house.get(f"/v1/trades/{trade}/records", shop).json()["evidence"]
    assert [each["size_bytes"] for each in pieces if each["id"] == file] == [7]
    forgetting.forget(house.database, vault.keys(), shop.party)
    assert house.get(path, judge).json()["code"] == "vault-subject-forgotten"


def test_a_mediator_with_a_royalty_neither_rules_nor_reads_what_is_told(
    house: House, buyer: Person, shop: Person, judge: Person
) -> None:
    trade = make(house, shop, buyer, royalties=[{"party": judge.id, "amount_minor": 500}])
    step(house, buyer, trade, "pay", {})
    step(house, buyer, trade, "dispute", {})
    told = step(house, buyer, trade, "dispute/evidence", {"text": "It never came."})["evidence"]
    read = house.get(f"/v1/trades/{trade}/evidence/{told}", judge)
    assert (read.status_code, read.json()["code"]) == (404, "not-found")
    share = [{"party": shop.id, "amount_minor": 10_000}]
    ruling = {"to_buyer_minor": 0, "to_payees": share, "fee_minor": 0}
    ruled = house.post(f"/v1/trades/{trade}/dispute/ruling", judge, ruling)
    assert ruled.json()["code"] == "mediator-is-party"
    back = {"to_buyer_minor": 10_000, "to_payees": [], "fee_minor": 0}
    assert step(house, house.operator(), trade, "dispute/ruling", back)["refunded_minor"] == 10_000


def test_a_seller_cannot_name_the_operator_who_rules_where_every_mediator_was_named(
    house: House, buyer: Person, shop: Person
) -> None:
    operator = house.operator()
    part = {"party": operator.id, "amount_minor": 1}
    sold = [{**LINE, "seller": shop.id}, {**LINE, "seller": operator.id}]
    for named in ({"royalties": [part]}, {"lines": sold}):
        body = {"buyer": buyer.id, "currency": "CNY", "title": "tea", "lines": [LINE]} | named
        refused = house.post("/v1/trades", shop, body)
        assert (refused.status_code, refused.json()["facts"]["field"]) == (400, "party")
    trade = make(house, shop, buyer)
    step(house, buyer, trade, "pay", {})
    split = {"payees": [part], "request_ref": "S-1"}
    refused = house.post(f"/v1/trades/{trade}/split", shop, split)
    assert (refused.status_code, refused.json()["facts"]["field"]) == (400, "party")
    asked = [{**LINE, "seller": operator.id}]  # of the operator one buys as of anybody
    body = {"buyer": buyer.id, "currency": "CNY", "title": "tea", "lines": asked}
    assert house.post("/v1/trades", buyer, body).status_code == 201


def test_each_side_reads_what_the_other_brought_and_every_look_is_journalled(
    house: House, buyer: Person, shop: Person, judge: Person
) -> None:
    trade = make(house, shop, buyer)
    step(house, buyer, trade, "pay", {})
    step(house, buyer, trade, "dispute", {})
    words = step(house, buyer, trade, "dispute/evidence", {"text": "It never came."})["evidence"]
    photo = {"content_type": "image/png", "content": base64.b64encode(b"a photo").decode()}
    file = step(house, shop, trade, "dispute/evidence", photo)["evidence"]

    def look(who: Person, piece: str) -> httpx2.Response:
        return house.get(f"/v1/trades/{trade}/evidence/{piece}", who)

    assert look(shop, words).json()["text"] == "It never came."
    assert base64.b64decode(look(buyer, file).json()["content"]) == b"a photo"
    assert look(buyer, words).status_code == look(judge, file).status_code == 200
    readings = {
        whose: [
            (row["actor"], row["purpose"], row["case"], row["fields"])
            for row in house.get("/v1/me/readings", whose).json()["items"]
        ]
        for whose in (buyer, shop)
    }
    seen = (trade, ["escrow.evidence"])
    assert readings[buyer] == [(buyer.id, "self", *seen), (shop.id, "dispute", *seen)]
    assert readings[shop] == [(judge.id, "dispute", *seen), (buyer.id, "dispute", *seen)]

    # Whoever has no part in the quarrel reads nothing, and leaves no row.
    office = house.operator()
    for who in (house.person("Stranger"), house.key(office, "operator", "trades:read")):
        assert look(who, words).json()["code"] == "not-found"
        assert look(who, file).json()["code"] == "not-found"
    assert house.get(f"/v1/trades/{trade}", house.key(office, "operator", "trades:read")).is_success
    assert len(house.get("/v1/me/readings", buyer).json()["items"]) == 2

    # What a forgotten person brought is shown to nobody, a file no more than a text.
    forgetting.forget(house.database, vault.keys(), shop.party)
    assert look(judge, file).json()["code"] == "vault-subject-forgotten"


def test_both_sides_read_what_was_written_with_stars_and_every_look_is_journalled(
    house: House, buyer: Person, shop: Person, judge: Person
) -> None:
    trade = make(house, shop, buyer)
    for who, verb in ((buyer, "pay"), (shop, "ship"), (buyer, "confirm")):
        step(house, who, trade, verb, {})
    step(house, shop, trade, "ratings", {"of": buyer.id, "stars": 5, "comment": "Paid at once."})
    step(house, buyer, trade, "ratings", {"of": shop.id, "stars": 3})

    def look(who: Person, by: Person, of: Person) -> httpx2.Response:
        return house.get(f"/v1/trades/{trade}/ratings/{by.id}/{of.id}", who)

    told = {"by": shop.id, "of": buyer.id, "text": "Paid at once."}
    assert look(buyer, shop, buyer).json() == look(shop, shop, buyer).json() == told
    assert look(shop, buyer, shop).json()["code"] == "not-found"  # stars without a word
    office = house.operator()
    for who in (judge, house.person("Stranger"), house.key(office, "operator", "trades:read")):
        assert look(who, shop, buyer).json()["code"] == "not-found"
    rows = house.get("/v1/me/readings", shop).json()["items"]
    assert [(row["actor"], row["purpose"], row["case"], row["fields"]) for row in rows] == [
        (shop.id, "self", trade, ["escrow.rating"]),
        (buyer.id, "payment", trade, ["escrow.rating"]),
    ]
    forgetting.forget(house.database, vault.keys(), shop.party)
    assert look(buyer, shop, buyer).json()["code"] == "vault-subject-forgotten"


def test_evidence_sent_again_under_its_key_is_kept_once(
    house: House, buyer: Person, shop: Person
) -> None:
    trade = make(house, shop, buyer)
    step(house, buyer, trade, "pay", {})
    step(house, buyer, trade, "dispute", {})
    path, body = f"/v1/trades/{trade}/dispute/evidence", {"text": "It never came."}
    first = house.post(path, buyer, body, key="same")
    again = house.post(path, buyer, body, key="same")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = house.post(path, buyer, {"text": "It came broken."}, key="same")
    assert other.json()["code"] == "idempotency-key-reused"
    with house.database.read() as tx:
        row = tx.conn.execute(
            "SELECT count(*) FROM runtime.keys WHERE convert_from(answer, 'UTF8') LIKE '%never%'"
        ).fetchone()
    assert row == (0,)


def test_money_back_by_every_word_of_the_refund(house: House, buyer: Person, shop: Person) -> None:
    trade = make(house, shop, buyer)
    step(house, buyer, trade, "pay", {})
    step(house, shop, trade, "ship", {})
    step(house, buyer, trade, "refund", {"amount_minor": 2_000, "reason": "late"})
    assert step(house, shop, trade, "refund/refuse")["refund_state"] == "refused"
    step(house, buyer, trade, "refund/modify", {"amount_minor": 1_000, "returns": True})
    wrong = {"amount_minor": 2_000, "returns": True}
    no = house.post(f"/v1/trades/{trade}/refund/agree", shop, wrong).json()
    assert (no["code"], no["facts"]["amount_minor"]) == ("refund-request-differs", 1_000)
    asked = {"amount_minor": 1_000, "returns": True}
    assert step(house, shop, trade, "refund/agree", asked)["refund_state"] == "wait-buyer-return"
    back = {"carrier": "sf", "tracking_number": "SF9"}
    step(house, buyer, trade, "refund/return", back)
    assert step(house, shop, trade, "refund/receive")["refunded_minor"] == 1_000
    once = {"amount_minor": 500, "request_ref": "R1"}
    step(house, shop, trade, "refund-now", once)
    assert step(house, shop, trade, "refund-now", once)["existed"]
    assert house.balance(buyer) == 91_500


def test_the_operator_sets_the_terms_of_a_category(
    house: House, buyer: Person, shop: Person
) -> None:
    body = {"category": "art", "terms": {"confirm_seconds": 60}, "fee_bps": 1_000}
    assert house.post("/v1/categories", shop, body).status_code == 403
    assert house.post("/v1/categories", house.operator(), body).json()["fee_bps"] == 1_000
    trade = make(house, shop, buyer, category="art")
    assert house.get(f"/v1/trades/{trade}", shop).json()["fee_bps"] == 1_000
    read = {each["category"]: each for each in house.get("/v1/trade-categories", buyer).json()}
    assert (read["art"]["fee_bps"], read["art"]["terms"]["confirm_seconds"]) == (1_000, 60)
    assert read["fresh"]["fee_bps"] == 60, "built in, as nobody has set it"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"lines": []}, 422),
        ({"currency": "XXX"}, 400),
        ({"lines": [{"title": "a", "quantity": 1, "unit_price_minor": 1.5}]}, 422),
        ({"lines": [{"title": "a", "quantity": 1, "unit_price_minor": -1}]}, 422),
        ({"lines": [{"title": "a", "quantity": 0, "unit_price_minor": 1}]}, 422),
        ({"lines": [{"title": "a", "quantity": 2, "unit_price_minor": 2**53}]}, 400),
        ({"buyer": "par_00000000000000000000000000"}, 404),
        ({"category": "nothing"}, 400),
        ({"surprise": True}, 422),
    ],
)
def test_a_trade_that_is_malformed_is_refused_by_name(
    house: House, buyer: Person, shop: Person, change: dict, status: int
) -> None:
    body = {
        "currency": "CNY",
        "title": "tea",
        "buyer": buyer.id,
        "lines": [{"title": "tea", "quantity": 1, "unit_price_minor": 5}],
        **change,
    }
    refused = house.post("/v1/trades", shop, body)
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"


def test_money_for_a_full_wallet_stays_in_the_pot_until_there_is_room(house: House, buyer, shop):
    rule = {"name": "tiny", "tier": "tiny", "currency": "CNY", "window": "balance"}
    rule |= {"amount_minor": 5_000, "from": "2020-01-01T00:00:00Z"}
    with house.database.transaction() as tx:
        limits.load(tx, {"pack": "tiny", "limits": [rule]})
        parties.set_tier(tx, shop.party, "tiny")
    trade = make(house, shop, buyer)
    step(house, buyer, trade, "pay", {})
    refused = house.post(f"/v1/trades/{trade}/release", buyer, {"amount_minor": 10_000})
    assert refused.json()["code"] == "trade-purse-full", refused.text
    step(house, buyer, trade, "release", {"amount_minor": 4_000})
    refused = house.post(f"/v1/trades/{trade}/release", buyer, {"amount_minor": 6_000})
    assert (refused.status_code, house.balance(shop) <= 5_000) == (409, True)
    with house.database.transaction() as tx:
        parties.set_tier(tx, shop.party, "standard")
    assert step(house, buyer, trade, "release", {"amount_minor": 6_000})["held_minor"] == 0


def test_money_does_not_move_through_a_frozen_wallet_and_whose_it_is_is_not_said(
    house: House, buyer: Person, shop: Person
) -> None:
    def purse(person: Person, turn) -> None:
        with house.database.transaction() as tx:
            turn(tx, parties.account(tx, person.party, "wallet", "CNY"))

    trade = make(house, shop, buyer)
    purse(buyer, accounts.freeze)
    refused = house.post(f"/v1/trades/{trade}/pay", buyer, {}).json()
    assert (refused["code"], refused["facts"]) == ("trade-purse-shut", {"trade": trade})
    purse(buyer, accounts.thaw)
    step(house, buyer, trade, "pay", {})
    step(house, shop, trade, "ship", {})
    purse(shop, accounts.freeze)
    refused = house.post(f"/v1/trades/{trade}/confirm", buyer).json()
    assert (refused["code"], refused["facts"]) == ("trade-purse-shut", {"trade": trade})
    assert house.get(f"/v1/trades/{trade}", buyer).json()["held_minor"] == 10_000
    purse(shop, accounts.thaw)
    assert step(house, buyer, trade, "confirm")["state"] == "finished"
