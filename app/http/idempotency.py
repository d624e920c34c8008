"""Idempotency-Key: one effect per person and key; the record commits with the effect."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson
from flask import Response, request
from marshmallow import ValidationError
from sqlalchemy import (
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, connection, read_connection, retrying, unit_of_work
from app.core.errors import DomainError, InvalidInput, Kind, ServiceBusy, Text, on_constraint
from app.core.statements import Prepared, upsert
from app.core.types import UtcDateTime
from app.http.access import caller, now
from app.http.body import Answer, answer, raw_body
from app.http.fields import Documented
from app.http.problems import problem, problem_body

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
    __table_args__ = (UniqueConstraint("person_id", "key"),)

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
PURGED_AT_ONCE = 1_000
_PASSING = (Kind.TOO_MANY, Kind.UNAVAILABLE)
"""Refusals that say nothing about the request itself."""

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


class Key(Documented):
    """The key of one item in a batch; it works as an Idempotency-Key."""

    def __init__(self, **kwargs: Any) -> None:
        form = {"type": "string", "minLength": 8, "maxLength": 255, "pattern": "^[!-~]+$"}
        super().__init__(form, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not _KEY.fullmatch(value):
            raise ValidationError([KEY_FORM])
        return value


class _Call(NamedTuple):
    """What a key stands for: a route and the hash of a body. also: a route whose answers to the same body count too."""

    key: str
    route: str
    body_hash: str
    also: str = ""

    def is_of(self, stored: Any) -> bool:
        """Whether a stored answer is that of this very call."""
        return stored.route in (self.route, self.also) and stored.body_hash == self.body_hash


def once(effect: Callable[[], Answer]) -> Response:
    """Run the effect of a person's POST in one unit of work, once per Idempotency-Key.

    The answer is stored as the last statement of the unit. Where the key is there already, or another request with it
    is under way (SQLite: its write lock; PostgreSQL: the unique key, 3 s), the whole unit is undone and the first
    answer given: a known key costs a roll-back, a new one a single statement. Refusals commit their trace, no key.
    """
    call = _this_call()
    if call is None:
        return _reply(*_run(effect, None))
    try:
        return _reply(*retrying(lambda: _run(effect, call)))
    except (_KeyKnown, DomainError):
        replay = _replay(call)
        if replay is None:
            raise
        return replay


def known_answer() -> Response | None:
    """Return the stored answer of this request's key, or None: for a call whose parts commit one by one before it."""
    call = _this_call()
    return _replay(call) if call is not None else None


def once_each(key: str, body: Mapping[str, Any], effect: Callable[[], Answer], *, also: str) -> tuple[int, Any]:
    """Run one item of a batch in a unit of its own, once per key; a refusal is kept like any other answer.

    What only asks for patience (429, 503) is not kept, so that the item can be sent again.

    body: the item without its key. also: the single call whose answer to the same key and body is this item's as well.
    Returns: status and body to answer for the item.
    """
    call = _Call(key, _route(), _hash(body), f"POST {also}")
    try:
        stored = _stored(call)
        if stored is None:
            status, said, refused = retrying(lambda: _run(effect, call, keep_refusals=True))
            return problem_body(refused) if refused is not None else (status, orjson.Fragment(said or b"null"))
    except _KeyKnown:
        stored = _stored(call)  # another request with the key was faster
    except DomainError as refusal:
        return problem_body(refusal)
    return stored.status, orjson.Fragment(stored.body)


def _run(
    effect: Callable[[], Answer], call: _Call | None, *, keep_refusals: bool = False
) -> tuple[int, bytes | None, DomainError | None]:
    with unit_of_work():
        said = effect()
        status, body, refused = said.status, said.body, said.refused
        if refused is not None and keep_refusals and refused.kind not in _PASSING:
            status, body = problem_body(refused)
            refused = None
        written = None if body is None else orjson.dumps(body)
        if call is not None and (_is_known(call) if refused else not _keep(call, status, written)):
            raise _KeyKnown
    return status, written, refused


def _keep(call: _Call, status: int, body: bytes | None) -> bool:
    """Store an answer. Returns False when the key has one already, waiting for a request that is under way."""
    kept = _KEEP.first(
        connection(),
        {
            "person_id": caller().person_id,
            "key": call.key,
            "route": call.route,
            "body_hash": call.body_hash,
            "status": status,
            "body": body,
            "created_at": now(),
        },
    )
    return kept is not None


def _is_known(call: _Call) -> bool:
    return connection().execute(_STORED, {"person_id": caller().person_id, "key": call.key}).first() is not None


def _stored(call: _Call) -> Any:
    """Return what is stored under a key, or None. Raises KeyReused for another route or body."""
    with read_connection() as reader:
        stored = reader.execute(_STORED, {"person_id": caller().person_id, "key": call.key}).first()
    if stored is not None and not call.is_of(stored):
        raise KeyReused
    return stored


def _replay(call: _Call) -> Response | None:
    stored = _stored(call)
    if stored is None:
        return None
    response = _reply(stored.status, stored.body)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _this_call() -> _Call | None:
    """Return what the key of this request stands for, or None without one. Raises InvalidInput."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput(fields={"/headers/Idempotency-Key": [KEY_FORM]})
    return _Call(key, _route(), _hash(raw_body()))


def _route() -> str:
    return f"{request.method} {request.path}"


def _reply(status: int, body: bytes | None, refused: DomainError | None = None) -> Response:
    if refused is not None:
        return problem(refused)
    if body is None:
        return answer(None, status)
    return Response(body, status=status, content_type="application/json")


def _hash(body: Any) -> str:
    """Return the SHA-256 of a body in one spelling, so that white space and key order do not matter."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def purge(before: datetime) -> int:
    """Delete keys older than an instant. Returns how many. Runs in the caller's unit of work.

    Row numbers grow with time: the lowest are looked at first, until some are young enough. An index on the time would
    cost every request that keeps a key.
    """
    purged = 0
    while True:
        first = select(_ROWS.c.id).order_by(_ROWS.c.id).limit(PURGED_AT_ONCE)
        last = connection().scalar(select(func.max(first.subquery().c.id))) or 0
        old = delete(_ROWS).where(_ROWS.c.id <= last, _ROWS.c.created_at < before).returning(_ROWS.c.id)
        found = len(connection().execute(old).all())
        purged += found
        if found < PURGED_AT_ONCE:
            return purged


def move_keys(guest_id: int, citizen_id: int, _at: datetime) -> None:
    """Give a merging guest's answers to the citizen, so that a retry under the new token still replays.

    A key that both have used stays the citizen's.
    """
    theirs = select(_ROWS.c.key).where(_ROWS.c.person_id == citizen_id).scalar_subquery()
    of_guest = _ROWS.c.person_id == guest_id
    connection().execute(delete(_ROWS).where(of_guest, _ROWS.c.key.in_(theirs)))
    connection().execute(update(_ROWS).where(of_guest).values(person_id=citizen_id))


def forget(person_id: int) -> None:
    """Delete the kept answers of one person, who is being erased. Runs in the caller's unit of work."""
    connection().execute(delete(_ROWS).where(_ROWS.c.person_id == person_id))
