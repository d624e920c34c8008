"""A unit's list as it is pasted: a name and a phone on each line, in whatever order and form. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from app.core.errors import DomainError, Text
from app.people.rules import normalise_phone
from app.volunteers import rules
from app.volunteers.tidying import tidy_name

LINES_MAX = 50
"""People of one list; each is a unit of work of its own."""
LINE_CHARS_MAX = 200
TWICE = Text("第 {number} 行已经有这个手机号。", "Line {number} has this phone already.")
_NUMBERED = re.compile(r"^[（(]?\d{1,3}[.、)）:：]\s*|^\d{1,2}\s+(?=\D|1[3-9]\d|\+|0086)")
_LABELS = re.compile(
    r"(真实|志愿者)?姓\s*名|(联系|移动)?电话(号码)?|(联系)?手机号?码?|序号|name|phone|mobile", re.IGNORECASE
)
_NUMBER = re.compile(r"\+?\d[\d\s()\-\u2010-\u2015.]{5,}\d")
_BETWEEN = " \t,，;；、:：|/()（）-—'\"“”"


class Listed(NamedTuple):
    """One line of a list. number: from 1, as pasted; problem: why nobody can be asked by it."""

    number: int
    text: str
    name: str = ""
    phone: str = ""
    problem: Text | None = None


class ListTooLong(DomainError):
    code = "unit.list_too_long"
    text = Text(
        "一次最多 {most} 人，这里有 {count} 行。请分几次粘贴。",
        "At most {most} people at once; here are {count} lines. Please paste them in parts.",
    )


class ListEmpty(DomainError):
    code = "unit.list_empty"
    text = Text(
        "这里没有姓名和手机号。请每行写一位，例如：示例张三 13800138000。",
        "There are no names and phones here. Please write one person a line, e.g. Li Ming 13800138000.",
    )


def read_list(pasted: str) -> list[Listed]:
    """Return the lines that hold something; headings are passed over. Raises: ListTooLong, ListEmpty."""
    found: list[Listed] = []
    first: dict[str, int] = {}
    for number, line in enumerate(pasted.splitlines(), start=1):
        listed = _read(number, line.strip()[:LINE_CHARS_MAX])
        if listed is None:
            continue
        if listed.problem is None and first.setdefault(listed.phone, number) != number:
            listed = listed._replace(problem=TWICE.fill(number=first[listed.phone]))
        found.append(listed)
    if not found:
        raise ListEmpty
    if len(found) > LINES_MAX:
        raise ListTooLong(most=LINES_MAX, count=len(found))
    return found


def _read(number: int, text: str) -> Listed | None:
    plain = _LABELS.sub(" ", _NUMBERED.sub("", unicodedata.normalize("NFKC", text).strip()))
    written = _NUMBER.search(plain)
    typed = written[0] if written else ""
    name = tidy_name(plain.replace(typed, " ", 1).strip(_BETWEEN) if typed else plain.strip(_BETWEEN))
    if not name and not typed:
        return None
    phone = normalise_phone(typed) or ""
    if not phone:
        return Listed(number, text, name, problem=rules.PHONE_FORM)
    wrong = rules.name_problem(name)
    return Listed(number, text, name, phone, wrong)
