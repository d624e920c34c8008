"""Read the audit trail and prove that it holds."""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from app.audit.models import AuditEntry, AuditHead
from app.core import chain, secrets
from app.core.db import db, read_connection
from app.core.errors import ChangedMeanwhile

_HEAD = select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == 1)
_VERIFY_BATCH = 1000


class Head(NamedTuple):
    """The newest link: its number and hash."""

    seq: int
    hash: str


def get_head() -> Head:
    """Return the newest link; seq 0 for an empty trail."""
    with read_connection() as connection:
        row = connection.execute(_HEAD).one_or_none()
    return Head(row.seq, row.hash) if row else Head(0, chain.GENESIS)


def list_of_object(object_type: str, object_id: str, limit: int = 20) -> list[AuditEntry]:
    """Return the newest entries about one object, newest first."""
    query = (
        select(AuditEntry)
        .where(AuditEntry.object_type == object_type, AuditEntry.object_id == object_id)
        .order_by(AuditEntry.seq.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def find_last_change(object_type: str, object_id: str) -> AuditEntry | None:
    """Return the newest entry about one object, or None."""
    entries = list_of_object(object_type, object_id, limit=1)
    return entries[0] if entries else None


def changed_meanwhile(object_type: str, object_id: str | int) -> ChangedMeanwhile:
    """Return the refusal of a save that would overwrite a newer one unseen: who made that, and in which fields."""
    last = find_last_change(object_type, str(object_id))
    what = ", ".join(sorted(last.after)) if last and last.after else (last.action if last else "-")
    return ChangedMeanwhile(by=last.actor.removeprefix("staff:") if last else "-", what=what)


def chain_faults(data_dir: Path | None = None) -> list[str]:
    """Return what is wrong with the trail, empty when it holds.

    data_dir: where the signed checkpoints stand; with them a cut tail shows too.
    """
    rows = db.session.scalars(
        select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=_VERIFY_BATCH, populate_existing=True)
    )
    found = chain.faults((row.seq, row.prev_hash, row.hash, row.covered()) for row in rows)
    head = db.session.execute(_HEAD).one()
    last = db.session.execute(select(AuditEntry.seq, AuditEntry.hash).order_by(AuditEntry.seq.desc()).limit(1)).first()
    if (head.seq, head.hash) != ((last.seq, last.hash) if last else (0, chain.GENESIS)):
        found.append(
            f"the head names row {head.seq}, the last row found is {last.seq if last else 0}: the tail was cut"
        )
    return found + (_checkpoint_faults(data_dir) if data_dir else [])


def count_entries() -> int:
    """Return how many entries the trail has."""
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def checkpoint_path(data_dir: Path) -> Path:
    """Return the file of this database's checkpoints; databases that share a data folder have one each."""
    return data_dir / f"audit-checkpoints-{Path(str(db.engine.url.database)).stem}.jsonl"


def checkpoint_line(head: Head, at: datetime) -> str:
    """Return the signed line that fixes the head of a day."""
    body = {"at": at.isoformat(timespec="seconds"), "seq": head.seq, "hash": head.hash}
    return signed_checkpoint(body)


def signed_checkpoint(body: dict[str, object]) -> str:
    """Return a checkpoint signed with the present key, as one line."""
    return json.dumps({**body, "mac": _checkpoint_macs(body)[0]}, separators=(",", ":"))


def is_genuine(checkpoint: dict[str, object]) -> bool:
    """Whether a checkpoint was signed by this service, with the present key or the old one."""
    body = {name: value for name, value in checkpoint.items() if name != "mac"}
    return any(hmac.compare_digest(str(checkpoint["mac"]), mac) for mac in _checkpoint_macs(body))


def _checkpoint_macs(body: dict[str, object]) -> tuple[str, ...]:
    """Return what the signature may be: under the present key, then under the old one."""
    parts = (str(body["at"]), str(body["seq"]), str(body["hash"]))
    return tuple(mac.hex() for mac in secrets.digests("audit checkpoint", *parts))


def _checkpoint_faults(data_dir: Path) -> list[str]:
    path = checkpoint_path(data_dir)
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            body = json.loads(line)
            genuine = is_genuine(body)
        except (ValueError, KeyError, AttributeError, TypeError):
            genuine = False
        if not genuine:
            found.append(f"{path.name} line {number} is not signed by this service")
        elif (
            body["seq"]
            and db.session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == body["seq"])) != body["hash"]
        ):
            found.append(f"row {body['seq']} is not the one that the checkpoint of {body['at']} fixed")
    return found
