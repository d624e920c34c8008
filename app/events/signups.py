"""Every write about sign-ups. Applying runs on prepared statements, for it is a hot path when a popular event opens.

Every way to a shift — applying, accepting, approving, adding, inviting, offering — is judged by the checks of `judging`
under the person's lock, and counted by `seats`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update

from app.audit import service as audit
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.types import clean_text
from app.events import drafting, messages, seats, timing
from app.events.errors import CAPACITY_RANGE, COVER_ABOVE_CAPACITY, CapacityTaken
from app.events.judging import Path
from app.events.models import Shift, SignUp
from app.events.refusals import Closed, NotAVolunteer, OfferExpired, StateConflict, judge
from app.events.rules import CAPACITY_MAX, LIVE, SEATED, Approval, EventState, ShiftState, SignUpState, Via
from app.events.seats import Held
from app.orgs.rules import judged_reason, require
from app.volunteers import queries as volunteers
from app.volunteers.models import Volunteer

_UNSEEN = (EventState.DRAFT, EventState.IN_REVIEW)


class SignedUp(NamedTuple):
    """What came of applying. already: the live one was there before; only its row number is known then."""

    id: int
    already: bool
    public_id: str = ""
    state: SignUpState = SignUpState.CONFIRMED
    position: int | None = None
    place: Any = None


def apply(actor: Actor, shift_id: str, *, risk_ack: bool, at: datetime) -> SignedUp:
    """Let a person sign up for a shift: a seat, a place before staff, or a number in the queue.

    Whoever is on the list already gets that sign-up back, so that a lost answer can be asked for again.

    shift_id: the public one. Raises: NotFound; the refusal of the first check that fails, with all reasons.
    """
    assert actor.id is not None
    place = seats.find_place(shift_id)
    if place is None or place.event_state in _UNSEEN:
        raise NotFound
    person = seats.lock_person(actor.id)
    rows = seats.look(person.id, place) if person else []
    listed = next((row for row in rows if row.shift_id == place.id), None)
    if listed is not None:
        return SignedUp(listed.id, already=True)
    case = seats.case_of(Path.APPLY, place, person, at, rows=rows, needs_ack=not risk_ack)
    judge(case)
    if person is None:
        raise NotAVolunteer  # judged above; said once more for the types
    entered = seats.enter(place)
    if entered is None:
        raise Closed
    if entered.queue_no is not None:
        state = SignUpState.WAITLISTED
    else:
        state = SignUpState.CONFIRMED if place.approval == Approval.INSTANT else SignUpState.PENDING
    acked_at = at if risk_ack and place.risk_note_zh else None
    row_id, public_id = seats.add(
        place, person.id, state, via=Via.SELF, at=at, queue_no=entered.queue_no, risk_ack_at=acked_at
    )
    if state is SignUpState.WAITLISTED and entered.seat_is_free:
        seats.offer_after_commit(place.id)  # those before could not come: it may be this one's turn
    return SignedUp(row_id, already=False, public_id=public_id, state=state, position=entered.position, place=place)


def cancel(actor: Actor, signup_id: str, *, at: datetime) -> int:
    """Let a person leave a shift; within 24 hours of the start it is marked late, and nothing else follows from it.

    Again, it answers with what is cancelled already. Returns the row number.
    Raises: NotFound for a sign-up that is not theirs; Closed for a seat on a shift that has begun; StateConflict.
    """
    held = _own(actor, signup_id)
    state = held.signup.state
    if state == SignUpState.CANCELLED_SELF:
        return held.signup.id
    if state not in LIVE:
        raise StateConflict
    seated = state in SEATED
    if seated and at >= held.place.starts_at:
        raise Closed
    late = state == SignUpState.CONFIRMED and timing.is_late(at, held.place.starts_at)
    seats.move(held, SignUpState.CANCELLED_SELF, at=at, late=late)
    return held.signup.id


def accept(actor: Actor, signup_id: str, *, risk_ack: bool, at: datetime) -> int:
    """Let a person take what they were offered, or accept an invitation; they are judged anew.

    An invitation takes a seat that nobody waits for; where there is none it stays, and the answer is `signup.full`.
    Returns the row number; again, it answers with the confirmed one.
    Raises: NotFound; OfferExpired; StateConflict; the refusal of the first check that fails.
    """
    held = _own(actor, signup_id)
    signup, state = held.signup, held.signup.state
    if state == SignUpState.CONFIRMED:
        return signup.id
    if (state == SignUpState.EXPIRED and signup.offered_at) or _is_past(signup, at):
        raise OfferExpired
    if state not in (SignUpState.OFFERED, SignUpState.INVITED):
        raise StateConflict
    needs_ack = signup.risk_ack_at is None and not risk_ack
    _judge(held, Path.ACCEPT, at, needs_ack=needs_ack)
    acked_at = at if held.place.risk_note_zh and risk_ack else None
    kept = {"risk_ack_at": signup.risk_ack_at or acked_at}
    if not seats.move(held, SignUpState.CONFIRMED, at=at, fair=True, **kept):
        _judge(held, Path.ACCEPT, at, is_full=True)
    return signup.id


def decline(actor: Actor, signup_id: str, *, at: datetime) -> int:
    """Let a person turn down an offer or an invitation; an offered seat goes to the next. Returns the row number.

    Raises: NotFound; StateConflict.
    """
    held = _own(actor, signup_id)
    if held.signup.state == SignUpState.DECLINED:
        return held.signup.id
    if held.signup.state not in (SignUpState.OFFERED, SignUpState.INVITED):
        raise StateConflict
    seats.move(held, SignUpState.DECLINED, at=at)
    return held.signup.id


def approve(actor: Actor, signup_id: int, *, at: datetime) -> SignUp:
    """Confirm somebody who waits for staff, judged anew. Where no seat is free the sign-up stays as it is.

    Raises: NotFound, AccessDenied outside the actor's scope; StateConflict; the refusal of the first failing check.
    """
    return _confirm(actor, signup_id, "signups.approve", SignUpState.PENDING, at)


def promote(actor: Actor, signup_id: int, *, at: datetime) -> SignUp:
    """Fill a free seat by hand with somebody who waits, whatever their number: the leader has spoken to them.

    Raises: as `approve`.
    """
    return _confirm(actor, signup_id, "signups.promote", SignUpState.WAITLISTED, at)


def offer(actor: Actor, signup_id: int, *, at: datetime) -> SignUp:
    """Offer a free seat to somebody who waits, as staff do in a reviewed position. Raises: as `approve`."""
    held = _of_staff(actor, signup_id, SignUpState.WAITLISTED)
    _judge(held, Path.OFFER, at)
    until = timing.offer_until(at, held.place.starts_at)
    if at >= held.place.starts_at:
        raise Closed
    if not seats.move(held, SignUpState.OFFERED, at=at, decided_by=actor.id, offered_at=at, offer_until=until):
        _judge(held, Path.OFFER, at, is_full=True)
    return _recorded(actor, "signups.offer", held, SignUpState.WAITLISTED, at)


def reject(actor: Actor, signup_id: int, *, reason: str, at: datetime) -> SignUp:
    """Turn down somebody who waits for staff, with a reason they are told. Raises: InvalidInput; as `approve`."""
    held = _of_staff(actor, signup_id, SignUpState.PENDING)
    why = judged_reason(reason)
    seats.move(held, SignUpState.REJECTED, at=at, decided_by=actor.id, reason=why)
    return _recorded(actor, "signups.reject", held, SignUpState.PENDING, at, reason=why)


def cancel_by_staff(actor: Actor, signup_id: int, *, reason: str, at: datetime) -> SignUp:
    """Take somebody off a shift, with a reason they are told; the row stays. Raises: InvalidInput; as `approve`."""
    held = _of_staff(actor, signup_id, *LIVE)
    before, why = SignUpState(held.signup.state), judged_reason(reason)
    seats.move(held, SignUpState.CANCELLED_ORG, at=at, decided_by=actor.id, reason=why)
    return _recorded(actor, "signups.cancel", held, before, at, reason=why)


def staff_add(actor: Actor, shift_id: int, volunteer_id: int, *, at: datetime, via: Via = Via.STAFF) -> SignUp:
    """Put a volunteer on a shift at their word, given to staff; judged like everybody, told the risk by staff.

    Raises: NotFound, AccessDenied; the refusal of the first failing check, with all reasons.
    """
    place = place_for(actor, shift_id)
    person = seats.lock_volunteer(volunteer_id)
    _judge_new(Path.STAFF, place, person, at)
    if not seats.take(shift_id):
        _judge_new(Path.STAFF, place, person, at, is_full=True)
    return _added(actor, "signups.add", place, person.id, state=SignUpState.CONFIRMED, via=via, at=at)


def invite(actor: Actor, shift_id: int, volunteer_id: int, *, at: datetime, via: Via = Via.STAFF) -> SignUp:
    """Ask a volunteer to come to a shift. Nobody is signed up by it: they accept or decline, and are judged anew then.

    Raises: as `staff_add`.
    """
    place = place_for(actor, shift_id)
    person = seats.lock_volunteer(volunteer_id)
    _judge_new(Path.INVITE, place, person, at)
    return _added(actor, "signups.invite", place, person.id, state=SignUpState.INVITED, via=via, at=at)


def change_capacity(actor: Actor, shift_id: int, *, capacity: int, at: datetime) -> Shift:
    """Give a shift more or fewer seats. It never drops anybody: fewer than are taken is refused with their names.

    More seats than before are offered to those who wait. Raises: InvalidInput; CapacityTaken; NotFound, AccessDenied.
    """
    place = place_for(actor, shift_id, "events.edit")
    if not 1 <= capacity <= CAPACITY_MAX:
        raise InvalidInput(fields={"capacity": [CAPACITY_RANGE]})
    seats.lock_shift(shift_id)
    shift = db.session.get_one(Shift, shift_id, populate_existing=True)
    if shift.capacity == capacity:
        return shift
    if capacity < shift.min_cover:
        raise InvalidInput(fields={"capacity": [COVER_ABOVE_CAPACITY]})
    if capacity < shift.taken:
        raise _capacity_taken(shift)
    before = {"capacity": shift.capacity}
    shift.capacity, shift.version = capacity, shift.version + 1
    db.session.flush()
    after = {"capacity": capacity, "event": place.event_public_id}
    audit.record(actor, "shifts.capacity", "shift", shift.public_id, at=at, before=before, after=after)
    seats.offer_after_commit(shift_id)
    return shift


def cancel_shift(actor: Actor, shift_id: int, *, data: Mapping[str, Any], at: datetime) -> list[int]:
    """Call a shift off, with its reason in both languages; everybody on it becomes `cancelled_org` and is told.

    data: reason_zh, reason_en. Returns the row numbers of the sign-ups that it ended; the rows stay.
    Raises: InvalidInput; StateConflict for a shift that was cancelled before; NotFound, AccessDenied.
    """
    place = place_for(actor, shift_id, "events.cancel")
    reasons = {name: clean_text(data.get(name)) for name in ("reason_zh", "reason_en")}
    if found := drafting.cancel_problems(reasons):
        raise InvalidInput(fields=found)
    seats.lock_shift(shift_id)
    shift = db.session.get_one(Shift, shift_id, populate_existing=True)
    if shift.state == ShiftState.CANCELLED:
        raise StateConflict
    ended = db.session.scalars(
        update(SignUp)
        .where(SignUp.shift_id == shift_id, SignUp.state.in_(LIVE))
        .values(
            state=SignUpState.CANCELLED_ORG,
            reason=reasons["reason_zh"],
            decided_at=at,
            decided_by=actor.id,
            offer_until=None,
        )
        .returning(SignUp.id)
        .execution_options(synchronize_session=False)
    ).all()
    shift.state, shift.version = ShiftState.CANCELLED, shift.version + 1
    shift.taken = shift.waitlisted = 0
    shift.by_hand_since_at = None
    shift.cancel_reason_zh, shift.cancel_reason_en = reasons["reason_zh"], reasons["reason_en"]
    db.session.flush()
    messages.tell_shift_cancelled(shift_id, at)
    after = {"state": shift.state, "event": place.event_public_id, "ended": len(ended)}
    audit.record(actor, "shifts.cancel", "shift", shift.public_id, at=at, after=after, reason=reasons["reason_zh"])
    return list(ended)


def _own(actor: Actor, signup_id: str) -> Held:
    """Hold a person's own sign-up by its public id. Raises NotFound for anybody else's."""
    mine = (
        select(SignUp.id)
        .join(Volunteer, Volunteer.id == SignUp.volunteer_id)
        .where(SignUp.public_id == signup_id, Volunteer.person_id == actor.id)
    )
    row_id = db.session.scalar(mine) if actor.kind == "person" else None
    if row_id is None:
        raise NotFound
    return seats.hold(row_id)


def _of_staff(actor: Actor, signup_id: int, *states: SignUpState) -> Held:
    """Hold a sign-up within the actor's scope, in one of some states. Raises NotFound, AccessDenied, StateConflict."""
    held = seats.hold(signup_id)
    _require(actor, "signups.decide", held.place)
    if held.signup.state not in states:
        raise StateConflict
    return held


