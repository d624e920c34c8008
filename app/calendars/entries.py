"""Events and sign-ups as entries of a calendar."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row

from app.core.errors import Text
from app.core.ics import Entry
from app.events.models import Event, Shift, SignUp
from app.events.rules import EventState, ShiftState, SignUpState
from app.stations.models import Station

FEED_NAME = Text("鸥遇志愿服务", "Ouyu volunteering")
_CONTACT = Text("联系主办方：{contact}", "Ask the organiser: {contact}")
_OFF = Text("已取消：{reason}", "Cancelled: {reason}")


def of_event(event: Event, locale: str, *, host: str, url: str) -> list[Entry]:
    """Return the entries of a public event, one per shift, in order; with several positions each is named.

    host, url: of this site. A shift that was cancelled, or whose event was, stays and says so.
    """
    several = len(event.positions) > 1
    shifts = [(shift, position) for position in event.positions for shift in position.shifts]
    return [
        _entry(
            event,
            shift,
            event.station,
            locale,
            uid=f"{shift.public_id}@{host}",
            summary=_one(event, "title", locale) + (f" · {_one(position, 'title', locale)}" if several else ""),
            cancelled=ShiftState.CANCELLED in (shift.state, event.state),
            url=f"{url}/events/{event.public_id}",
        )
        for shift, position in sorted(shifts, key=lambda pair: (pair[0].starts_at, pair[0].id))
    ]


def of_person(rows: Sequence[Row[SignUp, Shift, Event, Station]], locale: str, *, host: str, url: str) -> list[Entry]:
    """Return the entries of a person's own sign-ups."""
    return [
        _entry(
            row.Event,
            row.Shift,
            row.Station,
            locale,
            uid=f"{row.SignUp.public_id}@{host}",
            summary=_one(row.Event, "title", locale),
            cancelled=row.SignUp.state != SignUpState.CONFIRMED or row.Event.state == EventState.CANCELLED,
            url=f"{url}/signups/{row.SignUp.public_id}",
        )
        for row in rows
    ]


def _entry(
    event: Event,
    shift: Shift,
    station: Station | None,
    locale: str,
    *,
    uid: str,
    summary: str,
    cancelled: bool,
    url: str,
) -> Entry:
    """Return one entry. Its sequence grows with every change of event or shift, and by a cancellation."""
    reason = _one(shift, "cancel_reason", locale) or _one(event, "cancel_reason", locale)
    said = [_OFF.in_(locale).format(reason=reason)] if cancelled and reason else []
    said += [_one(event, "summary", locale), _CONTACT.in_(locale).format(contact=event.contact)]
    return Entry(
        uid=uid,
        sequence=2 * (event.version + shift.version) + cancelled,
        changed_at=event.published_at or event.created_at,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        summary=summary,
        location=_one(event, "place", locale) or (_one(station, "name", locale) if station else ""),
        description="\n".join(line for line in said if line),
        url=url,
        cancelled=cancelled,
    )


def _one(row: object, name: str, locale: str) -> str:
    """Return a field in a language, in Chinese where it was never translated."""
    found = (getattr(row, f"{name}_en") if locale == "en" else None) or getattr(row, f"{name}_zh")
    return found or ""
