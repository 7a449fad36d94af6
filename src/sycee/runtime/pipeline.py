"""A pipeline straight over libpq: the statements of a batch, sent together, answered in order.

psycopg's own pipeline makes a cursor for each statement and asks the socket for news after each,
which took a fifth of the processor time of a batch of payments. Here a statement is prepared when
it is first met, its parameters are packed into libpq's buffer, and nothing is sent before somebody
reads an answer. How values are written and read is left to psycopg.

An error shows where an answer is read, at the latest at `commit`. Whatever it is, the connection is
as before after `roll_back`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, LiteralString, NoReturn, cast

import psycopg
from psycopg import errors, pq
from psycopg.abc import Transformer as Values
from psycopg.adapt import AdaptersMap, PyFormat, Transformer

from sycee.runtime.link import Link

Row = tuple[Any, ...]
Params = Sequence[Any] | Mapping[str, Any]

STATEMENTS_MAX = 500
"""How many statements are kept prepared on a connection; what comes later is parsed each time."""

WIDE = 8
"""From so many parameters on a statement is taken for the rows of a batch, and sent at once."""

_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?s|%%")
_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED, pq.ExecStatus.BAD_RESPONSE)
_STALE = (errors.InvalidSqlStatementName, errors.FeatureNotSupported)
"""After a ROLLBACK psycopg may let go of all that is prepared, and a plan that was kept may no
longer fit its table: such an error is met once, and the next pipeline prepares anew."""

_BINARY, _TEXT = pq.Format.BINARY, pq.Format.TEXT


class Unpipelined(Exception):
    """What is done in a pipeline must be mended on its way: run it again by `transaction`."""


class Misjudged(Exception):
    """A question that was expected to find nothing found something: ask it again, and wait."""


@dataclass(slots=True)
class _Statement:
    """A query as PostgreSQL reads it, and its names, by the types of its parameters."""

    text: bytes
    formats: list[PyFormat]
    order: list[str] | None
    names: dict[tuple[int, ...], bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Prepared:
    """That a statement is prepared, which is answered as well."""

    statement: _Statement
    types: tuple[int, ...]


class Connection(psycopg.Connection[Row]):
    """psycopg's, and what pipelines have prepared on it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.statements: dict[str, _Statement] = {}
        self.prepared = 0
        self._named = 0
        self._values: Values | None = None

    @property
    def values(self) -> Values:
        """What writes parameters and reads rows, by psycopg's rules."""
        if self._values is None:
            self._values = Transformer(self)
        return self._values

    def next_name(self) -> bytes:
        """A name that no statement on this connection has had."""
        self.prepared += 1
        self._named += 1
        return b"sycee_%d" % self._named

    def forget(self) -> None:
        """Prepare everything anew: the server has let go of it, or what it keeps is of no use."""
        self.prepared = 0
        for statement in self.statements.values():
            statement.names.clear()


class Answer:
    """The answer to a statement, and before it is sent the place it will be read from."""

    __slots__ = ("_adapters", "_at", "_binary", "_pipeline", "_result", "_rows", "_sent")

    def __init__(self, pipeline: Pipeline, binary: bool) -> None:
        self._pipeline, self._binary = pipeline, binary
        self._adapters: AdaptersMap | None = None
        self._result: pq.abc.PGresult | None = None
        self._rows: list[Row] | None = None
        self._at = 0
        self._sent = False

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def connection(self) -> psycopg.Connection[Row]:
        """For psycopg's `AdaptContext`."""
        return self._pipeline.conn

    @property
    def adapters(self) -> AdaptersMap:
        """How this answer is read, if otherwise than the others."""
        if self._adapters is None:
            self._adapters = AdaptersMap(self._pipeline.conn.adapters)
        return self._adapters

    def execute(
        self, query: LiteralString, params: Params | None = None, *, prepare: bool | None = None
    ) -> Answer:
        """Add the statement to the pipeline; an answer is to one."""
        del prepare  # each is
        if self._sent:
            raise Unpipelined("a cursor for another statement")
        self._sent = True
        self._pipeline.send(self, query, params, self._binary)
        return self

    def executemany(self, query: LiteralString, params: Iterable[Params]) -> None:
        """Add a statement once for each of `params`."""
        for each in params:
            Answer(self._pipeline, False).execute(query, each)

    def __getattr__(self, name: str) -> NoReturn:
        """What only a cursor of psycopg's can do, such as COPY."""
        raise Unpipelined(name)

    def expect_nothing(self) -> None:
        """Go on as if there were no rows; whoever reads on where there are some meets `Misjudged`.

        Nothing is waited for before the commit, and the answers behind this one are not seen
        before it.
        """
        assert self._pipeline.presumed is None, "a transaction presumes one thing"
        self._pipeline.presumed = self

    def take(self, result: pq.abc.PGresult) -> None:
        """What came from the server."""
        self._result = result

    @property
    def rowcount(self) -> int:
        """How many rows were read or written."""
        result = self._awaited()
        if result.status == pq.ExecStatus.TUPLES_OK:
            return result.ntuples
        return -1 if result.command_tuples is None else result.command_tuples

    def fetchall(self) -> list[Row]:
        """The rows that were not read yet."""
        if self._rows is None:
            result = self._awaited()
            values = self._pipeline.conn.values if self._adapters is None else Transformer(self)
            values.set_pgresult(result)
            self._rows = values.load_rows(0, result.ntuples, tuple)
        at, self._at = self._at, len(self._rows)
        return self._rows[at:] if at else self._rows

    def fetchone(self) -> Row | None:
        """The next row, if there is one."""
        rest, at = self.fetchall(), self._at
        if not rest:
            return None
        self._at = at - len(rest) + 1
        return rest[0]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.fetchall())

    def _awaited(self) -> pq.abc.PGresult:
        if self._result is None:
            self._pipeline.await_(self)
        assert self._result is not None
        return self._result