def place_for(actor: Actor, shift_id: int, permission: str = "signups.decide") -> Any:
    """Return a shift with what its position and event ask, within the actor's scope. Raises NotFound, AccessDenied."""
    place = seats.get_place(shift_id)
    _require(actor, permission, place)
    return place


def _require(actor: Actor, permission: str, place: Any) -> None:
    require(
        actor,
        permission,
        district_id=place.district_id,
        organisation_id=place.organisation_id,
        station_id=place.station_id,
        event_id=place.event_id,
    )


def _confirm(actor: Actor, signup_id: int, action: str, before: SignUpState, at: datetime) -> SignUp:
    held = _of_staff(actor, signup_id, before)
    path = Path.APPROVE if before is SignUpState.PENDING else Path.STAFF
    _judge(held, path, at)
    if not seats.move(held, SignUpState.CONFIRMED, at=at, decided_by=actor.id):
        _judge(held, path, at, is_full=True)
    return _recorded(actor, action, held, before, at)


def _judge(held: Held, path: Path, at: datetime, *, needs_ack: bool = False, is_full: bool = False) -> None:
    case = seats.case_of(
        path, held.place, held.person, at, signup_id=held.signup.id, needs_ack=needs_ack, is_full=is_full
    )
    judge(case)


def _judge_new(path: Path, place: Any, person: seats.Member, at: datetime, *, is_full: bool = False) -> None:
    judge(seats.case_of(path, place, person, at, is_full=is_full))


