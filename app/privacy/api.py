"""The JSON door of consents."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response

from app.core.db import unit_of_work
from app.http.access import caller, now, people, public
from app.http.blueprint import ApiBlueprint
from app.http.body import Answer, answer, read
from app.http.etags import tagged
from app.http.idempotency import once
from app.http.locale import locale
from app.http.query import Query
from app.privacy import queries, service
from app.privacy.errors import ConsentTextChanged
from app.privacy.models import Consent, ConsentText
from app.privacy.schemas import ConsentIn, ConsentOut, ConsentTextOut

bp = ApiBlueprint("privacy")

_CONSENT_IN = ConsentIn()
_TEXT_OUT, _CONSENT_OUT = ConsentTextOut(), ConsentOut()


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
