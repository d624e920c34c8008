"""What is rolled up equals the rows: for every number, whatever is changed afterwards, whoever changes it meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from app import jobs
from app.checkins import review, rollup, service
from app.checkins.models import CheckIn, RolledDay, VisitDay
from app.checkins.rules import Source
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.geo import Point
from app.orgs.rules import Reach
from app.stations.models import Station
from app.stats import queries
from app.stats.queries import Span
from tests.builders import City

NOON = datetime(2026, 11, 22, 4, 0, 10, tzinfo=UTC)
DAY = timedelta(days=1)
OLD, TODAY = date(2026, 11, 19), date(2026, 11, 22)
FAR = Point(36.09, 120.35)
POSTGRESQL = pytest.mark.parametrize("app", ["postgresql"], indirect=True)


@pytest.fixture
def pier(city: City) -> Station:
    return city.station(at=NOON - 120 * DAY)


@pytest.fixture
def busy(city: City, pier: Station) -> City:
    """Visits of many days, kinds and districts."""
    hill = city.station(code="HILL1", district="370212", name_zh="山上", at=NOON - 120 * DAY)
    for days in (0, 0, 1, 2, 2, 3, 8, 20, 35, 60):
        city.visit(pier, at=NOON - days * DAY)
        city.visit(hill, at=NOON - days * DAY, point=FAR, accuracy_m=10)
    for days in (0, 3, 9):
        city.visit(hill, at=NOON - days * DAY)
        city.visit(pier, at=NOON - days * DAY, credential="ZHANQIAO:000000")
    city.visit(city.station(code="QUAY1", name_zh="码头", at=NOON - 120 * DAY), at=NOON - 3 * DAY)
    city.visit(pier, at=NOON - 4 * DAY, client_time=NOON)  # held: the phone's clock is wrong
    with unit_of_work() as unit:
        one = unit.session.scalars(select(CheckIn.id).where(CheckIn.business_date == TODAY - 8 * DAY)).first()
        service.void_check_in(SYSTEM, one or 0, reason="代打卡", at=NOON - DAY)
    return city


def everything(reach: Reach) -> list[Any]:
    """All numbers of the dashboard that are added up from visits."""
    spans = [queries.last_days(TODAY, days) for days in (1, 7, 30, 90)] + [Span(OLD, OLD), Span(OLD, OLD - DAY)]
    asked = (queries.visits_per_day, queries.refused_by_reason, queries.by_district)
    db.session.rollback()
    found: list[Any] = [one(reach, span) for one in asked for span in spans]
    return [*found, queries.visits_until(reach, [NOON - days * DAY for days in (1, 7, 30)])]


def reaches(pier: Station) -> list[Reach]:
    return [
        Reach(city=True),
        Reach(district_ids=frozenset({pier.district_id})),
        Reach(station_ids=frozenset({pier.id})),
        Reach(),
    ]


def rolled() -> set[date]:
    db.session.rollback()
    return rollup.list_rolled(OLD - 100 * DAY, TODAY + 100 * DAY)


def holds() -> list[str]:
    db.session.rollback()
    return list(rollup.differences())


def test_every_number_is_the_same_from_counts_as_from_rows(busy: City, pier: Station) -> None:
    before = [everything(reach) for reach in reaches(pier)]
    jobs.roll_days_up(NOON)
    assert [everything(reach) for reach in reaches(pier)] == before
    assert len({str(one) for one in before}) == 4
    assert holds() == []


def test_the_numbers_of_a_rolled_day_come_from_its_counts_alone(busy: City) -> None:
    """What makes a dashboard quick: the rows of a rolled day are not looked at."""
    span = queries.last_days(TODAY, 30)
    jobs.roll_days_up(NOON)
    before = queries.visits_per_day(Reach(city=True), span)
    with unit_of_work() as unit:
        unit.session.execute(update(VisitDay).values(visits=VisitDay.visits + 1000))
    after = queries.visits_per_day(Reach(city=True), span)
    raised = {new.day for old, new in zip(before, after, strict=True) if new != old}
    assert raised == {one.day for one in before if one.accepted + one.refused and one.day < TODAY - DAY}


def test_days_without_visits_are_known_too_and_yesterday_is_left_to_the_rows(busy: City) -> None:
    first = TODAY - 60 * DAY
    assert jobs.roll_days_up(NOON) == "59 past days counted"
    assert rolled() == {first + n * DAY for n in range(59)}
    assert jobs.roll_days_up(NOON) == ""
    assert jobs.roll_days_up(NOON + DAY) == "1 past days counted"


def test_a_city_without_visits_has_nothing_to_count(city: City) -> None:
    assert jobs.roll_days_up(NOON) == ""


def test_to_count_a_day_twice_does_no_harm(busy: City) -> None:
    for _ in range(2):
        with unit_of_work():
            rollup.roll_up(OLD)
    assert rolled() == {OLD}
    assert holds() == []


def decide(act: Callable[..., Any], visit: str, words: str) -> None:
    found = db.session.scalars(select(CheckIn.id).where(CheckIn.public_id == visit)).one()
    with unit_of_work():
        act(SYSTEM, found, data={"template": words}, at=NOON)


def void(city: City, pier: Station) -> Callable[[], None]:
    visit = city.visit(pier, at=NOON - 3 * DAY).id

    def change() -> None:
        found = db.session.scalars(select(CheckIn.id).where(CheckIn.public_id == visit)).one()
        with unit_of_work():
            service.void_check_in(SYSTEM, found, reason="代打卡", at=NOON)

    return change


def approve_held(city: City, pier: Station) -> Callable[[], None]:
    visit = city.visit(pier, at=NOON - 3 * DAY, client_time=NOON).id
    return lambda: decide(review.approve, visit, "confirmed")


def refuse_held(city: City, pier: Station) -> Callable[[], None]:
    visit = city.visit(pier, at=NOON - 3 * DAY, client_time=NOON).id
    return lambda: decide(review.refuse, visit, "unconfirmed")


def uphold_an_appeal(city: City, pier: Station) -> Callable[[], None]:
    guest = city.guest()
    visit = city.visit(pier, guest, at=NOON - 3 * DAY, point=FAR, accuracy_m=10).id
    with unit_of_work():
        review.appeal(guest.actor, visit, text="我就在门口", at=NOON - DAY)
    return lambda: decide(review.approve, visit, "confirmed")


def late_stamp(city: City, pier: Station) -> Callable[[], None]:
    kept = {"client_time": NOON - 3 * DAY + timedelta(minutes=1), "source": Source.OFFLINE}
    return lambda: _sent(city.visit(pier, at=NOON, **kept), "accepted")


def late_refusal(city: City, pier: Station) -> Callable[[], None]:
    kept = {"client_time": NOON - 3 * DAY + timedelta(minutes=1), "source": Source.OFFLINE}
    return lambda: _sent(city.visit(pier, at=NOON, point=FAR, accuracy_m=10, **kept), "refused")


def _sent(verdict: service.Verdict, result: str) -> None:
    assert (verdict.result, verdict.id != "") == (result, True)


def merge(city: City, pier: Station) -> Callable[[], None]:
    """A guest and a citizen, who are one person, both have that day's stamp."""
    city.visit(pier, city.citizen(at=NOON - 4 * DAY), at=NOON - 3 * DAY)
    guest = city.guest()
    city.visit(pier, guest, at=NOON - 3 * DAY + timedelta(hours=1))

    def change() -> None:
        city.citizen(guest=guest, at=NOON)

    return change


