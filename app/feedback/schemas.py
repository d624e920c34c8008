"""What feedback calls take and answer."""

from __future__ import annotations

from marshmallow import Schema

from app.feedback.rules import CONTACT_CHARS, REF_CHARS, TEXT_CHARS, About, FeedbackState
from app.http.fields import Str, Strict


class FeedbackIn(Strict):
    """Something that somebody tells."""

    about = Str(one_of=tuple(About), required=True)
    ref = Str(high=REF_CHARS, metadata={"description": "A station's code where it is about a station."})
    text = Str(low=1, high=TEXT_CHARS, multiline=True, required=True)
    contact = Str(high=CONTACT_CHARS, metadata={"description": "Stored encrypted; asked for only if you want a call."})


class FeedbackMadeOut(Schema):
    """The private link is shown here once."""

    id = Str(required=True)
    status_url = Str(required=True)


class FeedbackOut(Schema):
    state = Str(one_of=tuple(FeedbackState), required=True)
    text = Str(required=True)
    answer = Str(allow_none=True)
