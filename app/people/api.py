"""The JSON door of citizens: ways in, oneself, one's devices."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Response, request

from app.clients import NotSetUp, Unreachable
from app.clients.wechat import LoginRefused, Refusal
from app.core.db import unit_of_work
from app.core.errors import DomainError, ServiceBusy, StorageFull
from app.core.hooks import Hook
from app.http.access import address, bearer, caller, find_presented, now, optional, people, public
from app.http.blueprint import ApiBlueprint
from app.http.body import answer, read
from app.http.headers import request_id
from app.http.locale import locale
from app.http.problems import problem
from app.people import errors, otp, queries, rules, service, sign_in
from app.people.errors import AuthRequired, TokenInvalid
from app.people.models import Person
from app.people.schemas import (
    CodeSentOut,
    DeviceOut,
    GuestIn,
    LoginCodeIn,
    MeIn,
    MeOut,
    PhoneCodeIn,
    PhoneIn,
    SessionOut,
)
from app.people.service import OpenedSession
from app.people.sign_in import Arrival
from config import settings

bp = ApiBlueprint("people")

_GUEST_IN, _ME_IN, _PHONE_IN, _PHONE_CODE_IN = GuestIn(), MeIn(), PhoneIn(), PhoneCodeIn()
_LOGIN_CODE_IN = LoginCodeIn()
_SESSION_OUT, _ME_OUT, _DEVICE_OUT, _CODE_SENT_OUT = SessionOut(), MeOut(), DeviceOut(), CodeSentOut()

exchange_login_code: Hook[[str], str] = Hook("people.exchange_login_code")
"""Code of wx.login → openid. Raises clients.wechat.LoginRefused, clients.NotSetUp, clients.Unreachable."""
find_volunteer: Hook[[int], dict[str, str] | None] = Hook("people.find_volunteer")
"""Person → their number and state as a volunteer, or None; provided by the volunteers."""
send_code: Hook[[str, str, int], None] = Hook("people.send_code")
"""(phone, code, minutes it lives) → handed to the gateway. Raises clients.NotSetUp, clients.Unreachable."""


@bp.call(
    "POST",
    "/auth/guest",
    access=public,
    limit="guests_per_min",
    status=(201,),
    body=_GUEST_IN,
    answer=_SESSION_OUT,
    example={},
)
def post_guest() -> Response:
    """Start as a guest: no form, no phone number; stamps are kept on the server from the first one."""
    body = read(_GUEST_IN)
    with unit_of_work():
        opened = service.open_guest_session(
            locale=locale(),
            device_id=body.get("device_id"),
            user_agent=request.headers.get("User-Agent", ""),
            at=now(),
        )
        reply = _session(opened)
    return answer(reply, 201)


@bp.call(
    "POST",
    "/auth/sms/code",
    access=public,
    limit="sign_ins_per_min",
    status=(202,),
    body=_PHONE_IN,
    answer=_CODE_SENT_OUT,
    refusals=(errors.PhoneInvalid, errors.TooManySignIns, errors.PlatformBusy, errors.SignInNotOffered),
    example={"phone": "138 0000 0001"},
)
def post_code() -> Response:
    """Send a one-time code to a phone; the answer is the same whether somebody has this phone or not."""
    written, who = read(_PHONE_IN)["phone"], address()
    with unit_of_work():
        issued = otp.issue_code(written, address=who, at=now())
    try:
        send_code(issued.phone, issued.code, issued.expires_in_s // 60)
    except (NotSetUp, Unreachable) as failed:
        with unit_of_work():
            otp.withdraw_code(issued, address=who, at=now())
        raise (errors.SignInNotOffered if isinstance(failed, NotSetUp) else errors.PlatformBusy) from None
    shown = {"demo_code": issued.code} if settings.current().profile != "production" else {}
    body = {"retry_after_s": issued.retry_after_s, "expires_in_s": issued.expires_in_s, **shown}
    return answer(_CODE_SENT_OUT.dump(body), 202)


@bp.call(
    "POST",
    "/auth/sms",
    access=optional,
    limit="sign_ins_per_min",
    body=_PHONE_CODE_IN,
    answer=_SESSION_OUT,
    refusals=(
        errors.PhoneInvalid,
        errors.CodeInvalid,
        errors.CodeExpired,
        errors.IdentityTaken,
        errors.IdentityDiffers,
    ),
    example={"phone": "138 0000 0000", "code": "{demo_code}"},
)
def post_phone() -> Response:
    """Sign in by a phone and its one-time code.

    Sent with a guest's token, the guest becomes that phone's person or merges into them, and the guest's token ends.
    """
    body = read(_PHONE_CODE_IN)
    with unit_of_work():
        verdict = sign_in.sign_in_by_phone(_arrival(), phone=body["phone"], code=body["code"])
        reply = _session(verdict.opened)
    return problem(verdict.refused) if verdict.refused else answer(reply)


@bp.call(
    "POST",
    "/auth/wechat",
    access=optional,
    limit="sign_ins_per_min",
    body=_LOGIN_CODE_IN,
    answer=_SESSION_OUT,
    refusals=(
        errors.LoginCodeInvalid,
        errors.LoginBlocked,
        errors.TooManySignIns,
        errors.IdentityTaken,
        errors.IdentityDiffers,
        errors.PlatformBusy,
        errors.SignInNotOffered,
    ),
    example={"code": "{login_code}"},
)
def post_wechat() -> Response:
    """Sign in by WeChat, from the mini-program: the code of wx.login is exchanged for who opened it.

    Sent with a guest's token, the guest becomes that person or merges into them, and the guest's token ends.
    """
    code = read(_LOGIN_CODE_IN)["code"]
    try:
        openid = exchange_login_code(code)
    except NotSetUp:
        raise errors.SignInNotOffered from None
    except Unreachable:
        raise errors.PlatformBusy from None
    except LoginRefused as refused:
        if refused.refusal is Refusal.BLOCKED:
            with unit_of_work():
                sign_in.note_blocked(find_presented(), request_id=request_id(), at=now())
        raise _REFUSALS[refused.refusal]() from None
    with unit_of_work():
        reply = _session(sign_in.sign_in_by_wechat(_arrival(), openid=openid, code=code))
    return answer(reply)


@bp.call("POST", "/auth/logout", access=people, status=(204,))
def post_logout() -> Response:
    """Sign out: the token is dead at once on every worker."""
    with unit_of_work():
        service.sign_out(caller().session_id)
    return answer(None, 204)


@bp.call("GET", "/me", access=people, answer=_ME_OUT)
def get_me() -> Response:
    """Show who the caller is."""
    return answer(_me(queries.get_person(caller().person_id)))


@bp.call("PATCH", "/me", access=people, body=_ME_IN, answer=_ME_OUT, example={"nickname": "海边的游客"})
def patch_me() -> Response:
    """Change nickname, language or elder mode; fields left out stay as they are."""
    body = read(_ME_IN)
    with unit_of_work():
        reply = _me(service.update_me(caller().person_id, body))
    return answer(reply)


@bp.call("GET", "/me/sessions", access=people, answer=_DEVICE_OUT, listed=True)
def list_my_sessions() -> Response:
    """List the devices that are signed in."""
    me = caller()
    items = [
        {
            "id": s.public_id,
            "device": s.device,
            "created_at": s.created_at,
            "last_seen_at": s.last_seen_at,
            "current": s.id == me.session_id,
        }
        for s in queries.list_sessions(me.person_id, now())
    ]
    return answer({"items": _DEVICE_OUT.dump(items, many=True), "next_cursor": None})


@bp.call("DELETE", "/me/sessions/<session_id>", access=people, status=(204,), path_example={"session_id": "current"})
def delete_my_session(session_id: str) -> Response:
    """Sign one device out. `current` names the device that asks."""
    me = caller()
    with unit_of_work():
        if session_id == "current":
            service.sign_out(me.session_id)
        else:
            service.end_session(me.person_id, session_id)
    return answer(None, 204)


_REFUSALS: dict[Refusal, Callable[[], DomainError]] = {
    Refusal.CODE_INVALID: errors.LoginCodeInvalid,
    Refusal.BLOCKED: errors.LoginBlocked,
    Refusal.TOO_OFTEN: lambda: errors.too_many(60),
}


def _arrival() -> Arrival:
    agent = request.headers.get("User-Agent", "")
    return Arrival(find_presented(), bearer(), locale=locale(), user_agent=agent, at=now())


def _session(opened: OpenedSession | None) -> Any:
    if opened is None:
        return None
    body = {"token": opened.token, "expires_at": opened.expires_at, "person": _person(opened.person)}
    return _SESSION_OUT.dump(body)


def _me(person: Person) -> Any:
    volunteer = find_volunteer(person.id)
    return _ME_OUT.dump({**_person(person), **({"volunteer": volunteer} if volunteer else {})})


def _person(person: Person) -> dict[str, Any]:
    phone = queries.find_phone(person)
    shown = {"phone_masked": rules.mask_phone(phone)} if phone else {}
    return {
        "id": person.public_id,
        "nickname": person.nickname,
        "kind": "citizen" if queries.is_citizen(person) else "guest",
        "locale": person.locale,
        "elder_mode": person.elder_mode,
        **shown,
    }


def authenticate(token: str) -> queries.Caller | None:
    """Return who holds a token of a live session, or None; once a day the use is written down."""
    found = queries.find_caller(token)
    if found is None or not rules.is_session_live(found.expires_at, now()):
        return None
    if now() - found.last_seen_at > rules.TOUCH_EVERY:
        with suppress(ServiceBusy, StorageFull), unit_of_work():  # reads go on while nothing can be written
            service.touch_session(found.session_id, created_at=found.created_at, at=now())
    return found


def refusal(token_sent: bool) -> DomainError:
    """Return the refusal of a call that needs a person."""
    return TokenInvalid() if token_sent else AuthRequired()
