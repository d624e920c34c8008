"""What people told, in the panel: read within one's scope, answered, closed; the contact sealed until revealed."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import ColumnElement

from admin import wording
from admin.actions import ServiceAction, service_action
from admin.base import ReadOnlyView, per_request
from admin.filters import choice, day
from admin.forms import PanelForm, Paragraph
from admin.markup import badge, date_cell, link, muted, stacked
from admin.wording import changes_of
from app.audit import queries as audit
from app.core import clock
from app.feedback import queries, service
from app.feedback.models import Feedback
from app.feedback.rules import ANSWER_CHARS, FeedbackState
from app.orgs import queries as orgs
from app.orgs.queries import StationFacts
from app.orgs.rules import Reach

STATE_TONES = {"open": "held", "answered": "good", "closed": "quiet"}
_TEXT_SHOWN = 80


class AnswerForm(PanelForm):
    answer = Paragraph("答复", required=True, chars=ANSWER_CHARS, hint="拿着私人链接的人会看到；不要写别人的个人信息。")


class FeedbackView(ReadOnlyView):
    """What people told, those that wait first."""

    permission = "feedback.read"
    icon = "mail"
    noun = "反馈"
    intro = "不用登录就能留言；留言的人凭私人链接看答复。联系方式加密保存，查看要写明原因。"
    audited_as = "feedback"
    search_words = "内容"
    details_page = "panel/feedback.html"
    empty_hint = "有人在手机页留言后会出现在这里。"
    column_list = ("created_at", "text", "about", "state")
    column_labels = {"created_at": "时间", "text": "内容", "about": "关于", "state": "状态"}
    column_sortable_list = ("created_at",)
    column_searchable_list = ("text",)
    column_formatters = {
        "created_at": lambda view, _, row, __: link(view.details_url(row), date_cell(row.created_at)),
        "text": lambda view, _, row, __: link(view.details_url(row), _short(row.text)),
        "about": lambda _, __, row, ___: about_cell(row),
        "state": lambda _, __, row, ___: badge(dict(wording.FEEDBACK_STATES)[row.state], STATE_TONES[row.state]),
    }
    list_filters = (
        choice("state", "状态", wording.FEEDBACK_STATES, lambda value: Feedback.state == value),
        choice("about", "关于", wording.FEEDBACK_ABOUT, lambda value: Feedback.about == value),
        day("from", "从", lambda value: Feedback.created_at >= clock.midnight(value)),
    )
    buttons = (
        service_action(
            "answer",
            "答复",
            service.answer,
            permission="feedback.answer",
            asks=AnswerForm,
            tone="good",
            icon="check",
            done="已答复。",
            key="a",
        ),
        service_action(
            "close",
            "不答复，关闭",
            service.close,
            permission="feedback.answer",
            asks="reason",
            when=lambda row: row.state == FeedbackState.OPEN,
            icon="close",
            consequence="留言的人会看到“已关闭”，没有答复。原因只写入操作日志。",
            done="已关闭。",
        ),
        service_action(
            "reveal",
            "查看联系方式",
            service.reveal_contact,
            permission="feedback.reveal",
            asks="reason",
            when=lambda row: row.contact_enc is not None,
            icon="eye",
            consequence="联系方式只在这一次显示。谁、什么时候、为什么看的，会记入操作日志。",
        ),
    )

    def __init__(self) -> None:
        super().__init__(Feedback, "反馈", "feedback", "驿站")

    def within(self, held: Reach) -> ColumnElement[bool]:
        return queries.within(held)

    def place_of(self, row: Any) -> dict[str, Any]:
        station = station_of(row)
        return {"district_id": station.district_id, "station_id": station.id} if station else {}

    def title_of(self, row: Any) -> str:
        return f"关于{_about(row)}的反馈"

    def prefilled(self, button: ServiceAction, row: Any) -> dict[str, Any]:
        return {"answer": row.answer or ""} if button.name == "answer" else {}

    def acted(self, button: ServiceAction, row: Any, done: Any) -> ResponseReturnValue:
        """Show a revealed contact on this one answer and nowhere else."""
        if isinstance(done, service.Revealed):
            row = self.get_one(row.id)
            details = {**self.details_of(row), "contact": done.contact}
            return self.render(self.details_page, row=row, title=self.title_of(row), **details)
        return super().acted(button, row, done)

    def details_of(self, row: Any) -> dict[str, Any]:
        entries = audit.list_of_object("feedback", row.public_id, limit=10)
        return {
            "station": station_of(row),
            "about": _about(row),
            "contact": None,
            "trail_entries": [(entry, changes_of(entry)) for entry in entries],
        }


def station_of(row: Feedback) -> StationFacts | None:
    """Return the station that somebody speaks of; all are read once per request."""
    found: dict[int, StationFacts] = per_request(
        "stations", lambda: {one.id: one for one in orgs.find_stations(None, None)}
    )
    return found.get(row.station_id) if row.station_id else None


def about_cell(row: Feedback) -> Markup | str:
    """Return what it is about, and which."""
    words = dict(wording.FEEDBACK_ABOUT)[row.about]
    station = station_of(row)
    which = station.name_zh if station else row.ref
    return stacked(words, which) if which else words


def _about(row: Feedback) -> str:
    station = station_of(row)
    return station.name_zh if station else dict(wording.FEEDBACK_ABOUT)[row.about]


def _short(text: str) -> str | Markup:
    first = " ".join(text.split())
    return (first if len(first) <= _TEXT_SHOWN else f"{first[:_TEXT_SHOWN]}…") or muted("—")
