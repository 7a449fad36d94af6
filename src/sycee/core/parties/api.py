"""Routes of parties, API keys and one's own accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from sycee.core.parties import accountviews, activity, apikeys, desk, handles, model, parties, views
from sycee.core.parties.identity import sessions
from sycee.core.parties.identity.model import TOUCH_REFUSALS
from sycee.core.parties.model import Kind, NewParty, Status
from sycee.core.policy.model import ProductSuspended
from sycee.kit.errors import Forbidden, Invalid, NotFound, Refusal
from sycee.kit.ids import parse, public
from sycee.runtime.db import Database, Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import Route, direct, read, write
from sycee.runtime.http.shapes import Body

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class PartyBody(Body, frozen=True):
    """A party to be: `display_name` is public, and the only plain personal datum there is."""

    kind: Kind
    display_name: Name
    jurisdiction: Annotated[str, msgspec.Meta(max_length=6)] = "CN"
    zone: Annotated[str, msgspec.Meta(max_length=64)] = "Asia/Shanghai"
    tier: Annotated[str, msgspec.Meta(max_length=32)] = "standard"
    handle: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class TierBody(Body, frozen=True):
    """A tier, as a limit pack names it, and the kinds of checks that were made."""

    tier: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    evidence: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]{0,39}$")], ...],
        msgspec.Meta(min_length=1, max_length=10),
    ]


class NamesBody(Body, frozen=True):
    """New public names; what is left out stays."""

    display_name: Name | None = None
    handle: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class KeyBody(Body, frozen=True):
    """A key to be: its label, scopes, and optionally its end and the networks it may come from."""

    name: Name
    scopes: Annotated[list[str], msgspec.Meta(min_length=1, max_length=64)]
    expires_at: datetime | None = None
    networks: Annotated[list[str], msgspec.Meta(max_length=20)] = msgspec.field(
        default_factory=list
    )
    party: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class RotateBody(Body, frozen=True):
    """How long the old key stays valid beside the new one: 0 s to 30 days."""

    grace_seconds: Annotated[int, msgspec.Meta(ge=0, le=2_592_000)] = 86_400


def _change(
    path: str,
    verb: str,
    action: Callable[[Tx, Any], views.PartyState],
    refuses: Sequence[type[Refusal]] = (NotFound, model.PartyClosed),
) -> Callable[[Callable[..., Any]], Route]:
    """What only the operator does to a party; its answer says how the party stands then."""
    return write(path, verb, action, scope="operator", gives=views.PartyState, refuses=refuses)


@write(
    "/v1/parties",
    "party.create",
    desk.create,
    scope="operator",
    gives=views.PartyState,
    refuses=(Invalid, ProductSuspended, model.HandleTaken, model.OperatorSeated),
    status=201,
)
def create_party(body: PartyBody, *, caller: Caller) -> desk.Create:
    """Add a party.

    It has no account until one is needed. The answer is stored with the key and holds no name.
    """
    new = NewParty(
        body.kind, body.display_name, body.jurisdiction, body.zone, body.tier, body.handle
    )
    return desk.Create(new, caller.party)


@read("/v1/parties", scope="operator", gives=Listing[views.PartyView], refuses=(Invalid,))
def list_parties(
    tx: Tx, *, page: Page, kind: Kind | None = None, status: Status | None = None
) -> Listing[views.PartyView]:
    """List parties in order of making."""
    rows = parties.page(tx, after=page.after_id("par"), limit=page.fetch, kind=kind, status=status)
    return page.of([views.party_view(row) for row in rows], key=lambda row: row.id)


@read("/v1/parties/{party:par}", scope="parties:read", gives=views.PartyView, refuses=(NotFound,))
def read_party(tx: Tx, *, caller: Caller, party: UUID) -> views.PartyView:
    """Read a party: one's own, or any for the operator."""
    return views.visible(tx, caller, party)


@_change("/v1/parties/{party:par}/restrict", "party.restrict", desk.restrict)
def restrict_party(*, caller: Caller, party: UUID) -> desk.ChangeStatus:
    """Let a party start nothing new."""
    return desk.ChangeStatus(party, caller.party)


