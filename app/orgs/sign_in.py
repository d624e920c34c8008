"""How staff get in and out: one-time links, passwords, counted tries, server-side sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update

from app.audit import service as audit
from app.core import counters, secrets
from app.core.actor import SYSTEM, Actor
from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.orgs import passwords, queries, rules
from app.orgs.errors import CURRENT_PASSWORD_WRONG, LinkSpent, SignInFailed, StaffDisabled, TooManySignIns
from app.orgs.models import Staff, StaffLink, StaffSession
from app.orgs.rules import LinkPurpose, StaffState, Verdict

SHOWN_LOGIN = "staff:{login}"


def issue_link(actor: Actor, staff: Staff, *, at: datetime) -> str:
    """Make a one-time link for somebody and return its token; links issued before stop working.

    The caller has judged that the actor may. Raises StaffDisabled.
    """
    if staff.state != StaffState.ACTIVE:
        raise StaffDisabled
    session = db.session()
    session.execute(delete(StaffLink).where(StaffLink.staff_id == staff.id, StaffLink.used_at.is_(None)))
    token = secrets.new_token()
    purpose = LinkPurpose.NEW_PASSWORD if staff.password_hash else LinkPurpose.FIRST_ACCESS
    session.add(
        StaffLink(
            staff_id=staff.id,
            token_hash=secrets.token_hash(token),
            purpose=purpose,
            created_at=at,
            expires_at=at + rules.LINK_LIFE,
        )
    )
    audit.record(actor, "staff.link", "staff", staff.id, at=at, after={"purpose": purpose})
    return token


def staff_of_link(token: str, at: datetime) -> Staff:
    """Return whose link this is, without using it up: a mail program that looks at it burns nothing. Raises LinkSpent."""
    link = queries.find_link(token)
    if link is None or not rules.is_link_open(used_at=link.used_at, expires_at=link.expires_at, at=at):
        raise LinkSpent
    staff = queries.find_staff(link.staff_id)
    if staff is None or staff.state != StaffState.ACTIVE:
        raise LinkSpent
    return staff


def set_password_by_link(token: str, *, password: str, at: datetime) -> Staff:
    """Set the own password with a one-time link; the link is spent and every session of the account ends.

    Raises: LinkSpent; InvalidInput for the password (the link stays open).
    """
    staff = staff_of_link(token, at)
    _refuse_bad_password(staff, password)
    spent = db.session.execute(
        update(StaffLink)
        .where(StaffLink.token_hash == secrets.token_hash(token), StaffLink.used_at.is_(None))
        .values(used_at=at)
        .returning(StaffLink.id)
    ).first()
    if spent is None:
        raise LinkSpent
    _set_password(staff, password, at)
    audit.record(_oneself(staff), "staff.password_set", "staff", staff.id, at=at)
    return staff


def change_own_password(actor: Actor, *, current: str, password: str, at: datetime) -> Staff:
    """Change the own password; every session of the account ends, this one too. Raises InvalidInput."""
    staff = queries.get_staff_for_change(actor.id or 0)
    if not passwords.matches(staff.password_hash, current):
        raise InvalidInput(fields={"current": [CURRENT_PASSWORD_WRONG]})
    _refuse_bad_password(staff, password)
    _set_password(staff, password, at)
    audit.record(actor, "staff.password_changed", "staff", staff.id, at=at)
    return staff


def _refuse_bad_password(staff: Staff, password: str) -> None:
    if found := passwords.problems(password, own_words=[staff.login, *staff.login.split("."), staff.name]):
        raise InvalidInput(fields={"password": found})


def _set_password(staff: Staff, password: str, at: datetime) -> None:
    staff.password_hash = passwords.hashed(password)
    staff.password_changed_at = at
    end_sessions_of(staff.id)


def count_try(*, login: str, address: str, known_device: str | None, at: datetime) -> TooManySignIns | None:
    """Count a try to sign in before the password is looked at. Returns the refusal when there were too many.

    known_device: id of a browser that has signed in to this login before; it has a count of its own, so that
    strangers who use up the account's tries cannot lock the owner out.
    """
    tries = [
        (counters.hit(key, at=at, window_s=rules.SIGN_IN_WINDOW_S), most)
        for key, most in _tried(login, address, known_device)
    ]
    return TooManySignIns() if any(hits > most for hits, most in tries) else None


def _tried(login: str, address: str, known_device: str | None) -> list[tuple[counters.Key, int]]:
    if known_device is not None:
        return [(("sign-in device", known_device, login), rules.TRIES_PER_KNOWN_DEVICE)]
    return [
        (("sign-in account", login), rules.TRIES_PER_ACCOUNT),
        (("sign-in address", address), rules.TRIES_PER_ADDRESS),
    ]


def proven_hash(login: str, password: str) -> str | None:
    """Return the password hash that a password proves, or None; as slow for an unknown or disabled login as for any.

    Takes about 20 ms of CPU on purpose: call it outside the unit of work.
    """
    staff = queries.find_staff_by_login(login)
    known = staff.password_hash if staff and staff.state == StaffState.ACTIVE else None
    return known if passwords.matches(known, password) else None


def sign_in(
    *,
    login: str,
    proof: str | None,
    address: str,
    known_device: str | None,
    device: str,
    tried_at: datetime,
    at: datetime,
) -> Verdict:
    """Open a session for somebody whose password was proven; a failure is audited and says nothing about the login.

    proof: what proven_hash returned. tried_at: the instant given to count_try, whose count an honest try gets back.
    device: a coarse word for the browser, to recognise one's own sessions.
    """
    staff = queries.find_staff_by_login(login)
    if staff is None or proof is None or staff.password_hash != proof or staff.state != StaffState.ACTIVE:
        actor = Actor("staff", None, "staff:?", address=address)
        audit.record(actor, "staff.sign_in_failed", "staff", staff.id if staff else "unknown", at=at)
        return Verdict(SignInFailed())
    for key, _ in _tried(login, address, known_device):
        counters.take_back(key, at=tried_at, window_s=rules.SIGN_IN_WINDOW_S)
    audit.record(_oneself(staff), "staff.sign_in", "staff", staff.id, at=at, after={"device": device})
    return Verdict(None, staff.id, open_session(staff, device=device, at=at))


def open_session(staff: Staff, *, device: str, at: datetime) -> str:
    """Open a panel session and return its token, which is stored nowhere."""
    token = secrets.new_token()
    db.session.add(
        StaffSession(
            staff_id=staff.id,
            token_hash=secrets.token_hash(token),
            created_at=at,
            last_seen_at=at,
            expires_at=at + rules.SESSION_MAX,
            device=device,
        )
    )
    return token


def touch_session(session_id: int, *, at: datetime) -> None:
    """Note that a session is in use."""
    db.session.execute(update(StaffSession).where(StaffSession.id == session_id).values(last_seen_at=at))


def sign_out(actor: Actor, session_id: int, *, at: datetime) -> None:
    """End the own session; its cookie is dead on every worker with the commit."""
    db.session.execute(delete(StaffSession).where(StaffSession.id == session_id, StaffSession.staff_id == actor.id))
    audit.record(actor, "staff.sign_out", "staff", actor.id or 0, at=at)


def end_own_session(actor: Actor, session_id: int, *, at: datetime) -> None:
    """End another session of one's own. Raises NotFound, also for somebody else's."""
    ended = db.session.execute(
        delete(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.staff_id == actor.id)
        .returning(StaffSession.id)
    ).first()
    if ended is None:
        raise NotFound
    audit.record(actor, "staff.session_ended", "staff", actor.id or 0, at=at, after={"session": session_id})


def end_sessions_of(staff_id: int) -> int:
    """End every session of an account. Returns how many there were."""
    ended = db.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id).returning(StaffSession.id))
    return len(ended.all())


def purge(before: datetime) -> int:
    """Delete sessions and links that ended before an instant. Returns how many rows."""
    sessions = db.session.execute(
        delete(StaffSession).where(StaffSession.expires_at < before).returning(StaffSession.id)
    )
    links = db.session.execute(delete(StaffLink).where(StaffLink.expires_at < before).returning(StaffLink.id))
    return len(sessions.all()) + len(links.all())


def _oneself(staff: Staff) -> Actor:
    return Actor("staff", staff.id, SHOWN_LOGIN.format(login=staff.login), request_id=SYSTEM.request_id)
