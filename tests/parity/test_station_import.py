"""Law 5 for the door of Excel files: preview and command line say what the form says, at the cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.imports import service
from app.imports.rules import Step
from app.imports.service import Preview
from app.imports.subject import SUBJECTS
from app.sheets.reading import read
from app.stations.models import Station
from tests.builders import City
from tests.parity.doors import Said
from tests.parity.test_stations import OVER_SERVICE_ONLY, REQUIRED, WRONG, Wrong, expected
from tests.sheets.books import book

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
GOOD = {
    "code": "NEWONE", "name_zh": "小港驿站", "name_en": "Xiaogang", "kind": "驿站", "district": "市南区",
    "lat": "36.08", "lng": "120.31", "datum": "wgs84", "radius_m": "150", "coord_quality": "大致位置",
    "organisation": "", "address_zh": "", "address_en": "", "phone": "", "languages": "中文", "services": "饮水",
    "description_zh": "", "description_en": "",
}  # fmt: skip
FIELD_OF = {"district": "district_id", "organisation": "organisation_id",
            **dict.fromkeys(("lat", "lng", "radius_m"), "circles")}  # fmt: skip
COLUMN_OF = {"district_id": "district", "organisation_id": "organisation"}
REPAIRED = {"a code in full width", "full-width digits in a phone number"}
"""What a file may hold, because it is put right and told."""
NOT_IN_A_FILE = {"no circle", "nine circles", "no radius", "a long note"}
"""What a file cannot say: it has one circle, whose radius may be left out, and no notes."""


def cells_of(wrong: Wrong) -> dict[str, str]:
    if wrong.field == "circles":
        (circle,) = wrong.plain
        return {part: "" if value is None else str(value) for part, value in circle.items()}
    if wrong.field == "languages":
        return {"languages": "、".join(wrong.plain)}
    if wrong.field == "services":
        return {"services": "、".join(one["code"] for one in wrong.plain)}
    text = str(wrong.plain or "").replace("\x07", "_x0007_").replace("\x00", "_x0000_")
    return {COLUMN_OF.get(wrong.field, wrong.field): text}


TABLE = [
    wrong
    for wrong in WRONG + OVER_SERVICE_ONLY
    if wrong.field != "opening" and wrong.what not in REPAIRED | NOT_IN_A_FILE
]


def seen(cells: dict[str, str]) -> Preview:
    return service.preview(SYSTEM, SUBJECTS["stations"], read(book(list(cells), list(cells.values()))), at=clock.now())


def said_of(found: Preview) -> Said:
    (finding,) = found.findings
    return {FIELD_OF.get(one.column, one.column): [one.sentence.zh] for one in finding.problems}


def test_what_the_table_starts_from_is_accepted(city: City) -> None:
    assert seen(GOOD).count(Step.NEW) == 1
    assert set(GOOD) == {column.name for column in SUBJECTS["stations"].columns}
    assert len(TABLE) > 30


def test_a_new_station_from_a_file(city: City) -> None:
    found = {wrong.what: said_of(seen(GOOD | cells_of(wrong))) for wrong in TABLE}
    assert found == {wrong.what: expected(wrong.field, wrong.sentence) for wrong in TABLE}


def test_a_station_changed_by_a_file(city: City) -> None:
    city.station()
    table = [
        wrong for wrong in TABLE if wrong.field != "code" and any(cells_of(wrong).values()) and wrong.plain != "   "
    ]
    cells: dict[str, Any] = GOOD | {"code": "ZHANQIAO"}
    found = {wrong.what: said_of(seen(cells | cells_of(wrong))) for wrong in table}
    assert found == {wrong.what: expected(wrong.field, wrong.sentence) for wrong in table}


@pytest.mark.parametrize("what", sorted(REPAIRED))
def test_what_is_put_right_is_told(city: City, what: str) -> None:
    (wrong,) = (one for one in WRONG if one.what == what)
    found = seen(GOOD | cells_of(wrong))
    assert found.count(Step.NEW) == 1
    assert [repair.value for cell in found.rows[0].cells.values() for repair in cell.repairs] == ["narrowed"]


def test_the_command_line_names_row_column_and_sentence(app: Flask, city: City, tmp_path: Path) -> None:
    file = tmp_path / "stations.xlsx"
    bad = GOOD | {"code": "OTHER", "name_en": ""}
    file.write_bytes(book(list(GOOD), list(GOOD.values()), list(bad.values())))
    runner = app.test_cli_runner()
    for options in ([], ["--dry-run"]):
        refused = runner.invoke(args=["stations", "import", str(file), *options])
        assert refused.exit_code == 1
        assert f"row 3, name_en: {REQUIRED.en}" in refused.stderr
        assert Station.query.count() == 0
    assert runner.invoke(args=["stations", "import", str(file), "--good-only", "--dry-run"]).exit_code == 0
    assert Station.query.count() == 0
    done = runner.invoke(args=["stations", "import", str(file), "--good-only"])
    assert (done.exit_code, '"new": 1' in done.stdout, '"wrong": 1' in done.stdout) == (0, True, True)
    assert [one.code for one in Station.query] == ["NEWONE"]
    file.write_bytes(book(["编号"], ["=1+1"], formulas=True))
    refused = runner.invoke(args=["stations", "import", str(file)])
    assert refused.exit_code == 1
    assert "A2 is a formula" in refused.stderr
