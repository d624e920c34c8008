"""Staff in the panel: who they are, what they may do where, their links and sign-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import selectinload

from admin import door, wording
from admin.actions import ServiceAction, service_action
from admin.base import city, per_request
from admin.editing import ServiceModelView
from admin.filters import Condition, choice
from admin.forms import Choice, Line, Moment, PanelForm
from admin.markup import badge, date_cell, muted, stacked
from admin.wording import changes_of, grant_scope
from app.audit import queries as audit
from app.core import clock
from app.core.db import db
from app.core.errors import DomainError, NotFound
from app.orgs import queries, service
from app.orgs.models import Staff, StaffGrant, StaffSession
from app.orgs.rules import LINK_LIFE, NAME_CHARS, SESSION_IDLE, Reach, ScopeKind, StaffState, reach


def scope_choices() -> list[tuple[str, str]]:
    """Return the scopes in which the caller may give roles, as the service reads them."""
    held = reach(door.actor(), "staff.manage")
    districts = {one.id: one for one in queries.list_districts()}
    found = [("city", "全市")] if held.city else []
    found += [(f"district:{one.code}", one.name_zh) for one in districts.values() if held.holds(district_id=one.id)]
    if held.city:
        found += [(f"org:{one.id}", f"机构 · {one.name_zh}") for one in queries.list_organisations()]
    found += [
        (f"event:{one.public_id}", f"活动 · {one.title_zh}({districts[one.district_id].name_zh})")
        for one in queries.find_events(None, None)
        if held.holds(district_id=one.district_id)
    ]
    found += [
        (f"station:{one.code}", f"站点 · {one.name_zh}({districts[one.district_id].name_zh})")
        for one in queries.find_stations(None, None)
        if held.holds(district_id=one.district_id, station_id=one.id)
    ]
    return found


def _has_grant(condition: ColumnElement[bool]) -> Condition:
    return exists().where(StaffGrant.staff_id == Staff.id, condition)


def _term(value: str) -> ColumnElement[bool]:
    ended = StaffGrant.valid_until <= clock.now()
    return ended if value == "ended" else StaffGrant.valid_until.is_not(None)


def _in_district(code: str) -> Condition:
    district = queries.find_district_by_code(code)
    district_id = district.id if district else 0
    station_ids = [one.id for one in queries.find_stations(None, None) if one.district_id == district_id]
    event_ids = [one.id for one in queries.find_events(None, None) if one.district_id == district_id]
    return _has_grant(
        ((StaffGrant.scope == ScopeKind.DISTRICT) & (StaffGrant.scope_id == district_id))
        | ((StaffGrant.scope == ScopeKind.EVENT) & StaffGrant.scope_id.in_(event_ids))
        | ((StaffGrant.scope == ScopeKind.STATION) & StaffGrant.scope_id.in_(station_ids))
    )


def _role() -> Any:
    return Choice("角色", wording.ROLES, required=True, empty="请选择")


def _scope() -> Any:
    hint = "市级管理员选全市；区市管理员选区市；机构管理员选机构；活动负责人选活动；站长选站点；审计员选全市或区市。"
    return Choice("范围", scope_choices, required=True, empty="请选择", hint=hint)


def _until() -> Any:
    return Moment("有效期至", hint="留空为长期；临时人员请填写，到时自动失效。")


class GrantForm(PanelForm):
    role = _role()
    scope = _scope()
    valid_until = _until()


class NewStaffForm(PanelForm):
    name = Line("姓名", required=True, chars=NAME_CHARS)
    login = Line("登录名", required=True, chars=40, hint="小写字母开头，如 li.ming；以后不能改。")
    role = _role()
    scope = _scope()
    valid_until = _until()


class NameForm(PanelForm):
    name = Line("姓名", required=True, chars=NAME_CHARS)


class StaffView(ServiceModelView):
    """The people of the office."""

    permission = "staff.read"
    create_permission = edit_permission = "staff.manage"
    icon = "people"
    noun = "人员"
    intro = "谁可以进入后台、能做什么、管哪里。没有人能授予超出自己的权限。"
    audited_as = "staff"
    search_words = "姓名或登录名"
    details_page = "panel/staff.html"
    form_class = NewStaffForm
    may_repeat = False
    change_form_class = NameForm
    eager = (selectinload(Staff.grants),)
    can_export = True
    column_list = ("name", "roles", "state", "last_seen", "created_at")
    column_export_list = ("login", "name", "roles", "state", "created_at")
    column_labels = {
        "login": "登录名",
        "name": "姓名",
        "roles": "角色与范围",
        "state": "状态",
        "last_seen": "最近在线",
        "created_at": "建立于",
    }
    column_sortable_list = ("name", "login", "state", "created_at")
    column_searchable_list = ("login", "name")
    column_formatters = {
        "name": lambda view, _, row, __: stacked(
            Markup('<a class="strong" href="{}">{}</a>').format(view.details_url(row), row.name), row.login
        ),
        "roles": lambda _, __, row, ___: roles_cell(row),
        "state": lambda _, __, row, ___: state_cell(row),
        "last_seen": lambda _, __, row, ___: date_cell(_last_seen().get(row.id)),
        "created_at": lambda _, __, row, ___: date_cell(row.created_at),
    }
    column_formatters_export = {
        "roles": lambda _, __, row, ___: "；".join(grant_words(one) for one in row.grants),
        "state": lambda _, __, row, ___: dict(wording.STAFF_STATES)[row.state],
        "created_at": lambda _, __, row, ___: city(row.created_at),
    }
    buttons = (
        service_action(
            "link",
            "发一次性链接",
            service.issue_link,
            permission="staff.manage",
            when=lambda row: row.state == StaffState.ACTIVE and row.id != door.actor().id,
            icon="key",
            consequence="会生成一个 30 分钟内有效、只能用一次的链接，以前没用过的链接随即失效。请当面或用可信的方式交给本人。",
        ),
        service_action(
            "grant",
            "授予角色",
            service.grant_role,
            permission="staff.manage",
            asks=GrantForm,
            when=lambda row: row.id != door.actor().id,
            icon="shield",
            consequence="保存后对方需要重新登录。同一角色和范围再次授予，会改它的有效期。",
            done="角色已授予。",
        ),
        service_action(
            "enable",
            "启用",
            service.enable_staff,
            permission="staff.manage",
            when=lambda row: row.state == StaffState.DISABLED,
            tone="good",
            icon="play",
            done="账号已启用。",
        ),
        service_action(
            "disable",
            "停用",
            service.disable_staff,
            permission="staff.manage",
            asks="reason",
            when=lambda row: row.state == StaffState.ACTIVE and row.id != door.actor().id,
            tone="danger",
            icon="ban",
            consequence="停用后所有登录马上失效，直到重新启用。",
            done="账号已停用。",
        ),
    )

    def __init__(self) -> None:
        super().__init__(Staff, "人员与权限", "staff", "组织")

    def within(self, held: Reach) -> ColumnElement[bool]:
        return queries.staff_within(held)

    def default_order(self) -> Sequence[Any]:
        return (Staff.state.asc(), Staff.name.asc(), Staff.id.asc())

    def title_of(self, row: Any) -> str:
        return str(row.name)

    list_filters = (
        choice("role", "角色", wording.ROLES, lambda value: _has_grant(StaffGrant.role == value)),
        choice(
            "scope",
            "范围",
            (("city", "全市"), ("district", "区市"), ("org", "机构"), ("station", "站点"), ("event", "活动")),
            lambda v: _has_grant(StaffGrant.scope == v),
        ),
        choice(
            "district",
            "区市",
            lambda: [(one.code, one.name_zh) for one in queries.list_districts()],
            _in_district,
        ),
        choice("state", "状态", wording.STAFF_STATES, lambda value: Staff.state == value),
        choice(
            "access",
            "进入",
            (("yes", "已设密码"), ("no", "还没进入过")),
            lambda v: Staff.password_hash.is_not(None) if v == "yes" else Staff.password_hash.is_(None),
        ),
        choice("term", "期限", (("limited", "有期限"), ("ended", "已到期")), lambda v: _has_grant(_term(v))),
    )

    # --- services -------------------------------------------------------------------------------

    def row_to_act_on(self, id: Any) -> Any:
        """Return the person; one out of sight too when a change is tried, so that the service refuses and records it."""
        if request.method == "GET":
            return self.get_one(id)
        row = queries.find_staff(door.row_id(str(id)) or 0)
        if row is None:
            raise NotFound
        return row

    def service_create(self, data: dict[str, Any]) -> Any:
        return service.create_staff(door.actor(), data=data, at=clock.now())

    def service_update(self, row: Any, data: dict[str, Any], seen_version: int | None) -> Any:
        return service.rename_staff(door.actor(), row.id, data=data, seen_version=seen_version or 0, at=clock.now())

    def created(self, row: Any, form: PanelForm) -> ResponseReturnValue:
        """Show the link of somebody just taken on: here and never again."""
        return self._link_page(row.id, row.token, first=True)

    def updated(self, row: Any, form: PanelForm) -> ResponseReturnValue:
        return super().updated(self.get_one(row.id), form)

    def acted(self, button: ServiceAction, row: Any, done: Any) -> ResponseReturnValue:
        if button.name == "link":
            return self._link_page(row.id, done.token, first=False)
        return super().acted(button, row, done)

    def _link_page(self, staff_id: int, token: str, *, first: bool) -> ResponseReturnValue:
        base = current_app.config["OUYU"].public_url
        minutes = int(LINK_LIFE.total_seconds() // 60)
        row = self.get_one(staff_id)
        return self.render(
            "panel/new_link.html", row=row, link=f"{base}/admin/link/{token}", minutes=minutes, first=first
        )

    @expose("/grants/revoke", methods=("POST",))
    def revoke(self) -> ResponseReturnValue:
        """Take a role away from somebody."""
        return self._act_on_part(service.revoke_grant, "角色已收回，对方需要重新登录。")

    @expose("/sessions/end", methods=("POST",))
    def kick_out(self) -> ResponseReturnValue:
        """End one sign-in of somebody."""
        return self._act_on_part(service.kick_out, "已强制下线。")

    def _act_on_part(self, act: Any, done: str) -> ResponseReturnValue:
        part_id = door.row_id(request.form.get("id")) or 0
        try:
            verdict = door.write(lambda: act(door.actor(), part_id, at=clock.now()))
        except DomainError as refusal:
            if isinstance(refusal, NotFound):
                raise
            self.say(refusal.sentence("zh-CN"), "bad")
            return door.go(door.way_back(self.get_url("staff.index_view")))
        self.say(done)
        return door.go(door.way_back(self.get_url("staff.details_view", id=verdict.id)))

    # --- details --------------------------------------------------------------------------------

    def details_of(self, row: Any) -> dict[str, Any]:
        at = clock.now()
        return {
            "grants": [(one, grant_scope(one), _is_over(one, at)) for one in queries.list_grants(row.id)],
            "sessions": [one for one in queries.list_sessions(row.id, at) if at - one.last_seen_at < SESSION_IDLE],
            "trail_entries": [
                (entry, changes_of(entry)) for entry in audit.list_of_object("staff", str(row.id), limit=10)
            ],
            "is_self": row.id == door.actor().id,
            "roles": dict(wording.ROLES),
            "role_notes": wording.ROLE_NOTES,
        }


def grant_words(grant: StaffGrant) -> str:
    """Return a grant in one phrase."""
    until = f",至 {city(grant.valid_until, '%Y-%m-%d')}" if grant.valid_until else ""
    return f"{dict(wording.ROLES)[grant.role]} · {grant_scope(grant)}{until}"


def roles_cell(row: Staff) -> Markup:
    """Return the roles of somebody, one a line; ended ones struck through."""
    at = clock.now()
    lines = [
        Markup('<span class="{}">{}</span>').format("ended" if _is_over(one, at) else "", grant_words(one))
        for one in row.grants
    ]
    return Markup('<span class="stack">{}</span>').format(Markup("").join(lines)) if lines else muted("没有角色")


def state_cell(row: Staff) -> Markup:
    """Return whether somebody may sign in and ever has."""
    if row.state == StaffState.DISABLED:
        return badge("停用", "quiet")
    return badge("启用", "good") if row.password_hash else badge("待进入", "held")


def _is_over(grant: StaffGrant, at: datetime) -> bool:
    return grant.valid_until is not None and grant.valid_until <= at


def _last_seen() -> dict[int, datetime]:
    query = select(StaffSession.staff_id, func.max(StaffSession.last_seen_at)).group_by(StaffSession.staff_id)
    found: dict[int, datetime] = per_request("last_seen", lambda: dict(db.session.execute(query).all()))
    return found
