"""What check-in calls take and answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.checkins.rules import APPEAL_CHARS, BATCH_ITEMS, CREDENTIAL_CHARS, AppealState, CheckInState, Grade, Reason
from app.core.geo import CoordSys
from app.http.fields import AwareTime, Bool, Day, Number, Rows, Str, Strict, nested
from app.http.idempotency import Key

ACCURACY_MAX_M = 1_000_000


class LocationIn(Strict):
    """A position and how uncertain it is. Its exact point is forgotten after 30 days."""

    lat = Number(low=-90, high=90, required=True)
    lng = Number(low=-180, high=180, required=True)
    accuracy_m = Number(low=0, high=ACCURACY_MAX_M, above_zero=True, required=True)
    coord_sys = Str(one_of=tuple(CoordSys), required=True)


class CheckInIn(Strict):
    """A claim to be at a station."""

    credential = Str(
        low=1,
        high=CREDENTIAL_CHARS,
        required=True,
        metadata={"description": "What the QR held, or CODE:123456 with the six digits on the screen."},
    )
    location = nested(LocationIn)
    client_time = AwareTime()


class BatchItemIn(Strict):
    """A claim that a phone kept while it had no network."""

    key = Key(required=True, metadata={"description": "Works as the item's Idempotency-Key; refusals are kept too."})
    credential = Str(low=1, high=CREDENTIAL_CHARS, required=True)
    location = nested(LocationIn)
    client_time = AwareTime(required=True)


class BatchIn(Strict):
    """The phone's offline queue."""

    items = Rows(BatchItemIn, high=BATCH_ITEMS, required=True)


class AppealIn(Strict):
    """Why a visit that was refused or is held should count."""

    text = Str(low=1, high=APPEAL_CHARS, multiline=True, required=True)


class AppealOut(Schema):
    id = Str(required=True)
    state = Str(one_of=tuple(AppealState), required=True)


class AppealRef(Schema):
    """What became of an appeal."""

    state = Str(one_of=tuple(AppealState), required=True)
    answer = Str(allow_none=True)


class StationRef(Schema):
    code = Str(required=True)
    name = Str(required=True)


class PassportCount(Schema):
    collected = fields.Integer(required=True)
    total = fields.Integer(required=True)


class CheckInOut(Schema):
    """A visit."""

    id = Str(required=True)
    result = Str(one_of=(CheckInState.ACCEPTED, CheckInState.PENDING_REVIEW), required=True)
    already = Bool(required=True)
    grade = Str(one_of=tuple(Grade), required=True)
    station = fields.Nested(StationRef, required=True)
    checked_in_at = AwareTime(required=True)
    business_date = Day(required=True)
    distance_m = fields.Integer(allow_none=True)
    station_open = Bool(allow_none=True, required=True)
    passport = fields.Nested(PassportCount, required=True)
    message = Str(required=True)


class BatchItemOut(Schema):
    """What became of one item: the status and body that a single call would have answered with."""

    key = Str(required=True)
    status = fields.Integer(required=True)
    body = fields.Raw(
        required=True,
        metadata={"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("CheckInOut", "Problem")]},
    )


class BatchOut(Schema):
    """Answers in the order of the items."""

    items = fields.List(fields.Nested(BatchItemOut), required=True)


class AttemptOut(Schema):
    """One of a person's attempts."""

    id = Str(required=True)
    result = Str(one_of=tuple(CheckInState), required=True)
    reason = Str(one_of=tuple(Reason), allow_none=True)
    reason_text = Str(allow_none=True, metadata={"description": "The reason in words, as staff gave it if they did."})
    appeal = fields.Nested(AppealRef, allow_none=True)
    grade = Str(one_of=tuple(Grade), allow_none=True)
    station = fields.Nested(StationRef, required=True)
    checked_in_at = AwareTime(required=True)
    business_date = Day(required=True)
    distance_m = fields.Integer(allow_none=True)


class StampOut(Schema):
    station = fields.Nested(StationRef, required=True)
    first_on = Day(required=True)
    last_on = Day(required=True)
    count = fields.Integer(required=True)
    grade = Str(one_of=tuple(Grade), required=True)


class ScanOut(Schema):
    """What a photographed QR code says."""

    text = Str(required=True)


class PassportOut(Schema):
    """Stamps collected, and how many there are to collect."""

    collected = fields.Integer(required=True)
    total = fields.Integer(required=True)
    stamps = fields.List(fields.Nested(StampOut), required=True)
