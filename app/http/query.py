"""Query parameters: text on the wire, read as strictly as bodies."""

from __future__ import annotations

import math
import re
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from app.core.paging import DEFAULT_LIMIT, MAX_LIMIT
from app.http.fields import NOT_BOOLEAN, NOT_INTEGER, NOT_NUMBER, OUT_OF_RANGE, Day, Documented, Str

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_DECIMAL = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,15})?")


class Query(Schema):
    """Query parameters of a call; names it does not know are ignored."""

    class Meta:
        unknown = EXCLUDE


class QueryInt(Documented):
    """A whole number in ASCII digits, from low to high."""

    def __init__(self, *, low: int, high: int, **kwargs: Any) -> None:
        super().__init__({"type": "integer", "minimum": low, "maximum": high}, **kwargs)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if not _INTEGER.fullmatch(value):
            raise ValidationError([NOT_INTEGER])
        if not self.low <= int(value) <= self.high:
            raise ValidationError([OUT_OF_RANGE.fill(low=self.low, high=self.high)])
        return int(value)


class QueryNumber(Documented):
    """A plain decimal number in ASCII digits, from low to high."""

    def __init__(self, *, low: float, high: float, **kwargs: Any) -> None:
        super().__init__({"type": "number", "minimum": low, "maximum": high}, **kwargs)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> float:
        if not _DECIMAL.fullmatch(value) or not math.isfinite(float(value)):
            raise ValidationError([NOT_NUMBER])
        if not self.low <= float(value) <= self.high:
            raise ValidationError([OUT_OF_RANGE.fill(low=self.low, high=self.high)])
        return float(value)


class QueryDay(Day):
    """A city day of this century, so that no arithmetic with it can go astray."""

    form = _DAY


class QueryBool(Documented):
    """true or false."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__({"type": "boolean"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise ValidationError([NOT_BOOLEAN])
        return bool(value == "true")


class PageQuery(Query):
    """Paging of every list."""

    limit = QueryInt(low=1, high=MAX_LIMIT, load_default=DEFAULT_LIMIT)
    cursor = Str(high=400, load_default=None)
