"""Write the audit trail: one entry per act, in the transaction of the act."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from app.audit import queries
from app.audit.models import AuditEntry, AuditHead
from app.core import chain
from app.core.actor import Actor
from app.core.db import db

_ADVANCE = (
    update(AuditHead).where(AuditHead.id == 1).values(seq=AuditHead.seq + 1).returning(AuditHead.seq, AuditHead.hash)
)
_APPEND = insert(AuditEntry)


def record(
    actor: Actor,
    action: str,
    object_type: str,
    object_id: str | int,
    *,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> int:
    """Append one act to the chain and return its seq.

    The head row is locked by the UPDATE first, so writers queue here and the chain can neither fork nor gap.

    action: `domain.verb`. before, after: JSON-ready, personal data masked by the caller.
    """
    session = db.session()
    session.flush()
    seq, prev_hash = session.execute(_ADVANCE).one()
    row = {
        "seq": seq,
        "at": at,
        "actor": actor.label,
        "action": action,
        "object_type": object_type,
        "object_id": str(object_id),
        "before": before,
        "after": after,
        "reason": reason,
        "request_id": actor.request_id,
    }
    row_hash = chain.link(prev_hash, row)
    session.execute(_APPEND, {**row, "prev_hash": prev_hash, "hash": row_hash})
    session.execute(update(AuditHead).where(AuditHead.id == 1).values(hash=row_hash))
    return int(seq)


def sign_checkpoints_anew(data_dir: Path) -> int:
    """Sign every genuine checkpoint of the file with the present key, as one replacement. Returns how many.

    A line that is not genuine stays as it is: `audit verify` goes on naming it.
    """
    path = queries.checkpoint_path(data_dir)
    if not path.exists():
        return 0
    signed, lines = 0, []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            checkpoint = json.loads(line)
            genuine = queries.is_genuine(checkpoint)
        except (ValueError, KeyError, AttributeError, TypeError):
            genuine = False
        body = {name: checkpoint[name] for name in ("at", "seq", "hash")} if genuine else {}
        lines.append((queries.signed_checkpoint(body) if genuine else line) + "\n")
        signed += genuine
    draft = path.with_suffix(".new")
    draft.write_text("".join(lines), encoding="utf-8")
    draft.replace(path)
    return signed
