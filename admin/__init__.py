"""The staff panel: Flask-Admin over the services, with a base template of its own."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, Response, abort, send_from_directory
from flask_admin import Admin
from flask_admin.theme import Theme
from flask_babel import Babel
from xstatic.pkg import leaflet

from admin import wording
from admin.audit import AuditView
from admin.auth import AccountView, LinkView, SignInView
from admin.base import city
from admin.calendar import CalendarView
from admin.checkins import CheckInView
from admin.consents import ConsentTextView
from admin.dashboard import DashboardView
from admin.door import init_door
from admin.errors import error_page
from admin.events import EventView
from admin.feedback import FeedbackView
from admin.imports import StationImportView, VolunteerImportView
from admin.messages import InboxView, TextMessageView
from admin.organisations import OrganisationView
from admin.people import PersonView
from admin.review import ReviewView
from admin.roster import ShiftView
from admin.services import ServiceItemView
from admin.signups import SignUpView
from admin.staff import StaffView
from admin.stations import StationView
from admin.views import csrf
from admin.volunteers import VolunteerView

__all__ = ["error_page", "init_panel"]

LEAFLET = ("leaflet.js", "leaflet.css")
FORM_AGE_S = 12 * 3600


def init_panel(app: Flask) -> None:
    """Put the panel under /admin. The application has its secret key and its database already."""
    production = app.config["OUYU"].profile == "production"
    app.config.update(
        SESSION_COOKIE_NAME="__Host-ouyu_form" if production else "ouyu_form",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=FORM_AGE_S,
        WTF_CSRF_SSL_STRICT=False,  # the token proves it; a Referer may be missing behind privacy settings and proxies
    )
    if "babel" not in app.extensions:
        Babel(app, default_locale="zh_Hans_CN", default_timezone="Asia/Shanghai")
    csrf.init_app(app)
    init_door(app)
    app.register_blueprint(_files())
    app.jinja_env.filters["city"] = city
    app.jinja_env.globals["words"] = wording
    panel = Admin(
        app, name="鸥遇", index_view=DashboardView(), theme=Theme(folder="bootstrap4", base_template="panel/base.html")
    )
    signups = SignUpView()
    for view in (
        StationView(),
        CheckInView(),
        ReviewView(),
        FeedbackView(),
        ServiceItemView(),
        CalendarView(),
        StationImportView(),
        EventView(),
        ShiftView(signups),
        signups,
        PersonView(),
        VolunteerView(),
        VolunteerImportView(),
        ConsentTextView(),
        OrganisationView(),
        StaffView(),
        TextMessageView(),
        AuditView(),
    ):
        panel.add_view(view)
    for page in (SignInView(), LinkView(), AccountView(), InboxView()):
        panel.add_view(page)


def _files() -> Blueprint:
    """The panel's own templates and files; Flask-Admin's scripts are not served at all."""
    here = Path(__file__).parent
    files = Blueprint(
        "panel",
        __name__,
        template_folder=here / "templates",
        static_folder=here / "static",
        static_url_path="/admin/static",
    )
    files.add_url_rule("/admin/static/leaflet/<name>", "leaflet", _leaflet)
    return files


def _leaflet(name: str) -> Response:
    """Serve the map's library from its package, so that no outside host is asked."""
    if name not in LEAFLET:
        abort(404)
    return send_from_directory(leaflet.BASE_DIR, name, max_age=86_400)
