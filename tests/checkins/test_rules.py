"""The deciding table of check-in, cell by cell and edge by edge."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.checkins import rules
from app.checkins.rules import (
    CheckInState,
    CodeEvidence,
    Decision,
    Fence,
    Grade,
    PlaceEvidence,
    Presented,
    Reason,
    decide,
    parse_credential,
    place_of,
)
from app.core.geo import Point, distance_m

PIER = Point(36.06157, 120.31426)
FENCE = Fence(PIER, 350)
METRE_OF_LAT = 1 / 111_195.08
"""Degrees of latitude per metre on the sphere of app.core.geo."""


def north(metres: float) -> Point:
    return Point(PIER.lat + metres * METRE_OF_LAT, PIER.lng)


def judge(code: CodeEvidence, place: PlaceEvidence, **changes: object) -> Decision:
    given = {"station_state": "open", "account_frozen": False} | changes
    return decide(code, place, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("place", "code", "grade"),
    [
        (PlaceEvidence.INSIDE, CodeEvidence.ROTATING, Grade.A),
        (PlaceEvidence.INSIDE, CodeEvidence.POSTER, Grade.B),
        (PlaceEvidence.UNKNOWN, CodeEvidence.ROTATING, Grade.B),
        (PlaceEvidence.UNKNOWN, CodeEvidence.POSTER, Grade.C),
    ],
)
def test_a_genuine_code_that_is_not_outside_is_accepted_with_its_grade(
    place: PlaceEvidence, code: CodeEvidence, grade: Grade
) -> None:
    assert judge(code, place) == Decision(CheckInState.ACCEPTED, grade=grade)


@pytest.mark.parametrize("code", [CodeEvidence.ROTATING, CodeEvidence.POSTER])
def test_a_genuine_code_outside_the_fence_is_too_far(code: CodeEvidence) -> None:
    assert judge(code, PlaceEvidence.OUTSIDE) == Decision(CheckInState.REFUSED, reason=Reason.TOO_FAR)


@pytest.mark.parametrize("place", list(PlaceEvidence))
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (CodeEvidence.INVALID, Reason.CODE_INVALID),
        (CodeEvidence.REVOKED, Reason.CODE_REVOKED),
        (CodeEvidence.EXPIRED, Reason.CODE_EXPIRED),
    ],
)
def test_a_bad_code_is_refused_wherever_the_visitor_stands(
    place: PlaceEvidence, code: CodeEvidence, reason: Reason
) -> None:
    assert judge(code, place) == Decision(CheckInState.REFUSED, reason=reason)


@pytest.mark.parametrize("state", ["open", "paused"])
def test_open_and_paused_stations_stamp(state: str) -> None:
    assert judge(CodeEvidence.POSTER, PlaceEvidence.INSIDE, station_state=state).grade is Grade.B


def test_a_withdrawn_station_says_so_to_a_genuine_code_only() -> None:
    withdrawn = {"station_state": "withdrawn"}
    assert judge(CodeEvidence.POSTER, PlaceEvidence.INSIDE, **withdrawn).reason is Reason.STATION_WITHDRAWN
    assert judge(CodeEvidence.POSTER, PlaceEvidence.OUTSIDE, **withdrawn).reason is Reason.STATION_WITHDRAWN
    assert judge(CodeEvidence.INVALID, PlaceEvidence.INSIDE, **withdrawn).reason is Reason.CODE_INVALID


@pytest.mark.parametrize("code", list(CodeEvidence))
def test_a_drafts_credential_proves_nothing(code: CodeEvidence) -> None:
    assert judge(code, PlaceEvidence.INSIDE, station_state="draft").reason is Reason.CODE_INVALID


def test_a_frozen_account_is_told_so_before_anything_else() -> None:
    assert judge(CodeEvidence.INVALID, PlaceEvidence.OUTSIDE, account_frozen=True).reason is Reason.ACCOUNT_FROZEN


@pytest.mark.parametrize(
    ("away_m", "accuracy_m", "evidence"),
    [
        (0, 10, PlaceEvidence.INSIDE),
        (349, 0.5, PlaceEvidence.INSIDE),
        (351, 0.5, PlaceEvidence.OUTSIDE),
        (359, 10, PlaceEvidence.INSIDE),
        (361, 10, PlaceEvidence.OUTSIDE),
        (449, 100, PlaceEvidence.INSIDE),
        (449, 200, PlaceEvidence.INSIDE),
        (451, 200, PlaceEvidence.OUTSIDE),
        (451, 201, PlaceEvidence.UNKNOWN),
        (0, 201, PlaceEvidence.UNKNOWN),
        (50_000, 100_000, PlaceEvidence.UNKNOWN),
    ],
)
def test_at_most_100_m_of_accuracy_count_and_more_than_200_m_say_nothing(
    away_m: float, accuracy_m: float, evidence: PlaceEvidence
) -> None:
    assert place_of(north(away_m), accuracy_m, [FENCE]).evidence is evidence


def test_the_very_edge_of_the_circle_is_inside() -> None:
    point = north(400)
    edge = Fence(PIER, distance_m(point, PIER) - 10)  # type: ignore[arg-type]
    assert place_of(point, 10, [edge]).evidence is PlaceEvidence.INSIDE


def test_the_limits_are_those_of_the_product() -> None:
    """Source: product §3, api §5."""
    assert (rules.ACCURACY_COUNTED_M, rules.ACCURACY_TRUSTED_M) == (100, 200)
    assert (rules.STEPS_VALID_BACK, rules.STEPS_EXPIRED) == (1, 20)
    assert (rules.WRONG_DIGITS_PER_PERSON, rules.WRONG_DIGITS_PER_STATION_AND_ADDRESS) == (10, 100)
    assert (timedelta(minutes=10), timedelta(days=30)) == (rules.WRONG_DIGITS_WINDOW, rules.POINT_KEPT)
    assert rules.CREDENTIAL_CHARS == 500


def test_no_position_proves_nothing_either_way() -> None:
    assert place_of(None, None, [FENCE]).evidence is PlaceEvidence.UNKNOWN
    assert place_of(north(10_000), None, [FENCE]).evidence is PlaceEvidence.UNKNOWN


def test_inside_any_circle_of_a_pier_is_inside() -> None:
    head = Fence(north(800), 100)
    assert place_of(north(790), 5, [FENCE, head]).evidence is PlaceEvidence.INSIDE
    assert place_of(north(600), 5, [FENCE, head]).evidence is PlaceEvidence.OUTSIDE


def test_too_far_speaks_of_the_circle_whose_edge_is_nearest() -> None:
    large, small = Fence(north(2000), 1000), Fence(north(700), 20)
    place = place_of(north(900), 5, [small, large])
    assert (round(place.distance_m or 0), place.radius_m) == (1100, 1000)


POSTER = Presented("ZHANQIAO", version=2, mac="abc234")
DIGITS = Presented("ZHANQIAO", digits="012345")


@pytest.mark.parametrize(
    ("text", "presented"),
    [
        ("https://ouyu.example/c/ZHANQIAO?v=2&k=abc234", POSTER),
        ("http://evil.example:8080/c/ZHANQIAO?v=2&k=abc234", POSTER),
        ("https://ouyu.example/sub/c/ZHANQIAO/?k=abc234&v=2&utm=x#top", POSTER),
        ("/c/ZHANQIAO?v=2&k=abc234", POSTER),
        ("c/ZHANQIAO?v=2&k=abc234", None),
        ("  ZHANQIAO?v=2&k=abc234\n", POSTER),
        ("zhanqiao?v=2&k=abc234", POSTER),
        ("https://ouyu.example/c/ZHANQIAO?r=012345", DIGITS),
        ("ZHANQIAO:012345", DIGITS),
        ("zhanqiao 012345", DIGITS),
        ("ZHANQIAO\uff1a\uff10\uff11\uff12\uff13\uff14\uff15", DIGITS),
        ("ZHANQIAO : 012345", DIGITS),
        ("ZHANQIAO", Presented("ZHANQIAO")),
        ("ZHANQIAO?v=2", Presented("ZHANQIAO", version=2)),
        ("ZHANQIAO?v=-2&k=abc234", Presented("ZHANQIAO", mac="abc234")),
        ("ZHANQIAO?v=99999999999999999999&k=abc234", Presented("ZHANQIAO", mac="abc234")),
        ("ZHANQIAO?r=12345", Presented("ZHANQIAO")),
        ("https://ouyu.example/c/栈桥？v=2&k=abc234", None),
        ("https://ouyu.example/d/ZHANQIAO?v=2&k=abc234", None),
        ("https://[bad/c/ZHANQIAO", None),
        ("AB:012345", None),
        ("ZHANQIAO1:012345", None),
        ("", None),
        ("你好", None),
    ],
)
def test_a_credential_is_read_however_it_arrives(text: str, presented: Presented | None) -> None:
    assert parse_credential(text) == presented
