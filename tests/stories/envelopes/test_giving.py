"""Envelopes are sent, opened, emptied and given back, and not a unit is lost on the way."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.stories.envelopes.conftest import Friends

from sycee.core.ledger import accounts
from sycee.core.ledger.refusals import AccountFrozen
from sycee.core.parties import parties
from sycee.core.policy import gates
from sycee.core.policy.model import ProductSuspended
from sycee.kit.clock import ManualClock
from sycee.kit.errors import Invalid, NotFound, Refusal
from sycee.kit.ids import parse
from sycee.products.envelopes import actions, jobs, reading, soldout
from sycee.products.envelopes.actions import Claimed, Due
from sycee.products.envelopes.model.envelope import (
    TRIES,
    Bounds,
    EnvelopeEmpty,
    EnvelopeExpired,
    EnvelopeNotForYou,
    EnvelopeTooLarge,
    EnvelopeUnknown,
    PasswordTriesOver,
    PasswordWrong,
    SenderLacksFunds,
)
from sycee.products.envelopes.model.shares import Kind
from sycee.products.envelopes.soldout import SoldOut
from sycee.products.envelopes.store import claims as claimrows
from sycee.products.envelopes.store import envelopes as store
from sycee.runtime.jobs import Jobs, run_sweeps


def minor(outcome: Claimed | Refusal) -> int:
    assert isinstance(outcome, Claimed), outcome
    return outcome.amount_minor


def proof(friends: Friends, id_: str) -> reading.ProofView:
    with friends.database.read() as tx:
        return reading.proof(tx, parse("env", id_))


def test_friends_take_all_shares_and_the_luckiest_is_marked_at_the_end(friends: Friends):
    sender, *others = friends.people(6, 20_000)
    sent = friends.send(sender)
    assert friends.balance(sender) == 10_000
    taken = [minor(friends.claim(each, sent.token)) for each in others[:4]]
    with friends.database.read() as tx:
        view = reading.by_link(tx, others[0], sent.token)
    assert not any(each.best for each in view.claims), "nobody knows before the end"
    assert (view.taken, view.mine_minor) == (4, taken[0])
    taken.append(minor(friends.claim(sender, sent.token)))
    assert sum(taken) == 10_000
    with friends.database.read() as tx:
        view = reading.by_link(tx, sender, sent.token)
    assert [each.amount_minor for each in view.claims if each.best] == [max(taken)]
    assert friends.claim(others[4], sent.token) == EnvelopeEmpty(sent.id)
    friends.sound()


def test_anyone_checks_that_the_shares_were_fixed_before_the_first_was_taken(friends: Friends):
    sender, *others = friends.people(4, 20_000)
    sent = friends.send(sender, count=3)
    told = proof(friends, sent.id)
    assert (told.seed, reading.verdict(told)) == (None, "open")
    for each in others:
        friends.claim(each, sent.token)
    told = proof(friends, sent.id)
    assert told.commitment == sent.commitment
    assert reading.verdict(told) == "fair"
    assert told.seed is not None
    place, amount = told.claims[0]
    swapped = replace(told, claims=[(place, amount + 1), *told.claims[1:]])
    assert reading.verdict(swapped) == "claims"
    assert reading.verdict(replace(told, seed="00" * 32)) == "commitment"
    assert reading.verdict(replace(told, claims=[told.claims[0]] * 2)) == "claims"


def test_whoever_asks_again_is_told_the_same_share_with_any_key(friends: Friends):
    sender, bob = friends.people(2, 20_000)
    sent = friends.send(sender)
    first = friends.claim(bob, sent.token, key="k")
    assert isinstance(first, Claimed)
    again = friends.claim(bob, sent.token)
    (same_key,) = friends.claims([(bob, sent.token, None)], key="k")
    assert minor(again) == first.amount_minor
    assert same_key["amount_minor"] == first.amount_minor  # a replay, as it was stored
    assert friends.balance(bob) == 20_000 + first.amount_minor
    friends.sound()


def test_twins_in_one_batch_get_one_share(friends: Friends):
    sender, bob, eve = friends.people(3, 20_000)
    sent = friends.send(sender, count=2)
    outcomes = friends.claims([(bob, sent.token, None)] * 3 + [(eve, sent.token, None)] * 2)
    assert len({minor(each) for each in outcomes[:3]}) == 1
    assert minor(outcomes[0]) + minor(outcomes[3]) == 10_000
    friends.sound()


def test_what_is_left_goes_back_when_the_time_is_over(slow_friends: Friends, clock: ManualClock):
    sender, bob, eve = slow_friends.people(3, 20_000)
    sent = slow_friends.send(sender)
    taken = minor(slow_friends.claim(bob, sent.token))
    clock.advance(timedelta(hours=24) - timedelta(microseconds=1))
    registry = Jobs()
    jobs.register(registry)
    run_sweeps(slow_friends.database, registry)
    assert slow_friends.balance(sender) == 10_000, "not a microsecond early"
    more = minor(slow_friends.claim(eve, sent.token))
    clock.advance(timedelta(microseconds=1))
    late = slow_friends.people(1)[0]
    assert slow_friends.claim(late, sent.token) == EnvelopeExpired(sent.id)
    assert minor(slow_friends.claim(bob, sent.token)) == taken, "a winner keeps being told"
    clock.advance(timedelta(seconds=2))
    run_sweeps(slow_friends.database, registry)
    run_sweeps(slow_friends.database, registry)
    assert slow_friends.balance(sender) == 20_000 - taken - more
    assert reading.verdict(proof(slow_friends, sent.id)) == "fair"
    slow_friends.sound()


def test_an_envelope_for_named_people_opens_for_nobody_else(friends: Friends):
    sender, bob, eve = friends.people(3, 20_000)
    sent = friends.send(sender, count=1, named=(bob,))
    assert friends.claim(eve, sent.token) == EnvelopeNotForYou(sent.id)
    assert friends.claim(sender, sent.token) == EnvelopeNotForYou(sent.id)
    assert minor(friends.claim(bob, sent.token)) == 10_000


def test_a_spoken_password_is_heard_ten_times_and_no_more(friends: Friends):
    sender, bob, eve = friends.people(3, 20_000)
    sent = friends.send(sender, password="Gong Xi  Fa Cai")
    heard = friends.claims([(eve, sent.token, f"guess {n}") for n in range(1_000)])
    assert heard[: TRIES - 1] == [PasswordWrong(sent.id, TRIES - n) for n in range(1, TRIES)]
    assert heard[TRIES:] == [PasswordTriesOver(sent.id)] * (1_000 - TRIES)
    assert friends.claim(eve, sent.token, "gong xi fa cai") == PasswordTriesOver(sent.id)
    assert minor(friends.claim(bob, sent.token, "gongxi facai")) > 0
    friends.sound()


@pytest.mark.parametrize(
    ("minor_", "count", "refusal"),
    [
        (100, 0, Invalid),
        (5, 6, Invalid),
        (0, 1, Invalid),
        (20_000, 10_001, EnvelopeTooLarge),
        (100_000_000_001, 1, EnvelopeTooLarge),
        (20_000, 1, SenderLacksFunds),
    ],
)
def test_what_cannot_be_an_envelope_is_refused_and_moves_nothing(
    friends: Friends, minor_: int, count: int, refusal: type[Refusal]
):
    (sender,) = friends.people(1, 10_000)
    with pytest.raises(refusal):
        friends.send(sender, minor_, count)
    assert friends.balance(sender) == 10_000
    friends.sound()


def test_links_that_nobody_was_given_open_nothing(friends: Friends):
    sender, bob = friends.people(2, 20_000)
    sent = friends.send(sender)
    for guess in ("", sent.id, sent.token[:-1] + "x", "A" * 22):
        assert friends.claim(bob, guess) == EnvelopeUnknown()
    with friends.database.read() as tx, pytest.raises(NotFound):
        reading.one(tx, bob, parse("env", sent.id))


def test_a_closed_or_restricted_person_takes_nothing_and_the_share_stays(friends: Friends):
    sender, bob, eve = friends.people(3, 20_000)
    [gone] = friends.people(1, 0)
    sent = friends.send(sender, count=1)
    with friends.database.transaction() as tx:
        parties.restrict(tx, bob)
        parties.close(tx, gone)
    for person, code in ((bob, "party-restricted"), (gone, "party-closed")):
        refused = friends.claim(person, sent.token)
        assert isinstance(refused, Refusal)
        assert refused.code == code
    assert minor(friends.claim(eve, sent.token)) == 10_000


def test_a_share_that_cannot_be_paid_goes_to_the_next_even_of_the_same_batch(friends: Friends):
    sender, bob, eve, joe, sue = friends.people(5, 20_000)
    sent = friends.send(sender, count=2)
    with friends.database.transaction() as tx:
        for each in accounts.owned(tx, [bob, eve]):
            accounts.freeze(tx, each.id)
    asked = [(each, sent.token, None) for each in (bob, eve, joe, joe, sue, sender)]
    first, second, taken, twin, other, late = friends.claims(asked)
    assert [type(each) for each in (first, second)] == [AccountFrozen, AccountFrozen]
    assert taken == twin
    assert minor(taken) + minor(other) == 10_000
    assert late == EnvelopeEmpty(sent.id)
    friends.sound()


def test_a_batch_of_people_who_may_take_nothing_ends_soon(friends: Friends):
    sender, *crowd = friends.people(60, 100)
    sent = friends.send(sender, 100, count=1)
    with friends.database.transaction() as tx:
        for each in accounts.owned(tx, crowd):
            accounts.freeze(tx, each.id)
    told = friends.claims([(each, sent.token, None) for each in crowd])
    kinds = {kind: sum(type(each) is kind for each in told) for kind in map(type, told)}
    assert kinds == {AccountFrozen: 4, EnvelopeEmpty: 55}
    assert minor(friends.claim(sender, sent.token)) == 100
    friends.sound()


def test_money_that_nobody_had_yet_is_claimed_by_somebody_new(friends: Friends):
    (sender,) = friends.people(1, 20_000)
    sent = friends.send(sender, count=1)
    (newcomer,) = friends.people(1)
    assert minor(friends.claim(newcomer, sent.token)) == 10_000
    assert friends.balance(newcomer) == 10_000


def test_who_knows_that_it_is_empty_asks_no_database_and_winners_still_hear(
    friends: Friends, monkeypatch
):
    sender, bob, eve = friends.people(3, 20_000)
    sent = friends.send(sender, count=1)
    memory = SoldOut(friends.database)
    memory.check(sent.token, bob)
    friends.claim(bob, sent.token)
    assert memory.learn() == 1
    memory.check(sent.token, bob)
    with pytest.raises(EnvelopeEmpty):
        memory.check(sent.token, eve)
    assert memory.learn() == 0
    monkeypatch.setattr(soldout, "LEARNED_AT_ONCE", 2)
    for _ in range(5):
        more = friends.send(sender, 100, count=1)
        friends.claim(bob, more.token)
    assert memory.learn() == 5, "page after page, however many were emptied in one second"
    small = SoldOut(friends.database, most=0)
    small.learn()
    small.check(sent.token, eve)


def test_hundreds_race_for_one_envelope_its_end_and_its_refund(friends: Friends):
    """Claims in batches from many threads, against the sweep: nothing over, nothing twice."""
    with friends.database.transaction() as tx:
        store.set_bounds(tx, Bounds(1_000, 20_000))
    sender, *crowd = friends.people(121, 100_000)
    dice = random.Random(5)
    sent = [friends.send(sender, 3_000, 40, kind=Kind.LUCKY, life_seconds=2) for _ in range(4)]
    stop = threading.Event()

    def grab(n: int) -> None:
        mine = random.Random(n)
        while not stop.is_set():
            wishes = [
                (mine.choice(crowd), mine.choice(sent).token, None)
                for _ in range(mine.randint(1, 30))
            ]
            friends.claims(wishes)

    def sweep() -> None:
        registry = Jobs()
        jobs.register(registry)
        while not stop.wait(0.05):
            run_sweeps(friends.database, registry)

    with ThreadPoolExecutor(5) as pool:
        running = [pool.submit(grab, dice.randint(0, 10**6)) for _ in range(4)]
        running.append(pool.submit(sweep))
        threading.Event().wait(3.0)
        stop.set()
        for each in running:
            each.result()
    registry = Jobs()
    jobs.register(registry)
    run_sweeps(friends.database, registry)
    gained = sum(friends.balance(each) for each in (sender, *crowd))
    assert gained == 121 * 100_000
    with friends.database.read() as tx:
        found = store.read(tx, [parse("env", each.id) for each in sent])
        for envelope in found.values():
            assert envelope.held_minor == 0
            taken = claimrows.claimed(tx, envelope.id)
            assert len({party for party, *_ in taken}) == len(taken) <= 40
            assert sum(row[2] for row in taken) == envelope.claimed_minor
    friends.sound()


def test_ending_twice_gives_back_once(slow_friends: Friends, clock: ManualClock):
    (sender,) = slow_friends.people(1, 20_000)
    sent = slow_friends.send(sender)
    clock.advance(timedelta(days=1))
    id_: UUID = parse("env", sent.id)
    with slow_friends.database.transaction() as tx:
        wallet = parties.account(tx, sender, "wallet", "CNY")
        (gate,) = gates.shut(tx, [gates.Stop("*", "*", accounts=(wallet,))])
    with slow_friends.database.transaction() as tx, pytest.raises(ProductSuspended):
        actions.expire(tx, Due(id_))  # an order that freezes the sender's wallet
    with slow_friends.database.transaction() as tx:
        gates.reopen(tx, [gate.id])
    for _ in range(2):
        with slow_friends.database.transaction() as tx:
            assert actions.expire(tx, Due(id_)).refunded_minor == 10_000
    assert slow_friends.balance(sender) == 20_000
