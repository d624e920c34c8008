"""People in the panel: numbers masked, found by a whole number or an id, revealed with a reason, frozen, signed out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import ColumnElement, exists, func, select, true

from admin import door, wording
from admin.actions import ServiceAction, service_action
from admin.base import ReadOnlyView, per_request
from admin.filters import Condition, ListFilter, choice, day
from admin.markup import badge, date_cell, muted, stacked
from admin.wording import changes_of
from app.audit import queries as audit
from app.checkins.models import CheckIn
from app.core import clock
from app.core.db import db
from app.orgs.rules import Reach
from app.people import desk, queries
from app.people.models import Identity, Person, PersonState
from app.people.rules import mask_phone
from app.privacy import deletion
from app.privacy.models import PENDING, Erasure

_IS_CITIZEN = Person.phone_verified_at.is_not(None) | exists().where(Identity.person_id == Person.id)
_STATES = (("active", "正常"), ("frozen", "已冻结"), ("leaving", "申请注销"), ("erased", "已注销"))
_TONES = {"active": "good", "frozen": "bad", "leaving": "held", "erased": "quiet"}


def _is_here(row: Person) -> bool:
    return row.erased_at is None


def _in_state(value: str) -> Condition:
    leaving = exists().where(Erasure.person_id == Person.id, PENDING)
    found: dict[str, Condition] = {
        "erased": Person.erased_at.is_not(None),
        "leaving": leaving,
        "frozen": Person.state == PersonState.FROZEN,
        "active": Person.erased_at.is_(None) & ~leaving & (Person.state == PersonState.ACTIVE),
    }
    return found[value]


class PersonView(ReadOnlyView):
    """Everybody who has come, guests too. A number is never part of an address: it is looked for by a form."""

    permission = "people.read"
    icon = "person"
    noun = "用户"
    intro = "游客和登录用户。手机号只显示首尾；查看完整号码要写明原因，并记入操作日志。"
    audited_as = "person"
    list_page = "panel/people.html"
    details_page = "panel/person.html"
    empty_hint = "有人打开手机页后会出现在这里。"
    column_list = ("nickname", "kind", "phone", "state", "last_seen", "created_at")
    column_labels = {
        "nickname": "称呼",
        "kind": "类型",
        "phone": "手机号",
        "state": "状态",
        "last_seen": "最近使用",
        "created_at": "首次到来",
    }
    column_sortable_list = ("created_at",)
    column_formatters = {
        "nickname": lambda view, _, row, __: stacked(
            Markup('<a class="strong" href="{}">{}</a>').format(view.details_url(row), row.nickname), row.public_id
        ),
        "kind": lambda _, __, row, ___: "登录用户" if is_citizen(row) else muted("游客"),
        "phone": lambda _, __, row, ___: masked(row) or muted("—"),
        "state": lambda _, __, row, ___: state_cell(row),
        "last_seen": lambda _, __, row, ___: date_cell(_last_seen(row)),
        "created_at": lambda _, __, row, ___: date_cell(row.created_at),
    }
    list_filters: Sequence[ListFilter] = (
        choice(
            "kind",
            "类型",
            (("citizen", "登录用户"), ("guest", "游客")),
            lambda value: _IS_CITIZEN if value == "citizen" else ~_IS_CITIZEN,
        ),
        choice("state", "状态", _STATES, _in_state),
        day("from", "首次到来从", lambda value: Person.created_at >= clock.midnight(value)),
        day("to", "到", lambda value: Person.created_at < clock.midnight(value) + timedelta(days=1)),
    )
    buttons = (
        service_action(
            "reveal",
            "查看完整手机号",
            desk.reveal_phone,
            permission="people.reveal",
            asks="reason",
            when=lambda row: row.phone_enc is not None,
            icon="eye",
            consequence="号码只在这一次显示。谁、什么时候、为什么看的，会记入操作日志。",
        ),
        service_action(
            "kick_out",
            "全部下线",
            desk.kick_out,
            permission="people.manage",
            when=_is_here,
            icon="out",
            consequence="这位用户在所有设备上马上退出。登录用户可以再登录；没有登录过的游客会找不回自己的印章。",
            done="已全部下线。",
        ),
        service_action(
            "freeze",
            "冻结",
            desk.freeze_person,
            permission="people.manage",
            asks="reason",
            when=lambda row: _is_here(row) and row.state == PersonState.ACTIVE,
            tone="danger",
            icon="ban",
            consequence="冻结后不能再盖章，已有的印章还在，本人仍能查看、导出和注销。",
            done="已冻结。",
        ),
        service_action(
            "unfreeze",
            "解除冻结",
            desk.unfreeze_person,
            permission="people.manage",
            asks="reason",
            when=lambda row: _is_here(row) and row.state == PersonState.FROZEN,
            tone="good",
            icon="play",
            done="已解除冻结。",
        ),
    )

    def __init__(self) -> None:
        super().__init__(Person, "用户", "people", "用户")

    def within(self, held: Reach) -> ColumnElement[bool]:
        """Show everybody to those who see the whole city: a person belongs to no district."""
        return true() if held.city else super().within(held)

    def title_of(self, row: Any) -> str:
        return str(row.nickname)

    @expose("/find", methods=("POST",))
    def find(self) -> ResponseReturnValue:
        """Find somebody by a whole number or an id; sent as a form, so that no number stands in an address or a log."""
        found = queries.find_person_named(request.form.get("who", "")[:80])
        if found is None:
            self.say("没有这个手机号或编号的用户。手机号请填完整的 11 位。", "bad")
            return door.go(self.get_url("people.index_view"))
        return door.go(self.details_url(found))

    def acted(self, button: ServiceAction, row: Any, done: Any) -> ResponseReturnValue:
        """Show a revealed number on this one answer and nowhere else."""
        if isinstance(done, desk.Revealed):
            row = self.get_one(row.id)
            details = {**self.details_of(row), "phone": done.phone, "revealed": True}
            return self.render(self.details_page, row=row, title=self.title_of(row), **details)
        return super().acted(button, row, done)

    def details_of(self, row: Any) -> dict[str, Any]:
        entries = audit.list_of_object("person", row.public_id, limit=10)
        return {
            "phone": masked(row),
            "revealed": False,
            "citizen": is_citizen(row),
            "providers": list(db.session.scalars(select(Identity.provider).where(Identity.person_id == row.id))),
            "visits": _visits(row.id),
            "sessions": queries.list_sessions(row.id, clock.now()),
            "effective_on": deletion.find_effective_on(row.id),
            "state": state_cell(row),
            "trail_entries": [(entry, changes_of(entry)) for entry in entries],
        }


def masked(row: Person) -> str:
    """Return a person's number as staff see it, empty for none."""
    phone = queries.find_phone(row)
    return mask_phone(phone) if phone else ""


