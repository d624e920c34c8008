"""Strict marshmallow fields: types only, nothing rounded, nothing guessed; every sentence in zh and en."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from app.core.clock import city_time, rfc3339
from app.core.errors import Text
from app.core.types import has_control_characters

REQUIRED = Text("请填写这一项。", "This field is required.")
NOT_NULL = Text("这一项不能为空。", "This field cannot be null.")
UNKNOWN_FIELD = Text("没有这个字段。", "There is no such field.")
NOT_TEXT = Text("这里需要文字。", "This must be a string.")
UNPRINTABLE = Text("里面有无法显示的字符。", "It holds characters that cannot be shown.")
NOT_NUMBER = Text("这里需要数字，不要加引号。", "This must be a number, without quotes.")
NOT_INTEGER = Text("这里需要整数，不要加引号。", "This must be a whole number, without quotes.")
NOT_BOOLEAN = Text("这里需要 true 或 false。", "This must be true or false.")
NOT_OBJECT = Text("这里需要一个对象。", "This must be an object.")
NOT_LIST = Text("这里需要一个列表。", "This must be a list.")
TOO_MANY = Text("最多 {high} 项。", "At most {high} items.")
NOT_TIME = Text(
    "时间要带时区，例如 2026-11-22T09:12:00+08:00。", "A time needs its zone, e.g. 2026-11-22T09:12:00+08:00."
)
NOT_DAY = Text("这里需要日期，例如 2026-11-22。", "This must be a day, e.g. 2026-11-22.")
NOT_CHOICE = Text("可选：{choices}。", "Choose one of: {choices}.")
OUT_OF_RANGE = Text("应在 {low} 到 {high} 之间。", "It must be from {low} to {high}.")
NOT_POSITIVE = Text("应大于 0。", "It must be greater than 0.")
TOO_LONG = Text("长度应为 {low}–{high} 个字符。", "Its length must be {low} to {high} characters.")

TEXT_CHARS = 200
"""A text that comes in without a limit of its own is held to this."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MESSAGES: dict[str, Any] = {
    "required": [REQUIRED],
    "null": [NOT_NULL],
    "type": [NOT_OBJECT],
    "invalid": [NOT_TEXT],
}


class Documented(fields.Field[Any]):
    """A field that tells OpenAPI what it is."""

    def __init__(self, documented: dict[str, Any], **kwargs: Any) -> None:
        metadata = {**documented, **kwargs.pop("metadata", {})}
        super().__init__(error_messages=_MESSAGES, metadata=metadata, **kwargs)


class Strict(Schema):
    """A body that is taken to the letter: unknown fields are refused."""

    class Meta:
        unknown = RAISE

    error_messages: dict[str, Any] = {  # noqa: RUF012 -- marshmallow declares it so
        "unknown": [UNKNOWN_FIELD],
        "type": [NOT_OBJECT],
    }


class Str(Documented):
    """Text without control characters, of a length from low to high; an answer's text needs no high."""

    def __init__(
        self,
        *,
        low: int = 0,
        high: int | None = None,
        one_of: tuple[str, ...] = (),
        multiline: bool = False,
        **kwargs: Any,
    ) -> None:
        documented: dict[str, Any] = {"type": "string"}
        if one_of:
            documented["enum"] = [*one_of, None] if kwargs.get("allow_none") else list(one_of)
        elif high is not None:
            documented |= {"minLength": low, "maxLength": high}
        super().__init__(documented, **kwargs)
        self.low, self.high, self.one_of, self.multiline = low, high or TEXT_CHARS, one_of, multiline

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError([NOT_TEXT])
        if self.one_of:
            if value not in self.one_of:
                raise ValidationError([NOT_CHOICE.fill(choices=", ".join(self.one_of))])
            return value
        text: str = value.strip()  # a pasted link brings its line end along
        if not self.low <= len(text) <= self.high:
            raise ValidationError([TOO_LONG.fill(low=self.low, high=self.high)])
        if has_control_characters(text, multiline=self.multiline):
            raise ValidationError([UNPRINTABLE])
        return text


class Number(Documented):
    """A finite JSON number from low to high; above_zero excludes 0."""

    def __init__(self, *, low: float, high: float, above_zero: bool = False, **kwargs: Any) -> None:
        lower = {"exclusiveMinimum": 0} if above_zero else {"minimum": low}
        super().__init__({"type": "number", "maximum": high, **lower}, **kwargs)
        self.low, self.high, self.above_zero = low, high, above_zero

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValidationError([NOT_NUMBER])
        if isinstance(value, float) and not math.isfinite(value):
            raise ValidationError([NOT_NUMBER])
        if self.above_zero and value <= 0:
            raise ValidationError([NOT_POSITIVE])
        if not self.low <= value <= self.high:
            raise ValidationError([OUT_OF_RANGE.fill(low=self.low, high=self.high)])
        return float(value)


class Int(Documented):
    """A whole JSON number from low to high; 1.0 is none."""

    def __init__(self, *, low: int = 0, high: int = 2**31 - 1, **kwargs: Any) -> None:
        super().__init__({"type": "integer", "minimum": low, "maximum": high}, **kwargs)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValidationError([NOT_INTEGER])
        if not self.low <= value <= self.high:
            raise ValidationError([OUT_OF_RANGE.fill(low=self.low, high=self.high)])
        return value


class Bool(Documented):
    """true or false, nothing that merely looks like it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__({"type": "boolean"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError([NOT_BOOLEAN])
        return value


class AwareTime(Documented):
    """An RFC 3339 time with its zone; written in city time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__({"type": "string", "format": "date-time"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or len(value) > 40 or "T" not in value.upper() or not value.isascii():
            raise ValidationError([NOT_TIME])
        try:
            found = datetime.fromisoformat(value)
            if found.tzinfo is None:
                raise ValueError("naive")
            return city_time(found)
        except (ValueError, OverflowError):
            raise ValidationError([NOT_TIME]) from None

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return rfc3339(value) if value is not None else None


class Day(Documented):
    """A city day, YYYY-MM-DD."""

    form = _DAY

    def __init__(self, **kwargs: Any) -> None:
        super().__init__({"type": "string", "format": "date"}, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> date:
        if not isinstance(value, str) or not self.form.fullmatch(value):
            raise ValidationError([NOT_DAY])
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValidationError([NOT_DAY]) from None

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.isoformat() if value is not None else None


def nested(schema: type[Schema], **kwargs: Any) -> fields.Nested:
    """A part of a body."""
    return fields.Nested(schema, error_messages=_MESSAGES, **kwargs)


class _AtMost(fields.List[Any]):
    """A list of at most so many."""

    def __init__(self, inner: Any, *, high: int, **kwargs: Any) -> None:
        messages = {**_MESSAGES, "invalid": [NOT_LIST]}
        super().__init__(inner, error_messages=messages, metadata={"maxItems": high}, **kwargs)
        self.high = high

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list) and len(value) > self.high:
            raise ValidationError([TOO_MANY.fill(high=self.high)])
        return super()._deserialize(value, attr, data, **kwargs) or []


class Rows(_AtMost):
    """A list of parts of a body, at most so many."""

    def __init__(self, schema: type[Schema], *, high: int, **kwargs: Any) -> None:
        super().__init__(nested(schema), high=high, **kwargs)


class Codes(_AtMost):
    """A list of codes out of a catalogue."""

    def __init__(self, known: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(Str(one_of=known), high=len(known), **kwargs)
