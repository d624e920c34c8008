"""What calls about calendars answer."""

from __future__ import annotations

from marshmallow import Schema

from app.http.fields import Str


class CalendarLinkOut(Schema):
    url = Str(required=True, metadata={"description": "For a calendar program. Whoever has it can read the calendar."})
