"""Coordinates: WGS-84, GCJ-02 and BD-09, and distances on the sphere."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_008.8
_A = 6378245.0
_EE = 0.00669342162296594323
_BD = math.pi * 3000.0 / 180.0
_INVERSE_STEPS = 12


class CoordSys(StrEnum):
    """The datum a pair of degrees is given in; it is always said, never guessed."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Point(NamedTuple):
    """Degrees."""

    lat: float
    lng: float


def distance_m(a: Point, b: Point) -> float:
    """Return the great-circle distance in metres (haversine); both points in the same datum."""
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    h = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.lng - a.lng) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


def to_wgs84(point: Point, coord_sys: CoordSys) -> Point:
    """Return the point in WGS-84."""
    if coord_sys == CoordSys.WGS84:
        return point
    if coord_sys == CoordSys.BD09:
        point = _bd09_to_gcj02(point)
    return _inverse(point)


def from_wgs84(point: Point, coord_sys: CoordSys) -> Point:
    """Return a WGS-84 point in another datum."""
    if coord_sys == CoordSys.WGS84:
        return point
    gcj = _wgs84_to_gcj02(point)
    return gcj if coord_sys == CoordSys.GCJ02 else _gcj02_to_bd09(gcj)


def _in_china(point: Point) -> bool:
    return 72.004 <= point.lng <= 137.8347 and 0.8293 <= point.lat <= 55.8271


def _wgs84_to_gcj02(point: Point) -> Point:
    """Apply the public GCJ-02 formula; identity outside China. Source: facts §2.2 and its test vectors."""
    if not _in_china(point):
        return point
    x, y = point.lng - 105.0, point.lat - 35.0
    sin6, sin2 = math.sin(6.0 * x * math.pi), math.sin(2.0 * x * math.pi)
    root = math.sqrt(abs(x))
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    d_lat += (20.0 * sin6 + 20.0 * sin2) * 2.0 / 3.0
    d_lat += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    d_lat += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    d_lng = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    d_lng += (20.0 * sin6 + 20.0 * sin2) * 2.0 / 3.0
    d_lng += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    d_lng += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    lat_rad = math.radians(point.lat)
    magic = 1 - _EE * math.sin(lat_rad) ** 2
    d_lat = d_lat * 180.0 / ((_A * (1 - _EE)) / (magic * math.sqrt(magic)) * math.pi)
    d_lng = d_lng * 180.0 / (_A / math.sqrt(magic) * math.cos(lat_rad) * math.pi)
    return Point(point.lat + d_lat, point.lng + d_lng)


def _inverse(gcj: Point) -> Point:
    guess = gcj
    for _ in range(_INVERSE_STEPS):
        shifted = _wgs84_to_gcj02(guess)
        guess = Point(guess.lat + gcj.lat - shifted.lat, guess.lng + gcj.lng - shifted.lng)
    return guess


def _gcj02_to_bd09(point: Point) -> Point:
    z = math.hypot(point.lng, point.lat) + 0.00002 * math.sin(point.lat * _BD)
    theta = math.atan2(point.lat, point.lng) + 0.000003 * math.cos(point.lng * _BD)
    return Point(z * math.sin(theta) + 0.006, z * math.cos(theta) + 0.0065)


def _bd09_to_gcj02(bd: Point) -> Point:
    guess = Point(bd.lat - 0.006, bd.lng - 0.0065)
    for _ in range(_INVERSE_STEPS):
        shifted = _gcj02_to_bd09(guess)
        guess = Point(guess.lat + bd.lat - shifted.lat, guess.lng + bd.lng - shifted.lng)
    return guess
