"""The ground of every panel page: denied unless a permission is declared, CSRF on every change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from flask import Blueprint, Response, after_this_request, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, BaseView
from flask_wtf.csrf import CSRFError, CSRFProtect

from admin import door, errors
from app.core.errors import AccessDenied, DomainError, Kind, Text
from app.inbox import queries as inbox
from app.orgs.errors import SignInRequired
from app.orgs.rules import reach

PUBLIC = "public"
SIGNED_IN = "signed-in"
_SAFE = ("GET", "HEAD", "OPTIONS")

csrf = CSRFProtect()


class FormExpired(DomainError):
    kind = Kind.MALFORMED
    code = "panel.form_expired"
    text = Text(
        "这个页面放得太久，或者您已在别处退出，所以没有保存。请返回、刷新后再试一次。",
        "This page was open too long, or you signed out elsewhere, so nothing was saved. Go back, reload, try again.",
    )


class PanelView(BaseView):  # type: ignore[misc]
    """A page of the panel. permission: PUBLIC, SIGNED_IN or a permission of app.orgs.rules; None lets nobody in."""

    permission: ClassVar[str | None] = None
    icon: ClassVar[str] = "dot"
    uploads: ClassVar[Mapping[str, int]] = {}
    """Routes that take a file, and how many bytes they take."""

    def create_blueprint(self, admin: Admin) -> Blueprint:
        """Register the view's routes; refusals become pages of the panel, in its language."""
        blueprint: Blueprint = super().create_blueprint(admin)
        blueprint.register_error_handler(DomainError, errors.refusal_page)
        blueprint.after_request(_keep_nothing)
        return blueprint

    def is_accessible(self) -> bool:
        """Whether the caller may open this view at all; what they see in it is a matter of scope."""
        if self.permission is None:
            return False
        if self.permission == PUBLIC:
            return True
        caller = door.signed_in()
        if caller is None:
            return False
        return self.permission == SIGNED_IN or not reach(caller.actor, self.permission).is_empty

    def is_visible(self) -> bool:
        """Whether the menu shows it."""
        return self.permission not in (None, PUBLIC, SIGNED_IN)

    def _handle_view(self, name: str, **kwargs: Any) -> ResponseReturnValue | None:
        if name in self.uploads and self.is_accessible():
            request.max_content_length = self.uploads[name]
            after_this_request(_close_files)
        if self.permission is not None and request.method not in _SAFE:
            self._check_csrf()
        return super()._handle_view(name, **kwargs)

    def _check_csrf(self) -> None:
        try:
            csrf.protect()
        except CSRFError:
            raise FormExpired from None

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run the view once; Flask-Admin's own way runs it again after any TypeError."""
        return fn(self, *args, **kwargs)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> ResponseReturnValue:
        """Send strangers to the sign-in page; tell the others that their roles do not reach here."""
        if door.signed_in() is not None:
            raise AccessDenied
        if request.method in _SAFE and request.headers.get("X-Requested-With") != "panel":
            back = request.full_path.rstrip("?") if request.path != url_for("admin.index") else None
            return door.go(url_for("sign_in.index", back=back))
        raise SignInRequired

    def render(self, template: str, **kwargs: Any) -> str:
        """Render a page with what every page needs: the view, who is signed in, and what they may do."""
        page: str = super().render(template, caller=door.signed_in(), may=may, count_news=_count_news, **kwargs)
        return page


def _count_news() -> int:
    """Return how many messages the caller has not read, for the menu."""
    return inbox.count_unread_of_staff(door.actor().id or 0)


def _close_files(response: Response) -> Response:
    """Let go of what was uploaded: a large file lies in a temporary one until it is closed."""
    request.close()
    return response


def _keep_nothing(response: Response) -> Response:
    """Let no browser or proxy keep a page of the office, so that Back after signing out shows nothing."""
    response.headers["Cache-Control"] = "no-store"
    return response


def may(permission: str, **place: int | None) -> bool:
    """Whether the caller holds a permission for an object; without an object, anywhere at all.

    place: where the object lies, as Reach.holds takes it.
    """
    held = reach(door.actor(), permission)
    if all(value is None for value in place.values()):
        return not held.is_empty
    return held.holds(**place)
