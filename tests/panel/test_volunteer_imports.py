"""Lists of volunteers in the panel: masked on the page, given back to who brought them alone."""

from __future__ import annotations

import io

from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office
from tests.sheets.books import book
from tests.volunteers.test_importing import GULL, HEADS, everybody, row

pytestmark = ONE_DATABASE
LIST, PAGE = "/admin/volunteer_imports/", "/admin/volunteer_imports/details/"


def upload(desk: Desk) -> int:
    file = io.BytesIO(book(HEADS, GULL, row(姓名="王　一", 手机号="1.39E+10")))
    answer = desk.client.post(f"{LIST}new/", data={"csrf_token": desk.csrf, "file": (file, "名单.xlsx")})
    assert answer.status_code == 303, answer.text[-2000:]
    return int(answer.headers["Location"].rpartition("=")[2])


def test_from_the_template_to_the_undo_masked_all_the_way(office: Office, city: City) -> None:
    desk = office.desk("city")
    assert desk.get(f"{LIST}template/").status_code == 200
    number = upload(desk)
    page = desk.get(PAGE, id=number).text
    assert "张* 139****0001" in page
    assert "科学计数法" in page
    assert not [word for word in ("张海鸥", "13900000001", "1990-05-01", "王一") if word in page]
    assert desk.post(f"{LIST}act/run_good/", {"id": number}).status_code == 303
    assert "邀请 1 位志愿者" in desk.get(PAGE, id=number).text
    assert [one.state for one in everybody()] == ["invited"]
    city.citizen("13900000001").call("POST", "/me/volunteer/accept")
    assert desk.post(f"{LIST}act/undo/", {"id": number}).status_code == 303
    (kept,) = everybody()
    assert f"{kept.volunteer_no} 张*" in desk.get(PAGE, id=number).text


def test_rows_come_back_to_who_brought_them_alone(office: Office, city: City) -> None:
    shinan, admin = office.desk("shinan"), office.desk("city")
    number = upload(shinan)
    assert shinan.get(f"{LIST}wrong/", id=number).status_code == 200
    assert admin.get(PAGE, id=number).status_code == 200
    assert admin.get(f"{LIST}wrong/", id=number).status_code == 404
    assert admin.get("/admin/imports/details/", id=number).status_code == 404
    assert office.desk("laoshan").get(PAGE, id=number).status_code == 404
