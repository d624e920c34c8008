"""Volunteers from Excel files: judged like the form, invited and never active, undone without touching who answered."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, text

from app.core import clock
from app.core.actor import SYSTEM, Actor, Grant
from app.core.db import db, unit_of_work
from app.events import signups
from app.imports import files, queries, service
from app.imports.models import Import
from app.imports.rules import PRIVATE_KEPT, Step
from app.imports.service import Preview
from app.imports.subject import SUBJECTS
from app.people.models import Person
from app.sheets import reading
from app.volunteers import queries as volunteers
from app.volunteers import rules
from app.volunteers import service as volunteer_service
from app.volunteers.importing import CUT_PHONE, OUT_OF_SCOPE, TWICE
from app.volunteers.models import Volunteer
from tests.builders import City
from tests.panel.desk import ONE_DATABASE
from tests.sheets.books import book

HEADS = (
    "姓名",
    "手机号",
    "出生日期",
    "区市",
    "性别",
    "语言",
    "特长",
    "紧急联系人",
    "监护人姓名",
    "监护人手机号",
    "监护人同意",
)
GULL = ("张海鸥", "13900000001", "1990-05-01", "市南区", "女", "中文、英语", "急救", "", "", "", "")


def seen(*rows: Sequence[Any], heads: Sequence[str] = HEADS, actor: Actor = SYSTEM) -> Preview:
    return service.preview(actor, SUBJECTS["volunteers"], reading.read(book(heads, *rows)), at=clock.now())


def run(*rows: Sequence[Any], heads: Sequence[str] = HEADS, good_only: bool = False) -> Import:
    preview = seen(*rows, heads=heads)
    with unit_of_work():
        kept = service.keep_preview(SYSTEM, SUBJECTS["volunteers"], preview, file_name="名单.xlsx", at=clock.now())
    with unit_of_work():
        return service.run_import(SYSTEM, kept.id, good_only=good_only, at=clock.now())


def undo(done: Import) -> Import:
    with unit_of_work():
        return service.undo_import(SYSTEM, done.id, at=clock.now())


def row(**changes: Any) -> list[Any]:
    """张海鸥's row with some cells changed, by heading."""
    return [changes.get(head, value) for head, value in zip(HEADS, GULL, strict=True)]


def counts(found: Preview | Import) -> tuple[int, int, int, int]:
    if isinstance(found, Preview):
        new, changed, same, wrong = (found.count(step) for step in Step)
        return new, changed, same, wrong
    return found.new_count, found.changed_count, found.same_count, found.wrong_count


def said(found: Preview) -> dict[str, str]:
    (finding,) = found.findings
    return {one.column: one.sentence.zh for one in finding.problems}


def everybody() -> list[Volunteer]:
    db.session.expire_all()
    return list(db.session.scalars(select(Volunteer).order_by(Volunteer.id)))


def test_who_is_new_is_invited_and_accepts_by_the_first_sign_in(city: City) -> None:
    done = run(GULL)
    assert counts(done) == (1, 0, 0, 0)
    (made,) = everybody()
    own = volunteers.opened(made)
    assert (made.state, made.origin, own.real_name, made.birth_date) == (
        "invited",
        "import",
        "张海鸥",
        date(1990, 5, 1),
    )
    assert (made.gender, made.languages, made.skills) == ("female", ["zh", "en"], ["first_aid"])
    assert made.person.phone_verified_at is None
    citizen = city.citizen("13900000001")
    assert citizen.id == made.person_id
    assert citizen.call("POST", "/me/volunteer/accept").get_json()["state"] == "active"


