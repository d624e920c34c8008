"""I8 and Excel's habits: hostile files are refused in a sentence, quickly; repairs are told."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from app.sheets import errors
from app.sheets.errors import SheetRefused
from app.sheets.reading import Cell, Repair, read
from tests.house.source import CHINESE, ROOT
from tests.sheets.books import ORDINARY, SHEET, book, hostile, sheet_of, with_part

DUE = {
    "bomb": errors.TOO_LARGE, "bomb in the styles": errors.TOO_LARGE, "1,048,576 rows": errors.TOO_LARGE,
    "rows far apart": errors.TOO_MANY_ROWS, "501 rows": errors.TOO_MANY_ROWS, "16,384 columns": errors.TOO_MANY_COLUMNS, "entity": errors.ENTITIES,
    "1,048,576 empty rows": errors.TOO_LARGE, "entity in UTF-16": errors.ENTITIES, "formula": errors.FORMULA,
    "array formula": errors.FORMULA, "formula with a stored value": errors.FORMULA, "macro": errors.MACROS,
    "Excel 4 macro": errors.MACROS, "old xls": errors.NOT_XLSX, "csv": errors.NOT_XLSX, "nothing": errors.NOT_XLSX,
    "PK and noise": errors.BROKEN, "a zip that is no workbook": errors.NOT_XLSX, "cut off": errors.BROKEN,
    "broken XML": errors.BROKEN, "many parts": errors.TOO_LARGE, "empty": errors.EMPTY, "too large": errors.TOO_LARGE,
}  # fmt: skip
MEMORY = """
import resource, sys
from app.sheets.reading import read
from app.sheets.errors import SheetRefused
from tests.sheets.books import ORDINARY
read(ORDINARY)
def peak():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1])
before = peak()
for path in sys.argv[1:]:
    try:
        read(open(path, "rb").read())
    except SheetRefused:
        pass
print((peak() - before) // 1024)
"""


def test_hostile_files_are_refused_in_a_sentence_within_three_seconds_and_200_mb(tmp_path: Path) -> None:
    files = hostile()
    assert set(files) == set(DUE)
    for name, data in files.items():
        began = time.monotonic()
        with pytest.raises(SheetRefused) as refused:
            read(data)
        assert time.monotonic() - began < 3, name
        said = refused.value.sentence("zh-CN")
        pattern = DUE[name].zh
        assert pattern.partition("{")[0] in said, (name, said)
        assert CHINESE.search(said), name
        assert said.endswith("。"), name
        (tmp_path / f"{len(list(tmp_path.iterdir()))}.xlsx").write_bytes(data)
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    run = subprocess.run([sys.executable, "-c", MEMORY, *paths], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(run.stdout) < 200


def test_a_formula_is_named_by_its_cell() -> None:
    with pytest.raises(SheetRefused) as refused:
        read(book(["a", "b"], ["x", "y"], ["x", "=B2"], formulas=True))
    assert "B3 是公式" in refused.value.sentence("zh-CN")


def test_a_sheet_that_lies_about_its_size_is_read_as_it_is() -> None:
    lying = sheet_of("").replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>').replace(
        b"</sheetData>", b"<row r='1'><c t='inlineStr'><is><t>code</t></is></c></row></sheetData>"
    )  # fmt: skip
    assert read(with_part(ORDINARY, SHEET, lying)).heads == ("code",)


NATIONAL_DAY = datetime(2026, 10, 1)  # noqa: DTZ001 -- Excel knows no zones


def test_excels_habits_are_put_right_and_told() -> None:
    grid = read(book(
        ["编号 ", "电话", "日期"],
        ["  ZHAN　", 5328288.0, NATIONAL_DAY],
        [" \u200bA\u00a0", 36.06157, NATIONAL_DAY.replace(hour=9, minute=30)],
        [None, True, None],
        [None, None, None],
        ["last", "=", ""],
    ))  # fmt: skip
    assert grid.heads == ("编号", "电话", "日期")
    assert [row.number for row in grid.rows] == [2, 3, 4, 6]
    assert grid.rows[0].cells == (
        Cell("ZHAN", (Repair.TRIMMED,)), Cell("5328288", (Repair.NUMBER,)), Cell("2026-10-01", (Repair.DATE,)),
    )  # fmt: skip
    assert [cell.text for cell in grid.rows[1].cells] == ["A", "36.06157", "2026-10-01 09:30"]
    assert grid.rows[2].cells == (Cell(""), Cell("TRUE", (Repair.NUMBER,)))
    assert grid.rows[3].cells[:2] == (Cell("last"), Cell("="))


def test_an_error_of_excels_is_no_text() -> None:
    bad = with_part(ORDINARY, SHEET, sheet_of('<row r="1"><c t="inlineStr"><is><t>a</t></is></c></row>'
                                              '<row r="2"><c t="e"><v>#N/A</v></c></row>'))  # fmt: skip
    assert read(bad).rows[0].cells == (Cell("#N/A", is_error=True),)
