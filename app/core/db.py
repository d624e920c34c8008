"""The database: base class, the unit of work (the only place that commits), and what its errors mean."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Connection, Engine, MetaData, UniqueConstraint, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, registry

from app.core.errors import ServiceBusy, StorageFull, error_of_constraint
from app.core.statements import tell

T = TypeVar("T")
log = logging.getLogger("ouyu")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 5_000
PG_STATEMENT_TIMEOUT_MS = 5_000
PG_LOCK_TIMEOUT_MS = 3_000
_RETRIES = 3
_NO_ROOM = ("database or disk is full", "No space left on device")
_RETRIABLE = ("40001", "40P01")
_engines: WeakKeyDictionary[Engine, dict[str, Engine]] = WeakKeyDictionary()
_unit: ContextVar[Unit | None] = ContextVar("unit", default=None)


class _Declarative(DeclarativeBase):
    registry = registry(metadata=MetaData(naming_convention=NAMES))


class _Session(FlaskSession):
    """A session that reads and writes on the open unit's connection; without one, on a connection of its own."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """Return the open unit's connection, or else the engine."""
        unit = _unit.get()
        return unit.connection if unit is not None else super().get_bind(*args, **kwargs)


db = SQLAlchemy(
    model_class=_Declarative,
    disable_autonaming=True,
    session_options={"class_": _Session, "expire_on_commit": False, "autoflush": False},
)

if TYPE_CHECKING:
    Base = _Declarative
else:
    Base = db.Model


class Unit:
    """An open unit of work: the connection it writes on, and what to do once it is committed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.after: list[Callable[[], None]] = []

    @property
    def session(self) -> Session:
        """The request's session; while the unit is open it reads and writes on the unit's connection."""
        return db.session()


def after_commit(action: Callable[[], None]) -> None:
    """Run something once the open unit has committed. Capture ids, never rows."""
    unit = _unit.get()
    if unit is None:
        raise RuntimeError("after_commit needs an open unit_of_work")
    unit.after.append(action)


@contextmanager
def unit_of_work() -> Iterator[Unit]:
    """Open the one transaction of a door: commit at the end, roll back on any exception.

    BEGIN IMMEDIATE on SQLite, READ COMMITTED on PostgreSQL. Doors only; it does not nest. The connection is Core's own:
    the session joins it when something asks for the session, so that hot paths do not pay for one.

    Raises:
        RuntimeError: a unit is open already.
        DomainError: the refusal that a violated constraint stands for; ServiceBusy, StorageFull.
    """
    if _unit.get() is not None:
        raise RuntimeError("a unit of work is open already; only a door opens one")
    try:
        _leave_session()
        with _engine_with(immediate=True).connect() as connection, _opened(connection) as unit:
            yield unit
    except DBAPIError as error:
        refusal = _refusal_of(error)
        if refusal is None:
            raise
        raise refusal from error
    for action in unit.after:
        action()


@contextmanager
def _opened(connection: Connection) -> Iterator[Unit]:
    transaction = connection.begin()
    unit = Unit(connection)
    token = _unit.set(unit)
    try:
        yield unit
        if db.session.registry.has():
            db.session.commit()
        transaction.commit()
    except BaseException:
        _leave_session()
        raise
    finally:
        _unit.reset(token)


def _leave_session() -> None:
    if db.session.registry.has():
        db.session.rollback()


def retrying(effect: Callable[[], T]) -> T:
    """Run a whole, idempotent unit again when PostgreSQL lost a connection, a lock race or a snapshot (≤ 3 times)."""
    for attempt in range(_RETRIES):
        try:
            return effect()
        except ServiceBusy as busy:
            if attempt == _RETRIES - 1 or not is_passing(busy.__cause__):
                raise
            time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311 -- jitter
    raise AssertionError("unreachable")


