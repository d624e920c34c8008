"""Coordinates however they are written or copied."""

from __future__ import annotations

import pytest

from app.core.coordinates import read_point


@pytest.mark.parametrize(
    "text",
    [
        "36.06157, 120.31426",
        "36.06157，120.31426",
        "36.06157 120.31426",
        "120.31426,36.06157",
        "３６．０６１５７，１２０．３１４２６",
        "N36.06157 E120.31426",
        "36.06157N, 120.31426E",
        "E120.31426 N36.06157",
        "北纬36.06157° 东经120.31426°",
        "经度：120.31426 纬度：36.06157",
        "东经120.31426度，北纬36.06157度",
        '{"lat": 36.06157, "lng": 120.31426}',
        '{"lng":120.31426,"lat":36.06157}',
        "latitude=36.06157&longitude=120.31426",
        "geo:36.06157,120.31426?z=17",
        "https://maps.example/place/@36.06157,120.31426,17z",
        "https://uri.example/marker?position=120.31426,36.06157&name=x",
        "https://maps2.example:8443/?q=36.06157%2C120.31426",
    ],
)
def test_a_place_is_read_however_it_is_written(text: str) -> None:
    assert read_point(text) == (36.06157, 120.31426)


@pytest.mark.parametrize(
    "text",
    ["36°03'41.652\"N 120°18'51.336\"E", "36°3′41.652″N，120°18′51.336″E", "北纬36度3分41.652秒 东经120度18分51.336秒"],
)
def test_minutes_and_seconds_are_read(text: str) -> None:
    found = read_point(text)
    assert found is not None
    assert (round(found.lat, 6), round(found.lng, 6)) == (36.06157, 120.31426)


def test_south_and_west_are_negative() -> None:
    assert read_point("36.5S 120.25W") == (-36.5, -120.25)
    assert read_point("-36.5, -120.25") == (-36.5, -120.25)


@pytest.mark.parametrize("text", ["", "栈桥", "36.06157", "https://maps.example/栈桥", "x" * 10_000])
def test_what_holds_no_pair_is_none(text: str) -> None:
    assert read_point(text) is None
