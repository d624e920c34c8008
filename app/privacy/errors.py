"""Refusals about consents and the rights over one's own data."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint


class ConsentTextChanged(DomainError):
    """Somebody agrees to a text that is not the present one. facts: version, the present one."""

    kind = Kind.CONFLICT
    code = "consent.text_changed"
    text = Text(
        "这份文本已更新到第 {version} 版，请看过新版本再同意。",
        "This text is at version {version} now. Please read the new one, then agree.",
    )


class ExportGone(DomainError):
    kind = Kind.NOT_FOUND
    code = "export.gone"
    text = Text(
        "这个下载链接已经用过或已过期，请在“我的 › 隐私与数据”里重新导出。",
        "This download link was used or has expired. Please ask for a new copy under Me › Privacy and data.",
    )


for _name in (
    "uq_consent_texts_purpose_version",
    "ck_consent_texts_purpose_known",
    "ck_consent_texts_version_from_one",
    "uq_consents_standing",
    "ck_consents_purpose_known",
    "ck_consents_withdrawn_later",
    "uq_exports_public_id",
    "uq_exports_preparing",
    "ck_exports_state_known",
    "ck_exports_ready_has_file",
    "uq_erasures_pending",
    "ck_erasures_effective_later",
    "ck_erasures_swept_after_erased",
):
    on_constraint(_name, ServiceBusy)
