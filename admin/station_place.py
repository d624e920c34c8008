"""What a station's form says about coordinates: where typed degrees lie, and how far the three readings lie apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from admin import wording
from app.core.geo import CoordSys, Point, distance_m, to_wgs84


class Reading(NamedTuple):
    """The same degrees read in one datum: the place in WGS-84, and its distance from the reading that was chosen."""

    label: str
    place: Point
    apart_m: float
    is_chosen: bool


def datum_of(typed: str | None) -> CoordSys:
    """Return the datum chosen in a form; WGS-84 where none was."""
    return CoordSys(typed) if typed in set(CoordSys) else CoordSys.WGS84


def point_of(circle: Mapping[str, Any]) -> Point | None:
    """Return the degrees of a circle that lie somewhere on earth, else None."""
    lat, lng = circle["lat"], circle["lng"]
    if lat is None or lng is None or not (math.isfinite(lat) and math.isfinite(lng)):
        return None
    return Point(lat, lng) if abs(lat) <= 90 and abs(lng) <= 180 else None


def in_wgs84(circle: dict[str, Any], datum: CoordSys) -> dict[str, Any]:
    """Return a circle with its centre in WGS-84; what lies nowhere stays as it is, for the rule to speak about."""
    point = point_of(circle)
    if point is None or datum is CoordSys.WGS84:
        return circle
    place = to_wgs84(point, datum)
    return {**circle, "lat": round(place.lat, 6), "lng": round(place.lng, 6)}


def readings(circle: Mapping[str, Any], chosen: CoordSys) -> list[Reading]:
    """Return what a circle's degrees mean in each datum; nothing where they lie nowhere."""
    point = point_of(circle)
    if point is None:
        return []
    here = to_wgs84(point, chosen)
    places = [(datum, to_wgs84(point, datum)) for datum in CoordSys]
    labels = dict(wording.COORD_SYSTEMS)
    return [Reading(labels[datum.value], place, distance_m(place, here), datum is chosen) for datum, place in places]
