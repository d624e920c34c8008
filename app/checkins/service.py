"""Every write about visits; check-in itself runs on Core statements, for it is the hot path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, and_, bindparam, case, insert, update

from app.audit import service as audit
from app.checkins import queries, rollup, rules, signals
from app.checkins.errors import OF_REASON, CodeInvalid, NotVoidable, TooManyCheckIns
from app.checkins.models import LIVE, CheckIn
from app.checkins.queries import Target
from app.checkins.rules import CheckInState, CodeEvidence, Decision, Grade, Place, Presented, Reason, Source
from app.checkins.signals import Moment
from app.core import counters, secrets
from app.core.actor import Actor
from app.core.clock import business_date
from app.core.db import connection, db
from app.core.errors import DomainError, InvalidInput
from app.core.geo import Point
from app.core.statements import Prepared, upsert
from app.core.types import clean_text, new_public_id
from app.orgs.rules import require
from app.stations import codes, listing
from app.stations import rules as station_rules
from app.stations.codes import CredentialKind
from app.stations.opening import Opening
from app.stations.queries import secret_of

WINDOW_S = int(rules.WRONG_DIGITS_WINDOW.total_seconds())
_SET_LATER = ("id", "explanation", "voided_at", "voided_by")
_ROWS = cast(Table, CheckIn.__table__)
_VALUES: dict[str, Any] = {c.name: bindparam(c.name) for c in _ROWS.columns if c.name not in _SET_LATER}
_EVIDENCE = ("credential_id", "distance_m", "accuracy_m", "lat", "lng", "step", "grade")


def _stamp_statement(dialect: str) -> Any:
    """INSERT the visit, or keep the first of the day and raise its grade when the new evidence is better."""
    statement = upsert(dialect)(_ROWS).values(_VALUES)
    new = statement.excluded
    better = and_(new.grade < _ROWS.c.grade, new.state == CheckInState.ACCEPTED.value)  # doubtful evidence raises none
    raised = {name: case((better, new[name]), else_=_ROWS.c[name]) for name in _EVIDENCE}
    return statement.on_conflict_do_update(
        index_elements=["person_id", "station_id", "business_date"], index_where=LIVE, set_=raised
    ).returning(*(_ROWS.c[name] for name in ("public_id", "state", "grade", "happened_at", "distance_m")))


_STAMP = Prepared(_stamp_statement)
_KEEP_REFUSED = insert(_ROWS).values(_VALUES)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a person says: the credential, and where they are (WGS-84, metres) if they allow it."""

    credential: str
    point: Point | None = None
    accuracy_m: float | None = None
    client_time: datetime | None = None
    account_frozen: bool = False
    source: Source = Source.API
    """OFFLINE: kept on the phone and sent later, so that client_time says when."""
    device_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a check-in. `refused` carries the refusal; its attempt is kept when the door commits."""

    refused: DomainError | None = None
    id: str = ""
    result: str = CheckInState.ACCEPTED
    already: bool = False
    grade: str | None = None
    station: Target | None = None
    checked_in_at: datetime | None = None
    business_date: date | None = None
    distance_m: int | None = None
    opening: Opening | None = None
    collected: int = 0
    total: int = 0


class _Evidence(NamedTuple):
    """What a credential proves, which row it is, and the step of its digits while they count."""

    code: CodeEvidence
    credential_id: int | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Everything known of one try, before it is judged."""

    actor: Actor
    person_id: int
    claim: Claim
    point: Point | None
    presented: Presented
    target: Target
    received_at: datetime
    moment: Moment
    today: date


