"""A person withdraws: the money waits in transit until the bank has said what became of it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.stories.bank.conftest import FRIEND, Town
from tests.stories.regulator.office import order, person

from sycee.core.parties import forgetting, parties
from sycee.core.parties.model import Kind, PartyHasUnfinished
from sycee.core.policy import gates, limits
from sycee.core.policy.model import LimitReached, Operation, ProductSuspended
from sycee.doors.bank import messages
from sycee.doors.http import contents
from sycee.kit.errors import Invalid
from sycee.kit.ids import public
from sycee.products.wallet import personal
from sycee.products.wallet.bank import desk, jobs, model
from sycee.products.wallet.bank.actions import paying, queue
from sycee.products.wallet.bank.model import PAYMENT, BankLineSettled, IbanInvalid, Why
from sycee.products.wallet.bank.store import payments
from sycee.products.wallet.model import InsufficientFunds


def outgoing(town: Town) -> str:
    (path,) = town.where.out.glob("*.xml")
    return path.read_text()


def test_a_withdrawal_goes_out_and_is_booked(town: Town):
    ann = town.rich(1_000)
    id_ = town.withdraw(ann, 400, name="Ann Müller")
    assert (town.purse(ann), town.house("bank-transit"), town.state(id_)) == (600, 400, "queued")
    (told,) = personal.source.rows["withdrawal_accounts"](town.database, ann, 10)
    assert (told["to"].name, told["to"].number) == ("Ann Müller", FRIEND)
    town.work()
    assert town.state(id_) == "sent"
    text = outgoing(town)
    assert id_.hex in text
    assert "Ann Müller" in text
    assert FRIEND in text
    town.bank.step()
    town.work()
    assert town.state(id_) == "accepted"
    town.bank.step()
    town.work()
    assert town.state(id_) == "booked"
    assert personal.source.rows["withdrawal_accounts"](town.database, ann, 10) == []
    assert (town.house("bank-transit"), town.in_bank()) == (0, 600)
    assert town.in_bank() == town.books.balance(town.account.number)


def test_a_rejected_payment_comes_back_once(town: Town):
    ann = town.rich(1_000)
    town.books.wish("reject", "AC04")
    id_ = town.withdraw(ann, 400)
    town.work()
    town.bank.read_orders()
    (answer,) = [p.read_bytes() for p in town.where.waiting()]
    assert town.take(answer).rejected == 1
    again = answer.replace(b"<MsgId>SBX", b"<MsgId>TBX")
    assert town.take(again).rejected == 0
    assert (town.state(id_), town.purse(ann), town.house("bank-transit")) == ("rejected", 1_000, 0)


def test_an_order_against_refunds_keeps_a_rejected_payment_from_the_wallet(town: Town):
    ann = town.rich(1_000)
    town.books.wish("reject", "AC04")
    id_ = town.withdraw(ann, 400)
    town.work()
    with town.database.transaction() as tx:
        account = parties.account(tx, ann, "wallet", town.currency)
        (gate,) = gates.shut(tx, [gates.Stop("wallet", "*", accounts=(account,))])
    town.circle()
    assert (town.state(id_), town.purse(ann)) == ("rejected", 600)
    (line,) = town.queue()
    assert (line.reason, line.party, line.amount_minor) == (Why.SUSPENDED, ann, 400)
    with town.database.transaction() as tx:
        gates.reopen(tx, [gate.id])
    town.do("bank.assign", queue.assign, queue.Assign(line.id, ann, town.operator))
    assert (town.purse(ann), town.house("bank-unmatched")) == (1_000, 0)


def test_what_the_bank_did_not_pay_out_uses_no_limit(town: Town):
    ann = town.rich(1_000)
    rule = {
        "name": "ever", "tier": "ever", "currency": town.currency, "window": "lifetime",
        "operation": "payout", "amount_minor": 400, "from": "2020-01-01T00:00:00Z",
    }  # fmt: skip
    with town.database.transaction() as tx:
        parties.set_tier(tx, ann, "ever")
        limits.load(tx, {"pack": f"ever-{town.currency.lower()}", "limits": [rule]})
    town.books.wish("reject", "AC04")
    rejected = town.withdraw(ann, 400)
    with pytest.raises(LimitReached):
        town.withdraw(ann, 1)
    town.circle()
    returned = town.withdraw(ann, 400)
    town.circle()
    town.bank.give_back(returned.hex, "AC06", kept_minor=5)
    town.work()
    assert (town.state(rejected), town.state(returned)) == ("rejected", "returned")
    with pytest.raises(LimitReached):
        town.withdraw(ann, 396)
    town.withdraw(ann, 395)
    town.circle()
    town.bank.state()
    town.work()


def test_what_the_bank_booked_without_naming_it_is_booked_by_an_operators_hand(town: Town):
    ann = town.rich(1_000)
    one, two, other = (town.withdraw(ann, minor) for minor in (300, 100, 50))
    town.work()
    town.bank.read_orders()
    for path in town.where.waiting():
        town.take(path.read_bytes())
        path.unlink()
    booked = messages.Entry(
        "SUM", False, 400, town.database.clock.now().date(), None, None, None, None, None, None
    )
    head = messages.Head("N", town.database.clock.now(), town.number, town.currency, 1, "08")
    assert town.take(messages.notification(head, [booked])).unmatched == 1
    (line,) = town.queue()
    assert (line.reason, [town.state(each) for each in (one, two, other)]) == (
        Why.DEBIT_UNKNOWN, ["accepted"] * 3,
    )  # fmt: skip
    for wrong in ([one], [one, one], [one, two, other], [two, other], [one, uuid4()]):
        with pytest.raises(Invalid):
            town.do(
                "bank.assign",
                queue.assign,
                queue.Assign(line.id, None, town.operator, tuple(wrong)),
            )
    named = desk.assignment(line.id, None, [public(PAYMENT, each) for each in (one, two)], ann)
    assert town.do("bank.assign", queue.assign, named).state == "assigned"
    assert [town.state(each) for each in (one, two, other)] == ["booked", "booked", "accepted"]
    assert (town.house("bank-transit"), town.house("bank-unmatched"), town.in_bank()) == (
        50, 0, 600,
    )  # fmt: skip
    with pytest.raises(BankLineSettled):
        town.do("bank.assign", queue.assign, named, key="again")
    for party, some in ((None, []), ("par_01m8bxt5hrezzvqezjn144waba", [public(PAYMENT, one)])):
        with pytest.raises(Invalid):
            town.do("bank.assign", queue.assign, desk.assignment(line.id, party, some, ann))
    with town.database.transaction() as tx:
        paying.reject(tx, [(payments.payments(tx, [other])[other], "AC04")])


def test_a_returned_payment_is_credited_once(town: Town):
    ann = town.rich(1_000)
    id_ = town.withdraw(ann, 400)
    town.circle()
    town.bank.give_back(id_.hex, "AC06", kept_minor=5)
    town.work()
    town.bank.state()
    town.work()
    assert (town.state(id_), town.purse(ann), town.in_bank()) == ("returned", 995, 995)
    with town.database.transaction() as tx:
        reason = tx.conn.execute("SELECT reason FROM bank.payment WHERE id = %s", (id_,)).fetchone()
    assert reason == ("AC06",)


def test_what_the_bank_sends_back_finds_room_in_a_full_wallet_and_a_top_up_does_not(town: Town):
    ann = town.rich(1_000)
    returned, rejected = town.withdraw(ann, 400), town.withdraw(ann, 100)
    town.circle()
    rule = {
        "name": "tight", "tier": "tight", "currency": town.currency, "window": "balance",
        "amount_minor": 500, "from": "2020-01-01T00:00:00Z",
    }  # fmt: skip
    with town.database.transaction() as tx:
        parties.set_tier(tx, ann, "tight")
        limits.load(tx, {"pack": f"tight-{town.currency.lower()}", "limits": [rule]})
    town.bank.pay_in(town.number, 50, reference=town.ask(ann, 50).reference)
    town.bank.give_back(returned.hex, "AC06")
    town.bank.give_back(rejected.hex, "AC04")
    town.work()
    assert (town.state(returned), town.state(rejected), town.purse(ann)) == (
        "returned", "returned", 1_000,
    )  # fmt: skip
    (line,) = town.queue()
    assert (line.reason, line.amount_minor) == (Why.LIMIT_REACHED, 50)
    town.bank.state()
    town.work()


def test_a_return_that_an_order_stopped_is_its_owners_however_full_the_wallet_is(town: Town):
    ann = town.rich(1_000)
    id_ = town.withdraw(ann, 400)
    town.circle()
    rule = {
        "name": "narrow", "tier": "narrow", "currency": town.currency, "window": "balance",
        "amount_minor": 500, "from": "2020-01-01T00:00:00Z",
    }  # fmt: skip
    with town.database.transaction() as tx:
        parties.set_tier(tx, ann, "narrow")
        limits.load(tx, {"pack": f"narrow-{town.currency.lower()}", "limits": [rule]})
        (gate,) = gates.shut(tx, [gates.Stop("wallet", Operation.REFUND)])
    town.bank.give_back(id_.hex, "AC06")
    town.work()
    with town.database.transaction() as tx:
        gates.reopen(tx, [gate.id])
    (line,) = town.queue()
    assert (line.reason, line.party, town.state(id_)) == (Why.SUSPENDED, ann, "returned")
    town.do("bank.assign", queue.assign, queue.Assign(line.id, ann, town.operator))
    assert (town.purse(ann), town.house("bank-unmatched")) == (1_000, 0)
    town.bank.state()
    town.work()


def test_a_return_that_comes_before_the_booking_is_right_in_the_end(town: Town):
    ann = town.rich(1_000)
    id_ = town.withdraw(ann, 400)
    town.work()
    town.bank.read_orders()
    town.bank.book_orders()
    booked = town.where.waiting()
    late = [path.read_bytes() for path in booked]
    for path in booked:
        path.unlink()
    town.bank.give_back(id_.hex)
    town.work()
    assert (town.state(id_), town.purse(ann)) == ("returned", 1_000)
    assert (town.house("bank-transit"), town.in_bank()) == (400, 1_400)
    for content in late:
        town.take(content)
    assert (town.state(id_), town.purse(ann)) == ("returned", 1_000)
    assert (town.house("bank-transit"), town.in_bank()) == (0, 1_000)


def test_nobody_is_closed_before_the_bank_has_booked_their_money_and_a_later_return_is_queued(
    town: Town,
):
    contents.routes()  # so that every slice is asked what is still open
    ann = town.rich(400)
    id_ = town.withdraw(ann, 400)
    with pytest.raises(PartyHasUnfinished) as refused, town.database.transaction() as tx:
        parties.close(tx, ann)
    assert refused.value.open == (f"withdrawal {public(PAYMENT, id_)}",)
    town.circle()
    with town.database.transaction() as tx:
        parties.close(tx, ann)
    town.bank.give_back(id_.hex, "AC06")
    town.work()
    town.bank.state()
    town.work()
    (line,) = town.queue()
    assert (line.reason, line.party, line.amount_minor) == (Why.PARTY_CANNOT_RECEIVE, ann, 400)
    assert town.house("bank-transit") == 0


@pytest.mark.parametrize(
    "number",
    [
        "DE00",
        "GB33BUKB20201555555556",
        "XX12 3456",
        "GB33BUKB2020155555555",
        "DE99\u0669" + "9" * 17,
    ],
)
def test_a_malformed_iban_is_refused_and_moves_nothing(town: Town, number: str):
    ann = town.rich(100)
    with pytest.raises(IbanInvalid):
        town.withdraw(ann, 50, number)
    assert (town.purse(ann), town.house("bank-transit")) == (100, 0)


def test_more_than_one_has_is_refused(town: Town):
    ann = town.rich(100)
    with pytest.raises(InsufficientFunds) as caught:
        town.withdraw(ann, 101)
    assert caught.value.available_minor == 100


def test_an_order_against_payouts_stops_new_ones_and_holds_those_that_wait(town: Town):
    ann = town.rich(100)
    id_ = town.withdraw(ann, 40)
    with town.database.transaction() as tx:
        (gate,) = gates.shut(tx, [gates.Stop("wallet", Operation.PAYOUT)])
    with pytest.raises(ProductSuspended):
        town.withdraw(ann, 10)
    assert jobs.dispatch(town.database, town.account.id).held == 1
    town.work()
    assert (town.state(id_), list(town.where.out.glob("*"))) == ("queued", [])
    with town.database.transaction() as tx:
        gates.reopen(tx, [gate.id])
    town.circle()
    assert town.state(id_) == "booked"


def test_what_an_order_holds_is_in_nobody_elses_way(town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(model, "BATCH_MAX", 2)
    stopped, free = town.rich(100), town.rich(100)
    held = [town.withdraw(stopped, 10) for _ in range(5)]
    with town.database.transaction() as tx:
        account = parties.account(tx, stopped, "wallet", town.currency)
        gates.shut(tx, [gates.Stop("wallet", Operation.PAYOUT, accounts=(account,))])
    goes = [town.withdraw(free, 10) for _ in range(3)]
    done = jobs.dispatch(town.database, town.account.id)
    assert (done.payments, done.held) == (2, 5), "a file's worth, whoever waits before them"
    assert jobs.dispatch(town.database, town.account.id).payments == 1
    town.circle()
    assert {town.state(id_) for id_ in goes} == {"booked"}
    assert {town.state(id_) for id_ in held} == {"queued"}


def test_an_order_that_reverses_gives_back_what_waits_and_lists_what_is_sent(town: Town):
    ann, authority = town.rich(1_000), town.party("Authority", Kind.REGULATOR)
    first, second = person(town.database, authority), person(town.database, authority)
    gone = town.withdraw(ann, 300)
    town.work()
    waits = town.withdraw(ann, 200)
    scope = {"products": ["wallet"], "operations": ["payout"], "jurisdictions": ["DE"]}
    stop = order("deny", scope=scope, in_flight={"policy": "reverse"})
    assert first.propose(stop).already_sent == 1
    with pytest.raises(ProductSuspended):
        town.withdraw(ann, 10)
    town.work()
    assert (town.state(gone), town.state(waits)) == ("sent", "rejected")
    assert town.purse(ann) == 700, "what waited is back, what was sent is on its way"
    lift = order("allow", supersedes=[stop.id])
    first.propose(lift)
    assert second.approve(lift).state == "in-force"
    after = town.withdraw(ann, 50)
    town.circle()
    assert (town.state(gone), town.state(after), town.state(waits)) == (
        "booked",
        "booked",
        "rejected",
    )
    assert town.purse(ann) == 650


def test_the_file_of_a_batch_is_the_same_however_often_it_is_written(town: Town):
    ann = town.rich(1_000)
    for minor in (10, 20, 30):
        town.withdraw(ann, minor)
    town.work()
    text = outgoing(town)
    path = jobs.send(town.database, town.where.out, town.unwritten())
    assert path.read_text() == text
    assert text.count("<EndToEndId>") == 3


def test_names_are_opened_for_the_file_alone_and_leave_a_trace(town: Town):
    ann = town.rich(1_000)
    town.withdraw(ann, 400, name="Ann Secret")
    town.work()
    with town.database.read() as tx:
        rows = tx.conn.execute(
            "SELECT parties, purpose FROM journal.entry WHERE verb = 'vault.open'"
        ).fetchall()
        dump = tx.conn.execute(
            "SELECT string_agg(to_jsonb(p)::text, '') FROM bank.payment AS p"
        ).fetchone()
    assert [purpose for names, purpose in rows if ann in names] == ["payout"]
    assert dump is not None
    assert FRIEND not in dump[0]
    assert "Secret" not in dump[0]


def test_the_payment_of_a_forgotten_person_is_not_sent_and_its_money_goes_back(town: Town):
    ann = town.rich(100)
    id_ = town.withdraw(ann, 40)
    forgetting.forget(town.database, town.keyring, ann)
    town.work()
    assert (town.state(id_), town.purse(ann), list(town.where.out.glob("*"))) == (
        "rejected",
        100,
        [],
    )