def is_citizen(row: Person) -> bool:
    """Whether somebody has proved who they are, by phone or by a platform."""
    ids = _on_page(row)
    query = select(Identity.person_id).where(Identity.person_id.in_(ids))
    by_platform: set[int] = per_request("with_identity", lambda: set(db.session.scalars(query)))
    return row.phone_verified_at is not None or row.id in by_platform


def state_cell(row: Person) -> Markup:
    """Return whether somebody is active, frozen, leaving or gone."""
    ids = _on_page(row)
    query = select(Erasure.person_id).where(Erasure.person_id.in_(ids), PENDING)
    leaving: set[int] = per_request("leaving", lambda: set(db.session.scalars(query)))
    state = "erased" if row.erased_at else "leaving" if row.id in leaving else row.state
    mark = badge(dict(_STATES)[state], _TONES[state])
    frozen_too = state == "leaving" and row.state == PersonState.FROZEN
    return Markup("{} {}").format(mark, badge("已冻结", "bad")) if frozen_too else mark


def _last_seen(row: Person) -> datetime | None:
    ids = _on_page(row)
    found: dict[int, datetime] = per_request("people_seen", lambda: queries.list_last_seen(ids))
    return found.get(row.id)


def _on_page(row: Person) -> set[int]:
    """Return the ids of all people of this page, so that what is asked about one is asked about all at once."""
    return {one.id for one in db.session.identity_map.values() if isinstance(one, Person)} | {row.id}


def _visits(person_id: int) -> dict[str, int]:
    query = select(CheckIn.state, func.count()).where(CheckIn.person_id == person_id).group_by(CheckIn.state)
    found: dict[str, int] = dict(db.session.execute(query).all())
    return {words: found.get(state, 0) for state, words in wording.CHECKIN_STATES}