def check_in(actor: Actor, *, claim: Claim, at: datetime) -> Verdict:
    """Let a person check in at a station, once per station and city day.

    A second request of a double tap gets the first visit back, so a lost answer can be retried; so does a genuine
    code shown again from further away: whoever has today's stamp is never told that they are too far.

    at: aware UTC from core.clock. The city day is derived here and nowhere else: from it, or from the phone's own time
    when the claim was kept offline.
    Returns: the verdict; refusals too, so that the attempt is kept.
    """
    assert actor.id is not None
    presented = rules.parse_credential(claim.credential)
    if presented is None:
        return Verdict(refused=CodeInvalid())
    kind = CredentialKind.POSTER if presented.digits is None else CredentialKind.ROTATING
    moment, point = _moment(claim, at), signals.rounded(claim.point)
    today = business_date(moment.at)
    target = queries.find_target(
        presented.code,
        kind,
        person_id=actor.id,
        at=moment.at,
        today=today,
        device_hash=claim.device_hash,
        point=point,
        late=claim.source is Source.OFFLINE,
    )
    if target is None:
        return Verdict(refused=CodeInvalid())
    attempt = _Attempt(actor, actor.id, claim, point, presented, target, at, moment, today)
    if presented.digits is not None and _is_guessing(attempt):
        return Verdict(refused=TooManyCheckIns(retry_after_s=WINDOW_S))
    evidence = _evidence(attempt)
    place = rules.place_of(point, claim.accuracy_m, target.fences)
    decision = rules.decide(
        evidence.code,
        place.evidence,
        station_state=target.state,
        account_frozen=claim.account_frozen,
        at_best=_at_best(attempt),
        signals=signals.found(moment, [fence.centre for fence in target.fences], target.history),
    )
    if decision.reason is None:
        return _stamp(attempt, _row(attempt, evidence, place, decision))
    if decision.reason is Reason.TOO_FAR:
        first = queries.find_visit(actor.id, target.id, attempt.today)
        if first is not None:
            return _verdict(attempt, first, already=True)
    return _keep_refused(attempt, _row(attempt, evidence, place, decision), place, decision.reason)


def _moment(claim: Claim, at: datetime) -> Moment:
    if claim.source is Source.OFFLINE:
        assert claim.client_time is not None
        return signals.moment_offline(claim.client_time, at)
    return signals.moment_online(claim.client_time, at)


def _at_best(attempt: _Attempt) -> Grade:
    """Return the best grade that the way a claim came allows: what was kept offline proves less."""
    offline_digits = attempt.claim.source is Source.OFFLINE and attempt.presented.digits is not None
    return Grade.C if attempt.moment.late or offline_digits else Grade.A


def void_check_in(actor: Actor, checkin_id: int, *, reason: str, at: datetime) -> CheckIn:
    """Void a visit that counts, with a reason; the row stays and the day is free again.

    Raises: InvalidInput without a reason; NotVoidable; NotFound, AccessDenied outside the actor's scope.
    """
    visit, station = queries.get_check_in_for_change(checkin_id)
    require(actor, "checkins.void", district_id=station.district_id, station_id=station.id)
    cleaned = clean_text(reason)
    if found := station_rules.reason_problems(cleaned):
        raise InvalidInput(fields=found)
    if visit.state not in (CheckInState.ACCEPTED, CheckInState.PENDING_REVIEW):
        raise NotVoidable
    before = {"state": visit.state}
    visit.state, visit.reason, visit.explanation = CheckInState.VOID, Reason.VOIDED, cleaned
    visit.voided_at, visit.voided_by = at, actor.id
    db.session.flush()
    rollup.outdate([visit.business_date], at)
    after = {"state": visit.state, "station": station.code}
    audit.record(actor, "checkins.void", "checkin", visit.public_id, at=at, before=before, after=after, reason=cleaned)
    return visit


def move_visits(guest_id: int, citizen_id: int, at: datetime) -> None:
    """Give a merging guest's visits to the citizen; of two on one station day, or by one step, the later is voided.

    Every row stays, refused attempts too.
    """
    later = [max(pair, key=lambda visit: (visit.happened_at, visit.id)) for pair in _clashes(guest_id, citizen_id)]
    void = {"state": CheckInState.VOID.value, "reason": Reason.MERGED.value, "voided_at": at}
    connection().execute(update(_ROWS).where(_ROWS.c.id.in_([visit.id for visit in later])).values(void))
    connection().execute(update(_ROWS).where(_ROWS.c.person_id == guest_id).values(person_id=citizen_id))
    rollup.outdate([visit.business_date for visit in later], at)


