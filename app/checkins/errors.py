"""Refusals of a check-in: each says what to do next."""

from __future__ import annotations

from app.checkins.rules import Reason
from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint


class TooFar(DomainError):
    code = "checkin.too_far"
    text = Text(
        "您离{station_zh}还有约 {distance_m} 米，打卡范围是 {radius_m} 米。请走近一些再试；如果就在现场，也可以不用位置、直接扫海报打卡。",
        "You are about {distance_m} m from {station_en}; its circle is {radius_m} m. Please come closer and try again. "
        "If you are there already, check in without a position by the poster's code.",
    )


class CodeInvalid(DomainError):
    code = "checkin.code_invalid"
    text = Text(
        "没有认出这个码。请重新扫描站点的海报，或核对屏幕上的六位数字。",
        "This code was not recognised. Please scan the station's poster again, or check the six digits on its screen.",
    )


class CodeExpired(DomainError):
    code = "checkin.code_expired"
    text = Text(
        "这组数字已经过期，屏幕每 30 秒换一组。请输入现在显示的六位数字。",
        "These digits have expired; the screen changes every 30 seconds. Please enter the six digits shown now.",
    )


class CodeRevoked(DomainError):
    code = "checkin.code_revoked"
    text = Text(
        "这张海报是旧版，已经停用。请扫描现场的新海报，或告诉工作人员。",
        "This poster is an old one and no longer counts. Please scan the new poster on site, or tell the staff.",
    )


class StationWithdrawn(DomainError):
    kind = Kind.CONFLICT
    code = "checkin.station_withdrawn"
    text = Text(
        "{station_zh}已经撤站，不能再盖章；您以前的章都还在。请看看附近的其他站点。",
        "{station_en} has been withdrawn and stamps no more; your earlier stamps stay. Please look for another nearby.",
    )


class AccountFrozen(DomainError):
    kind = Kind.DENIED
    code = "checkin.account_frozen"
    text = Text(
        "您的账号暂时不能打卡。请联系站点工作人员了解原因。",
        "Your account cannot check in for the time being. Please ask the staff at a station why.",
    )


class TooManyCheckIns(DomainError):
    kind = Kind.TOO_MANY
    code = "checkin.too_many"
    text = Text(
        "试的次数有点多，请过 10 分钟再试，或直接扫描海报。",
        "That was a lot of tries. Please wait 10 minutes, or scan the poster instead.",
    )


class NothingFound(DomainError):
    code = "scan.nothing_found"
    text = Text(
        "照片里没有找到二维码。请靠近一些、把整个码拍进来再试，或输入屏幕上的六位数字。",
        "No QR code was found in the photo. Please go closer and take the whole code, or type the six digits on the screen.",
    )


OF_REASON: dict[Reason, type[DomainError]] = {
    Reason.ACCOUNT_FROZEN: AccountFrozen,
    Reason.CODE_INVALID: CodeInvalid,
    Reason.CODE_REVOKED: CodeRevoked,
    Reason.CODE_EXPIRED: CodeExpired,
    Reason.STATION_WITHDRAWN: StationWithdrawn,
    Reason.TOO_FAR: TooFar,
}

REASON_NAMES: dict[str, Text] = {
    Reason.ACCOUNT_FROZEN: Text("账号冻结", "account frozen"),
    Reason.CODE_INVALID: Text("码无法识别", "code not recognised"),
    Reason.CODE_REVOKED: Text("海报已作废", "poster revoked"),
    Reason.CODE_EXPIRED: Text("数字已过期", "digits expired"),
    Reason.STATION_WITHDRAWN: Text("已撤站", "station withdrawn"),
    Reason.TOO_FAR: Text("距离太远", "too far away"),
    Reason.REVIEW: Text("复核未通过", "not confirmed by the staff"),
    Reason.VOIDED: Text("工作人员作废", "voided by the staff"),
    Reason.MERGED: Text("账号合并，当天已有更早的一次", "accounts were merged; that day has an earlier visit"),
}
"""Why a visit does not count, in a few words, for lists."""


class NotVoidable(DomainError):
    kind = Kind.CONFLICT
    code = "checkin.not_voidable"
    text = Text("只有有效的打卡才能作废，请刷新后再看。", "Only a visit that counts can be voided. Please reload.")


class NotAppealable(DomainError):
    kind = Kind.CONFLICT
    code = "checkin.not_appealable"
    text = Text(
        "只有未通过或待核对的打卡可以申诉；这一次不需要。",
        "Only a visit that was refused or is being looked at can be appealed; this one needs none.",
    )


class AlreadyAppealed(DomainError):
    kind = Kind.CONFLICT
    code = "checkin.already_appealed"
    text = Text(
        "这次打卡您已经申诉过了，结果会显示在打卡记录里。",
        "You have appealed this visit already. The outcome will show among your visits.",
    )


class NotWaiting(DomainError):
    kind = Kind.CONFLICT
    code = "checkin.not_waiting"
    text = Text(
        "这条已经有人处理了，请看下一条。", "Somebody has dealt with this one already. Please go on to the next."
    )


class DayTaken(DomainError):
    kind = Kind.CONFLICT
    code = "checkin.day_taken"
    text = Text(
        "这位来访者这一天在本站已经有章，不能再盖一枚。请改为不通过，并说明已经有章。",
        "This visitor already has that day's stamp here. Please refuse, and say that the day is stamped.",
    )


on_constraint("uq_checkins_person_station_step", CodeExpired)
on_constraint("uq_appeals_checkin_id", AlreadyAppealed)
for _name in (
    "uq_checkins_person_station_day",
    "uq_checkins_public_id",
    "ck_checkins_state_known",
    "ck_checkins_grade_known",
    "ck_checkins_source_known",
    "ck_checkins_distance_not_negative",
    "ck_checkins_accuracy_positive",
    "ck_checkins_live_has_grade",
    "ck_checkins_reason_known",
    "ck_checkins_ended_has_reason",
    "ck_checkins_explained_by_staff",
    "uq_appeals_public_id",
    "ck_appeals_state_known",
    "ck_appeals_decided_has_time",
):
    on_constraint(_name, ServiceBusy)
