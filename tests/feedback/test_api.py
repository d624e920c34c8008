"""Feedback over HTTP: without signing in, answered by a private link, its contact nowhere in clear."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.errors import AccessDenied, InvalidInput, NotFound
from app.core.sealed import SEALED
from app.feedback import service
from app.feedback.models import Feedback
from app.orgs import queries as orgs
from tests.builders import City
from tests.checkins.test_service import staff
from tests.http.contract import assert_documented, assert_problem, pointers
from tests.http.test_limits import await_minute

CONTACT = "微信 ouyu-canary-7"
TOLD = {"about": "app", "text": "地图打不开。\n换了手机也一样。"}
SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


def tell(client: FlaskClient, **changes: Any) -> TestResponse:
    return client.post("/api/v1/feedback", json=TOLD | changes)


def only() -> Feedback:
    db.session.rollback()
    return db.session.scalars(select(Feedback)).one()


def look(client: FlaskClient, made: TestResponse) -> TestResponse:
    return client.get("/api/v1" + made.json["status_url"].removeprefix("https://ouyu.test"))


def test_anybody_may_tell_something_and_read_its_answer_by_the_private_link(client: FlaskClient, city: City) -> None:
    made = tell(client)
    assert (made.status_code, set(made.json)) == (201, {"id", "status_url"})
    assert_documented("POST", made)
    first = look(client, made)
    assert first.json == {"state": "open", "text": TOLD["text"], "answer": None}
    assert first.headers["Cache-Control"] == "no-store"
    with unit_of_work():
        service.answer(SYSTEM, only().id, data={"answer": "已修好，请刷新再试。"}, at=clock.now())
    again = look(client, made)
    assert_documented("GET", again)
    assert again.json == {"state": "answered", "text": TOLD["text"], "answer": "已修好，请刷新再试。"}


def test_x2_every_other_token_is_the_same_404(client: FlaskClient, city: City) -> None:
    made = tell(client)
    token = made.json["status_url"].rpartition("/")[2]
    assert len(token) >= 43
    bodies = set()
    for other in (token[:-1], token + "A", token.swapcase(), only().public_id, only().token_hash, "x", "A" * 5000):
        body = assert_problem(client.get(f"/api/v1/feedback/{other}"), 404, "resource.not_found")
        bodies.add(str({**body, "request_id": "", "instance": ""}))
    assert len(bodies) == 1


def test_token_and_contact_stand_nowhere_in_clear(client: FlaskClient, city: City) -> None:
    token = tell(client, contact=CONTACT).json["status_url"].rpartition("/")[2]
    with unit_of_work():
        service.reveal_contact(SYSTEM, only().id, reason="回电话", at=clock.now())
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            assert token not in str(row), table.name
            assert CONTACT not in str(row), table.name
    assert "feedback.contact_enc" in SEALED


def test_a_contact_is_revealed_with_a_reason_and_leaves_a_trace(client: FlaskClient, city: City) -> None:
    tell(client, contact=CONTACT)
    with pytest.raises(InvalidInput), unit_of_work():
        service.reveal_contact(SYSTEM, only().id, reason=" ", at=clock.now())
    with unit_of_work():
        revealed = service.reveal_contact(SYSTEM, only().id, reason="回电话", at=clock.now())
    assert revealed.contact == CONTACT
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "feedback.reveal")).one()
    assert (entry.object_id, entry.reason) == (only().public_id, "回电话")


def test_about_a_station_it_belongs_to_the_station_and_elsewhere_to_the_city(client: FlaskClient, city: City) -> None:
    station = city.station()
    tell(client, about="station", ref="ZHANQIAO")
    assert only().station_id == station.id
    own, other = orgs.find_district_by_code("370202"), orgs.find_district_by_code("370203")
    assert own is not None
    assert other is not None
    data, asked = {"answer": "谢谢"}, only().id
    with pytest.raises(NotFound), unit_of_work():
        service.answer(staff("district_admin", "district", other.id), asked, data=data, at=clock.now())
    with pytest.raises(AccessDenied), unit_of_work():
        service.answer(staff("station_keeper", "station", station.id), asked, data=data, at=clock.now())
    with unit_of_work():
        service.answer(staff("district_admin", "district", own.id), asked, data=data, at=clock.now())
    assert only().state == "answered"


def test_what_is_about_no_station_only_the_city_may_answer(client: FlaskClient, city: City) -> None:
    tell(client, about="staff")
    own = orgs.find_district_by_code("370202")
    assert own is not None
    asked = only().id
    with pytest.raises(AccessDenied), unit_of_work():
        service.answer(staff("district_admin", "district", own.id), asked, data={"answer": "x"}, at=clock.now())


@SQLITE
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"about": "weather"}, "/about"),
        ({"text": ""}, "/text"),
        ({"text": " \n "}, "/text"),
        ({"text": "x" * 1001}, "/text"),
        ({"text": "a\x00b"}, "/text"),
        ({"text": 5}, "/text"),
        ({"contact": "x" * 101}, "/contact"),
        ({"about": "station"}, "/ref"),
        ({"about": "station", "ref": "NOWHERE"}, "/ref"),
        ({"about": "station", "ref": "' OR 1=1"}, "/ref"),
        ({"state": "answered"}, "/state"),
        ({"answer": "x"}, "/answer"),
        ({"station_id": 1}, "/station_id"),
    ],
)
def test_x3_odd_feedback_is_told_where_it_is_wrong_and_kept_nowhere(
    client: FlaskClient, city: City, changes: dict[str, Any], pointer: str
) -> None:
    assert pointers(tell(client, **changes)) == [pointer]
    assert db.session.execute(text("SELECT count(*) FROM feedback")).scalar() == 0


@SQLITE
def test_closed_without_an_answer_the_link_says_so(client: FlaskClient, city: City) -> None:
    made = tell(client)
    with unit_of_work():
        service.close(SYSTEM, only().id, reason="广告", at=clock.now())
    assert look(client, made).json == {"state": "closed", "text": TOLD["text"], "answer": None}


@SQLITE
def test_one_address_may_tell_thirty_things_a_minute(client: FlaskClient, city: City) -> None:
    await_minute()
    statuses = [tell(client).status_code for _ in range(31)]
    assert statuses == [201] * 30 + [429]
