"""What its broken constraints stand for."""

from __future__ import annotations

from app.core.errors import ServiceBusy, on_constraint

for _name in ("uq_calendar_links_person_id", "uq_calendar_links_token_hash"):
    on_constraint(_name, ServiceBusy)
