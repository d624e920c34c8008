"""Signals, as tables: when a visit from the offline queue counts, and what makes a person look at one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.checkins.rules import CheckInState, CodeEvidence, Grade, PlaceEvidence, decide
from app.checkins.signals import History, Seen, Signal, found, moment_offline, moment_online
from app.core.geo import Point

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "counts_before", "late", "signals"),
    [
        (0 * M, 0 * M, False, ()),
        (10 * M, 10 * M, False, ()),
        (10 * M + S, 10 * M + S, True, ()),
        (72 * H, 72 * H, True, ()),
        (72 * H + S, 0 * M, True, (Signal.TOO_LATE,)),
        (9000 * H, 0 * M, True, (Signal.TOO_LATE,)),
        (-5 * M, 0 * M, False, ()),
        (-5 * M - S, 0 * M, False, (Signal.FUTURE,)),
    ],
)
def test_when_an_offline_visit_counts(
    before: timedelta, counts_before: timedelta, late: bool, signals: tuple[Signal, ...]
) -> None:
    moment = moment_offline(NOON - before, NOON)
    assert (moment.at, moment.late, moment.signals) == (NOON - counts_before, late, signals)


def test_digits_of_an_old_visit_are_those_of_its_own_time_and_of_a_future_one_those_of_now() -> None:
    assert moment_offline(NOON - 80 * H, NOON).digits_at == NOON - 80 * H
    assert moment_offline(NOON + H, NOON).digits_at == NOON


@pytest.mark.parametrize(
    ("code", "place", "at_best", "grade"),
    [
        (CodeEvidence.ROTATING, PlaceEvidence.INSIDE, Grade.A, "A"),
        (CodeEvidence.ROTATING, PlaceEvidence.INSIDE, Grade.C, "C"),
        (CodeEvidence.POSTER, PlaceEvidence.INSIDE, Grade.C, "C"),
        (CodeEvidence.POSTER, PlaceEvidence.UNKNOWN, Grade.A, "C"),
    ],
)
def test_no_grade_is_better_than_the_way_it_came_allows(
    code: CodeEvidence, place: PlaceEvidence, at_best: Grade, grade: str
) -> None:
    decided = decide(code, place, station_state="open", account_frozen=False, at_best=at_best)
    assert (decided.state, decided.grade) == (CheckInState.ACCEPTED, grade)


def test_a_signal_holds_what_would_be_accepted_and_excuses_no_refusal() -> None:
    held = decide(
        CodeEvidence.POSTER,
        PlaceEvidence.INSIDE,
        station_state="open",
        account_frozen=False,
        signals=(Signal.TOO_LATE,),
    )
    assert (held.state, held.grade, held.signals) == (CheckInState.PENDING_REVIEW, "B", (Signal.TOO_LATE,))
    far = decide(
        CodeEvidence.POSTER,
        PlaceEvidence.OUTSIDE,
        station_state="open",
        account_frozen=False,
        signals=(Signal.TOO_LATE,),
    )
    assert (far.state, far.reason, far.signals) == (CheckInState.REFUSED, "too_far", ())


PIER, LAIXI, YANERDAO = Point(36.06157, 120.31426), Point(36.8667, 120.5333), Point(36.054, 120.395)


@pytest.mark.parametrize(
    ("place", "minutes", "held"),
    [
        (LAIXI, 10, True),
        (LAIXI, 90, False),
        (YANERDAO, 20, False),
        (YANERDAO, 2, True),
        (Point(PIER.lat + 0.017, PIER.lng), 0, False),
        (Point(PIER.lat + 0.019, PIER.lng), 0, True),
    ],
)
@pytest.mark.parametrize("direction", [1, -1])
def test_k3_nobody_is_faster_than_150_km_per_hour_over_more_than_2_km(
    place: Point, minutes: int, held: bool, direction: int
) -> None:
    history = History((Seen(NOON + direction * minutes * M, PIER),))
    assert (Signal.SPEED in found(moment_online(None, NOON), [place], history)) is held


def test_of_a_station_with_several_circles_the_nearest_counts() -> None:
    history = History((Seen(NOON, PIER),))
    assert found(moment_online(None, NOON), [LAIXI, PIER], history) == ()


@pytest.mark.parametrize(("others", "held"), [(0, False), (4, False), (5, True), (7, True)])
def test_k4_more_than_five_people_on_one_phone_are_looked_at(others: int, held: bool) -> None:
    assert (found(moment_online(None, NOON), [PIER], History((), others)) == (Signal.DEVICE,)) is held


@pytest.mark.parametrize(("other_days", "held"), [(0, False), (3, False), (4, True), (20, True)])
def test_the_same_six_decimals_on_many_days_are_looked_at(other_days: int, held: bool) -> None:
    assert (found(moment_online(None, NOON), [PIER], History((), 0, other_days)) == (Signal.SAME_POSITION,)) is held


@pytest.mark.parametrize(
    ("off", "held"), [(0 * M, False), (5 * M, False), (5 * M + S, True), (-5 * M, False), (-5 * M - S, True)]
)
def test_a_clock_that_is_off_by_more_than_five_minutes_is_looked_at(off: timedelta, held: bool) -> None:
    assert (moment_online(NOON + off, NOON).signals == (Signal.CLOCK,)) is held
    assert moment_online(NOON + off, NOON).at == NOON


def test_all_signals_are_told_together() -> None:
    moment = moment_online(NOON + H, NOON)
    assert found(moment, [LAIXI], History((Seen(NOON, PIER),), 9, 9)) == (
        Signal.CLOCK,
        Signal.SPEED,
        Signal.DEVICE,
        Signal.SAME_POSITION,
    )
