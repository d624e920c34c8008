"""What calls about oneself as a volunteer take and answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.http.fields import Bool, Codes, Day, Str, Strict, nested
from app.stations.rules import LANGUAGES
from app.stations.schemas import NamedOut
from app.volunteers.rules import CONTACT_CHARS, SKILLS, Gender, QualificationCode, VolunteerState

_NAME_CHARS = 100


class GuardianIn(Strict):
    """Who agrees for somebody under 14; they read the text `guardian` first."""

    name = Str(high=_NAME_CHARS, required=True)
    phone = Str(high=40, required=True)
    consent = Bool(required=True)


class VolunteerIn(Strict):
    """Oneself as a volunteer. At first real_name, birth_date and district are needed; later what is left out stays."""

    real_name = Str(high=_NAME_CHARS, metadata={"description": "Stored encrypted; others see it masked."})
    birth_date = Day()
    district = Str(high=10, metadata={"description": "A district's code."})
    gender = Str(one_of=tuple(Gender), allow_none=True)
    skills = Codes(SKILLS)
    languages = Codes(LANGUAGES)
    emergency_contact = Str(
        high=CONTACT_CHARS, allow_none=True, metadata={"description": "A name and a phone; stored encrypted."}
    )
    guardian = nested(GuardianIn, allow_none=True)


class QualificationOut(Schema):
    """What staff have seen proof of."""

    code = Str(one_of=tuple(QualificationCode), required=True)
    name = Str(required=True)
    valid_until = Day(allow_none=True, metadata={"description": "The last city day; none for no end."})


class GuardianOut(Schema):
    name_masked = Str(required=True)
    phone_masked = Str(required=True)


class VolunteerOut(Schema):
    """One's own record; names and phones are masked here too."""

    volunteer_no = Str(required=True)
    state = Str(one_of=tuple(VolunteerState), required=True)
    state_note = Str(allow_none=True, metadata={"description": "What the state means, and why it is so."})
    real_name_masked = Str(required=True)
    birth_date = Day(allow_none=True)
    district = fields.Nested(NamedOut, allow_none=True)
    gender = Str(one_of=tuple(Gender), allow_none=True)
    skills = fields.List(Str(), required=True)
    languages = fields.List(Str(), required=True)
    emergency_contact_masked = Str(allow_none=True)
    guardian = fields.Nested(GuardianOut, allow_none=True)
    qualifications = fields.List(fields.Nested(QualificationOut), required=True)