def _clashes(guest_id: int, citizen_id: int) -> list[tuple[Any, Any]]:
    """Return the pairs of live visits that one person could not have."""
    live: dict[int, list[Any]] = {guest_id: [], citizen_id: []}
    for visit in queries.list_live(list(live)):
        live[visit.person_id].append(visit)
    by_day = {(visit.station_id, visit.business_date): visit for visit in live[citizen_id]}
    by_step = {(visit.station_id, visit.step): visit for visit in live[citizen_id] if visit.step is not None}
    return [
        (mine, theirs)
        for mine in live[guest_id]
        for theirs in (by_day.get((mine.station_id, mine.business_date)), by_step.get((mine.station_id, mine.step)))
        if theirs is not None
    ]


def purge_points(before: datetime) -> int:
    """Forget the exact points, and the phones, of visits from before an instant; distance, accuracy and verdict stay.

    Returns how many points. Source: product §3 (30 days); GB/T 45574-2025 counts a precise location as sensitive.
    """
    purged = db.session.execute(
        update(CheckIn)
        .where(CheckIn.happened_at < before, CheckIn.lat.is_not(None))
        .values(lat=None, lng=None)
        .returning(CheckIn.id)
    )
    db.session.execute(
        update(CheckIn).where(CheckIn.device_hash.is_not(None), CheckIn.happened_at < before).values(device_hash=None)
    )
    return len(purged.all())


def forget_points(person_id: int) -> None:
    """Forget the exact points of one person's visits at once; the verdicts stay."""
    db.session.execute(
        update(CheckIn).where(CheckIn.person_id == person_id, CheckIn.lat.is_not(None)).values(lat=None, lng=None)
    )


def _guess_keys(attempt: _Attempt) -> tuple[counters.Key, counters.Key]:
    return ("digits", "person", attempt.person_id), ("digits", "address", attempt.target.id, attempt.actor.address)


def _count_guess(attempt: _Attempt) -> bool:
    """Count wrong digits. Returns False past the cap, for guesses that were all looked at before any was counted.

    A right one among them still stamps: one instant is worth as many guesses as there are server threads, not more.
    """
    by_person, by_address = (
        counters.hit(key, at=attempt.received_at, window_s=WINDOW_S) for key in _guess_keys(attempt)
    )
    return by_person <= rules.WRONG_DIGITS_PER_PERSON and by_address <= rules.WRONG_DIGITS_PER_STATION_AND_ADDRESS


def _is_guessing(attempt: _Attempt) -> bool:
    by_person, by_address = counters.counts(_guess_keys(attempt), at=attempt.received_at, window_s=WINDOW_S)
    return by_person >= rules.WRONG_DIGITS_PER_PERSON or by_address >= rules.WRONG_DIGITS_PER_STATION_AND_ADDRESS


def _evidence(attempt: _Attempt) -> _Evidence:
    presented, target = attempt.presented, attempt.target
    if presented.digits is not None:
        return _digits_evidence(presented.digits, attempt)
    known = next((c for c in target.credentials if c.version == presented.version), None)
    if known is None or presented.mac is None:
        return _Evidence(CodeEvidence.INVALID)
    expected = codes.poster_mac(secret_of(known.public_id, known.sealed), target.code, known.version)
    if not secrets.same(presented.mac, expected):
        return _Evidence(CodeEvidence.INVALID)
    return _Evidence(CodeEvidence.REVOKED if known.revoked else CodeEvidence.POSTER, known.id)


def _digits_evidence(digits: str, attempt: _Attempt) -> _Evidence:
    """Judge digits: this step or the one before count, once per person and step; up to 20 back are expired."""
    now_step = codes.step_of(attempt.moment.digits_at)
    for age in range(rules.STEPS_EXPIRED + 1):
        step = now_step - age
        if step < 0:
            break  # a phone that says it is before 1970
        for known in attempt.target.credentials:
            if not secrets.same(digits, codes.rotating_digits(secret_of(known.public_id, known.sealed), step)):
                continue
            if known.revoked:
                return _Evidence(CodeEvidence.REVOKED, known.id)
            if age > rules.STEPS_VALID_BACK or _stamped_another_day(attempt, step):
                return _Evidence(CodeEvidence.EXPIRED, known.id)
            return _Evidence(CodeEvidence.ROTATING, known.id, step)
    return _Evidence(CodeEvidence.INVALID)