def is_passing(error: BaseException | None) -> bool:
    """Whether the database says that the same transaction may succeed if it is tried again at once."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _RETRIABLE


def violated_constraint(error: IntegrityError) -> str | None:
    """Return the name of the constraint that a database error speaks of, or None.

    PostgreSQL names it. SQLite names a CHECK, but of a UNIQUE only the columns, or the name of a partial index.
    """
    diag = getattr(error.orig, "diag", None)
    if diag is not None:
        return getattr(diag, "constraint_name", None)
    text = str(error.orig)
    if found := re.search(r"CHECK constraint failed: (\w+)", text):
        return found[1]
    if found := re.search(r"UNIQUE constraint failed: index '(\w+)'", text):
        return found[1]
    if found := re.search(r"UNIQUE constraint failed: (.+)", text):
        return _unique_of([column.strip() for column in found[1].split(",")])
    return None


def _unique_of(columns: list[str]) -> str | None:
    table = Base.metadata.tables.get(columns[0].partition(".")[0])
    if table is None:
        return None
    wanted = {column.partition(".")[2] for column in columns}
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint) and {c.name for c in constraint.columns} == wanted:
            return str(constraint.name)
    for index in table.indexes:
        if index.unique and {c.name for c in index.columns} == wanted:
            return str(index.name)
    return None


def _refusal_of(error: DBAPIError) -> Exception | None:
    if isinstance(error, IntegrityError):
        return ServiceBusy() if _names_a_row_that_went(error) else error_of_constraint(violated_constraint(error))
    text = str(error.orig)
    if getattr(error.orig, "sqlstate", "") == "53100" or any(words in text for words in _NO_ROOM):
        return StorageFull()
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return ServiceBusy()
    return None


def _names_a_row_that_went(error: IntegrityError) -> bool:
    """Whether a foreign key failed: what was read a moment ago has been deleted, as a guest is by merging.

    Tried again, the request meets what is true now. Logged, for it may as well be a mistake of ours.
    """
    found = getattr(error.orig, "sqlstate", "") == "23503" or "FOREIGN KEY constraint failed" in str(error.orig)
    if found:
        log.warning("foreign key failed: %s", violated_constraint(error) or "SQLite names none")
    return found


def refusal_of_outage(error: DBAPIError) -> Exception | None:
    """Return the refusal a door answers with when a read met a database that is gone, full or locked."""
    return _refusal_of(error)


def end_session(_: BaseException | None = None) -> None:
    """Give the connection back. A database that went after the last read takes nothing from an answer already made."""
    try:
        db.session.remove()
    except DBAPIError as error:
        log.warning("outage: %s at the end of a request", type(error.orig).__name__)
        db.session.registry.clear()


def connection() -> Connection:
    """Return the Core connection of the open transaction: for the prepared statements of hot paths."""
    unit = _unit.get()
    return unit.connection if unit is not None else db.session.connection()


def read_connection() -> Connection:
    """Return a Core connection that opens no transaction: for single look-ups on hot paths. Close it."""
    return autocommit_engine().connect()


def autocommit_engine() -> Engine:
    """Return the engine in autocommit, sharing the pool of the ordinary one."""
    sqlite = db.engine.dialect.name == "sqlite"
    return _engine_with(**({"plain": True} if sqlite else {"isolation_level": "AUTOCOMMIT"}))


def _engine_with(**options: Any) -> Engine:
    """Return the engine with other options, made once, sharing the pool of the ordinary one."""
    made = _engines.setdefault(db.engine, {})
    key = next(iter(options))
    if key not in made:
        made[key] = db.engine.execution_options(**options)
    return made[key]


def engine_options(url: str, pool_size: int) -> dict[str, Any]:
    """Return what create_engine needs for either database. pool_size: connections, one per thread."""
    if url.startswith("sqlite"):
        return {
            "module": sqlite_driver(),
            "pool_size": pool_size,
            "max_overflow": 4,
            "pool_use_lifo": True,
            "connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False, "isolation_level": None},
        }
    options = f"-c statement_timeout={PG_STATEMENT_TIMEOUT_MS} -c lock_timeout={PG_LOCK_TIMEOUT_MS} -c timezone=UTC"
    return {
        "pool_size": pool_size,
        "max_overflow": 4,
        "pool_use_lifo": True,
        "pool_pre_ping": False,
        "connect_args": {"options": options, "connect_timeout": 3, "application_name": "ouyu"},
    }


def sqlite_driver() -> Any:
    """Return pysqlite3 where its wheel exists (SQLite 3.53), else the standard library's module."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        import sqlite3 as dbapi2
    return dbapi2


def prepare_engine(engine: Engine) -> None:
    """Put SQLite into the mode that keeps its promises: WAL, FULL, foreign keys, IMMEDIATE for writing units.

    What is deleted is overwritten: an erased person must not be read from the file's free pages.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _pragmas(dbapi_connection: Any, _: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "mmap_size=0", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("plain"):
            tell(connection, "BEGIN IMMEDIATE" if options.get("immediate") else "BEGIN")


def empty_log() -> None:
    """Write SQLite's log back into its file and empty it, so that nothing erased can be read in it."""
    if db.engine.dialect.name == "sqlite":
        with read_connection() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def sqlite_is_writable() -> bool:
    """Whether a write could begin now: takes and gives back the write lock."""
    with read_connection() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.exec_driver_sql("ROLLBACK")
    return True
