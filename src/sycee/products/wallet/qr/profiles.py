"""National profiles as data: `profiles.toml`, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

FORMATS = ("01",)
"""What the first field of a code says, in EMVCo's version 1."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How one country uses EMVCo's templates. See the head of `profiles.toml` for the fields."""

    key: str
    name: str
    source: str
    guids: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    country: str = ""
    contains: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    within: dict[str, dict[str, str]] = field(default_factory=dict)
    unreserved: dict[str, str] = field(default_factory=dict)
    may_lack: frozenset[str] = frozenset()
    md5: bool = False
    formats: tuple[str, ...] = FORMATS
    currencies: tuple[str, ...] = ()
    longest: dict[str, int] = field(default_factory=dict)


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by its key."""
    text = files("sycee.products.wallet.qr").joinpath("profiles.toml").read_text(encoding="utf-8")
    return {key: _profile(key, row) for key, row in tomllib.loads(text).items()}


def _profile(key: str, row: dict[str, Any]) -> Profile:
    return Profile(
        key=key,
        name=row["name"],
        source=row["source"],
        guids=tuple(row.get("guids", ())),
        tags=tuple(row.get("tags", ())),
        country=row.get("country", ""),
        contains=row.get("contains", ""),
        fields=row["fields"],
        within=row.get("within", {}),
        unreserved=row.get("unreserved", {}),
        may_lack=frozenset(row.get("may_lack", ())),
        md5=row.get("md5", False),
        formats=tuple(row.get("formats", FORMATS)),
        currencies=tuple(row.get("currencies", ())),
        longest=row.get("longest", {}),
    )


@cache
def _by_guid() -> dict[str, Profile]:
    return {guid: profile for profile in profiles().values() for guid in profile.guids}


@cache
def _by_place() -> tuple[Profile, ...]:
    return tuple(profile for profile in profiles().values() if profile.tags)


def of_guid(guid: str) -> Profile | None:
    """The profile that a template's globally unique identifier belongs to."""
    return _by_guid().get(guid.lower())


def find(tag: str, template: dict[str, str], country: str) -> Profile | None:
    """The profile of a merchant account template, if it is one of ours."""
    guid = template.get("00", "")
    found = of_guid(guid)
    if found is not None:
        return found
    for profile in _by_place():
        if tag in profile.tags and country == profile.country and profile.contains in guid:
            return profile
    return None
