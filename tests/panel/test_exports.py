"""Excel files of a list: exactly what was filtered, every text a text."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.stations import service
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office

pytestmark = ONE_DATABASE
ODD = ["=1+1", "+86 532 8288", "@x", "-1", "a\tb", "＝1", "\"q\", 'r'", "一行\n两行", "_x000D_", "'=1", "  ="]


def cells(desk: Desk, path: str, **asked: str) -> list[list[Any]]:
    answer = desk.get(path, **asked)
    assert answer.status_code == 200
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d", "b", "inlineStr"}
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_an_excel_file_holds_the_rows_that_the_list_shows(office: Office, city: City) -> None:
    city.station()
    city.station(code="BEACH", name_zh="石老人", district="370212")
    desk = office.desk("city")
    path = "/admin/stations/export/xlsx/"
    assert path in desk.get("/admin/stations/").text
    assert [row[0] for row in cells(desk, path)] == ["编号", "BEACH", "ZHANQIAO"]
    assert [row[0] for row in cells(desk, path, district="370212")] == ["编号", "BEACH"]
    assert [row[0] for row in cells(office.desk("shinan"), path)] == ["编号", "ZHANQIAO"]
    answer = desk.get(path)
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert ".xlsx" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_texts_stay_texts_and_numbers_stay_numbers(office: Office, city: City) -> None:
    for number, text in enumerate(ODD):
        if "\n" in text or "\t" in text:
            city.station(code=f"ODD{number:02}", name_zh="文", description_zh=f"|{text}")
        else:
            city.station(code=f"ODD{number:02}", name_zh=text, name_en=text, address_zh=text)
    head, *rows = cells(office.desk("city"), "/admin/stations/export/xlsx/")
    names = [unescape(str(row[head.index("站点")])) for row in rows]
    assert names == [("文" if "\n" in text or "\t" in text else text.strip()) for text in ODD]
    assert all(isinstance(row[head.index("纬度 WGS-84")], float) for row in rows)
    assert all(isinstance(row[head.index("半径（米）")], int) for row in rows)


@pytest.mark.parametrize("name", ["checkins", "services", "staff", "organisations"])
def test_every_list_that_has_csv_has_excel(office: Office, city: City, name: str) -> None:
    city.visit(city.station())
    with unit_of_work():
        service.save_service_item(
            SYSTEM, None, data={"code": "sauna", "name_zh": "=1+1", "name_en": "x"}, at=clock.now()
        )
    desk = office.desk("city")
    csv, excel = desk.get(f"/admin/{name}/export/csv/"), desk.get(f"/admin/{name}/export/xlsx/")
    assert csv.status_code == excel.status_code
    if csv.status_code == 200:
        lines = csv.text.lstrip("\ufeff").splitlines()
        assert len(cells(desk, f"/admin/{name}/export/xlsx/")) == len(lines)
