"""Imports in the panel: upload, preview, run, error file and undo, each within what somebody looks after."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pytest
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from app.core.db import db
from app.imports.models import Import
from app.stations import parts, queries
from app.stations.models import Station
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office
from tests.sheets.books import book, small_hostile
from tests.stations.test_importing import BEACH, HEADS, row

pytestmark = ONE_DATABASE
LIST, NEW, PAGE = "/admin/imports/", "/admin/imports/new/", "/admin/imports/details/"
SHINAN = {"区市": "市南区", "纬度": 36.065, "经度": 120.325}


def send(desk: Desk, data: bytes, name: str = "驿站.xlsx") -> TestResponse:
    return desk.client.post(NEW, data={"csrf_token": desk.csrf, "file": (io.BytesIO(data), name)})


def upload(desk: Desk, *rows: Any) -> int:
    answer = send(desk, book(HEADS, *rows))
    assert answer.status_code == 303, answer.text[-2000:]
    return int(answer.headers["Location"].rpartition("=")[2])


def press(desk: Desk, button: str, import_id: int) -> TestResponse:
    return desk.post(f"/admin/imports/act/{button}/", {"id": import_id})


def numbers(desk: Desk, import_id: int) -> dict[str, int]:
    page = desk.get(PAGE, id=import_id).text
    return {step: int(n) for n, step in re.findall(r'data-number="(\d+)" data-step="(\w+)"', page)}


def test_from_the_template_to_the_undo(office: Office, city: City) -> None:
    desk = office.desk("city")
    assert "还没有导入" in desk.get(LIST).text
    template = desk.get("/admin/imports/template/")
    sheet = load_workbook(io.BytesIO(template.data))["站点"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[:2] == ["编号", "中文名称"]
    number = upload(desk, BEACH, row("OTHER"))
    assert numbers(desk, number) == {"wrong": 0, "changed": 0, "new": 2, "same": 0}
    page = desk.get(PAGE, id=number).text
    assert "还没有写入" in page
    assert "act/run/" in page
    assert "act/run_good/" not in page
    assert desk.count("/admin/stations/") == 0
    assert press(desk, "run", number).status_code == 303
    assert desk.count("/admin/stations/") == 2
    assert "新建 2 个草稿" in desk.get(PAGE, id=number).text
    assert press(desk, "run", number).status_code == 409
    assert press(desk, "undo", number).status_code == 303
    assert desk.count("/admin/stations/") == 0
    assert press(desk, "undo", number).status_code == 409
    assert desk.count(LIST) == 1


def test_problems_stand_at_their_cells_and_come_out_as_a_file(office: Office, city: City) -> None:
    desk = office.desk("city")
    number = upload(desk, BEACH, row("BAD", 类型="宫殿", 坐标系="", **{"半径（米）": 5}))
    page = html.unescape(desk.get(PAGE, id=number).text)
    said = dict(re.findall(r'data-sentence="(\w+)">(.*?)</span>', page))
    assert said == {
        "kind": "请从列表中选择。",
        "datum": "请写明坐标系：wgs84、gcj02（高德、腾讯、微信）或 bd09（百度）。",
        "radius_m": "半径为 20–1,000 米的整数。",
    }
    assert "D3 类型" in re.sub(r"<[^>]+>", "", page)
    assert "act/run/" not in page
    assert press(desk, "run", number).status_code == 409
    assert desk.count("/admin/stations/") == 0
    wrong = load_workbook(io.BytesIO(desk.get("/admin/imports/wrong/", id=number).data)).active
    assert wrong is not None
    assert [line[0].value for line in wrong.iter_rows()] == ["编号", "BAD"]
    assert press(desk, "run_good", number).status_code == 303
    assert desk.count("/admin/stations/") == 1
    assert desk.get("/admin/imports/wrong/", id=number).status_code == 200


def test_a_district_admin_imports_into_the_own_district_only(office: Office, city: City) -> None:
    city.station(code="FARAWAY", district="370212")
    desk = office.desk("shinan")
    number = upload(desk, row("NEAR", **SHINAN), BEACH, row("FARAWAY"), row("NEAR2", **{**SHINAN, "区市": "崂山区"}))
    page = html.unescape(desk.get(PAGE, id=number).text)
    assert numbers(desk, number) == {"wrong": 3, "changed": 0, "new": 1, "same": 0}
    assert page.count("这个站点或区市不在您的管理范围内。") == 2
    assert "这个编号已被另一个站点使用" in page
    assert press(desk, "run_good", number).status_code == 303
    assert [one.code for one in db.session.query(Station).order_by(Station.code)] == ["FARAWAY", "NEAR"]


def test_imports_are_seen_by_who_made_them_and_by_the_city(office: Office, city: City) -> None:
    mine = upload(office.desk("shinan"), row("NEAR", **SHINAN))
    assert office.desk("city").get(PAGE, id=mine).status_code == 200
    other = office.desk("laoshan")
    for path in (PAGE, "/admin/imports/wrong/"):
        assert other.get(path, id=mine).status_code == 404
    for button in ("run", "run_good", "undo"):
        assert press(other, button, mine).status_code == 404
    assert other.count(LIST) == 0
    city.station()
    for who in ("auditor", "keeper"):
        desk = office.desk(who)
        for path in (LIST, NEW, PAGE, "/admin/imports/template/"):
            assert desk.get(path, id=mine).status_code == 403, (who, path)
        assert send(desk, book(HEADS, BEACH)).status_code == 403
        assert "/admin/imports/" not in desk.get("/admin/").text


@pytest.mark.parametrize("name", ["macro", "formula", "csv", "nothing", "501 rows"])
def test_a_file_that_is_refused_is_refused_on_the_page(office: Office, name: str) -> None:
    desk = office.desk("city")
    answer = send(desk, small_hostile()[name])
    assert answer.status_code == 422
    assert "这个文件没有导入：" in answer.text
    assert db.session.query(Import).count() == 0


def test_uploads_need_a_file_a_token_and_no_more_than_two_megabytes(office: Office) -> None:
    desk = office.desk("city")
    assert desk.post(NEW).status_code == 422
    assert desk.client.post(NEW, data={"file": (io.BytesIO(book(HEADS, BEACH)), "a.xlsx")}).status_code == 400
    kind = "multipart/form-data; boundary=x"
    assert desk.client.post(NEW, data=b"x" * 3_000_000, content_type=kind).status_code == 413


def test_markup_in_a_file_is_shown_as_text(office: Office, city: City) -> None:
    desk = office.desk("city")
    evil = "<script>alert(1)</script>"
    answer = send(desk, book([*HEADS, evil], [*row("EVIL", 中文名称=evil, 类型=evil), evil]), name=f"{evil}.xlsx")
    assert answer.status_code == 303
    for path in (answer.headers["Location"], LIST):
        assert evil not in desk.get(path).text


def test_what_the_list_exports_comes_back_as_it_was(office: Office, city: City) -> None:
    """I9: export, import, and nothing differs; changed in the file, the originals are restored by the old file."""
    odd = ["=1+1", "+86 532", "@x", "-1", "＝1", "\"q\" 'r'", "'=1", "_x000D_", "a，b", "café"]
    for number, text in enumerate(odd):
        city.station(code=f"ODD{number:02}", name_zh=text, name_en=text, address_zh=text, address_en=text,
                     description_zh=f"|{text}\n\t二行", description_en=text,
                     services=[{"code": "umbrella", "note_zh": text, "note_en": "", "available": True}])  # fmt: skip
    desk = office.desk("city")
    exported = desk.get("/admin/stations/export/xlsx/").data
    before = {one.code: parts.facts(one) for one in queries.list_by_codes(f"ODD{n:02}" for n in range(len(odd)))}
    answer = send(desk, exported, "站点.xlsx")
    number = int(answer.headers["Location"].rpartition("=")[2])
    assert numbers(desk, number) == {"wrong": 0, "changed": 0, "new": 0, "same": len(odd)}
    changes = [[code, "改了", "changed", "wgs84"] for code in before]
    changed = send(desk, book(["编号", "中文名称", "英文地址", "坐标系"], *changes))
    assert press(desk, "run", int(changed.headers["Location"].rpartition("=")[2])).status_code == 303
    again = int(send(desk, exported).headers["Location"].rpartition("=")[2])
    assert numbers(desk, again)["changed"] == len(odd)
    assert press(desk, "run", again).status_code == 303
    db.session.expire_all()
    assert {one.code: parts.facts(one) for one in queries.list_by_codes(before)} == before
