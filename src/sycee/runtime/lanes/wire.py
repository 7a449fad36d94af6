"""What a server and its lanes' process say to each other: MessagePack, each message after its size.

The two run the same code on the same machine over a socket pair, so there is no version.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec
from psycopg import OperationalError
from psycopg_pool import TooManyRequests

from sycee.runtime.db import NO_DATABASE
from sycee.runtime.lanes.split import Outcome
from sycee.runtime.perform import Answer, Call, answered

_SIZE = struct.Struct(">I")
_UNREACHED = (*NO_DATABASE, TooManyRequests)


class Setup(msgspec.Struct, array_like=True):
    """The first message to a new process; `actions` are those it should know before it is asked."""

    database_url: str
    connections: int
    actions: list[str]


class Sent(msgspec.Struct, array_like=True):
    """A call on its way; `kind` is the place of its command's class in the batch's `kinds`."""

    scope: UUID
    key: str | None
    action: str
    kind: int
    command: Any


class _Received(Sent, array_like=True):
    command: msgspec.Raw = msgspec.Raw()


class Batch(msgspec.Struct, array_like=True):
    """Calls to run in one transaction by the action of that name."""

    id: int
    action: str
    kinds: list[str]
    calls: list[Sent]


class _Arrived(msgspec.Struct, array_like=True):
    id: int
    action: str
    kinds: list[str]
    calls: list[_Received]


class Said(msgspec.Struct, array_like=True):
    """What came of a call: the JSON of its answer, or the name of its failure."""

    body: bytes
    refused: bool = False
    replayed: bool = False
    failed: bool = False
    unreached: bool = False


class Reply(msgspec.Struct, array_like=True):
    """What came of a batch; 0 is no batch's id but says that the process is ready."""

    id: int
    splits: int
    said: list[Said]


class CallFailed(Exception):
    """A call ended in an exception in the lanes' process, where it was logged; this is its name."""


_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode
_read_batch = msgspec.msgpack.Decoder(_Arrived).decode
_read_reply = msgspec.msgpack.Decoder(Reply).decode
_read_setup = msgspec.msgpack.Decoder(Setup).decode


def framed(message: Setup | Batch | Reply) -> bytes:
    """A message as it goes over the socket."""
    body = _encode(message)
    return _SIZE.pack(len(body)) + body


class Frames:
    """Messages out of a stream of bytes."""

    def __init__(self) -> None:
        self._seen = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole now."""
        seen = self._seen
        seen += data
        at = 0
        while len(seen) - at >= _SIZE.size:
            (size,) = _SIZE.unpack_from(seen, at)
            end = at + _SIZE.size + size
            if len(seen) < end:
                break
            yield bytes(seen[at + _SIZE.size : end])
            at = end
        del seen[:at]


def path_of(named: Any) -> str:
    """Where another process finds a function or class: `module:name`."""
    return f"{named.__module__}:{named.__qualname__}"


@cache
def found(path: str) -> Any:
    """What stands at a path; ImportError or AttributeError when nothing does."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def within_reach(named: Any) -> bool:
    """Whether another process finds this very function or class by its path."""
    try:
        return found(path_of(named)) is named
    except (AttributeError, ImportError):
        return False


def batch(id_: int, action: str, calls: Sequence[Call[Any]]) -> Batch:
    """Calls as they are sent."""
    kinds: dict[type, int] = {}
    sent = []
    for call in calls:
        kind = kinds.setdefault(type(call.command), len(kinds))
        sent.append(Sent(call.scope, call.key, call.action, kind, call.command))
    return Batch(id_, action, [path_of(kind) for kind in kinds], sent)


@cache
def _reader(path: str) -> Any:
    return msgspec.msgpack.Decoder(found(path)).decode


def read_batch(body: bytes) -> tuple[int, str, list[Call[Any]]]:
    """Id, path of the action, and the calls of a batch."""
    arrived = _read_batch(body)
    readers = [_reader(path) for path in arrived.kinds]
    calls = [Call(c.scope, c.key, c.action, readers[c.kind](c.command)) for c in arrived.calls]
    return arrived.id, arrived.action, calls


def read_setup(body: bytes) -> Setup:
    """The first message."""
    return _read_setup(body)


def said(outcome: Outcome) -> Said:
    """An outcome as it is sent back."""
    if isinstance(outcome, Answer):
        return Said(outcome.body, outcome.refusal is not None, outcome.replayed)
    name = type(outcome).__name__.encode()
    return Said(name, failed=True, unreached=isinstance(outcome, _UNREACHED))


def read_reply(body: bytes) -> tuple[int, int, list[Outcome]]:
    """Id, splits and outcomes of a batch."""
    reply = _read_reply(body)
    return reply.id, reply.splits, [_outcome(each) for each in reply.said]


def _outcome(said: Said) -> Outcome:
    if not said.failed:
        return answered(said.body, said.refused, replayed=said.replayed)
    name = said.body.decode()
    return OperationalError(name) if said.unreached else CallFailed(name)
