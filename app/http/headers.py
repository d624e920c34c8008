"""What every answer carries: a request id and the headers that keep a browser safe."""

from __future__ import annotations

import os
import re

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from config.settings import Settings

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id() -> str:
    """Return the id of this request: the caller's own if it is a plain one, else a fresh one."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _GIVEN_ID.fullmatch(given) else os.urandom(8).hex()
    found: str = g.request_id
    return found


def content_security_policy(frame_ancestors: str) -> str:
    """Return the one policy of all pages: nothing inline, no outside host."""
    return (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
        f"form-action 'self'; frame-ancestors {frame_ancestors}"
    )


def init_headers(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer."""
    fixed = [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ]
    if settings.profile == "production":
        fixed.append(("Strict-Transport-Security", "max-age=31536000"))
    page = [
        ("Content-Security-Policy", content_security_policy(settings.server.frame_ancestors)),
        ("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()"),
    ]

    app.session_interface = PanelSessions()

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers.extend([("X-Request-ID", request_id()), *fixed])
        is_page = response.mimetype == "text/html"
        if is_page:
            headers.extend(page)
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-cache" if is_page else "no-store"
        return response


class PanelSessions(SecureCookieSessionInterface):
    """Cookie sessions for pages only: the JSON door knows bearer tokens and takes no cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith("/api/") else super().open_session(app, request)
