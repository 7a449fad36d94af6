"""The tree over balances, and every known way to cheat with one."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sycee.oversight.transparency.liabilities import actions, model
from sycee.oversight.transparency.liabilities.model import Part, Root

EPOCH, CURRENCY = 20_783, "CNY"
KEY = b"k" * 32


def account(n: int) -> UUID:
    return UUID(int=n + 1)


class Published:
    """A tree over balances, and the proofs that its house hands out."""

    def __init__(self, balances: list[int]) -> None:
        owed = iter([(account(n), balance) for n, balance in enumerate(balances)])
        self.tree = actions.build(EPOCH, CURRENCY, owed, KEY)
        self.root: Root = self.tree.root
        self.chunks = {(c[2], c[3]): c[4] for c in self.tree.chunks}

    def read(self, level: int, place: int) -> bytes:
        return self.chunks[level, place]

    def parts(self, n: int) -> list[Part]:
        found = []
        for number in range(model.PARTS):
            id_ = model.leaf_id(self.secret(n), EPOCH, account(n), number)
            for (level, place), records in self.chunks.items():
                hit = level == 0 and model.find(
                    records,
                    place * model.CHUNK,
                    lambda balance, id_=id_: model.leaf(EPOCH, CURRENCY, balance, id_),
                )
                if hit:
                    siblings = model.path(hit[0], self.root.height, self.read)
                    found.append(Part(hit[1], hit[0], siblings))
        return found

    @staticmethod
    def secret(n: int) -> bytes:
        return actions.secret_of(KEY, account(n))

    def proves(self, n: int, parts: list[Part], root: Root | None = None) -> int | None:
        return model.verify(self.secret(n), account(n), parts, root or self.root)


BALANCES = [(n * 7_919) % 100_000 for n in range(700)]


@pytest.fixture(scope="module")
def published() -> Published:
    return Published(BALANCES)


def test_the_root_sums_every_balance_and_each_owner_proves_its_own(published: Published) -> None:
    assert published.root.sum_minor == sum(BALANCES)
    for n in (0, 1, 255, 256, 699):
        assert published.proves(n, published.parts(n)) == BALANCES[n]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=9))
def test_a_tree_of_any_shape_proves_all_its_balances(balances: list[int]) -> None:
    published = Published(balances)
    assert published.root.sum_minor == sum(balances)
    assert [published.proves(n, published.parts(n)) for n in range(len(balances))] == balances


def test_a_leaf_and_a_node_are_as_the_page_of_the_format_says() -> None:
    id_ = bytes(range(32))
    made = model.leaf(1, "EUR", 258, id_)
    told = b"\x00" + b"\x00\x00\x00\x01" + b"EUR" + b"\x00" * 6 + b"\x01\x02" + id_
    assert made == b"\x00" * 6 + b"\x01\x02" + hashlib.sha256(told).digest()
    above = model.node(made, made)
    assert above[:8] == (516).to_bytes(8, "big")
    assert above[8:] == hashlib.sha256(b"\x01" + made + made).digest()
    assert model.above(made * 4) == above * 2


def test_a_house_cannot_shift_sums_between_children(published: Published) -> None:
    """The attack on the classic form: other child sums under the same total and hashes."""
    for part in published.parts(5):
        for level in range(published.root.height):
            at = level * model.RECORD
            value = int.from_bytes(part.path[at : at + 8], "big")
            for forged in (value + 1, max(0, value - 1), 0):
                if forged == value:
                    continue
                path = part.path[:at] + forged.to_bytes(8, "big") + part.path[at + 8 :]
                lie = dataclasses.replace(part, path=path)
                id_ = model.leaf_id(published.secret(5), EPOCH, account(5), 0)
                assert not model.included(lie, published.root, id_)


def test_a_smaller_total_under_the_same_hash_is_refused(published: Published) -> None:
    parts = published.parts(9)
    for delta in (-1, 1, -published.root.sum_minor):
        root = dataclasses.replace(published.root, sum_minor=published.root.sum_minor + delta)
        assert published.proves(9, parts, root) is None


def test_negative_and_overflowing_leaves_cannot_be_made_or_believed(published: Published) -> None:
    for balance in (-1, 2**63, 2**64):
        with pytest.raises(model.SumOutOfRange):
            model.leaf(EPOCH, CURRENCY, balance, bytes(32))
    big = model.leaf(EPOCH, CURRENCY, 2**63 - 1, bytes(32))
    one = model.leaf(EPOCH, CURRENCY, 1, bytes(32))
    for pair in ((big, one), (one, big)):
        with pytest.raises(model.SumOutOfRange):
            model.node(*pair)
    nothing = model.leaf(EPOCH, CURRENCY, 0, bytes(32))
    for row in (big + one, big + one + nothing * 2, nothing * 2 + big + one):
        with pytest.raises(model.SumOutOfRange):
            model.above(row)
    part = published.parts(3)[0]
    for sum_ in (2**63, 2**64 - 1):  # minus one, for whoever reads it as signed
        path = sum_.to_bytes(8, "big") + part.path[8:]
        lie = dataclasses.replace(part, path=path)
        id_ = model.leaf_id(published.secret(3), EPOCH, account(3), 0)
        assert not model.included(lie, published.root, id_)


def test_one_leaf_cannot_serve_two_owners_of_equal_balances() -> None:
    published = Published([500, 500, 500])
    for n, other in ((0, 1), (1, 2), (2, 0)):
        assert published.proves(n, published.parts(other)) is None


def test_one_part_cannot_be_shown_twice_nor_left_out(published: Published) -> None:
    first, second = published.parts(11)
    assert published.proves(11, [first, first]) is None
    assert published.proves(11, [second, first]) is None
    assert published.proves(11, [first]) is None
    assert published.proves(11, []) is None


def test_an_account_that_is_left_out_has_no_proof() -> None:
    published = Published([10, 20, 30])
    secret = actions.secret_of(KEY, account(99))
    for n in range(3):
        assert model.verify(secret, account(99), published.parts(n), published.root) is None


def test_a_proof_of_yesterday_or_of_another_currency_proves_nothing(published: Published) -> None:
    parts = published.parts(4)
    for change in ({"epoch": EPOCH + 1}, {"currency": "EUR"}, {"hash": bytes(32)}, {"height": 9}):
        assert published.proves(4, parts, dataclasses.replace(published.root, **change)) is None


def test_a_proof_of_another_length_or_place_is_refused(published: Published) -> None:
    first, second = published.parts(7)
    places = 1 << published.root.height
    for bent in (
        {"index": first.index + places},  # whoever looks at the lower bits alone sees one place
        {"index": first.index - places},
        {"path": first.path + first.path[-model.RECORD :]},
        {"path": first.path[: -model.RECORD]},
        {"path": first.path[:-1]},
    ):
        lie = dataclasses.replace(first, **bent)
        assert published.proves(7, [lie, second]) is None, bent
        id_ = model.leaf_id(published.secret(7), EPOCH, account(7), 0)
        assert model.included(first, published.root, id_)
        assert not model.included(lie, published.root, id_), bent


@pytest.mark.parametrize(
    "change",
    [{"epoch": -1}, {"epoch": 2**32}, {"sum_minor": -1}, {"sum_minor": 2**63}, {"sum_minor": 2**64},
     {"height": -1}, {"height": 41}, {"currency": "€UR"}],
)  # fmt: skip
def test_a_total_that_cannot_be_is_refused_and_breaks_nothing(
    published: Published, change: dict
) -> None:
    parts, root = published.parts(7), dataclasses.replace(published.root, **change)
    assert published.proves(7, parts, root) is None
    assert not model.included(parts[0], root, bytes(32))


@pytest.mark.parametrize(("leaves", "missing"), [(1, 0), (2, 0), (3, 1), (4, 0), (5, 3), (9, 7)])
def test_leaves_of_nothing_fill_the_tree_to_a_power_of_two(leaves: int, missing: int) -> None:
    made = model.filling(EPOCH, CURRENCY, leaves)
    assert len({id_ for id_, _ in made}) == missing
    for id_, record in made:
        assert (len(id_), record) == (32, model.leaf(EPOCH, CURRENCY, 0, id_))


def test_as_much_as_can_be_written_can_be_owed() -> None:
    most, nothing = (model.leaf(EPOCH, CURRENCY, n, bytes(32)) for n in (2**63 - 1, 0))
    assert model.node(most, nothing)[:8] == (2**63 - 1).to_bytes(8, "big")
    assert model.above(nothing + most) == model.node(nothing, most)


def test_ids_are_new_each_day_and_parts_are_not_neighbours(published: Published) -> None:
    secret = published.secret(0)
    ids = {model.leaf_id(secret, day, account(0), part) for day in range(50) for part in (0, 1)}
    assert len(ids) == 100
    places = [[part.index for part in published.parts(n)] for n in range(0, 700, 35)]
    assert sum(abs(a - b) == 1 for a, b in places) <= 2


def test_two_trees_of_one_day_differ_so_nothing_is_learnt_from_their_roots() -> None:
    assert Published([2**40]).root.hash != Published([2**40]).root.hash


def test_something_owed_that_is_negative_is_not_published() -> None:
    with pytest.raises(actions.LiabilitiesUnsound):
        Published([5, -1])


def test_a_proof_of_a_million_accounts_fits_in_three_kilobytes() -> None:
    height = model.height_of(model.PARTS * 1_000_000)
    assert height == 21
    path = secrets.token_bytes(height * model.RECORD)
    assert model.PARTS * -(-len(path) * 4 // 3) < 2_300
