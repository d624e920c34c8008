"""The two files that an import hands out: the template with its notes, and the rows that were left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from app.imports import queries
from app.imports.models import Import
from app.imports.rules import PROBLEM_HEAD, Column
from app.imports.subject import Subject
from app.sheets.reading import ROWS_MAX
from app.sheets.writing import HEAD_FILL, HEAD_FONT, WRAPPED, WRONG_FILL, as_text, saved, sheet_title

NOTES_TITLES = ("列名", "Column", "必填 Required", "填写说明", "How to fill it in", "示例 Example")
_NOTES_WIDTHS = (16, 22, 14, 56, 56, 30)
_LIST_CHARS_MAX = 255
"""What a drop-down list written into the file may hold. Source: Excel specifications and limits."""


def template(subject: Subject, title: str, choices: Mapping[str, Sequence[str]]) -> bytes:
    """Return the file to fill in: headings and drop-down lists; notes and an example on the second sheet.

    choices: the words to choose from, by column name.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = sheet_title(title)
    _heads(sheet, [column.title.zh for column in subject.columns])
    for number, column in enumerate(subject.columns, start=1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].number_format = "@"
        joined = '"' + ",".join(choices.get(column.name, ())) + '"'
        if 2 < len(joined) <= _LIST_CHARS_MAX:
            offered = DataValidation(type="list", formula1=joined, allow_blank=True, showErrorMessage=False)
            offered.add(f"{letter}2:{letter}{ROWS_MAX + 1}")
            sheet.add_data_validation(offered)
    _notes(book, subject.columns)
    return saved(book)


def error_file(one: Import, title: str) -> bytes:
    """Return the rows that were left out, in the layout of the file they came in, with what to put right beside them."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = sheet_title(title)
    heads, names = one.content["heads"], one.content["names"]
    kept = [n for n, head in enumerate(heads) if head != PROBLEM_HEAD.zh]
    _heads(sheet, [*(heads[n] for n in kept), PROBLEM_HEAD.zh])
    problems = {finding["number"]: finding["problems"] for finding in one.findings}
    titles = {name: head for head, name in zip(heads, names, strict=True) if name}
    line = 1
    for row in queries.kept_rows(one):
        said = problems.get(row["number"], [])
        if not said:
            continue
        line += 1
        wrong = {column for column, *_ in said}
        for place, n in enumerate(kept, start=1):
            cell = as_text(sheet.cell(line, place), row["cells"][n][0])
            cell.alignment = WRAPPED
            if names[n] in wrong:
                cell.fill = WRONG_FILL
        told = "\n".join(f"{titles.get(column, column)}：{zh}" for column, zh, _ in said)
        cell = as_text(sheet.cell(line, len(kept) + 1), told)
        cell.alignment, cell.fill = WRAPPED, WRONG_FILL
    sheet.column_dimensions[get_column_letter(len(kept) + 1)].width = 60
    return saved(book)


def _heads(sheet: Any, titles: Sequence[str]) -> None:
    for number, words in enumerate(titles, start=1):
        cell = as_text(sheet.cell(1, number), words)
        cell.font, cell.fill = HEAD_FONT, HEAD_FILL
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(words) * 2 + 6)
    sheet.freeze_panes = "B2"


def _notes(book: Workbook, columns: Sequence[Column]) -> None:
    sheet = book.create_sheet("填写说明 Notes")
    _heads(sheet, NOTES_TITLES)
    for number, width in enumerate(_NOTES_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for line, column in enumerate(columns, start=2):
        needed = "是 Yes" if column.needed else ""
        said = (column.title.zh, column.title.en, needed, column.note.zh, column.note.en, column.example)
        for number, words in enumerate(said, start=1):
            cell = as_text(sheet.cell(line, number), words)
            cell.alignment = WRAPPED
        sheet.cell(line, 1).font = Font(bold=True)
