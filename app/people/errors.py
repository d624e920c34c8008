"""Refusals about citizens and how they sign in."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint


class AuthRequired(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "auth.required"
    text = Text("请先登录，或以游客身份开始。", "Please sign in first, or start as a guest.")


class TokenInvalid(DomainError):
    kind = Kind.UNAUTHENTICATED
    code = "auth.token_invalid"
    text = Text("登录已失效，请重新进入。", "Your session has ended. Please start again.")


for _name in (
    "uq_persons_public_id",
    "uq_persons_phone_index",
    "ck_persons_phone_whole",
    "ck_persons_verified_has_phone",
    "ck_persons_state_known",
    "ck_persons_locale_known",
    "uq_identities_provider_subject",
    "uq_identities_person_id_provider",
    "ck_identities_provider_known",
    "uq_sessions_token_hash",
    "uq_sessions_public_id",
    "ck_sessions_expires_later",
):
    on_constraint(_name, ServiceBusy)
