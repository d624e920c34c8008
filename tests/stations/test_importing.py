"""Stations from Excel files: judged like the form, run in one unit, undone as a whole."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook

from app.audit import queries as audit
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.errors import DomainError
from app.core.geo import CoordSys, Point, distance_m, from_wgs84
from app.imports import files, service
from app.imports.errors import (
    ColumnsMissing,
    ImportChangedSince,
    ImportHasErrors,
    ImportOver,
    NothingToImport,
    UndoTooLate,
)
from app.imports.models import Import
from app.imports.rules import Step
from app.imports.service import Preview
from app.imports.subject import SUBJECTS
from app.sheets import reading
from app.stations import parts, queries, rules
from app.stations import service as stations
from app.stations.models import Station, StationCredential
from tests.builders import ZHANQIAO, City
from tests.panel.desk import ONE_DATABASE
from tests.sheets.books import book

HEADS = ("编号", "中文名称", "英文名称", "类型", "区市", "纬度", "经度", "坐标系", "半径（米）", "便民服务")
BEACH = ("BEACH", "石老人驿站", "Old Stone Man", "驿站", "崂山区", 36.09147, 120.46301, "wgs84", 200, "饮水、充电")


def seen(*rows: Sequence[Any], heads: Sequence[str] = HEADS) -> Preview:
    return service.preview(SYSTEM, SUBJECTS["stations"], reading.read(book(heads, *rows)), at=clock.now())


def kept(*rows: Sequence[Any], heads: Sequence[str] = HEADS) -> Import:
    preview = seen(*rows, heads=heads)
    with unit_of_work():
        return service.keep_preview(SYSTEM, SUBJECTS["stations"], preview, file_name="驿站.xlsx", at=clock.now())


def run(*rows: Sequence[Any], heads: Sequence[str] = HEADS, good_only: bool = False) -> Import:
    waiting = kept(*rows, heads=heads)
    with unit_of_work():
        return service.run_import(SYSTEM, waiting.id, good_only=good_only, at=clock.now())


def undo(done: Import, after: timedelta = timedelta(0)) -> Import:
    with unit_of_work():
        return service.undo_import(SYSTEM, done.id, at=clock.now() + after)


def row(code: str, **changes: Any) -> list[Any]:
    """BEACH's row under another code with some cells changed, by heading."""
    return [changes.get(head, code if head == "编号" else value) for head, value in zip(HEADS, BEACH, strict=True)]


def counts(found: Preview | Import) -> dict[str, int]:
    if isinstance(found, Preview):
        return {step.value: found.count(step) for step in Step}
    return {step.value: getattr(found, f"{step.value}_count") for step in Step}


def test_a_file_makes_drafts_and_changes_what_differs(city: City) -> None:
    pier = city.station(services=[{"code": "umbrella", "note_zh": "三把", "note_en": "three", "available": True}])
    zhanqiao = row("ZHANQIAO", 中文名称="栈桥文明旅游驿站", 英文名称="Zhanqiao Pier", 区市="370202",
                   纬度=ZHANQIAO.lat, 经度=ZHANQIAO.lng, **{"半径（米）": 350, "便民服务": "雨伞、饮水"})  # fmt: skip
    done = run(BEACH, zhanqiao)
    assert counts(done) == {"new": 1, "changed": 1, "same": 0, "wrong": 0}
    beach = queries.get_station_by_code("BEACH")
    assert (beach.state, beach.district.code, beach.circles[0].radius_m) == ("draft", "370212", 200)
    assert [one.item.code for one in sorted(beach.services, key=lambda one: one.item.code)] == [
        "drinking_water", "phone_charging",
    ]  # fmt: skip
    db.session.expire_all()
    changed = queries.get_station_by_code("ZHANQIAO")
    assert (changed.id, changed.name_zh, changed.name_en) == (pier.id, "栈桥文明旅游驿站", "Zhanqiao Pier")
    assert {one.item.code: one.note_zh for one in changed.services} == {"umbrella": "三把", "drinking_water": ""}
    finding = next(one for one in done.findings if one["key"] == "ZHANQIAO")
    assert sorted(change[0] for change in finding["changes"]) == ["name_zh", "services"]
    acts = [entry.action for entry in audit.list_of_object("station", "ZHANQIAO")]
    assert acts[0] == "stations.update"
    assert audit.list_of_object("import", str(done.id))[0].after == {
        "subject": "stations", "file_name": "驿站.xlsx", "created": 1, "changed": 1, "left_out": 0,
    }  # fmt: skip


