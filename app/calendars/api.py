"""The doors of calendars: a file of an event, and the private link to one's own."""

from __future__ import annotations

from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Response

from app.calendars import entries, queries, service
from app.calendars.schemas import CalendarLinkOut
from app.core import ics
from app.core.errors import NotFound
from app.core.types import new_public_id
from app.events import listing
from app.http.access import caller, now, people, public
from app.http.blueprint import ApiBlueprint
from app.http.body import Answer
from app.http.etags import tagged
from app.http.idempotency import once
from app.http.locale import locale
from app.http.query import Query
from config import settings

TYPE = "text/calendar; charset=utf-8"

bp = ApiBlueprint("calendars")
feed = Blueprint("calendar_feed", __name__)

_LINK_OUT = CalendarLinkOut()


@bp.call(
    "GET",
    "/events/<event_id>.ics",
    access=public,
    query=Query(),
    produces="text/calendar",
    refusals=(NotFound,),
    path_example={"event_id": "{event}"},
)
def get_event_file(event_id: str) -> Response:
    """Hand out an event for one's calendar, each shift an entry; what is cancelled says so."""
    event, url = listing.get_event(event_id), settings.current().public_url
    name = event.title_en if locale() == "en" else event.title_zh
    file = ics.calendar(name, entries.of_event(event, locale(), host=_host(), url=url))
    return tagged(file, content_type=TYPE)


@bp.call("POST", "/me/calendar", access=people, status=(201,), answer=_LINK_OUT)
def post_my_calendar() -> Response:
    """Make a private link for a calendar program; the one before is dead at once.

    What is kept for a repeated call is the seed of its token, which is worth nothing without our key.
    """

    def effect() -> Answer:
        seed = new_public_id()
        service.make_link(caller().person_id, seed=seed, at=now())
        return Answer({"seed": seed}, 201)

    response = once(effect)
    if response.status_code == 201:
        token = service.token_of(caller().person_id, orjson.loads(response.get_data())["seed"])
        url = f"{settings.current().public_url}/calendar/{token}.ics"
        response.set_data(orjson.dumps(_LINK_OUT.dump({"url": url})))
    return response


@feed.get("/calendar/<token>.ics")
def get_feed(token: str) -> Response:
    """Hand a calendar program what its owner has signed up for."""
    reader = queries.find_reader(token)
    if reader is None:
        raise NotFound
    rows = queries.list_own(reader.id, now())
    url = settings.current().public_url
    file = ics.calendar(
        entries.FEED_NAME.in_(reader.locale), entries.of_person(rows, reader.locale, host=_host(), url=url)
    )
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'inline; filename="ouyu.ics"'}
    return Response(file, content_type=TYPE, headers=headers)


def _host() -> str:
    return urlsplit(settings.current().public_url).hostname or "ouyu"
