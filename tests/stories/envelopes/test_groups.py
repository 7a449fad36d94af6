"""Envelopes for some: groups, named people, newcomers, and codes for those who stand beside."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from uuid import UUID

import pytest
from tests.stories.envelopes.conftest import KEY, Friends

from sycee.core.policy import limits
from sycee.core.policy.model import LimitReached
from sycee.kit.clock import ManualClock
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.kit.ids import parse
from sycee.products.envelopes import reading
from sycee.products.envelopes.actions import Claimed, codes, crews
from sycee.products.envelopes.actions.codes import OwnLink
from sycee.products.envelopes.groups import reading as groups
from sycee.products.envelopes.model.code import GUESSES, CodeGuessesOver, CodeUnknown
from sycee.products.envelopes.model.crew import Emblem, InvitationUnknown
from sycee.products.envelopes.model.envelope import (
    TRIES,
    TRIES_ALL,
    EnvelopeExpired,
    EnvelopeForNewcomers,
    EnvelopeNotForYou,
    EnvelopeUnknown,
    PasswordTriesOver,
)
from sycee.products.envelopes.reading import Side
from sycee.runtime.http.pages import Page


class Group:
    """A group and its invitation, through the verbs."""

    def __init__(self, friends: Friends, owner: UUID) -> None:
        self.friends = friends
        with friends.database.transaction() as tx:
            made = crews.make(tx, crews.Make(owner, Emblem.FAMILY))
        self.id, self.token = parse("grp", made.id), made.token

    def join(self, *people: UUID) -> None:
        for each in people:
            with self.friends.database.transaction() as tx:
                crews.join(tx, crews.Join(each, self.token))

    def leave(self, by: UUID, whom: UUID) -> None:
        with self.friends.database.transaction() as tx:
            crews.leave(tx, crews.Leave(by, self.id, whom))


def waiting(friends: Friends, party: UUID) -> list[str]:
    with friends.database.read() as tx:
        return [each.id for each in reading.listing(tx, party, Page(), Side.WAITING).items]


def test_a_groups_envelope_opens_for_members_and_a_forwarded_link_for_nobody_else(
    friends: Friends,
):
    ada, bob, eve = friends.people(3, 20_000)
    group = Group(friends, ada)
    group.join(bob, bob)
    sent = friends.send(ada, count=2, crew=group.id)
    assert friends.claim(eve, sent.token) == EnvelopeNotForYou(sent.id)
    assert waiting(friends, bob) == [sent.id]
    assert waiting(friends, eve) == []
    assert isinstance(friends.claim(bob, "", envelope=parse("env", sent.id)), Claimed)
    assert waiting(friends, bob) == []
    group.leave(ada, ada)
    assert friends.claim(ada, sent.token) == EnvelopeNotForYou(sent.id), "who left is outside"
    friends.sound()


def test_a_group_lives_by_its_invitation_and_passes_to_the_next_when_its_keeper_leaves(
    friends: Friends,
):
    ada, bob, eve = friends.people(3)
    group = Group(friends, ada)
    group.join(bob)
    with pytest.raises(Forbidden):
        group.leave(bob, ada)
    with pytest.raises(Forbidden), friends.database.transaction() as tx:
        crews.invite(tx, crews.Invite(bob, group.id))
    with friends.database.transaction() as tx:
        fresh = crews.invite(tx, crews.Invite(ada, group.id))
    with pytest.raises(InvitationUnknown):
        group.join(eve)
    group.token = fresh.token
    group.join(eve)
    group.leave(ada, eve)
    group.leave(ada, ada)
    with friends.database.read() as tx:
        (view,) = groups.listing(tx, bob)
        assert groups.listing(tx, ada) == []
        with pytest.raises(NotFound):
            groups.one(tx, ada, group.id)
    assert (view.owner, view.size) == (view.members[0].party, 1)
    assert view.emblem is Emblem.FAMILY
    with pytest.raises(NotFound), friends.database.transaction() as tx:
        crews.leave(tx, crews.Leave(ada, group.id, bob))


def test_nobody_sends_to_a_group_they_are_not_in(friends: Friends):
    ada, eve = friends.people(2, 20_000)
    group = Group(friends, ada)
    with pytest.raises(NotFound):
        friends.send(eve, crew=group.id)
    with pytest.raises(Invalid):
        friends.send(ada, crew=group.id, named=(eve,), count=1)
    with pytest.raises(Invalid):
        friends.send(ada, crew=group.id, newcomers=True)


def test_the_named_find_their_envelope_without_a_link_and_an_id_opens_nothing_for_others(
    friends: Friends,
):
    ada, bob, eve = friends.people(3, 20_000)
    named, free = friends.send(ada, 100, count=1, named=(bob,)), friends.send(ada, 100, count=1)
    assert waiting(friends, bob) == [named.id]
    assert friends.claim(eve, "", envelope=parse("env", free.id)) == EnvelopeUnknown()
    assert friends.claim(eve, "", envelope=UUID(int=5)) == EnvelopeUnknown()
    assert friends.claim(eve, "", envelope=parse("env", named.id)) == EnvelopeNotForYou(named.id)
    assert isinstance(friends.claim(bob, "", envelope=parse("env", named.id)), Claimed)


def test_a_gift_to_somebody_new_is_claimed_on_registration_and_not_after_the_expiry(
    slow_friends: Friends, clock: ManualClock
):
    ada, bob = slow_friends.people(2, 20_000)
    sent = slow_friends.send(ada, count=2, newcomers=True)
    assert slow_friends.claim(bob, sent.token) == EnvelopeForNewcomers(sent.id)
    assert slow_friends.claim(ada, sent.token) == EnvelopeForNewcomers(sent.id)
    clock.advance(timedelta(hours=5))
    new = newcomer(slow_friends)
    assert isinstance(slow_friends.claim(new, sent.token), Claimed)
    clock.advance(timedelta(hours=20))
    assert slow_friends.claim(newcomer(slow_friends), sent.token) == EnvelopeExpired(sent.id)
    slow_friends.sound()


def newcomer(friends: Friends) -> UUID:
    return friends.people(1)[0]


def test_a_code_on_the_senders_phone_gives_each_who_stands_there_a_link_of_their_own(
    slow_friends: Friends, clock: ManualClock
):
    ada, bob, eve = slow_friends.people(3, 20_000)
    sent = slow_friends.send(ada)
    id_ = parse("env", sent.id)
    first, shown = show(slow_friends, ada, id_), show(slow_friends, ada, id_)
    assert len(shown.code) == 6
    assert resolve(slow_friends, bob, first.code) == CodeUnknown() or first.code == shown.code
    link = resolve(slow_friends, bob, shown.code)
    assert isinstance(link, OwnLink)
    assert slow_friends.claim(eve, link.token) == EnvelopeUnknown(), "a link of Bob's own"
    assert isinstance(slow_friends.claim(bob, link.token), Claimed)
    clock.advance(timedelta(minutes=5))
    assert resolve(slow_friends, eve, shown.code) == CodeUnknown()
    with pytest.raises(NotFound):
        show(slow_friends, eve, id_)
    clock.advance(timedelta(days=1))
    with pytest.raises(EnvelopeExpired):
        show(slow_friends, ada, id_)


def show(friends: Friends, by: UUID, envelope: UUID) -> codes.Shown:
    with friends.database.transaction() as tx:
        return codes.show(tx, KEY, by, envelope)


def resolve(friends: Friends, by: UUID, code: str) -> object:
    with friends.database.transaction() as tx:
        return codes.resolve(tx, KEY, by, code)


def test_whoever_guesses_codes_is_soon_not_heard(slow_friends: Friends, clock: ManualClock):
    ada, eve = slow_friends.people(2, 20_000)
    shown = show(slow_friends, ada, parse("env", slow_friends.send(ada).id))
    wrong = [f"{n:06}" for n in range(GUESSES + 2) if f"{n:06}" != shown.code][:GUESSES]
    for guess in wrong:
        assert resolve(slow_friends, eve, guess) == CodeUnknown()
    with pytest.raises(CodeGuessesOver):
        resolve(slow_friends, eve, shown.code)
    clock.advance(timedelta(minutes=10))
    shown = show(slow_friends, ada, parse("env", slow_friends.send(ada, 100).id))
    assert isinstance(resolve(slow_friends, eve, shown.code), OwnLink)


def test_an_envelope_stops_listening_when_all_together_have_guessed_too_often(friends: Friends):
    ada, *crowd = friends.people(TRIES_ALL // TRIES + 2, 20_000)
    sent = friends.send(ada, password="gong xi")
    guesses = [(who, sent.token, f"no {n}") for n in range(TRIES) for who in crowd[:-1]]
    heard = friends.claims(guesses)
    assert heard[TRIES_ALL:] == [PasswordTriesOver(sent.id)] * (len(guesses) - TRIES_ALL)
    assert friends.claim(crowd[-1], sent.token, "gong xi") == PasswordTriesOver(sent.id)


def test_a_password_is_not_to_be_guessed_from_what_the_database_holds(friends: Friends):
    """Neither its text nor a digest that somebody without the house's key could compute."""
    ada, bob = friends.people(2, 20_000)
    sent = friends.send(ada, password="gongxi")
    assert isinstance(friends.claim(bob, sent.token, "gongxi"), Claimed)
    with friends.database.connection() as conn:
        row = conn.execute("SELECT salt, password FROM envelopes.envelope").fetchone()
        keys = conn.execute("SELECT encode(digest, 'hex') FROM runtime.keys").fetchall()
    assert row is not None
    salt, kept = bytes(row[0]), bytes(row[1])
    plain = [hmac.digest(salt, b"gongxi", "sha256"), hashlib.sha256(salt + b"gongxi").digest()]
    assert kept not in plain
    assert len(keys) == 2


