"""The JSON door of sign-ups: signing up, leaving, answering offers and invitations, one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response

from app.core import paging
from app.core.clock import midnight, rfc3339, written
from app.core.db import unit_of_work
from app.core.errors import NotFound
from app.events import mine, signups, timing
from app.events.mine import Wanted
from app.events.refusals import (
    AccountFrozen,
    Closed,
    Full,
    NotAVolunteer,
    NotEligible,
    OfferExpired,
    RiskAckNeeded,
    StateConflict,
    TimeConflict,
)
from app.events.rules import SignUpState
from app.events.signups import SignedUp
from app.events.signups_schemas import MySignUpsQuery, SignUpIn, SignUpOut
from app.http.access import actor, caller, now, people
from app.http.blueprint import ApiBlueprint
from app.http.body import Answer, answer, read, read_query
from app.http.idempotency import once
from app.http.locale import locale

bp = ApiBlueprint("signups")

_IN, _OUT, _PAGE = SignUpIn(), SignUpOut(), MySignUpsQuery()
_JUDGED = (AccountFrozen, Closed, Full, NotAVolunteer, NotEligible, NotFound, RiskAckNeeded, TimeConflict)
_PATH = {"signup_id": "id-of-your-signup"}


@bp.call(
    "POST",
    "/shifts/<shift_id>/signups",
    access=people,
    status=(201, 200),
    body=_IN,
    answer=_OUT,
    refusals=_JUDGED,
    example={"risk_ack": True},
    path_example={"shift_id": "{shift}"},
)
def post_signup(shift_id: str) -> Response:
    """Sign up for a shift: a seat, a place before staff, or a number in the queue. Again, it answers with the live one."""
    body = read(_IN)

    def effect() -> Answer:
        with _telling():
            made = signups.apply(actor(), shift_id, risk_ack=body["risk_ack"], at=now())
        return Answer(_whole(mine.get_mine(made.id))) if made.already else Answer(_fresh(made), 201)

    return once(effect)


@bp.call(
    "DELETE",
    "/signups/<signup_id>",
    access=people,
    answer=_OUT,
    refusals=(Closed, NotFound, StateConflict),
    path_example=_PATH,
)
def delete_signup(signup_id: str) -> Response:
    """Leave a shift, its queue, or turn down what is open. Within 24 hours of the start it is marked late."""
    with unit_of_work():
        body = _whole(mine.get_mine(signups.cancel(actor(), signup_id, at=now())))
    return answer(body)


@bp.call(
    "POST",
    "/signups/<signup_id>/accept",
    access=people,
    body=_IN,
    answer=_OUT,
    refusals=(*_JUDGED, OfferExpired, StateConflict),
    example={"risk_ack": True},
    path_example=_PATH,
)
def post_signup_accept(signup_id: str) -> Response:
    """Take an offered seat, or accept an invitation: judged anew; without a free seat the invitation stays."""
    body = read(_IN)
    return _decided(lambda: signups.accept(actor(), signup_id, risk_ack=body["risk_ack"], at=now()))


@bp.call(
    "POST",
    "/signups/<signup_id>/decline",
    access=people,
    answer=_OUT,
    refusals=(NotFound, StateConflict),
    path_example=_PATH,
)
def post_signup_decline(signup_id: str) -> Response:
    """Turn down an offer or an invitation; an offered seat goes to the next in line."""
    return _decided(lambda: signups.decline(actor(), signup_id, at=now()))


@bp.call("GET", "/signups/<signup_id>", access=people, answer=_OUT, refusals=(NotFound,), path_example=_PATH)
def get_signup(signup_id: str) -> Response:
    """Show one of the caller's sign-ups, with its ticket while it is confirmed."""
    found = mine.find_mine(caller().person_id, signup_id)
    if found is None:
        raise NotFound
    return answer(_whole(found))


@bp.call("GET", "/me/signups", access=people, query=_PAGE, answer=_OUT, listed=True)
def list_my_signups() -> Response:
    """List the caller's sign-ups: from a day on the next one first, otherwise all, the latest first."""
    asked = read_query(_PAGE)
    since = midnight(asked["since"]) if asked["since"] else None
    wanted = Wanted(asked["state"], since)
    page = mine.list_mine(caller().person_id, wanted, asked["limit"], paging.position(wanted.kind, asked["cursor"]))
    return answer({"items": [_whole(row) for row in page.items], "next_cursor": page.next_cursor})


def _decided(act: Callable[[], int]) -> Response:
    def effect() -> Answer:
        with _telling():
            row_id = act()
        return Answer(_whole(mine.get_mine(row_id)))

    return once(effect)


@contextmanager
def _telling() -> Iterator[None]:
    """Write the reasons of a refusal in the asked language, and the shift it clashes with."""
    try:
        yield
    except NotEligible as refusal:
        said = locale()
        refusal.facts["reasons"] = [{"code": one.code, "message": one.text.in_(said)} for one in refusal.reasons]
        clash = refusal.conflict
        if clash is not None:
            refusal.facts["conflicts_with"] = {
                "id": clash.signup_id,
                "event": {"id": clash.event_id, "title": clash.title.in_(said)},
                "starts_at": rfc3339(clash.starts_at),
                "ends_at": rfc3339(clash.ends_at),
            }
        raise


def _fresh(made: SignedUp) -> dict[str, Any]:
    """Return a new sign-up as its answer, from what is known without reading it again; tested against SignUpOut."""
    place = made.place
    return {
        "id": made.public_id,
        "state": made.state.value,
        "queue_position": made.position,
        "shift": _shift(place.public_id, place),
        "event": {"id": place.event_public_id, "title": _told(place, locale(), "title")},
        "cancel_until": rfc3339(timing.cancel_until(place.starts_at)),
    }


def _whole(row: Any) -> dict[str, Any]:
    """Return a sign-up as its owner sees it; by hand, for lists of it are read at every opening of the page."""
    said = locale()
    station = {"code": row.station_code, "name": _told(row, said, "station")} if row.station_code else None
    why = _told(row, said, "shift_reason") or _told(row, said, "cancel_reason") or row.reason
    confirmed = row.state == SignUpState.CONFIRMED
    return {
        "id": row.public_id,
        "state": row.state,
        "queue_position": row.queue_position,
        "shift": _shift(row.shift_id, row),
        "event": {"id": row.event_id, "title": _told(row, said, "title")},
        "cancel_until": rfc3339(timing.cancel_until(row.starts_at)),
        "position": _told(row, said, "position"),
        "place": _told(row, said, "place") or (_told(row, said, "station") or ""),
        "station": station,
        "contact": row.contact,
        "risk_note": _told(row, said, "risk_note") or None,
        "via": row.via,
        "late": row.late,
        "reason": why if row.state in (SignUpState.CANCELLED_ORG, SignUpState.REJECTED) else None,
        "offer_until": written(row.offer_until),
        "created_at": rfc3339(row.created_at),
        "ticket": {"code": mine.ticket_code(row.public_id), "valid_until": rfc3339(row.ends_at)} if confirmed else None,
    }


def _shift(public_id: str, row: Any) -> dict[str, str]:
    return {"id": public_id, "starts_at": rfc3339(row.starts_at), "ends_at": rfc3339(row.ends_at)}


def _told(row: Any, said: str, name: str) -> Any:
    return getattr(row, f"{name}_en" if said == "en" else f"{name}_zh")
