"""The parts of an event in the panel: pages for a position, a shift and a week's pattern with its preview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import door
from admin.errors import status_of
from admin.event_buttons import position_in, shift_in
from admin.event_form import PatternForm, PositionForm, ShiftForm
from admin.event_page import shift_words, span_words
from admin.forms import PanelForm
from admin.views import may
from admin.wording import clash
from app.core import clock
from app.core.clock import business_date
from app.core.errors import AccessDenied, ChangedMeanwhile, DomainError
from app.events import planning
from app.events.authoring import POSITION_FIELDS
from app.events.models import Event, Position
from app.events.programme import place_of
from app.events.weekly import Fate, Planned

FATES = {
    Fate.NEW: ("新增", "good"),
    Fate.THERE: ("已有", "quiet"),
    Fate.PAST: ("已过", "quiet"),
    Fate.HOLIDAY: ("放假日", "held"),
}
_PATTERN_DAYS = 28


class PartPages:
    """Pages of EventView that change what hangs on an event."""

    get_one: Callable[[Any], Any]
    render: Callable[..., str]
    say: Callable[..., None]
    details_url: Callable[[Any], str]

    def _event(self) -> Event:
        """Return the event of the address, for the caller to plan. Raises NotFound, AccessDenied."""
        event: Event = self.get_one(request.args.get("id"))
        if not may("events.edit", **place_of(event)):
            raise AccessDenied
        return event

    @expose("/position/", methods=("GET", "POST"))
    def position(self) -> ResponseReturnValue:
        """Add a position to an event, or change one."""
        event = self._event()
        given = request.args.get("position")
        row = position_in(event, door.row_id(given)) if given else None
        title = f"岗位：{row.title_zh}" if row else "添加岗位"
        if request.method == "GET":
            values = {name: getattr(row, name) for name in POSITION_FIELDS} if row else {"approval": "instant"}
            return self._part_page(event, PositionForm(data=values), title, event.version)
        form = PositionForm(request.form)

        def save() -> Any:
            seen, at = _number(request.form.get("seen_version")), clock.now()
            position_id = row.id if row else None
            data = form.plain()
            return planning.save_position(door.actor(), event.id, position_id, data=data, seen_version=seen, at=at)

        refused = self._saved(event, form, title, save)
        if refused is not None:
            return refused
        self.say("岗位已保存。" if row else "岗位已添加，接着排班次。")
        return door.go(f"{self.details_url(event)}#positions")

    @expose("/shift/", methods=("GET", "POST"))
    def shift(self) -> ResponseReturnValue:
        """Add a shift to a position, or change one."""
        event = self._event()
        given = request.args.get("shift")
        row = shift_in(event, door.row_id(given)) if given else None
        place = position_in(event, row.position_id if row else door.row_id(request.args.get("position")))
        title = f"{'修改' if row else '添加'}班次：{place.title_zh}"
        note = ""
        if row is not None:
            note = (
                f"{shift_words(row)}名额不能少于已占用的；多出的名额按顺序给候补的人。改了时间，名单上的人会收到通知。"
            )
        if request.method == "GET":
            names = ("starts_at", "ends_at", "capacity", "min_cover")
            values = {name: getattr(row, name) for name in names} if row else _like_the_last(place)
            return self._part_page(event, ShiftForm(data=values), title, row.version if row else None, note=note)
        form = ShiftForm(request.form)

        def save() -> Any:
            actor, at = door.actor(), clock.now()
            if row is None:
                return planning.add_shift(actor, place.id, data=form.plain(), at=at)
            seen = _number(request.form.get("seen_version"))
            return planning.update_shift(actor, row.id, data=form.plain(), seen_version=seen, at=at)

        refused = self._saved(event, form, title, save, note=note)
        if refused is not None:
            return refused
        self.say("班次已保存。" if row else "班次已添加。")
        return door.go(request.full_path if "again" in request.form else f"{self.details_url(event)}#positions")

    @expose("/pattern/", methods=("GET", "POST"))
    def pattern(self) -> ResponseReturnValue:
        """Show which shifts a week's pattern would open, and open them at the second press."""
        event = self._event()
        place = position_in(event, door.row_id(request.args.get("position")))
        if request.method == "GET":
            first = business_date(clock.now()) + timedelta(days=1)
            span = {"from_on": first, "until_on": first + timedelta(days=_PATTERN_DAYS - 1)}
            return self._pattern_page(event, place, PatternForm(data={**_like_the_last(place), **span}), [])
        form = PatternForm(request.form)
        data = form.plain()
        try:
            if "save" not in request.form:
                plan = planning.plan_pattern(door.actor(), place.id, data=data, at=clock.now())
                return self._pattern_page(event, place, form, plan)
            made = door.write(lambda: planning.apply_pattern(door.actor(), place.id, data=data, at=clock.now()))
        except DomainError as refusal:
            return self._pattern_page(event, place, form, [], form.show(refusal)), status_of(refusal)
        self.say(f"已排 {len(made.shift_ids)} 个班次；有人报名前可以整批撤销。")
        return door.go(f"{self.details_url(event)}#positions")

    def _saved(
        self, event: Event, form: PanelForm, title: str, save: Callable[[], Any], *, note: str = ""
    ) -> ResponseReturnValue | None:
        """Do one act. Returns the page with what was typed where it is refused, else None."""
        try:
            door.write(save)
        except ChangedMeanwhile as refusal:
            newer, given = self.get_one(event.id), request.args.get("shift")
            version = shift_in(newer, door.row_id(given)).version if given else newer.version
            return self._part_page(newer, form, title, version, form.show(clash(refusal)), note=note), 409
        except DomainError as refusal:
            seen = _number(request.form.get("seen_version"))
            return self._part_page(event, form, title, seen, form.show(refusal), note=note), status_of(refusal)
        return None

    def _part_page(
        self, event: Event, form: PanelForm, title: str, seen: int | None, problem: str = "", *, note: str = ""
    ) -> str:
        return self.render(
            "panel/event_part.html",
            event=event,
            form=form,
            title=title,
            problem=problem,
            seen_version=seen,
            note=note,
            repeats=isinstance(form, ShiftForm) and "shift" not in request.args,
        )

    def _pattern_page(
        self, event: Event, place: Position, form: PatternForm, plan: Sequence[Planned], problem: str = ""
    ) -> str:
        fates = Counter(one.fate for one in plan)
        return self.render(
            "panel/event_pattern.html",
            event=event,
            form=form,
            problem=problem,
            title=f"按周排班：{place.title_zh}",
            plan=[(span_words(one.starts_at, one.ends_at), FATES[one.fate]) for one in plan],
            fates=[(FATES[fate], fates[fate]) for fate in Fate if fates[fate]],
            new=fates[Fate.NEW],
        )


def _like_the_last(place: Position) -> dict[str, Any]:
    """Return the places of the position's latest shift, so that they are typed once."""
    last = place.shifts[-1] if place.shifts else None
    return {"capacity": last.capacity if last else 10, "min_cover": last.min_cover if last else 0}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 12 else None
