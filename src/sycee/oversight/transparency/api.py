"""Routes of the log: public for everyone, but one's own rows for oneself alone."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from sycee.kit.errors import Invalid, NotFound
from sycee.oversight.transparency import reading
from sycee.oversight.transparency.actions import watch
from sycee.oversight.transparency.actions.watch import Ask, Asked, Dismiss
from sycee.oversight.transparency.model.refusals import (
    LogEmpty,
    LogShorter,
    WitnessKeyUnfit,
    WitnessKnown,
)
from sycee.oversight.transparency.reading import (
    ConsistencyView,
    Entries,
    InclusionView,
    LogView,
)
from sycee.runtime.db import Tx
from sycee.runtime.http.caller import Caller
from sycee.runtime.http.pages import Page
from sycee.runtime.http.routes import read, write
from sycee.runtime.http.shapes import Body

Size = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Key = Annotated[str, msgspec.Meta(min_length=20, max_length=400)]
Url = Annotated[str, msgspec.Meta(min_length=10, max_length=400, pattern=r"^https?://[^\s]+\Z")]


class WitnessBody(Body, frozen=True):
    """A witness's key (`name+id+base64`) and the address its program answers at."""

    key: Key
    url: Url


@read("/v1/log", scope=None, gives=LogView, refuses=(LogEmpty,))
def show(tx: Tx) -> LogView:
    """Read the log's newest checkpoint.

    Anyone may. The same checkpoint and the tree's tiles are at `/log/checkpoint` and `/log/tile/…`
    in the form of C2SP tlog-tiles.
    """
    return reading.log(tx)


@read(
    "/v1/log/inclusion",
    scope=None,
    gives=InclusionView,
    refuses=(Invalid, LogEmpty, LogShorter),
)
def inclusion(tx: Tx, *, index: Size, size: Size | None = None) -> InclusionView:
    """Prove that a leaf is in the log, as of any size it has had."""
    return reading.inclusion(tx, index, size)


@read(
    "/v1/log/consistency",
    scope=None,
    gives=ConsistencyView,
    refuses=(Invalid, LogEmpty, LogShorter),
)
def consistency(tx: Tx, *, from_size: Size, size: Size | None = None) -> ConsistencyView:
    """Prove that the log of an earlier size is a beginning of the later one."""
    return reading.consistency(tx, from_size, size)


@read("/v1/log/entries", scope="journal:read", gives=Entries, refuses=(Invalid, LogEmpty))
def entries(tx: Tx, *, caller: Caller, page: Page, newest: bool = False) -> Entries:
    """List the journal's rows that name you, each opened and with its proof.

    The oldest comes first, or with `newest` the newest. All proofs of a page lead to the one
    checkpoint in the answer. Rows of the last second or two are not sealed yet and have none.
    """
    return reading.entries(tx, caller.party, page, newest=newest)


@write(
    "/v1/log/witnesses",
    "log.ask",
    watch.ask,
    scope="operator",
    gives=Asked,
    refuses=(WitnessKeyUnfit, WitnessKnown),
)
def ask(body: WitnessBody, *, caller: Caller) -> Ask:
    """Ask a witness to cosign each checkpoint from now on."""
    return Ask(caller.party, body.key, body.url)


@write(
    "/v1/log/witnesses/{witness:wit}",
    "log.dismiss",
    watch.dismiss,
    scope="operator",
    gives=Asked,
    refuses=(Invalid, NotFound),
    method="DELETE",
)
def dismiss(*, caller: Caller, witness: UUID) -> Dismiss:
    """Ask a witness no longer; what it has cosigned stays in the log."""
    return Dismiss(caller.party, witness)


routes = [show, inclusion, consistency, entries, ask, dismiss]
