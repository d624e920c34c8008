"""Refusals about screens, and what their constraints mean."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint
from app.kiosks import rules


class PairingCodeInvalid(DomainError):
    code = "kiosk.code_invalid"
    text = Text(
        "这个一次性码不对、已经用过或过期了。请在后台站点页的“屏幕设备”里要一个新的。",
        "This one-time code is wrong, used or expired. Please get a new one on the station's page in the panel.",
    )


class TooManyPairings(DomainError):
    kind = Kind.TOO_MANY
    code = "kiosk.too_many"
    text = Text("试的次数有点多，请过 10 分钟再试。", "That was a lot of tries. Please wait 10 minutes.")


class KioskUnknown(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "kiosk.not_paired"
    text = Text(
        "这块屏幕还没有连接，或已在后台停用。请用新的一次性码重新连接。",
        "This screen is not paired, or was ended in the panel. Please pair it again with a new one-time code.",
    )


class DeviceRevoked(DomainError):
    kind = Kind.CONFLICT
    code = "kiosk.revoked"
    text = Text("这块屏幕已经停用过了。", "This screen has been ended already.")


on_constraint("ck_kiosk_devices_named", field="name", text=rules.NAME_NEEDED)
for _name in (
    "uq_kiosk_devices_code_hash",
    "uq_kiosk_devices_token_hash",
    "ck_kiosk_devices_paired_has_token",
    "ck_kiosk_devices_code_expires_later",
):
    on_constraint(_name, ServiceBusy)