def test_the_habits_of_excel_are_put_right_and_told(city: City) -> None:
    found = seen(
        ("张　三", 13900000001.0, 32994, "市南", "男", "", "", "", "", "", ""),
        (" 李四 ", "＋８６ １３９-０００0-0002", "1990年5月1日", "370203", "女性", "", "", "", "", "", ""),
    )
    assert counts(found) == (2, 0, 0, 0)
    told = [
        {name: [one.value for one in cell.repairs] for name, cell in row.cells.items() if cell.repairs}
        for row in found.rows
    ]
    assert told[0] == {"real_name": ["narrowed", "rewritten"], "birth_date": ["rewritten"]}
    assert told[1] == {"real_name": ["trimmed"], "phone": ["narrowed", "rewritten"], "birth_date": ["rewritten"]}
    assert [one.data["phone"] for one in found.findings] == ["13900000001", "13900000002"]
    assert [one.data["district"] for one in found.findings] == ["370202", "370203"]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("cells", "problems"),
    [
        ({"手机号": "1.39E+10"}, {"phone": CUT_PHONE}),
        ({"手机号": "0532-8888"}, {"phone": rules.PHONE_FORM}),
        ({"姓名": "张"}, {"real_name": rules.NAME_FORM}),
        ({"出生日期": "1990-02-30"}, {"birth_date": rules.BIRTH_FORM}),
        ({"出生日期": "2999-01-01"}, {"birth_date": rules.BIRTH_RANGE}),
        ({"区市": "浦东新区"}, {"district": rules.UNKNOWN_CHOICE}),
        ({"性别": "？"}, {"gender": rules.UNKNOWN_CHOICE}),
        ({"特长": "急救、飞行"}, {"skills": rules.UNKNOWN_CHOICE}),
        ({"出生日期": "2020-01-01"}, {"guardian_name": rules.GUARDIAN_UNDER_14}),
        ({"监护人姓名": "张三", "监护人手机号": "13900000009"}, {"guardian_consent": rules.GUARDIAN_CONSENT}),
    ],
)
def test_a_row_is_judged_in_the_words_of_the_form(city: City, cells: dict[str, str], problems: dict[str, Any]) -> None:
    assert said(seen(row(**cells))) == {name: text.zh for name, text in problems.items()}
    field = next(iter(problems))
    with_form = {"real_name": "张海鸥", "phone": "13900000001", "birth_date": date(1990, 5, 1), "district": "370202"}
    given = {"real_name": "张", "phone": "0532-8888", "district": "浦东新区", "gender": "？", "skills": ["飞行"]}
    if field in given and problems[field] is not CUT_PHONE:
        with pytest.raises(Exception) as refused:
            volunteer_service.judge_volunteer(SYSTEM, with_form | {field: given[field]}, at=clock.now())
        assert refused.value.fields[field][0] == problems[field]  # type: ignore[attr-defined]


def test_a_known_phone_is_changed_only_under_its_own_name(city: City) -> None:
    run(GULL)
    assert counts(seen(row(姓名="张 海鸥"))) == (0, 0, 1, 0)
    assert said(seen(row(姓名="李四"))) == {"real_name": rules.NAME_DIFFERS.zh}
    done = run(
        row(区市="崂山区", 特长="急救、驾驶", 紧急联系人="李四 13900000009"), row(手机号="13900000002", 姓名="李四")
    )
    assert counts(done) == (1, 1, 0, 0)
    first = everybody()[0]
    assert first.district is not None
    assert (first.district.code, first.skills) == ("370212", ["first_aid", "driving"])
    undo(done)
    (first,) = everybody()
    assert first.district is not None
    assert (first.district.code, first.skills, first.emergency_contact_enc) == ("370202", ["first_aid"], None)


@ONE_DATABASE
def test_one_phone_twice_in_a_file_is_told_at_the_second(city: City) -> None:
    found = seen(GULL, row(姓名="李四", 手机号="+86 139 0000 0001"))
    assert counts(found) == (1, 0, 0, 1)
    assert found.findings[1].problems[0].sentence == TWICE.fill(number=2)


