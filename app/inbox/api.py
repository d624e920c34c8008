"""The JSON door of a person's inbox."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.core import paging
from app.core.errors import NotFound
from app.http.access import caller, now, people
from app.http.blueprint import ApiBlueprint
from app.http.body import Answer, answer, read_query
from app.http.idempotency import once
from app.http.locale import locale
from app.inbox import queries, rules, service
from app.inbox.models import Message
from app.inbox.schemas import InboxQuery, MessageOut
from config import settings

bp = ApiBlueprint("inbox")

_QUERY, _OUT = InboxQuery(), MessageOut()


@bp.call("GET", "/me/inbox", access=people, query=_QUERY, answer=_OUT, listed=True)
def list_my_inbox() -> Response:
    """List what the caller was told, newest first."""
    asked = read_query(_QUERY)
    after = paging.position(queries.NEWEST_FIRST, asked["cursor"])
    page = queries.list_messages(caller().person_id, asked["limit"], after, unread=asked["unread"])
    items = [_message(one) for one in page.items]
    return answer({"items": _OUT.dump(items, many=True), "next_cursor": page.next_cursor})


@bp.call(
    "POST",
    "/me/inbox/<message_id>/read",
    access=people,
    status=(204,),
    refusals=(NotFound,),
    path_example={"message_id": "id-of-your-message"},
)
def post_read(message_id: str) -> Response:
    """Note that a message was read; repeated, the first time stands."""

    def effect() -> Answer:
        service.read_message(caller().person_id, message_id, at=now())
        return Answer(None, 204)

    return once(effect)


def _message(one: Message) -> dict[str, Any]:
    title, text = rules.words(one.kind_code, one.facts, locale())
    return {
        "id": one.public_id,
        "kind": one.kind_code,
        "title": title,
        "text": text,
        "link": f"{settings.current().public_url}{one.link}" if one.link else None,
        "created_at": one.created_at,
        "read_at": one.read_at,
    }
