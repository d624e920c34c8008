"""Refusals about volunteers: each says what to do next."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint


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
