"""`check`: prove by SQL what must always hold, whatever the code believes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import click
from flask import current_app
from sqlalchemy import (
    Date,
    ForeignKeyConstraint,
    String,
    Table,
    and_,
    cast,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    text,
)

from app.audit import queries as audit
from app.checkins import rollup
from app.checkins.models import CheckIn
from app.checkins.rules import CheckInState
from app.cli.terminal import JSON_OPTION, examples, say, show
from app.core.clock import CITY_ZONE
from app.core.db import db
from app.core.outbox import OutboxRow
from app.events import invariants
from app.http.idempotency import IdempotencyRow
from app.inbox.models import Message
from app.stations.models import Circle, Closure, Station
from app.stations.rules import StationState

ROWS_NAMED = 20
_LIVE = CheckIn.state.in_((CheckInState.ACCEPTED, CheckInState.PENDING_REVIEW))


class Breach(NamedTuple):
    """A rule that does not hold, and the rows that break it (the first twenty)."""

    rule: str
    rows: list[str]


@click.command("check", epilog=examples("check", "check --json"))
@JSON_OPTION
def commands(as_json: bool) -> None:
    """Check the global invariants of the data; exit 1 names the rows that break one."""
    breaches = list(breached())
    if as_json:
        show({"ok": not breaches, "breaches": [breach._asdict() for breach in breaches]})
    for breach in breaches if not as_json else ():
        click.echo(f"✗ {breach.rule}")
        for row in breach.rows:
            click.echo(f"    {row}")
    if breaches:
        raise click.ClickException(
            "The data does not hold. Stop writing, keep a copy, and look at the rows named above."
        )
    say(f"All {len(RULES)} rules hold.")


def breached() -> Iterator[Breach]:
    """Yield the rules that do not hold."""
    for rule, find in RULES.items():
        rows = list(find())
        if rows:
            yield Breach(rule, rows[:ROWS_NAMED])


def _double_stamps() -> Iterator[str]:
    query = (
        select(CheckIn.person_id, CheckIn.station_id, CheckIn.business_date, func.min(CheckIn.id), func.max(CheckIn.id))
        .where(_LIVE)
        .group_by(CheckIn.person_id, CheckIn.station_id, CheckIn.business_date)
        .having(func.count() > 1)
    )
    for person, station, day, first, last in db.session.execute(query):
        yield f"checkins {first} … {last}: person {person}, station {station}, {day}"


def _wrong_days() -> Iterator[str]:
    """Recompute the city day in SQL. SQLite knows no zones; the city's has been UTC+8 without summer time since 1991."""
    if db.engine.dialect.name == "sqlite":
        day = func.date(CheckIn.happened_at, literal_column("'+8 hours'"))
        differs = day != cast(CheckIn.business_date, String)
    else:
        differs = cast(func.timezone(CITY_ZONE.key, CheckIn.happened_at), Date) != CheckIn.business_date
    for row in db.session.execute(select(CheckIn.id, CheckIn.happened_at, CheckIn.business_date).where(differs)):
        yield f"checkins {row.id}: happened at {row.happened_at:%F %T} UTC, counted on {row.business_date}"


def _half_keys() -> Iterator[str]:
    """Of single calls only successes are kept; of a batch's items refusals too, but never "try again later"."""
    of_item = and_(IdempotencyRow.route.endswith("/batch"), IdempotencyRow.status.between(400, 428))
    query = select(IdempotencyRow.id, IdempotencyRow.route, IdempotencyRow.status).where(
        not_(or_(IdempotencyRow.status.between(200, 299), of_item))
    )
    for row in db.session.execute(query):
        yield f"idempotency {row.id}: {row.route} is kept with status {row.status}"


def _untold() -> Iterator[str]:
    told = exists().where(Message.person_id == OutboxRow.person_id, Message.key == OutboxRow.key)
    for row in db.session.execute(select(OutboxRow.id, OutboxRow.key, OutboxRow.person_id).where(~told)):
        yield f"outbox {row.id}: person {row.person_id} was not told {row.key} in their inbox"


def _placeless_stations() -> Iterator[str]:
    without_circle = ~exists().where(Circle.station_id == Station.id)
    for code in db.session.scalars(select(Station.code).where(without_circle)):
        yield f"stations {code}: no circle"


def _pauses() -> Iterator[str]:
    endless = exists().where(Closure.station_id == Station.id, Closure.ended_at.is_(None), Closure.until.is_(None))
    paused = Station.state == StationState.PAUSED
    query = select(Station.code, Station.state).where(or_(and_(paused, ~endless), and_(~paused, endless)))
    for code, state in db.session.execute(query):
        yield f"stations {code}: {state}"


def _orphans() -> Iterator[str]:
    for table in db.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            yield from _orphans_of(table, key)


def _orphans_of(table: Table, key: ForeignKeyConstraint) -> Iterator[str]:
    """Find rows whose parent is missing; a key may be switched off while somebody repairs by hand."""
    parent = key.referred_table.alias("parent")
    pairs = [(element.parent, parent.c[element.column.name]) for element in key.elements]
    orphan = and_(
        *(child.is_not(None) for child, _ in pairs), ~exists().where(*(child == other for child, other in pairs))
    )
    for row in db.session.execute(select(*table.primary_key.columns).where(orphan).limit(ROWS_NAMED)):
        yield f"{table.name} {'/'.join(map(str, row))}: no row of {key.referred_table.name} for {key.column_keys}"


def _storage() -> Iterator[str]:
    if db.engine.dialect.name == "sqlite":
        for (line,) in db.session.execute(text("PRAGMA integrity_check")):
            if line != "ok":
                yield line
    else:
        query = text("SELECT conname FROM pg_constraint WHERE NOT convalidated")
        for (name,) in db.session.execute(query):
            yield f"constraint {name} was never validated"


def _audit() -> Iterator[str]:
    yield from audit.chain_faults(current_app.config["OUYU"].server.data_dir)


RULES: dict[str, Callable[[], Iterator[str]]] = {
    "One live stamp per person, station and city day": _double_stamps,
    "The city day of a visit is that of its instant": _wrong_days,
    "The counts of past days are those of their visits": rollup.differences,
    "The counters of a shift are its sign-ups, and no more seats are taken than there are": invariants.wrong_counters,
    "A volunteer has one live sign-up on a shift, and none on one that is off": invariants.double_signups,
    "A number in a queue is given once": invariants.shared_numbers,
    "An idempotency key is kept with the answer of a finished effect": _half_keys,
    "Every text message stands in its reader's inbox too": _untold,
    "Every station has a place": _placeless_stations,
    "A station is paused exactly while a closure without an end runs": _pauses,
    "Every row that names another finds it": _orphans,
    "The database file and its constraints are sound": _storage,
    "The audit trail holds": _audit,
}
