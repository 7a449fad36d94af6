"""Parties on a real database: joining, names, roles, restriction, closing, the operator's list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sycee.core.journal import read as journal
from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.model import Transfer
from sycee.core.ledger.post import post_all
from sycee.core.parties import handles, model, parties
from sycee.core.parties.model import Kind, NewParty, Status
from sycee.core.parties.scopes import Role
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import uuid7


def pay(tx, party, amount_minor):
    """Give a party test money."""
    bank = ledger.open_house(tx, "bank", "CNY")
    wallet = parties.account(tx, party, "wallet", "CNY")
    post_all(tx, [Transfer(uuid7(), bank, wallet, amount_minor, "test")])
    return wallet


def test_a_party_reads_back_as_it_joined_without_any_account(database, join):
    id_ = join("  Teahouse ", Kind.MERCHANT, handle="Tea.House", zone="Europe/Berlin")
    with database.read() as tx:
        party = parties.get(tx, id_)
        assert parties.accounts_of(tx, id_) == []
        assert parties.find(tx, "TEA.house") == id_
    assert (party.kind, party.status, party.tier) == (Kind.MERCHANT, Status.ACTIVE, "standard")
    assert (party.display_name, party.handle, party.zone) == (
        "Teahouse",
        "tea.house",
        "Europe/Berlin",
    )


def test_reading_many_leaves_out_who_is_not_there(database, join):
    li, ma = join("Li"), join("Ma")
    with database.read() as tx:
        assert set(parties.read(tx, [li, ma, uuid7()])) == {li, ma}
        with pytest.raises(NotFound):
            parties.get(tx, uuid7())


def test_a_handle_is_taken_in_any_case_and_the_refusal_does_not_repeat_it(database, join):
    join("Li", handle="tea")
    with pytest.raises(model.HandleTaken) as refused:
        join("Ma", handle="TEA")
    assert "tea" not in str(refused.value).lower().replace("party-handle-taken", "")


def test_two_that_want_one_handle_at_once_do_not_both_get_it(database, threads):
    def want():
        try:
            with database.transaction() as tx:
                return parties.create(tx, NewParty(Kind.PERSON, "Li", handle="tea")).id
        except model.HandleTaken as refusal:
            return refusal

    outcomes = threads(want, times=4)
    assert sum(isinstance(each, model.HandleTaken) for each in outcomes) == 3


def test_a_house_has_one_operator(database, join):
    first = join("House", Kind.OPERATOR)
    with pytest.raises(model.OperatorSeated):
        join("Other house", Kind.OPERATOR)
    with database.read() as tx:
        assert parties.operator(tx) == first


def test_renaming_keeps_the_old_handle_from_others_for_a_year(manual_database, clock):
    with manual_database.transaction() as tx:
        li = parties.create(tx, NewParty(Kind.PERSON, "Li", handle="tea")).id
        ma = parties.create(tx, NewParty(Kind.PERSON, "Ma")).id
        assert parties.rename(tx, li, handle="coffee").display_name == "Li"
        assert parties.rename(tx, li, display_name="Li L.").handle == "coffee"
        assert parties.find(tx, "tea") is None
    clock.advance(timedelta(days=364))
    with pytest.raises(model.HandleTaken), manual_database.transaction() as tx:
        parties.rename(tx, ma, handle="tea")
    clock.advance(timedelta(days=2))
    with manual_database.transaction() as tx:
        assert parties.rename(tx, ma, handle="tea").handle == "tea"


@pytest.mark.parametrize("other", ["PAU1", "pa.ul", "pa_ul", "paui"])
def test_a_handle_that_looks_like_anothers_is_taken(database, join, other):
    join("Paul", handle="paul")
    with pytest.raises(model.HandleTaken):
        join("Eve", handle=other)


def test_a_reserved_word_is_the_houses_alone(database, join):
    for handle in ("support", "supp0rt", "admin"):
        with pytest.raises(Invalid):
            join("Eve", handle=handle)
    join("House", Kind.OPERATOR, handle="operator")


def test_a_party_takes_three_handles_a_year(manual_database, clock):
    with manual_database.transaction() as tx:
        li = parties.create(tx, NewParty(Kind.PERSON, "Li", handle="one")).id
        for handle in ("two", "three"):
            parties.rename(tx, li, handle=handle)
        with pytest.raises(handles.HandleChangesSpent):
            parties.rename(tx, li, handle="four")
    clock.advance(timedelta(days=366))
    with manual_database.transaction() as tx:
        assert parties.rename(tx, li, handle="four").handle == "four"


def test_a_role_is_given_and_taken(database, join):
    li = join("Li")
    with database.transaction() as tx:
        assert parties.appoint(tx, li, Role.MEDIATOR).roles == ("mediator",)
        assert parties.appoint(tx, li, Role.MEDIATOR).roles == ("mediator",)
        assert parties.dismiss(tx, li, Role.MEDIATOR).roles == ()


def test_the_operators_list_goes_page_by_page_through_all(database, join):
    ids = [join(f"Party {n}", Kind.MERCHANT if n % 2 else Kind.PERSON) for n in range(7)]
    seen, after = [], None
    with database.read() as tx:
        while page := parties.page(tx, after=after, limit=3):
            seen += [party.id for party in page]
            after = page[-1].id
        merchants = parties.page(tx, kind=Kind.MERCHANT)
        assert parties.page(tx, status=Status.CLOSED) == []
        assert parties.page(tx, named=True) == []
    assert seen == sorted(ids)
    assert [party.kind for party in merchants] == [Kind.MERCHANT] * 3
    with database.transaction() as tx:
        parties.rename(tx, ids[5], handle="six")
    with database.read() as tx:
        assert [party.id for party in parties.page(tx, named=True, limit=1)] == [ids[5]]


def test_a_restricted_party_says_so_until_it_is_reinstated(database, join):
    li = join("Li")
    with database.transaction() as tx:
        assert isinstance(parties.restrict(tx, li).refusal, model.PartyRestricted)
        assert parties.restrict(tx, li).status is Status.RESTRICTED
        purse = parties.purse(tx, [li], "CNY")[li]
        assert isinstance(purse, model.Purse)
        assert isinstance(purse.refusal, model.PartyRestricted)
        assert parties.reinstate(tx, li).refusal is None


def test_a_party_with_money_does_not_close(database, join):
    li = join("Li")
    with database.transaction() as tx:
        wallet = pay(tx, li, 1)
    with pytest.raises(model.PartyHasBalance) as refused, database.transaction() as tx:
        parties.close(tx, li)
    assert refused.value.account == model.public("acc", wallet)
    with database.read() as tx:
        assert parties.get(tx, li).status is Status.ACTIVE


def test_a_closed_party_stays_closed_with_its_accounts_and_its_handle(database, join):
    li = join("Li", handle="tea")
    with database.transaction() as tx:
        wallet = parties.account(tx, li, "wallet", "CNY")
        assert parties.close(tx, li).status is Status.CLOSED
        assert parties.close(tx, li).status is Status.CLOSED
    with database.transaction() as tx:
        assert ledger.read(tx, [wallet])[wallet].closed
        for verb in (parties.restrict, parties.reinstate):
            with pytest.raises(model.PartyClosed):
                verb(tx, li)
        with pytest.raises(model.PartyClosed):
            parties.account(tx, li, "wallet", "EUR")
    with pytest.raises(model.HandleTaken):
        join("Ma", handle="tea")


def test_an_account_closed_on_its_own_does_not_keep_its_party_open(database, join):
    li = join("Li")
    with database.transaction() as tx:
        ledger.close(tx, parties.account(tx, li, "wallet", "CNY"))
        assert parties.close(tx, li).status is Status.CLOSED


def test_every_change_leaves_a_journal_row_without_a_name(database, join):
    clerk, li = join("Clerk"), join("Li Xiaolong", handle="dragon")
    with database.transaction() as tx:
        parties.rename(tx, li, display_name="Dragon", actor=clerk)
        parties.restrict(tx, li, actor=clerk)
        parties.restrict(tx, li, actor=clerk)
        parties.reinstate(tx, li, actor=clerk)
        parties.set_tier(tx, li, "gold", actor=clerk)
        parties.close(tx, li, actor=clerk)
    with database.read() as tx:
        rows = journal.about(tx, li)
    assert [row.verb for row in rows] == [
        "party.create",
        "party.rename",
        "party.restrict",
        "party.reinstate",
        "party.tier",
        "party.close",
    ]
    assert {row.actor for row in rows[1:]} == {clerk}
    assert not any("ragon" in str(row.body) or "Li" in str(row.body) for row in rows)


def test_an_account_is_opened_once_and_found_again(database, join):
    li = join("Li")
    with database.transaction() as tx:
        wallet = parties.account(tx, li, "wallet", "CNY")
    with database.transaction() as tx:
        assert parties.account(tx, li, "wallet", "CNY") == wallet
        assert parties.account(tx, li, "wallet", "EUR") != wallet
        balance = ledger.read(tx, [wallet])[wallet]
    assert (balance.owner, balance.code, balance.currency) == (li, "wallet", "CNY")
    assert (balance.floor, balance.ceiling) == (0, None)


def test_two_that_open_one_account_at_once_get_the_same(database, join, threads):
    li = join("Li")

    def ask():
        with database.transaction() as tx:
            return parties.account(tx, li, "wallet", "CNY")

    assert len(set(threads(ask, times=8))) == 1
    with database.read() as tx:
        assert len(parties.accounts_of(tx, li)) == 1
        assert len(ledger.owned(tx, [li])) == 1


def test_an_opening_that_waits_for_another_sees_its_account(database, join):
    """The second starts while the first is still open, and commits after it."""
    li = join("Li")
    with database.transaction() as first:
        wallet = parties.account(first, li, "wallet", "CNY")
        with database.read() as other:
            assert parties.accounts_of(other, li) == []
    with database.transaction() as second:
        assert parties.account(second, li, "wallet", "CNY") == wallet


@pytest.mark.parametrize(
    ("code", "currency"), [("bank", "CNY"), ("nonsense", "CNY"), ("wallet", "XXX"), ("wallet", "")]
)
def test_an_account_parties_do_not_have_is_refused(database, join, code, currency):
    li = join("Li")
    with database.transaction() as tx, pytest.raises(Invalid):
        parties.account(tx, li, code, currency)


def test_nobody_gets_no_account(database):
    with database.transaction() as tx, pytest.raises(NotFound):
        parties.account(tx, uuid7(), "wallet", "CNY")


def test_hundreds_of_purses_come_by_one_query(database, join, monkeypatch):
    with database.transaction() as tx:
        ids = [parties.create(tx, NewParty(Kind.PERSON, f"P {n}")).id for n in range(300)]
    with database.transaction(timeout_ms=20_000) as tx:
        first = parties.purse(tx, ids, "CNY")
    with database.transaction() as tx:
        asked = []
        execute = type(tx.conn).execute

        def counting(self, query, *arguments, **named):
            asked.append(query)
            return execute(self, query, *arguments, **named)

        monkeypatch.setattr(type(tx.conn), "execute", counting)
        again = parties.purse(tx, ids, "CNY")
        monkeypatch.undo()
    assert again == first
    assert len(asked) == 1
    accounts = {each.account for each in again.values() if isinstance(each, model.Purse)}
    assert accounts == {model.account_id(id_, "wallet", "CNY") for id_ in ids}


def test_a_purse_is_a_wallet_for_people_and_a_merchant_account_for_shops(database, join):
    li, shop = join("Li"), join("Teahouse", Kind.MERCHANT, jurisdiction="DE", zone="Europe/Berlin")
    watcher, nobody, gone = join("Watch", Kind.REGULATOR), uuid7(), join("Gone")
    with database.transaction() as tx:
        parties.close(tx, gone)
        purses = parties.purse(tx, [li, shop, watcher, nobody, gone], "EUR")
    persons, shops = purses[li], purses[shop]
    assert isinstance(persons, model.Purse)
    assert isinstance(shops, model.Purse)
    assert (persons.code, shops.code) == ("wallet", "merchant")
    assert (shops.jurisdiction, shops.zone) == ("DE", "Europe/Berlin")
    assert isinstance(purses[watcher], model.PartyHasNoPurse)
    assert isinstance(purses[nobody], NotFound)
    assert isinstance(purses[gone], model.PartyClosed)


def test_a_party_does_not_close_while_an_account_of_it_is_being_opened(database, join, threads):
    """Whoever is first, no account stays open behind a closed party."""
    li = join("Li")
    tasks = iter(["open", "close"])

    def race():
        try:
            with database.transaction() as tx:
                if next(tasks) == "open":
                    parties.account(tx, li, "wallet", "CNY")
                else:
                    parties.close(tx, li)
        except model.PartyClosed:
            return "refused"
        return "done"

    threads(race, times=2)
    with database.read() as tx:
        assert parties.get(tx, li).status is Status.CLOSED
        assert all(balance.closed for balance in ledger.owned(tx, [li]))
