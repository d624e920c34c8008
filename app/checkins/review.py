"""Appeals, and what staff decide about visits that are held or appealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.audit import service as audit
from app.checkins import queries, rollup, rules, waiting
from app.checkins.errors import AlreadyAppealed, DayTaken, NotAppealable, NotWaiting
from app.checkins.models import Appeal, CheckIn
from app.checkins.rules import AppealState, CheckInState, Grade, Reason
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import InvalidInput, NotFound, Text
from app.core.types import clean_text, new_public_id
from app.orgs.rules import require
from app.stations import rules as station_rules

NO_ANSWER = Text("请选一句，或写下您的答复。", "Please choose a sentence, or write your own.")


def appeal(actor: Actor, public_id: str, *, text: str, at: datetime) -> Appeal:
    """Let a person say why their refused or held visit should count; once per visit.

    Raises: NotFound, also for another person's visit; NotAppealable; AlreadyAppealed; InvalidInput.
    """
    visit = queries.find_own(actor.id or 0, public_id)
    if visit is None:
        raise NotFound
    cleaned = clean_text(text)
    if found := rules.appeal_problems(cleaned):
        raise InvalidInput(fields={"text": found})
    if visit.state not in (CheckInState.REFUSED, CheckInState.PENDING_REVIEW):
        raise NotAppealable
    if waiting.find_appeal(visit.id) is not None:
        raise AlreadyAppealed
    made = Appeal(public_id=new_public_id(), checkin_id=visit.id, text=cleaned, state=AppealState.OPEN, created_at=at)
    db.session.add(made)
    db.session.flush()
    return made


def approve(actor: Actor, checkin_id: int, *, data: Mapping[str, Any], at: datetime) -> CheckIn:
    """Stamp a visit that was held or appealed, with its first time; what was refused counts as C.

    data: `template`, a code of rules.APPROVAL_TEMPLATES, or `words` of one's own, which win.
    Raises: InvalidInput; NotWaiting; DayTaken; NotFound, AccessDenied outside the actor's scope.
    """
    visit, appealed, answer = _taken_up(actor, checkin_id, data, rules.APPROVAL_TEMPLATES)
    if visit.state == CheckInState.REFUSED and queries.find_visit(
        visit.person_id, visit.station_id, visit.business_date
    ):
        raise DayTaken
    was = visit.state
    visit.state, visit.grade = CheckInState.ACCEPTED, visit.grade or Grade.C
    visit.reason = visit.explanation = None
    _close(appealed, AppealState.UPHELD, answer, actor, at)
    return _recorded(actor, "checkins.approve", visit, was=was, answer=answer, at=at)


def refuse(actor: Actor, checkin_id: int, *, data: Mapping[str, Any], at: datetime) -> CheckIn:
    """Refuse a held visit, or leave an appealed one refused; the person reads the answer, and the day is free again.

    data: as for approve, with rules.REFUSAL_TEMPLATES.
    Raises: InvalidInput; NotWaiting; NotFound, AccessDenied outside the actor's scope.
    """
    visit, appealed, answer = _taken_up(actor, checkin_id, data, rules.REFUSAL_TEMPLATES)
    was = visit.state
    if visit.state == CheckInState.PENDING_REVIEW:
        visit.state, visit.reason, visit.explanation = CheckInState.REFUSED, Reason.REVIEW, answer
    _close(appealed, AppealState.DISMISSED, answer, actor, at)
    return _recorded(actor, "checkins.refuse", visit, was=was, answer=answer, at=at)


def _taken_up(
    actor: Actor, checkin_id: int, data: Mapping[str, Any], templates: Mapping[str, Text]
) -> tuple[CheckIn, Appeal | None, str]:
    """Lock a visit that waits, and read the answer. Two people of the office cannot decide the same one."""
    visit, station = queries.get_check_in_for_change(checkin_id)
    require(actor, "reviews.decide", district_id=station.district_id, station_id=station.id)
    appealed = waiting.find_appeal(visit.id)
    is_open = appealed is not None and appealed.state == AppealState.OPEN
    if visit.state != CheckInState.PENDING_REVIEW and not (is_open and visit.state == CheckInState.REFUSED):
        raise NotWaiting
    return visit, appealed if is_open else None, _answer(data, templates)


def _answer(data: Mapping[str, Any], templates: Mapping[str, Text]) -> str:
    words: str = clean_text(data.get("words") or "")
    if words:
        if found := station_rules.reason_problems(words):
            raise InvalidInput(fields={"words": found["reason"]})
        return words
    template = data.get("template") or ""
    if template not in templates:
        raise InvalidInput(fields={"template": [NO_ANSWER]})
    return str(template)


def _close(appealed: Appeal | None, state: AppealState, answer: str, actor: Actor, at: datetime) -> None:
    if appealed is not None:
        appealed.state, appealed.answer = state, answer
        appealed.decided_at, appealed.decided_by = at, actor.id


def _recorded(actor: Actor, action: str, visit: CheckIn, *, was: str, answer: str, at: datetime) -> CheckIn:
    db.session.flush()
    rollup.outdate([visit.business_date], at)
    after = {"state": visit.state}
    audit.record(actor, action, "checkin", visit.public_id, at=at, before={"state": was}, after=after, reason=answer)
    return visit
