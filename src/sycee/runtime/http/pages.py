"""Lists a page at a time, by an opaque cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from sycee.kit.errors import Invalid
from sycee.kit.ids import parse

T = TypeVar("T")
MOST = 100
USUAL = 20


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """One page: its items, and the cursor of the next page while there is one."""

    items: list[T]
    has_more: bool
    next: str | None


class Page(msgspec.Struct, frozen=True):
    """What the caller asked for: `after` is the key of the last item it has seen, or None.

    The cursor is base64url of that key, opaque by contract and not signed: every query filters by
    its owner again, so a made-up cursor shows nothing that the caller may not see.
    """

    limit: int = USUAL
    after: str | None = None

    @property
    def fetch(self) -> int:
        """How many rows to ask for: one more than the page, which says whether there is a next."""
        return self.limit + 1

    def after_id(self, noun: str) -> UUID | None:
        """The id that `after` is in lists by public ids of a noun; raises `Invalid`."""
        return None if self.after is None else parse(noun, self.after, "cursor")

    def of(self, rows: Sequence[T], key: Callable[[T], str]) -> Listing[T]:
        """The page made of up to `fetch` rows; `key` names where the next one begins."""
        items = list(rows[: self.limit])
        more = len(rows) > self.limit
        return Listing(items, more, encode(key(items[-1])) if more else None)


def encode(key: str) -> str:
    """The opaque cursor of a key."""
    return base64.urlsafe_b64encode(key.encode()).rstrip(b"=").decode()


def decode(cursor: str) -> str:
    """The key of a cursor; raises `Invalid`."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        raise Invalid(field="cursor", rule="must be a cursor that this server gave") from None
    if not key or "\x00" in key:
        raise Invalid(field="cursor", rule="must be a cursor that this server gave")
    return key


def asked(limit: int | None, cursor: str | None) -> Page:
    """The page named by the query parameters `limit` (1 to 100) and `cursor`."""
    if limit is not None and not 1 <= limit <= MOST:
        raise Invalid(field="limit", rule=f"must be from 1 to {MOST}")
    return Page(limit or USUAL, None if cursor is None else decode(cursor))
