"""Routes of groups of people who give to each other."""

from __future__ import annotations

from uuid import UUID

from sycee.core.parties.model import PartyClosed, PartyRestricted
from sycee.kit.errors import Forbidden, Invalid, NotFound
from sycee.products.envelopes import reading as envelopes
from sycee.products.envelopes.actions import crews
from sycee.products.envelopes.actions.crews import Invitation, Membership
from sycee.products.envelopes.desk import Token
from sycee.products.envelopes.groups import reading
from sycee.products.envelopes.groups.reading import GroupView
from sycee.products.envelopes.model.crew import Emblem, GroupFull, InvitationUnknown
from sycee.products.envelopes.reading import EnvelopeView
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Listing, Page
from sycee.runtime.http.routes import read, write
from sycee.runtime.http.shapes import Body

_STANDING = (PartyRestricted, PartyClosed, NotFound)


class MakeBody(Body, frozen=True):
    """A group to make; you are its first member and keep it."""

    emblem: Emblem = Emblem.FRIENDS


class JoinBody(Body, frozen=True):
    """An invitation's token."""

    token: Token


@write(
    "/v1/groups",
    "group.make",
    crews.make,
    scope="transfers:write",
    gives=Invitation,
    refuses=(*_STANDING, GroupFull),
    status=201,
)
def make(body: MakeBody, *, caller: Caller) -> crews.Make:
    """Make a group to give to. Whoever has the answer's `token` may join it."""
    return crews.Make(caller.party, body.emblem)


@write(
    "/v1/group-members",
    "group.join",
    crews.join,
    scope="transfers:write",
    gives=Membership,
    refuses=(*_STANDING, InvitationUnknown, GroupFull),
)
def join(body: JoinBody, *, caller: Caller) -> crews.Join:
    """Join a group by its invitation; again changes nothing."""
    return crews.Join(caller.party, body.token)


@write(
    "/v1/groups/{group:grp}/leave",
    "group.leave",
    crews.leave,
    scope="transfers:write",
    gives=Membership,
    refuses=(NotFound, Forbidden),
)
def leave(*, caller: Caller, group: UUID) -> crews.Leave:
    """Leave a group; if you kept it, its earliest member keeps it now."""
    return crews.Leave(caller.party, group, caller.party)


@write(
    "/v1/groups/{group:grp}/members/{member:par}/remove",
    "group.leave",
    crews.leave,
    scope="transfers:write",
    gives=Membership,
    refuses=(NotFound, Forbidden),
)
def remove(*, caller: Caller, group: UUID, member: UUID) -> crews.Leave:
    """Take somebody out of a group that you keep."""
    return crews.Leave(caller.party, group, member)


@write(
    "/v1/groups/{group:grp}/invitation",
    "group.invite",
    crews.invite,
    scope="transfers:write",
    gives=Invitation,
    refuses=(NotFound, Forbidden),
)
def invite(*, caller: Caller, group: UUID) -> crews.Invite:
    """Make another invitation to a group that you keep; the last one opens nothing then."""
    return crews.Invite(caller.party, group)


@read("/v1/groups", scope="transfers:read", gives=list[GroupView])
def mine(tx: Tx, *, caller: Caller) -> list[GroupView]:
    """List the groups you are in, at most fifty, each with its first members."""
    return reading.listing(tx, caller.party)


@read("/v1/groups/{group:grp}", scope="transfers:read", gives=GroupView, refuses=(NotFound,))
def one(tx: Tx, *, caller: Caller, group: UUID) -> GroupView:
    """Look at a group you are in."""
    return reading.one(tx, caller.party, group)


@read(
    "/v1/groups/{group:grp}/envelopes",
    scope="transfers:read",
    gives=Listing[EnvelopeView],
    refuses=(NotFound, Invalid),
)
def given(tx: Tx, *, caller: Caller, group: UUID, page: Page) -> Listing[EnvelopeView]:
    """List the envelopes that were sent to a group you are in, newest first."""
    return envelopes.of_group(tx, caller.party, group, page)


routes = [make, join, leave, remove, invite, mine, one, given]
