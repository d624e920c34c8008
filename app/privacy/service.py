"""Every change to consents and their texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.audit import service as audit
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import ChangedMeanwhile, InvalidInput, NotFound
from app.core.hooks import Hook
from app.core.types import clean_text
from app.orgs.rules import require
from app.privacy import queries, rules
from app.privacy.errors import ConsentTextChanged
from app.privacy.models import Consent, ConsentText
from app.privacy.rules import Purpose

forget_points: Hook[[int], None] = Hook("privacy.forget_points")
"""Person → their exact points are forgotten at once; provided by the visits."""
forget_real_name: Hook[[int, str, datetime], None] = Hook("privacy.forget_real_name")
"""(person, purpose `realname` or `guardian`, now) → what was kept under it is emptied; provided by the volunteers."""


class Given(NamedTuple):
    """A consent that stands. already: it stood before this call."""

    consent: Consent
    already: bool


def give_consent(person_id: int, *, purpose: str, version: int, at: datetime) -> Given:
    """Let a person agree to the present text of a purpose; agreeing again changes nothing.

    Raises: InvalidInput for an unknown purpose; ConsentTextChanged when `version` is not the present text.
    """
    if not rules.is_purpose(purpose):
        raise InvalidInput(fields={"purpose": [rules.UNKNOWN_PURPOSE]})
    current = queries.get_current_text(purpose)
    if version != current.version:
        raise ConsentTextChanged(version=current.version)
    standing = queries.find_standing(person_id, purpose)
    if standing is not None and standing.version == version:
        return Given(standing, already=True)
    if standing is not None:
        standing.withdrawn_at = at
        db.session.flush()
    consent = Consent(person_id=person_id, purpose=purpose, version=version, given_at=at, withdrawn_at=None)
    db.session.add(consent)
    db.session.flush()
    return Given(consent, already=False)


def withdraw_consent(person_id: int, *, purpose: str, at: datetime) -> None:
    """Take a consent back; one that is not given is taken back already.

    With `location` the exact points kept so far go at once, with `realname` and `guardian` what a volunteer said.
    Raises NotFound for an unknown purpose.
    Source: PIPL art. 15: withdrawing is as easy as giving.
    """
    if not rules.is_purpose(purpose):
        raise NotFound
    standing = queries.find_standing(person_id, purpose)
    if standing is not None:
        standing.withdrawn_at = max(at, standing.given_at)
    if purpose == Purpose.LOCATION:
        forget_points(person_id)
    elif standing is not None and purpose in (Purpose.REALNAME, Purpose.GUARDIAN):
        forget_real_name(person_id, purpose, at)


def move_consents(guest_id: int, citizen_id: int, at: datetime) -> None:
    """Give a merging guest's consents to the citizen; of two that stand for one purpose the newer text's stands.

    What the citizen has taken back since the guest agreed stays taken back.
    """
    for mine in queries.list_consents(guest_id):
        theirs = queries.find_standing(citizen_id, mine.purpose)
        if mine.withdrawn_at is None and theirs is not None and theirs.version < mine.version:
            theirs.withdrawn_at = max(at, theirs.given_at)
        elif mine.withdrawn_at is None and (theirs or queries.has_withdrawn_since(citizen_id, mine)):
            mine.withdrawn_at = max(at, mine.given_at)
        db.session.flush()
        mine.person_id = citizen_id
        db.session.flush()


def publish_text(
    actor: Actor, purpose: str, *, data: Mapping[str, Any], seen_version: int | None, at: datetime
) -> ConsentText:
    """Publish the next version of a text. Those who agreed to an older one are asked again where it is needed.

    data: title_zh, title_en, text_zh, text_en. An unchanged text makes no version.
    Raises: InvalidInput; ChangedMeanwhile when somebody published since `seen_version`; AccessDenied, NotFound.
    """
    require(actor, "consents.edit")
    current = queries.get_current_text(purpose)
    if seen_version is not None and seen_version != current.version:
        raise ChangedMeanwhile(by=current.created_by.removeprefix("staff:"), what="text_zh")
    before = {name: getattr(current, name) for name in ("title_zh", "title_en", "text_zh", "text_en")}
    cleaned = {name: clean_text(data.get(name, before[name])) for name in before}
    if found := rules.text_problems(cleaned):
        raise InvalidInput(fields=found)
    if cleaned == before and not current.draft:
        return current
    text = ConsentText(
        purpose=current.purpose,
        version=current.version + 1,
        draft=False,
        created_at=at,
        created_by=actor.label,
        **cleaned,
    )
    db.session.add(text)
    db.session.flush()
    audit.record(
        actor,
        "consents.publish",
        "consent_text",
        purpose,
        at=at,
        before={"version": current.version, **before},
        after={"version": text.version, **cleaned},
    )
    return text
