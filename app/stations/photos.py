"""Photos of a station: taken in, written anew in two sizes, shown, replaced and removed."""

from __future__ import annotations

import errno
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select

from app.audit import service as audit
from app.core import pictures
from app.core.actor import Actor
from app.core.db import after_commit, db
from app.core.errors import InvalidInput, NotFound, StorageFull
from app.core.pictures import Copy
from app.orgs.rules import require
from app.stations import listing, queries
from app.stations.models import Photo, Station
from app.stations.rules import PHOTOS_FULL, PHOTOS_MAX, PhotoState
from config import settings

DISPLAY_SIDE, SMALL_SIDE = 1280, 480
NAME_PATTERN = r"[A-Za-z0-9_-]{22}(?:-s)?"
_NAME_BYTES = 16
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Developed(NamedTuple):
    """A photo ready to be kept: for a station's page, and for a list."""

    display: Copy
    small: Copy


def develop(image: bytes) -> Developed:
    """Write a photo anew, upright and without metadata. Slow: done before the unit of work. Raises InvalidInput."""
    return Developed(*pictures.copies(image, sides_max=(DISPLAY_SIDE, SMALL_SIDE), field="image"))


def add_photo(actor: Actor, station_id: int, *, photo: Developed, replaces: int | None = None, at: datetime) -> Photo:
    """Show a photo of a station, after those it has or in the place of one of them.

    The files are written before the row, so that no row can stand without its files; a unit that fails leaves two
    files under a name that nobody knows.
    Raises: InvalidInput when the station has as many as it may; NotFound; StorageFull.
    """
    station = _load(actor, station_id)
    old = _shown(station.id, replaces) if replaces is not None else None
    if old is None and len(station.photos) >= PHOTOS_MAX:
        raise InvalidInput(fields={"image": [PHOTOS_FULL]})
    name = secrets.token_urlsafe(_NAME_BYTES)
    _keep(name, photo)
    if old is not None:
        _take_down(old, at)
        db.session.flush()
    row = Photo(
        station_id=station.id,
        name=name,
        width=photo.display.width,
        height=photo.display.height,
        position=old.position if old is not None else _next_position(station.id),
        state=PhotoState.SHOWN,
        added_by=actor.id if actor.kind == "staff" else None,
        added_at=at,
    )
    db.session.add(row)
    before = {"photo": old.name} if old is not None else None
    _recorded(actor, "stations.add_photo", station, at=at, before=before, after={"photo": name})
    return row


def remove_photo(actor: Actor, photo_id: int, *, at: datetime) -> None:
    """Take a photo down; its files go with it. Raises NotFound when it is not shown."""
    row = db.session.get(Photo, photo_id)
    if row is None:
        raise NotFound
    station = _load(actor, row.station_id)
    row = _shown(station.id, photo_id)
    _take_down(row, at)
    _recorded(actor, "stations.remove_photo", station, at=at, before={"photo": row.name})


def file_of(name: str) -> Path | None:
    """Return the file of a photo by the name that its address carries, or None. The name is one of ours or none."""
    if not re.fullmatch(NAME_PATTERN, name):
        return None
    path = _folder() / f"{name}.webp"
    return path if path.is_file() else None


def _folder() -> Path:
    return settings.current().photo_dir


def _keep(name: str, photo: Developed) -> None:
    try:
        _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        (_folder() / f"{name}.webp").write_bytes(photo.display.data)
        (_folder() / f"{name}-s.webp").write_bytes(photo.small.data)
    except OSError as error:
        _forget(name)
        if error.errno in _FULL:
            raise StorageFull from None
        raise


def _forget(name: str) -> None:
    for file in (f"{name}.webp", f"{name}-s.webp"):
        (_folder() / file).unlink(missing_ok=True)


def _take_down(row: Photo, at: datetime) -> None:
    row.state, row.removed_at = PhotoState.REMOVED, at
    name = row.name
    after_commit(lambda: _forget(name))


def _load(actor: Actor, station_id: int) -> Station:
    station = queries.get_station_for_change(station_id)
    require(actor, "stations.edit", district_id=station.district_id, station_id=station.id)
    return station


def _shown(station_id: int, photo_id: int) -> Photo:
    row = db.session.get(Photo, photo_id, populate_existing=True)
    if row is None or row.station_id != station_id or row.state != PhotoState.SHOWN:
        raise NotFound
    return row


def _next_position(station_id: int) -> int:
    last = db.session.scalar(
        select(func.max(Photo.position)).where(Photo.station_id == station_id, Photo.state == PhotoState.SHOWN)
    )
    return 0 if last is None else last + 1


def _recorded(actor: Actor, action: str, station: Station, *, at: datetime, **what: Any) -> None:
    station.updated_at = at
    db.session.flush()
    audit.record(actor, action, "station", station.code, at=at, **what)
    after_commit(listing.forget)
