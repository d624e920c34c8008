"""Visits beneath the API: voiding, the scope of staff, the purge of points, statements per check-in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.checkins import service
from app.checkins.errors import NotVoidable
from app.checkins.models import CheckIn
from app.core import clock
from app.core.actor import SYSTEM, Actor, Grant
from app.core.db import db, unit_of_work
from app.core.errors import AccessDenied, InvalidInput, NotFound
from app.orgs import queries as orgs
from tests.builders import ZHANQIAO, City, at
from tests.driver import statements_reaching_the_driver

STATEMENTS_PER_CHECK_IN = 8
"""P9: BEGIN and COMMIT, the look-up of the token and the key are included."""


def visit_of(public_id: str) -> CheckIn:
    db.session.rollback()
    return db.session.scalars(select(CheckIn).where(CheckIn.public_id == public_id)).one()


def void(visit: CheckIn, reason: str = "代打卡", actor: Actor = SYSTEM) -> None:
    with unit_of_work():
        service.void_check_in(actor, visit.id, reason=reason, at=clock.now())


def staff(role: str, scope: str, scope_id: int | None = None) -> Actor:
    return Actor(kind="staff", id=None, label="staff:test", grants=(Grant(role, scope, scope_id),))


def test_a_void_keeps_its_row_and_reason_and_frees_the_day(city: City) -> None:
    station, guest = city.station(), city.guest()
    first = visit_of(city.visit(station, guest).id)
    void(first, "代打卡")
    kept = visit_of(first.public_id)
    assert (kept.state, kept.reason, kept.explanation) == ("void", "voided", "代打卡")
    assert kept.voided_at is not None
    assert guest.call("GET", "/me/passport").json["collected"] == 0
    assert guest.check_in(city.poster(station)).status_code == 201
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "checkins.void")).one()
    assert (entry.object_id, entry.before, entry.reason) == (first.public_id, {"state": "accepted"}, "代打卡")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201, "a\x00b"])
def test_a_void_needs_a_reason(city: City, reason: str) -> None:
    visit = visit_of(city.visit(city.station()).id)
    with pytest.raises(InvalidInput) as refused:
        void(visit, reason)
    assert set(refused.value.fields) == {"reason"}
    assert visit_of(visit.public_id).state == "accepted"


def test_what_does_not_count_cannot_be_voided(city: City) -> None:
    station = city.station()
    far = city.visit(station, point=at_far(), accuracy_m=5.0)
    refused = visit_of(far.id)
    with pytest.raises(NotVoidable):
        void(refused)
    accepted = visit_of(city.visit(station).id)
    void(accepted)
    with pytest.raises(NotVoidable):
        void(accepted)


def test_staff_void_only_within_their_scope_and_role(city: City) -> None:
    visit = visit_of(city.visit(city.station()).id)
    own, other = orgs.find_district_by_code("370202"), orgs.find_district_by_code("370203")
    assert own is not None
    assert other is not None
    with pytest.raises(NotFound):
        void(visit, actor=staff("district_admin", "district", other.id))
    with pytest.raises(AccessDenied):
        void(visit, actor=staff("station_keeper", "station", visit.station_id))
    with pytest.raises(AccessDenied):
        void(visit, actor=staff("auditor", "city"))
    void(visit, actor=staff("district_admin", "district", own.id))
    assert visit_of(visit.public_id).state == "void"


def test_points_older_than_30_days_are_forgotten_and_their_distance_stays(city: City) -> None:
    station = city.station()
    now = clock.now()
    old = city.visit(station, at=now - timedelta(days=31), point=ZHANQIAO, accuracy_m=9.0)
    fresh = city.visit(station, at=now - timedelta(days=29), point=ZHANQIAO, accuracy_m=9.0)
    with unit_of_work():
        assert service.purge_points(now - timedelta(days=30)) == 1
    kept = visit_of(old.id)
    assert (kept.lat, kept.lng, kept.distance_m, kept.accuracy_m, kept.grade) == (None, None, 0, 9, "B")
    assert visit_of(fresh.id).lat == ZHANQIAO.lat


@pytest.mark.parametrize("by", ["poster", "digits"])
def test_p9_a_check_in_takes_few_statements(app: Flask, city: City, by: str) -> None:
    station, guest = city.station(), city.guest()
    credential = city.poster(station) if by == "poster" else city.digits(station)
    guest.call("GET", "/stations")
    with statements_reaching_the_driver() as seen:
        answer = guest.check_in(credential, at(ZHANQIAO), Idempotency_Key="key-of-one-check-in")
    assert answer.status_code == 201
    assert len(seen) <= STATEMENTS_PER_CHECK_IN, seen


def at_far() -> object:
    return ZHANQIAO._replace(lat=ZHANQIAO.lat + 0.1)
