"""The holiday and work calendar (调休) as people write it: one day judged, a pasted year read. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from app.core.errors import Text
from app.stations.opening import DayKind
from app.stations.rules import UNKNOWN_CHOICE, text_problem

NAME_CHARS = {"zh": 30, "en": 60}
LINES_MAX = 400
PASTE_CHARS = 40_000
YEARS = range(2000, 2100)

DAY_FORM = Text("请填写日期，例如 2027-01-01。", "Give a date, e.g. 2027-01-01.")
DAY_TAKEN = Text("这一天已经在日历里了。", "This day is in the calendar already.")
DAY_TWICE = Text("这一天在上面已经写过了。", "This day stands further up already.")
STANDS_FOR = Text(
    "调休上班日要写明替周几上班；放假日不写。",
    "A make-up working day names the weekday it stands in for; a holiday names none.",
)
NO_LINES = Text("请先粘贴几行。", "Paste some lines first.")
TOO_MANY_LINES = Text("一次最多 400 行。", "At most 400 lines at a time.")
LINES_WRONG = Text("有 {n} 行需要修改，还没有保存。", "{n} lines need a change; nothing was saved.")

_KINDS = {
    DayKind.HOLIDAY: Text("休 放假 假日 节假日", "holiday off"),
    DayKind.WORKDAY: Text("班 上班 补班 调休上班", "workday work"),
}
_WEEKDAYS = Text("一二三四五六日天", "mon tue wed thu fri sat sun")
_WIDE_COMMA = chr(0xFF0C)
_DATE = re.compile(r"(\d{4})\D(\d{1,2})\D(\d{1,2})\D?")


class PastedDay(NamedTuple):
    """One pasted line: its number, its text, the day it means, and what is wrong with it by field."""

    number: int
    text: str
    data: dict[str, Any]
    problems: dict[str, list[Text]]


def day_problems(data: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what is wrong with a day of the calendar. data: on_date, kind, name_zh, name_en, stands_for."""
    found: dict[str, list[Text]] = {}
    on_date, kind, stands_for = data.get("on_date"), data.get("kind"), data.get("stands_for")
    if not isinstance(on_date, date) or on_date.year not in YEARS:
        found["on_date"] = [DAY_FORM]
    if kind not in list(DayKind):
        found["kind"] = [UNKNOWN_CHOICE]
    for language, limit in NAME_CHARS.items():
        problem = text_problem(data.get(f"name_{language}"), limit, required=True)
        if problem is not None:
            found[f"name_{language}"] = [problem]
    if "kind" not in found and (kind == DayKind.WORKDAY) != (stands_for in range(7)):
        found["stands_for"] = [STANDS_FOR]
    return found


def read_paste(text: str) -> Iterator[PastedDay]:
    """Read pasted lines: date, kind, name, English name and, for a working day, the weekday it stands in for.

    Commas (also full-width) or tabs part the cells, as CSV files and spreadsheets give them; a line of titles is passed over.
    """
    seen: set[date] = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or (number == 1 and not re.search(r"\d", line)):
            continue
        data = _day_of(line.lstrip("\ufeff"))
        problems = day_problems(data)
        if "on_date" not in problems:
            if data["on_date"] in seen:
                problems["on_date"] = [DAY_TWICE]
            seen.add(data["on_date"])
        yield PastedDay(number, line.strip(), data, problems)


def _day_of(line: str) -> dict[str, Any]:
    tabbed = "\t" in line
    cells = next(
        csv.reader([line if tabbed else line.replace(_WIDE_COMMA, ",")], delimiter="\t" if tabbed else ","), []
    )
    on_date, kind, name_zh, name_en, stands_for = [*(cell.strip() for cell in cells), *("",) * 5][:5]
    return {
        "on_date": _date_of(on_date),
        "kind": next((one.value for one, words in _KINDS.items() if kind.casefold() in " ".join(words).split()), kind),
        "name_zh": name_zh,
        "name_en": name_en,
        "stands_for": _weekday_of(stands_for),
    }


def _date_of(cell: str) -> date | None:
    found = _DATE.fullmatch(cell)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _weekday_of(cell: str) -> int | str | None:
    """Return the weekday of 周五, 星期五, 五 or Fri; None for an empty cell, and what is none of them stays text."""
    if not cell:
        return None
    if len(cell) <= 3 and cell[-1] in _WEEKDAYS.zh:
        return min(_WEEKDAYS.zh.index(cell[-1]), 6)
    english = _WEEKDAYS.en.split()
    return english.index(cell[:3].casefold()) if cell[:3].casefold() in english else cell
