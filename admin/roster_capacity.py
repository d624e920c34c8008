"""More or fewer seats on a shift: what follows is shown first, and saved on the next step."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import door
from admin.errors import status_of
from admin.views import may
from app.core import clock
from app.core.errors import AccessDenied, DomainError, Kind
from app.events import forecast, roster, signups
from app.events.models import Shift

PERMISSION = "events.edit"


class CapacityPage:
    """The part of the rosters' view that changes how many seats a shift has."""

    @expose("/capacity/", methods=("GET", "POST"))
    def capacity(self: Any) -> ResponseReturnValue:
        """Show what another number of seats means (GET, ?capacity=), then save it (POST)."""
        row = self.get_one(request.values.get("id"))
        if not may(PERMISSION, **self.place_of(row)):
            raise AccessDenied
        typed = request.values.get("capacity", "").strip()
        wanted = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 6 else None
        if request.method == "GET":
            return self._capacity_page(row, typed, wanted)
        try:
            door.write(lambda: signups.change_capacity(door.actor(), row.id, capacity=wanted or 0, at=clock.now()))
        except DomainError as refusal:
            if refusal.kind in (Kind.NOT_FOUND, Kind.DENIED):
                raise
            row = self.get_one(row.id)
            sentences = [text.zh for texts in refusal.fields.values() for text in texts]
            problem = " ".join(sentences or refusal.sentences("zh-CN"))
            return self._capacity_page(row, typed, wanted, problem), status_of(refusal)
        self.say(f"名额已改为 {wanted} 个。")
        return door.go(door.way_back(self.details_url(row)))

    def _capacity_page(self: Any, row: Shift, typed: str, wanted: int | None, problem: str = "") -> str:
        at = clock.now()
        seen = forecast.of_capacity(row, wanted, row.parent.approval, at) if wanted is not None else None
        one = roster.list_rosters([row])[0]
        page: str = self.render(
            "panel/capacity.html",
            title="改名额",
            row=row,
            typed=typed or str(row.capacity),
            wanted=wanted,
            forecast=seen,
            problem=problem or ("请填写整数。" if typed and wanted is None else ""),
            roster=one,
            back=door.way_back(self.details_url(row)),
        )
        return page
