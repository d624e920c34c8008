"""Rules of volunteers: numbers, ages, states, and what is wrong with what somebody says of themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.volunteers import rules, words
from app.volunteers.rules import Act, Gender, QualificationCode, Standing, VolunteerState

TODAY = date(2026, 11, 25)
FINE: dict[str, Any] = {
    "real_name": "张海鸥",
    "birth_date": date(1990, 5, 1),
    "district": "370202",
    "gender": "female",
    "skills": ["guide"],
    "languages": ["en"],
    "emergency_contact": "李四 13900139000",
}
GUARDIAN = {"guardian_name": "张大海", "guardian_phone": "13900139000", "guardian_consent": True}


def wrong(**changes: Any) -> set[str]:
    return set(rules.problems({**FINE, **changes}, today=TODAY))


# --- numbers


def test_the_check_digit_is_that_of_iso_7064() -> None:
    """The standard's own example of MOD 11,10: 0794 is guarded by 5."""
    assert rules.check_digit("0794") == "5"


@given(st.integers(10_000_000, 99_999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(serial: int, place: int, shift: int) -> None:
    number = rules.volunteer_no(serial)
    damaged = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]

    assert rules.find_volunteer_no(number) == number
    assert rules.find_volunteer_no(damaged) is None


def test_nearly_every_swap_of_two_digits_is_noticed() -> None:
    missed = total = 0
    for serial in range(10_000_000, 10_002_000, 7):
        number = rules.volunteer_no(serial)
        for place in range(8):
            a, b = number[place], number[place + 1]
            if a != b:
                total += 1
                missed += rules.find_volunteer_no(number[:place] + b + a + number[place + 2 :]) is not None
    assert missed / total < 0.05


@pytest.mark.parametrize("shape", ["{}", " {} ", "{0[0]}-{0[1]}", "{wide}"])
def test_a_number_is_found_however_it_is_typed(shape: str) -> None:
    number = rules.volunteer_no(12_345_678)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    text = f"{number[:4]}-{number[4:]}" if "[" in shape else shape.format(number, wide=wide)

    assert rules.find_volunteer_no(text) == number


@pytest.mark.parametrize("text", ["", "12345678", "1234567890", "13800138000", "张海鸥", "١٢٣٤٥٦٧٨٩"])
def test_what_cannot_be_a_number_is_none(text: str) -> None:
    assert rules.find_volunteer_no(text) is None


# --- ages


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2012, 11, 25), date(2026, 11, 24), 13),
        (date(2012, 11, 25), date(2026, 11, 25), 14),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2026, 11, 25), date(2026, 11, 25), 0),
    ],
)
def test_age_is_counted_in_full_years_on_the_birthday(born: date, day: date, age: int) -> None:
    assert rules.age_on(born, day) == age


@pytest.mark.parametrize(("born", "needs"), [(date(2012, 11, 26), True), (date(2012, 11, 25), False)])
def test_a_guardian_is_needed_until_the_fourteenth_birthday(born: date, needs: bool) -> None:
    assert rules.needs_guardian(born, TODAY) is needs


@pytest.mark.parametrize(
    ("born", "guardian", "archived", "state"),
    [
        (date(2008, 11, 25), False, False, "active"),
        (date(2008, 11, 26), False, False, "pending"),
        (date(1990, 1, 1), True, False, "pending"),
        (date(1990, 1, 1), False, True, "pending"),
        (date(2015, 1, 1), True, False, "pending"),
    ],
)
def test_adults_join_at_once_and_the_others_are_looked_at(
    born: date, guardian: bool, archived: bool, state: str
) -> None:
    found = rules.state_when_joining(born, has_guardian=guardian, was_archived=archived, day=TODAY)
    assert found == state


@pytest.mark.parametrize(
    ("state", "born", "after"),
    [
        ("active", date(2010, 1, 1), "pending"),
        ("active", date(1990, 1, 1), "active"),
        ("pending", date(1990, 1, 1), "pending"),
        ("suspended", date(1990, 1, 1), "suspended"),
    ],
)
def test_no_change_of_ones_own_data_lifts_what_staff_decide(state: str, born: date, after: str) -> None:
    assert rules.state_after_change(state, born, has_guardian=False, day=TODAY) == after


# --- acts of staff


