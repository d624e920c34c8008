"""What an event, a position and a shift may be, and what a week's pattern means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.core.clock import city_time
from app.events import drafting, weekly
from app.events.weekly import Fate

AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # a Wednesday, ten in the city
EVENT: dict[str, Any] = {
    "title_zh": "栈桥文明引导",
    "title_en": "Guiding at the pier",
    "category": "guidance",
    "district_id": 1,
    "organisation_id": None,
    "station_id": 7,
    "place_zh": "",
    "place_en": "",
    "summary_zh": "为游客指路",
    "summary_en": "Show visitors the way",
    "description_zh": "",
    "description_en": "",
    "requirements_zh": "年满 16 岁",
    "requirements_en": "16 or older",
    "risk_note_zh": "海边风大",
    "risk_note_en": "Strong wind at the sea",
    "no_particular_risk": False,
    "insurance_note": None,
    "contact": "驿站 0532-0000",
    "hour_rule_zh": None,
    "hour_rule_en": None,
}


def test_an_event_that_nothing_is_wrong_with_passes() -> None:
    assert drafting.problems(EVENT) == {}
    assert drafting.gaps(EVENT, positions=1, shifts_ahead=1) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title_zh", ""),
        ("title_zh", "鸥" * 61),
        ("title_en", ""),
        ("title_en", "x\x07"),
        ("summary_zh", "短" * 201),
        ("summary_en", "one\ntwo"),
        ("description_zh", "长" * 2001),
        ("contact", "1" * 101),
        ("category", "party"),
        ("category", None),
        ("district_id", None),
        ("district_id", "370202"),
        ("station_id", "ZHANQIAO"),
        ("organisation_id", "1"),
    ],
)
def test_even_a_draft_is_refused_what_nobody_could_read(field: str, value: Any) -> None:
    assert set(drafting.problems(EVENT | {field: value})) == {field}


def test_a_draft_may_be_thin() -> None:
    thin = EVENT | dict.fromkeys(("summary_zh", "requirements_zh", "risk_note_zh", "contact"), "")
    assert drafting.problems(thin | {"station_id": None}) == {}


def test_a_risk_is_named_or_there_is_none_but_not_both() -> None:
    assert drafting.problems(EVENT | {"no_particular_risk": True}) == {"no_particular_risk": [drafting.RISK_BOTH_WAYS]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"summary_zh": ""}, "summary_zh"),
        ({"summary_en": ""}, "summary_en"),
        ({"requirements_zh": "", "requirements_en": ""}, "requirements_zh"),
        ({"contact": ""}, "contact"),
        ({"station_id": None}, "place_zh"),
        ({"risk_note_zh": "", "risk_note_en": ""}, "risk_note_zh"),
        ({"risk_note_en": ""}, "risk_note_en"),
        ({"requirements_en": ""}, "requirements_en"),
        ({"description_zh": "只有中文"}, "description_en"),
        ({"hour_rule_en": "English only"}, "hour_rule_zh"),
        ({"place_zh": "回澜阁前"}, "place_en"),
    ],
)
def test_nothing_is_shown_to_people_without_what_they_must_be_told(change: dict[str, Any], field: str) -> None:
    assert set(drafting.gaps(EVENT | change, positions=1, shifts_ahead=1)) == {field}


def test_no_particular_risk_has_to_be_said() -> None:
    quiet = EVENT | {"risk_note_zh": "", "risk_note_en": ""}
    assert set(drafting.gaps(quiet, positions=1, shifts_ahead=1)) == {"risk_note_zh"}
    assert drafting.gaps(quiet | {"no_particular_risk": True}, positions=1, shifts_ahead=1) == {}


def test_an_event_without_a_position_or_a_shift_ahead_is_not_shown() -> None:
    assert set(drafting.gaps(EVENT, positions=0, shifts_ahead=0)) == {"positions"}
    assert set(drafting.gaps(EVENT, positions=1, shifts_ahead=0)) == {"shifts"}


POSITION: dict[str, Any] = {
    "title_zh": "引导员",
    "title_en": "Guide",
    "requirements_zh": "",
    "requirements_en": "",
    "qualifications": ["english"],
    "min_age": 16,
    "approval": "instant",
}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title_zh", ""),
        ("title_en", ""),
        ("title_zh", "员" * 61),
        ("qualifications", ["flying"]),
        ("min_age", 0),
        ("min_age", 100),
        ("min_age", "16"),
        ("min_age", True),
        ("approval", "lottery"),
        ("approval", None),
    ],
)
def test_a_position_is_judged_field_by_field(field: str, value: Any) -> None:
    assert drafting.position_problems(POSITION, ["english"]) == {}
    assert set(drafting.position_problems(POSITION | {field: value}, ["english"])) == {field}


def test_what_a_position_asks_is_said_in_both_languages_or_not_at_all() -> None:
    found = drafting.position_problems(POSITION | {"requirements_zh": "会英语"}, ["english"])
    assert found == {"requirements_en": [drafting.BOTH_LANGUAGES]}


HOUR = timedelta(hours=1)
SHIFT: dict[str, Any] = {"starts_at": AT + HOUR, "ends_at": AT + 4 * HOUR, "capacity": 10, "min_cover": 2}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"starts_at": AT}, {"starts_at"}),
        ({"starts_at": None}, {"starts_at"}),
        ({"ends_at": None}, {"ends_at"}),
        ({"ends_at": AT + HOUR}, {"ends_at"}),
        ({"ends_at": AT}, {"ends_at"}),
        ({"ends_at": AT + 25 * HOUR + timedelta(seconds=1)}, {"ends_at"}),
        ({"ends_at": AT + 26 * HOUR}, {"ends_at"}),
        ({"starts_at": AT + timedelta(days=367), "ends_at": AT + timedelta(days=367, hours=1)}, {"starts_at"}),
        ({"capacity": 0}, {"capacity"}),
        ({"capacity": 5001}, {"capacity"}),
        ({"capacity": 1.5}, {"capacity"}),
        ({"capacity": "10"}, {"capacity"}),
        ({"capacity": None}, {"capacity"}),
        ({"min_cover": 11}, {"min_cover"}),
        ({"min_cover": -1}, {"min_cover"}),
        ({"min_cover": None}, {"min_cover"}),
    ],
)
def test_a_shift_is_judged_field_by_field(change: dict[str, Any], fields: set[str]) -> None:
    assert drafting.shift_problems(SHIFT, AT) == {}
    assert set(drafting.shift_problems(SHIFT | change, AT)) == fields


def test_a_shift_of_a_whole_day_is_the_longest() -> None:
    assert drafting.shift_problems(SHIFT | {"ends_at": AT + 25 * HOUR}, AT) == {}


def test_a_cancellation_says_why_in_both_languages() -> None:
    assert drafting.cancel_problems({"reason_zh": "大风", "reason_en": "Strong wind"}) == {}
    assert set(drafting.cancel_problems({"reason_zh": "大风", "reason_en": ""})) == {"reason_en"}
    assert set(drafting.cancel_problems({})) == {"reason_zh", "reason_en"}


# --- a week's pattern --------------------------------------------------------------------------------

PATTERN: dict[str, Any] = {
    "weekdays": [5, 6],
    "starts_min": 9 * 60,
    "ends_min": 12 * 60,
    "from_on": date(2026, 11, 25),
    "until_on": date(2026, 12, 6),
    "capacity": 8,
    "min_cover": 2,
    "skip_holidays": True,
}


def planned(**change: Any) -> list[weekly.Planned]:
    return weekly.plan(PATTERN | change, there=(), holidays=(), at=AT)


def test_a_pattern_means_its_weekdays_in_city_time() -> None:
    assert weekly.problems(PATTERN, AT) == {}
    starts = [city_time(one.starts_at) for one in planned()]
    assert [f"{one:%m-%d %H:%M}" for one in starts] == ["11-28 09:00", "11-29 09:00", "12-05 09:00", "12-06 09:00"]
    assert {one.fate for one in planned()} == {Fate.NEW}


def test_a_night_shift_ends_on_the_next_day() -> None:
    night = planned(starts_min=22 * 60, ends_min=2 * 60)[0]
    assert night.ends_at - night.starts_at == timedelta(hours=4)
    round_the_clock = planned(starts_min=600, ends_min=600)[0]
    assert round_the_clock.ends_at - round_the_clock.starts_at == timedelta(hours=24)


def test_days_that_are_there_past_or_holidays_are_named_and_left_out() -> None:
    first = planned()[0]
    found = weekly.plan(
        PATTERN | {"weekdays": [2, 5, 6]},
        there=[(first.starts_at, first.ends_at)],
        holidays=[date(2026, 11, 29)],
        at=AT,
    )
    assert [one.fate for one in found[:3]] == [Fate.PAST, Fate.THERE, Fate.HOLIDAY]
    again = weekly.plan(PATTERN | {"skip_holidays": False}, there=(), holidays=[date(2026, 11, 29)], at=AT)
    assert {one.fate for one in again} == {Fate.NEW}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": [7]}, "weekdays"),
        ({"starts_min": None}, "starts_min"),
        ({"ends_min": 1440}, "ends_min"),
        ({"from_on": None}, "from_on"),
        ({"from_on": date(2026, 11, 24)}, "from_on"),
        ({"until_on": None}, "until_on"),
        ({"until_on": date(2026, 11, 24)}, "until_on"),
        ({"until_on": date(2028, 1, 1)}, "until_on"),
        ({"weekdays": list(range(7)), "until_on": date(2026, 11, 25) + timedelta(days=200)}, "until_on"),
        ({"capacity": 0}, "capacity"),
        ({"min_cover": 9}, "min_cover"),
    ],
)
def test_a_pattern_is_judged_field_by_field(change: dict[str, Any], field: str) -> None:
    assert set(weekly.problems(PATTERN | change, AT)) == {field}
