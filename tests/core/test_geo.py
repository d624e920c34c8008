"""Coordinates: the test vectors of the conversion, round trips, distances, and no shift outside China."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.geo import CoordSys, Point, distance_m, from_wgs84, to_wgs84

ZHANQIAO = Point(36.061570, 120.314260)
SIXTH_DECIMAL = 6e-7
REPEATABLE = settings(database=None, deadline=None, derandomize=True)
IN_CHINA = st.builds(Point, st.floats(18.0, 53.0), st.floats(73.5, 135.0))
IN_THE_CITY = st.builds(Point, st.floats(35.5, 37.2), st.floats(119.4, 121.1))


def near(point: Point, lat: float, lng: float) -> bool:
    return abs(point.lat - lat) < SIXTH_DECIMAL and abs(point.lng - lng) < SIXTH_DECIMAL


@pytest.mark.parametrize(
    ("wgs", "gcj", "shift_m"),
    [
        ((36.061570, 120.314260), (36.061735, 120.319303), 453.7),
        ((36.063000, 120.379400), (36.063272, 120.384531), 462.2),
        ((36.360000, 120.000000), (36.360172, 120.005258), 471.2),
        ((39.908700, 116.397500), (39.910103, 116.403744), 554.9),
    ],
)
def test_gcj02_is_shifted_as_the_published_vectors_say(
    wgs: tuple[float, float], gcj: tuple[float, float], shift_m: float
) -> None:
    shown = from_wgs84(Point(*wgs), CoordSys.GCJ02)
    assert near(shown, *gcj)
    assert distance_m(Point(*wgs), shown) == pytest.approx(shift_m, abs=0.1)
    assert near(to_wgs84(Point(*gcj), CoordSys.GCJ02), *wgs)


def test_bd09_of_zhanqiao_is_the_published_one() -> None:
    assert near(from_wgs84(ZHANQIAO, CoordSys.BD09), 36.067543, 120.325859)
    assert near(to_wgs84(Point(36.067543, 120.325859), CoordSys.BD09), *ZHANQIAO)


def test_haversine_gives_the_published_distance() -> None:
    assert distance_m(Point(36.06157, 120.31426), Point(36.0577, 120.3137)) == pytest.approx(433.26, abs=0.005)


def test_antipodes_are_half_the_girth_apart_and_no_math_error() -> None:
    assert distance_m(Point(0.0, 0.0), Point(0.0, 180.0)) == pytest.approx(20_015_114.4, abs=1)
    assert distance_m(Point(90.0, 0.0), Point(-90.0, 77.0)) == pytest.approx(20_015_114.4, abs=1)


@pytest.mark.parametrize("coord_sys", [CoordSys.GCJ02, CoordSys.BD09])
@REPEATABLE
@given(point=IN_CHINA)
def test_there_and_back_is_the_same_place_to_a_micrometre(coord_sys: CoordSys, point: Point) -> None:
    assert distance_m(to_wgs84(from_wgs84(point, coord_sys), coord_sys), point) < 1e-6


@REPEATABLE
@given(point=IN_THE_CITY)
def test_a_wrong_label_is_an_error_of_hundreds_of_metres_anywhere_in_the_city(point: Point) -> None:
    assert 350 < distance_m(point, from_wgs84(point, CoordSys.GCJ02)) < 600
    assert 800 < distance_m(point, from_wgs84(point, CoordSys.BD09)) < 1500


@REPEATABLE
@given(a=IN_THE_CITY, b=IN_THE_CITY)
def test_distance_is_the_same_in_both_directions_and_zero_only_here(a: Point, b: Point) -> None:
    assert distance_m(a, b) == distance_m(b, a) >= 0
    assert distance_m(a, a) == 0


@pytest.mark.parametrize("place", [Point(51.5, -0.12), Point(-33.9, 151.2), Point(35.68, 139.76), Point(0.0, 100.0)])
def test_outside_china_gcj02_is_wgs84(place: Point) -> None:
    assert from_wgs84(place, CoordSys.GCJ02) == place
    assert to_wgs84(place, CoordSys.GCJ02) == place


@pytest.mark.parametrize("point", [Point(-90.0, -180.0), Point(90.0, 180.0), Point(0.0, 0.0), ZHANQIAO])
def test_wgs84_is_left_as_it_is(point: Point) -> None:
    assert from_wgs84(point, CoordSys.WGS84) is point
    assert to_wgs84(point, CoordSys.WGS84) is point


@pytest.mark.parametrize("coord_sys", list(CoordSys))
@REPEATABLE
@given(point=st.builds(Point, st.floats(-90, 90), st.floats(-180, 180)))
def test_any_place_on_earth_converts_to_finite_degrees(coord_sys: CoordSys, point: Point) -> None:
    assert abs(to_wgs84(point, coord_sys).lat) < 100
    assert abs(to_wgs84(point, coord_sys).lng) < 200
