"""The checks of a sign-up as a table: an accepted case, and what one change of it is refused with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app.core.clock import CITY_ZONE
from app.core.errors import Text
from app.events.judging import CHECKS, Case, Check, Conflict, Path, overlaps, reasons
from app.events.refusals import REFUSAL_OF, NotEligible, judge
from app.volunteers.rules import Standing

START = datetime(2026, 11, 28, 14, tzinfo=CITY_ZONE)
ADULT = Standing(1, "active", date(1996, 5, 4), has_guardian=False, qualifications={"english": date(2026, 11, 28)})
CLASH = Conflict("s", "e", Text("海边", "Beach"), START, START + timedelta(hours=2))
GOOD = Case(
    path=Path.APPLY,
    at=START - timedelta(days=3),
    standing=ADULT,
    is_frozen=False,
    event_state="published",
    shift_state="open",
    starts_at=START,
    ends_at=START + timedelta(hours=2),
    min_age=18,
    qualifications=["english"],
)
CHILD = ADULT._replace(birth_date=date(2013, 1, 1))
TABLE: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"is_frozen": True}, ["signup.account_frozen"]),
    ({"standing": None}, ["signup.not_a_volunteer"]),
    ({"standing": ADULT._replace(state="pending")}, ["signup.not_a_volunteer"]),
    ({"standing": ADULT._replace(state="invited")}, ["signup.not_a_volunteer"]),
    ({"standing": ADULT._replace(state="archived")}, ["signup.not_a_volunteer"]),
    ({"standing": ADULT._replace(state="suspended")}, ["signup.suspended"]),
    ({"standing": ADULT._replace(birth_date=date(2008, 11, 28))}, []),
    ({"standing": ADULT._replace(birth_date=date(2008, 11, 29))}, ["signup.too_young"]),
    ({"standing": CHILD, "min_age": None}, ["signup.guardian_needed"]),
    ({"standing": CHILD._replace(has_guardian=True), "min_age": None}, []),
    ({"event_state": "cancelled"}, ["signup.closed"]),
    ({"event_state": "in_review"}, ["signup.closed"]),
    ({"shift_state": "cancelled"}, ["signup.closed"]),
    ({"at": START - timedelta(seconds=1)}, []),
    ({"at": START}, ["signup.closed"]),
    ({"at": START, "path": Path.STAFF}, []),
    ({"at": START, "path": Path.APPROVE}, []),
    ({"at": START, "path": Path.ACCEPT}, ["signup.closed"]),
    ({"at": START + timedelta(hours=2), "path": Path.STAFF}, ["signup.closed"]),
    ({"qualifications": ["english", "first_aid"]}, ["signup.qualification_missing"]),
    ({"ends_at": datetime(2026, 11, 29, 0, 0, tzinfo=CITY_ZONE)}, ["signup.qualification_missing"]),
    ({"is_listed": True}, ["signup.already"]),
    ({"conflict": CLASH}, ["signup.time_conflict"]),
    ({"needs_ack": True}, ["signup.risk_ack_needed"]),
    ({"is_full": True}, ["signup.full"]),
    ({"path": Path.INVITE, "standing": ADULT._replace(state="invited", birth_date=None), "qualifications": []}, []),
    ({"path": Path.INVITE, "standing": ADULT._replace(state="archived")}, ["signup.not_a_volunteer"]),
]


@pytest.mark.parametrize(("change", "codes"), TABLE)
def test_one_change_of_a_good_case_has_its_reason(change: dict[str, Any], codes: list[str]) -> None:
    assert [one.code for one in reasons(replace(GOOD, **change))] == codes


def test_all_reasons_come_at_once_in_the_order_that_is_promised() -> None:
    worst = replace(
        GOOD,
        is_frozen=True,
        standing=CHILD._replace(state="suspended", qualifications={}),
        event_state="cancelled",
        is_listed=True,
        conflict=CLASH,
        needs_ack=True,
        is_full=True,
    )
    assert [one.check for one in reasons(worst)] == [check for check in Check if check is not Check.VOLUNTEER]
    assert len(CHECKS) == len(Check)


@pytest.mark.parametrize("path", list(Path))
def test_every_path_runs_every_check(path: Path) -> None:
    worst = replace(
        GOOD,
        path=path,
        is_frozen=True,
        standing=CHILD._replace(state="suspended", qualifications={}),
        shift_state="cancelled",
        is_listed=True,
        conflict=CLASH,
        needs_ack=True,
        is_full=True,
    )
    assert {one.check for one in reasons(worst)} == set(Check) - {Check.VOLUNTEER}


def test_the_first_failing_check_names_the_refusal_and_all_go_with_it() -> None:
    for change, codes in TABLE:
        case = replace(GOOD, **change)
        if not codes:
            judge(case)
            continue
        with pytest.raises(NotEligible) as refused:
            judge(case)
        assert type(refused.value) is REFUSAL_OF[refused.value.reasons[0].check]
        assert refused.value.sentence("en") == refused.value.reasons[0].text.en
    assert set(REFUSAL_OF) == set(Check)


def test_every_reason_is_a_whole_sentence_in_both_languages() -> None:
    for change, _ in TABLE:
        for one in reasons(replace(GOOD, **change)):
            assert one.text.zh.endswith("。"), one
            assert one.text.en.endswith("."), one
            assert "{" not in one.text.zh + one.text.en


@pytest.mark.parametrize(
    ("first", "second", "share"),
    [((8, 10), (10, 12), False), ((8, 10), (9, 11), True), ((8, 12), (9, 10), True), ((8, 10), (8, 10), True)],
)
def test_shifts_are_half_open(first: tuple[int, int], second: tuple[int, int], *, share: bool) -> None:
    hours = [START.replace(hour=hour) for hour in (*first, *second)]
    assert overlaps(*hours) is share
    assert overlaps(*hours[2:], *hours[:2]) is share
