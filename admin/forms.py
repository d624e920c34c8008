"""Forms without judgement: they read what was typed into plain values; the rules of the services speak about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from wtforms import Field, Form, PasswordField, StringField

from admin.door import row_id
from app.core import clock
from app.core.errors import DomainError

Choices = Sequence[tuple[str, str]] | Callable[[], Iterable[tuple[str, str]]]


class Line(StringField):  # type: ignore[misc]
    """One line of text; what was not sent is empty, never what stood there before."""

    kind = "line"

    def __init__(self, label: str, *, hint: str = "", required: bool = False, chars: int = 0, **options: Any) -> None:
        super().__init__(label, description=hint, **options)
        self.is_required, self.chars = required, chars

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else ""


class Paragraph(Line):
    """Several lines of text."""

    kind = "paragraph"


class Hidden(Line):
    """What the page that leads here already knows, a row's id; 0 for what is none."""

    kind = "hidden"

    def __init__(self, label: str = "", **options: Any) -> None:
        super().__init__(label, **options)

    @property
    def plain(self) -> int:
        """The id for the service."""
        return row_id(self.data) or 0


class Secret(PasswordField):  # type: ignore[misc]
    """A password; never shown again. autocomplete: current-password or new-password."""

    kind = "secret"

    def __init__(self, label: str, *, autocomplete: str, hint: str = "", **options: Any) -> None:
        super().__init__(label, description=hint, **options)
        self.autocomplete, self.is_required = autocomplete, True

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else ""


class Choice(Field):  # type: ignore[misc]
    """One of a list. empty: the words for none; without them one must be chosen. as_id: the values are row ids."""

    kind = "choice"

    def __init__(
        self,
        label: str,
        options: Choices,
        *,
        hint: str = "",
        required: bool = False,
        empty: str | None = None,
        as_id: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(label, description=hint, **more)
        self.options, self.is_required, self.empty, self.as_id = options, required, empty, as_id

    def offered(self) -> list[tuple[str, str]]:
        """Return what may be chosen now, (value, label)."""
        listed = list(self.options() if callable(self.options) else self.options)
        return listed if self.empty is None else [("", self.empty), *listed]

    def process_data(self, value: Any) -> None:
        self.data = "" if value is None else str(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else ""

    @property
    def plain(self) -> Any:
        """The value for the service: an id where the choices are rows; None for none, and what is no id stays text."""
        if not self.as_id:
            return self.data
        return row_id(self.data) or self.data or None


class Checks(Field):  # type: ignore[misc]
    """Several of a short list; the values not on it go on to the rule, which refuses them."""

    kind = "checks"
    is_required = False

    def __init__(self, label: str, options: Sequence[tuple[str, str]], *, hint: str = "", **more: Any) -> None:
        super().__init__(label, description=hint, **more)
        self.choices = tuple(options)

    def process_data(self, value: Any) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = list(valuelist)


class Day(Field):  # type: ignore[misc]
    """A day typed into a native date input; what cannot be read is None."""

    kind = "day"

    def __init__(self, label: str, *, hint: str = "", required: bool = False, **options: Any) -> None:
        super().__init__(label, description=hint, **options)
        self.is_required = required

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            self.data = date.fromisoformat(valuelist[0])
        except (ValueError, IndexError):
            self.data = None


class Moment(Field):  # type: ignore[misc]
    """An instant on the city's clock, typed into a native datetime-local; what cannot be read is None."""

    kind = "moment"

    def __init__(self, label: str, *, hint: str = "", required: bool = False, **options: Any) -> None:
        super().__init__(label, description=hint, **options)
        self.is_required = required

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            typed = datetime.fromisoformat(valuelist[0])
        except (ValueError, IndexError):
            self.data = None
        else:
            self.data = typed.replace(tzinfo=clock.CITY_ZONE) if typed.tzinfo is None else typed

    def shown(self) -> str:
        """Return the value as the input wants it."""
        return clock.city_time(self.data).strftime("%Y-%m-%dT%H:%M") if self.data else ""


class PanelForm(Form):  # type: ignore[misc]
    """A form: `plain` hands its values to a service, `show` puts the service's refusal on the fields."""

    def plain(self) -> dict[str, Any]:
        """Return the typed values under the service's names."""
        return {name: getattr(field, "plain", field.data) for name, field in self._fields.items()}

    def show(self, refusal: DomainError) -> str:
        """Put the sentences of a refusal on their fields. Returns the sentence for the top of the form."""
        others = []
        for name, texts in refusal.fields.items():
            sentences = [text.zh for text in texts]
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, *sentences]
            else:
                others += sentences
        return " ".join([*refusal.sentences("zh-CN"), *others])

    def take_over(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        """Adopt what somebody else saved in the fields that this person has left alone; their own words stay.

        before: the values that somebody replaced, by field. now: the record's present values.
        """
        for name, was in before.items():
            field = self._fields.get(name)
            if field is not None and comparable(getattr(field, "plain", field.data)) == comparable(was):
                field.process_data(now[name])


def comparable(value: Any) -> Any:
    """Return a value in the spelling of the audit trail, so that typed and recorded values can be compared."""
    if isinstance(value, Mapping):
        return {name: comparable(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [comparable(item) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value or None


class ReasonForm(PanelForm):
    """The form of an act that needs nothing but its reason."""

    reason = Line("原因", required=True, chars=200, hint="会写入操作日志。")
