"""Parties as others see them: an id, the public name, the handle and the badge."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import msgspec

from sycee.core.parties import parties
from sycee.core.parties.model import Kind, Party
from sycee.core.parties.scopes import Role
from sycee.runtime.db import Tx


class Face(msgspec.Struct, frozen=True):
    """A party as anyone may see it; `verified` is the badge that the operator gives."""

    id: str
    kind: Kind
    display_name: str
    handle: str | None
    verified: bool


def of(party: Party) -> Face:
    """The face of a party."""
    return Face(
        party.public_id,
        party.kind,
        party.display_name,
        party.handle,
        str(Role.VERIFIED) in party.roles,
    )


def read(tx: Tx, ids: Iterable[UUID | None]) -> dict[UUID, Face]:
    """The faces of parties, in one query."""
    wanted = {id_ for id_ in ids if id_ is not None}
    return {id_: of(party) for id_, party in parties.read(tx, wanted).items()} if wanted else {}
