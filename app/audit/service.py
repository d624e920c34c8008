"""Write the audit trail: one entry per act, in the transaction of the act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, update

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
