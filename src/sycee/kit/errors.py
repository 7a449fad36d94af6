"""Refusals: a rule said no. They are values as much as exceptions, and they carry no secret."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of "no" it is; one table in `runtime.http` maps it to an HTTP status."""

    NOT_FOUND = "not-found"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    INVALID = "invalid"
    LIMIT = "limit"


class Refusal(Exception):
    """The request was refused.

    A subclass is a dataclass (`unsafe_hash=True`; not frozen, as raising sets `__traceback__`):
    `code` is its name on the wire (kebab-case, permanent), `kind` its sort, the first line of its
    docstring the title a person reads, and its fields the facts (ids, amounts, names of fields;
    never personal data, since the refusal is stored for good). A singular verb raises it; a plural
    verb returns it as that item's outcome.
    """

    code: ClassVar[str] = "refused"
    kind: ClassVar[Kind] = Kind.CONFLICT
    registry: ClassVar[dict[str, type[Refusal]]] = {}

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        code = cls.__dict__.get("code")
        if code is None:
            return  # an abstract family, such as "everything the ledger refuses"
        known = Refusal.registry.get(code)
        if known is not None and (known.__module__, known.__qualname__) != (
            cls.__module__,
            cls.__qualname__,
        ):
            raise TypeError(f"refusal code {code!r} is taken by {known.__qualname__}")
        Refusal.registry[code] = cls

    @property
    def title(self) -> str:
        """One sentence for a person: the first line of the class's docstring."""
        return title_of(type(self))

    def facts(self) -> dict[str, object]:
        """The dataclass fields by name, as stored with the refusal and sent on the wire."""
        if not is_dataclass(self):
            return {}
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts().items())
        return f"{self.code}({facts})" if facts else self.code


def title_of(refusal: type[Refusal]) -> str:
    """The title of every refusal of a class: the first line of its docstring."""
    return (refusal.__doc__ or refusal.code).strip().splitlines()[0]


@dataclass(unsafe_hash=True)
class Invalid(Refusal):
    """A field breaks its rule."""

    code = "invalid-field"
    kind = Kind.INVALID
    field: str
    rule: str


@dataclass(unsafe_hash=True)
class NotFound(Refusal):
    """There is no such thing, or it is not yours to see.

    `noun` is its name in full: party, envelope, bank-account. `id` is what was asked for; it is
    empty where a token or a handle was, which is not repeated.
    """

    code = "not-found"
    kind = Kind.NOT_FOUND
    noun: str
    id: str


@dataclass(unsafe_hash=True)
class Forbidden(Refusal):
    """The caller may not do this."""

    code = "forbidden"
    kind = Kind.FORBIDDEN
    needs: str
