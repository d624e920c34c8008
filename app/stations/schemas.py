"""What station calls take and answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.core.geo import CoordSys
from app.http.fields import AwareTime, Bool, Number, Str
from app.http.query import PageQuery, Query, QueryBool, QueryNumber
from app.stations.opening import DayKind, OpenState
from app.stations.rules import CoordQuality, StationKind


class StationsQuery(PageQuery):
    """Filters and the point to sort by. With a point, coord_sys is required."""

    lat = QueryNumber(low=-90, high=90, load_default=None)
    lng = QueryNumber(low=-180, high=180, load_default=None)
    coord_sys = Str(one_of=tuple(CoordSys), load_default=None)
    out_coord_sys = Str(one_of=tuple(CoordSys), load_default=CoordSys.WGS84.value)
    district = Str(high=10, load_default=None)
    service = Str(high=30, load_default=None)
    kind = Str(one_of=tuple(StationKind), load_default=None)
    q = Str(high=100, load_default=None)
    open_now = QueryBool(load_default=False)


class StationQuery(Query):
    out_coord_sys = Str(one_of=tuple(CoordSys), load_default=CoordSys.WGS84.value)


class NamedOut(Schema):
    code = Str(required=True)
    name = Str(required=True)


class LocationOut(Schema):
    lat = Number(low=-90, high=90, required=True)
    lng = Number(low=-180, high=180, required=True)
    coord_sys = Str(one_of=tuple(CoordSys), required=True)


class StationOut(Schema):
    """A station in a list."""

    code = Str(required=True)
    name = Str(required=True)
    kind = Str(one_of=tuple(StationKind), required=True)
    district = fields.Nested(NamedOut, required=True)
    address = Str(required=True)
    location = fields.Nested(LocationOut, required=True)
    coord_quality = Str(one_of=tuple(CoordQuality), required=True)
    radius_m = fields.Integer(required=True)
    services = fields.List(fields.Nested(NamedOut), required=True)
    photo_url = Str()
    photo_small_url = Str(metadata={"description": "The same photo, at most 480 pixels a side"})
    open_state = Str(one_of=tuple(OpenState), required=True)
    open_note = Str(required=True)
    distance_m = fields.Integer()


class ServiceOut(NamedOut):
    note = Str(allow_none=True)
    available = Bool(required=True)


class CircleOut(Schema):
    lat = Number(low=-90, high=90, required=True)
    lng = Number(low=-180, high=180, required=True)
    radius_m = fields.Integer(required=True)


class OpeningOut(Schema):
    """Hours of a weekday (0 = Monday), of holidays, which win over it, or of one date, which wins over both."""

    weekday = fields.Integer(allow_none=True)
    date = Str(allow_none=True)
    holidays = Bool(required=True)
    closed = Bool(required=True)
    opens = Str(allow_none=True, metadata={"description": "HH:MM, city time"})
    closes = Str(allow_none=True, metadata={"description": "HH:MM, city time; 24:00 is midnight"})


class ClosureOut(Schema):
    reason = Str(required=True)
    until = AwareTime(allow_none=True)


class SpecialDayOut(Schema):
    """A holiday, or a make-up working day with the weekday whose hours it takes."""

    kind = Str(one_of=tuple(DayKind), required=True)
    name = Str(required=True)
    weekday = fields.Integer(allow_none=True)


class TodayOut(Schema):
    checkins = fields.Integer(required=True)
    special = fields.Nested(SpecialDayOut, allow_none=True)


class PhotoOut(Schema):
    """A photo, upright and without metadata. The addresses never change what they show."""

    url = Str(required=True)
    small_url = Str(required=True)
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


class StationDetailOut(StationOut):
    """A station with everything about it."""

    description = Str(required=True)
    services = fields.List(fields.Nested(ServiceOut), required=True)
    photos = fields.List(fields.Nested(PhotoOut), required=True)
    geofence = fields.List(fields.Nested(CircleOut), required=True)
    opening = fields.List(fields.Nested(OpeningOut), required=True)
    closure = fields.Nested(ClosureOut, allow_none=True)
    organisation = Str(allow_none=True)
    phone = Str(allow_none=True)
    languages = fields.List(Str(), required=True)
    today = fields.Nested(TodayOut, required=True)
