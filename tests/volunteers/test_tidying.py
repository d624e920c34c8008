"""What Excel does to phones and days is put right where nothing is lost, and left alone where something is."""

from __future__ import annotations

import pytest

from app.volunteers.tidying import is_cut, tidy_day, tidy_name, tidy_phone


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("13800138000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("'13800138000", "13800138000"),
        ("13800138000.0", "13800138000"),
        ("1.3800138000E+10", "13800138000"),
        ("1.38E+10", "1.38E+10"),
        ("0532-82888888", "0532-82888888"),
        ("138001380001", "138001380001"),
        ("", ""),
    ],
)
def test_phones(typed: str, tidied: str) -> None:
    assert tidy_phone(typed) == tidied


@pytest.mark.parametrize(
    ("typed", "cut"), [("1.38E+10", True), ("1.380014E+10", True), ("1.3800138000E+10", False), ("13800138000", False)]
)
def test_a_number_whose_digits_are_lost_is_known(typed: str, cut: bool) -> None:
    assert is_cut(typed) is cut


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("1990-05-01", "1990-05-01"),
        ("1990/5/1", "1990-05-01"),
        ("1990.5.1", "1990-05-01"),
        ("1990年5月1日", "1990-05-01"),
        ("1990 年 5 月 1 号", "1990-05-01"),
        ("19900501", "1990-05-01"),
        ("1990-05-01 00:00", "1990-05-01"),
        ("32994", "1990-05-01"),
        ("32994.0", "1990-05-01"),
        ("1990-02-30", "1990-02-30"),
        ("1990", "1990"),
        ("5/1/1990", "5/1/1990"),
        ("37020219900501001X", "37020219900501001X"),
        ("90年5月", "90年5月"),
    ],
)
def test_days(typed: str, tidied: str) -> None:
    assert tidy_day(typed) == tidied


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [("张　三", "张三"), ("欧阳 海 鸥", "欧阳海鸥"), ("Anna   Li", "Anna Li"), ("阿依古丽·买买提", "阿依古丽·买买提")],
)
def test_names(typed: str, tidied: str) -> None:
    assert tidy_name(typed) == tidied
