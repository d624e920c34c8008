"""Copies of one's own data: asked for, prepared by a job, fetched once, gone after a day."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from app.core import secrets
from app.core.db import after_commit, db
from app.core.errors import NotFound
from app.core.hooks import Hook
from app.core.types import new_public_id
from app.privacy import archive
from app.privacy.errors import ExportGone
from app.privacy.models import EXPORT_FILE, Export
from app.privacy.rules import EXPORT_KEPT, ExportState

collect_own: Hook[[int], Mapping[str, Sequence[Mapping[str, Any]]]] = Hook("privacy.collect_own")
"""Person → all their rows, JSON-ready, by the name of their sheet; composed of every domain that keeps some."""
prepare_soon: Hook[[int], None] = Hook("privacy.prepare_soon")
"""Export → the job consumer is told of it; it also looks by itself every minute."""

_MAC_CHARS = 32


def request_export(person_id: int, *, at: datetime) -> Export:
    """Ask for a copy of one's own data. While one is being prepared, that one is the answer."""
    found = db.session.scalar(
        select(Export).where(Export.person_id == person_id, Export.state == ExportState.PREPARING)
    )
    if found is None:
        found = Export(
            public_id=new_public_id(),
            person_id=person_id,
            state=ExportState.PREPARING,
            file_enc=None,
            created_at=at,
            expires_at=None,
        )
        db.session.add(found)
        db.session.flush()
    export_id = found.id
    after_commit(lambda: prepare_soon(export_id))
    return found


LATEST = "latest"


def get_export(person_id: int, public_id: str) -> Export:
    """Return one of a person's own copies; `latest` names the newest. Raises NotFound, also for another person's."""
    query = select(Export).where(Export.person_id == person_id).order_by(Export.id.desc()).limit(1)
    found = db.session.scalar(query if public_id == LATEST else query.where(Export.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def list_waiting() -> list[int]:
    """Return the ids of copies that wait to be prepared, oldest first."""
    return list(db.session.scalars(select(Export.id).where(Export.state == ExportState.PREPARING).order_by(Export.id)))


def prepare_export(export_id: int, *, at: datetime) -> bool:
    """Make the file of a copy that waits. Returns False when there is nothing to do any more."""
    export = db.session.scalar(
        select(Export).where(Export.id == export_id, Export.state == ExportState.PREPARING).with_for_update()
    )
    if export is None:
        return False
    file = archive.build(collect_own(export.person_id), at)
    db.session.execute(
        update(Export)
        .where(Export.person_id == export.person_id, Export.state == ExportState.READY)
        .values(state=ExportState.EXPIRED, file_enc=None)
    )
    export.file_enc = EXPORT_FILE.seal(file, export.public_id)
    export.state, export.expires_at = ExportState.READY, at + EXPORT_KEPT
    db.session.flush()
    return True


def download_token(export: Export) -> str:
    """Return what the download link carries; made from our key, so it need not be stored."""
    return f"{export.public_id}.{_macs(export.public_id)[0]}"


def take_file(token: str, *, at: datetime) -> bytes:
    """Hand out the file of a download link, once: with the commit it is gone. Raises ExportGone."""
    public_id, _, mac = token.partition(".")
    if not mac.isascii() or not any(hmac.compare_digest(mac, one) for one in _macs(public_id)):
        raise ExportGone
    export = db.session.scalar(
        select(Export)
        .where(Export.public_id == public_id, Export.state == ExportState.READY, Export.expires_at > at)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if export is None or export.file_enc is None:
        raise ExportGone
    file = EXPORT_FILE.unseal(export.file_enc, export.public_id)
    export.state, export.file_enc = ExportState.EXPIRED, None
    return file


def expire(before: datetime) -> int:
    """Delete the files that have been ready since before an instant, 24 hours ago. Returns how many."""
    gone = db.session.execute(
        update(Export)
        .where(Export.state == ExportState.READY, Export.expires_at <= before + EXPORT_KEPT)
        .values(state=ExportState.EXPIRED, file_enc=None)
        .returning(Export.id)
    )
    return len(gone.all())


def purge(before: datetime) -> int:
    """Delete the record of copies asked for before an instant. Returns how many."""
    gone = db.session.execute(
        delete(Export).where(Export.created_at < before, Export.state == ExportState.EXPIRED).returning(Export.id)
    )
    return len(gone.all())


def _macs(public_id: str) -> tuple[str, ...]:
    return tuple(one.hex()[:_MAC_CHARS] for one in secrets.digests("export download", public_id))