@_change("/v1/parties/{party:par}/reinstate", "party.reinstate", desk.reinstate)
def reinstate_party(*, caller: Caller, party: UUID) -> desk.ChangeStatus:
    """Lift a restriction."""
    return desk.ChangeStatus(party, caller.party)


@_change(
    "/v1/parties/{party:par}/close",
    "party.close",
    desk.close,
    refuses=(NotFound, model.PartyHasBalance, model.PartyHasUnfinished),
)
def close_party(*, caller: Caller, party: UUID) -> desk.ChangeStatus:
    """Close a party and its accounts for good.

    Each account must stand at zero with nothing reserved, and nothing may be open for it.
    """
    return desk.ChangeStatus(party, caller.party)


@_change(
    "/v1/parties/{party:par}/tier",
    "party.tier",
    desk.set_tier,
    refuses=(Invalid, NotFound, model.PartyClosed),
)
def set_party_tier(body: TierBody, *, caller: Caller, party: UUID) -> desk.SetTier:
    """Move a party to another tier of limits, and say what checks that rests on."""
    return desk.SetTier(party, body.tier, body.evidence, caller.party)


@_change("/v1/parties/{party:par}/verify", "party.verify", desk.verify)
def verify_party(*, caller: Caller, party: UUID) -> desk.ChangeStatus:
    """Mark a party as who it says it is: payers see a badge."""
    return desk.ChangeStatus(party, caller.party)


@_change("/v1/parties/{party:par}/unverify", "party.unverify", desk.unverify)
def unverify_party(*, caller: Caller, party: UUID) -> desk.ChangeStatus:
    """Take the badge away."""
    return desk.ChangeStatus(party, caller.party)


@_change(
    "/v1/parties/{party:par}/appoint",
    "party.appoint",
    desk.appoint,
    refuses=(Invalid, NotFound, model.PartyClosed),
)
def appoint_mediator(*, caller: Caller, party: UUID) -> desk.ChangeStatus:
    """Make a person a mediator, who rules on the disputes of others."""
    return desk.ChangeStatus(party, caller.party)


@_change("/v1/parties/{party:par}/dismiss", "party.dismiss", desk.dismiss)
def dismiss_mediator(*, caller: Caller, party: UUID) -> desk.ChangeStatus:
    """Let a mediator rule no more; their keys and devices lose it within seconds."""
    return desk.ChangeStatus(party, caller.party)


@read(
    "/v1/directory/{handle}",
    scope="parties:read",
    gives=views.DirectoryView,
    refuses=(NotFound,),
)
def read_directory(database: Database, *, caller: Caller, handle: str) -> views.DirectoryView:
    """Look up a handle: whom would one pay.

    Exactly as it is, and not often: 30 at once, then one every ten seconds.
    """
    return views.in_directory(database, caller, handle)


@read("/v1/me", scope="parties:read", gives=views.MeView)
def read_me(tx: Tx, *, caller: Caller) -> views.MeView:
    """Read the party behind the key or session, and what it may do."""
    return views.me(tx, caller)


@write(
    "/v1/me",
    "party.rename",
    desk.rename,
    scope="parties:write",
    gives=views.PartyState,
    refuses=(Invalid, model.HandleTaken, handles.HandleChangesSpent, model.PartyClosed),
    method="PATCH",
)
def rename_me(body: NamesBody, *, caller: Caller) -> desk.Rename:
    """Change one's public name or handle."""
    return desk.Rename(caller.party, body.display_name, body.handle, caller.party)