def test_each_act_leads_where_it_says_and_from_nowhere_else() -> None:
    open_to = {act: {state for state in VolunteerState if rules.is_open_to(act, state)} for act in Act}
    assert open_to == {
        Act.APPROVE: {"pending"},
        Act.SUSPEND: {"active"},
        Act.RESUME: {"suspended"},
        Act.ARCHIVE: {"invited", "pending", "active", "suspended"},
    }


def test_a_qualification_counts_on_its_last_day_and_not_after() -> None:
    standing = Standing(1, "active", date(1990, 1, 1), False, {"first_aid": TODAY, "guide": None})

    assert standing.is_qualified("first_aid", TODAY)
    assert not standing.is_qualified("first_aid", date(2026, 11, 26))
    assert standing.is_qualified("guide", date(2099, 1, 1))
    assert not standing.is_qualified("english", TODAY)


# --- names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张海鸥", "张 海鸥"),
        ("买买提·艾力", "买买提•艾力"),
        ("ＪＯＨＮ Smith", "john smith"),
        ("阿卜杜·拉", "阿卜杜拉"),
    ],
)
def test_a_name_is_one_however_it_is_typed(one: str, other: str) -> None:
    assert rules.normalised_name(one) == rules.normalised_name(other)


def test_different_names_stay_different() -> None:
    assert rules.normalised_name("张海鸥") != rules.normalised_name("张海欧")


@pytest.mark.parametrize(("name", "shown"), [("张海鸥", "张*"), ("欧阳修", "欧*"), ("John Smith", "J*")])
def test_a_masked_name_shows_its_first_character_alone(name: str, shown: str) -> None:
    assert rules.mask_name(name) == shown


# --- what is wrong


def test_nothing_is_wrong_with_what_is_fine() -> None:
    assert wrong() == set()
    assert wrong(**GUARDIAN) == set()


@pytest.mark.parametrize("name", ["王芳", "买买提·艾力", "John Smith", "Jean-Luc O’Neil", "Мария Иванова", "𠮷田"])
def test_a_real_name_may_be_any_persons(name: str) -> None:
    assert wrong(real_name=name) == set()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("real_name", ""),
        ("real_name", None),
        ("real_name", "张"),
        ("real_name", "张三13800138000"),
        ("real_name", "=1+1"),
        ("real_name", "王" * 41),
        ("real_name", "张\x00三"),
        ("birth_date", None),
        ("birth_date", date(2026, 11, 26)),
        ("birth_date", date(1899, 12, 31)),
        ("district", None),
        ("gender", "other-word"),
        ("skills", ["juggling"]),
        ("languages", ["xx"]),
        ("emergency_contact", "x" * 61),
        ("emergency_contact", "a\nb"),
        ("phone", ""),
        ("phone", "0532-8888 8888"),
        ("guardian_phone", "12345"),
    ],
)
def test_each_field_is_judged(field: str, value: Any) -> None:
    assert field in wrong(**{field: value})


def test_who_is_born_today_or_in_1900_is_within_bounds() -> None:
    assert wrong(birth_date=TODAY) == set()
    assert wrong(birth_date=date(1900, 1, 1)) == set()


def test_only_what_is_given_is_judged() -> None:
    assert rules.problems({"skills": []}, today=TODAY) == {}


@pytest.mark.parametrize(
    ("lacking", "field"),
    [
        ({"guardian_name": None}, "guardian_name"),
        ({"guardian_phone": None}, "guardian_phone"),
        ({"guardian_consent": False}, "guardian_consent"),
        ({"guardian_consent": "yes"}, "guardian_consent"),
    ],
)
def test_a_guardian_is_given_whole_and_has_agreed(lacking: dict[str, Any], field: str) -> None:
    assert wrong(**{**GUARDIAN, **lacking}) == {field}


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"code": "first_aid", "valid_until": TODAY}, set()),
        ({"code": "first_aid", "valid_until": None}, set()),
        ({"code": "first_aid", "valid_until": date(2026, 11, 24)}, {"valid_until"}),
        ({"code": "juggling", "valid_until": None}, {"code"}),
    ],
)
def test_a_qualification_is_of_the_catalogue_and_not_over(data: dict[str, Any], fields: set[str]) -> None:
    assert set(rules.qualification_problems(data, today=TODAY)) == fields


def test_every_code_has_its_words() -> None:
    assert set(words.STATES) == set(VolunteerState)
    assert set(words.GENDERS) == set(Gender)
    assert set(words.SKILLS) == set(rules.SKILLS)
    assert set(rules.QUALIFICATION_NAMES) == set(QualificationCode)
