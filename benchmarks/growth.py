"""P7: the same calls on ten thousand visits and on a million, one after the other in one process, and the slowest SQL."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import (
    Column,
    Date,
    Integer,
    MetaData,
    String,
    Table,
    case,
    cast,
    event,
    func,
    insert,
    literal,
    select,
    text,
)

from app import jobs
from app.checkins.models import CheckIn
from app.checkins.rules import CheckInState, Grade, Reason, Source
from app.core import clock, secrets
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.types import UtcDateTime, new_public_id
from app.orgs import queries as orgs
from app.orgs import service as staff_service
from app.orgs import sign_in
from app.people.models import Locale, Person, PersonState, Session
from app.people.service import open_guest_session
from app.stations.models import Station

DAYS = 365
CALLS = 25
SLOWEST_SHOWN = 3
_CHUNK = 20_000
_NAME = "测量"
_VISITED: Any = CheckIn.__table__


@dataclass
class Grown:
    """What one database was like at one size. p50_ms: call → median; slowest: (ms, statement, plan), the worst first."""

    rows: int
    p50_ms: dict[str, float]
    slowest: list[tuple[float, str, str]] = field(default_factory=list)


def measure(app: Flask, sizes: Sequence[int], credential: dict[str, Any]) -> list[Grown]:
    """Grow the database to one size after the other and measure at each. credential: the body of a check-in."""
    found = []
    with app.app_context():
        for size in sizes:
            fill(size)
            jobs.roll_days_up(clock.now())  # as the job consumer does within ten minutes
            with _listening() as heard:
                grown = Grown(size, _medians(app, credential))
            grown.slowest = _slowest(heard)
            found.append(grown)
            db.session.remove()
        db.engine.dispose()
    return found


def fill(rows: int) -> None:
    """Bring the visits to about a number of rows, by one statement over people × stations × a year of days."""
    stations = db.session.scalar(select(func.count()).select_from(Station)) or 1
    present = db.session.scalar(select(func.count()).select_from(Person).where(Person.nickname == _NAME)) or 0
    wanted = rows // stations - present
    db.session.remove()
    with db.engine.connect().execution_options(immediate=True) as connection:
        if db.engine.dialect.name == "postgresql":
            connection.execute(text("SET statement_timeout = 0"))
        first = (connection.scalar(select(func.max(Person.id))) or 0) + 1
        for start in range(0, wanted, _CHUNK):
            people = [_person() for _ in range(min(_CHUNK, wanted - start))]
            connection.execute(insert(Person.__table__), people)  # type: ignore[arg-type]
        days = _days(connection)
        connection.execute(_visits(days, first))
        days.drop(connection)
        connection.commit()
        if db.engine.dialect.name == "postgresql":
            # What autovacuum does on a database that has stood for some minutes.
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
    db.engine.dispose()


def _person() -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "nickname": _NAME,
        "locale": Locale("zh-CN"),
        "elder_mode": False,
        "state": PersonState.ACTIVE,
        "created_at": clock.now(),
    }


def _days(connection: Any) -> Table:
    """Make a passing table of the last year: number, city day, and an instant in it."""
    days = Table(
        "bench_days", MetaData(), Column("n", Integer), Column("day", Date), Column("at", UtcDateTime),
        prefixes=["TEMPORARY"],
    )  # fmt: skip
    days.create(connection)
    now = clock.now()
    ago = [now - timedelta(days=n) for n in range(DAYS)]
    rows = [{"n": n, "day": clock.business_date(at), "at": at} for n, at in enumerate(ago)]
    connection.execute(insert(days), rows)
    return days


def _visits(days: Table, first: int) -> Any:
    refused = (Person.id * 5 + Station.id) % 12 == 0
    values: dict[str, Any] = {
        "public_id": literal("g") + cast(Person.id, String) + "s" + cast(Station.id, String),
        "person_id": Person.id,
        "station_id": Station.id,
        "state": case((refused, CheckInState.REFUSED.value), else_=CheckInState.ACCEPTED.value),
        "reason": case((refused, Reason.TOO_FAR.value)),
        "grade": case((refused, None), else_=Grade.B.value),
        "distance_m": (Person.id * 13 + Station.id) % 300,
        "accuracy_m": literal(12),
        "happened_at": days.c.at,
        "business_date": days.c.day,
        "source": literal(Source.API.value),
    }
    query = (
        select(*(value.label(name) for name, value in values.items()))
        .select_from(Person)
        .join(Station, literal(1) == 1)
        .join(days, days.c.n == (Person.id * 7 + Station.id * 13) % DAYS)
        .where(Person.nickname == _NAME, Person.id >= first)
        .order_by(days.c.n.desc(), Person.id)
    )
    return insert(_VISITED).from_select(list(values), query)


def _medians(app: Flask, credential: dict[str, Any]) -> dict[str, float]:
    desk, traveller = _desk(app), _traveller(app)
    newcomers = [_newcomer(app) for _ in range(CALLS)]
    calls: dict[str, Callable[[int], Any]] = {
        "check-in": lambda n: newcomers[n]("POST", "/api/v1/checkins", json=credential),
        "passport": lambda _: traveller("GET", "/api/v1/me/passport"),
        "my visits": lambda _: traveller("GET", "/api/v1/me/checkins"),
        "station": lambda _: traveller("GET", "/api/v1/stations/BENCH00"),
        "dashboard": lambda _: desk.get("/admin/", buffered=True),
        "panel: visits": lambda _: desk.get("/admin/checkins/", buffered=True),
        "panel: visits of a district": lambda _: desk.get("/admin/checkins/?district=370202", buffered=True),
        "panel: its refused ones": lambda _: desk.get("/admin/checkins/?district=370202&state=refused", buffered=True),
    }
    return {what: _median(call) for what, call in calls.items()}


def _median(call: Callable[[int], Any]) -> float:
    taken = []
    for number in range(CALLS):
        began = time.perf_counter()
        answer = call(number)
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status_code >= 400:
            raise SystemExit(f"a measured call was answered {answer.status_code}: {answer.text[:300]}")
    return statistics.median(taken)


def _caller(app: Flask, token: str) -> Callable[..., Any]:
    client = app.test_client()

    def call(method: str, path: str, **given: Any) -> Any:
        return client.open(path, method=method, headers={"Authorization": f"Bearer {token}"}, **given)

    return call


def _newcomer(app: Flask) -> Callable[..., Any]:
    with unit_of_work():
        opened = open_guest_session(locale="zh-CN", device_id=None, user_agent="", at=clock.now())
    return _caller(app, opened.token)


def _traveller(app: Flask) -> Callable[..., Any]:
    """Somebody with a stamp of every station."""
    at, token = clock.now(), secrets.new_token()
    with unit_of_work() as unit:
        person = unit.session.scalar(select(func.min(Person.id)).where(Person.nickname == _NAME))
        row = {
            "public_id": new_public_id(), "person_id": person, "token_hash": secrets.token_hash(token), "device": "",
            "created_at": at, "last_seen_at": at, "expires_at": at + timedelta(days=1),
        }  # fmt: skip
        unit.session.execute(insert(Session), [row])
    return _caller(app, token)


def _desk(app: Flask) -> FlaskClient:
    """Sign a city administrator in."""
    login = f"bench.{secrets.new_token()[:8].lower().replace('_', 'x').replace('-', 'y')}"
    data = {"login": login, "name": "测量", "role": "city_admin", "scope": "city", "valid_until": None}
    with unit_of_work():
        made = staff_service.create_staff(SYSTEM, data=data, at=clock.now())
    with unit_of_work():
        staff = orgs.find_staff(made.id or 0)
        assert staff is not None
        token = sign_in.open_session(staff, device="bench", at=clock.now())
    client = app.test_client()
    client.set_cookie("__Host-ouyu_staff" if app.config["OUYU"].profile == "production" else "ouyu_staff", token)
    return client


@contextmanager
def _listening() -> Iterator[list[tuple[float, str, Any]]]:
    """Write down every statement that goes through SQLAlchemy, its parameters and how long it took."""
    heard: list[tuple[float, str, Any]] = []
    engine = db.engine

    def before(connection: Any, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def after(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        heard.append(((time.perf_counter() - connection.info["began"]) * 1000, statement, parameters))

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _slowest(heard: Sequence[tuple[float, str, Any]]) -> list[tuple[float, str, str]]:
    """Return the slowest statements with their plans; a statement counts by its median."""
    taken: dict[str, list[float]] = {}
    given = {}
    for took, statement, parameters in heard:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            taken.setdefault(statement, []).append(took)
            given[statement] = parameters
    worst = sorted(((statistics.median(times), statement) for statement, times in taken.items()), reverse=True)
    return [(took, _plain(s), _plan(s, given[s])) for took, s in worst[:SLOWEST_SHOWN]]


def _plan(statement: str, parameters: Any) -> str:
    sqlite = db.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(explain + statement, parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


def _plain(statement: str) -> str:
    return " ".join(statement.split())
