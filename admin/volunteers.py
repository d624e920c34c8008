"""Volunteers in the panel: masked, found by a whole name, phone or number, decided about with a reason."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy.orm import joinedload, selectinload

from admin import door, signup_words, wording
from admin import volunteer_cells as cells
from admin.actions import ServiceAction, service_action
from admin.editing import ServiceModelView
from admin.forms import PanelForm
from admin.markup import date_cell, muted, stacked
from admin.signups import recent_of
from admin.volunteer_cells import FILTERS
from admin.volunteer_form import ChangeVolunteerForm, QualificationForm, RemoveQualificationForm, VolunteerForm
from admin.wording import changes_of
from app.audit import queries as audit
from app.core import clock
from app.orgs.rules import Reach
from app.volunteers import desk, queries, rules, service, words
from app.volunteers.models import Volunteer
from app.volunteers.rules import Act


def _offers(act: Act) -> Any:
    return lambda row: rules.is_open_to(act, row.state)


def _has_data(row: Volunteer) -> bool:
    return row.real_name_enc is not None


BUTTONS = (
    service_action(
        "approve",
        "通过",
        desk.approve,
        permission="volunteers.decide",
        when=_offers(Act.APPROVE),
        tone="good",
        icon="check",
        in_list=True,
        consequence="通过后本人就可以报名。未成年人请先与监护人核实。",
        done="已通过，本人现在可以报名。",
    ),
    service_action(
        "suspend",
        "暂停",
        desk.suspend,
        permission="volunteers.decide",
        asks="reason",
        when=_offers(Act.SUSPEND),
        tone="warn",
        icon="pause",
        consequence="暂停后不能再报名；已有的报名不变，需要时请在活动里处理。原因会显示给本人。",
        done="已暂停。",
    ),
    service_action(
        "resume",
        "恢复",
        desk.resume,
        permission="volunteers.decide",
        asks="reason",
        when=_offers(Act.RESUME),
        tone="good",
        icon="play",
        done="已恢复，本人又可以报名了。",
    ),
    service_action(
        "archive",
        "归档",
        desk.archive,
        permission="volunteers.decide",
        asks="reason",
        when=_offers(Act.ARCHIVE),
        tone="danger",
        icon="ban",
        consequence="归档后不能再报名，已有的报名不变；记录和编号保留。原因会显示给本人，本人可以重新申请。",
        done="已归档。",
    ),
    service_action(
        "reveal",
        "查看个人信息",
        desk.reveal,
        permission="volunteers.reveal",
        asks="reason",
        when=_has_data,
        icon="eye",
        consequence="姓名、手机号和联系人只在这一次显示。谁、什么时候、为什么看的，会记入操作日志。",
    ),
    service_action(
        "note_qualification",
        "登记资质",
        desk.note_qualification,
        permission="volunteers.edit",
        asks=QualificationForm,
        when=_has_data,
        icon="plus",
        where="qualifications",
        done="已登记资质。",
    ),
    service_action(
        "remove_qualification",
        "移除资质",
        desk.remove_qualification,
        permission="volunteers.edit",
        asks=RemoveQualificationForm,
        tone="danger",
        icon="ban",
        where="none",
        done="已移除资质。",
    ),
)


class VolunteerView(ServiceModelView):
    """Who may be put on a shift. Names and numbers are never part of an address: they are looked for by a form."""

    permission = "volunteers.read"
    create_permission = edit_permission = "volunteers.edit"
    icon = "heart"
    noun = "志愿者"
    intro = "姓名只显示姓，手机号只显示首尾；查看完整信息要写明原因，并记入操作日志。不收集身份证号。"
    audited_as = "volunteer"
    list_page = "panel/volunteers.html"
    details_page = "panel/volunteer.html"
    empty_hint = "可以新建，也可以请市民在手机页“我的”里自己登记。"
    form_class = VolunteerForm
    change_form_class = ChangeVolunteerForm
    buttons = BUTTONS
    eager = (
        joinedload(Volunteer.person),
        joinedload(Volunteer.district),
        selectinload(Volunteer.qualifications),
    )
    can_export = True
    column_list = ("name", "state", "district_id", "birth_date", "phone", "qualifications", "created_at")
    column_labels = {
        "volunteer_no": "编号",
        "name": "姓名",
        "state": "状态",
        "district": "区市",
        "district_id": "区市",
        "age": "年龄",
        "birth_date": "年龄",
        "gender": "性别",
        "phone": "手机号",
        "languages": "语言",
        "skills": "特长",
        "qualifications": "资质",
        "origin": "来源",
        "created_at": "登记于",
    }
    column_sortable_list = ("state", "district_id", "birth_date", "created_at")
    column_export_list = (
        *("volunteer_no", "name", "state", "district", "age", "gender", "phone"),
        *("languages", "skills", "qualifications", "origin", "created_at"),
    )
    column_formatters = {
        "name": lambda view, _, row, __: stacked(
            Markup('<a class="strong" href="{}">{}</a>').format(view.details_url(row), queries.masked_name(row)),
            row.volunteer_no,
        ),
        "state": lambda _, __, row, ___: cells.state_badge(row),
        "district_id": lambda _, __, row, ___: row.district.name_zh if row.district else muted("—"),
        "birth_date": lambda _, __, row, ___: cells.age_cell(row),
        "phone": lambda _, __, row, ___: cells.masked_phone(row) or muted("—"),
        "qualifications": lambda _, __, row, ___: cells.qualification_cell(row),
        "created_at": lambda _, __, row, ___: date_cell(row.created_at),
    }
    column_formatters_export = {
        "name": lambda _, __, row, ___: queries.masked_name(row),
        "state": lambda _, __, row, ___: words.STATES[row.state].zh,
        "district": lambda _, __, row, ___: row.district.name_zh if row.district else "",
        "age": lambda _, __, row, ___: "" if row.birth_date is None else rules.age_on(row.birth_date, cells.today()),
        "gender": lambda _, __, row, ___: dict(wording.GENDERS).get(row.gender, ""),
        "phone": lambda _, __, row, ___: cells.masked_phone(row),
        "languages": lambda _, __, row, ___: cells.named(row.languages, wording.LANGUAGES),
        "skills": lambda _, __, row, ___: cells.named(row.skills, wording.SKILLS),
        "qualifications": lambda _, __, row, ___: "、".join(
            f"{rules.QUALIFICATION_NAMES[one.code].zh}（{one.valid_until or '长期'}）" for one in row.qualifications
        ),
        "origin": lambda _, __, row, ___: words.ORIGINS[row.origin].zh,
        "created_at": lambda _, __, row, ___: clock.city_time(row.created_at).strftime("%Y-%m-%d %H:%M"),
    }
    list_filters = FILTERS

    def __init__(self) -> None:
        super().__init__(Volunteer, "志愿者", "volunteers", "用户")

    def within(self, held: Reach) -> ColumnElement[bool]:
        return queries.within(held)

    def place_of(self, row: Any) -> dict[str, Any]:
        return {"district_id": row.district_id}

    def title_of(self, row: Any) -> str:
        return f"{queries.masked_name(row)} {row.volunteer_no}"

    def audit_id(self, row: Any) -> str:
        return str(row.public_id)

    def may_edit(self, row: Any) -> bool:
        return _has_data(row) and super().may_edit(row)

    @expose("/find", methods=("POST",))
    def find(self) -> ResponseReturnValue:
        """Find by a whole name, phone or number; sent as a form, so that neither stands in an address or a log."""
        term = request.form.get("who", "").replace("\0", "").strip()[:80]
        query = self.get_query().filter(queries.named(term)).order_by(Volunteer.id.desc()) if term else None
        found = query.limit(2).all() if query is not None else []
        if not found:
            self.say("没有找到。请填完整的姓名、11 位手机号或 9 位编号。", "bad")
            return door.go(self.get_url("volunteers.index_view"))
        if len(found) > 1:
            return door.go(self.get_url("volunteers.index_view", same=found[0].id))
        return door.go(self.details_url(found[0]))

    def values_of(self, row: Any) -> dict[str, Any]:
        return {
            **dict.fromkeys(("real_name", "birth_date", "emergency_contact", "guardian_name", "guardian_phone")),
            "guardian_consent": [],
            "district": row.district.code if row.district else None,
            **{name: getattr(row, name) for name in ("gender", "languages", "skills")},
        }

    def values_for_new(self) -> dict[str, Any]:
        own = VolunteerForm().district.offered()[1:]
        return {"district": own[0][0] if len(own) == 1 else None, "languages": ["zh"]}

    def service_create(self, data: dict[str, Any]) -> Any:
        return service.create_volunteer(door.actor(), data=data, at=clock.now())

    def service_update(self, row: Any, data: dict[str, Any], seen_version: int | None) -> Any:
        return service.update_volunteer(door.actor(), row.id, data=data, seen_version=seen_version, at=clock.now())

    def created(self, row: Any, form: PanelForm) -> ResponseReturnValue:
        self.say("本人用这个手机号登录手机页后，在“我的”里接受，就可以报名。", "note")
        return super().created(row, form)

    def prefilled(self, button: ServiceAction, row: Any) -> dict[str, Any]:
        return {"qualification": request.args.get("qualification", "")}

    def acted(self, button: ServiceAction, row: Any, done: Any) -> ResponseReturnValue:
        """Show revealed data on this one answer and nowhere else."""
        if isinstance(done, desk.Revealed):
            row = self.get_one(row.id)
            details = {**self.details_of(row), "revealed": done}
            return self.render(self.details_page, row=row, title=self.title_of(row), **details)
        return super().acted(button, row, done)

    def details_of(self, row: Any) -> dict[str, Any]:
        entries = audit.list_of_object("volunteer", row.public_id, limit=10)
        return {
            "revealed": None,
            "state": cells.state_badge(row),
            "note": words.state_note(row.state, row.state_reason).zh,
            "has_data": _has_data(row),
            "age": cells.age_cell(row),
            "phone": cells.masked_phone(row),
            "own": cells.masked(row),
            "languages": cells.named(row.languages, wording.LANGUAGES),
            "skills": cells.named(row.skills, wording.SKILLS),
            "origin": words.ORIGINS[row.origin].zh,
            "qualifications": [
                (one, rules.QUALIFICATION_NAMES[one.code].zh, rules.is_valid_on(one.valid_until, cells.today()))
                for one in row.qualifications
            ],
            "signups": recent_of(row.id),
            "said": signup_words,
            "trail_entries": [(entry, changes_of(entry)) for entry in entries],
        }
