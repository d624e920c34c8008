"""The holiday and work calendar in the panel: a list of days, one day's form, and a pasted year with its preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy import ColumnElement, extract, select, true

from admin import door, wording
from admin.actions import service_action
from admin.base import per_request
from admin.editing import ServiceModelView
from admin.errors import status_of
from admin.filters import ListFilter, choice
from admin.forms import Choice, Day, Line, PanelForm, Paragraph
from admin.markup import badge, muted, stacked
from admin.views import may
from app.core import clock
from app.core.db import db
from app.core.errors import AccessDenied, DomainError
from app.orgs.rules import Reach
from app.stations import calendar, work_days
from app.stations.models import WorkDay
from app.stations.work_days import Planned, Step

STEP_WORDS = {
    Step.NEW: ("新增", "good"),
    Step.CHANGED: ("改写", "held"),
    Step.SAME: ("不变", "quiet"),
    Step.WRONG: ("有误", "bad"),
}


class DayForm(PanelForm):
    on_date = Day("日期", required=True)
    kind = Choice("类型", wording.DAY_KINDS, required=True)
    name_zh = Line("中文名称", required=True, chars=calendar.NAME_CHARS["zh"], hint="手机页会原样显示，例：国庆节")
    name_en = Line("英文名称", required=True, chars=calendar.NAME_CHARS["en"], hint="例：National Day")
    stands_for = Choice(
        "替周几上班",
        tuple((str(n), day) for n, day in enumerate(wording.WEEKDAYS)),
        empty="放假日不选",
        hint="调休上班那天，各站点按这个星期几的开放时间。",
    )

    def plain(self) -> dict[str, Any]:
        data = super().plain()
        typed = data["stands_for"]
        return {**data, "stands_for": int(typed) if typed in set("0123456") and len(typed) == 1 else typed or None}


class PasteForm(PanelForm):
    lines = Paragraph("一年的安排", required=True)


class CalendarView(ServiceModelView):
    """The days on which the week does not decide."""

    permission = "calendar.read"
    create_permission = edit_permission = "calendar.edit"
    icon = "calendar"
    noun = "日期"
    intro = "放假日和调休上班日。放假日用各站点的“节假日”时间；调休上班日用它所替的星期几的时间。"
    empty_hint = "每年的放假通知公布后，把一整年的安排粘贴进来。系统不自带任何日期。"
    search_words = "名称"
    audited_as = "calendar"
    has_details = False
    list_page = "panel/calendar.html"
    form_class = DayForm
    can_export = True
    buttons = (
        service_action(
            "remove",
            "移除",
            work_days.remove_day,
            permission="calendar.edit",
            tone="danger",
            icon="ban",
            consequence="移除后，这一天恢复为普通的星期几。",
            done="已从日历移除。",
            in_list=True,
        ),
    )
    column_list = ("on_date", "kind", "name_zh", "name_en")
    column_export_list = ("on_date", "kind", "name_zh", "name_en", "stands_for")
    column_labels = {
        "on_date": "日期",
        "kind": "类型",
        "name_zh": "名称",
        "name_en": "英文名称",
        "stands_for": "替周几上班",
    }
    column_sortable_list = ("on_date", "kind", "name_zh")
    column_searchable_list = ("name_zh", "name_en")
    column_formatters = {
        "on_date": lambda _, __, row, ___: stacked(
            row.on_date.isoformat(), muted(wording.WEEKDAYS[row.on_date.weekday()])
        ),
        "kind": lambda _, __, row, ___: _kind_cell(row),
    }
    column_formatters_export = {
        "on_date": lambda _, __, row, ___: row.on_date.isoformat(),
        "kind": lambda _, __, row, ___: dict(wording.DAY_KINDS)[row.kind],
        "stands_for": lambda _, __, row, ___: "" if row.stands_for is None else wording.WEEKDAYS[row.stands_for],
    }

    def __init__(self) -> None:
        super().__init__(WorkDay, "日历", "calendar", "驿站")

    def within(self, held: Reach) -> ColumnElement[bool]:
        """Show all of it: the calendar is the whole city's."""
        return true()

    def default_order(self) -> Sequence[Any]:
        return (WorkDay.on_date.desc(),)

    def title_of(self, row: Any) -> str:
        return f"{row.on_date} {row.name_zh}"

    def audit_id(self, row: Any) -> str:
        return str(row.on_date)

    @property
    def list_filters(self) -> Sequence[ListFilter]:  # type: ignore[override]
        """The filters; the years are those there are."""
        return (
            choice("year", "年份", _years, lambda year: extract("year", WorkDay.on_date) == int(year)),
            choice("kind", "类型", wording.DAY_KINDS, lambda value: WorkDay.kind == value),
        )

    def values_for_new(self) -> dict[str, Any]:
        return {"kind": "holiday"}

    def service_create(self, data: dict[str, Any]) -> Any:
        return work_days.save_day(door.actor(), None, data=data, at=clock.now())

    def service_update(self, row: Any, data: dict[str, Any], seen_version: int | None) -> Any:
        return work_days.save_day(door.actor(), row.id, data=data, at=clock.now())

    @expose("/paste/", methods=("GET", "POST"))
    def paste(self) -> ResponseReturnValue:
        """Take a pasted year: show line by line what it would do, and save it at the second press."""
        if not may("calendar.edit"):
            raise AccessDenied
        form = PasteForm(request.form)
        if request.method == "GET":
            return self._paste_page(form, [])
        text = form.plain()["lines"]
        plan: list[Planned] = []
        try:
            plan = work_days.plan_paste(text)
            if "save" not in request.form:
                return self._paste_page(form, plan)
            plan = door.write(lambda: work_days.save_paste(door.actor(), text=text, at=clock.now()))
        except DomainError as refusal:
            return self._paste_page(form, plan, form.show(refusal)), status_of(refusal)
        steps = Counter(one.step for one in plan)
        self.say(f"日历已保存：新增 {steps[Step.NEW]} 天，改写 {steps[Step.CHANGED]} 天，不变 {steps[Step.SAME]} 天。")
        return door.go(url_for("calendar.index_view"))

    def _paste_page(self, form: PasteForm, plan: Sequence[Planned], problem: str = "") -> str:
        return self.render(
            "panel/calendar_paste.html",
            form=form,
            plan=plan,
            problem=problem,
            steps=Counter(one.step.value for one in plan),
            step_words={step.value: words for step, words in STEP_WORDS.items()},
            title="粘贴一年的安排",
        )


def _kind_cell(row: WorkDay) -> Any:
    mark = badge(dict(wording.DAY_KINDS)[row.kind], "good" if row.kind == "holiday" else "held")
    return mark if row.stands_for is None else stacked(mark, f"按{wording.WEEKDAYS[row.stands_for]}的时间")


def _years() -> list[tuple[str, str]]:
    query = select(extract("year", WorkDay.on_date)).distinct()
    found: list[int] = per_request("calendar_years", lambda: sorted(db.session.scalars(query), reverse=True))
    return [(str(int(year)), f"{int(year)} 年") for year in found]
