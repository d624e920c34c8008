"""Lists of names and phones as units send them."""

from __future__ import annotations

import pytest

from app.events.pasting import LINES_MAX, TWICE, ListEmpty, ListTooLong, read_list
from app.volunteers import rules


@pytest.mark.parametrize(
    "line",
    [
        "张海鸥 13800138000",
        "13800138000 张海鸥",
        "张海鸥\t13800138000",
        "张海鸥，138-0013-8000",
        "张　海鸥、+86 138 0013 8000",
        "1. 张海鸥 13800138000",
        "（12）张海鸥 13800138000",
        "3 13800138000 张海鸥",
        "姓名：张海鸥 手机：１３８００１３８０００",
        "张海鸥13800138000",
        "  张海鸥 | 13800138000  ",
        "张海鸥;0086 13800138000",
    ],
)
def test_name_and_phone_are_found_however_they_stand(line: str) -> None:
    (listed,) = read_list(line)
    assert (listed.name, listed.phone, listed.problem, listed.text) == ("张海鸥", "13800138000", None, line.strip())


def test_headings_and_empty_lines_are_passed_over_and_lines_keep_their_number() -> None:
    found = read_list("序号 姓名 手机号\n\n张海鸥 13800138000\n\n王一 13800138001\n")
    assert [(one.number, one.name) for one in found] == [(3, "张海鸥"), (5, "王一")]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("张海鸥", rules.PHONE_FORM),
        ("张海鸥 1380013800", rules.PHONE_FORM),
        ("张海鸥 0532-82888888", rules.PHONE_FORM),
        ("张海鸥 13800138000 13800138001", rules.PHONE_FORM),
        ("张 13800138000", rules.NAME_FORM),
    ],
)
def test_a_line_that_names_nobody_says_why_and_keeps_its_words(line: str, problem: object) -> None:
    (listed,) = read_list(line)
    assert (listed.problem, listed.text) == (problem, line)


def test_a_phone_twice_is_told_at_the_second() -> None:
    found = read_list("张海鸥 13800138000\n王一 138 0013 8000")
    assert [one.problem for one in found] == [None, TWICE.fill(number=1)]


@pytest.mark.parametrize("pasted", ["", " \n\t\n", "姓名 手机号"])
def test_nothing_is_refused(pasted: str) -> None:
    with pytest.raises(ListEmpty):
        read_list(pasted)


def test_too_many_are_refused_as_a_whole() -> None:
    with pytest.raises(ListTooLong):
        read_list("\n".join(f"示例张三 138{n:08d}" for n in range(LINES_MAX + 1)))
