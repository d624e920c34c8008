"""What calls about oneself take and answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.http.fields import AwareTime, Bool, Str, Strict
from app.people.models import Locale

KINDS = ("guest", "citizen")


class GuestIn(Strict):
    device_id = Str(low=1, high=100, metadata={"description": "A random id that the device keeps; stored hashed."})


_PHONE = {"description": "A mainland mobile number, written in any usual way."}


class PhoneIn(Strict):
    phone = Str(low=1, high=40, required=True, metadata=_PHONE)


class PhoneCodeIn(PhoneIn):
    code = Str(low=1, high=20, required=True, metadata={"description": "The six digits of the message."})


class LoginCodeIn(Strict):
    code = Str(low=1, high=200, required=True, metadata={"description": "What wx.login gave the mini-program."})


class MeIn(Strict):
    nickname = Str(high=200)
    locale = Str(one_of=tuple(Locale))
    elder_mode = Bool()


class PersonOut(Schema):
    id = Str(required=True)
    nickname = Str(required=True)
    kind = Str(one_of=KINDS, required=True)
    locale = Str(one_of=tuple(Locale), required=True)
    phone_masked = Str(metadata={"description": "Left out while no phone is known."})


class VolunteerCardOut(Schema):
    volunteer_no = Str(required=True)
    state = Str(required=True)


class MeOut(PersonOut):
    elder_mode = Bool(required=True)
    volunteer = fields.Nested(VolunteerCardOut, metadata={"description": "Left out for who is no volunteer."})


class CodeSentOut(Schema):
    retry_after_s = fields.Integer(required=True)
    expires_in_s = fields.Integer(required=True)
    demo_code = Str(metadata={"description": "The code itself, in the demo and in tests only."})


class SessionOut(Schema):
    """A fresh session; keep the token, it is shown once."""

    token = Str(required=True)
    expires_at = AwareTime(required=True)
    person = fields.Nested(PersonOut, required=True)


class DeviceOut(Schema):
    id = Str(required=True)
    device = Str(required=True)
    created_at = AwareTime(required=True)
    last_seen_at = AwareTime(required=True)
    current = Bool(required=True)
