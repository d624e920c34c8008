"""Messages in the panel: what staff themselves are told, and text messages of people that did not arrive."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy import ColumnElement, false, true

from admin import door
from admin.actions import ServiceAction
from admin.base import ReadOnlyView
from admin.filters import choice, day
from admin.markup import badge, date_cell, muted, stacked
from admin.views import SIGNED_IN, PanelView
from app.core import clock
from app.core.outbox import OutboxRow, OutboxState
from app.inbox import queries, rules, service
from app.orgs.rules import Reach

STATES = (("waiting", "等待发送"), ("sent", "已发出"), ("dropped", "未发送"), ("dead", "未送达"))
_TONES = {"waiting": "held", "sent": "good", "dropped": "quiet", "dead": "bad"}
_FAULTS = {
    "unreachable": "短信网关没有接收",
    "no_gateway": "没有设置短信网关",
    "no_phone": "没有已验证的手机号",
    "too_late": "等到可以发送时已经过时",
    "abandoned": "处理时中断了 8 次",
}
SHOWN = 50


class InboxView(PanelView):
    """What the person at this desk was told."""

    permission = SIGNED_IN

    def __init__(self) -> None:
        super().__init__(name="我的消息", endpoint="inbox", url="/admin/inbox")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the newest messages."""
        rows = queries.list_of_staff(door.actor().id or 0, limit=SHOWN)
        said = [(row, *rules.words(row.kind_code, row.facts, "zh-CN")) for row in rows]
        return self.render("panel/inbox.html", said=said, unread=any(row.read_at is None for row in rows))

    @expose("/read", methods=("POST",))
    def read(self) -> ResponseReturnValue:
        """Note that all of them were read."""
        door.write(lambda: service.read_all_of_staff(door.actor().id or 0, at=clock.now()))
        return door.go(url_for("inbox.index"))


class TextMessageView(ReadOnlyView):
    """Text messages and what became of them. Neither number nor name stands here: the log names them by the same id."""

    permission = "outbox.read"
    icon = "mail"
    noun = "短信"
    intro = "每条短信最多试 8 次，之后停下来等人处理；夜里 21:00 到次日 08:00 不发。内容同时在本人手机页的“消息”里。"
    audited_as = "outbox"
    search_words = "短信编号"
    has_details = False
    empty_hint = "名额、取消和提醒会发短信，发过的在这里留 30 天。"
    column_list = ("created_at", "what", "state", "tries", "next_try_at")
    column_labels = {
        "created_at": "时间",
        "what": "内容",
        "state": "状态",
        "tries": "试过",
        "next_try_at": "下次发送",
        "public_id": "短信编号",
    }
    column_sortable_list = ("created_at", "tries")
    column_searchable_list = ("public_id",)
    column_formatters = {
        "created_at": lambda _, __, row, ___: date_cell(row.created_at),
        "what": lambda _, __, row, ___: stacked(rules.words(row.kind_code, row.payload, "zh-CN")[0], row.public_id),
        "state": lambda _, __, row, ___: state_cell(row),
        "tries": lambda _, __, row, ___: f"{row.tries} 次" if row.tries else muted("还没有"),
        "next_try_at": lambda _, __, row, ___: (
            date_cell(row.next_try_at) if row.state == OutboxState.WAITING else muted("—")
        ),
    }
    list_filters = (
        choice("state", "状态", STATES, lambda value: OutboxRow.state == value),
        day("from", "从", lambda value: OutboxRow.created_at >= clock.midnight(value)),
    )
    buttons = (
        ServiceAction(
            "retry",
            "重新发送",
            "outbox.retry",
            lambda actor, row, _, at: service.retry_message(actor, row.public_id, at=at),
            when=lambda row: row.state == OutboxState.DEAD,
            icon="clock",
            done="已重新排队，一分钟内再发。",
            in_list=True,
        ),
    )

    def __init__(self) -> None:
        super().__init__(OutboxRow, "短信", "text_messages", "监督")

    def within(self, held: Reach) -> ColumnElement[bool]:
        """Messages to people belong to the whole city, as people do."""
        return true() if held.city else false()

    def title_of(self, row: Any) -> str:
        return f"短信 {row.public_id}"


def state_cell(row: OutboxRow) -> Any:
    """Return the state, and why where something was wrong."""
    shown = badge(dict(STATES)[row.state], _TONES[row.state])
    return stacked(shown, _FAULTS.get(row.fault, "内容有误，请联系维护人员")) if row.fault else shown
