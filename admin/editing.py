"""Lists whose rows can be made and changed: form → plain dict → unit of work → service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import door
from admin.base import ReadOnlyView
from admin.errors import status_of
from admin.forms import PanelForm
from admin.views import may
from admin.wording import changes_of, clash
from app.audit import queries as audit
from app.core import clock
from app.core.errors import AccessDenied, ChangedMeanwhile, DomainError, NotFound


@dataclass(frozen=True)
class Inline:
    """A field that can be changed in the list. options: (value, label) for a choice; empty for a line of text."""

    options: Sequence[tuple[str, str]] = ()


class ServiceModelView(ReadOnlyView):
    """A list that declares services for making and changing rows; what is not declared cannot be done."""

    form_class: ClassVar[type[PanelForm] | None] = None
    change_form_class: ClassVar[type[PanelForm] | None] = None
    """The form for changing, where some fields are set once; None for the same form."""
    form_page: ClassVar[str] = "panel/form.html"
    create_permission: ClassVar[str | None] = None
    edit_permission: ClassVar[str | None] = None
    may_repeat: ClassVar[bool] = True
    """Whether the form of a new row offers to make another one after it."""
    inline: ClassVar[Mapping[str, Inline]] = {}

    def service_create(self, data: dict[str, Any]) -> Any:
        """Make a row through its service. Called inside the unit of work. Returns the row."""
        raise NotFound

    def service_update(self, row: Any, data: dict[str, Any], seen_version: int | None) -> Any:
        """Change a row through its service. Called inside the unit of work. Returns the row."""
        raise NotFound

    def values_of(self, row: Any) -> dict[str, Any]:
        """Return a row's values by form field."""
        assert self.form_class is not None
        return {name: getattr(row, name, None) for name in self.form_class()._fields}

    def audit_id(self, row: Any) -> str:
        """Return the id under which the audit trail speaks of a row."""
        return str(row.id)

    def may_create(self) -> bool:
        """Whether the caller may make rows somewhere."""
        return self.create_permission is not None and may(self.create_permission)

    def may_edit(self, row: Any) -> bool:
        """Whether the caller may change this row."""
        return self.edit_permission is not None and may(self.edit_permission, **self.place_of(row))

    def render(self, template: str, **kwargs: Any) -> str:
        """Tell the page what the caller may do here."""
        return super().render(template, **{**kwargs, "may_create": self.may_create()})

    # --- make -----------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """Make a row. ?like=ID starts from a copy of another."""
        if self.form_class is None:
            raise NotFound
        if not self.may_create():
            raise AccessDenied
        if request.method == "GET":
            like = request.args.get("like")
            values = self.values_for_copy(self.get_one(like)) if like else self.values_for_new()
            return self._form_of_new(self.form_class(data=values))
        form = self.form_class(request.form)
        try:
            row = door.write(lambda: self.service_create(self.data_of(form)))
        except DomainError as refusal:
            return self._form_of_new(form, form.show(refusal)), status_of(refusal)
        return self.created(row, form)

    def values_for_new(self) -> dict[str, Any]:
        """Return what the form of a new row holds at first."""
        return {}

    def values_for_copy(self, row: Any) -> dict[str, Any]:
        """Return what the form of a copy holds at first."""
        return self.values_of(row)

    def data_of(self, form: PanelForm) -> dict[str, Any]:
        """Return the typed values as the service takes them."""
        return form.plain()

    def created(self, row: Any, form: PanelForm) -> ResponseReturnValue:
        """Answer a row that was made."""
        self.say(f"已新建{self.noun}“{self.title_of(row)}”。")
        if "again" in request.form:
            return door.go(url_for(f"{self.endpoint}.create_view"))
        return door.go(self.details_url(row) if self.has_details else url_for(f"{self.endpoint}.index_view"))

    def _form_of_new(self, form: PanelForm, problem: str = "") -> str:
        return self.render(
            self.form_page,
            form=form,
            problem=problem,
            row=None,
            title=f"新建{self.noun}",
            clashes=[],
            **self.form_extras(),
        )

    def form_extras(self) -> dict[str, Any]:
        """Return what the form's page needs besides the form."""
        return {}

    # --- change ---------------------------------------------------------------------------------

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        """Change a row. Somebody else's change in the meantime is shown, and nothing typed is lost."""
        form_class = self.change_form_class or self.form_class
        if form_class is None:
            raise NotFound
        row = self.row_to_act_on(request.args.get("id"))
        if not self.may_edit(row):
            raise AccessDenied
        if request.method == "GET":
            return self._form_of(row, form_class(data=self.values_of(row)))
        form = form_class(request.form)
        seen = _number(request.form.get("seen_version"))
        try:
            changed = door.write(lambda: self.service_update(row, self.data_of(form), seen))
        except ChangedMeanwhile as refusal:
            return self._form_after_clash(row, form, clash(refusal)), 409
        except DomainError as refusal:
            return self._form_of(row, form, form.show(refusal), keep_seen=True), status_of(refusal)
        return self.updated(changed, form)

    def updated(self, row: Any, form: PanelForm) -> ResponseReturnValue:
        """Answer a row that was changed."""
        self.say(f"已保存“{self.title_of(row)}”。")
        if self.has_details:
            return door.go(door.way_back(self.details_url(row)))
        return door.go(door.way_back(url_for(f"{self.endpoint}.index_view")))

    def _form_of(
        self, row: Any, form: PanelForm, problem: str = "", *, clashes: Sequence[Any] = (), keep_seen: bool = False
    ) -> str:
        seen = request.form.get if keep_seen else lambda _: None
        return self.render(
            self.form_page,
            form=form,
            problem=problem,
            row=row,
            title=f"编辑：{self.title_of(row)}",
            clashes=clashes,
            seen_version=seen("seen_version") or getattr(row, "version", None),
            seen_seq=seen("seen_seq") or audit.get_head().seq,
            **self.form_extras(),
        )

    def _form_after_clash(self, row: Any, form: PanelForm, refusal: DomainError) -> str:
        """Show who changed what since, take their values where this person typed none, keep the rest as typed."""
        row = self.get_one(getattr(row, self.key))
        seen_seq = _number(request.form.get("seen_seq")) or 0
        entries = audit.list_of_object(self.audited_as or "", self.audit_id(row), limit=50)
        since = [entry for entry in reversed(entries) if entry.seq > seen_seq]
        first: dict[str, Any] = {}
        for entry in since:
            for name, was in (entry.before or {}).items():
                first.setdefault(name, was)
        form.take_over(first, self.values_of(row))
        clashes = [(entry, changes_of(entry)) for entry in since]
        return self._form_of(row, form, form.show(refusal), clashes=clashes)

    # --- change one field in the list -----------------------------------------------------------

    @expose("/inline/", methods=("POST",))
    def inline_view(self) -> ResponseReturnValue:
        """Change one field of one row from the list; the answer is for the page's own script."""
        name = request.form.get("name", "")
        if name not in self.inline:
            raise NotFound
        row = self.get_one(request.form.get("id"))
        if not self.may_edit(row):
            raise AccessDenied
        before = getattr(row, name)
        data = {name: request.form.get("value", "")}
        try:
            seen = _number(request.form.get("seen_version"))
            changed = door.write(lambda: self.service_update(row, data, seen))
        except ChangedMeanwhile as refusal:
            return door.json_answer({"message": clash(refusal).sentence("zh-CN"), "field": name}, 409)
        except DomainError as refusal:
            sentences = [text.zh for texts in refusal.fields.values() for text in texts]
            body = {"message": " ".join(sentences) or refusal.sentence("zh-CN"), "field": name}
            return door.json_answer(body, status_of(refusal))
        body = {
            "html": str(self.cell(changed, name)),
            "value": getattr(changed, name) or "",
            "before": before or "",
            "version": getattr(changed, "version", None),
            "message": f"已保存“{self.title_of(changed)}”。",
            "at": clock.city_time(clock.now()).strftime("%H:%M"),
        }
        return door.json_answer(body)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 12 else None
