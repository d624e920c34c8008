"""What its broken constraints stand for."""

from __future__ import annotations

from app.core.errors import ServiceBusy, on_constraint

for _name in (
    "uq_inbox_public_id",
    "uq_inbox_person_id_key",
    "uq_inbox_staff_id_key",
    "ck_inbox_one_reader",
):
    on_constraint(_name, ServiceBusy)
