"""Refusals about volunteers, and what their constraints mean."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint
from app.volunteers import rules, words


class PhoneRequired(DomainError):
    kind = Kind.DENIED
    code = "volunteer.phone_required"
    text = Text(
        "成为志愿者需要验证手机号。请先用手机号登录，再回来填写。",
        "Volunteers need a verified phone. Please sign in with your phone, then come back.",
    )


class GuardianNeeded(DomainError):
    code = "volunteer.guardian_needed"
    text = rules.GUARDIAN_UNDER_14


class VolunteerStateConflict(DomainError):
    kind = Kind.CONFLICT
    code = "volunteer.state_conflict"
    text = Text(
        "志愿者当前状态是“{state_zh}”，不能这样操作，请刷新后再看。",
        "The volunteer's state is “{state_en}” now, so this cannot be done. Please reload and look again.",
    )


def state_conflict(state: str) -> VolunteerStateConflict:
    """Return the refusal that names the state a volunteer is in."""
    name = words.STATES[state]
    return VolunteerStateConflict(state_zh=name.zh, state_en=name.en)


class QualificationKnown(DomainError):
    kind = Kind.CONFLICT
    code = "volunteer.qualification_known"
    text = Text(
        "这位志愿者已有这项资质，请直接修改它的有效期。",
        "This volunteer has that qualification already. Please change its validity instead.",
    )


on_constraint("uq_qualifications_volunteer_id_code", QualificationKnown)
for _name in (
    "uq_volunteers_public_id",
    "uq_volunteers_person_id",
    "uq_volunteers_volunteer_no",
    "ck_volunteers_state_known",
    "ck_volunteers_origin_known",
    "ck_volunteers_gender_known",
    "ck_volunteers_name_whole",
    "ck_volunteers_known_when_serving",
    "ck_volunteers_guardian_whole",
    "ck_volunteers_consent_has_guardian",
    "ck_volunteers_suspended_has_reason",
    "ck_qualifications_code_known",
):
    on_constraint(_name, ServiceBusy)