@direct(
    "/v1/api-keys",
    scope="keys:write",
    gives=views.KeyIssued,
    refuses=(
        Invalid,
        NotFound,
        Forbidden,
        model.PartyClosed,
        apikeys.ScopeNotGrantable,
        apikeys.TooManyApiKeys,
        *TOUCH_REFUSALS,
    ),
    status=201,
)
def issue_key(database: Database, body: KeyBody, *, caller: Caller, key: str) -> views.KeyIssued:
    """Issue an API key; its secret is shown this once. A session needs a touch of a moment ago.

    A repeated request with the same Idempotency-Key answers the same key with `secret` null.
    """
    sessions.check_fresh(database, caller)
    owner = parse("par", body.party or public("par", caller.party), "party")
    command = desk.IssueKey(
        owner, body.name, body.scopes, body.expires_at, body.networks, caller.party
    )
    return desk.issue_key(database, caller, key, command)


@read("/v1/api-keys", scope="keys:write", gives=Listing[views.KeyView], refuses=(Invalid,))
def list_keys(tx: Tx, *, caller: Caller, page: Page) -> Listing[views.KeyView]:
    """List one's own API keys, those that ended too."""
    rows = apikeys.page(tx, caller.party, after=page.after_id("key"), limit=page.fetch)
    return page.of([views.key_view(row) for row in rows], key=lambda row: row.id)


@direct(
    "/v1/api-keys/{api_key:key}/rotate",
    scope="keys:write",
    gives=views.KeyIssued,
    refuses=(
        NotFound,
        apikeys.ApiKeyExpired,
        apikeys.ApiKeyRevoked,
        apikeys.ScopeNotGrantable,
        model.PartyClosed,
        *TOUCH_REFUSALS,
    ),
    status=201,
)
def rotate_key(
    database: Database, body: RotateBody, *, caller: Caller, key: str, api_key: UUID
) -> views.KeyIssued:
    """Replace an API key by a new one; the old one stays valid for the grace given."""
    sessions.check_fresh(database, caller)
    command = desk.RotateKey(api_key, body.grace_seconds, caller.party)
    return desk.rotate_key(database, caller, key, command)


@write(
    "/v1/api-keys/{api_key:key}/revoke",
    "key.revoke",
    desk.revoke_key,
    scope="keys:write",
    gives=views.KeyState,
    refuses=(NotFound,),
)
def revoke_key(*, caller: Caller, api_key: UUID) -> desk.RevokeKey:
    """End an API key now; within seconds no server accepts it any more."""
    return desk.RevokeKey(api_key, desk.owner_for(caller), caller.party)


@read("/v1/accounts", scope="accounts:read", gives=Listing[accountviews.AccountView])
def list_accounts(tx: Tx, *, caller: Caller) -> Listing[accountviews.AccountView]:
    """List one's own accounts with their balances."""
    return Listing(accountviews.accounts(tx, caller.party), False, None)


@read(
    "/v1/accounts/{account:acc}/statement",
    scope="accounts:read",
    gives=accountviews.StatementView,
    refuses=(NotFound, Invalid),
)
def read_statement(
    tx: Tx,
    *,
    caller: Caller,
    account: UUID,
    page: Page,
    since: datetime | None = None,
    until: datetime | None = None,
) -> accountviews.StatementView:
    """Read the statement of one's own account: opening, lines with a running balance, closing.

    `since` is included, `until` is not; both by the time of posting. Left out, they are the
    account's opening and now.
    """
    return accountviews.statement(tx, caller.party, account, since, until, page)


@read(
    "/v1/accounts/{account:acc}/activity",
    scope="accounts:read",
    gives=Listing[activity.ActivityView],
    refuses=(NotFound, Invalid),
)
def read_activity(
    tx: Tx, *, caller: Caller, account: UUID, page: Page
) -> Listing[activity.ActivityView]:
    """Read what moved on one's own account, newest first, and with whom."""
    return activity.latest(tx, caller.party, account, page)


routes = [
    create_party,
    list_parties,
    read_party,
    restrict_party,
    reinstate_party,
    close_party,
    set_party_tier,
    verify_party,
    unverify_party,
    appoint_mediator,
    dismiss_mediator,
    read_directory,
    read_me,
    rename_me,
    issue_key,
    list_keys,
    rotate_key,
    revoke_key,
    list_accounts,
    read_statement,
    read_activity,
]
