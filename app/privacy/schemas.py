"""What calls about consents, copies and deletion take and answer."""

from __future__ import annotations

from marshmallow import Schema

from app.http.fields import AwareTime, Bool, Day, Int, Str, Strict
from app.privacy.rules import ExportState, Purpose


class ConsentTextOut(Schema):
    """draft: an example text that the city has not made its own yet."""

    purpose = Str(one_of=tuple(Purpose), required=True)
    version = Int(required=True)
    title = Str(required=True)
    text = Str(required=True)
    draft = Bool(required=True)


class ConsentIn(Strict):
    purpose = Str(required=True, high=40)
    version = Int(required=True, low=1, high=10_000)


class ConsentOut(Schema):
    """outdated: a newer version of the text is there."""

    purpose = Str(one_of=tuple(Purpose), required=True)
    version = Int(required=True)
    title = Str(required=True)
    given_at = AwareTime(required=True)
    withdrawn_at = AwareTime(required=True, allow_none=True)
    outdated = Bool(required=True)


class ExportOut(Schema):
    """download_url works once, until expires_at; without a token, so that a browser can simply open it."""

    id = Str(required=True)
    state = Str(one_of=tuple(ExportState), required=True)
    download_url = Str(required=True, allow_none=True)
    expires_at = AwareTime(required=True, allow_none=True)


class DeletionOut(Schema):
    effective_on = Day(required=True, allow_none=True)