def _stamped_another_day(attempt: _Attempt, step: int) -> bool:
    """Whether these digits stamped another day; possible only while a step reaches back over midnight, or long after."""
    read_at = attempt.moment.digits_at
    spans = (read_at, read_at - timedelta(seconds=(rules.STEPS_VALID_BACK + 1) * codes.STEP_S))
    if all(business_date(at) == attempt.today for at in spans):
        return False
    return queries.has_used_step(attempt.person_id, attempt.target.id, step, attempt.today)


def _row(attempt: _Attempt, evidence: _Evidence, place: Place, decision: Decision) -> dict[str, Any]:
    claim = attempt.claim
    return {
        "public_id": new_public_id(),
        "person_id": attempt.person_id,
        "station_id": attempt.target.id,
        "credential_id": evidence.credential_id,
        "state": decision.state.value,
        "reason": decision.reason,
        "grade": decision.grade,
        "distance_m": None if place.distance_m is None else round(place.distance_m),
        "accuracy_m": None if claim.accuracy_m is None else max(1, round(claim.accuracy_m)),
        "lat": attempt.point.lat if attempt.point else None,
        "lng": attempt.point.lng if attempt.point else None,
        "client_time": claim.client_time,
        "happened_at": attempt.moment.at,
        "business_date": attempt.today,
        "step": evidence.step if decision.reason is None else None,
        "source": claim.source.value,
        "signals": ",".join(decision.signals) or None,
        "received_at": attempt.received_at if claim.source is Source.OFFLINE else None,
        "device_hash": claim.device_hash,
    }


def _keep_refused(attempt: _Attempt, row: dict[str, Any], place: Place, reason: Reason) -> Verdict:
    target = attempt.target
    if attempt.presented.digits is not None and reason is Reason.CODE_INVALID and not _count_guess(attempt):
        return Verdict(refused=TooManyCheckIns(retry_after_s=WINDOW_S))
    connection().execute(_KEEP_REFUSED, row)
    _outdate_if_late(attempt)
    facts: dict[str, Any] = {"id": row["public_id"]}
    if reason in (Reason.TOO_FAR, Reason.STATION_WITHDRAWN):
        facts |= {"station_zh": target.name_zh, "station_en": target.name_en}
    if reason is Reason.TOO_FAR:
        facts |= {"distance_m": row["distance_m"], "radius_m": place.radius_m, "accuracy_m": row["accuracy_m"]}
    return Verdict(refused=OF_REASON[reason](**facts), id=row["public_id"], result=CheckInState.REFUSED)


def _stamp(attempt: _Attempt, row: dict[str, Any]) -> Verdict:
    kept = _STAMP.first(connection(), row)
    already = kept.public_id != row["public_id"]
    if not already:
        _outdate_if_late(attempt)
    return _verdict(attempt, kept, already=already)


def _outdate_if_late(attempt: _Attempt) -> None:
    """Only what was kept offline can fall on a past day; a check-in on the spot pays nothing for this."""
    if attempt.claim.source is Source.OFFLINE:
        rollup.outdate([attempt.today], attempt.received_at)


def _verdict(attempt: _Attempt, kept: Any, *, already: bool) -> Verdict:
    passport = attempt.target.passport
    is_new = not already and kept.state == CheckInState.ACCEPTED and passport.here == 0
    found = listing.directory()
    listed = found.by_code.get(attempt.target.code)
    return Verdict(
        id=kept.public_id,
        result=kept.state,
        already=already,
        grade=kept.grade,
        station=attempt.target,
        checked_in_at=kept.happened_at,
        business_date=attempt.today,
        distance_m=kept.distance_m,
        opening=listed.opening(attempt.moment.at) if listed else None,
        collected=passport.collected + is_new,
        total=len(found.stations) + passport.unlisted,
    )
