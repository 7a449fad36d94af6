"""A split settles when its last share is paid: asked by whoever has paid one."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sycee.core.journal.append import append
from sycee.core.journal.model import Entry
from sycee.products.wallet.people.requests import store as requestrows
from sycee.products.wallet.people.requests.model import State as Asked
from sycee.products.wallet.people.splits import store
from sycee.products.wallet.people.splits.model import Split, State
from sycee.runtime.db import Tx


def settle(tx: Tx, splits: Iterable[UUID | None]) -> None:
    """End the splits of which every share is paid now.

    The shares are read under the split's lock: of two that are paid at once, the later one sees
    both. Locks go from requests to splits, here and where a split is closed.
    """
    wanted = [each for each in splits if each is not None]
    if not wanted:
        return
    for split in store.lock(tx, wanted).values():
        shares = requestrows.of_split(tx, split.id)
        if split.state is State.OPEN and all(row.state is Asked.PAID for row in shares):
            store.end(tx, [split.id], State.SETTLED)
            append(tx, [entry(split, "split.settled")])


def entry(split: Split, verb: str) -> Entry:
    """A row of the journal, for the owner alone: the others hear of their requests."""
    return Entry(
        actor=split.owner,
        verb=verb,
        subject=split.id,
        parties=(split.owner,),
        purpose="payment",
        body={
            "split": split.public,
            "total_minor": split.total_minor,
            "currency": split.currency,
        },
    )
