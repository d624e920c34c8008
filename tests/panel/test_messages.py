"""Messages in the panel: what staff are told, and text messages that did not arrive, retried with a trace."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db, unit_of_work
from app.core.outbox import OutboxRow
from app.inbox import service
from tests.builders import City
from tests.inbox.telling import FACTS, QUIET, kinds, rows, tell  # noqa: F401
from tests.panel.desk import ONE_DATABASE, Office

pytestmark = [ONE_DATABASE, pytest.mark.usefixtures("kinds")]
NOON = datetime.fromisoformat("2026-11-24T12:00:00+08:00")


def dead_message(city: City) -> OutboxRow:
    tell(city.citizen())
    with unit_of_work():
        db.session.execute(update(OutboxRow).values(state="dead", tries=8, fault="unreachable", done_at=clock.now()))
    return rows()[0]


def test_text_messages_are_listed_with_their_fate_and_without_a_number(city: City, office: Office) -> None:
    row = dead_message(city)
    page = office.desk("city").get("/admin/text_messages/")
    for word in ("名额", row.public_id, "未送达", "短信网关没有接收", "8 次", "重新发送"):
        assert word in page.text, word
    assert "13800138000" not in page.text
    assert office.desk("city").count("/admin/text_messages/?state=dead") == 1
    assert office.desk("city").count("/admin/text_messages/?state=sent") == 0


def test_a_dead_message_is_retried_by_the_button_and_the_trail_says_by_whom(city: City, office: Office) -> None:
    row, desk = dead_message(city), office.desk("city")

    assert desk.post("/admin/text_messages/act/retry/", {"id": row.id}).status_code == 303

    (now,) = rows()
    assert (now.state, now.tries, now.done_at) == ("waiting", 0, None)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "outbox.retry")).one()
    assert (entry.object_type, entry.object_id) == ("outbox", row.public_id)
    assert "重新发送短信" in desk.get("/admin/audit/").text
    assert desk.post("/admin/text_messages/act/retry/", {"id": row.id}).status_code == 404, "it is on its way"


@pytest.mark.parametrize("who", ["shinan", "keeper", "local_auditor"])
def test_who_is_not_of_the_city_sees_no_text_messages(city: City, office: Office, who: str) -> None:
    row = dead_message(city)
    city.station()
    desk = office.desk(who)
    assert desk.get("/admin/text_messages/").status_code == 403
    assert desk.post("/admin/text_messages/act/retry/", {"id": row.id}).status_code == 403
    assert rows()[0].state == "dead"


def test_the_auditor_reads_and_retries_nothing(city: City, office: Office) -> None:
    row, desk = dead_message(city), office.desk("auditor")
    assert "重新发送" not in desk.get("/admin/text_messages/").text
    assert desk.post("/admin/text_messages/act/retry/", {"id": row.id}).status_code == 403
    assert rows()[0].state == "dead"


def test_staff_see_their_own_messages_and_mark_them_as_read(app: Flask, city: City, office: Office) -> None:
    mine, other = office.desk("city"), office.desk("shinan")
    with unit_of_work():
        service.tell_staff(mine.staff_id or 0, QUIET.code, FACTS, "shift:1", NOON, link="/admin/roster/")
    assert "1 条未读" in mine.get("/admin/").text
    page = mine.get("/admin/inbox/")
    for word in ("栈桥引导有变化。", "2026-11-24 12:00", "/admin/roster/", "全部标为已读"):
        assert word in page.text, word
    assert "栈桥引导" not in other.get("/admin/inbox/").text
    assert "还没有消息" in other.get("/admin/inbox/").text

    other.post("/admin/inbox/read")
    assert "1 条未读" in mine.get("/admin/").text
    mine.post("/admin/inbox/read")
    assert "条未读" not in mine.get("/admin/").text
    assert "全部标为已读" not in mine.get("/admin/inbox/").text
