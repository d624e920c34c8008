"""What sign-up calls take and answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.events.rules import SignUpState, Via
from app.http.fields import AwareTime, Bool, Str, Strict
from app.http.query import PageQuery, QueryDay
from app.stations.schemas import NamedOut


class SignUpIn(Strict):
    """Signing up. risk_ack: needed where the event has a note on risks."""

    risk_ack = Bool(load_default=False)


class MySignUpsQuery(PageQuery):
    """Which of one's own: from a day on the next one first, otherwise all, the latest first."""

    state = Str(one_of=tuple(SignUpState), load_default=None)
    since = QueryDay(data_key="from", load_default=None)


class SignUpShiftOut(Schema):
    id = Str(required=True)
    starts_at = AwareTime(required=True)
    ends_at = AwareTime(required=True)


class SignUpEventOut(Schema):
    id = Str(required=True)
    title = Str(required=True)


class TicketOut(Schema):
    """What a confirmed volunteer shows on the spot."""

    code = Str(required=True)
    valid_until = AwareTime(required=True)


class SignUpOut(Schema):
    """A sign-up, as its owner sees it; what applying answers with has the first six."""

    id = Str(required=True)
    state = Str(one_of=tuple(SignUpState), required=True)
    queue_position = fields.Integer(allow_none=True, metadata={"description": "From 1, of those who wait."})
    shift = fields.Nested(SignUpShiftOut, required=True)
    event = fields.Nested(SignUpEventOut, required=True)
    cancel_until = AwareTime(required=True, metadata={"description": "Cancelling later is marked late."})
    position = Str()
    place = Str()
    station = fields.Nested(NamedOut, allow_none=True)
    contact = Str()
    risk_note = Str(allow_none=True)
    via = Str(one_of=tuple(Via))
    late = Bool()
    reason = Str(allow_none=True, metadata={"description": "Why staff refused or cancelled it."})
    offer_until = AwareTime(allow_none=True)
    created_at = AwareTime()
    ticket = fields.Nested(TicketOut, allow_none=True)