def test_the_same_file_again_changes_nothing_in_any_datum(city: City) -> None:
    place = Point(36.09147, 120.46301)
    for number, datum in enumerate(CoordSys):
        lat, lng = from_wgs84(place, datum)
        given = row(f"BEACH{number}", 坐标系=datum.value, 纬度=lat, 经度=lng)
        assert counts(run(given))["new"] == 1
        circle = queries.get_station_by_code(f"BEACH{number}").circles[0]
        assert distance_m(Point(circle.lat, circle.lng), place) < 0.2
        assert counts(seen(given)) == {"new": 0, "changed": 0, "same": 1, "wrong": 0}
        with pytest.raises(NothingToImport):
            run(given)


@ONE_DATABASE
def test_an_empty_cell_and_an_absent_column_leave_a_station_as_it_is(city: City) -> None:
    pier = city.station(phone="0532-1", circles=[{"lat": 36.06, "lng": 120.31, "radius_m": 100},
                                                 {"lat": 36.061, "lng": 120.31, "radius_m": 120}])  # fmt: skip
    facts = parts.facts(pier)
    run(["ZHANQIAO", "新名字", "", None], heads=("编号", "中文名称", "电话", "坐标系"))
    db.session.expire_all()
    assert parts.facts(queries.get_station_by_code("ZHANQIAO")) == {**facts, "name_zh": "新名字"}
    run(["ZHANQIAO", "wgs84", 200], heads=("编号", "坐标系", "半径"))
    db.session.expire_all()
    circles = parts.facts(queries.get_station_by_code("ZHANQIAO"))["circles"]
    assert [one["radius_m"] for one in circles] == [200, 120]


@ONE_DATABASE
def test_headings_are_known_in_chinese_english_and_as_the_list_exports_them(city: City) -> None:
    heads = ("CODE *", "Chinese name", "English name", "Kind", "District", "纬度 WGS-84", "经度\nLongitude",
             "coordinate  system", "radius (m)", "Services", "更新于", "问题")  # fmt: skip
    found = seen([*BEACH, "x", "y"], heads=heads)
    assert counts(found)["new"] == 1
    assert found.names[-2:] == [None, None]
    with pytest.raises(ColumnsMissing) as refused:
        seen(["x"], heads=("名称",))
    assert "编号、坐标系" in refused.value.sentence("zh-CN")


@ONE_DATABASE
def test_all_or_nothing_and_good_rows_only(city: City) -> None:
    bad = row("BAD", 类型="宫殿")
    with pytest.raises(ImportHasErrors) as refused:
        run(BEACH, bad)
    assert refused.value.facts == {"count": 1}
    assert db.session.query(Station).count() == 0
    done = run(BEACH, bad, good_only=True)
    assert counts(done) == {"new": 1, "changed": 0, "same": 0, "wrong": 1}
    assert [one.code for one in db.session.query(Station)] == ["BEACH"]
    assert [one["number"] for one in done.content["rows"]] == [3]


@ONE_DATABASE
def test_the_error_file_has_the_layout_of_the_file_and_comes_back_corrected(city: City) -> None:
    done = run(BEACH, row("BAD", 类型="宫殿", 中文名称="=1+1"), good_only=True)
    sheet = load_workbook(io.BytesIO(files.error_file(done, "站点"))).active
    assert sheet is not None
    head, wrong = ([cell.value for cell in line] for line in sheet.iter_rows())
    assert head == [*HEADS, "问题"]
    assert wrong[:4] == ["BAD", "=1+1", "Old Stone Man", "宫殿"]
    assert wrong[-1] == "类型：请从列表中选择。"
    wrong[3] = "景点"
    again = reading.read(book(head, wrong))
    assert service.preview(SYSTEM, SUBJECTS["stations"], again, at=clock.now()).count(Step.NEW) == 1


@ONE_DATABASE
def test_a_preview_writes_nothing_and_is_judged_anew_when_it_runs(city: City) -> None:
    waiting = kept(BEACH)
    assert db.session.query(Station).count() == 0
    city.station(code="BEACH", district="370212", name_zh="另一个")
    with unit_of_work():
        done = service.run_import(SYSTEM, waiting.id, good_only=False, at=clock.now())
    assert counts(done)["changed"] == 1
    with pytest.raises(ImportOver), unit_of_work():
        service.run_import(SYSTEM, waiting.id, good_only=False, at=clock.now())


@ONE_DATABASE
def test_a_preview_lives_a_day(city: City) -> None:
    waiting = kept(BEACH)
    later = clock.now() + timedelta(hours=24, seconds=1)
    with pytest.raises(ImportOver), unit_of_work():
        service.run_import(SYSTEM, waiting.id, good_only=False, at=later)
    with unit_of_work():
        service.keep_preview(SYSTEM, SUBJECTS["stations"], seen(BEACH), file_name="b.xlsx", at=later)
    assert [one.file_name for one in db.session.query(Import)] == ["b.xlsx"]


