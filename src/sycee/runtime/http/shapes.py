"""Types that requests and answers are made of."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from sycee.kit.money import MAX_MINOR


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request's JSON object: strict types, no unknown fields."""


class Raw(msgspec.Struct, frozen=True):
    """A body that is a file, taken as it is: a subclass names its media type and its limit."""

    media: ClassVar[str] = "application/octet-stream"
    limit_bytes: ClassVar[int] = 1024 * 1024

    content: bytes


class File(msgspec.Struct, frozen=True):
    """An answer that is a file and not JSON: a subclass names the media types it may have."""

    MEDIA: ClassVar[tuple[str, ...]] = ("application/octet-stream",)

    content: bytes
    media: str
    name: str

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """What says how to save it; `name` is plain ASCII of the house's own making."""
        return ((b"content-disposition", f'attachment; filename="{self.name}"'.encode()),)


Amount = Annotated[
    int,
    msgspec.Meta(ge=1, le=MAX_MINOR, description="Whole minor units, from 1 to 2^53."),
]
"""A positive amount; a fraction, a string or a boolean is malformed."""

AmountOrNone = Annotated[
    int,
    msgspec.Meta(ge=0, le=MAX_MINOR, description="Whole minor units, from 0 to 2^53."),
]
"""An amount that may be zero, such as freight."""

Currency = Annotated[
    str,
    msgspec.Meta(
        min_length=3, max_length=3, pattern=r"^[A-Z]{3}\Z", description="ISO 4217, such as CNY."
    ),
]
"""Three capital letters; whether ISO 4217 lists them is the action's question."""

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
"""A short text."""

Reference = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9._:-]+\Z",
        description="The caller's own reference; not for personal data.",
    ),
]
"""The caller's own reference for a thing (`out_ref`): plain enough to be stored and shown."""


def public_id(noun: str) -> msgspec.Meta:
    """The shape of a public id: `payee: Annotated[str, public_id("par")]`; `ids.parse` reads it."""
    return msgspec.Meta(
        pattern=rf"^{noun}_[0-7][0-9a-hjkmnp-tv-z]{{25}}\Z", description=f"A public id: {noun}_…"
    )