class Pipeline:
    """One transaction's statements on a connection; does for `Tx.conn` what verbs ask of it."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self._pg = conn.pgconn
        self._due: deque[Answer | _Prepared] = deque()
        self._asked = 0  # of those due, how many the server was told to answer at once
        self._ending = False
        self.presumed: Answer | None = None
        self._link = Link(self._pg)
        self._pg.enter_pipeline_mode()

    def execute(
        self,
        query: LiteralString,
        params: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Answer:
        """Add a statement."""
        return Answer(self, bool(binary)).execute(query, params, prepare=prepare)

    def cursor(self, *, binary: bool = False, name: str = "") -> Answer:
        """For a statement whose answer is read in a way of its own."""
        if name:
            raise Unpipelined("a cursor on the server")
        return Answer(self, binary)

    def pipeline(self) -> AbstractContextManager[None]:
        """This is one already."""
        return nullcontext()

    def __getattr__(self, name: str) -> NoReturn:
        """What only a whole connection of psycopg's can do, such as COPY."""
        raise Unpipelined(name)

    def send(self, answer: Answer, query: str, params: Params | None, binary: bool) -> None:
        """Write a statement into the buffer."""
        conn, pg = self.conn, self._pg
        statement = conn.statements.get(query) or self._learn(query, params)
        values: Sequence[Any] | None = None
        types: tuple[int, ...] = ()
        formats: list[pq.Format] | None = None
        if params:
            if statement.order is not None:
                named = cast(Mapping[str, Any], params)
                params = [named[name] for name in statement.order]
            dumped = conn.values
            values = dumped.dump_sequence(cast(Sequence[Any], params), statement.formats)
            types, formats = dumped.types or (), dumped.formats
        name = statement.names.get(types) or self._prepare(statement, types)
        result_format = _BINARY if binary else _TEXT
        if name:
            pg.send_query_prepared(name, values, formats, result_format)
        else:
            pg.send_query_params(statement.text, values, types, formats, result_format)
        self._due.append(answer)
        if values is not None and len(values) >= WIDE:
            self._pg.flush()  # the server stores while we go on; what it does not take now waits

    def _learn(self, query: str, params: Params | None) -> _Statement:
        """Read the placeholders; as with psycopg there are none in a query without parameters."""
        order: list[str] = []
        text: list[str] = []
        at = number = 0
        for found in () if params is None else _PLACEHOLDER.finditer(query):
            text.append(query[at : found.start()])
            at = found.end()
            if found[0] == "%%":
                text.append("%")
                continue
            named = found[1]
            if named is None or named not in order:
                number += 1
                order.append(named or "")
                text.append(f"${number}")
            else:
                text.append(f"${order.index(named) + 1}")
        text.append(query[at:])
        statement = _Statement(
            "".join(text).encode(), [PyFormat.AUTO] * number, order if any(order) else None
        )
        if len(self.conn.statements) < STATEMENTS_MAX:
            self.conn.statements[query] = statement
        return statement

    def _prepare(self, statement: _Statement, types: tuple[int, ...]) -> bytes:
        """The name under which a statement is prepared from now on; none where there are enough."""
        if self.conn.prepared >= STATEMENTS_MAX:
            return b""
        name = statement.names[types] = self.conn.next_name()
        self._pg.send_prepare(name, statement.text, types)
        self._due.append(_Prepared(statement, types))
        return name

    def await_(self, answer: Answer) -> None:
        """Read up to an answer; raises the error of the first statement that failed."""
        if self._asked < len(self._due):
            self._pg.send_flush_request()
            self._asked = len(self._due)
        self._link.flush()
        while self._read() is not answer:
            pass

    def _read(self) -> Answer | _Prepared:
        due, error = self._arrived()
        if error is not None:
            raise error
        return due

    def _arrived(self) -> tuple[Answer | _Prepared, psycopg.Error | Misjudged | None]:
        """What is due next, and what the server held against it."""
        due = self._due.popleft()
        self._asked -= 1
        result = self._link.next()
        assert result is not None, "each statement has an answer"
        nothing = self._link.next()
        assert nothing is None, "one statement has one answer"
        if result.status in _FAILED:
            if isinstance(due, _Prepared):  # nor does the server know this name
                due.statement.names.pop(due.types, None)
            error = errors.error_from_result(result, encoding="utf-8")
            if isinstance(error, _STALE):
                self.conn.forget()
            return due, error
        if isinstance(due, Answer):
            due.take(result)
            if due is self.presumed and result.ntuples:
                return due, Misjudged()
        return due, None

    def commit(self) -> None:
        """End the transaction and read what is due; raises the first error, if there was one."""
        if self.presumed is not None:
            self.presumed.fetchall()
        self.execute("COMMIT")
        self._end()
        while self._due:
            self._read()
        self._mark()
        self._pg.exit_pipeline_mode()

    def roll_back(self) -> None:
        """End the transaction as if nothing had been asked of it; what is due is not told."""
        if not self._ending:
            self._end()
        while self._due:
            self._arrived()
        self._mark()
        if self._pg.transaction_status != pq.TransactionStatus.IDLE:
            # Not by psycopg, which would take it for a reason to let go of what is prepared.
            self.execute("ROLLBACK")
            self._end()
            while self._due:
                self._arrived()
            self._mark()
        self._pg.exit_pipeline_mode()

    def _end(self) -> None:
        """Send everything, and after it the mark at which an error stops."""
        self._pg.pipeline_sync()
        self._ending = True
        self._link.flush()

    def _mark(self) -> None:
        mark = self._link.next()
        assert mark is not None
        assert mark.status == pq.ExecStatus.PIPELINE_SYNC
