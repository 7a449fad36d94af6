"""A key of yesterday answers today: what its digest is made of does not change with a new version.

The digest of an idempotency key is over its command's fields. A field that comes later is `UNSET`
until somebody says it, so that whoever sends an old request again, with a server of the next
version behind the address, is answered and not refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec.structs import fields

from sycee.doors.http import contents

PAGE = Path(__file__).with_name("commands.txt")


def always(kind: type) -> list[str]:
    """The fields of a command that are in each digest; of one that holds others, theirs too."""
    hints = get_type_hints(kind)
    found: list[str] = []
    for each in fields(kind):
        if each.default is not msgspec.UNSET:
            inner = [f"({' '.join(always(part))})" for part in held(hints[each.name])]
            found.append("".join((each.name, *inner)))
    return found


def held(hint: Any) -> Iterator[type]:
    """The structs that a field's type names, in a list or a choice as well."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in get_args(hint):
        yield from held(part)


def table() -> str:
    """A line for each verb of a route: its name, and the fields that its digest always has."""
    commands = {
        route.verb: get_type_hints(route.function)["return"]
        for route in contents.routes()
        if route.verb is not None
    }
    lines = [" ".join((f"{verb}:", *always(kind))) for verb, kind in sorted(commands.items())]
    return "\n".join(lines) + "\n"


class Part(msgspec.Struct):
    to: str
    note: str | msgspec.UnsetType = msgspec.UNSET


class Pay(msgspec.Struct):
    amount: int
    memo: str | None = None
    parts: list[Part] | None = None
    shown: int | msgspec.UnsetType = msgspec.UNSET


def test_a_later_field_of_a_command_is_unset_until_it_is_said() -> None:
    assert table() == PAGE.read_text(), (
        "make a new field `X | msgspec.UnsetType = msgspec.UNSET`; for a new command run"
        " `python -m tests.house.test_commands`"
    )


def test_a_field_that_would_change_each_digest_is_found() -> None:
    assert always(Pay) == ["amount", "memo", "parts(to)"]


if __name__ == "__main__":
    PAGE.write_text(table())
