"""The buttons of a station: open, close for a while, pause, new poster, revoke, withdraw."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from admin.actions import ServiceAction, service_action
from admin.forms import Hidden, Line, Moment, PanelForm, ReasonForm
from admin.station_cells import running_closure
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.kiosks import service as kiosks
from app.kiosks.models import KioskDevice
from app.kiosks.rules import NAME_CHARS
from app.stations import service
from app.stations.codes import CredentialKind
from app.stations.models import Station, StationCredential
from app.stations.rules import REASON_CHARS, StationState


class PauseForm(PanelForm):
    reason_zh = Line("中文原因", required=True, chars=REASON_CHARS, hint="手机页会原样显示。")
    reason_en = Line("英文原因", required=True, chars=REASON_CHARS, hint="Shown to visitors as it is.")


class CloseForm(PauseForm):
    until = Moment("预计恢复", required=True, hint="到时自动恢复，青岛时间。")


class RevokeForm(ReasonForm):
    credential = Hidden()


class KioskForm(PanelForm):
    name = Line("屏幕名称", required=True, chars=NAME_CHARS, hint="好认就行，比如：入口平板、大厅电视。")


class EndKioskForm(PanelForm):
    kiosk = Hidden()


def _never(_: Any) -> bool:
    """Offer it nowhere by itself; the poster's own line leads to it."""
    return False


def _is(*states: StationState) -> Any:
    return lambda row: row.state in states


def _is_closed_for_a_while(row: Station) -> bool:
    return row.state == StationState.OPEN and running_closure(row, clock.now()) is not None


def _may_be_closed(row: Station) -> bool:
    return row.state == StationState.OPEN and running_closure(row, clock.now()) is None


def _issue(kind: CredentialKind) -> Any:
    return lambda actor, station_id, *, at: service.issue_credential(actor, station_id, kind=kind, at=at)


def _revoke(actor: Any, row: Station, data: dict[str, Any], at: datetime) -> Any:
    credential = db.session.get(StationCredential, data["credential"])
    if credential is None or credential.station_id != row.id:
        raise NotFound
    return service.revoke_credential(actor, credential.id, reason=data["reason"], at=at)


def _add_kiosk(actor: Any, row: Station, data: dict[str, Any], at: datetime) -> Any:
    return kiosks.add_device(actor, row.id, name=data["name"], at=at)


def _end_kiosk(actor: Any, row: Station, data: dict[str, Any], at: datetime) -> Any:
    device = db.session.get(KioskDevice, data["kiosk"])
    if device is None or device.station_id != row.id:
        raise NotFound
    return kiosks.revoke_device(actor, device.id, at=at)


BUTTONS: tuple[ServiceAction, ...] = (
    service_action(
        "open",
        "开放",
        service.open_station,
        permission="stations.close",
        when=_is(StationState.DRAFT, StationState.PAUSED),
        tone="good",
        icon="play",
        done="已开放，手机页马上可见。",
        in_list=True,
    ),
    service_action(
        "close",
        "临时关闭",
        service.close_station,
        permission="stations.close",
        asks=CloseForm,
        when=_may_be_closed,
        tone="warn",
        icon="clock",
        consequence="手机页会显示“关闭”和下面的原因；期间打卡仍然有效。到时间自动恢复。",
        done="已临时关闭，手机页已显示原因。",
        in_list=True,
    ),
    service_action(
        "end_closure",
        "结束关闭",
        service.end_closure,
        permission="stations.close",
        when=_is_closed_for_a_while,
        tone="good",
        icon="play",
        done="关闭已结束，站点恢复开放。",
        in_list=True,
    ),
    service_action(
        "pause",
        "暂停",
        service.pause_station,
        permission="stations.close",
        asks=PauseForm,
        when=_is(StationState.OPEN),
        tone="warn",
        icon="pause",
        consequence="暂停没有结束时间，直到有人点“开放”。手机页会显示原因；打卡仍然有效。",
        done="已暂停，手机页已显示原因。",
    ),
    service_action(
        "new_poster",
        "换新版海报",
        _issue(CredentialKind.POSTER),
        permission="credentials.manage",
        when=lambda row: row.state != StationState.WITHDRAWN,
        where="posters",
        icon="poster",
        consequence="会生成下一版海报链接。旧版继续有效，换好现场海报后再作废旧版。",
        done="新版海报已生成。",
    ),
    service_action(
        "new_secret",
        "换动态码密钥",
        _issue(CredentialKind.ROTATING),
        permission="credentials.manage",
        when=lambda row: row.state != StationState.WITHDRAWN,
        where="posters",
        icon="key",
        consequence="屏幕上的六位数字会改用新密钥；旧密钥继续有效，直到作废。",
        done="动态码密钥已更换。",
    ),
    ServiceAction(
        "revoke",
        "作废",
        "credentials.manage",
        _revoke,
        asks=RevokeForm,
        tone="danger",
        icon="ban",
        consequence="作废后，扫这一版的人会被告知海报已停用。不能撤销。",
        done="这一版已作废。",
        when=_never,
    ),
    ServiceAction(
        "add_kiosk",
        "添加屏幕",
        "credentials.manage",
        _add_kiosk,
        when=lambda row: row.state != StationState.WITHDRAWN,
        asks=KioskForm,
        where="kiosks",
        icon="plus",
        consequence="会给出一个一次性码，15 分钟内在那块屏幕上填写。屏幕之后一直显示本站的动态码，直到在这里停用。",
        done="已添加。",
    ),
    ServiceAction(
        "end_kiosk",
        "停用",
        "credentials.manage",
        _end_kiosk,
        asks=EndKioskForm,
        tone="danger",
        icon="ban",
        consequence="这块屏幕马上不再显示动态码。要再用，需要重新添加。",
        done="屏幕已停用。",
        when=_never,
    ),
    service_action(
        "withdraw",
        "撤站",
        service.withdraw_station,
        permission="stations.withdraw",
        asks="reason",
        when=lambda row: row.state != StationState.WITHDRAWN,
        where="more",
        tone="danger",
        icon="ban",
        consequence="撤站后手机页不再列出，也不能再打卡；游客以前的章都还在。不能撤销。",
        done="已撤站。",
    ),
)
