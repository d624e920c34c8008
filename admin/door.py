"""The panel's door: who is calling, one unit of work per act, and safe ways back."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Request, Response, current_app, redirect, request
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from app.core import clock, secrets
from app.core.actor import Actor
from app.core.addresses import network_of
from app.core.db import unit_of_work
from app.core.errors import DomainError, ServiceBusy, StorageFull
from app.orgs import queries, sign_in
from app.orgs.rules import TOUCH_EVERY, StaffState, is_session_live
from app.people.rules import device_label

T = TypeVar("T")

DEVICE_DAYS = 180
_KNOWN_LOGINS_MAX = 5
_MAC_CHARS = 32
_REQUEST_ID = "ouyu.request_id"
"""Where app.http.headers leaves it in the WSGI environment; the panel does not import that door."""
_ID_DIGITS = 10
_ID_MAX = 2**31 - 1


@dataclass(frozen=True)
class SignedIn(UserMixin):  # type: ignore[misc]
    """Who is signed in, as Flask-Login sees them; found anew for every request from the server-side session."""

    actor: Actor
    name: str
    login: str
    session_id: int

    def get_id(self) -> str:
        return str(self.actor.id)


def init_door(app: Flask) -> None:
    """Let Flask-Login find people by our own cookie; it never writes one itself, so none outlives its session.

    Its init_app would add a hook that looks into Flask's cookie at every answer, those of the API too, and would so
    make each of them vary by cookie.
    """
    login_manager = LoginManager()
    login_manager.request_loader(_load)
    app.login_manager = login_manager  # type: ignore[attr-defined]


def _load(_: Request) -> SignedIn | None:
    token = request.cookies.get(cookie_name("staff"), "")
    if not 20 <= len(token) <= 100:
        return None
    at = clock.now()
    caller = queries.find_caller(token)
    if caller is None or caller.state != StaffState.ACTIVE:
        return None
    if not is_session_live(last_seen_at=caller.last_seen_at, expires_at=caller.expires_at, at=at):
        return None
    if at - caller.last_seen_at >= TOUCH_EVERY:
        with suppress(ServiceBusy, StorageFull), unit_of_work():  # reads go on while nothing can be written
            sign_in.touch_session(caller.session_id, at=at)
    grants = queries.live_grants(caller.staff_id, at)
    label = sign_in.SHOWN_LOGIN.format(login=caller.login)
    actor = Actor("staff", caller.staff_id, label, grants, request_id=request_id(), address=address())
    return SignedIn(actor, caller.name, caller.login, caller.session_id)


def signed_in() -> SignedIn | None:
    """Return who is signed in, or None."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def actor() -> Actor:
    """Return who acts; a nobody without any grant where nobody is signed in."""
    found = signed_in()
    return found.actor if found else Actor("nobody", None, "nobody")


def request_id() -> str:
    """Return the id of this request, the one that the answer carries in X-Request-ID."""
    found: str = request.environ.get(_REQUEST_ID, "-")
    return found


def address() -> str:
    """Return the caller's network as far as trusted proxies tell it."""
    return network_of(request.remote_addr or "")


def device() -> str:
    """Return a coarse word for the caller's browser."""
    return device_label(request.headers.get("User-Agent", ""))


def write(act: Callable[[], T]) -> T:
    """Do one act in one unit of work. A refusal that leaves a trace is committed first and raised then.

    Raises: DomainError.
    """
    with unit_of_work():
        result = act()
    refused = getattr(result, "refused", None)
    if isinstance(refused, DomainError):
        raise refused
    return result


def way_back(default: str) -> str:
    """Return where the person came from if that is a page of this panel, else the default."""
    asked = request.values.get("back", "")
    if asked.startswith("/admin/") and not asked.startswith("/admin//") and "\\" not in asked and asked.isprintable():
        return asked
    return default


def row_id(text: str | None) -> int | None:
    """Return the id of a row as an address or a form names it; None for what no row can have."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > _ID_DIGITS:
        return None
    return int(text) if int(text) <= _ID_MAX else None


def go(url: str) -> BaseResponse:
    """Send the browser to a page after an act, so that reloading repeats nothing."""
    return redirect(url, 303)


# --- cookies ---------------------------------------------------------------------------------------


def is_production() -> bool:
    """Whether cookies must be Secure."""
    return bool(current_app.config["OUYU"].profile == "production")


def cookie_name(what: str) -> str:
    """Return the name of one of our cookies; production binds them to this very host."""
    return f"__Host-ouyu_{what}" if is_production() else f"ouyu_{what}"


def set_cookie(response: BaseResponse, what: str, value: str, *, max_age: int | None = None) -> None:
    """Set one of our cookies: not for scripts, not for other sites."""
    response.set_cookie(
        cookie_name(what), value, max_age=max_age, httponly=True, samesite="Lax", secure=is_production(), path="/"
    )


def drop_cookie(response: BaseResponse, what: str) -> None:
    """Take one of our cookies away."""
    response.delete_cookie(cookie_name(what), httponly=True, samesite="Lax", secure=is_production(), path="/")


def known_device(login: str) -> str | None:
    """Return the id of this browser if it has signed in to the login before, else None. The cookie proves no identity."""
    device_id, *macs = request.cookies.get(cookie_name("device"), "")[:500].split(".")
    expected = _device_mac(device_id, login)
    return device_id if any(hmac.compare_digest(mac, expected) for mac in macs if mac.isascii()) else None


def remember_device(response: BaseResponse, login: str) -> None:
    """Let this browser be known for a login; the last five logins of a shared desk are kept."""
    device_id, *macs = request.cookies.get(cookie_name("device"), "")[:500].split(".")
    if len(device_id) != _MAC_CHARS:
        device_id, macs = os.urandom(_MAC_CHARS // 2).hex(), []
    own = _device_mac(device_id, login)
    kept = [own, *(mac for mac in macs if mac != own)][:_KNOWN_LOGINS_MAX]
    set_cookie(response, "device", ".".join([device_id, *kept]), max_age=DEVICE_DAYS * 86_400)


def _device_mac(device_id: str, login: str) -> str:
    return secrets.digest("known device", device_id, login).hex()[:_MAC_CHARS]


def json_answer(body: dict[str, Any], status: int = 200) -> Response:
    """Answer one of the panel's own scripts."""
    answer: Response = current_app.json.response(body)
    answer.status_code = status
    return answer
