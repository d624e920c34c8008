"""Who may call a route: declared with the route, checked before it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import g, request

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import network_of
from app.core.errors import DomainError
from app.core.hooks import Hook
from app.http.headers import request_id

TOKEN_CHARS_MAX = 200

find_caller: Hook[[str], Any] = Hook("http.find_caller")
"""Token → the caller (people.queries.Caller) of a live session, or None."""
token_refused: Hook[[bool], DomainError] = Hook("http.token_refused")
"""Whether a token was sent → the refusal to answer with."""


class Access(NamedTuple):
    """A declared access: its name in the walk of routes, and its check."""

    name: str
    check: Callable[[], None]


def _anybody() -> None:
    """Public routes look at no token."""


def _person() -> None:
    token = bearer()
    if not token:
        raise token_refused(False)
    found = find_caller(token) if len(token) <= TOKEN_CHARS_MAX and token.isascii() else None
    if found is None:
        raise token_refused(True)
    g.caller = found


def _anybody_or_person() -> None:
    """A token that is sent must be good, for what is its owner's would silently not count otherwise."""
    if request.headers.get("Authorization"):
        _person()


public = Access("public", _anybody)
people = Access("people", _person)
optional = Access("optional", _anybody_or_person)


def bearer() -> str:
    """Return the token that was sent, or an empty text."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""


def caller() -> Any:
    """Return who calls, on a route for people."""
    return g.caller


def find_presented() -> Any | None:
    """Return who calls, or None without a token, on a route where one is optional."""
    return g.get("caller")


def actor() -> Actor:
    """Return the caller as an actor for the services."""
    found = g.caller
    return Actor(
        kind="person",
        id=found.person_id,
        label=f"person:{found.public_id}",
        request_id=request_id(),
        address=address(),
    )


def address() -> str:
    """Return the caller's network address; of IPv6 the /64, which is one customer."""
    return network_of(request.remote_addr or "")


def now() -> Any:
    """Return the instant of this request; one request, one time."""
    if "at" not in g:
        g.at = clock.now()
    return g.at
