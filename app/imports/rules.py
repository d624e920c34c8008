"""What an import goes through, how headings find their columns, and how long it can be run and undone. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.core.errors import Text
from app.sheets.reading import Cell, Repair

PREVIEW_LIFE = timedelta(hours=24)
UNDO_WINDOW = timedelta(hours=24)
PRIVATE_KEPT = PREVIEW_LIFE + UNDO_WINDOW
"""How long the sealed rows of a file about people stay: until nobody can run or undo it any more."""
PROBLEM_HEAD = Text("问题", "Problems")
"""The heading of the last column of an error file; it is passed over when the corrected file comes back."""
EXCEL_ERROR = Text(
    "这一格是 Excel 的错误值，请改成正确的内容。", "This cell holds an error of Excel's. Please put it right."
)


class Subjects(StrEnum):
    """What can be imported."""

    STATIONS = "stations"
    VOLUNTEERS = "volunteers"


class ImportState(StrEnum):
    PREVIEWED = "previewed"
    DONE = "done"
    UNDONE = "undone"


class Step(StrEnum):
    """What would come of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


class Column(NamedTuple):
    """A column of an import. needed: no row can do without it; narrow: full-width letters and digits are repaired.

    tidy: brings what people write into the one way it is written, and leaves what it does not understand.
    """

    name: str
    title: Text
    note: Text
    example: str
    aliases: tuple[str, ...] = ()
    needed: bool = False
    narrow: bool = False
    tidy: Callable[[str], str] | None = None


class Given(NamedTuple):
    """One row of a file, cells by column name; a column that the file has not got is absent."""

    number: int
    cells: dict[str, Cell]

    def text(self, name: str) -> str:
        """Return what stands in a cell; empty for one that is absent or an error."""
        cell = self.cells.get(name)
        return "" if cell is None or cell.is_error else cell.text


def named(column: Column, cell: Cell) -> Cell:
    """Return a cell as its column takes it: codes and numbers in half width, in one spelling, every repair told."""
    if not column.narrow:
        return cell
    text = unicodedata.normalize("NFKC", cell.text)
    told = tuple(one for one in cell.repairs if one is not Repair.NUMBER)
    if text != cell.text:
        told = (*told, Repair.NARROWED)
    tidied = column.tidy(text) if column.tidy and not cell.is_error else text
    return cell._replace(text=tidied, repairs=told if tidied == text else (*told, Repair.REWRITTEN))


def columns_of(heads: Sequence[str], columns: Sequence[Column]) -> list[str | None]:
    """Return which column each heading means, None for none; the first of two equal ones counts."""
    known: dict[str, str] = {}
    for column in columns:
        for words in (column.name, *column.title, *column.aliases):
            known.setdefault(_plain(words), column.name)
    found: list[str | None] = []
    for head in heads:
        name = next((known[_plain(line)] for line in (head, *head.split("\n")) if _plain(line) in known), None)
        found.append(None if name in found else name)
    return found


def missing(found: Sequence[str | None], columns: Sequence[Column]) -> list[Column]:
    """Return the columns that no row can do without and the file has not got."""
    return [column for column in columns if column.needed and column.name not in found]


def may_still(at: datetime, *, since: datetime, window: timedelta) -> bool:
    """Whether a window that opened at an instant is still open."""
    return at - since <= window


def _plain(words: str) -> str:
    """Return a heading without what people vary: case, width, spaces, stars, marks and brackets."""
    return re.sub(r"[\s*＊:：_\-/()（）【】\[\]]", "", unicodedata.normalize("NFKC", words)).lower()
