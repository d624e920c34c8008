"""The JSON door of consents, copies of one's own data and deletion; and the one page that hands a copy out."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request

from app.core.clock import city_time
from app.core.db import unit_of_work
from app.http.access import caller, now, people, public
from app.http.blueprint import ApiBlueprint
from app.http.body import Answer, answer, read
from app.http.etags import tagged
from app.http.idempotency import once
from app.http.locale import locale
from app.http.query import Query
from app.privacy import deletion, exports, queries, rules, service
from app.privacy.errors import ConsentTextChanged
from app.privacy.models import Consent, ConsentText, Export
from app.privacy.rules import ExportState
from app.privacy.schemas import ConsentIn, ConsentOut, ConsentTextOut, DeletionOut, ExportOut

bp = ApiBlueprint("privacy")
downloads = Blueprint("downloads", __name__)

_CONSENT_IN = ConsentIn()
_TEXT_OUT, _CONSENT_OUT = ConsentTextOut(), ConsentOut()
_EXPORT_OUT, _DELETION_OUT = ExportOut(), DeletionOut()


@bp.call("GET", "/consents", access=public, query=Query(), answer=_TEXT_OUT, listed=True)
def list_consents() -> Response:
    """List what people may be asked to agree to, each in its present version."""
    items = [
        {"purpose": one.purpose, "version": one.version, "title": _title(one), "text": _text(one), "draft": one.draft}
        for one in queries.list_current_texts()
    ]
    return tagged(orjson.dumps({"items": _TEXT_OUT.dump(items, many=True), "next_cursor": None}))


@bp.call("GET", "/me/consents", access=people, answer=_CONSENT_OUT, listed=True)
def list_my_consents() -> Response:
    """List what the caller agreed to, newest first, what was taken back too."""
    texts = _current()
    items = [_consent(one, texts) for one in queries.list_consents(caller().person_id)]
    return answer({"items": _CONSENT_OUT.dump(items, many=True), "next_cursor": None})


@bp.call(
    "POST",
    "/me/consents",
    access=people,
    status=(201, 200),
    body=_CONSENT_IN,
    answer=_CONSENT_OUT,
    refusals=(ConsentTextChanged,),
    example={"purpose": "privacy", "version": 1},
)
def post_my_consent() -> Response:
    """Agree to the present version of a text; agreeing again changes nothing and answers 200."""
    body = read(_CONSENT_IN)

    def effect() -> Answer:
        given = service.give_consent(caller().person_id, purpose=body["purpose"], version=body["version"], at=now())
        return Answer(_CONSENT_OUT.dump(_consent(given.consent, _current())), 200 if given.already else 201)

    return once(effect)


@bp.call("DELETE", "/me/consents/<purpose>", access=people, status=(204,), path_example={"purpose": "location"})
def delete_my_consent(purpose: str) -> Response:
    """Take a consent back. With `location` the exact points kept so far are deleted at once."""
    with unit_of_work():
        service.withdraw_consent(caller().person_id, purpose=purpose, at=now())
    return answer(None, 204)


@bp.call("POST", "/me/export", access=people, status=(202,), answer=_EXPORT_OUT)
def post_my_export() -> Response:
    """Ask for a copy of everything kept about the caller: a zip with JSON and CSV, ready within a minute or so."""

    def effect() -> Answer:
        found = exports.request_export(caller().person_id, at=now())
        return Answer(_EXPORT_OUT.dump({**_no_file(found), "state": found.state}), 202)

    return once(effect)


@bp.call("GET", "/me/export/<export_id>", access=people, answer=_EXPORT_OUT, path_example={"export_id": "latest"})
def get_my_export(export_id: str) -> Response:
    """Show how far a copy is; `latest` names the newest. The link in it works once, within 24 hours."""
    found = exports.get_export(caller().person_id, export_id)
    state = rules.export_state(found.state, found.expires_at, now())
    ready = {
        "download_url": f"{current_app.config['OUYU'].public_url}/exports/{exports.download_token(found)}",
        "expires_at": found.expires_at,
    }
    return answer(
        _EXPORT_OUT.dump({**_no_file(found), "state": state, **(ready if state is ExportState.READY else {})})
    )


@downloads.get("/exports/<token>")
def download(token: str) -> Response:
    """Hand out a copy, once. Asking for the head alone does not use the link up."""
    if request.method == "HEAD":
        return Response(status=200, content_type="application/zip")
    with unit_of_work():
        file = exports.take_file(token, at=now())
    name = f"ouyu-{city_time(now()):%Y%m%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(file, content_type="application/zip", headers=headers)


@bp.call("GET", "/me/deletion", access=people, answer=_DELETION_OUT)
def get_my_deletion() -> Response:
    """Show on which day the caller will be deleted; null when they have not asked for it."""
    return answer(_DELETION_OUT.dump({"effective_on": deletion.find_effective_on(caller().person_id)}))


@bp.call("POST", "/me/deletion", access=people, status=(202,), answer=_DELETION_OUT)
def post_my_deletion() -> Response:
    """Ask to be deleted in seven days; until then DELETE takes it back. Asked again, the first day stands."""
    return once(
        lambda: Answer(
            _DELETION_OUT.dump({"effective_on": deletion.request_deletion(caller().person_id, at=now())}), 202
        )
    )


@bp.call("DELETE", "/me/deletion", access=people, status=(204,))
def delete_my_deletion() -> Response:
    """Stay after all."""
    with unit_of_work():
        deletion.take_back(caller().person_id, at=now())
    return answer(None, 204)


def _no_file(export: Export) -> dict[str, Any]:
    return {"id": export.public_id, "download_url": None, "expires_at": None}


def _current() -> dict[str, ConsentText]:
    return {one.purpose: one for one in queries.list_current_texts()}


def _consent(one: Consent, texts: dict[str, ConsentText]) -> dict[str, Any]:
    current = texts[one.purpose]
    return {
        "purpose": one.purpose,
        "version": one.version,
        "title": _title(current),
        "given_at": one.given_at,
        "withdrawn_at": one.withdrawn_at,
        "outdated": one.version < current.version,
    }


def _title(one: ConsentText) -> str:
    return one.title_en if locale() == "en" else one.title_zh


def _text(one: ConsentText) -> str:
    return one.text_en if locale() == "en" else one.text_zh
