"""JSON objects that name each member once: who signs, who checks and who acts see one value."""

from __future__ import annotations

from typing import Any


class MemberTwice(ValueError):
    """A JSON object names a member twice (RFC 8259 §4 leaves open which value holds)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is given twice")
        self.name = name


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `json.loads(…, object_pairs_hook=once)`: the object, or `MemberTwice`."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise MemberTwice(name)
        made[name] = value
    return made
