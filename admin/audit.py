"""The audit trail in the panel: who did what to what, before and after, and that the chain holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import ColumnElement, select, true

from admin import door, wording
from admin.base import ReadOnlyView, city, per_request
from admin.filters import ListFilter, choice, day
from admin.markup import badge, date_cell, link, muted, stacked
from admin.wording import changes_of
from app.audit import queries
from app.audit.models import AuditEntry
from app.checkins.models import CheckIn
from app.core import clock
from app.core.db import db
from app.feedback.models import Feedback
from app.orgs.models import Staff
from app.orgs.rules import Reach
from app.stations.models import Station
from app.volunteers.models import Volunteer

_SHOWN_CHANGES = 3


def _actors() -> list[tuple[str, str]]:
    query = select(AuditEntry.actor).distinct().order_by(AuditEntry.actor)
    found: list[tuple[str, str]] = per_request(
        "actors", lambda: [(one, wording.who(one)) for one in db.session.scalars(query)]
    )
    return found


class AuditView(ReadOnlyView):
    """The trail, newest first; nothing in it can be changed anywhere."""

    permission = "audit.read"
    icon = "trail"
    noun = "日志"
    intro = "工作人员的每次操作和安全事件，只增不改，每条都与前一条相扣。"
    key = "seq"
    search_words = "登录名、对象编号或原因"
    details_page = "panel/audit_entry.html"
    list_page = "panel/audit_list.html"
    can_export = True
    column_list = ("seq", "at", "actor", "action", "object", "changes")
    column_export_list = (
        "seq",
        "at",
        "actor",
        "action",
        "object_type",
        "object_id",
        "changes",
        "reason",
        "request_id",
        "hash",
    )
    column_labels = {
        "seq": "序号",
        "at": "时间",
        "actor": "谁",
        "action": "做了什么",
        "object": "对象",
        "object_type": "对象类型",
        "object_id": "对象编号",
        "changes": "变更",
        "reason": "原因",
        "request_id": "请求编号",
        "hash": "链值",
    }
    column_sortable_list = ("seq", "at")
    column_searchable_list = ("actor", "action", "object_id", "reason")
    column_formatters = {
        "seq": lambda view, _, row, __: link(view.details_url(row), f"#{row.seq}"),
        "at": lambda _, __, row, ___: date_cell(row.at),
        "actor": lambda _, __, row, ___: wording.who(row.actor),
        "action": lambda _, __, row, ___: act_cell(row),
        "object": lambda _, __, row, ___: object_cell(row),
        "changes": lambda _, __, row, ___: changes_cell(row),
    }
    column_formatters_export = {
        "at": lambda _, __, row, ___: city(row.at, "%Y-%m-%d %H:%M:%S"),
        "actor": lambda _, __, row, ___: wording.who(row.actor),
        "action": lambda _, __, row, ___: wording.act(row.action),
        "object_type": lambda _, __, row, ___: dict(wording.OBJECT_TYPES).get(row.object_type, row.object_type),
        "changes": lambda _, __, row, ___: "；".join(f"{c.label}：{c.before} → {c.after}" for c in changes_of(row)),
    }
    list_filters = (
        choice("actor", "谁", _actors, lambda value: AuditEntry.actor == value),
        choice("action", "做了什么", tuple(wording.ACTS.items()), lambda value: AuditEntry.action == value),
        choice("type", "对象类型", wording.OBJECT_TYPES, lambda value: AuditEntry.object_type == value),
        ListFilter("object", "对象编号", lambda value: AuditEntry.object_id == value, hint="如 ZHANQIAO"),
        day("from", "从", lambda value: AuditEntry.at >= clock.midnight(value)),
        day("to", "到", lambda value: AuditEntry.at < clock.midnight(value + timedelta(days=1))),
        ListFilter("request", "请求编号", lambda value: AuditEntry.request_id == value),
    )

    def __init__(self) -> None:
        super().__init__(AuditEntry, "操作日志", "audit", "监督")

    def within(self, held: Reach) -> ColumnElement[bool]:
        """Show the trail as a whole, and only to those who hold it for the whole city."""
        return true() if held.city else super().within(held)

    def title_of(self, row: Any) -> str:
        return f"日志 #{row.seq}"

    def render(self, template: str, **kwargs: Any) -> str:
        """Tell the page how long the chain is and how far this sign-in has verified it."""
        return super().render(template, head=queries.get_head(), verified=session.get("audit_verified"), **kwargs)

    def details_of(self, row: Any) -> dict[str, Any]:
        neighbours = self.get_query().filter(AuditEntry.seq.in_((row.seq - 1, row.seq + 1)))
        around = {one.seq: one for one in neighbours}
        return {
            "changes": changes_of(row),
            "object": object_cell(row),
            "before_url": self.details_url(around[row.seq - 1]) if row.seq - 1 in around else None,
            "after_url": self.details_url(around[row.seq + 1]) if row.seq + 1 in around else None,
        }

    @expose("/verify", methods=("POST",))
    def verify(self) -> ResponseReturnValue:
        """Walk the whole chain, the signed checkpoints too, and say whether it holds and how far."""
        head = queries.get_head()
        faults = queries.chain_faults(current_app.config["OUYU"].server.data_dir)
        if faults:
            session.pop("audit_verified", None)
            return self.render("panel/audit_broken.html", faults=faults)
        session["audit_verified"] = {"seq": head.seq, "at": city(clock.now(), "%H:%M")}
        self.say(f"链已验证至 #{head.seq}，每一条都与前一条相扣。")
        return door.go(url_for("audit.index_view"))


def act_cell(row: AuditEntry) -> Markup:
    """Return the act; a refused one in the colour of a warning, and its reason."""
    words = wording.act(row.action)
    refused = row.action.endswith(("_refused", "_failed"))
    first = badge(words, "bad") if refused else Markup('<span class="strong">{}</span>').format(words)
    return stacked(first, row.reason) if row.reason and not refused else first


def object_cell(row: AuditEntry) -> Markup:
    """Return what it was done to, a link to the record where it has a page."""
    kind = dict(wording.OBJECT_TYPES).get(row.object_type, row.object_type)
    url, words = _page_of(row)
    return stacked(link(url, words) if url else words, kind)


def _page_of(row: AuditEntry) -> tuple[str | None, str]:
    if row.object_type == "station":
        station: tuple[int, str] | None = _stations().get(row.object_id)
        return (url_for("stations.details_view", id=station[0]), station[1]) if station else (None, row.object_id)
    if row.object_type == "staff" and row.object_id.isdigit():
        name = _names().get(int(row.object_id), f"#{row.object_id}")
        return url_for("staff.details_view", id=row.object_id), name
    if row.object_type == "volunteer":
        number = db.session.scalar(select(Volunteer.id).where(Volunteer.public_id == row.object_id))
        return (url_for("volunteers.details_view", id=number), row.object_id) if number else (None, row.object_id)
    if row.object_type == "checkin":
        found = db.session.scalar(select(CheckIn.id).where(CheckIn.public_id == row.object_id))
        return (url_for("checkins.details_view", id=found), row.object_id) if found else (None, row.object_id)
    if row.object_type == "feedback":
        found = db.session.scalar(select(Feedback.id).where(Feedback.public_id == row.object_id))
        return (url_for("feedback.details_view", id=found), row.object_id) if found else (None, row.object_id)
    lists = {"organisation": "organisations.index_view", "service_item": "services.index_view"}
    return (url_for(lists[row.object_type]) if row.object_type in lists else None), row.object_id


def _names() -> dict[int, str]:
    query = select(Staff.id, Staff.name)
    found: dict[int, str] = per_request("staff_names", lambda: dict(db.session.execute(query).all()))
    return found


def _stations() -> dict[str, tuple[int, str]]:
    query = select(Station.code, Station.id, Station.name_zh)
    found: dict[str, tuple[int, str]] = per_request(
        "station_codes", lambda: {code: (id_, name) for code, id_, name in db.session.execute(query)}
    )
    return found


def changes_cell(row: AuditEntry) -> Markup:
    """Return the first few fields that changed."""
    changes = changes_of(row)
    if not changes:
        return muted("—")
    lines = [
        Markup('<span class="clip"><span class="muted">{}</span> {}</span>').format(
            one.label, one.after if one.before == "—" else f"{one.before} → {one.after}"
        )
        for one in changes[:_SHOWN_CHANGES]
    ]
    if len(changes) > _SHOWN_CHANGES:
        lines.append(muted(f"等 {len(changes)} 项"))
    return Markup('<span class="stack">{}</span>').format(Markup("").join(lines))
