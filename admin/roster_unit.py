"""A unit's people for a shift, pasted as they were sent: each is asked, and every line has its answer."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import door
from admin.errors import status_of
from admin.views import may
from app.core import clock
from app.core.errors import AccessDenied, DomainError
from app.events import units
from app.events.models import Shift
from app.events.pasting import LINES_MAX, Listed, read_list
from app.events.refusals import AlreadySignedUp

PERMISSION = "signups.decide"
PASTED_CHARS_MAX = 20_000


class Answer(NamedTuple):
    """What became of a line. what: invited | new | listed | left."""

    line: Listed
    what: str
    sentences: tuple[str, ...] = ()


class UnitPage:
    """The part of the rosters' view that asks a whole unit."""

    @expose("/unit/", methods=("GET", "POST"))
    def unit(self: Any) -> ResponseReturnValue:
        """Take a list of names and phones and ask each of them; lines that could not be asked come back to be put right."""
        row = self.get_one(request.values.get("id"))
        if not may(PERMISSION, **self.place_of(row)):
            raise AccessDenied
        if request.method == "GET":
            return self._unit_page(row)
        pasted = request.form.get("lines", "").replace("\0", "")[:PASTED_CHARS_MAX]
        try:
            lines = read_list(pasted)
        except DomainError as refusal:
            return self._unit_page(row, pasted, problem=refusal.sentence("zh-CN")), status_of(refusal)
        answers = [_ask(row.id, line) for line in lines]
        left = "\n".join(one.line.text for one in answers if one.what == "left")
        return self._unit_page(self.get_one(row.id), left, answers=answers)

    def _unit_page(
        self: Any, row: Shift, pasted: str = "", *, answers: list[Answer] | None = None, problem: str = ""
    ) -> str:
        page: str = self.render(
            "panel/roster_unit.html",
            title="单位集体报名",
            row=row,
            pasted=pasted,
            problem=problem,
            answers=answers or [],
            counts={
                what: sum(one.what == what for one in answers or ()) for what in ("invited", "new", "listed", "left")
            },
            lines_max=LINES_MAX,
            back=self.details_url(row),
        )
        return page


def _ask(shift_id: int, line: Listed) -> Answer:
    """Ask one person, in a unit of its own, so that one refusal undoes nothing of the others."""
    try:
        asked = door.write(lambda: units.invite_listed(door.actor(), shift_id, line, at=clock.now()))
    except AlreadySignedUp as refusal:
        return Answer(line, "listed", tuple(refusal.sentences("zh-CN")))
    except DomainError as refusal:
        fields = [text.zh for texts in refusal.fields.values() for text in texts]
        return Answer(line, "left", tuple(fields or refusal.sentences("zh-CN")))
    return Answer(line, "new" if asked.is_new else "invited", (f"志愿者编号 {asked.volunteer_no}",))
