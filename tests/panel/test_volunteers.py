"""Volunteers in the panel: masked, found without a name in an address, decided about with reasons, inside one's scope."""

from __future__ import annotations

import io
import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.volunteers import desk as volunteer_desk
from app.volunteers import queries
from app.volunteers.models import Volunteer
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office

pytestmark = ONE_DATABASE
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
PHONE = "13800138000"
REASON = {"reason": "证书与本人不符"}
SECRETS = ("张海鸥", "13800138000", "李四光", "13700137001", "张大海", "13900139000", "1990-05-01")
NEW = {
    "real_name": "张海鸥",
    "phone": "138 0013 8000",
    "birth_date": "1990-05-01",
    "district": "370202",
    "gender": "female",
    "emergency_contact": "李四光 13700137001",
    "languages": ["zh", "en"],
    "skills": ["guide"],
}


@pytest.fixture(autouse=True)
def noon() -> Any:
    with clock.frozen(NOON):
        yield


def trail(action: str) -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def act(desk: Desk, name: str, row: Volunteer, **data: Any) -> Any:
    return desk.post(f"/admin/volunteers/act/{name}/", {"id": str(row.id), **data})


def page_of(desk: Desk, row: Volunteer) -> str:
    answer = desk.get("/admin/volunteers/details/", id=row.id)
    assert answer.status_code == 200
    return answer.text


def the_only() -> Volunteer:
    db.session.rollback()
    return db.session.scalars(select(Volunteer)).one()


def states() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(Volunteer.state)))


# --- making and changing


def test_staff_write_somebody_down_who_accepts_on_their_phone(office: Office, city: City) -> None:
    desk = office.desk("shinan")

    answer = desk.post("/admin/volunteers/new/", NEW)

    assert answer.status_code == 303, answer.text
    row = the_only()
    assert (row.state, row.origin) == ("invited", "staff")
    page = page_of(desk, row)
    assert "待本人接受" in page
    assert "本人还没有登录过" in page
    assert "英语" in page
    assert not [secret for secret in SECRETS if secret in page]
    assert city.citizen(PHONE).call("POST", "/me/volunteer/accept").json["state"] == "active"


def test_the_trail_of_making_and_changing_holds_nothing_in_clear(office: Office) -> None:
    desk = office.desk("city")
    desk.post("/admin/volunteers/new/", NEW)
    row = the_only()
    change = {"real_name": "王海燕", "district": "370203", "gender": "", "emergency_contact": "赵六 13600136000"}
    desk.post("/admin/volunteers/edit/", {**change, "seen_version": "1"}, id=row.id)

    (made,), (changed,) = trail("volunteers.create"), trail("volunteers.update")
    assert made.after["real_name"] == "张*"
    assert changed.before["real_name"] == "张*"
    assert changed.after == {
        "real_name": "王*", "district": "370203", "gender": None, "emergency_contact": "***", "skills": [], "languages": [],
    }  # fmt: skip
    written = str([(one.before, one.after, one.reason) for one in (made, changed)])
    assert not [secret for secret in (*SECRETS, "王海燕", "赵六") if secret in written]


