"""Feedback in the panel: within one's scope, shown as text, answered, its contact revealed on one answer only."""

from __future__ import annotations

import html

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.feedback.models import Feedback
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Office

pytestmark = ONE_DATABASE
PAYLOAD = "<script>document.title='x'</script>\"'><img src=x onerror=alert(1)>"
CONTACT = "张先生 13800138000"


@pytest.fixture
def told(city: City, client: FlaskClient) -> Feedback:
    city.station()
    city.station(code="LAOSHAN1", district="370212", name_zh="崂山驿站")
    for body in (
        {"about": "station", "ref": "ZHANQIAO", "text": PAYLOAD, "contact": CONTACT},
        {"about": "station", "ref": "LAOSHAN1", "text": "饮水机没水"},
        {"about": "app", "text": "字太小"},
    ):
        assert client.post("/api/v1/feedback", json=body).status_code == 201
    db.session.rollback()
    return db.session.scalars(select(Feedback).order_by(Feedback.id)).first()  # type: ignore[return-value]


def test_everybody_sees_what_is_about_their_stations_and_the_city_all(office: Office, told: Feedback) -> None:
    for who, expected in (("city", 3), ("auditor", 3), ("shinan", 1), ("laoshan", 1), ("keeper", 1)):
        assert office.desk(who).count("/admin/feedback/") == expected, who
    for who in ("shinan", "keeper"):
        assert office.desk(who).get("/admin/feedback/details/", id=told.id + 1).status_code == 404
    assert office.desk("laoshan").post("/admin/feedback/act/answer/", {"id": told.id, "answer": "x"}).status_code == 404
    for who in ("auditor", "keeper"):
        answer = office.desk(who).post("/admin/feedback/act/answer/", {"id": told.id, "answer": "x"})
        assert answer.status_code == 403
    assert 'data-number="3"' in office.desk("city").get("/admin/").text
    assert office.desk("city").count("/admin/feedback/?state=open") == 3


def test_i5_what_was_told_is_shown_as_text(office: Office, told: Feedback) -> None:
    for path in ("/admin/feedback/", f"/admin/feedback/details/?id={told.id}"):
        page = office.desk("city").get(path).text
        assert "<script>document.title" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_an_answer_is_saved_and_stands_in_the_trail(office: Office, told: Feedback) -> None:
    desk = office.desk("shinan")
    desk.post("/admin/feedback/act/answer/", {"id": told.id, "answer": "已经修好。\n谢谢您！"})
    page = html.unescape(desk.get("/admin/feedback/details/", id=told.id).text)
    assert "已经修好。\n谢谢您！" in page
    assert "答复反馈" in page
    assert office.desk("city").count("/admin/feedback/?state=open") == 2
    empty = desk.post("/admin/feedback/act/answer/", {"id": told.id, "answer": " "})
    assert empty.status_code == 422


def test_the_contact_is_shown_on_the_one_answer_to_a_reason(office: Office, told: Feedback) -> None:
    desk = office.desk("city")
    assert CONTACT not in desk.get("/admin/feedback/details/", id=told.id).text
    assert desk.post("/admin/feedback/act/reveal/", {"id": told.id, "reason": ""}).status_code == 422
    shown = desk.post("/admin/feedback/act/reveal/", {"id": told.id, "reason": "回电话"})
    assert CONTACT in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    later = desk.get("/admin/feedback/details/", id=told.id).text
    assert CONTACT not in later
    assert "查看反馈的联系方式" in later
