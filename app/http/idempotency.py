"""Idempotency-Key: one effect per person and key; the record commits with the effect."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import orjson
from flask import Response, request
from sqlalchemy import (
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, connection, read_connection, retrying, unit_of_work
from app.core.errors import DomainError, InvalidInput, Kind, ServiceBusy, Text, on_constraint
from app.core.statements import Prepared, upsert
from app.core.types import UtcDateTime
from app.http.access import caller, now
from app.http.body import Answer, answer, raw_body
from app.http.problems import problem

_KEY = re.compile(r"[\x21-\x7e]{8,255}")
KEY_FORM = Text(
    "Idempotency-Key 应为 8–255 个可见的 ASCII 字符。", "An Idempotency-Key is 8–255 visible ASCII characters."
)


class KeyReused(DomainError):
    kind = Kind.INVALID
    code = "idempotency.key_reused"
    text = Text(
        "这个 Idempotency-Key 已用于另一个请求，请换一个新的。",
        "This Idempotency-Key was used for another request. Please send a new one.",
    )


class IdempotencyRow(Base):
    """The answer to one key of one person, kept for at least 24 hours."""

    __tablename__ = "idempotency"
    __table_args__ = (UniqueConstraint("person_id", "key"), Index("ix_idempotency_created_at", "created_at"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    key: Mapped[str] = mapped_column(String(255))
    route: Mapped[str] = mapped_column(String(120))
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


on_constraint("uq_idempotency_person_id_key", ServiceBusy)
_ROWS = cast(Table, IdempotencyRow.__table__)

_KEEP = Prepared(
    lambda dialect: (
        upsert(dialect)(_ROWS)
        .values({c.name: bindparam(c.name) for c in _ROWS.columns if c.name != "id"})
        .on_conflict_do_nothing(index_elements=["person_id", "key"])
        .returning(_ROWS.c.id)
    )
)
_STORED = select(_ROWS.c.route, _ROWS.c.body_hash, _ROWS.c.status, _ROWS.c.body).where(
    _ROWS.c.person_id == bindparam("person_id"), _ROWS.c.key == bindparam("key")
)


class _KeyKnown(Exception):
    """The key has an answer already: the unit rolls back and that answer is given."""


def once(effect: Callable[[], Answer]) -> Response:
    """Run the effect of a person's POST in one unit of work, once per Idempotency-Key.

    The answer is stored as the last statement of the unit. Where the key is there already, or another request with it
    is under way (SQLite: its write lock; PostgreSQL: the unique key, 3 s), the whole unit is undone and the first
    answer given: a known key costs a roll-back, a new one a single statement. Refusals commit their trace, no key.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _run(effect, None)
    if not _KEY.fullmatch(key):
        raise InvalidInput(fields={"/headers/Idempotency-Key": [KEY_FORM]})
    try:
        return retrying(lambda: _run(effect, key))
    except (_KeyKnown, DomainError):
        replay = _replay(key)
        if replay is None:
            raise
        return replay


def _run(effect: Callable[[], Answer], key: str | None) -> Response:
    with unit_of_work():
        said = effect()
        body = None if said.body is None else orjson.dumps(said.body)
        if key is not None and (_is_known(key) if said.refused else not _keep(key, said.status, body)):
            raise _KeyKnown
    if said.refused is not None:
        return problem(said.refused)
    return _reply(said.status, body)


def _keep(key: str, status: int, body: bytes | None) -> bool:
    """Store an answer. Returns False when the key has one already, waiting for a request that is under way."""
    kept = _KEEP.first(
        connection(),
        {
            "person_id": caller().person_id,
            "key": key,
            "route": _route(),
            "body_hash": _body_hash(),
            "status": status,
            "body": body,
            "created_at": now(),
        },
    )
    return kept is not None


def _is_known(key: str) -> bool:
    return connection().execute(_STORED, {"person_id": caller().person_id, "key": key}).first() is not None


def _replay(key: str) -> Response | None:
    """Return the stored answer of a key, or None. Raises KeyReused for another route or body."""
    with read_connection() as reader:
        stored = reader.execute(_STORED, {"person_id": caller().person_id, "key": key}).first()
    if stored is None:
        return None
    if (stored.route, stored.body_hash) != (_route(), _body_hash()):
        raise KeyReused
    response = _reply(stored.status, stored.body)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _route() -> str:
    return f"{request.method} {request.path}"


def _reply(status: int, body: bytes | None) -> Response:
    if body is None:
        return answer(None, status)
    return Response(body, status=status, content_type="application/json")


def _body_hash() -> str:
    """Return the SHA-256 of the body in one spelling, so that white space and key order do not matter."""
    body: Any = raw_body()
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def purge(before: datetime) -> int:
    """Delete keys older than an instant. Returns how many. Runs in the caller's unit of work."""
    return len(connection().execute(delete(_ROWS).where(_ROWS.c.created_at < before).returning(_ROWS.c.id)).all())
