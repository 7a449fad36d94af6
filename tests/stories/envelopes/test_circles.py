"""Money circles: envelopes that come back to their sender through friends, seen in the ledger."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.stories.envelopes.conftest import Friends

from sycee.kit.errors import NotFound
from sycee.kit.ids import parse, public
from sycee.products.envelopes.actions import Claimed, circles
from sycee.products.envelopes.actions.circles import See
from sycee.products.envelopes.watch import reading
from sycee.runtime.http.pages import Page


def give(friends: Friends, giver: UUID, taker: UUID, minor: int) -> None:
    """An envelope from one to another."""
    sent = friends.send(giver, minor, count=1, named=(taker,))
    assert isinstance(friends.claim(taker, sent.token), Claimed)


def look(friends: Friends) -> int:
    with friends.database.transaction() as tx:
        return circles.look(tx)


def test_money_that_comes_back_through_friends_is_flagged_once_and_an_operator_looks(
    friends: Friends,
):
    ada, ben, chen, dora = friends.people(4, 1_000_000)
    for giver, taker in ((ada, ben), (ben, chen), (chen, ada)):
        for _ in range(3):
            give(friends, giver, taker, 50_000)
    give(friends, ada, dora, 500_000)
    give(friends, dora, ada, 20_000)
    assert look(friends) == 1, "Dora gave a gift back, which is not a circle"
    assert look(friends) == 0, "the same find of a day is one row"
    with friends.database.read() as tx:
        (found,) = reading.circles(tx, Page()).items
        assert reading.rush(tx).circles_unseen == 1
    assert {each.party for each in found.people} == {public("par", p) for p in (ada, ben, chen)}
    assert (found.round_minor, found.seen_by) == (150_000, None)
    with friends.database.transaction() as tx:
        circles.see(tx, See(dora, parse("crc", found.id)))
        with pytest.raises(NotFound):
            circles.see(tx, See(dora, UUID(int=9)))
    with friends.database.read() as tx:
        (seen,) = reading.circles(tx, Page()).items
        assert reading.rush(tx).circles_unseen == 0
    assert seen.seen_by == public("par", dora)
    friends.sound()


def test_the_rush_of_an_evening_adds_up(friends: Friends):
    ada, ben, chen = friends.people(3, 100_000)
    sent = friends.send(ada, 1_000, count=2)
    friends.send(ada, 500, count=5)
    for each in (ben, chen):
        friends.claim(each, sent.token)
    with friends.database.read() as tx:
        seen = reading.rush(tx)
    (total,) = seen.sums
    assert (total.envelopes, total.open, total.shares, total.claimed) == (2, 1, 7, 2)
    assert (total.amount_minor, total.claimed_minor, total.refunded_minor) == (1_500, 1_000, 0)
    assert [each.id for each in seen.latest][-1] == sent.id
    assert seen.latest[-1].emptied_ms is not None
