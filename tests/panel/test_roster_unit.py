"""A unit's list in the panel: an answer for every line, and nothing lost of what was pasted."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from app.core.db import db
from app.events.models import SignUp
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office, make_staff, seat

pytestmark = ONE_DATABASE
PAGE = "/admin/roster/unit/"


def send(desk: Desk, shift_id: int, *lines: str) -> dict[int, tuple[str, str]]:
    """Line → what became of it and why."""
    page = desk.post(PAGE, {"lines": "\n".join(lines)}, id=shift_id)
    assert page.status_code == 200, page.text[-2000:]
    rows = re.findall(r'<tr data-line="(\d+)" data-step="(\w+)".*?data-label="说明">(.*?)</td>', page.text, re.DOTALL)
    return {int(n): (what, html.unescape(re.sub(r"<[^>]+>", "", why)).strip()) for n, what, why in rows}


def test_every_line_has_its_answer_and_the_wrong_ones_come_back(office: Office, city: City) -> None:
    city.volunteer("13900000001", real_name="张海燕")
    city.volunteer("13900000002", real_name="王二")
    shift = city.shift()
    desk = office.desk("city")
    assert "单位集体报名" in desk.get("/admin/roster/details/", id=shift.id).text
    lines = (
        "张海燕 13900000001",
        "王五 13900000002",
        "李四 138",
        "赵六 13900000003",
        "赵六 139-0000-0003",
        "<b>某人</b>",
    )
    found = send(desk, shift.id, *lines)
    assert [what for what, _ in found.values()] == ["invited", "left", "left", "new", "left", "left"]
    assert "登记的不一致" in found[2][1]
    assert "11 位" in found[3][1]
    assert "第 4 行已经有" in found[5][1]
    page = desk.post(PAGE, {"lines": "\n".join(lines)}, id=shift.id).text
    kept = re.search(r'<textarea id="lines".*?>(.*?)</textarea>', page, re.DOTALL)
    assert kept
    assert html.unescape(kept[1]).split("\n") == [lines[1], lines[2], lines[4], lines[5]]
    assert "<b>某人" not in page
    assert [what for what, _ in send(desk, shift.id, *lines).values()] == [
        "listed",
        "left",
        "left",
        "listed",
        "left",
        "left",
    ]
    db.session.rollback()
    assert sorted(db.session.scalars(select(SignUp.state))) == ["invited", "invited"]


def test_a_list_of_nothing_or_too_many_is_refused_with_its_words_kept(office: Office, city: City) -> None:
    shift, desk = city.shift(), office.desk("city")
    for lines, said in (
        (" ", "没有姓名和手机号"),
        ("\n".join(f"示例张三 139{n:08d}" for n in range(51)), "一次最多 50 人"),
    ):
        page = desk.post(PAGE, {"lines": lines}, id=shift.id)
        assert page.status_code == 422
        assert said in page.text
        assert lines.strip() in html.unescape(page.text)


@pytest.mark.parametrize(("who", "status"), [("laoshan", 404), ("auditor", 403)])
def test_nobody_asks_people_to_a_shift_that_is_not_theirs(office: Office, city: City, who: str, status: int) -> None:
    shift = city.shift()
    assert office.desk(who).post(PAGE, {"lines": "王一 13900000001"}, id=shift.id).status_code == status
    assert db.session.scalars(select(SignUp)).all() == []


def test_the_leader_of_the_event_may(office: Office, city: City) -> None:
    event = city.event()
    shift = city.shift(event)
    leader = seat(office.app, make_staff("leader", "event_leader", f"event:{event.public_id}"))
    assert send(leader, shift.id, "王一 13900000001")[1][0] == "new"
    assert leader.client.post(f"{PAGE}?id={shift.id}", data={"lines": "王二 13900000002"}).status_code == 400