CHANGES = [void, approve_held, refuse_held, uphold_an_appeal, late_stamp, late_refusal, merge]


@pytest.mark.parametrize("prepare", CHANGES, ids=lambda one: one.__name__)
def test_a_change_to_a_rolled_day_is_in_the_numbers_at_once(
    city: City, pier: Station, prepare: Callable[[City, Station], Callable[[], None]]
) -> None:
    city.visit(pier, at=NOON - 5 * DAY)
    change = prepare(city, pier)
    jobs.roll_days_up(NOON)
    before = everything(Reach(city=True))
    change()
    assert holds() == []
    assert OLD not in rolled()
    assert TODAY - 5 * DAY in rolled()
    after = everything(Reach(city=True))
    assert after != before
    jobs.roll_days_up(NOON)
    assert OLD in rolled()
    assert everything(Reach(city=True)) == after
    assert holds() == []


@contextmanager
def heard(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def listen(_: Any, __: Any, statement: str, *___: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", listen)


def test_what_touches_today_and_a_late_visit_that_is_repeated_leave_the_counts_alone(
    app: Flask, city: City, pier: Station
) -> None:
    guest = city.guest()
    city.visit(pier, guest, at=NOON - 3 * DAY)
    jobs.roll_days_up(NOON)
    with heard(app) as statements:
        city.visit(pier, at=NOON)
        city.visit(pier, at=NOON, point=FAR, accuracy_m=10)
        kept = city.visit(pier, at=NOON, client_time=NOON - timedelta(minutes=5), source=Source.OFFLINE).id
        with unit_of_work() as unit:
            today = unit.session.scalars(select(CheckIn.id).where(CheckIn.public_id == kept)).one()
            service.void_check_in(SYSTEM, today, reason="代打卡", at=NOON)
        again = city.visit(pier, guest, at=NOON, client_time=NOON - 3 * DAY + timedelta(hours=1), source=Source.OFFLINE)
    assert again.already
    assert not any("rolled_days" in one for one in statements)
    assert OLD in rolled()


@POSTGRESQL
def test_who_changes_a_day_while_it_is_counted_waits_or_is_waited_for(app: Flask, city: City, pier: Station) -> None:
    """The count begins after the void's update and before its commit: without the marker's lock it would miss it."""
    city.visit(pier, at=NOON - 3 * DAY)
    change_begun, counting = threading.Event(), threading.Event()

    def count() -> None:
        with app.app_context():
            change_begun.wait(5)
            counting.set()
            with unit_of_work():
                rollup.roll_up(OLD)
            db.session.remove()

    counter = threading.Thread(target=count)
    counter.start()
    with unit_of_work() as unit:
        visit = unit.session.scalars(select(CheckIn.id)).one()
        service.void_check_in(SYSTEM, visit, reason="代打卡", at=NOON)
        change_begun.set()
        counting.wait(5)
        counter.join(0.3)
        assert counter.is_alive()
    counter.join(5)
    assert not counter.is_alive()
    assert holds() == []
    assert OLD in rolled()


def test_counts_that_somebody_falsified_are_named_by_their_day(busy: City, pier: Station) -> None:
    jobs.roll_days_up(NOON)
    with unit_of_work() as unit:
        wrong = (VisitDay.business_date == OLD, VisitDay.station_id == pier.id, VisitDay.state == "accepted")
        unit.session.execute(update(VisitDay).where(*wrong).values(visits=7))
        unit.session.execute(update(RolledDay).where(RolledDay.business_date == OLD - DAY).values(whole=False))
    assert holds() == [f"visit_days 2026-11-19 {pier.id} accepted: 7 counted, 1 there"]
