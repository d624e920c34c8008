"""The composition root: the only file that knows every part."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, jsonify
from werkzeug.middleware.proxy_fix import ProxyFix

import admin
from app import jobs
from app.audit import models as audit_models  # noqa: F401
from app.calendars import api as calendars_api
from app.calendars import own as calendars_own
from app.checkins import api as checkins_api
from app.checkins import own as visits_own
from app.checkins import queries as checkins
from app.checkins import service as visits
from app.cli import register_commands
from app.clients import sms, wechat
from app.clients.sms import SmsSender
from app.clients.sms.fake import Outbox
from app.clients.wechat import WeChat
from app.core import installation as installation_tables  # noqa: F401
from app.core import secrets
from app.core.db import db, end_session, engine_options, prepare_engine
from app.demo import desk
from app.events import api as events_api
from app.events import own as events_own
from app.events import programme as events
from app.events import seats, signups_api
from app.feedback import api as feedback_api
from app.h5 import pages as h5
from app.http import access, idempotency, openapi, system
from app.http.body import MAX_BODY_BYTES
from app.http.failures import init_errors
from app.http.headers import PanelSessions, SafeHeaders
from app.imports import subject as imports
from app.inbox import api as inbox_api
from app.inbox import own as inbox_own
from app.kiosks import api as kiosks_api
from app.orgs import queries as orgs
from app.people import api as people_api
from app.people import own as people_own
from app.people import sign_in
from app.privacy import api as privacy_api
from app.privacy import deletion, exports
from app.privacy import own as privacy_own
from app.privacy import service as privacy
from app.stations import api as stations_api
from app.stations import importing as station_imports
from app.stations import queries as stations
from app.volunteers import api as volunteers_api
from app.volunteers import importing as volunteer_imports
from app.volunteers import own as volunteers_own
from app.volunteers import queries as volunteers_queries
from app.volunteers import service as volunteers
from config import settings as config
from config.keys import ensure_master_key
from config.settings import Settings

OWN_ROWS = (
    people_own.own_rows,
    privacy_own.own_rows,
    inbox_own.own_rows,
    calendars_own.own_rows,
    visits_own.own_rows,
    volunteers_own.own_rows,
    events_own.own_rows,
)
"""What each domain keeps of a person, for the copy of their own data: person → rows by the name of their sheet."""
ERASURES = (
    events_own.erase,
    volunteers_own.erase,
    visits_own.erase,
    inbox_own.erase,
    calendars_own.erase,
    privacy_own.erase,
    idempotency.forget,
)
"""What each domain forgets of a person who is erased; each is harmless when repeated."""
API_BLUEPRINTS = (
    system.bp,
    people_api.bp,
    privacy_api.bp,
    stations_api.bp,
    kiosks_api.bp,
    volunteers_api.bp,
    checkins_api.bp,
    signups_api.bp,
    feedback_api.bp,
    events_api.bp,
    inbox_api.bp,
    calendars_api.bp,
)
MOVES = (
    visits.move_visits,
    volunteers_own.move_volunteer,
    inbox_own.move_messages,
    calendars_own.drop_link,
    privacy.move_consents,
    privacy_own.drop_wishes,
    idempotency.move_keys,
)
"""How each table above people's gives a guest's rows to a citizen; (guest's id, citizen's id, now)."""


class Ouyu(Flask):
    """Flask without its question, four times a request, whether a function is asynchronous: none of ours is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. settings: given by tests; else read from the environment.

    Raises SettingsError with one sentence when a setting cannot be used.
    """
    settings = ensure_master_key(settings or config.load(os.environ))
    config.use(settings)
    secrets.configure(settings.secrets.master_key, settings.secrets.old_master_key)
    app = Ouyu("ouyu", static_folder=None, template_folder=None, root_path=str(Path(__file__).parent))
    _configure(app, settings)
    _init_database(app, settings)
    _register_hooks()
    _connect_clients(app, settings)
    app.session_interface = PanelSessions()
    for blueprint in API_BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(system.health)
    app.register_blueprint(privacy_api.downloads)
    app.register_blueprint(calendars_api.feed)
    app.register_blueprint(openapi.docs)
    app.register_blueprint(h5.blueprint)
    if settings.profile == "demo":
        app.add_url_rule("/demo/desk.json", "demo_desk", _demo_desk)
        app.config["OUYU_EXAMPLES"] = desk.examples
    admin.init_panel(app)
    init_errors(app, {"/": h5.error_page, "/admin": admin.error_page})
    register_commands(app)
    app.wsgi_app = SafeHeaders(app.wsgi_app, settings)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        OUYU=settings,
        SECRET_KEY=secrets.derived("cookie").hex(),
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        TESTING=settings.profile == "testing",
        PROPAGATE_EXCEPTIONS=False,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.profile == "production",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        SEND_FILE_MAX_AGE_DEFAULT=None,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if settings.server.proxy_hops:
        hops = settings.server.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]


def _init_database(app: Flask, settings: Settings) -> None:
    url = settings.database_url
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url, settings.server.threads)
    db.init_app(app)
    app.teardown_appcontext(end_session)
    with app.app_context():
        prepare_engine(db.engine)


def _register_hooks() -> None:
    access.find_caller.register(people_api.authenticate)
    access.token_refused.register(people_api.refusal)
    imports.register(station_imports.StationImport())
    imports.register(volunteer_imports.VolunteerImport())
    volunteer_imports.list_engaged.register(events_own.list_engaged)
    orgs.find_stations.register(stations.list_facts)
    orgs.find_events.register(events.list_facts)
    stations_api.count_visits_today.register(checkins.count_visits)
    privacy.forget_points.register(visits.forget_points)
    volunteers.leave_shifts.register(events_own.erase)
    privacy.forget_real_name.register(volunteers.forget_real_name)
    people_api.find_volunteer.register(volunteers_queries.find_card)
    exports.collect_own.register(_collect_own)
    exports.prepare_soon.register(jobs.prepare_soon)
    deletion.erase_own.register(_erase_own)
    seats.offer_soon.register(jobs.offer_soon)
    sign_in.move_rows.register(_move_rows)


def _connect_clients(app: Flask, settings: Settings) -> None:
    sender = app.extensions["sms"] = sms.sender_of(settings)
    # The people of the demo are invented, their numbers may be somebody's: nothing is sent to them, gateway or not.
    app.extensions["sms_messages"] = Outbox() if settings.profile == "demo" else sender
    app.extensions["wechat"] = wechat.client_of(settings)
    people_api.send_code.register(_send_code)
    people_api.exchange_login_code.register(_exchange_login_code)


def _send_code(phone: str, code: str, minutes: int) -> None:
    """Send by the running application's own sender; tests run two applications in one process."""
    sender: SmsSender = current_app.extensions["sms"]
    sender.send(phone, code, minutes=minutes)


def _exchange_login_code(code: str) -> str:
    client: WeChat = current_app.extensions["wechat"]
    return client.openid_of(code)


def _move_rows(guest_id: int, citizen_id: int, at: datetime) -> None:
    """Give a merging guest's rows to the citizen, domain by domain; a new one adds itself to MOVES."""
    for move in MOVES:
        move(guest_id, citizen_id, at)


def _collect_own(person_id: int) -> dict[str, Any]:
    """Collect a person's own rows, domain by domain; a new one adds itself to OWN_ROWS."""
    return {name: rows for own_rows in OWN_ROWS for name, rows in own_rows(person_id).items()}


def _erase_own(person_id: int, at: datetime) -> None:
    """Erase what every domain keeps of a person, the person last; a new one adds itself to ERASURES."""
    for erase in ERASURES:
        erase(person_id)
    people_own.erase_person(person_id, at)


def _demo_desk() -> Response:
    """Serve the desk of the demo: simulated positions and codes that give every verdict."""
    response = jsonify(desk.desk())
    response.headers["Cache-Control"] = "no-store"
    return response
