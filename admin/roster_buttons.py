"""The buttons of a shift's roster: somebody is added at their word, or asked to come."""

from __future__ import annotations

from typing import Any

from admin.actions import service_action
from admin.forms import Line, PanelForm
from app.core import clock
from app.events import desk
from app.events.models import Shift
from app.events.rules import ShiftState


class NumberForm(PanelForm):
    number = Line("志愿者编号", required=True, chars=20, hint="9 位数字，在志愿者的手机页“我的”里。")


def is_ahead(row: Any) -> bool:
    """Whether a shift still takes people: staff fill gaps on the spot, until its end."""
    assert isinstance(row, Shift)
    return row.state == ShiftState.OPEN and row.ends_at > clock.now()


BUTTONS = (
    service_action(
        "add",
        "加人",
        desk.add_by_number,
        permission="signups.decide",
        asks=NumberForm,
        when=is_ahead,
        tone="good",
        icon="plus",
        consequence="请先与本人说好，并告知风险提示。与自己报名按同样的条件核对；通过后马上占一个名额，本人会收到消息。",
        done="已加入名单。",
    ),
    service_action(
        "invite",
        "邀请",
        desk.invite_by_number,
        permission="signups.decide",
        asks=NumberForm,
        when=is_ahead,
        icon="mail",
        consequence="本人在手机上接受才算报名；接受时还有名额才能确认。",
        done="已邀请，等本人答复。",
    ),
)
