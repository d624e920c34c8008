"""What its broken constraints stand for."""

from __future__ import annotations

from app.core.errors import ServiceBusy, on_constraint

for _name in (
    "uq_feedback_public_id",
    "uq_feedback_token_hash",
    "ck_feedback_about_known",
    "ck_feedback_state_known",
    "ck_feedback_answered_has_time",
    "ck_feedback_answered_has_answer",
):
    on_constraint(_name, ServiceBusy)
