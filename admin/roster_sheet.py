"""Sign-in sheets to print: one shift, or all of a filtered list; whole names only with a reason, which is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import door
from admin.forms import PanelForm, ReasonForm
from admin.views import may
from app.core import clock
from app.core.errors import InvalidInput, NotFound
from app.events import desk, roster
from app.events.models import Shift

SHEETS_MAX = 40
"""Shifts in one print."""
SPARE_LINES = 4
"""Empty lines for who comes unannounced, where there is room."""
REVEAL = "signups.reveal"


class SheetPages:
    """The part of the rosters' view that prints."""

    @expose("/sheet/", methods=("GET", "POST"))
    def sheet(self: Any) -> ResponseReturnValue:
        """Show the sheet with masked names (GET), or with whole ones, once, for a reason (POST)."""
        rows = self._sheet_rows()
        if request.method == "GET":
            return self._sheet_page(rows, {}, ReasonForm())
        form = ReasonForm(request.form)
        try:
            names = door.write(
                lambda: desk.reveal_names(door.actor(), rows, reason=form.plain()["reason"], at=clock.now())
            )
        except InvalidInput as refusal:
            return self._sheet_page(rows, {}, form, form.show(refusal)), 422
        return self._sheet_page(rows, names, ReasonForm())

    def _sheet_rows(self: Any) -> list[Shift]:
        if "id" in request.args:
            return [self.get_one(request.args["id"])]
        rows: list[Shift] = self.ordered(self.asked()).filter(roster.standing()).limit(SHEETS_MAX).all()
        if not rows:
            raise NotFound
        return rows

    def _sheet_page(self: Any, rows: list[Shift], names: Mapping[int, str], form: PanelForm, problem: str = "") -> str:
        alone = self.details_url(rows[0]) if "id" in request.args else url_for("roster.index_view", **request.args)
        page: str = self.render(
            "panel/sheet.html",
            title="签到表",
            rosters=roster.list_rosters(rows),
            names=names,
            spare={row.id: min(SPARE_LINES, roster.free(row)) for row in rows},
            may_reveal=all(may(REVEAL, **self.place_of(row)) for row in rows) and not names,
            form=form,
            problem=problem,
            back=alone,
            here=url_for("roster.sheet", **request.args),
            parts=roster.SHEET,
        )
        return page
