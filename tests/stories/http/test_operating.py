"""What the operator's console reads: the books from the chart to a trade, and the queue."""

from __future__ import annotations

from tests.stories.http.server import House, Person

from sycee.core.policy import gates
from sycee.core.policy.gates import Stop
from sycee.kit.ids import public, uuid7
from sycee.runtime import backlog, jobs, verdicts
from sycee.runtime.jobs import GiveUp, Jobs
from sycee.runtime.verdicts import Checked


def bought(house: House, buyer: Person, shop: Person) -> str:
    """A trade that is paid and waits for its goods."""
    made = house.post(
        "/v1/trades",
        shop,
        {
            "currency": "CNY",
            "title": "tea",
            "buyer": buyer.id,
            "lines": [{"title": "tea", "quantity": 1, "unit_price_minor": 10_000}],
        },
    )
    trade = made.json()["id"]
    paid = house.post(f"/v1/trades/{trade}/pay", buyer, {})
    assert paid.status_code == 200, paid.text
    return trade


def test_the_books_lead_from_the_chart_to_an_account_a_transfer_and_a_trade(house: House) -> None:
    operator, shop = house.operator(), house.person("Tea")
    buyer = house.person("Li", minor=30_000)
    trade = bought(house, buyer, shop)

    owned = house.get("/v1/ledger/accounts", operator, owner=buyer.id).json()["items"]
    (purse,) = [each for each in owned if each["currency"] == "CNY"]
    assert (purse["code"], purse["class"]) == ("wallet", "liability")
    assert purse["balance_minor"] == 20_000
    assert house.get(f"/v1/ledger/accounts/{purse['id']}", operator).json() == purse

    path = f"/v1/ledger/accounts/{purse['id']}/activity"
    first = house.get(path, operator, limit=1).json()
    rest = house.get(path, operator, limit=1, cursor=first["next"]).json()
    hold, deposit = first["items"][0], rest["items"][0]
    assert (hold["code"], hold["amount_minor"]) == ("escrow.hold", -10_000)
    assert (deposit["code"], deposit["amount_minor"]) == ("deposit.demo", 30_000)
    assert rest["next"] is None

    row = house.get(f"/v1/ledger/transfers/{hold['id']}", operator).json()
    assert row["debit"]["id"] == purse["id"]
    assert row["credit"]["code"] == "escrow"
    assert row["subject"] == hold["subject"]
    assert row["debit_after_minor"] == 20_000

    money = house.get(f"/v1/ledger/subjects/{hold['subject']}", operator).json()
    assert money == house.get(f"/v1/ledger/subjects/{trade}", operator).json()
    assert money["pot"] == row["credit"]["id"]
    assert len(money["accounts"]) == 2
    (stream,) = money["streams"]
    assert (stream["debit"], stream["credit"]) == (purse["id"], money["pot"])
    assert (stream["code"], stream["count"], stream["amount_minor"]) == ("escrow.hold", 1, 10_000)

    whole = house.get(f"/v1/ledger/subjects/{purse['id']}", operator).json()
    assert (whole["pot"], whole["streams"]) == (None, []), "all of somebody's life is no subject"


def test_accounts_of_a_line_come_a_page_at_a_time_and_nothing_is_made_up(house: House) -> None:
    operator = house.operator()
    people = [house.person(name, minor=100).id for name in ("An", "Bo", "Cy")]
    owners, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = house.get("/v1/ledger/accounts", operator, code="wallet", limit=2, **more).json()
        owners += [each["owner"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert set(people) <= set(owners)
    assert len(owners) == len(set(owners))
    assert house.get("/v1/ledger/accounts", operator, code="gold").status_code == 400
    for path in ("accounts/" + public("acc", uuid7()), "transfers/" + public("tfr", uuid7())):
        assert house.get(f"/v1/ledger/{path}", operator).status_code == 404
    assert house.get(f"/v1/ledger/subjects/{uuid7()}", operator).status_code == 404
    assert house.get("/v1/ledger/subjects/nothing", operator).status_code == 400


def test_the_pulse_names_what_waits_what_died_and_the_doctors_last_word(house: House) -> None:
    operator = house.operator()
    before = house.get("/v1/pulse", operator).json()
    assert before["verdict"] is None
    assert before["sweep_lag_seconds"] is None
    registry = Jobs()

    def fail(database: object, body: object) -> None:
        raise GiveUp

    registry.outside("story.call", fail)
    with house.database.transaction() as tx:
        backlog.note_pass(tx)
        id_ = jobs.defer(tx, "story.call", {})
        verdicts.keep(tx, False, [Checked("Books", False, "acc: should be 1, is 2")])
    pulse = house.get("/v1/pulse", operator).json()
    (queue,) = [each for each in pulse["jobs"] if each["kind"] == "story.call"]
    assert (queue["waiting"], queue["dead"]) == (1, 0)
    assert 0 <= pulse["sweep_lag_seconds"] < 30
    assert pulse["verdict"]["sound"] is False
    assert pulse["verdict"]["checks"][0]["seen"] == "acc: should be 1, is 2"
    assert pulse["unsealed"]["rows"] > 0
    assert pulse["unsealed"]["oldest_at"] < pulse["at"]

    jobs.run_due(house.database, registry)
    (dead,) = house.get("/v1/dead-letters", operator).json()["items"]
    assert (dead["id"], dead["last_error"]) == (public("job", id_), "GiveUp")
    again = f"/v1/dead-letters/{dead['id']}/requeue"
    assert house.post(again, operator).json() == {"id": dead["id"]}
    assert house.get("/v1/dead-letters", operator).json()["items"] == []
    assert house.post(again, operator).status_code == 404


def test_the_operator_lists_everyones_trades_by_state_and_nobody_else_does(house: House) -> None:
    operator, shop = house.operator(), house.person("Tea")
    buyer = house.person("Li", minor=30_000)
    trades = {bought(house, buyer, shop), bought(house, house.person("Bo", minor=30_000), shop)}
    seen = house.get("/v1/trades", operator, everyone=True, state="wait-seller-ship", limit=100)
    assert trades <= {each["id"] for each in seen.json()["items"]}
    first = house.get("/v1/trades", operator, everyone=True, limit=1).json()
    second = house.get("/v1/trades", operator, everyone=True, limit=1, cursor=first["next"]).json()
    assert first["items"][0]["id"] > second["items"][0]["id"], "newest first"
    refused = house.get("/v1/trades", buyer, everyone=True)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_a_gate_is_listed_with_what_narrows_it_while_it_stands(house: House) -> None:
    operator = house.operator()
    with house.database.transaction() as tx:
        stop = Stop("rides", "*", channels=("api",), tiers=("class-1",))
        (gate,) = gates.shut(tx, [stop])
    listed = house.get("/v1/gates", operator).json()
    assert "escrow" in listed["products"]
    assert "transfer" in listed["operations"]
    (mine,) = [each for each in listed["items"] if each["id"] == public("gat", gate.id)]
    assert (mine["product"], mine["operation"], mine["whole"]) == ("rides", "*", False)
    narrowed = [{"by": "channel", "names": ["api"]}, {"by": "tier", "names": ["class-1"]}]
    assert mine["narrowed"] == narrowed
    with house.database.transaction() as tx:
        gates.reopen(tx, [gate.id])
    left = house.get("/v1/gates", operator).json()["items"]
    assert mine["id"] not in {each["id"] for each in left}
    assert house.get("/v1/gates", house.person("Li")).status_code == 403
