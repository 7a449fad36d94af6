"""The verbs on parties: create, read, rename, restrict, close; and accounts opened on demand.

Each change appends one journal row. `actor` is the party that asked for it (None: the house).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.core.ledger import accounts as ledger
from sycee.core.ledger.accounts import AccountNotEmpty
from sycee.core.ledger.model import NewAccount
from sycee.core.ledger.refusals import AccountClosed
from sycee.core.parties import handles, model, store
from sycee.core.parties.model import Account, Kind, NewParty, Party, Purse, Status
from sycee.core.parties.personal import sources
from sycee.core.parties.scopes import Role
from sycee.core.policy import check
from sycee.kit.errors import Invalid, NotFound, Refusal
from sycee.kit.ids import public, uuid7
from sycee.kit.money import check_currency
from sycee.runtime.db import Tx, allow

PAGE_MAX = 200
SHOWN_MAX = 50
"""How many open things a refusal names at most."""


def create(tx: Tx, new: NewParty, *, actor: UUID | None = None, id_: UUID | None = None) -> Party:
    """Add a party. It has no account until something asks for one (`account`, `purse`).

    `id_` is a version 7 UUID that was promised earlier. Refuses `Invalid`, `HandleTaken`, and
    `OperatorSeated` for a second operator.
    """
    new = model.check(new)
    id_ = id_ or uuid7()
    if new.kind is Kind.OPERATOR and not store.take_seat(tx, "operator", id_):
        raise model.OperatorSeated(operator=public("par", _operator(tx)))
    if new.handle is not None:
        handles.take(tx, handles.check_new(new.handle, house=new.kind in model.HOUSE_KINDS), id_)
    party = store.insert(tx, id_, new)
    _note(tx, actor, "party.create", id_, {"kind": str(new.kind)})
    return party


def _operator(tx: Tx) -> UUID:
    seated = store.seated(tx, "operator")
    assert seated is not None, "a seat that is not free has a holder"
    return seated


def operator(tx: Tx) -> UUID | None:
    """The id of the database's operator, once there is one."""
    return store.seated(tx, "operator")


def read(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, Party]:
    """The parties that exist among `ids`, in one query."""
    return store.by_ids(tx, ids)


def get(tx: Tx, id_: UUID) -> Party:
    """One party; raises `NotFound`."""
    party = store.by_ids(tx, [id_]).get(id_)
    if party is None:
        raise _unknown(id_)
    return party


def find(tx: Tx, handle: str) -> UUID | None:
    """The party of a handle, in any case; None when nobody has it or it is no handle."""
    try:
        return store.by_handle(tx, model.check_handle(handle))
    except Invalid:
        return None


def page(
    tx: Tx,
    *,
    after: UUID | None = None,
    limit: int = 50,
    kind: Kind | None = None,
    status: Status | None = None,
    named: bool = False,
) -> list[Party]:
    """Parties in order of making, from behind the cursor `after`; `limit` is cut to 200.

    `named` = only those that have a handle.
    """
    return store.page(tx, after, max(1, min(limit, PAGE_MAX)), kind, status, named)


def rename(
    tx: Tx,
    id_: UUID,
    *,
    display_name: str | None = None,
    handle: str | None = None,
    actor: UUID | None = None,
) -> Party:
    """Change the public name, the handle or both; what is None stays.

    Refuses `Invalid`, `HandleTaken`, `HandleChangesSpent`, `PartyClosed`. Nobody else gets the old
    handle for a year.
    """
    party = _locked(tx, id_)
    name = party.display_name if display_name is None else model.check_name(display_name)
    wanted = party.handle if handle is None else model.check_handle(handle)
    if wanted is not None and wanted != party.handle:
        handles.check_new(wanted, house=party.kind in model.HOUSE_KINDS)
        if party.handle is None:
            handles.take(tx, wanted, id_)
        else:
            handles.change(tx, party.handle, wanted, id_)
    store.set_names(tx, id_, name, wanted)
    _note(tx, actor, "party.rename", id_, {})
    return get(tx, id_)


def set_tier(
    tx: Tx,
    id_: UUID,
    tier: str,
    *,
    actor: UUID | None = None,
    evidence: Sequence[str] = (),
) -> Party:
    """Move a party to another tier of limits; `evidence` names the kinds of checks it rests on."""
    before = _locked(tx, id_).tier
    store.set_tier(tx, id_, model.check_tier(tier))
    if tier != before:
        check.enter(tx, id_, tier)
    told = {"tier": tier, "before": before, "evidence": " ".join(evidence)}
    _note(tx, actor, "party.tier", id_, told)
    return get(tx, id_)


