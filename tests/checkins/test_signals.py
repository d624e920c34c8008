"""Signals, as tables: when a visit from the offline queue counts, and what makes a person look at one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.checkins.rules import CheckInState, CodeEvidence, Grade, PlaceEvidence, decide
from app.checkins.signals import Signal, moment_offline

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
