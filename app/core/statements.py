"""Statements of hot paths: built with Core, compiled once per database, run on the driver itself."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Select
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

Statement = Select[*tuple[Any, ...]] | ReturningInsert[*tuple[Any, ...]] | ReturningUpdate[*tuple[Any, ...]]
Processor = Callable[[Any], Any]
_FLOAT8 = 701
"""PostgreSQL's type number of our only inexact columns; other types do not look at it."""


class _Compiled(NamedTuple):
    """The text for one driver. values: how each `?` or `%s` is made, in order; row: the class of a result row."""

    text: str
    values: tuple[tuple[str, Any, Processor | None], ...]
    row: Callable[..., Any]
    columns: tuple[tuple[int, Processor], ...]


class Prepared:
    """One statement, run without the ORM's and Core's work per call (about 40 µs each); docs/decisions/0009."""

    def __init__(self, build: Statement | Callable[[str], Statement]) -> None:
        """build: the statement, or how to build it for a dialect by name where the two databases differ."""
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def all(self, connection: Connection, given: Mapping[str, Any]) -> list[Any]:
        """Run it and return its rows as named tuples. Raises DBAPIError as Core would."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name) or self._compile(dialect)
        values = tuple(
            process(given.get(name, default)) if process else given.get(name, default)
            for name, default, process in compiled.values
        )
        cursor = None
        try:
            cursor = connection.connection.cursor()
            cursor.execute(compiled.text, values)
            rows = cursor.fetchall()
        except dialect.loaded_dbapi.Error as error:
            raise _translated(connection, compiled.text, error) from error
        finally:
            if cursor is not None:
                cursor.close()
        return [_row(compiled, row) for row in rows]

    def first(self, connection: Connection, given: Mapping[str, Any]) -> Any:
        """Run it and return its first row as a named tuple, or None."""
        rows = self.all(connection, given)
        return rows[0] if rows else None

    def _compile(self, dialect: Dialect) -> _Compiled:
        statement = self._build if not callable(self._build) else self._build(dialect.name)
        positional: Dialect = type(dialect)(paramstyle="qmark" if dialect.name == "sqlite" else "format")  # type: ignore[call-arg]
        text: Any = statement.compile(dialect=positional)
        values = tuple(
            (name, text.params[name], text.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in text.positiontup
        )
        columns = list(statement.exported_columns)
        processors = [
            (n, c.type.dialect_impl(dialect).result_processor(dialect, _FLOAT8)) for n, c in enumerate(columns)
        ]
        compiled = self._compiled[dialect.name] = _Compiled(
            str(text),
            values,
            cast(Any, namedtuple("Row", [c.name for c in columns]))._make,
            tuple((n, process) for n, process in processors if process is not None),
        )
        return compiled


def tell(connection: Connection, words: str) -> None:
    """Run words that take no values and return no rows, such as BEGIN, on the driver. Raises DBAPIError."""
    dialect = connection.dialect
    try:
        connection.connection.cursor().execute(words)
    except dialect.loaded_dbapi.Error as error:
        raise _translated(connection, words, error) from error


def upsert(dialect: str) -> Callable[..., Any]:
    """Return the insert() of a database that knows ON CONFLICT."""
    return sqlite.insert if dialect == "sqlite" else postgresql.insert


def _row(compiled: _Compiled, row: Any) -> Any:
    if compiled.columns:
        row = list(row)
        for position, process in compiled.columns:
            row[position] = process(row[position])
    return compiled.row(row)


def _translated(connection: Connection, text: str, error: Exception) -> BaseException:
    """Return what Core would raise; a connection that is gone takes all of its age out of the pool, as in Core."""
    dialect = connection.dialect
    gone = dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type]
    if gone:
        connection.engine.pool._invalidate(connection.connection, error)
        connection.invalidate(error)
    return DBAPIError.instance(
        text, None, error, dialect.loaded_dbapi.Error, connection_invalidated=gone, dialect=dialect
    )
