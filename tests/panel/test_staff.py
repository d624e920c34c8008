"""Staff at the desk: taken on with a link, given roles within one's own, refused attempts on record."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.db import db
from app.orgs import queries
from app.orgs.models import Staff
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, PASSWORD, Desk, Office, make_staff, seat

pytestmark = ONE_DATABASE


def refusals() -> list[tuple[str, str | None, str]]:
    db.session.rollback()
    query = select(AuditEntry).where(AuditEntry.action.endswith("_refused")).order_by(AuditEntry.seq)
    return [(entry.action, entry.reason, entry.actor) for entry in db.session.scalars(query)]


def test_somebody_is_taken_on_and_gets_in_by_the_link_shown_once(app: Flask, office: Office) -> None:
    desk = office.desk("city")
    data = {"login": "zhao.qin", "name": "示例 赵琴", "role": "auditor", "scope": "city", "valid_until": ""}
    answer = desk.post("/admin/staff/new/", data)
    assert answer.status_code == 200
    found = re.search(r"https://ouyu\.test(/admin/link/[\w-]{43})", answer.text)
    assert found
    new = Desk(app.test_client())
    page = new.get(found[1]).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    entered = new.client.post(found[1], data={"csrf_token": token[1], "password": PASSWORD, "again": PASSWORD})
    assert entered.status_code == 303
    assert new.get("/admin/audit/").status_code == 200
    staff = queries.find_staff_by_login("zhao.qin")
    assert staff is not None
    assert found[1] not in desk.get("/admin/staff/details/", id=staff.id).text


def test_mistakes_are_explained_at_their_fields(office: Office) -> None:
    answer = office.desk("city").post("/admin/staff/new/", {"login": "X", "name": "", "role": "", "scope": "nowhere"})
    assert answer.status_code == 422
    for words in ("登录名为 3–40 个字符", "请填写姓名", "请选择角色", "没有这个编号的驿站、区市、机构或活动"):
        assert words in answer.text


# --- X8 ----------------------------------------------------------------------------------------------


def test_a_district_admin_cannot_give_the_city_role(office: Office, city: City) -> None:
    city.station()
    desk = office.desk("shinan")
    keeper = make_staff("keeper.two", "station_keeper", "station:ZHANQIAO")
    assert 'value="city"' not in desk.get("/admin/staff/act/grant/", id=keeper).text
    answer = desk.post("/admin/staff/act/grant/", {"id": keeper, "role": "city_admin", "scope": "city"})
    assert answer.status_code == 403
    assert refusals() == [("staff.grant_refused", "staff.grant_too_wide", "staff:shinan.one")]
    assert [grant.role for grant in queries.list_grants(keeper)] == ["station_keeper"]


def test_a_district_admin_cannot_take_on_a_city_admin(office: Office) -> None:
    data = {"login": "own.boss", "name": "某人", "role": "city_admin", "scope": "city"}
    assert office.desk("shinan").post("/admin/staff/new/", data).status_code == 403
    assert queries.find_staff_by_login("own.boss") is None
    assert refusals() == [("staff.create_refused", "staff.grant_too_wide", "staff:shinan.one")]


def test_nobody_edits_the_own_role(office: Office) -> None:
    desk = office.desk("city")
    make_staff("other.boss", "city_admin", "city")
    own = queries.list_grants(desk.staff_id or 0)[0]
    page = desk.get("/admin/staff/details/", id=desk.staff_id).text
    assert "收回" not in page.replace("收回角色", "")
    assert "/act/grant/" not in page
    assert desk.post("/admin/staff/grants/revoke", {"id": own.id}).status_code == 303
    assert (
        desk.post("/admin/staff/act/grant/", {"id": desk.staff_id, "role": "auditor", "scope": "city"}).status_code
        == 403
    )
    assert desk.post("/admin/staff/act/disable/", {"id": desk.staff_id, "reason": "x"}).status_code == 403
    assert [action for action, _, _ in refusals()] == [
        "staff.revoke_refused",
        "staff.grant_refused",
        "staff.disable_refused",
    ]
    assert queries.list_grants(desk.staff_id or 0)[0].id == own.id


def test_a_higher_admin_cannot_be_touched_and_the_attempt_is_on_record(office: Office) -> None:
    above = office.desk("city").staff_id
    grant_id = queries.list_grants(above or 0)[0].id
    desk = office.desk("shinan")
    attempts = (
        ("/admin/staff/act/disable/", {"id": above, "reason": "x"}),
        ("/admin/staff/act/link/", {"id": above}),
        ("/admin/staff/act/grant/", {"id": above, "role": "auditor", "scope": "district:370202"}),
        ("/admin/staff/grants/revoke", {"id": grant_id}),
        ("/admin/staff/sessions/end", {"id": queries.list_sessions(above or 0, clock.now())[0].id}),
        (f"/admin/staff/edit/?id={above}", {"name": "x", "seen_version": "1"}),
    )
    for path, data in attempts:
        assert desk.post(path, data).status_code == 404, path
    assert [action for action, _, _ in refusals()] == [
        "staff.disable_refused",
        "staff.link_refused",
        "staff.grant_refused",
        "staff.revoke_refused",
        "staff.kick_out_refused",
        "staff.rename_refused",
    ]
    assert {actor for _, _, actor in refusals()} == {"staff:shinan.one"}
    assert office.desk("city").get("/admin/").status_code == 200


def test_the_last_city_admin_stays(office: Office) -> None:
    last = office.desk("city").staff_id
    passing = make_staff("passing.boss", "city_admin", "city", until=clock.now() + timedelta(days=1))
    desk = seat(office.app, passing)
    answer = desk.post("/admin/staff/act/disable/", {"id": last, "reason": "x"})
    assert answer.status_code == 409
    assert "最后一位长期有效的市级管理员" in answer.text
    assert desk.post("/admin/staff/grants/revoke", {"id": queries.list_grants(last or 0)[0].id}).status_code == 303
    assert [reason for _, reason, _ in refusals()] == ["staff.last_city_admin"] * 2
    assert office.desk("city").get("/admin/").status_code == 200


# --- rights take effect ------------------------------------------------------------------------------


def test_a_role_given_and_taken_back_works_from_the_next_sign_in(office: Office, city: City) -> None:
    city.station()
    keeper = make_staff("keeper.two", "station_keeper", "station:ZHANQIAO")
    boss = office.desk("city")
    assert boss.post("/admin/staff/act/grant/", {"id": keeper, "role": "auditor", "scope": "city"}).status_code == 303
    desk = seat(office.app, keeper)
    assert desk.get("/admin/audit/").status_code == 200
    auditor = next(one for one in queries.list_grants(keeper) if one.role == "auditor")
    assert boss.post("/admin/staff/grants/revoke", {"id": auditor.id}).status_code == 303
    assert desk.get("/admin/audit/").status_code == 303
    assert seat(office.app, keeper).get("/admin/audit/").status_code == 403


def test_a_temporary_role_ends_by_itself(office: Office, city: City) -> None:
    city.station()
    until = clock.now() + timedelta(minutes=10)
    staff_id = make_staff("passing.one", "auditor", "city", until=until)
    desk = seat(office.app, staff_id)
    assert desk.get("/admin/stations/").status_code == 200
    with clock.frozen(until):
        assert desk.get("/admin/stations/").status_code == 403
    with clock.frozen(until):
        page = seat(office.app, office.desk("city").staff_id or 0).get("/admin/staff/details/", id=staff_id).text
    assert "已到期" in page


def test_a_disabled_person_can_be_let_in_again(office: Office) -> None:
    staff_id = make_staff("passing.one", "auditor", "city")
    boss = office.desk("city")
    assert boss.post("/admin/staff/act/disable/", {"id": staff_id, "reason": "离岗"}).status_code == 303
    assert boss.count("/admin/staff/?state=disabled") == 1
    assert boss.post("/admin/staff/act/enable/", {"id": staff_id}).status_code == 303
    assert boss.count("/admin/staff/?state=disabled") == 0


def test_a_new_link_is_shown_and_ends_the_old_password_only_when_used(office: Office) -> None:
    staff_id = make_staff("passing.one", "auditor", "city", password=PASSWORD)
    answer = office.desk("city").post("/admin/staff/act/link/", {"id": staff_id})
    assert answer.status_code == 200
    assert "只能用一次" in answer.text
    staff = db.session.get(Staff, staff_id, populate_existing=True)
    assert staff is not None
    assert staff.password_hash is not None


def test_filters_of_the_staff_list(office: Office) -> None:
    desk = office.desk("city")
    office.desk("shinan")
    office.desk("laoshan")
    make_staff("passing.one", "auditor", "city", until=clock.now() + timedelta(days=1))
    expected = {
        "": 4, "role=auditor": 1, "scope=district": 2, "district=370212": 1, "state=active": 4, "state=disabled": 0,
        "access=no": 4, "access=yes": 0, "term=limited": 1, "term=ended": 0, "q=laoshan": 1, "role=auditor&scope=city": 1,
    }  # fmt: skip
    assert {query: desk.count(f"/admin/staff/?{query}") for query in expected} == expected


def test_no_page_about_staff_shows_a_hash(office: Office) -> None:
    desk = office.desk("city")
    pages = "".join(
        desk.get(path).text
        for path in ("/admin/staff/", f"/admin/staff/details/?id={desk.staff_id}", "/admin/staff/export/csv/", "/admin/audit/export/csv/")
    )  # fmt: skip
    assert "argon2" not in pages
    assert "password_hash" not in pages
