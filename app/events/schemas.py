"""What event calls take and answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.events.listing import Shown
from app.events.rules import Approval, Category, SignUpState
from app.http.fields import AwareTime, Bool, Str
from app.http.query import PageQuery, QueryBool, QueryDay
from app.stations.schemas import NamedOut

SHIFT_STATES = ("open", "full", "closed", "cancelled")


class EventsQuery(PageQuery):
    """Filters of the programme. Without a day or a state: what is not over yet, the next one first."""

    first = QueryDay(data_key="from", load_default=None)
    last = QueryDay(data_key="to", load_default=None)
    district = Str(high=10, load_default=None)
    category = Str(one_of=tuple(Category), load_default=None)
    station = Str(high=10, load_default=None)
    has_places = QueryBool(load_default=None)
    q = Str(high=100, load_default=None)
    state = Str(one_of=tuple(Shown), load_default=None)


class PlacesOut(Schema):
    """Places of all shifts that are not cancelled, added up."""

    capacity = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    waitlisted = fields.Integer(required=True)


class EventOut(Schema):
    """An event in a list."""

    id = Str(required=True)
    title = Str(required=True)
    category = Str(one_of=tuple(Category), required=True)
    summary = Str(required=True)
    organisation = Str(required=True)
    place = Str(required=True)
    station = fields.Nested(NamedOut, allow_none=True)
    starts_at = AwareTime(required=True)
    ends_at = AwareTime(required=True)
    state = Str(one_of=tuple(Shown), required=True)
    places = fields.Nested(PlacesOut, required=True)
    cancel_reason = Str()


class MySignUpOut(Schema):
    id = Str(required=True)
    state = Str(one_of=tuple(SignUpState), required=True)


class ReasonOut(Schema):
    code = Str(required=True)
    message = Str(required=True)


class EligibilityOut(Schema):
    """Whether the caller could sign up now, and every reason why not."""

    ok = Bool(required=True)
    reasons = fields.List(fields.Nested(ReasonOut), required=True)


class ShiftOut(Schema):
    id = Str(required=True)
    starts_at = AwareTime(required=True)
    ends_at = AwareTime(required=True)
    capacity = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    waitlisted = fields.Integer(required=True)
    state = Str(one_of=SHIFT_STATES, required=True)
    my_signup = fields.Nested(MySignUpOut, allow_none=True)
    eligibility = fields.Nested(EligibilityOut, allow_none=True)


class PositionOut(Schema):
    id = Str(required=True)
    title = Str(required=True)
    requirements = Str(required=True)
    approval = Str(one_of=tuple(Approval), required=True)
    shifts = fields.List(fields.Nested(ShiftOut), required=True)


class EventDetailOut(EventOut):
    """An event with everything about it."""

    district = fields.Nested(NamedOut, required=True)
    description = Str(required=True)
    risk_note = Str(allow_none=True)
    requirements = Str(required=True)
    insurance_note = Str(allow_none=True)
    hour_rule = Str(required=True)
    contact = Str(required=True)
    positions = fields.List(fields.Nested(PositionOut), required=True)