def test_what_is_not_typed_stays(office: Office, city: City) -> None:
    row = city.invited(emergency_contact="李四光 13700137001")
    kept = {"district": "370202", "gender": "male"}

    office.desk("city").post("/admin/volunteers/edit/", {**kept, "seen_version": "1"}, id=row.id)

    row = the_only()
    assert row.gender == "male"
    assert queries.opened(row)[:2] == ("张海鸥", "李四光 13700137001")
    assert row.birth_date == date(1990, 5, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"real_name": ""}, "请填写这一项"),
        ({"real_name": "张3"}, "请填写真实姓名"),
        ({"phone": "12345"}, "11 位的中国大陆手机号"),
        ({"birth_date": ""}, "请填写出生日期"),
        ({"birth_date": "2030-01-01"}, "也不能晚于今天"),
        ({"district": ""}, "请填写这一项"),
        ({"birth_date": "2015-01-01"}, "未满 14 周岁需要监护人同意"),
        ({"guardian_name": "张大海", "guardian_phone": "13900139000"}, "需要监护人本人同意"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_is_kept(
    office: Office, changes: dict[str, str], words: str
) -> None:
    answer = office.desk("city").post("/admin/volunteers/new/", {**NEW, **changes})

    assert answer.status_code == 422
    assert words in answer.text
    assert "李四光 13700137001" in answer.text
    assert states() == set()


def test_a_phone_is_one_volunteer_however_it_is_written(office: Office) -> None:
    desk = office.desk("city")
    desk.post("/admin/volunteers/new/", NEW)

    again = desk.post("/admin/volunteers/new/", {**NEW, "phone": "+86 138-0013-8000"})

    assert again.status_code == 422
    assert "已有志愿者登记了这个手机号" in again.text
    assert the_only().state == "invited"


def test_a_save_over_somebody_elses_is_told_and_nothing_is_lost(office: Office, city: City) -> None:
    row = city.invited()
    office.desk("city").post(
        "/admin/volunteers/edit/", {"district": "370202", "gender": "male", "seen_version": "1"}, id=row.id
    )

    late = office.desk("shinan").post(
        "/admin/volunteers/edit/",
        {"district": "370202", "skills": "guide", "real_name": "王海燕", "seen_version": "1", "seen_seq": "0"},
        id=row.id,
    )

    assert late.status_code == 409
    assert "city.one 刚刚修改了这条记录" in late.text
    assert "王海燕" in late.text
    assert '<option value="male" selected>' in late.text
    assert queries.opened(the_only()).real_name == "张海鸥"


# --- deciding


def test_each_act_is_a_button_where_it_is_open_and_leaves_its_reason(office: Office, city: City) -> None:
    desk = office.desk("shinan")
    row = city.invited(birth_date=date(2010, 1, 1))
    city.citizen(PHONE).call("POST", "/me/volunteer/accept")
    for name, words, after in (
        ("approve", "通过", "active"),
        ("suspend", "暂停", "suspended"),
        ("resume", "恢复", "active"),
        ("archive", "归档", "archived"),
    ):
        assert f"/act/{name}/" in page_of(desk, row), words
        data = {} if name == "approve" else REASON
        assert act(desk, name, row, **data).status_code == 303
        assert states() == {after}
        (entry,) = trail(f"volunteers.{name}")
        assert entry.reason == data.get("reason")
        assert act(desk, name, row, **data).status_code == 409, "the state is past that"
    assert the_only().state_reason == REASON["reason"]
    assert REASON["reason"] in page_of(desk, row)


@pytest.mark.parametrize("name", ["suspend", "archive", "reveal"])
def test_an_act_that_needs_a_reason_is_not_done_without(office: Office, city: City, name: str) -> None:
    _, row = city.volunteer()
    answer = act(office.desk("city"), name, row, reason=" ")

    assert answer.status_code == 422
    assert "请填写原因" in answer.text
    assert states() == {"active"}


def test_everything_is_revealed_once_with_a_reason_and_audited_without_it(
    office: Office, city: City, caplog: pytest.LogCaptureFixture
) -> None:
    row = city.invited(
        emergency_contact="李四光 13700137001",
        guardian_name="张大海",
        guardian_phone="13900139000",
        guardian_consent=True,
    )
    desk = office.desk("shinan")
    with caplog.at_level(logging.DEBUG):
        answer = act(desk, "reveal", row, reason="核对名册")

    assert answer.status_code == 200
    assert not [secret for secret in SECRETS if secret not in answer.text]
    (entry,) = trail("volunteers.reveal")
    assert (entry.reason, entry.after, entry.object_id) == ("核对名册", None, row.public_id)
    assert not [secret for secret in SECRETS if secret in page_of(desk, row) + caplog.text]


def test_an_auditor_reads_masked_and_changes_nothing(office: Office, city: City) -> None:
    _, row = city.volunteer()
    desk = office.desk("auditor")

    assert "张*" in page_of(desk, row)
    for name in ("approve", "suspend", "archive", "reveal", "note_qualification"):
        assert act(desk, name, row, **REASON).status_code == 403
    assert desk.post("/admin/volunteers/new/", NEW).status_code == 403
    assert states() == {"active"}


# --- qualifications


def test_a_qualification_is_noted_renewed_and_removed(office: Office, city: City) -> None:
    _, row = city.volunteer()
    desk = office.desk("city")
    act(desk, "note_qualification", row, code="first_aid", valid_until="2026-11-25")
    assert "有效期至 2026-11-25" in page_of(desk, row)

    act(desk, "note_qualification", row, code="first_aid", valid_until="")
    page = page_of(desk, row)
    assert "长期有效" in page
    assert page.count("<strong>急救</strong>") == 1

    (noted,) = queries.list_qualifications(row.id)
    assert act(desk, "remove_qualification", row, qualification=noted.id, **REASON).status_code == 303
    assert "还没有登记资质" in page_of(desk, row)
    assert [one.before for one in trail("volunteers.remove_qualification")] == [
        {"qualification": "first_aid", "last_day": None}
    ]


def test_a_qualification_that_is_over_is_refused_and_one_that_ran_out_is_said_to_be(office: Office, city: City) -> None:
    _, row = city.volunteer(qualifications={"guide": NOON.date()})
    desk = office.desk("city")
    over = act(desk, "note_qualification", row, code="first_aid", valid_until="2026-11-24")
    assert over.status_code == 422
    assert "有效期已过" in over.text

    with clock.frozen(NOON + timedelta(days=1)):
        assert "已过期" in page_of(office.desk("auditor"), row)


def test_somebody_elses_qualification_is_not_found(office: Office, city: City) -> None:
    _, mine = city.volunteer()
    _, other = city.volunteer("13700137000", qualifications={"guide": None})
    (theirs,) = queries.list_qualifications(other.id)

    answer = act(office.desk("city"), "remove_qualification", mine, qualification=theirs.id, **REASON)

    assert answer.status_code == 404
    assert queries.list_qualifications(other.id)


# --- finding


@pytest.mark.parametrize("typed", ["张海鸥", "张 海鸥", "+86 138-0013-8000", "{no}", " {no} "])
def test_somebody_is_found_by_a_whole_name_phone_or_number(office: Office, city: City, typed: str) -> None:
    row = city.invited()
    city.volunteer("13700137000", real_name="张海燕")

    answer = office.desk("shinan").post("/admin/volunteers/find", {"who": typed.format(no=row.volunteer_no)})

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/volunteers/details/?id={row.id}")


def test_namesakes_are_listed_without_their_name_in_the_address(office: Office, city: City) -> None:
    for phone in ("13800138001", "13800138002"):
        city.invited(phone)
    city.invited("13800138003", real_name="张海燕")
    desk = office.desk("city")

    answer = desk.post("/admin/volunteers/find", {"who": "张海鸥"})

    where = answer.headers["Location"]
    assert "same=" in where
    assert "%" not in where
    assert desk.count(where) == 2


@pytest.mark.parametrize("typed", ["海鸥", "张", "8000", "%", "", "x" * 5000, "\x00", "123456789"])
def test_nobody_is_found_by_less_and_the_answer_says_how(office: Office, city: City, typed: str) -> None:
    city.invited()
    desk = office.desk("city")

    answer = desk.post("/admin/volunteers/find", {"who": typed})

    assert answer.headers["Location"] == "/admin/volunteers/"
    assert "没有找到" in desk.get("/admin/volunteers/").text


def test_each_filter_keeps_what_it_says(office: Office, city: City) -> None:
    city.invited("13800138001", birth_date=date(2010, 1, 1), district="370203", skills=["guide"], languages=["en"])
    city.volunteer("13800138002", qualifications={"first_aid": date(2026, 11, 25)})
    city.volunteer("13800138003", qualifications={"first_aid": date(2026, 11, 24)})
    city.invited("13800138004", birth_date=date(2013, 1, 1), guardian_name="张大海", guardian_phone="13900139000", guardian_consent=True)  # fmt: skip
    desk = office.desk("city")
    for query, count in {
        "": 4, "state=invited": 2, "district=370203": 1, "qualification=first_aid": 1, "skill=guide": 1,
        "language=en": 1, "age=minor": 2, "age=under14": 1, "age=adult": 2, "origin=staff": 2, "state=odd": 4,
        "age=minor&district=370203": 1, "skill=photography": 0,
    }.items():  # fmt: skip
        assert desk.count(f"/admin/volunteers/?{query}") == count, query


def test_an_export_is_the_filtered_set_masked(office: Office, city: City) -> None:
    city.invited("13800138001", district="370203")
    city.invited(emergency_contact="李四光 13700137001", skills=["guide"])
    desk = office.desk("city")

    text = desk.get("/admin/volunteers/export/csv/", district="370202").data.decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(desk.get("/admin/volunteers/export/xlsx/").data)).active

    lines = text.strip().splitlines()
    assert len(lines) == 2
    assert "张*" in lines[1]
    assert "138****8000" in lines[1]
    assert "讲解导览" in lines[1]
    assert not [secret for secret in SECRETS if secret in text]
    assert sheet is not None
    assert sheet.max_row == 3


