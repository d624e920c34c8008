"""What a screen's calls take and answer."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.http.fields import AwareTime, Str, Strict

EXAMPLE_CODE = "12345678"


class PairIn(Strict):
    """The one-time code from the panel."""

    code = Str(
        low=1, high=40, required=True, metadata={"description": "Eight digits; spaces and dashes do not matter."}
    )


class KioskStation(Schema):
    code = Str(required=True)
    name = Str(required=True)


class PairOut(Schema):
    """The screen's token, shown once."""

    token = Str(required=True)
    station = fields.Nested(KioskStation, required=True)


class KioskCode(Schema):
    """The digits of one 30-second step."""

    digits = Str(required=True)
    url = Str(required=True)
    valid_from = AwareTime(required=True)
    valid_until = AwareTime(required=True)


class KioskCodesOut(Schema):
    """This step's digits and those of the next steps, in order."""

    items = fields.List(fields.Nested(KioskCode), required=True)