@ONE_DATABASE
def test_nobody_imports_into_a_district_that_is_not_theirs(city: City) -> None:
    licang = Actor("staff", 1, "licang", (Grant("district_admin", "district", city.district_id("370213")),))
    assert said(seen(GULL, actor=licang)) == {"district": OUT_OF_SCOPE.zh}
    run(GULL)
    assert said(seen(row(区市="李沧区"), actor=licang)) == {"phone": rules.PHONE_TAKEN.zh}


def test_undoing_leaves_nothing_of_who_did_not_answer_and_names_who_did(city: City) -> None:
    done = run(
        GULL,
        row(姓名="王一", 手机号="13900000002"),
        row(姓名="王二", 手机号="13900000003"),
        row(姓名="王三", 手机号="13900000004"),
    )
    accepted, declined = city.citizen("13900000001"), city.citizen("13900000002")
    accepted.call("POST", "/me/volunteer/accept")
    declined.call("POST", "/me/volunteer/decline")
    on_a_shift = everybody()[2]
    shift = city.shift()
    with unit_of_work():
        signups.invite(SYSTEM, shift.id, on_a_shift.id, at=clock.now())
    undone = undo(done)
    left = everybody()
    assert [one.state for one in left] == ["active", "archived", "invited"]
    assert undone.content["kept"] == [f"{left[0].volunteer_no} 张*", f"{left[2].volunteer_no} 王*"]
    assert {one.id for one in db.session.scalars(select(Person))} == {one.person_id for one in left}
    assert queries.private_of(undone).get("rows", []) == []


def test_what_a_file_holds_of_people_is_sealed_and_goes(app: Flask, city: City) -> None:
    bad = row(
        姓名="欧阳金丝雀", 手机号="13987654321", 出生日期="1988-08-18", 区市="", 紧急联系人="老金丝雀 13912345678"
    )
    done = run(GULL, bad, good_only=True)
    stored = json.dumps(
        [[str(cell) for cell in one] for one in db.session.execute(text("SELECT * FROM imports"))], ensure_ascii=False
    )
    for canary in ("金丝雀", "13987654321", "1988-08-18", "1988", "13912345678", "张海鸥", "13900000001"):
        assert canary not in stored
    sheet = load_workbook(io.BytesIO(files.error_file(done, "志愿者"))).active
    assert sheet is not None
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert [line[:3] for line in rows[1:]] == [["欧阳金丝雀", "13987654321", "1988-08-18"]]
    with unit_of_work():
        assert service.purge_private(clock.now() - PRIVATE_KEPT + timedelta(minutes=1)) == 0
        assert service.purge_private(clock.now() + timedelta(minutes=1)) == 1
    db.session.expire_all()
    assert queries.rows_of(db.session.get_one(Import, done.id)) == []


@ONE_DATABASE
def test_three_hundred_rows_are_previewed_and_run_in_less_than_ten_seconds(city: City) -> None:
    rows = [row(姓名=f"示例{chr(0x4E00 + n)}", 手机号=f"139{n:08d}") for n in range(300)]
    started = perf_counter()
    done = run(*rows)
    assert counts(done) == (300, 0, 0, 0)
    assert perf_counter() - started < 10


@ONE_DATABASE
def test_the_command_line_names_row_column_and_sentence(app: Flask, city: City, tmp_path: Path) -> None:
    file = tmp_path / "volunteers.xlsx"
    file.write_bytes(book(HEADS, GULL, row(姓名="李四", 手机号="138")))
    runner = app.test_cli_runner()
    refused = runner.invoke(args=["volunteers", "import", str(file)])
    assert refused.exit_code == 1
    assert f"row 3, phone: {rules.PHONE_FORM.en}" in refused.stderr
    assert everybody() == []
    assert runner.invoke(args=["volunteers", "import", str(file), "--good-only", "--dry-run"]).exit_code == 0
    assert everybody() == []
    done = runner.invoke(args=["volunteers", "import", str(file), "--good-only"])
    assert (done.exit_code, '"new": 1' in done.stdout) == (0, True)
    assert [one.state for one in everybody()] == ["invited"]