# --- scope


def test_a_volunteer_of_another_district_is_not_found_by_any_route(office: Office, city: City) -> None:
    row = city.invited(district="370212", birth_date=date(2010, 1, 1))
    desk = office.desk("shinan")

    assert desk.count("/admin/volunteers/") == 0
    assert desk.get("/admin/volunteers/details/", id=row.id).status_code == 404
    assert desk.get("/admin/volunteers/edit/", id=row.id).status_code == 404
    for button in ("approve", "suspend", "archive", "reveal", "note_qualification"):
        assert act(desk, button, row, **REASON).status_code == 404
    assert desk.post("/admin/volunteers/find", {"who": "张海鸥"}).headers["Location"] == "/admin/volunteers/"
    assert len(desk.get("/admin/volunteers/export/csv/").data.decode().strip().splitlines()) == 1


def test_nobody_is_written_down_in_or_moved_to_another_district(office: Office, city: City) -> None:
    desk = office.desk("shinan")
    assert desk.post("/admin/volunteers/new/", {**NEW, "district": "370212"}).status_code == 404
    row = city.invited("13700137000")

    assert (
        desk.post("/admin/volunteers/edit/", {"district": "370212", "seen_version": "1"}, id=row.id).status_code == 404
    )
    assert the_only().district_id == row.district_id


def test_who_is_emptied_cannot_be_edited_revealed_or_found(office: Office, city: City) -> None:
    row = city.invited()
    city.citizen(PHONE).call("POST", "/me/volunteer/decline")
    desk = office.desk("city")

    assert "个人信息都已删除" in page_of(desk, row)
    assert desk.get("/admin/volunteers/edit/", id=row.id).status_code == 403
    assert act(desk, "reveal", row, **REASON).status_code == 404
    with unit_of_work(), pytest.raises(Exception, match=r"resource\.not_found"):
        volunteer_desk.reveal(SYSTEM, row.id, reason="x", at=NOON)


def test_the_empty_list_says_what_to_do_and_hostile_names_stay_text(office: Office, city: City) -> None:
    desk = office.desk("city")
    assert "请市民在手机页" in desk.get("/admin/volunteers/").text
    city.volunteer(real_name="<b>" + "长" * 30)
    page = desk.get("/admin/volunteers/").text
    assert "<b>*" not in page
    assert "&lt;*" in page