def test_the_shipped_pack_bounds_shares_and_what_a_person_gives_and_takes_in_a_day(
    friends: Friends,
):
    with friends.database.transaction() as tx:
        limits.load(tx, limits.shipped()["cn-envelopes"])
    (ada,) = friends.people(1, 5_000_000)
    with pytest.raises(LimitReached) as many:
        friends.send(ada, 20_000, count=101)
    assert (many.value.limit, many.value.window, many.value.left_count) == ("shares", "part", 100)
    with pytest.raises(LimitReached) as large:
        friends.send(ada, 20_001, count=1)
    assert large.value.left_minor == 20_000
    friends.send(ada, 1_900_000, count=100)
    with pytest.raises(LimitReached) as given:
        friends.send(ada, 1_900_000, count=100)
    assert given.value.limit == "given-a-day"


def test_what_a_person_takes_in_a_day_is_bounded_and_the_share_stays_for_others(friends: Friends):
    pack = limits.shipped()["cn-envelopes"]
    pack["limits"] = [
        {**rule, "count": 2, "amount_minor": 1_000}
        for rule in pack["limits"]
        if rule["name"] == "taken-a-day"
    ]
    with friends.database.transaction() as tx:
        limits.load(tx, pack)
    ada, bob, eve = friends.people(3, 100_000)
    for _ in range(2):
        assert isinstance(friends.claim(bob, friends.send(ada, 100, count=1).token), Claimed)
    third = friends.send(ada, 100, count=1)
    refused = friends.claim(bob, third.token)
    assert isinstance(refused, LimitReached)
    assert refused.limit == "taken-a-day"
    assert isinstance(friends.claim(eve, third.token), Claimed)
    friends.sound()
