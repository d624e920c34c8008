"""What every answer carries: a request id and the headers that keep a browser safe."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from config.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_ENVIRON_KEY = "ouyu.request_id"


def request_id() -> str:
    """Return the id of this request: the caller's own if it is a plain one, else a fresh one."""
    found: str = request.environ.get(_ENVIRON_KEY, "-")
    return found


def content_security_policy(frame_ancestors: str, tiles_url: str = "") -> str:
    """Return the one policy of all pages: nothing inline, no outside host but that of map tiles where a setting names it."""
    host = re.match(r"https://[\w.:-]+", tiles_url)
    return (
        f"default-src 'self'; img-src 'self' data: blob:{' ' + host[0] if host else ''}; object-src 'none'; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors {frame_ancestors}"
    )


class SafeHeaders:
    """Adds the headers to every answer, beneath the framework: there a header costs a tuple."""

    def __init__(self, inner: WSGIApplication, settings: Settings) -> None:
        self.inner = inner
        self.data = [("X-Content-Type-Options", "nosniff")]
        if settings.profile == "production":
            self.data.append(("Strict-Transport-Security", "max-age=31536000"))
        self.page = [
            *self.data,
            (
                "Content-Security-Policy",
                content_security_policy(settings.server.frame_ancestors, settings.city.tiles_url),
            ),
            ("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()"),
            ("Referrer-Policy", "strict-origin-when-cross-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request. A page gets the browser's policies; data nosniff; both an id and an honest cache rule."""
        given = environ.get("HTTP_X_REQUEST_ID", "")
        known = given if given and _GIVEN_ID.fullmatch(given) else os.urandom(8).hex()
        environ[_ENVIRON_KEY] = known

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            is_page = ruled = False
            for name, value in headers:
                if name == "Cache-Control":
                    ruled = True
                elif name == "Content-Type":
                    is_page = value.startswith("text/html")
            headers.append(("X-Request-ID", known))
            if is_page:
                headers += self.page
            elif not status.startswith("304"):
                headers += self.data
            if not ruled:
                headers.append(("Cache-Control", "no-cache" if is_page else "no-store"))
            return start_response(status, headers, exc_info)

        return self.inner(environ, start)


class PanelSessions(SecureCookieSessionInterface):
    """Cookie sessions for pages only: the JSON door knows bearer tokens and takes no cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith("/api/") else super().open_session(app, request)
