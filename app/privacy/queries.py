"""Read consents and their texts."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import NotFound
from app.privacy.models import Consent, ConsentText
from app.privacy.rules import Purpose

_ORDER = {purpose: place for place, purpose in enumerate(Purpose)}


def list_current_texts() -> list[ConsentText]:
    """Return the present text of every purpose that has one, in the order of the purposes."""
    newest = select(ConsentText.purpose, func.max(ConsentText.version).label("version")).group_by(ConsentText.purpose)
    current = newest.subquery()
    query = select(ConsentText).join(
        current, (current.c.purpose == ConsentText.purpose) & (current.c.version == ConsentText.version)
    )
    return sorted(db.session.scalars(query), key=lambda text: _ORDER[Purpose(text.purpose)])


def get_current_text(purpose: str) -> ConsentText:
    """Return the present text of a purpose. Raises NotFound."""
    query = select(ConsentText).where(ConsentText.purpose == purpose).order_by(ConsentText.version.desc()).limit(1)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def list_versions(purpose: str) -> list[ConsentText]:
    """Return every text of a purpose, newest first."""
    query = select(ConsentText).where(ConsentText.purpose == purpose).order_by(ConsentText.version.desc())
    return list(db.session.scalars(query))


def list_consents(person_id: int) -> list[Consent]:
    """Return what a person agreed to, withdrawn ones too, newest first."""
    query = select(Consent).where(Consent.person_id == person_id).order_by(Consent.id.desc())
    return list(db.session.scalars(query))


def find_standing(person_id: int, purpose: str) -> Consent | None:
    """Return a person's consent that stands, or None."""
    query = select(Consent).where(
        Consent.person_id == person_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None)
    )
    return db.session.scalar(query)


def has_withdrawn_since(person_id: int, consent: Consent) -> bool:
    """Whether a person took the purpose of a consent back after it was given, to whomever it was given."""
    query = select(Consent.id).where(
        Consent.person_id == person_id,
        Consent.purpose == consent.purpose,
        Consent.withdrawn_at >= consent.given_at,
    )
    return db.session.scalar(query.limit(1)) is not None


def count_standing() -> dict[tuple[str, int], int]:
    """Return how many people's consent stands, by purpose and version."""
    query = (
        select(Consent.purpose, Consent.version, func.count())
        .where(Consent.withdrawn_at.is_(None))
        .group_by(Consent.purpose, Consent.version)
    )
    return {(purpose, version): count for purpose, version, count in db.session.execute(query)}
