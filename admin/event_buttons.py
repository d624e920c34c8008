"""The buttons of an event: hand in, publish, send back, cancel, copy; and those of its shifts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from admin.actions import ServiceAction, service_action
from admin.event_form import CancelForm, CancelShiftForm, CopyForm, RemovePositionForm, UndoForm
from app.core.errors import NotFound
from app.events import authoring, planning, programme
from app.events.models import Event, Position, Shift
from app.events.rules import WORKING, EventState


def _is(*states: EventState) -> Any:
    return lambda row: row.state in states


def _never(_: Any) -> bool:
    """Offer it nowhere by itself; the line it belongs to leads to it."""
    return False


def position_in(row: Event, position_id: int | None) -> Position:
    """Return a position of an event. Raises NotFound."""
    found = next((one for one in row.positions if one.id == position_id), None)
    if found is None:
        raise NotFound
    return found


def shift_in(row: Event, shift_id: int | None) -> Shift:
    """Return a shift of an event. Raises NotFound."""
    found = next((one for position in row.positions for one in position.shifts if one.id == shift_id), None)
    if found is None:
        raise NotFound
    return found


def _cancel_shift(actor: Any, row: Event, data: dict[str, Any], at: datetime) -> Any:
    shift = shift_in(row, data["shift"])
    reasons = {name: data[name] for name in ("reason_zh", "reason_en")}
    return planning.cancel_shift(actor, shift.id, data=reasons, at=at)


def _remove_position(actor: Any, row: Event, data: dict[str, Any], at: datetime) -> Any:
    return planning.remove_position(actor, position_in(row, data["position"]).id, at=at)


def _undo_pattern(actor: Any, row: Event, data: dict[str, Any], at: datetime) -> Any:
    if data["pattern"] not in {one.id for one in programme.list_patterns(row.id)}:
        raise NotFound
    return planning.undo_pattern(actor, data["pattern"], at=at)


def _copy(actor: Any, row: Event, data: dict[str, Any], at: datetime) -> Event:
    return authoring.duplicate_event(actor, row.id, first_on=data["first_on"], at=at)


BUTTONS: tuple[ServiceAction, ...] = (
    service_action(
        "submit",
        "送审",
        authoring.submit_event,
        permission="events.edit",
        when=_is(EventState.DRAFT),
        tone="good",
        icon="upload",
        consequence="由另一位同事核对后发布；在那之前公众看不到。",
        done="已送审，请另一位同事核对、发布。",
        in_list=True,
    ),
    service_action(
        "publish",
        "发布",
        authoring.publish_event,
        permission="events.publish",
        when=_is(EventState.IN_REVIEW),
        tone="good",
        icon="play",
        consequence="发布后手机页马上可见，志愿者可以报名。",
        done="已发布，手机页马上可见。",
        in_list=True,
    ),
    service_action(
        "send_back",
        "退回修改",
        authoring.send_back,
        permission="events.publish",
        asks="reason",
        when=_is(EventState.IN_REVIEW),
        tone="warn",
        icon="back",
        consequence="退回成草稿，起草人改好后再送审。",
        done="已退回给起草人。",
    ),
    ServiceAction(
        "copy",
        "复制活动",
        "events.create",
        _copy,
        asks=CopyForm,
        icon="copy",
        where="more",
        consequence="会新建一份草稿：内容、岗位照抄，没有报名。",
        done="已复制为草稿，请核对。",
    ),
    service_action(
        "cancel",
        "取消活动",
        authoring.cancel_event,
        permission="events.cancel",
        asks=CancelForm,
        when=_is(*WORKING),
        tone="danger",
        icon="ban",
        where="more",
        consequence="取消后不能恢复。",
        done="活动已取消。",
    ),
    ServiceAction(
        "cancel_shift",
        "取消班次",
        "events.cancel",
        _cancel_shift,
        asks=CancelShiftForm,
        tone="danger",
        icon="ban",
        consequence="取消后不能恢复。",
        done="班次已取消。",
        when=_never,
    ),
    ServiceAction(
        "remove_position",
        "移除岗位",
        "events.edit",
        _remove_position,
        asks=RemovePositionForm,
        tone="danger",
        icon="ban",
        consequence="只有从没排过班次的岗位可以移除。",
        done="岗位已移除。",
        when=_never,
    ),
    ServiceAction(
        "undo_pattern",
        "撤销这批班次",
        "events.edit",
        _undo_pattern,
        asks=UndoForm,
        tone="warn",
        icon="back",
        consequence="这批班次会整批移除，就像没有排过；已有人报名就不能撤销。",
        done="这批班次已撤销。",
        when=_never,
    ),
)
