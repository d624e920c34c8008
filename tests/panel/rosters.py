"""What the tests of rosters share: noon of a city day, volunteers, and how a page is read and pressed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.clock import CITY_ZONE
from app.core.db import db, unit_of_work
from app.events import signups
from app.events.models import Event, Shift, SignUp
from app.stations.models import Station
from app.volunteers.models import Volunteer
from tests.builders import City, Guest
from tests.panel.desk import Desk, make_staff, seat

NOON = datetime(2026, 11, 25, 12, tzinfo=CITY_ZONE)
HOUR = timedelta(hours=1)
NAME = "张海燕"
Person = tuple[Guest, Volunteer]


@pytest.fixture(name="noon", autouse=True)
def held_at_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


@pytest.fixture(name="pier")
def old_pier(city: City) -> Station:
    return city.station(at=NOON - 99 * HOUR)


@pytest.fixture(name="people")
def four_people(city: City) -> list[Person]:
    return [city.volunteer(f"1380013800{n}") for n in range(4)]


def apply(person: Person, shift: Shift) -> SignUp:
    with unit_of_work():
        done = signups.apply(person[0].actor, shift.public_id, risk_ack=False, at=clock.now())
    return row(done.id)


def row(id_: int) -> SignUp:
    db.session.rollback()
    found = db.session.get(SignUp, id_, populate_existing=True)
    assert found is not None
    return found


def states(*rows: SignUp) -> list[str]:
    return [row(one.id).state for one in rows]


def listed(desk: Desk, **query: str) -> list[int]:
    answer = desk.get("/admin/roster/", **query)
    assert answer.status_code == 200
    return [int(number) for number in re.findall(r'<tr data-row="(\d+)"', answer.text)]


def page(desk: Desk, shift: Shift) -> str:
    answer = desk.get("/admin/roster/details/", id=shift.id)
    assert answer.status_code == 200, answer.text[:300]
    return html.unescape(answer.text)


def part(text: str, state: str) -> list[int]:
    found = re.search(rf'<section class="card part part-{state}">(.*?)</section>', text, re.DOTALL)
    return [int(number) for number in re.findall(r'data-signup="(\d+)"', found[1])] if found else []


def press(desk: Desk, what: str, *rows: SignUp, confirmed: bool = True, **data: Any) -> Any:
    sent = {"what": what, "ids": [str(one.id) for one in rows], **data}
    if confirmed:
        sent["confirmed"] = "yes"
    return desk.post("/admin/signups/bulk/", sent)


def outcomes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text[:300]
    return re.findall(r'data-outcome="(\w+)"', answer.text)


def audited(action: str) -> list[AuditEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def leader_of(app: Flask, event: Event, login: str = "leader.one") -> Desk:
    return seat(app, make_staff(login, "event_leader", f"event:{event.public_id}"))
