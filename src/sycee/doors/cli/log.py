"""`./sycee log`: the transparency log at the terminal."""

from __future__ import annotations

import sys
from base64 import b64decode
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec
from cyclopts import App, Parameter
from msgspec import Meta, Struct
from rich.table import Table

from sycee.core.parties import parties
from sycee.doors.cli import tables
from sycee.doors.cli.servers import opened, servers
from sycee.doors.web import static
from sycee.kit.ids import parse
from sycee.oversight.transparency import reading
from sycee.oversight.transparency.actions import watch
from sycee.oversight.transparency.model import chain, merkle, notes, opening
from sycee.runtime.db import Tx
from sycee.runtime.settings import SettingsError, load

log = App(name="log", help="Check the transparency log without trusting this house.")

_Size = Annotated[int, Meta(ge=0)]


class _Inclusion(Struct, tag_field="kind", tag="inclusion"):  # fields as the cases name them
    leafIdx: _Size
    treeSize: _Size
    root: str
    leafHash: str
    proof: list[str] | None = None

    def holds(self) -> bool:
        return merkle.includes(
            self.leafIdx, self.treeSize, _hash(self.leafHash), _path(self.proof), _hash(self.root)
        )


class _Consistency(Struct, tag_field="kind", tag="consistency"):
    size1: _Size
    size2: _Size
    root1: str
    root2: str
    proof: list[str] | None = None

    def holds(self) -> bool:
        roots = (_hash(self.root1), _hash(self.root2))
        return merkle.consistent(self.size1, self.size2, *roots, _path(self.proof))


_cases = msgspec.json.Decoder(_Inclusion | _Consistency)


@log.command
def check() -> int:
    """Verify one proof a line from standard input; print `ok` or `refused` for each.

    A line is a JSON object: `kind` inclusion with `leafIdx, treeSize, root, leafHash, proof`, or
    `kind` consistency with `size1, size2, root1, root2, proof`; hashes are in base64. What is not
    such an object is refused. Ends with 0 however many were refused.
    """
    for line in sys.stdin.buffer:
        if line.strip():
            print("ok" if _holds(line) else "refused")
    return 0


@log.command
def show() -> int:
    """Show the newest checkpoint, the key that verifies it, and who has cosigned."""
    settings = load()
    with (
        servers(settings) as found,
        opened(settings, found) as (database, _),
        database.read() as tx,
    ):
        standing = reading.log(tx)
    print(standing.checkpoint)
    print(f"key        {standing.key}")
    print(f"sealed     {standing.made_at:%Y-%m-%d %H:%M:%S} UTC, {standing.size} leaves")
    print(f"witnessed  {standing.witnessed_size} leaves")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("witness", "name", "size", "seen", "address"):
        table.add_column(name)
    for one in standing.witnesses:
        seen = one.failure or (f"{one.seen_at:%Y-%m-%d %H:%M}" if one.seen_at else "not yet")
        table.add_row(one.id, one.name, str(one.size), seen, one.url)
    if standing.witnesses:
        tables.show(table)
    return 0


@log.command
def ask(key: str, url: str, /) -> int:
    """Ask a witness to cosign each checkpoint from now on.

    Parameters
    ----------
    key
        The witness's key, `name+id+base64`, as its program prints it.
    url
        Where its program answers.
    """
    settings = load()
    with (
        servers(settings) as found,
        opened(settings, found) as (database, _),
        database.transaction() as tx,
    ):
        print(watch.ask(tx, watch.Ask(_operator(tx), key, url)).id)
    return 0


@log.command
def dismiss(witness: str, /) -> int:
    """Ask a witness no longer; what it has cosigned stays.

    Parameters
    ----------
    witness
        Its id, `wit_…`, as `show` lists it.
    """
    settings = load()
    with (
        servers(settings) as found,
        opened(settings, found) as (database, _),
        database.transaction() as tx,
    ):
        id_ = parse(watch.NOUN, witness, "witness")
        watch.dismiss(tx, watch.Dismiss(_operator(tx), id_))
    return 0


@log.command
def verify(
    file: Path, /, *, key: Annotated[str | None, Parameter(help="The log's key.")] = None
) -> int:
    """Check rows that the log opened to you, without this house: no server is asked.

    Ends with 1 if anything is not what the log holds.

    Parameters
    ----------
    file
        Pages of `/v1/log/entries` or `/v1/me/readings`, one JSON object a line. Of readings give
        all pages: the list must be whole.
    key
        The log's key, from where you trust it. Without it the key in the file is used, which shows
        only that the file agrees with itself.
    """
    bad = unsealed = count = 0
    lists: dict[str, list[opening.Opening]] = {}
    lines = file.read_bytes().splitlines()
    if not lines:  # a download that failed is no proof that nothing was changed
        print("refused: there is no page in it")
        return 1
    for line in lines:
        try:
            page = opening.read(line)
            checkpoint = opening.signed(page, notes.verifier(key or page.key))
            results = opening.check(page, checkpoint)
        except ValueError as error:
            print(f"refused: {error}")
            return 1
        if page.standing is not msgspec.UNSET:
            lists.setdefault(key or page.key, []).append(page)
        for result in results:
            print(f"{result.verdict:<10} {result.id}  {result.verb}")
            bad, count = bad + result.bad, count + 1
            unsealed += result.verdict == "unsealed"
    for of, pages in lists.items():
        for complaint in chain.complaints(pages, notes.verifier(of)):
            print(f"list       {complaint}")
            bad += 1
    print(_summary(count, bad, unsealed))
    return 1 if bad else 0


@log.command
def page() -> int:
    """Print the page that checks proofs: save it, and it needs neither this house nor a network."""
    found = static.verifier()
    if found is None:
        raise SettingsError("the web app is not built; `./sycee web build` builds it")
    sys.stdout.buffer.write(found)
    return 0


def _summary(count: int, bad: int, unsealed: int) -> str:
    rows = "1 row" if count == 1 else f"{count} rows"
    if bad:
        return f"{rows}, {bad} of them not what the log holds."
    if unsealed:
        return f"{rows}, {unsealed} of them not sealed yet, the others sound."
    return f"{rows}, sound."


def _operator(tx: Tx) -> UUID:
    found = parties.operator(tx)
    if found is None:
        raise SettingsError("this house has no operator yet; run `./sycee up` first")
    return found


def _holds(line: bytes) -> bool:
    try:
        return _cases.decode(line).holds()
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return False


def _hash(text: str) -> bytes:
    return b64decode(text, validate=True)


def _path(proof: list[str] | None) -> list[bytes]:
    return [_hash(each) for each in proof or ()]