def test_undoing_puts_everything_back(city: City) -> None:
    pier = city.station(services=[{"code": "umbrella", "note_zh": "三把", "note_en": "", "available": False}])
    before = parts.facts(pier)
    done = run(BEACH, row("ZHANQIAO", 区市="市南区", 纬度=36.07, 经度=120.32, 便民服务="饮水"))
    undone = undo(done, timedelta(hours=23))
    assert undone.state == "undone"
    db.session.expire_all()
    assert [one.code for one in db.session.query(Station)] == ["ZHANQIAO"]
    assert parts.facts(queries.get_station_by_code("ZHANQIAO")) == before
    assert db.session.query(StationCredential).filter(StationCredential.station_id != pier.id).count() == 0
    assert audit.list_of_object("station", "BEACH")[0].action == "stations.remove"
    assert counts(run(BEACH))["new"] == 1
    with pytest.raises(ImportOver):
        undo(done)


def test_undoing_is_refused_as_a_whole_once_a_row_was_changed_or_used(city: City, app: Flask) -> None:
    city.station()
    done = run(BEACH, row("OTHER"), row("ZHANQIAO", 区市="市南区"))
    with unit_of_work():
        stations.open_station(SYSTEM, queries.get_station_by_code("OTHER").id, at=clock.now())
        stations.update_station(
            SYSTEM,
            queries.get_station_by_code("ZHANQIAO").id,
            data={"phone": "123456"},
            seen_version=None,
            at=clock.now(),
        )
    with pytest.raises(ImportChangedSince) as refused:
        undo(done)
    assert refused.value.facts == {"keys": "OTHER, ZHANQIAO"}
    assert db.session.query(Station).count() == 3


def test_a_draft_that_somebody_tried_to_visit_is_not_removed(city: City) -> None:
    done = run(BEACH)
    beach = queries.get_station_by_code("BEACH")
    city.visit(beach)
    with pytest.raises(ImportChangedSince):
        undo(done)
    with pytest.raises(DomainError), unit_of_work():
        stations.remove_unused_station(SYSTEM, beach.id, at=clock.now())


@ONE_DATABASE
def test_undoing_ends_after_a_day(city: City) -> None:
    done = run(BEACH)
    with pytest.raises(UndoTooLate):
        undo(done, timedelta(hours=24, seconds=5))


@ONE_DATABASE
def test_a_station_stands_in_one_row_only(city: City) -> None:
    found = seen(BEACH, row("OTHER"), BEACH, row(""), row(""))
    assert [finding.step for finding in found.findings] == [Step.NEW, Step.NEW, Step.WRONG, Step.WRONG, Step.WRONG]
    assert [one.sentence.zh for one in found.findings[2].problems] == ["第 2 行已经有这个编号，一个站点只写一行。"]
    assert [one.sentence.zh for one in found.findings[4].problems] == [rules.CODE_FORM.zh]


@ONE_DATABASE
def test_repairs_are_kept_with_the_preview(city: City) -> None:
    waiting = kept(["ＢＥＡＣＨ ", *BEACH[1:7], "ＷＧＳ-84", "２００", "饮水"])
    assert counts(waiting) == {"new": 1, "changed": 0, "same": 0, "wrong": 0}
    cells = dict(zip(waiting.content["names"], waiting.content["rows"][0]["cells"], strict=True))
    assert cells["code"] == ["BEACH", ["trimmed", "narrowed"], False]
    assert cells["radius_m"] == ["200", ["narrowed"], False]


@ONE_DATABASE
def test_the_template_says_how_to_fill_it_in_and_is_empty_itself(city: City) -> None:
    data = files.template(SUBJECTS["stations"], "站点", {"kind": ["驿站", "景点"]})
    made = load_workbook(io.BytesIO(data))
    assert [sheet.title for sheet in made] == ["站点", "填写说明 Notes"]
    assert made["站点"].max_row == 1
    notes = [[cell.value for cell in line] for line in made["填写说明 Notes"].iter_rows()]
    assert len(notes) == len(SUBJECTS["stations"].columns) + 1
    filled = [column.example for column in SUBJECTS["stations"].columns]
    heads = [str(line[0]) for line in notes[1:]]
    assert counts(seen(filled, heads=heads))["new"] == 1, "the examples of the notes make a station"
    assert reading.read(data).rows == ()