def appoint(tx: Tx, id_: UUID, role: Role, *, actor: UUID | None = None) -> Party:
    """Give a party a role; keys it has or makes may then use the role's scopes."""
    party = _locked(tx, id_)
    store.set_roles(tx, id_, sorted({*party.roles, str(role)}))
    _note(tx, actor, "party.appoint", id_, {"role": str(role)})
    return get(tx, id_)


def dismiss(tx: Tx, id_: UUID, role: Role, *, actor: UUID | None = None) -> Party:
    """Take a role away; keys lose its scopes with it."""
    party = _locked(tx, id_)
    store.set_roles(tx, id_, sorted(set(party.roles) - {str(role)}))
    _note(tx, actor, "party.dismiss", id_, {"role": str(role)})
    return get(tx, id_)


def restrict(tx: Tx, id_: UUID, *, actor: UUID | None = None) -> Party:
    """Let a party start nothing new. Restricting twice changes nothing."""
    return _turn(tx, id_, Status.RESTRICTED, "party.restrict", actor)


def reinstate(tx: Tx, id_: UUID, *, actor: UUID | None = None) -> Party:
    """Lift a restriction."""
    return _turn(tx, id_, Status.ACTIVE, "party.reinstate", actor)


def _turn(tx: Tx, id_: UUID, status: Status, verb: str, actor: UUID | None) -> Party:
    party = _locked(tx, id_)
    if party.status is status:
        return party
    store.set_status(tx, id_, status)
    _note(tx, actor, verb, id_, {})
    return get(tx, id_)


UNFINISHED_MS = 10_000
"""How long a slice may look through all that a party ever did, for what is still open."""


def close(tx: Tx, id_: UUID, *, actor: UUID | None = None) -> Party:
    """Close a party and its accounts for good. Closing twice changes nothing.

    Refuses `PartyHasBalance` naming the first account with money or a reservation on it, and
    `PartyHasUnfinished` naming what a slice still has open for it. The row lock keeps new accounts
    from being opened and promises to it from being made meanwhile (`stay`); the ledger keeps money
    from moving, since it closes each account under that account's own lock. So the slices are asked
    last: whoever paid from such an account before has committed, and nobody does after. What it has
    asked of others ends first, as who pays that holds it before the accounts.
    """
    party = store.lock(tx, id_)
    if party is None:
        raise _unknown(id_)
    if party.status is Status.CLOSED:
        return party
    sources.end(tx, id_, actor)
    for account in store.accounts_of(tx, id_):
        _close_account(tx, id_, account.account)
    allow(tx, UNFINISHED_MS)
    waiting = sources.unfinished(tx, id_)
    if waiting:
        raise model.PartyHasUnfinished(party.public_id, tuple(waiting[:SHOWN_MAX]))
    store.set_status(tx, id_, Status.CLOSED)
    _note(tx, actor, "party.close", id_, {})
    return get(tx, id_)


def _close_account(tx: Tx, party: UUID, account: UUID) -> None:
    try:
        ledger.close(tx, account)
    except AccountNotEmpty as refusal:
        raise model.PartyHasBalance(public("par", party), public("acc", account)) from refusal
    except AccountClosed:
        return  # closed on its own, earlier


def stay(tx: Tx, ids: Iterable[UUID]) -> None:
    """Keep parties from being closed until the caller commits what they are promised.

    Who closes one meanwhile waits, and then finds the promise. Refuses `PartyClosed`.
    """
    for id_ in store.keep(tx, ids):
        raise model.PartyClosed(party=public("par", id_))


def account(tx: Tx, party: UUID, code: str, currency: str) -> UUID:
    """The ledger account of a party for a code and a currency, opened if it is not there yet.

    Refuses `NotFound`, `Invalid` for a code parties do not have, and `PartyClosed` when it would
    have to be opened.
    """
    (opened,) = accounts(tx, [(party, code, currency)])
    return opened


def accounts(tx: Tx, wanted: Sequence[tuple[UUID, str, str]]) -> list[UUID]:
    """`account` for many: (party, code, currency) each; same length, same order.

    One query when all are open. The id follows from the three values, so two processes that open
    one account at once write the same row and neither has to learn who was first.
    """
    rows = [_expected(tx, *triple) for triple in wanted]
    known = store.opened(tx, rows)
    missing = {
        (row.party, row.code, row.currency): row
        for row in rows
        if (row.party, row.code, row.currency) not in known
    }
    for party in sorted({row.party for row in missing.values()}):
        _admit(tx, party)
    if missing:
        _open(tx, [missing[key] for key in sorted(missing)])
    return [row.account for row in rows]


