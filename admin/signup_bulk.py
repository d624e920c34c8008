"""Several sign-ups at once: chosen on a roster, shown with their count, confirmed, and told row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import door
from admin import signup_words as words
from admin.actions import ServiceAction
from admin.errors import status_of
from admin.forms import PanelForm, Paragraph
from admin.views import may
from app.core import clock
from app.core.errors import DomainError, InvalidInput, Kind, NotFound
from app.core.types import new_public_id
from app.events import notes
from app.events.models import SignUp

CHOSEN_MAX = 200
"""Sign-ups that one press decides; each is a unit of its own, so that one refusal undoes nothing of the others."""


class NoteForm(PanelForm):
    """A few words to those chosen."""

    text = Paragraph(
        "消息",
        required=True,
        chars=notes.TEXT_CHARS,
        hint="会原样发到每个人的收件箱，并留在操作日志里。请不要写任何人的个人信息。",
    )


NOTE = ServiceAction(
    "note",
    "发消息",
    "signups.decide",
    lambda *_: None,
    asks=NoteForm,
    icon="mail",
    consequence="消息发到手机页的收件箱，不发短信。",
)


class Outcome(NamedTuple):
    """What became of one row. problem: empty where it was done."""

    row: SignUp
    problem: str


class BulkPages:
    """The part of the sign-ups' view that decides about several at once."""

    @expose("/bulk/", methods=("POST",))
    def bulk(self: Any) -> ResponseReturnValue:
        """Ask what is to be done with those chosen; done once it is confirmed, with a report."""
        button = self._bulk_button(request.form.get("what", ""))
        rows = self._chosen(button)
        back = door.way_back(url_for("roster.index_view"))
        if not rows:
            self.say("请先勾选要处理的人；不在您范围内的不会处理。", "bad")
            return door.go(back)
        form = (button.asks or PanelForm)(request.form)
        if "confirmed" not in request.form:
            form = (button.asks or PanelForm)()
            return self._bulk_page(button, rows, form, back)
        try:
            done = self._send(rows, form) if button is NOTE else self._press(button, rows, form)
        except InvalidInput as refusal:
            return self._bulk_page(button, rows, form, back, form.show(refusal)), status_of(refusal)
        return self.render(
            "panel/signup_report.html",
            title=f"{button.label}：处理结果",
            button=button,
            done=[one for one in done if not one.problem],
            left=[one for one in done if one.problem],
            back=back,
            said=words,
        )

    def _bulk_button(self: Any, name: str) -> ServiceAction:
        button = next((one for one in (*self.buttons, NOTE) if one.name == name), None)
        if button is None:
            raise NotFound
        return button

    def _chosen(self: Any, button: ServiceAction) -> list[SignUp]:
        """Return the rows chosen, inside the caller's scope and where they may decide, in the order of the queue."""
        ids = {number for text in request.form.getlist("ids")[:CHOSEN_MAX] if (number := door.row_id(text))}
        rows = self.get_query().filter(SignUp.id.in_(ids)).order_by(SignUp.queue_no, SignUp.id)
        return [row for row in rows if may(button.permission, **self.place_of(row))]

    def _press(self: Any, button: ServiceAction, rows: Sequence[SignUp], form: PanelForm) -> list[Outcome]:
        """Press the button on each, one unit each. Raises InvalidInput about the form itself, with nothing done."""
        problems: dict[int, str] = {}
        for id_ in [row.id for row in rows]:
            try:
                door.write(lambda id_=id_: button.act(door.actor(), self.get_one(id_), form.plain(), clock.now()))
            except DomainError as refusal:
                if refusal.kind is Kind.INVALID and refusal.fields:
                    raise
                problems[id_] = " ".join(refusal.sentences("zh-CN"))
            else:
                problems[id_] = ""
        return self._outcomes(problems)

    def _send(self: Any, rows: Sequence[SignUp], form: PanelForm) -> list[Outcome]:
        ids = [row.id for row in rows]
        told = door.write(
            lambda: notes.send_note(
                door.actor(),
                ids,
                text=form.plain()["text"],
                key=request.form.get("key", "")[:40],
                at=clock.now(),
            )
        )
        return self._outcomes({id_: "" if id_ in told else "这条报名已经结束，没有发。" for id_ in ids})

    def _outcomes(self: Any, problems: Mapping[int, str]) -> list[Outcome]:
        """Return the rows as they are now, in the order in which they were decided."""
        rows = {row.id: row for row in self.get_query().filter(SignUp.id.in_(problems))}
        return [Outcome(rows[id_], problem) for id_, problem in problems.items() if id_ in rows]

    def _bulk_page(
        self: Any, button: ServiceAction, rows: Sequence[SignUp], form: PanelForm, back: str, problem: str = ""
    ) -> str:
        page: str = self.render(
            "panel/signup_bulk.html",
            title=f"{button.label}：{len(rows)} 人",
            button=button,
            rows=rows,
            form=form,
            problem=problem,
            back=back,
            key=request.form.get("key") or new_public_id(),
            asked_for=len(set(request.form.getlist("ids"))),
            fits=button.when,
            said=words,
        )
        return page
