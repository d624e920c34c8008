"""Serve the phone page's shell at each of its addresses, its static files, and its own 404 page."""

from __future__ import annotations

import json
import posixpath
import re
from io import BytesIO

import segno
from flask import Blueprint, abort, current_app, make_response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.core.pictures import MEDIA_TYPE
from app.h5 import pack
from app.stations import listing, photos
from app.stations.rules import CODE_PATTERN

blueprint = Blueprint("h5", __name__, template_folder="templates", static_folder="static", static_url_path="/static")

LANGUAGES = ("zh-CN", "en")
TOKEN_CHARS_MAX = 200


@blueprint.before_request
def refuse_demo_files() -> None:
    """Keep the desk of simulated positions out of every profile but the demo."""
    if request.endpoint != "h5.static" or _profile() == "demo":
        return
    filename = posixpath.normpath((request.view_args or {})["filename"])
    if filename.split("/")[0] == "demo":
        abort(404)


@blueprint.get("/")
@blueprint.get("/events")
@blueprint.get("/signups")
@blueprint.get("/stations")
@blueprint.get("/checkin")
@blueprint.get("/passport")
@blueprint.get("/me")
@blueprint.get("/login")
@blueprint.get("/me/inbox")
@blueprint.get("/me/privacy")
@blueprint.get("/me/volunteer")
@blueprint.get("/visits")
@blueprint.get("/feedback")
def page() -> ResponseReturnValue:
    """Serve the shell; the page's own router shows the screen that the address names."""
    return _shell()


@blueprint.get("/events/<public_id>")
@blueprint.get("/signups/<public_id>")
def page_of_one(public_id: str) -> ResponseReturnValue:
    """Serve the shell for an event or a sign-up; the page asks the API whether there is one, and says so if not."""
    if not re.fullmatch(r"[\w-]{4,64}", public_id, re.ASCII):
        abort(404)
    return _shell()


@blueprint.get("/c/<code>")
def station_page(code: str) -> ResponseReturnValue:
    """Serve a station's page: what a poster's QR opens. A code that nobody has gets the shell too, as 404."""
    if not re.fullmatch(CODE_PATTERN, code):
        abort(404)
    return _shell(200 if code in listing.directory().by_code else 404)


@blueprint.get("/feedback/<token>")
def feedback_page(token: str) -> ResponseReturnValue:
    """Serve the page of a private link; the page asks the API what the link opens. No proxy keeps it."""
    if len(token) > TOKEN_CHARS_MAX:
        abort(404)
    response = make_response(_shell())
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/c/<name>.txt")
def verification_file(name: str) -> ResponseReturnValue:
    """Serve a file by which WeChat proves that posters' addresses are ours; the settings hold its content."""
    content = current_app.config["OUYU"].wechat.find_verify_file(f"{name}.txt")
    if content is None:
        abort(404)
    response = make_response(content)
    response.content_type = "text/plain; charset=utf-8"
    return response


@blueprint.get("/kiosk/<code>")
def kiosk_page(code: str) -> ResponseReturnValue:
    """Serve the page of a station's screen: it pairs itself by a one-time code, then shows the rotating code."""
    station = listing.directory().by_code.get(code) if re.fullmatch(CODE_PATTERN, code) else None
    if station is None:
        abort(404)
    return render_template("h5/kiosk.html", station=station.row)


@blueprint.get("/kiosk/<code>/qr.svg")
def kiosk_qr(code: str) -> ResponseReturnValue:
    """Draw the QR of a station's page with the digits that the screen already holds; nothing here is secret."""
    digits = request.args.get("r", "")
    if not re.fullmatch(CODE_PATTERN, code) or not re.fullmatch(r"[0-9]{6}", digits):
        abort(404)
    drawn = BytesIO()
    url = f"{current_app.config['OUYU'].public_url}/c/{code}?r={digits}"
    segno.make(url, error="m", micro=False).save(
        drawn, kind="svg", border=4, light="#fff", svgclass=None, lineclass=None
    )
    response = make_response(drawn.getvalue())
    response.content_type = "image/svg+xml"
    response.headers["Cache-Control"] = "public, max-age=600"
    return response


@blueprint.get("/static/<any(app, later):part>-<version>.<any(js, css):kind>")
def packed(part: str, version: str, kind: str) -> ResponseReturnValue:
    """Serve one of the page's two scripts or its style sheet; its address changes with its content.

    The second script fits the first of its version only: a page from before an update is better reloaded.
    """
    scripts = pack.scripts("main.js", demo=_profile() == "demo")
    if part == "later" and (kind, version) != ("js", scripts.later.version):
        abort(404)
    found = pack.sheet() if kind == "css" else scripts.first if part == "app" else scripts.later
    is_compressed = request.accept_encodings.quality("gzip") > 0
    response = make_response(found.gzipped if is_compressed else found.plain)
    response.content_type = "text/javascript; charset=utf-8" if kind == "js" else "text/css; charset=utf-8"
    if is_compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    is_current = version == found.version  # a page kept from before an update asks for what is no more
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_current else "no-store"
    return response


@blueprint.get("/sw.js")
def service_worker() -> ResponseReturnValue:
    """Serve the worker that keeps the page for the time without a network; a change of any of its files changes it."""
    demo = _profile() == "demo"
    version = pack.page_version(demo)
    script = pack.script("main.js", demo=demo).version
    files = ["/", f"/static/app-{script}.js", f"/static/later-{script}.js", f"/static/app-{pack.sheet().version}.css"]
    for file in pack.drawn_and_said():
        path = f"/static/{file.relative_to(pack.STATIC)}"
        files.append(f"{path}?v={version}" if file.suffix == ".json" else path)
    head = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(files)};\n"
    response = make_response(head + (pack.STATIC / "worker.js").read_text(encoding="utf-8"))
    response.content_type = "text/javascript; charset=utf-8"
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/photos/<name>.webp")
def photo(name: str) -> ResponseReturnValue:
    """Serve a photo of a station. Its name never shows anything else, so whoever has it need not ask again."""
    path = photos.file_of(name)
    if path is None:
        abort(404)
    response = send_file(path, mimetype=MEDIA_TYPE, conditional=True)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def error_page(status: int, sentence: str) -> ResponseReturnValue:
    """Return the phone's own page for what cannot be shown. sentence: says what to do next, in the asked language."""
    return render_template("h5/error.html", language=_language(), status=status, sentence=sentence), status


def _shell(status: int = 200) -> ResponseReturnValue:
    demo = _profile() == "demo"
    page = render_template(
        "h5/shell.html",
        profile=_profile(),
        language=_language(),
        script=pack.script("main.js", demo=demo).version,
        sheet=pack.sheet().version,
        version=pack.page_version(demo),
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    return response


def _profile() -> str:
    profile: str = current_app.config["OUYU"].profile
    return profile


def _language() -> str:
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
