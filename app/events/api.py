"""The JSON door of events: the programme, public, with ETags."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, request

from app.core import paging
from app.events import listing, mine
from app.events.listing import Filters
from app.events.mine import Eligibility
from app.events.schemas import EventDetailOut, EventOut, EventsQuery
from app.http.access import find_presented, now, optional, public
from app.http.blueprint import ApiBlueprint
from app.http.body import answer, parse_query
from app.http.etags import tagged
from app.http.locale import locale
from app.http.query import Query

bp = ApiBlueprint("events")

_EVENTS, _NOTHING = EventsQuery(), Query()


@bp.call("GET", "/events", access=public, query=_EVENTS, answer=EventOut(), listed=True, example={"has_places": "true"})
def list_events() -> Response:
    """List events, the next one first. Without a day or a state: what is not over yet; state=over looks back."""
    asked = parse_query(_EVENTS, request.args)
    filters = _filters(asked)
    after = paging.position(filters.kind, asked["cursor"])
    page = listing.list_events(filters, asked["limit"], after, locale=locale(), at=now())
    return tagged(orjson.dumps({"items": page.items, "next_cursor": page.next_cursor}))


@bp.call(
    "GET",
    "/events/<event_id>",
    access=optional,
    limit="reads_per_min",
    query=_NOTHING,
    answer=EventDetailOut(),
    path_example={"event_id": "{event}"},
)
def get_event(event_id: str) -> Response:
    """Show one event in full, with its positions and shifts; to whoever is signed in also how they stand to each."""
    found = listing.described(listing.get_event(event_id), locale(), now())
    reader = find_presented()
    if reader is None:
        return tagged(orjson.dumps(found))
    frozen = mine.is_frozen(reader.state)
    standing = mine.standing_in(reader.person_id, event_id, is_frozen=frozen, at=now())
    for position in found["positions"]:
        position["shifts"] = [shift | _standing(standing[shift["id"]]) for shift in position["shifts"]]
    return answer(found)


def _standing(found: Eligibility) -> dict[str, Any]:
    said = locale()
    reasons = [{"code": one.code, "message": one.text.in_(said)} for one in found.reasons]
    signup = {"id": found.signup.public_id, "state": found.signup.state} if found.signup else None
    return {"my_signup": signup, "eligibility": {"ok": not reasons, "reasons": reasons}}


def _filters(asked: dict[str, Any]) -> Filters:
    return Filters(
        asked["first"],
        asked["last"],
        asked["district"] or None,
        asked["category"],
        asked["station"] or None,
        asked["has_places"],
        (asked["q"] or "").strip() or None,
        asked["state"],
    )
