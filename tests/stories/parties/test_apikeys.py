"""API keys: a secret shown once, scopes that follow the party, an end that holds."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from sycee.core.parties import apikeys, callers, model, parties
from sycee.core.parties.model import Kind, NewParty
from sycee.core.parties.scopes import Role
from sycee.kit.errors import Invalid, NotFound
from sycee.kit.ids import uuid7
from sycee.runtime.http.caller import Caller

DAY = timedelta(days=1)


@pytest.fixture
def li(manual_database):
    """A person on the manual clock."""
    with manual_database.transaction() as tx:
        return parties.create(tx, NewParty(Kind.PERSON, "Li")).id


@pytest.fixture
def house(manual_database):
    """The operator."""
    with manual_database.transaction() as tx:
        return parties.create(tx, NewParty(Kind.OPERATOR, "House")).id


@pytest.fixture
def issue(manual_database):
    """Issue a key, committed: its row and secret."""

    def issue(party, scopes=("trades:read",), **more):
        with manual_database.transaction() as tx:
            return apikeys.issue(tx, party, "Till 1", scopes, **more)

    return issue


@pytest.fixture
def resolve(manual_database):
    """Resolve a secret in a transaction of its own."""

    def resolve(secret, address=None):
        with manual_database.read() as tx:
            return callers.resolve(tx, secret, address)

    return resolve


def test_a_secret_leads_to_its_caller(li, issue, resolve):
    key, secret = issue(li, ["trades:write", "trades:read", "trades:read"])
    assert resolve(secret) == Caller(li, key.id, frozenset({"trades:read", "trades:write"}))


def test_a_secret_has_the_documented_form(li, issue):
    key, secret = issue(li)
    head, prefix, tail = secret.split("_", 2)
    assert (head, prefix, len(prefix), len(tail)) == ("sk", key.prefix, 8, 43)


def test_secrets_are_neither_stored_nor_logged_nor_shown(
    manual_database, li, issue, resolve, caplog
):
    with caplog.at_level(logging.DEBUG):
        key, secret = issue(li)
        resolve(secret)
        with pytest.raises(callers.ApiKeyUnknown) as refused:
            resolve(secret[:-1] + ("A" if secret[-1] != "A" else "B"))
    tail = secret[12:]
    with manual_database.connection() as conn:
        rows = conn.execute("SELECT k::text FROM parties.api_key AS k").fetchall()
        rows += conn.execute("SELECT e::text FROM journal.entry AS e").fetchall()
    for text in [*map(str, rows), caplog.text, repr(key), repr(refused.value), str(refused.value)]:
        assert tail not in text
        assert tail.encode().hex() not in text
    made = apikeys.draft()
    assert made.text not in repr(made)
    assert made.digest.hex() not in repr(made)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "sk_",
        "sk_aaaaaaaa_" + "a" * 43,
        "sk_aaaaaaaa_" + "a" * 42,
        "é" * 55,
        "\ud800",
        pytest.param("x" * 10**6, id="a million"),
    ],
)
def test_an_unknown_or_malformed_secret_is_refused_alike(li, issue, resolve, secret):
    issue(li)
    with pytest.raises(callers.ApiKeyUnknown) as refused:
        resolve(secret)
    assert refused.value.facts() == {}


def test_a_right_prefix_with_a_wrong_tail_tells_nothing(manual_database, li, issue, resolve):
    key, secret = issue(li)
    with manual_database.transaction() as tx:
        apikeys.revoke(tx, key.id)
    with pytest.raises(callers.ApiKeyUnknown):
        resolve(secret[:12] + "A" * 43)
    with pytest.raises(apikeys.ApiKeyRevoked):
        resolve(secret)


def test_a_key_ends_at_its_time(clock, li, issue, resolve):
    _, secret = issue(li, expires_at=clock.now() + DAY)
    clock.advance(DAY - timedelta(microseconds=1))
    assert resolve(secret).left_seconds == 1e-6
    clock.advance(timedelta(microseconds=1))
    with pytest.raises(apikeys.ApiKeyExpired):
        resolve(secret)


def test_a_key_that_has_ended_before_it_begins_is_refused(clock, li, issue):
    for end in (clock.now(), clock.now() - DAY, (clock.now() + DAY).replace(tzinfo=None)):
        with pytest.raises(Invalid):
            issue(li, expires_at=end)


def test_a_revoked_key_is_refused_and_revoking_twice_changes_nothing(
    manual_database, clock, li, issue, resolve
):
    key, secret = issue(li)
    with manual_database.transaction() as tx:
        once = apikeys.revoke(tx, key.id, owner=li)
    clock.advance(DAY)
    with manual_database.transaction() as tx:
        assert apikeys.revoke(tx, key.id, owner=li).revoked_at == once.revoked_at
    with pytest.raises(apikeys.ApiKeyRevoked):
        resolve(secret)


def test_after_rotation_both_keys_work_for_the_grace_and_then_the_new_one(
    manual_database, clock, li, issue, resolve
):
    old, old_secret = issue(li, ["trades:write"])
    with manual_database.transaction() as tx:
        new, new_secret = apikeys.rotate(tx, old.id, DAY, owner=li)
    assert (new.name, new.scopes, new.party) == (old.name, old.scopes, li)
    assert resolve(old_secret).scopes == resolve(new_secret).scopes
    clock.advance(DAY)
    with pytest.raises(apikeys.ApiKeyExpired):
        resolve(old_secret)
    assert resolve(new_secret).key_id == new.id


def test_rotation_never_lengthens_the_old_keys_life(manual_database, clock, li, issue):
    old, _ = issue(li, expires_at=clock.now() + DAY)
    with manual_database.transaction() as tx:
        new, _ = apikeys.rotate(tx, old.id, 7 * DAY)
        assert new.expires_at == clock.now() + DAY
        (first, _) = apikeys.page(tx, li)
    assert (first.expires_at, first.replaced_by) == (clock.now() + DAY, new.id)


def test_a_key_is_rotated_once_and_not_after_its_end(manual_database, clock, li, issue):
    key, _ = issue(li)
    ended, _ = issue(li, expires_at=clock.now() + DAY)
    revoked, _ = issue(li)
    with manual_database.transaction() as tx:
        apikeys.rotate(tx, key.id)
        apikeys.revoke(tx, revoked.id)
    clock.advance(DAY)
    with manual_database.transaction() as tx:
        for each in (key, ended):
            with pytest.raises(apikeys.ApiKeyExpired):
                apikeys.rotate(tx, each.id)
        with pytest.raises(apikeys.ApiKeyRevoked):
            apikeys.rotate(tx, revoked.id)
        for grace in (timedelta(seconds=-1), timedelta(days=31)):
            with pytest.raises(Invalid):
                apikeys.rotate(tx, key.id, grace)


def test_a_strangers_key_is_not_there(manual_database, li, house, issue):
    key, _ = issue(li)
    with manual_database.transaction() as tx:
        for verb in (apikeys.revoke, apikeys.rotate):
            with pytest.raises(NotFound):
                verb(tx, key.id, owner=house)
            with pytest.raises(NotFound):
                verb(tx, uuid7())
        assert apikeys.page(tx, house) == []


@pytest.mark.parametrize("scopes", [[], ["trades:fly"], ["trades:read", ""]])
def test_a_scope_outside_the_table_is_refused(li, issue, scopes):
    with pytest.raises(Invalid):
        issue(li, scopes)


@pytest.mark.parametrize("scope", ["operator", "disputes:rule"])
def test_a_customers_key_gets_no_scope_of_the_house(li, issue, scope):
    with pytest.raises(apikeys.ScopeNotGrantable) as refused:
        issue(li, ["trades:read", scope])
    assert refused.value.scope == scope


def test_a_key_gives_no_scope_that_it_lacks_itself(manual_database, li, house, issue):
    weak = Caller(li, uuid7(), frozenset({"keys:write", "trades:read"}))
    issue(li, ["trades:read"], by=weak)
    with pytest.raises(apikeys.ScopeNotGrantable):
        issue(li, ["trades:write"], by=weak)
    strong, _ = issue(li, ["trades:write"])
    with manual_database.transaction() as tx, pytest.raises(apikeys.ScopeNotGrantable):
        apikeys.rotate(tx, strong.id, owner=li, by=weak)
    issue(li, ["trades:write"], by=Caller(house, uuid7(), frozenset({"operator"})))


def test_a_dismissed_mediators_key_rules_no_more(manual_database, li, issue, resolve):
    with manual_database.transaction() as tx:
        parties.appoint(tx, li, Role.MEDIATOR)
    _, secret = issue(li, ["disputes:rule", "trades:read"])
    assert "disputes:rule" in resolve(secret).scopes
    with manual_database.transaction() as tx:
        parties.dismiss(tx, li, Role.MEDIATOR)
    assert resolve(secret).scopes == {"trades:read"}


def test_a_key_of_a_closed_party_is_refused_and_none_is_issued(manual_database, li, issue, resolve):
    _, secret = issue(li)
    with manual_database.transaction() as tx:
        parties.close(tx, li)
    with pytest.raises(model.PartyClosed):
        resolve(secret)
    with pytest.raises(model.PartyClosed):
        issue(li)


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("2001:db8::7", True),
        ("11.1.2.3", False),
        ("2001:db9::7", False),
        ("unknown", False),
        (None, False),
    ],
)
def test_a_key_with_networks_works_from_inside_only(li, issue, resolve, address, inside):
    _, secret = issue(li, networks=["10.0.0.0/8", "2001:db8::/32"])
    if inside:
        assert resolve(secret, address).party == li
    else:
        with pytest.raises(callers.ApiKeyElsewhere):
            resolve(secret, address)


@pytest.mark.parametrize("network", ["10.0.0.1/8", "teahouse", "", "1.2.3.4/33"])
def test_a_malformed_network_is_refused(li, issue, network):
    with pytest.raises(Invalid):
        issue(li, networks=[network])


def test_a_party_has_at_most_a_hundred_live_keys(manual_database, li, issue, monkeypatch):
    monkeypatch.setattr(apikeys, "KEYS_MAX", 3)
    keys = [issue(li)[0] for _ in range(3)]
    with pytest.raises(apikeys.TooManyApiKeys):
        issue(li)
    with manual_database.transaction() as tx:
        apikeys.revoke(tx, keys[0].id)
    issue(li)


def test_use_is_noted_once_a_minute(manual_database, clock, li, issue, monkeypatch):
    _, secret = issue(li)
    writes = []
    use = apikeys.keyrows.use
    monkeypatch.setattr(
        apikeys.keyrows, "use", lambda tx, key, at: (writes.append(at), use(tx, key, at))
    )
    for _ in range(5):
        callers.admit(manual_database, [(secret, None)])
        clock.advance(timedelta(seconds=20))
    assert [each - writes[0] for each in writes] == [timedelta(0), timedelta(minutes=1)]
    with manual_database.read() as tx:
        assert apikeys.page(tx, li)[0].last_used_at == writes[-1]


def test_a_refused_secret_is_no_use(manual_database, li, issue):
    key, secret = issue(li)
    with manual_database.transaction() as tx:
        apikeys.revoke(tx, key.id)
    [refusal] = callers.admit(manual_database, [(secret, None)])
    assert isinstance(refusal, apikeys.ApiKeyRevoked)
    with manual_database.read() as tx:
        assert apikeys.page(tx, li)[0].last_used_at is None


def test_many_keys_are_told_apart_in_one_question(manual_database, li, issue):
    first, one = issue(li)
    gone, two = issue(li)
    second, three = issue(li, networks=["192.0.2.0/24"])
    with manual_database.transaction() as tx:
        apikeys.revoke(tx, gone.id)
    asked = [(one, None), ("sk_nobody", None), (two, None), (three, "192.0.2.7"), (three, None)]
    asked += [(one[:-1] + ("A" if one[-1] != "A" else "B"), None), (one, "198.51.100.1")]
    found = callers.admit(manual_database, asked)
    called = [each.key_id for each in found if isinstance(each, Caller)]
    assert called == [first.id, second.id, first.id]
    assert isinstance(found[1], callers.ApiKeyUnknown)
    assert isinstance(found[2], apikeys.ApiKeyRevoked)
    assert isinstance(found[4], callers.ApiKeyElsewhere)
    assert isinstance(found[5], callers.ApiKeyUnknown)
    assert isinstance(found[6], Caller)
    with manual_database.read() as tx:
        used = {key.id: key.last_used_at is not None for key in apikeys.page(tx, li)}
    assert used == {first.id: True, gone.id: False, second.id: True}
