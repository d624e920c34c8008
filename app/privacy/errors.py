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


for _name in (
    "uq_consent_texts_purpose_version",
    "ck_consent_texts_purpose_known",
    "ck_consent_texts_version_from_one",
    "uq_consents_standing",
    "ck_consents_purpose_known",
    "ck_consents_withdrawn_later",
):
    on_constraint(_name, ServiceBusy)