def _expected(tx: Tx, party: UUID, code: str, currency: str) -> Account:
    if code not in model.FLOOR:
        raise Invalid(field="code", rule=f"must be one of {', '.join(sorted(model.FLOOR))}")
    check_currency(currency)
    id_ = model.account_id(party, code, currency)
    return Account(party, code, currency, id_, tx.now)


def _admit(tx: Tx, id_: UUID) -> None:
    party = store.share(tx, id_)
    if party is None:
        raise _unknown(id_)
    if party.status is Status.CLOSED:
        raise model.PartyClosed(party=party.public_id)


def _open(tx: Tx, rows: Sequence[Account]) -> None:
    outcomes = ledger.open(
        tx,
        [
            NewAccount(
                id=row.account,
                owner=row.party,
                code=row.code,
                currency=row.currency,
                floor=model.FLOOR[row.code],
                ceiling=None,
            )
            for row in rows
        ],
    )
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            raise outcome
    store.insert_accounts(tx, rows)


def accounts_of(tx: Tx, party: UUID) -> list[Account]:
    """All accounts a party has, by code and currency."""
    return store.accounts_of(tx, party)


def purse(tx: Tx, parties: Iterable[UUID], currency: str) -> dict[UUID, Purse | Refusal]:
    """Where each party receives money in a currency; one query when the accounts are open.

    A purse carries status, jurisdiction, zone and tier for the policy question that comes next;
    `purse.refusal` says why a party may start nothing new. Missing accounts of parties that are not
    closed are opened. Refusals stand in a party's place: `NotFound`, `PartyHasNoPurse`,
    `PartyClosed` (only when its account was never opened).
    """
    check_currency(currency)
    wanted = set(parties)
    found: dict[UUID, Purse | Refusal] = {}
    missing: list[Purse] = []
    for purse_, is_open in store.purses(tx, wanted, currency):
        if purse_.code == "":
            found[purse_.party] = model.PartyHasNoPurse(party=public("par", purse_.party))
        elif is_open:
            found[purse_.party] = purse_
        elif purse_.status is Status.CLOSED:
            found[purse_.party] = model.PartyClosed(party=public("par", purse_.party))
        else:
            missing.append(purse_)
    for purse_, outcome in zip(missing, _open_purses(tx, missing, currency), strict=True):
        found[purse_.party] = outcome
    for id_ in wanted - found.keys():
        found[id_] = _unknown(id_)
    return found


def active_purse(tx: Tx, party: UUID, currency: str) -> Purse:
    """`purse` of one party that wants to start something new; raises why it may not."""
    found = purse(tx, [party], currency)[party]
    refusal = found.refusal if isinstance(found, Purse) else found
    if refusal is not None:
        raise refusal
    assert isinstance(found, Purse)
    return found


def _open_purses(tx: Tx, missing: Sequence[Purse], currency: str) -> list[Purse | Refusal]:
    """Open the accounts behind purses. A party that closes meanwhile refuses only itself."""
    outcomes: dict[UUID, Purse | Refusal] = {}
    for purse_ in sorted(missing, key=lambda each: each.party):
        try:
            opened = account(tx, purse_.party, purse_.code, currency)
        except model.PartyClosed as refusal:
            outcomes[purse_.party] = refusal
        else:
            outcomes[purse_.party] = Purse(
                purse_.party,
                purse_.kind,
                purse_.status,
                purse_.jurisdiction,
                purse_.zone,
                purse_.tier,
                purse_.code,
                opened,
            )
    return [outcomes[purse_.party] for purse_ in missing]


def _locked(tx: Tx, id_: UUID) -> Party:
    party = store.lock(tx, id_)
    if party is None:
        raise _unknown(id_)
    if party.status is Status.CLOSED:
        raise model.PartyClosed(party=party.public_id)
    return party


def _unknown(id_: UUID) -> NotFound:
    return NotFound(noun="party", id=public("par", id_))


def _note(tx: Tx, actor: UUID | None, verb: str, party: UUID, body: dict[str, str]) -> None:
    append(
        tx,
        [
            Entry(
                actor=actor,
                verb=verb,
                subject=party,
                parties=(party,),
                purpose="parties",
                body=dict(body),
            )
        ],
    )
