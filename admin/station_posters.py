"""Posters to print: a page that shows them, one station's files, and one PDF for all stations of a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import door
from admin.views import may
from app.core import clock
from app.core.errors import AccessDenied, NotFound
from app.orgs.rules import reach
from app.prints.paper import Sheet
from app.stations import queries
from app.stations.errors import NoPoster, TooManyPosters
from app.stations.models import Station, StationCredential

POSTERS_MAX = 300
"""Stations in one file: about ten seconds of one core."""
PERMISSION = "credentials.manage"
FORM_NAMES = {"a4": "A4 海报", "sticker": "贴纸"}
Chosen = list[tuple[Station, StationCredential]]


class PosterPages:
    """The part of the stations' view that prints. Whoever may make posters may print them, and where."""

    @expose("/posters/")
    def posters(self: Any) -> ResponseReturnValue:
        """Show what can be printed: of one station (?id=), or of all that the list's filters keep."""
        if "id" in request.args:
            row, credential = self._one_poster()
            return self.render(
                "panel/posters.html", row=row, version=credential.version, title=f"打印海报：{row.name_zh}"
            )
        asked = self.asked()
        count = self._printable(asked).count()
        return self.render(
            "panel/posters.html",
            row=None,
            asked=asked,
            count=count,
            problem=TooManyPosters(most=POSTERS_MAX, count=count).sentence("zh-CN") if count > POSTERS_MAX else "",
            title="打印海报",
        )

    @expose("/posters/<form>.<kind>")
    def poster_file(self: Any, form: str, kind: str) -> ResponseReturnValue:
        """Hand out one station's poster as PDF or SVG, or a PDF of all that the list's filters keep."""
        if form not in FORM_NAMES or kind not in ("pdf", "svg"):
            raise NotFound
        if "id" in request.args:
            row, credential = self._one_poster()
            name = f"{row.code}-v{credential.version}-{form}.{kind}"
            chosen = [(row, credential)]
        else:
            chosen = self._many_posters()
            name = f"海报-{form}-{clock.city_time(clock.now()):%Y%m%d-%H%M}.pdf"
            kind = "pdf"
        return _file(name, _svg(chosen[0], form) if kind == "svg" else _pdf(chosen, form), kind)

    def _one_poster(self: Any) -> tuple[Station, StationCredential]:
        row = self.get_one(request.args["id"])
        if not may(PERMISSION, **self.place_of(row)):
            raise AccessDenied
        chosen = queries.list_current_posters([row])
        if not chosen:
            raise NoPoster
        return chosen[0]

    def _printable(self: Any, asked: Any) -> Any:
        held = reach(door.actor(), PERMISSION)
        if held.is_empty:
            raise AccessDenied
        return self.ordered(asked).filter(queries.within(held), queries.with_poster())

    def _many_posters(self: Any) -> Chosen:
        rows = self._printable(self.asked())
        if (count := rows.count()) > POSTERS_MAX:
            raise TooManyPosters(most=POSTERS_MAX, count=count)
        chosen = queries.list_current_posters(rows)
        if not chosen:
            raise NoPoster
        return chosen


def _sheets(chosen: Chosen, form: str, faces: Any) -> Iterable[Sheet]:
    from app.stations import posters

    return (posters.FORMS[form](posters.poster_of(row, credential), faces) for row, credential in chosen)


def _svg(one: tuple[Station, StationCredential], form: str) -> bytes:
    from app.prints.svg import svg
    from app.prints.typefaces import typefaces

    faces = typefaces()
    return svg(next(iter(_sheets([one], form, faces))), faces).encode()


def _pdf(chosen: Chosen, form: str) -> bytes:
    from app.prints.pdf import pdf  # the writer of PDF takes a quarter of a second to import; few requests need it
    from app.prints.typefaces import typefaces

    title = chosen[0][0].name_zh if len(chosen) == 1 else FORM_NAMES[form]
    return pdf(_sheets(chosen, form, typefaces()), title=title, at=clock.now())


def _file(name: str, body: bytes, kind: str) -> Response:
    mimetype = "application/pdf" if kind == "pdf" else "image/svg+xml"
    where = f"attachment; filename=poster.{kind}; filename*=UTF-8''{quote(name)}"
    return Response(body, mimetype=mimetype, headers={"Content-Disposition": where})