def _added(
    actor: Actor, action: str, place: Any, volunteer_id: int, *, state: SignUpState, via: Via, at: datetime
) -> SignUp:
    row_id, public_id = seats.add(place, volunteer_id, state, via=via, at=at, decided_by=actor.id)
    after = {"state": state.value, "event": place.event_public_id, "volunteer": _number(volunteer_id)}
    audit.record(actor, action, "signup", public_id, at=at, after=after)
    return db.session.get_one(SignUp, row_id)


def _recorded(
    actor: Actor, action: str, held: Held, before: SignUpState, at: datetime, *, reason: str | None = None
) -> SignUp:
    signup = held.signup
    after = {
        "state": signup.state,
        "event": held.place.event_public_id,
        "volunteer": _number(signup.volunteer_id),
    }
    audit.record(
        actor, action, "signup", signup.public_id, at=at, before={"state": before.value}, after=after, reason=reason
    )
    return signup


def _number(volunteer_id: int) -> str:
    return db.session.scalars(select(Volunteer.volunteer_no).where(Volunteer.id == volunteer_id)).one()


def _is_past(signup: SignUp, at: datetime) -> bool:
    return signup.state == SignUpState.OFFERED and signup.offer_until is not None and at > signup.offer_until


def _capacity_taken(shift: Shift) -> CapacityTaken:
    """Return the refusal that names whom fewer seats would drop: number and masked name."""
    seated = (
        select(Volunteer)
        .join(SignUp, SignUp.volunteer_id == Volunteer.id)
        .where(SignUp.shift_id == shift.id, SignUp.state.in_(SEATED))
        .order_by(SignUp.id)
    )
    names = [f"{one.volunteer_no} {volunteers.masked_name(one)}" for one in db.session.scalars(seated)]
    return CapacityTaken(taken=shift.taken, names=names)
